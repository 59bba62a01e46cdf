//! A merge (HL7 A40): what is linked to the number that goes is linked to the one that stays, within the sites of the feed
//! that says so. Where two subjects of a trial come to one number, reports by that number wait for a person.

use std::collections::{BTreeMap, BTreeSet};

use holdpoint_chassis::error::Result;
use holdpoint_journal::Tx;

use super::batch::redrive;
use crate::ctx::Ctx;
use crate::domain::alias::{self, Alias, Merge};
use crate::domain::feed::Feed;
use crate::domain::identity::{Link, Whose};
use crate::domain::ids::{FeedId, TrialId};
use crate::domain::pseudonym::NumberHash;
use crate::domain::quarantine::{Awaited, Quarantined};
use crate::domain::subject::Subject;
use crate::events;
use crate::store::{alias_id, of};

/// Takes merges of one feed, and what waited for their numbers.
pub(super) async fn merge(ctx: &Ctx, tx: &mut Tx, feed: &FeedId, merges: &[Merge]) -> Result<()> {
    for one in merges {
        let Some(feed) = tx.get::<Feed>(feed.as_str()).await? else { return Ok(()) };
        let stays = rename(tx, feed.id.clone(), one).await?;
        relink(tx, &feed.value, &one.goes, &stays).await?;
        let awaited = [&one.goes, &stays].map(|number| Awaited::number(number).as_str().to_owned());
        let waiting = tx.find_among::<Quarantined>("waits_for", &awaited).await?;
        if !waiting.is_empty() {
            redrive(ctx, tx, waiting, None).await?;
        }
    }
    Ok(())
}

/// Notes what the numbers are from here on, and answers the one that stands for both.
async fn rename(tx: &mut Tx, feed: FeedId, merge: &Merge) -> Result<NumberHash> {
    let ids = [&merge.stays, &merge.goes].map(|number| alias_id(&feed, number));
    let mut known: BTreeMap<String, _> = tx.get_all::<Alias>(&ids).await?;
    for along in tx.find::<Alias>(&[("into_number", &alias_id(&feed, &merge.goes))]).await? {
        known.insert(alias_id(&feed, &along.number), along);
    }
    let before: Vec<Alias> = known.values().map(|stored| stored.value.clone()).collect();
    let (changed, stays) = alias::merged(&feed, merge, &before);
    for alias in changed {
        match known.get(&alias_id(&feed, &alias.number)) {
            Some(stored) => drop(tx.update(stored, alias).await?),
            None => drop(tx.insert(&alias).await?),
        }
    }
    Ok(stays)
}

/// Moves the links of subjects that the feed reports on.
async fn relink(tx: &mut Tx, feed: &Feed, goes: &NumberHash, stays: &NumberHash) -> Result<()> {
    let there = tx.find::<Link>(&[("number", stays.as_str())]).await?;
    let there: BTreeSet<&Whose> = there.iter().map(|link| &link.whose).collect();
    let links = tx.find::<Link>(&[("number", goes.as_str())]).await?;
    let mut moved: BTreeSet<TrialId> = BTreeSet::new();
    for link in links {
        let subject = tx.get::<Subject>(&of(&link.whose)).await?;
        let site = subject.as_ref().and_then(|subject| subject.site.as_deref());
        if !feed.covers(&link.whose.trial, site) {
            continue;
        }
        let other = there.iter().find(|whose| whose.trial == link.whose.trial && **whose != &link.whose);
        let entry = events::number_merged(&feed.id, &link.whose, other.map(|whose| &whose.subject));
        moved.insert(link.whose.trial.clone());
        let renamed = Link { number: stays.clone(), ..link.value.clone() };
        tx.record(&link, renamed, [entry]).await?;
    }
    if moved.is_empty() {
        tx.append(events::number_merged_unlinked(&feed.id));
    }
    Ok(())
}

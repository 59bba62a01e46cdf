//! Whose the analytes of a commit are, and what they come to for them: links, subjects, sites and trial files read at
//! once, each analyte then judged by itself.

use std::collections::{BTreeMap, BTreeSet};

use holdpoint_chassis::error::Result;
use holdpoint_journal::Tx;
use jiff::Timestamp;

use super::item::Item;
use crate::commands::deriving::Scene;
use crate::ctx::Ctx;
use crate::domain::alias::Alias;
use crate::domain::feed::Feed;
use crate::domain::identity::{self, Link, Whose};
use crate::domain::pseudonym::NumberHash;
use crate::domain::quarantine::Why;
use crate::domain::reading::{self, Reading};
use crate::domain::subject::Subject;
use crate::domain::watched::LaboratoryFact;
use crate::store::{Site, alias_id, of, within, zone_of};

/// Everybody that the analytes of a commit may be of.
#[derive(Default)]
pub(super) struct People {
    /// What numbers that were sent went up in, where they did.
    aliases: BTreeMap<String, Option<NumberHash>>,
    by_number: BTreeMap<NumberHash, Vec<Link>>,
    by_subject: BTreeMap<Whose, Link>,
    scenes: BTreeMap<Whose, Scene>,
}

/// What an analyte comes to.
pub(super) struct Judged {
    pub whose: Whose,
    /// None where the trial has no use for the analyte.
    pub fact: Option<LaboratoryFact>,
    pub reading: Reading,
}

/// What an analyte comes to; or why it must wait, with whom it is of where that is clear.
pub(super) type Verdict = std::result::Result<Judged, (Why, Option<Whose>)>;

impl People {
    /// Reads everybody that these analytes name and who is not here yet. Each analyte learns its patient's number by now.
    pub(super) async fn read(&mut self, ctx: &Ctx, tx: &Tx, items: &mut [Item]) -> Result<()> {
        let sent = items.iter().filter_map(|item| Some(alias_id(&item.feed, item.claim.number.as_ref()?)));
        let sent: BTreeSet<String> = sent.filter(|id| !self.aliases.contains_key(id)).collect();
        let sent: Vec<String> = sent.into_iter().collect();
        let mut known = tx.get_all::<Alias>(&sent).await?;
        for id in sent {
            let into = known.remove(&id).and_then(|alias| alias.value.into);
            self.aliases.insert(id, into);
        }
        for item in items.iter_mut() {
            let Some(number) = &item.claim.number else { continue };
            if let Some(Some(into)) = self.aliases.get(&alias_id(&item.feed, number)) {
                item.number = Some(into.clone());
            }
        }
        let numbers: BTreeSet<&NumberHash> = items.iter().filter_map(|item| item.number.as_ref()).collect();
        let unread = numbers.into_iter().filter(|number| !self.by_number.contains_key(*number));
        let numbers: Vec<String> = unread.map(|number| number.as_str().to_owned()).collect();
        for link in tx.find_among::<Link>("number", &numbers).await? {
            self.by_number.entry(link.number.clone()).or_default().push(link.value);
        }
        let named = items.iter().flat_map(|item| item.claim.code.iter().chain(&item.given)).cloned();
        let linked = self.by_number.values().flatten().map(|link| link.whose.clone());
        let wanted: BTreeSet<Whose> =
            named.chain(linked).filter(|whose| !self.scenes.contains_key(whose)).collect();
        let ids: Vec<String> = wanted.iter().map(of).collect();
        for (_, link) in tx.get_all::<Link>(&ids).await? {
            self.by_subject.insert(link.whose.clone(), link.value);
        }
        let subjects = tx.get_all::<Subject>(&ids).await?;
        let sites: BTreeSet<String> = subjects.values().filter_map(|subject| site_of(subject)).collect();
        let sites = tx.get_all::<Site>(&sites.into_iter().collect::<Vec<_>>()).await?;
        for subject in subjects.into_values().map(|subject| subject.value) {
            let site = site_of(&subject).and_then(|site| sites.get(&site));
            let zone = zone_of(site.map(|site| &site.value));
            let watched = ctx.protocols.of_subject(tx, &subject).await?;
            self.scenes.insert(subject.whose.clone(), Scene { subject, zone, watched });
        }
        Ok(())
    }

    /// A subject that was read.
    pub(super) fn scene(&self, whose: &Whose) -> Option<&Scene> {
        self.scenes.get(whose)
    }

    /// Whose an analyte is and what it comes to, or why it must wait.
    pub(super) fn judge(&self, feed: &Feed, item: &Item, latest: Timestamp) -> Verdict {
        let whose = self.whose(item).map_err(|why| (why, None))?;
        let known = self.scenes.get(&whose).and_then(|scene| Some((scene, scene.watched.as_ref()?)));
        let (scene, watched) = known.ok_or((Why::UnknownSubject, None))?;
        let doubt = |why| (why, Some(whose.clone()));
        if item.given.is_none() && !feed.covers(&whose.trial, scene.subject.site.as_deref()) {
            return Err(doubt(Why::OtherSite));
        }
        if item.head.taken_at > latest {
            return Err(doubt(Why::TakenInTheFuture));
        }
        let fact = watched.fact(&item.observation.system, &item.observation.code).cloned();
        let reading = match &fact {
            Some(fact) => reading::read(fact, &item.observation).map_err(doubt)?,
            None => Reading::Words,
        };
        Ok(Judged { whose, fact, reading })
    }

    fn whose(&self, item: &Item) -> std::result::Result<Whose, Why> {
        if let Some(given) = &item.given {
            return Ok(given.clone());
        }
        let linked = item.number.as_ref().and_then(|number| self.by_number.get(number));
        let known = item.claim.code.as_ref().filter(|code| self.scenes.contains_key(code));
        let known = known.map(|code| self.by_subject.get(code));
        identity::whose(&item.claim, linked.into_iter().flatten(), known)
    }
}

fn site_of(subject: &Subject) -> Option<String> {
    subject.site.as_deref().map(|site| within(&subject.whose.trial, site))
}

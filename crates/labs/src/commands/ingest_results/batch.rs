//! One commit: reports of one feed taken together, or what waited taken up.

use std::collections::BTreeMap;

use holdpoint_chassis::error::Result;
use holdpoint_journal::{By, Stored, Tx};

use super::Answer;
use super::intake::Answered;
use super::item::Item;
use super::ledger::Ledger;
use super::people::People;
use crate::ctx::Ctx;
use crate::domain::Refusal;
use crate::domain::feed::Feed;
use crate::domain::identity::Whose;
use crate::domain::ids::FeedId;
use crate::domain::quarantine::{Awaited, Quarantined};
use crate::domain::report::Report;
use crate::store::{Heard, heard_id};

/// Takes reports of one feed in one commit. An answer for each, in their order.
pub(super) async fn take(ctx: &Ctx, reports: &[Report]) -> Result<Vec<Answered>> {
    let Some(first) = reports.first() else { return Ok(vec![]) };
    let by = By::new(first.feed.as_str(), ctx.now());
    let mut tx = ctx.store.begin(&by).await?;
    let Some(feed) = tx.get::<Feed>(first.feed.as_str()).await? else {
        let unknown = || Refusal::UnknownFeed { feed: first.feed.clone() };
        return Ok(reports.iter().map(|_| Err(unknown().into())).collect());
    };
    let feeds = BTreeMap::from([(feed.id.clone(), feed.value)]);
    let mut work = Work::new(ctx, feeds);
    let ids: Vec<String> = reports.iter().map(|report| heard_id(&report.feed, &report.request)).collect();
    work.ledger.heard.take(tx.get_all::<Heard>(&ids).await?.into_values());
    let mut items = vec![];
    let mut plans = vec![];
    for (report, id) in reports.iter().zip(&ids) {
        plans.push(work.plan(report, id, &mut items));
    }
    let mut answers = work.take(&mut tx, &items).await?.into_iter();
    let answered = plans.into_iter().map(|plan| plan.map(|plan| plan.answers(&mut answers))).collect();
    let requests: Vec<&str> = reports.iter().map(|report| report.request.as_str()).collect();
    work.finish(&mut tx, &requests).await?;
    tx.commit().await?;
    Ok(answered)
}

/// Takes up what waited, within a transaction of the caller's; for the subject that a person gave, where one did. An
/// answer for each, in their order.
pub(crate) async fn redrive(
    ctx: &Ctx,
    tx: &mut Tx,
    waiting: Vec<Stored<Quarantined>>,
    given: Option<&Whose>,
) -> Result<Vec<Answer>> {
    let ids: Vec<String> = waiting.iter().map(|waiting| waiting.feed.to_string()).collect();
    let feeds = tx.get_all::<Feed>(&ids).await?;
    let feeds = feeds.into_values().map(|feed| (feed.id.clone(), feed.value)).collect();
    let mut work = Work::new(ctx, feeds);
    let items: Vec<Item> = waiting.iter().map(|waiting| Item::taken_up(waiting, given)).collect();
    work.ledger.quarantine.take(waiting);
    let answers = work.take(tx, &items).await?;
    work.finish(tx, &[]).await?;
    Ok(answers)
}

/// How the answer of one report is put together: what could not be read is refused by itself.
struct Plan(Vec<std::result::Result<(), String>>);

impl Plan {
    fn answers(self, taken: &mut impl Iterator<Item = Answer>) -> Vec<Answer> {
        let one = |read: std::result::Result<(), String>| match read {
            Ok(()) => taken.next(),
            Err(why) => Some(Answer::refused(&why)),
        };
        self.0.into_iter().filter_map(one).collect()
    }
}

/// One commit's work.
struct Work<'a> {
    ctx: &'a Ctx,
    feeds: BTreeMap<FeedId, Feed>,
    people: People,
    ledger: Ledger,
}

impl<'a> Work<'a> {
    fn new(ctx: &'a Ctx, feeds: BTreeMap<FeedId, Feed>) -> Self {
        Self { ctx, feeds, people: People::default(), ledger: Ledger::default() }
    }

    /// Notes the request and lines the report's analytes up. Refused: another report came under this request id.
    fn plan(&mut self, report: &Report, id: &str, items: &mut Vec<Item>) -> Result<Plan> {
        let now = self.ctx.now();
        let Report { feed, request, digest, .. } = report;
        let (feed, request, digest) = (feed.clone(), request.clone(), digest.clone());
        let heard = self.ledger.heard.entry(id, || Heard { feed, request, digest, at: now });
        if heard.digest != report.digest {
            return Err(Refusal::OtherReport { request: report.request.clone() }.into());
        }
        let lined = report.observations.iter().map(|observation| match observation {
            Ok(observation) => {
                items.push(Item::arrived(report, observation));
                Ok(())
            }
            Err(why) => Err(why.clone()),
        });
        Ok(Plan(lined.collect()))
    }

    /// Takes analytes in their order, then what waited for something that they freed.
    async fn take(&mut self, tx: &mut Tx, items: &[Item]) -> Result<Vec<Answer>> {
        let answers = self.hear(tx, items).await?;
        let freed: Vec<String> = std::mem::take(&mut self.ledger.freed)
            .iter()
            .map(|slot| Awaited::slot(slot).as_str().to_owned())
            .collect();
        let waiting = tx.find_among::<Quarantined>("waits_for", &freed).await?;
        if !waiting.is_empty() {
            let items: Vec<Item> = waiting.iter().map(|waiting| Item::taken_up(waiting, None)).collect();
            self.ledger.quarantine.take(waiting);
            self.hear(tx, &items).await?;
        }
        Ok(answers)
    }

    async fn hear(&mut self, tx: &Tx, items: &[Item]) -> Result<Vec<Answer>> {
        let now = self.ctx.now();
        let latest = now.saturating_add(self.ctx.settings.clock_tolerance()).unwrap_or(now);
        self.people.read(self.ctx, tx, items).await?;
        let judge = |item: &Item| match self.feeds.get(&item.feed) {
            Some(feed) => self.people.judge(feed, item, latest),
            None => Err((crate::domain::quarantine::Why::UnknownSubject, None)),
        };
        let judged: Vec<_> = items.iter().map(judge).collect();
        self.ledger.read(self.ctx, tx, items, &judged).await?;
        let heard = items.iter().zip(&judged);
        Ok(heard.map(|(item, judged)| self.ledger.hear(self.ctx, item, judged, now)).collect())
    }

    async fn finish(self, tx: &mut Tx, requests: &[&str]) -> Result<()> {
        self.ledger.write(self.ctx, tx, &self.people, requests).await
    }
}

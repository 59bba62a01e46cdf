//! One commit: reports of one feed taken together, or what waited taken up.

use std::collections::BTreeMap;

use holdpoint_chassis::error::Result;
use holdpoint_chassis::faults::reached;
use holdpoint_journal::{By, Stored, Tx};

use super::Answer;
use super::intake::Answered;
use super::item::Item;
use super::ledger::Ledger;
use super::merging;
use super::people::People;
use crate::ctx::Ctx;
use crate::domain::Refusal;
use crate::domain::feed::Feed;
use crate::domain::identity::Whose;
use crate::domain::ids::FeedId;
use crate::domain::quarantine::{Awaited, Quarantined};
use crate::domain::report::{Finding, Report};

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
    work.ledger.read_heard(&tx, reports).await?;
    for report in reports.iter().filter(|report| !work.ledger.is_known(report)) {
        merging::merge(ctx, &mut tx, &report.feed, &report.merges).await?;
    }
    let (mut items, mut plans) = (vec![], vec![]);
    for report in reports {
        plans.push(work.plan(report, &mut items));
    }
    let mut answers = work.take(&mut tx, items).await?.into_iter();
    let mut answered = vec![];
    for (plan, report) in plans.into_iter().zip(reports) {
        answered.push(plan.map(|plan| work.ledger.taken(report, plan.answers(&mut answers), ctx.now())));
    }
    let requests: Vec<&str> = reports.iter().map(|report| report.request.as_str()).collect();
    work.finish(&mut tx, &requests).await?;
    reached("labs.ingest.before-commit");
    tx.commit().await?;
    reached("labs.ingest.after-commit");
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
    let answers = work.take(tx, items).await?;
    work.finish(tx, &[]).await?;
    Ok(answers)
}

/// How the answer of one report is put together: what could not be read is refused by itself.
struct Plan(Vec<Option<Answer>>);

impl Plan {
    fn answers(self, taken: &mut impl Iterator<Item = Answer>) -> Vec<Answer> {
        self.0.into_iter().filter_map(|known| known.or_else(|| taken.next())).collect()
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

    /// Notes the request and lines the report's analytes up; of a message that is known, nothing. Refused: another report
    /// came under this request id.
    fn plan(&mut self, report: &Report, items: &mut Vec<Item>) -> Result<Plan> {
        self.ledger.note(report, self.ctx.now())?;
        if self.ledger.is_known(report) {
            return Ok(Plan(vec![]));
        }
        let findings = report.parts.iter().flat_map(|part| part.findings.iter().map(move |one| (part, one)));
        let lined = findings.map(|(part, finding)| match finding {
            Finding::Read(observation) => {
                items.push(Item::arrived(report, part, observation));
                None
            }
            Finding::Passed(why) => Some(Answer::passed(why)),
            Finding::Wrong(why) => Some(Answer::refused(why)),
        });
        Ok(Plan(lined.collect()))
    }

    /// Takes analytes in their order, then what waited for something that they freed.
    async fn take(&mut self, tx: &mut Tx, items: Vec<Item>) -> Result<Vec<Answer>> {
        let answers = self.hear(tx, items).await?;
        let freed: Vec<String> = std::mem::take(&mut self.ledger.freed)
            .iter()
            .map(|slot| Awaited::slot(slot).as_str().to_owned())
            .collect();
        let waiting = tx.find_among::<Quarantined>("waits_for", &freed).await?;
        if !waiting.is_empty() {
            let items: Vec<Item> = waiting.iter().map(|waiting| Item::taken_up(waiting, None)).collect();
            self.ledger.quarantine.take(waiting);
            self.hear(tx, items).await?;
        }
        Ok(answers)
    }

    async fn hear(&mut self, tx: &Tx, mut items: Vec<Item>) -> Result<Vec<Answer>> {
        let now = self.ctx.now();
        let latest = now.saturating_add(self.ctx.settings.clock_tolerance()).unwrap_or(now);
        self.people.read(self.ctx, tx, &mut items).await?;
        let judge = |item: &Item| match self.feeds.get(&item.feed) {
            Some(feed) => self.people.judge(feed, item, latest),
            None => Err((crate::domain::quarantine::Why::UnknownSubject, None)),
        };
        let judged: Vec<_> = items.iter().map(judge).collect();
        self.ledger.read(self.ctx, tx, &items, &judged).await?;
        let heard = items.iter().zip(&judged);
        Ok(heard.map(|(item, judged)| self.ledger.hear(self.ctx, item, judged, now)).collect())
    }

    async fn finish(self, tx: &mut Tx, requests: &[&str]) -> Result<()> {
        self.ledger.write(self.ctx, tx, &self.people, requests).await
    }
}

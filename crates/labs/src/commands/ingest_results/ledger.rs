//! What one commit changes: results, courses, quarantine and counts, read at once, changed in memory in the order of the
//! reports, and written at once.

use std::collections::{BTreeMap, BTreeSet};

use holdpoint_chassis::error::Result;
use holdpoint_journal::{Changed, Entry, Tx};
use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::item::Item;
use super::people::{Judged, People, Verdict};
use super::{Answer, Outcome};
use crate::commands::deriving;
use crate::ctx::Ctx;
use crate::domain::course::Course;
use crate::domain::identity::Whose;
use crate::domain::ids::{FeedId, ResultId, TrialId};
use crate::domain::message::Message;
use crate::domain::pseudonym::Slot;
use crate::domain::pulse::Pulse;
use crate::domain::quarantine::{Awaited, Quarantined, State, Why};
use crate::domain::result::{LabResult, Standing};
use crate::domain::tally::{Arrival, Tally};
use crate::events::{self, RESULTS_A_ROW};
use crate::store::{Assessment, Heard, of, tally_id};

/// What one commit changes.
#[derive(Default)]
pub(super) struct Ledger {
    pub results: Changed<LabResult>,
    pub heard: Changed<Heard>,
    pub quarantine: Changed<Quarantined>,
    pub courses: Changed<Course>,
    pub tallies: Changed<Tally>,
    pub messages: Changed<Message>,
    pub pulses: Changed<Pulse>,
    /// The results of each slot, whoever's.
    slots: BTreeMap<Slot, BTreeSet<ResultId>>,
    /// Slots in which something was taken back: another subject's word may have waited for it.
    pub freed: BTreeSet<Slot>,
    /// Whose counts changed.
    touched: BTreeSet<Whose>,
    /// Results that stand otherwise, by trial.
    told: BTreeMap<TrialId, BTreeSet<ResultId>>,
    /// Trials in which words were kept.
    kept: BTreeSet<TrialId>,
    pub entries: Vec<Entry>,
    /// What the journal says of the messages of this commit.
    pub kept_messages: Vec<Json>,
}

impl Ledger {
    /// Reads what the judged analytes will meet and is not here yet.
    pub(super) async fn read(
        &mut self,
        ctx: &Ctx,
        tx: &Tx,
        items: &[Item],
        judged: &[Verdict],
    ) -> Result<()> {
        let slots = items
            .iter()
            .zip(judged)
            .filter(|(_, judged)| judged.is_ok())
            .map(|(item, _)| item.slot(&ctx.key));
        let slots: BTreeSet<Slot> = slots.filter(|slot| !self.slots.contains_key(slot)).collect();
        let slots: Vec<String> = slots.iter().map(|slot| slot.as_str().to_owned()).collect();
        for result in tx.find_among::<LabResult>("slot", &slots).await? {
            self.slots.entry(result.slot.clone()).or_default().insert(result.id.clone());
            self.results.take([result]);
        }
        let whose = judged.iter().filter_map(|judged| Some(of(&judged.as_ref().ok()?.whose)));
        let courses = unread(whose, |id| self.courses.get(id).is_some());
        self.courses.take(tx.get_all::<Course>(&courses).await?.into_values());
        let waiting = self.doubtful(ctx, items, judged);
        let waiting = unread(waiting, |id| self.quarantine.get(id).is_some());
        self.quarantine.take(tx.get_all::<Quarantined>(&waiting).await?.into_values());
        let tallies = items.iter().zip(judged).map(|(item, judged)| tally_id(&item.feed, trial_of(judged)));
        let tallies = unread(tallies, |id| self.tallies.get(id).is_some());
        self.tallies.take(tx.get_all::<Tally>(&tallies).await?.into_values());
        Ok(())
    }

    /// Those that must wait, and those whose specimen is, or may become in this commit, somebody else's as well.
    fn doubtful(&self, ctx: &Ctx, items: &[Item], judged: &[Verdict]) -> BTreeSet<String> {
        let mut claimed: BTreeMap<Slot, BTreeSet<&Whose>> = BTreeMap::new();
        for result in self.results.values() {
            claimed.entry(result.slot.clone()).or_default().insert(&result.whose);
        }
        for (item, judged) in items.iter().zip(judged) {
            if let Ok(judged) = judged {
                claimed.entry(item.slot(&ctx.key)).or_default().insert(&judged.whose);
            }
        }
        let doubtful = items.iter().zip(judged).filter(|(item, judged)| {
            judged.is_err() || claimed.get(&item.slot(&ctx.key)).is_some_and(|claimed| claimed.len() > 1)
        });
        doubtful.map(|(item, _)| item.quarantine(&ctx.key).to_string()).collect()
    }

    /// Takes one analyte that was judged.
    pub(super) fn hear(&mut self, ctx: &Ctx, item: &Item, judged: &Verdict, now: Timestamp) -> Answer {
        match judged {
            Err((why, whose)) => self.wait(ctx, item, *why, whose.as_ref(), now),
            Ok(judged) => {
                let slot = item.slot(&ctx.key);
                if !item.observation.status.takes_back() && self.stands_elsewhere(&slot, &judged.whose) {
                    return self.wait(ctx, item, Why::OtherSubject, Some(&judged.whose), now);
                }
                self.stand(ctx, item, judged, slot, now)
            }
        }
    }

    /// Whether the specimen's analyte stands as another subject's.
    fn stands_elsewhere(&self, slot: &Slot, whose: &Whose) -> bool {
        let others =
            self.slots.get(slot).into_iter().flatten().filter_map(|id| self.results.get(id.as_str()));
        others
            .filter(|result| result.whose != *whose)
            .any(|result| matches!(result.standing(), Standing::Stands { .. }))
    }

    fn stand(&mut self, ctx: &Ctx, item: &Item, judged: &Judged, slot: Slot, now: Timestamp) -> Answer {
        let Judged { whose, fact, reading } = judged;
        let id = ctx.key.result(&slot, &whose.trial, &whose.subject);
        let first = || LabResult {
            id: id.clone(),
            slot: slot.clone(),
            feed: item.feed.clone(),
            whose: whose.clone(),
            code: item.observation.code.clone(),
            system: item.observation.system.clone(),
            fact: fact.as_ref().map(|fact| fact.fact.clone()),
            unit: fact.as_ref().and_then(|fact| fact.unit.clone()),
            words: vec![],
        };
        let result = self.results.entry(id.as_str(), first);
        let heard = result.hear(&item.observation, &item.head, reading.clone(), now);
        let (standing, version) = (result.standing(), u32::try_from(result.words.len()).unwrap_or(u32::MAX));
        let arrival = match (fact, heard) {
            (None, Arrival::Accepted | Arrival::Corrected) => Arrival::Kept,
            (_, heard) => heard,
        };
        self.slots.entry(slot.clone()).or_default().insert(id.clone());
        if let (Some(fact), Arrival::Accepted | Arrival::Corrected) = (fact, arrival) {
            let course = self.courses.entry(&of(whose), || Course::none(whose.clone()));
            course.take(&fact.fact, &id, &standing);
            self.touched.insert(whose.clone());
            self.told.entry(whose.trial.clone()).or_default().insert(id.clone());
        }
        if arrival != Arrival::Duplicate {
            self.kept.insert(whose.trial.clone());
        }
        if matches!(standing, Standing::Void { .. }) && arrival == Arrival::Corrected {
            self.freed.insert(slot);
        }
        match &item.waited {
            Some(waited) => self.resolve(waited.as_str(), whose),
            None => self.count(&item.feed, Some(&whose.trial), arrival),
        }
        Answer {
            outcome: Outcome::Arrived(arrival),
            result: Some((id, version)),
            reason: String::new(),
            quarantine: None,
        }
    }

    /// What waited stands under a result.
    fn resolve(&mut self, waited: &str, whose: &Whose) {
        if let Some(quarantined) = self.quarantine.get_mut(waited) {
            quarantined.state = State::Linked(whose.clone());
            self.entries.push(events::resolved(quarantined, &whose.trial));
        }
    }

    fn wait(&mut self, ctx: &Ctx, item: &Item, why: Why, whose: Option<&Whose>, now: Timestamp) -> Answer {
        let trial = whose.map(|whose| whose.trial.clone());
        let waits_for = awaited(ctx, item, why);
        let id = item.quarantine(&ctx.key);
        let mut answer = Answer {
            outcome: Outcome::Arrived(Arrival::Quarantined),
            result: None,
            reason: format!("{why}: {}", why.advice()),
            quarantine: Some(id.clone()),
        };
        if let Some(known) = self.quarantine.get_mut(id.as_str()) {
            if item.waited.is_some() {
                // Taken up, and something else stands in its way.
                (known.why, known.trial, known.waits_for) = (why, trial, waits_for);
                return answer;
            }
            answer.outcome = Outcome::Arrived(Arrival::Duplicate);
            answer.reason = format!("it came before and is {} ({})", known.state.as_str(), known.why);
            self.count(&item.feed, trial.as_ref(), Arrival::Duplicate);
            return answer;
        }
        let quarantined = Quarantined {
            id: id.clone(),
            feed: item.feed.clone(),
            why,
            claim: item.claim.clone(),
            head: item.head.clone(),
            observation: item.observation.clone(),
            at: now,
            trial: trial.clone(),
            waits_for,
            state: State::Waiting,
        };
        self.entries.push(events::quarantined(&quarantined));
        self.quarantine.entry(id.as_str(), || quarantined);
        self.count(&item.feed, trial.as_ref(), Arrival::Quarantined);
        answer
    }

    fn count(&mut self, feed: &FeedId, trial: Option<&TrialId>, arrival: Arrival) {
        let none = || Tally::none(feed.clone(), trial.cloned());
        self.tallies.entry(&tally_id(feed, trial), none).count(arrival);
    }

    /// Derives for everybody whose counts changed, writes all, and appends what the journal says of it.
    pub(super) async fn write(
        mut self,
        ctx: &Ctx,
        tx: &mut Tx,
        people: &People,
        requests: &[&str],
    ) -> Result<()> {
        let mut assessments = Changed::<Assessment>::default();
        let ids: Vec<String> = self.touched.iter().map(of).collect();
        assessments.take(tx.get_all::<Assessment>(&ids).await?.into_values());
        for whose in std::mem::take(&mut self.touched) {
            let id = of(&whose);
            let (Some(scene), Some(course)) = (people.scene(&whose), self.courses.get_mut(&id)) else {
                continue;
            };
            let (entries, due) = deriving::derive(scene, course, ctx.now());
            self.entries.extend(entries);
            assessments.entry(&id, || Assessment { whose: whose.clone(), due: None }).due = due;
        }
        self.journal_messages();
        for entry in self.recorded(requests) {
            tx.append(entry);
        }
        self.heard.write(tx).await?;
        self.results.write(tx).await?;
        self.quarantine.write(tx).await?;
        self.courses.write(tx).await?;
        assessments.write(tx).await?;
        self.tallies.write(tx).await?;
        self.messages.write(tx).await?;
        self.pulses.write(tx).await?;
        for entry in self.entries {
            tx.append(entry);
        }
        Ok(())
    }

    /// Results first: what follows from them comes after them in the journal.
    fn recorded(&mut self, requests: &[&str]) -> Vec<Entry> {
        let mut entries = vec![];
        for (trial, ids) in &self.told {
            let results = ids.iter().filter_map(|id| events::result(self.results.get(id.as_str())?));
            let results: Vec<_> = results.collect();
            for row in results.chunks(RESULTS_A_ROW) {
                entries.push(events::results_recorded(trial, row.to_vec(), json!({ "requests": requests })));
            }
        }
        for trial in self.kept.iter().filter(|trial| !self.told.contains_key(trial)) {
            entries.push(events::words_kept(events::chain(trial), json!({ "requests": requests })));
        }
        entries
    }
}

/// What takes an analyte up by itself.
fn awaited(ctx: &Ctx, item: &Item, why: Why) -> Option<Awaited> {
    match why {
        Why::UnknownSubject => match &item.claim.code {
            Some(code) => Some(Awaited::subject(code)),
            None => item.number.as_ref().map(Awaited::number),
        },
        Why::TwoCandidates | Why::IdentitiesDisagree => item.number.as_ref().map(Awaited::number),
        Why::OtherSubject => Some(Awaited::slot(&item.slot(&ctx.key))),
        _ => None,
    }
}

/// The trial that an analyte counts for.
fn trial_of(judged: &Verdict) -> Option<&TrialId> {
    match judged {
        Ok(judged) => Some(&judged.whose.trial),
        Err((_, whose)) => whose.as_ref().map(|whose| &whose.trial),
    }
}

fn unread(ids: impl IntoIterator<Item = String>, read: impl Fn(&str) -> bool) -> Vec<String> {
    let ids: BTreeSet<String> = ids.into_iter().filter(|id| !read(id)).collect();
    ids.into_iter().collect()
}

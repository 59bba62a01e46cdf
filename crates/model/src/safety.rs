//! Safety as its commands run it: each function here stands for one transaction or one answer, and leaves every decision
//! to `holdpoint_safety::domain`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use holdpoint_journal::Head;
use holdpoint_safety::domain as safe;
use safe::effective::{How, Readiness, Waited, readiness};
use safe::hold::{Cause, Effectiveness, Hold, HoldKind, Placing};
use safe::ids::{HoldId, Peer, PermitId, SubjectId};
use safe::peer::{Compared, Peers, Place, compare};
use safe::permit::{Ask, Issue, NoPermit, Permit, View, issue};
use safe::permit_fact::PermitFact;
use safe::release::{Papers, Signature};
use safe::scope::{Activity, Placement};

use crate::journal::{Cursor, Event, HoldTold, Journal, Row, Said};
use crate::mutation::Mutation;
use crate::names::{LONG, Service, TERMS, TRIAL, Wanted, at, ticks};

/// What safety has committed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Safety {
    /// Its journal of the trial.
    pub journal: Journal,
    /// How far it has read each peer.
    pub cursors: BTreeMap<Service, Cursor>,
    /// Holds by id.
    pub holds: BTreeMap<HoldId, Hold>,
    /// Permits by id.
    pub permits: BTreeMap<PermitId, Permit>,
    /// Where it believes subjects stand.
    pub subjects: BTreeMap<SubjectId, Placement>,
    /// The incarnations of which the trial was held.
    pub gaps: BTreeSet<(Service, u32)>,
}

/// What one running instance knows besides.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Instance {
    /// Ticks since it first knew of each waiting hold, by its boot clock.
    pub waiting: BTreeMap<HoldId, u8>,
    /// Ticks since it first knew of safety's own restore.
    pub restored: Option<u8>,
    /// The peers that have shown their heads.
    pub peers: Peers,
    /// Its wall clock was stepped forward, far.
    pub wall_stepped: bool,
}

impl Instance {
    /// One that has just begun.
    pub fn new() -> Self {
        let known = [Service::Enrollment, Service::Dosing].map(|peer| Peer::from(peer.name()));
        Self {
            waiting: BTreeMap::new(),
            restored: None,
            peers: Peers::after_restart(known),
            wall_stepped: false,
        }
    }

    fn waited(&mut self, hold: &HoldId, restored: bool, mutation: Option<Mutation>) -> Waited {
        let since = *self.waiting.entry(hold.clone()).or_insert(0);
        let restore = restored.then(|| *self.restored.get_or_insert(0));
        let far = mutation == Some(Mutation::WallClockForLives) && self.wall_stepped;
        let passed = |since: u8| if far { ticks(LONG) } else { ticks(since) };
        Waited { hold: passed(since), restore: restore.map(passed) }
    }
}

impl Default for Instance {
    fn default() -> Self {
        Self::new()
    }
}

/// Why there is no permit.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum No {
    /// Held, not sure, or silent.
    Refused,
    /// An earlier permit of this infusion is not void; whether its `Go` counts as heard.
    Earlier {
        /// The permit.
        permit: PermitId,
        /// Of which infusion.
        infusion: Option<String>,
        /// Whether it counts as begun.
        begun: bool,
    },
}

/// Safety's answer to an ask.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Answer {
    /// The permit, or no.
    pub permit: Result<PermitId, No>,
    /// Safety's own head.
    pub mine: Head,
    /// How far the asker's journal was applied.
    pub yours: Head,
}

/// Safety at work: its database and the instance that acts.
pub struct Acting<'a> {
    /// The database.
    pub db: &'a mut Safety,
    /// The instance.
    pub instance: &'a mut Instance,
    /// What is broken on purpose.
    pub mutation: Option<Mutation>,
}

impl Acting<'_> {
    fn me() -> Peer {
        Peer::from(Service::Safety.name())
    }

    fn restored(&self) -> bool {
        self.db.holds.values().any(|hold| hold.stands_for_gap_of(&Self::me()))
    }

    fn epoch(&self) -> u64 {
        self.db.holds.values().map(|hold| hold.epoch).max().unwrap_or(0)
    }

    // ---- holds

    /// Places a wanted hold.
    pub fn place_wanted(&mut self, wanted: Wanted) {
        let (id, kind) = (HoldId::from(wanted.id()), wanted.kind());
        self.place(id, wanted.scope(), wanted.activities(), kind, Cause::Person, String::new());
    }

    fn place(
        &mut self,
        id: HoldId,
        scope: safe::scope::Scope,
        activities: BTreeSet<Activity>,
        kind: HoldKind,
        cause: Cause,
        reason: String,
    ) {
        let placing = Placing {
            id: id.clone(),
            trial: TRIAL.into(),
            scope,
            activities,
            kind,
            cause,
            reason,
            by: "s".into(),
            at: at(),
            epoch: self.db.journal.next_number(),
        };
        let subjects = &self.db.subjects;
        let in_flight = self.db.permits.values().filter(|permit| permit.is_in_flight());
        let pairs = in_flight.map(|permit| (permit, subjects.get(&permit.asked.placement.subject)));
        let hold = match self.mutation {
            Some(Mutation::ListOfLivingOnly) => Hold::place(placing, pairs.filter(|(p, _)| p.is_unsettled())),
            _ => Hold::place(placing, pairs),
        };
        self.db.journal.append(Event::HoldPlaced(told(&hold)));
        self.db.holds.insert(id.clone(), hold);
        self.instance.waiting.insert(id.clone(), 0);
        self.make_ready(&id, true);
    }

    /// Makes one waiting hold effective where it is ready. Answers whether it was.
    fn make_ready(&mut self, id: &HoldId, as_placed: bool) -> bool {
        let restored = self.restored();
        let mut waited = self.instance.waited(id, restored, self.mutation);
        if as_placed {
            waited.hold = Duration::ZERO;
        }
        let Some(hold) = self.db.holds.get(id) else { return false };
        let listed: Vec<&Permit> =
            hold.in_flight.iter().filter_map(|known| self.db.permits.get(&known.permit)).collect();
        let ready = match self.mutation {
            Some(Mutation::EffectiveAtOnce) => Readiness::Effective(How::AtOnce),
            Some(Mutation::RestoreForgetsToWait) => {
                readiness(listed, Waited { restore: None, ..waited }, TERMS)
            }
            _ => readiness(listed, waited, TERMS),
        };
        let Readiness::Effective(how) = ready else { return false };
        let since = Effectiveness { at: at(), how, after_ms: None };
        let Ok(effective) = hold.clone().make_effective(since, self.db.journal.next_number()) else {
            return false;
        };
        self.db.holds.insert(id.clone(), effective);
        self.db.journal.append(Event::HoldEffective(id.clone()));
        self.instance.waiting.remove(id);
        true
    }

    /// Looks at every waiting hold. Answers whether one became effective.
    pub fn settle(&mut self) -> bool {
        let waiting: Vec<HoldId> =
            self.db.holds.values().filter(|hold| hold.is_waiting()).map(|hold| hold.id.clone()).collect();
        let mut done = false;
        for id in &waiting {
            done |= self.make_ready(id, false);
        }
        done
    }

    /// Two people release a hold. None where its kind or state forbids it.
    pub fn release(&mut self, id: &HoldId) -> Option<()> {
        let mut hold = self.db.holds.get(id)?.clone();
        let epoch = self.db.journal.next_number();
        for (role, by) in hold.kind.release_roles()?.into_iter().zip(["p", "q"]) {
            let paper = || "given".to_owned();
            let papers = Papers { ethics_reference: paper(), amendment: paper(), statement: paper() };
            let signature = Signature { by: by.into(), role, at: at(), reason: paper(), papers };
            hold = hold.sign(signature, epoch).ok()?;
        }
        self.db.journal.append(Event::HoldReleased(id.clone()));
        if self.mutation == Some(Mutation::ReleaseClearsAll) {
            let state = hold.state.clone();
            self.db.holds.values_mut().for_each(|other| other.state = state.clone());
        }
        self.db.holds.insert(id.clone(), hold);
        Some(())
    }

    // ---- services that went back

    /// A peer has seen a row of safety's that safety lacks.
    pub fn went_back(&mut self, lost: Head) {
        self.db.journal.open(lost);
        self.hold_gap();
    }

    fn open_gap(&self) -> Option<(Service, u32)> {
        let gap = (Service::Safety, self.db.journal.head().incarnation);
        (gap.1 > 0 && !self.db.gaps.contains(&gap)).then_some(gap)
    }

    fn hold_gap(&mut self) -> bool {
        let Some(gap) = self.open_gap() else { return false };
        self.db.gaps.insert(gap);
        self.reconcile(Service::Safety);
        true
    }

    fn is_held(&self, source: Service, such: impl Fn(&Hold) -> bool) -> bool {
        let peer = Peer::from(source.name());
        self.db.holds.values().any(|hold| hold.stands_for_gap_of(&peer) && such(hold))
    }

    /// Places the hold that stands until people have reconciled the service.
    fn reconcile(&mut self, service: Service) {
        let id = format!("gap-{}-{}", service.name(), self.db.journal.next_number());
        let everything = BTreeSet::from([Activity::Randomization, Activity::Dosing]);
        let cause = Cause::WentBack(Peer::from(service.name()));
        let reason = format!("{} went back in time", service.name());
        let scope = safe::scope::Scope::Trial;
        self.place(id.as_str().into(), scope, everything, HoldKind::Reconciliation, cause, reason);
    }

    /// A peer's journal does not continue what safety has seen of it.
    pub fn peer_went_back(&mut self, source: Service) {
        if self.mutation != Some(Mutation::NoHeadComparison) && !self.is_held(source, |_| true) {
            self.reconcile(source);
        }
    }

    fn peer_opened(&mut self, source: Service, incarnation: u32) {
        if self.db.gaps.insert((source, incarnation))
            && !self.is_held(source, Hold::is_unsigned)
            && self.mutation != Some(Mutation::NoHeadComparison)
        {
            self.reconcile(source);
        }
    }

    // ---- rows of peers

    /// Applies one row of a peer. False: it contradicts what is known, and is parked.
    pub fn apply(&mut self, source: Service, row: &Row) -> bool {
        let before = (self.db.clone(), self.instance.clone());
        let done = match &row.event {
            Event::Opened => {
                self.peer_opened(source, row.head.incarnation);
                true
            }
            Event::Permit { permit, subject, infusion, number, said } => {
                let of = infusion.clone().map(|infusion| (infusion, *number));
                self.hear(source, permit, subject, of, said)
            }
            Event::Placed { subject, site, arm } => {
                let arms = arm.iter().map(|arm| (*arm).into()).collect();
                let placed = Placement {
                    subject: subject.clone(),
                    site: Some((*site).into()),
                    arms,
                    cohorts: BTreeSet::new(),
                };
                self.db.subjects.insert(subject.clone(), placed);
                true
            }
            Event::HoldChecked(told) => {
                self.checked(told);
                true
            }
            _ => true,
        };
        if done {
            self.cursor(source).moved(row.head);
        } else {
            (*self.db, *self.instance) = before;
            self.cursor(source).parked = true;
        }
        done
    }

    /// Safety's place in a peer's journal.
    pub fn cursor(&mut self, source: Service) -> &mut Cursor {
        self.db.cursors.entry(source).or_default()
    }

    fn checked(&mut self, told: &HoldTold) {
        if self.db.holds.contains_key(&told.id) {
            return;
        }
        let kind = match (told.permanent, told.reconciles) {
            (true, _) => HoldKind::Permanent,
            (_, true) => HoldKind::Reconciliation,
            _ => HoldKind::PendingBoardDecision,
        };
        let reason = "safety has forgotten it".to_owned();
        let (scope, activities) = (told.scope.clone(), told.activities.clone());
        self.place(told.id.clone(), scope, activities, kind, Cause::Forgotten, reason);
    }

    fn hear(
        &mut self,
        source: Service,
        id: &PermitId,
        subject: &SubjectId,
        of: Option<(safe::ids::InfusionId, u32)>,
        said: &Said,
    ) -> bool {
        if !self.db.permits.contains_key(id) {
            self.adopt(id, subject, of.clone());
        }
        let Some(known) = self.db.permits.get(id).cloned() else { return false };
        let same = known.asked.placement.subject == *subject
            && known.asked.infusion == of.map(|(infusion, _)| infusion);
        if !same {
            return false;
        }
        let mut after = known.clone();
        for fact in facts(source, said, self.mutation) {
            match after.hear(&fact) {
                Ok(next) => after = next,
                Err(_) => return false,
            }
        }
        if after != known {
            self.db.permits.insert(id.clone(), after);
            self.settle();
        }
        true
    }

    fn adopt(&mut self, id: &PermitId, subject: &SubjectId, of: Option<(safe::ids::InfusionId, u32)>) {
        if self.mutation == Some(Mutation::ForgottenNotAdopted) {
            return;
        }
        let own = self.db.subjects.get(subject).cloned();
        let placement = own.clone().unwrap_or_else(|| Placement::unknown(subject.clone()));
        let of = of.map_or((None, 0), |(infusion, number)| (Some(infusion), number));
        let asked = Ask::forgotten(TRIAL.into(), id, placement, of);
        let issue = Issue { id: id.clone(), terms: TERMS.longest(), at: at(), epoch: self.epoch() };
        let permit = Permit::adopt(asked, issue);
        self.db.journal.append(Event::Other);
        for hold in self.db.holds.values_mut() {
            hold.list(&permit, own.as_ref());
        }
        self.db.permits.insert(id.clone(), permit);
        if !self.restored() {
            self.reconcile(Service::Safety);
        }
    }

    // ---- permits

    /// Whether the asker's journal was read as far as it says, and continues what was seen of it. The reading itself comes
    /// before, row by row.
    pub fn asker_agrees(&mut self, asker: Service, mine: &Head) -> Compared {
        let cursor = self.cursor(asker).clone();
        if !cursor.has_seen(mine) {
            return Compared::WentBack;
        }
        let place = |head: &Head| Place { incarnation: head.incarnation, number: head.number };
        compare(place(mine), place(&cursor.head), mine.hash == cursor.head.hash)
    }

    /// Whether safety has all that the asker has seen of it, and has held every gap it knows of.
    pub fn is_whole(&mut self, seen: &Head) -> bool {
        if self.mutation == Some(Mutation::NoHeadComparison) {
            return true;
        }
        if !self.db.journal.knows(seen) {
            self.went_back(*seen);
            return false;
        }
        !self.hold_gap()
    }

    /// The transaction that decides an ask.
    pub fn decide(&mut self, ask: Ask) -> Result<PermitId, No> {
        if self.open_gap().is_some() && self.mutation != Some(Mutation::NoHeadComparison) {
            return Err(No::Refused);
        }
        if self.db.permits.values().any(|permit| permit.asked.ask == ask.ask) {
            return Err(No::Refused);
        }
        let subject = &ask.placement.subject;
        let permits: Vec<Permit> = self
            .db
            .permits
            .values()
            .filter(|permit| permit.asked.placement.subject == *subject)
            .cloned()
            .collect();
        if self.mutation == Some(Mutation::PermitFromMemory)
            && let Some(known) = permits.iter().find(|p| p.is_unsettled() && p.asked.infusion == ask.infusion)
        {
            return Ok(known.id.clone());
        }
        let mut holds: Vec<Hold> = self.db.holds.values().filter(|hold| hold.stands()).cloned().collect();
        let own = self.db.subjects.get(subject);
        let mut seen = ask.clone();
        match self.mutation {
            Some(Mutation::NoHoldCheck) => holds.clear(),
            Some(Mutation::OnlySafetysView) => seen.placement = own.unwrap_or(&ask.placement).clone(),
            _ => {}
        }
        let own = if self.mutation == Some(Mutation::OnlyAskersView) { None } else { own };
        let view = View { own, holds: &holds, permits: &permits };
        let again = "'".repeat(usize::from(self.db.journal.restores));
        let id = PermitId::from(format!("{}{again}", ask.ask.as_str().replace('a', "p")));
        let terms = Issue { id, terms: TERMS, at: at(), epoch: self.epoch() };
        match issue(seen, &view, terms) {
            Ok(permit) => {
                let permit = Permit { asked: ask, ..permit };
                let id = permit.id.clone();
                self.db.permits.insert(id.clone(), permit);
                self.db.journal.append(Event::Other);
                Ok(id)
            }
            Err(NoPermit::EarlierNotVoid(earlier)) => {
                let known = permits.iter().find(|permit| permit.id == earlier);
                Err(No::Earlier {
                    infusion: known
                        .and_then(|permit| permit.asked.infusion.as_ref())
                        .map(ToString::to_string),
                    begun: known.is_some_and(Permit::has_begun),
                    permit: earlier,
                })
            }
            Err(_) => Err(No::Refused),
        }
    }
}

fn facts(source: Service, said: &Said, mutation: Option<Mutation>) -> Vec<PermitFact> {
    match said {
        Said::Starting if mutation == Some(Mutation::SettledByClaim) => vec![PermitFact::Heard],
        Said::Starting => vec![PermitFact::Starting(at())],
        // An allocation that was shown is over.
        Said::Heard if source == Service::Enrollment => vec![PermitFact::Heard, PermitFact::Completed(at())],
        Said::Heard => vec![PermitFact::Heard],
        Said::Returned => vec![PermitFact::Returned],
        Said::Voided(why, stated) if source == Service::Enrollment => {
            vec![PermitFact::voided_allocation(why, *stated)]
        }
        Said::Voided(why, stated) => vec![PermitFact::voided_infusion(why, *stated)],
        Said::Started => vec![PermitFact::Started(at())],
        Said::Unconfirmed => vec![PermitFact::Unconfirmed(at())],
        Said::Completed => vec![PermitFact::Completed(at())],
    }
}

/// A hold as its event tells it.
fn told(hold: &Hold) -> HoldTold {
    let unsettled = hold.in_flight.iter().filter(|known| !known.settled);
    HoldTold {
        id: hold.id.clone(),
        scope: hold.scope.clone(),
        activities: hold.activities.clone(),
        reconciles: hold.kind == HoldKind::Reconciliation,
        permanent: hold.kind == HoldKind::Permanent,
        reason: hold.reason.clone(),
        unsettled: unsettled
            .filter_map(|known| Some((known.permit.clone(), known.infusion.clone()?)))
            .collect(),
    }
}

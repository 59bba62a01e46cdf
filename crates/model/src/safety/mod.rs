//! Safety as its commands run it: each function here and in `permits` and `rows` stands for one transaction or one answer, and
//! leaves every decision to `holdpoint_safety::domain`. Here: its holds, and what it does when a service went back in time.

mod instance;
mod permits;
mod rows;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use holdpoint_journal::Head;
use holdpoint_safety::domain as safe;
use safe::effective::{How, Readiness, Waited, readiness};
use safe::hold::{Cause, Effectiveness, Hold, HoldKind, Placing};
use safe::ids::{HoldId, Peer, PermitId, SubjectId};
use safe::permit::Permit;
use safe::release::{Papers, Signature};
use safe::scope::{Activity, Placement, Scope};

pub use instance::Instance;
pub use permits::{Answer, No};

use crate::journal::{Cursor, Event, HoldTold, Journal};
use crate::mutation::Mutation;
use crate::names::{Service, TERMS, TRIAL, Wanted, at};

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

    /// Places a wanted hold.
    pub fn place_wanted(&mut self, wanted: Wanted) {
        let (id, kind) = (HoldId::from(wanted.id()), wanted.kind());
        self.place(id, wanted.scope(), wanted.activities(), kind, Cause::Person, String::new());
    }

    fn place(
        &mut self,
        id: HoldId,
        scope: Scope,
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
        let scope = Scope::Trial;
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

//! Dosing as its commands and timers run it: each function here and in `rows` stands for one transaction, and leaves every
//! decision to `holdpoint_dosing::domain`.

mod rows;

use std::collections::BTreeMap;
use std::sync::Arc;

use dose::fate::{Fate, GiveBack, VoidWhy, disagreement, give_back, void_unclaimed};
use dose::go::{Go, Permit};
use dose::hold::{Activity, Hold, HoldState, Placement, standing};
use dose::ids::{Attempt, HoldId, InfusionId, PermitId};
use dose::infusion::{Ask, Ending, Infusion};
use holdpoint_dosing::domain as dose;
use holdpoint_journal::Head;
use holdpoint_safety::domain as safe;

use crate::enrollment::Rollback;
use crate::journal::{Cursor, Event, Journal, Said};
use crate::mutation::Mutation;
use crate::names::{Planned, Service, TERMS, at, ticks};

/// Where dosing believes a subject stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Stands {
    /// Its site.
    pub site: Option<&'static str>,
    /// Its arm.
    pub arm: Option<&'static str>,
}

/// What dosing has committed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Dosing {
    /// Its journal of the trial.
    pub journal: Journal,
    /// How far it has read each peer.
    pub cursors: BTreeMap<Service, Cursor>,
    /// Infusions with an order.
    pub infusions: BTreeMap<InfusionId, Arc<Infusion>>,
    /// What became of each permit.
    pub fates: BTreeMap<PermitId, Fate>,
    /// Its own copies of holds.
    pub holds: BTreeMap<HoldId, Hold>,
    /// Where it believes subjects stand.
    pub subjects: BTreeMap<&'static str, Stands>,
    /// Which service's journal is known to have gone back, and whether people have reconciled it.
    pub rollbacks: BTreeMap<Service, Rollback>,
    /// `Go`s kept as answers, by attempt. Only a mutation fills it.
    pub kept: BTreeMap<(InfusionId, u32), PermitId>,
}

/// What a start may ask safety.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct May {
    /// What would start.
    pub activity: safe::scope::Activity,
    /// Dosing's view of the subject.
    pub placement: safe::scope::Placement,
    /// Dosing's own head.
    pub mine: Head,
    /// The newest that it has seen of safety's.
    pub yours: Head,
}

impl Dosing {
    /// Dosing with these infusions ordered.
    pub fn with(infusions: &[Planned]) -> Self {
        let ordered = |planned: &Planned| (planned.id.into(), Arc::new(planned.authorized()));
        let infusions = infusions.iter().map(ordered).collect();
        Self { infusions, ..Self::default() }
    }

    fn tell(&mut self, planned: Planned, permit: &PermitId, said: Said) {
        // Only what goes on with an infusion carries its number.
        let numbered = matches!(said, Said::Starting | Said::Started | Said::Unconfirmed | Said::Completed);
        self.journal.append(Event::Permit {
            permit: permit.as_str().into(),
            subject: planned.subject.into(),
            infusion: Some(planned.id.into()),
            number: if numbered { planned.number } else { 0 },
            said,
        });
    }

    fn void(&mut self, planned: Planned, permit: &PermitId, why: VoidWhy) {
        self.fates.insert(permit.clone(), Fate::Void);
        self.tell(planned, permit, Said::Voided(why.as_str(), why.is_stated()));
    }

    fn infusion(&self, planned: Planned) -> Option<Infusion> {
        self.infusions.get(&InfusionId::from(planned.id)).map(|infusion| infusion.as_ref().clone())
    }

    fn store(&mut self, infusion: Infusion) {
        self.infusions.insert(infusion.key.id.clone(), Arc::new(infusion));
    }

    fn placement(&self, planned: Planned) -> Placement {
        let stands = self.subjects.get(planned.subject).cloned().unwrap_or_default();
        Placement {
            subject: planned.subject.into(),
            site: stands.site.map(str::to_owned),
            arm: stands.arm.map(str::to_owned),
            cohort: None,
        }
    }

    fn activity(&self, planned: Planned) -> Activity {
        let dosed = self.infusions.values().any(|other| {
            other.key.subject.as_str() == planned.subject
                && other.key.id.as_str() != planned.id
                && other.dose_at().is_some()
        });
        if dosed { Activity::Dosing } else { Activity::FirstDose }
    }

    fn is_held(&self, planned: Planned) -> bool {
        let at = self.placement(planned);
        !standing(self.holds.values(), self.activity(planned), &at).is_empty()
    }

    fn is_whole(&self) -> bool {
        self.rollbacks.values().all(|rollback| rollback.reconciled)
    }

    /// Judges an ask, voids an earlier claim by the person's statement, and answers what may be asked of safety. None: it
    /// is refused, or answered by the record.
    pub fn judge(&mut self, planned: Planned, attempt: u32, stated: bool) -> Option<May> {
        let infusion = self.infusion(planned)?;
        let attempt = Attempt(attempt);
        if matches!(infusion.ask(attempt, None), Ok(Ask::Record { .. })) {
            return None;
        }
        let parked = self.cursors.values().any(|cursor| cursor.parked);
        if self.is_held(planned) || !self.is_whole() || parked {
            return None;
        }
        if let Ask::VoidFirst(permit) = infusion.ask(attempt, stated.then_some("said")).ok()? {
            let (voided, _) = infusion.void_stated(attempt, "said").ok()?;
            self.store(voided);
            self.void(planned, &permit, VoidWhy::NotHeard);
        }
        Some(self.may(planned))
    }

    /// What a fresh ask says.
    pub fn may(&self, planned: Planned) -> May {
        let at = self.placement(planned);
        let activity = match self.activity(planned) {
            Activity::Dosing => safe::scope::Activity::Dosing,
            _ => safe::scope::Activity::FirstDose,
        };
        let placement = safe::scope::Placement {
            subject: at.subject.as_str().into(),
            site: at.site.map(Into::into),
            arms: at.arm.into_iter().map(Into::into).collect(),
            cohorts: at.cohort.into_iter().map(Into::into).collect(),
        };
        let yours = self.cursors.get(&Service::Safety).map(|cursor| cursor.head).unwrap_or_default();
        May { activity, placement, mine: self.journal.head(), yours }
    }

    /// Whether the heads in safety's answer allow a claim.
    pub fn agrees(&self, theirs: &Head, sent: &Head, seen: &Head) -> bool {
        let place = |head: &Head| (head.incarnation, head.number);
        disagreement(place(theirs), place(sent), !self.journal.knows(seen)).is_none()
    }

    /// The claim's transaction. False: it is refused, and the permit is to be given back.
    pub fn claim(
        &mut self,
        planned: Planned,
        permit: &PermitId,
        attempt: u32,
        mutation: Option<Mutation>,
    ) -> bool {
        let Some(infusion) = self.infusion(planned) else { return false };
        if self.is_held(planned) {
            return false;
        }
        let Ok(claimed) = infusion.claim(permit.clone(), Attempt(attempt), at()) else { return false };
        if self.fates.contains_key(permit) && mutation != Some(Mutation::NoUniqueFate) {
            return false;
        }
        self.fates.insert(permit.clone(), Fate::Claimed(Attempt(attempt)));
        self.tell(planned, permit, Said::Starting);
        self.store(claimed);
        true
    }

    /// Whether `Go` may be said after the commit of the claim, `elapsed` ticks after the ask.
    pub fn may_say_go(permit: &PermitId, attempt: u32, elapsed: u8) -> bool {
        let life = |millis| std::time::Duration::from_millis(millis);
        let permit = Permit::new(permit.clone(), life(TERMS.life_ms), life(TERMS.margin_ms));
        Go::while_alive(permit, Attempt(attempt), ticks(elapsed)).is_ok()
    }

    /// Gives a permit back on the way out without a `Go`.
    pub fn give_back(&mut self, planned: Planned, permit: &PermitId) {
        match give_back(self.fates.get(permit).copied()) {
            GiveBack::Nothing => {}
            GiveBack::Return => {
                self.fates.insert(permit.clone(), Fate::Returned);
                self.tell(planned, permit, Said::Returned);
            }
            GiveBack::Void => {
                let voided = self.infusion(planned).and_then(|infusion| infusion.void_unsaid(permit).ok());
                let Some(voided) = voided else { return };
                self.store(voided);
                self.void(planned, permit, VoidWhy::LifeOver);
            }
        }
    }

    /// Writes the void of a permit that was never claimed. False: it has a row, or may not be voided.
    pub fn void_unclaimed(&mut self, planned: Planned, permit: &PermitId, stated: bool) -> bool {
        if self.fates.contains_key(permit) || !self.is_whole() {
            return false;
        }
        let went_back = self.journal.head().incarnation > 0;
        let Some(why) = void_unclaimed(went_back, stated.then_some("said")) else { return false };
        self.void(planned, permit, why);
        true
    }

    /// The timer's look at permits that a hold waits for and nobody claimed.
    pub fn unclaimed(&self) -> Vec<(PermitId, InfusionId)> {
        if self.journal.head().incarnation > 0 {
            return vec![];
        }
        let standing = self.holds.values().filter(|hold| hold.state != HoldState::Released);
        standing
            .flat_map(|hold| hold.unsettled.clone())
            .filter(|(permit, _)| !self.fates.contains_key(permit))
            .collect()
    }

    /// A valid `Go` was heard. False: it is void, and nothing may start.
    pub fn acknowledge(&mut self, planned: Planned, permit: &PermitId) -> bool {
        let Some(infusion) = self.infusion(planned) else { return false };
        let Ok(heard) = infusion.clone().acknowledge(permit, at()) else { return false };
        if heard != infusion {
            self.tell(planned, permit, Said::Heard);
            self.store(heard);
        }
        true
    }

    /// It began.
    pub fn confirm(&mut self, planned: Planned) -> bool {
        let confirmed = self.infusion(planned).and_then(|infusion| infusion.confirm(at(), at()).ok());
        self.went_on(planned, confirmed, Said::Started)
    }

    /// It is over.
    pub fn complete(&mut self, planned: Planned) -> bool {
        let ending = Ending { at: at(), cells: 1.into(), stopped_early: false, deviation: None };
        let completed = self.infusion(planned).and_then(|infusion| infusion.complete(ending, at()).ok());
        self.went_on(planned, completed, Said::Completed)
    }

    /// Nobody said in time whether it began.
    pub fn unconfirmed(&mut self, planned: Planned) -> bool {
        let next = self.infusion(planned).and_then(|infusion| infusion.unconfirmed(at()).ok());
        self.went_on(planned, next, Said::Unconfirmed)
    }

    fn went_on(&mut self, planned: Planned, next: Option<Infusion>, said: Said) -> bool {
        let Some(next) = next else { return false };
        if let Some(permit) = next.claimed().map(|claim| claim.permit.clone()) {
            self.tell(planned, &permit, said);
        }
        self.store(next);
        true
    }

    /// A person states that nothing was given.
    pub fn abandon(&mut self, planned: Planned) -> bool {
        let Some((next, permit)) = self.infusion(planned).and_then(|infusion| infusion.abandon().ok()) else {
            return false;
        };
        self.store(next);
        self.void(planned, &permit, VoidWhy::Abandoned);
        true
    }

    /// A mutation: a restart voids every start that it finds.
    pub fn restart_voids(&mut self, all: &[Planned]) {
        for planned in all {
            let Some(infusion) = self.infusion(*planned) else { continue };
            let Some(permit) = infusion.claimed().map(|claim| claim.permit.clone()) else { continue };
            if let Ok((voided, _)) = infusion.abandon() {
                self.store(voided);
                self.void(*planned, &permit, VoidWhy::LifeOver);
            }
        }
    }
}

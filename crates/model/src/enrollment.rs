//! Enrollment as its commands and reactions run it: the allocation of subjects under permits, with the place on the list
//! sealed. Each function stands for one transaction, and leaves every decision to `holdpoint_enrollment::domain`.

use std::collections::{BTreeMap, BTreeSet};

use enroll::allocation::{Before, may_be_shown};
use enroll::consent::{Consent, Consents};
use enroll::fate::{Fate, GiveBack, give_back, void_unclaimed};
use enroll::hold::HoldState;
use enroll::ids::{ArmId, PermitId, SubjectId};
use enroll::list::RandomizationList;
use enroll::randomization::{Design, Seed, Stratum};
use enroll::subject::{Asked, Course, Stage, Subject};
use holdpoint_enrollment::domain as enroll;
use holdpoint_journal::Head;
use holdpoint_safety::domain as safe;

use crate::journal::{Cursor, Event, HoldTold, Journal, Row, Said};
use crate::names::{TERMS, TRIAL, at, ticks};

/// A hold as enrollment copied it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Copied {
    /// How far it has come.
    pub state: HoldState,
    /// People release it after a service went back in time.
    pub reconciles: bool,
}

/// What enrollment knows of its own journal having gone back.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rollback {
    /// Whether people have reconciled it.
    pub reconciled: bool,
    /// The holds that had been released when it was noticed: their releases, read again, reconcile nothing. The service
    /// tells them by civil time.
    pub before: BTreeSet<safe::ids::HoldId>,
}

/// What enrollment has committed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Enrollment {
    /// Its journal of the trial.
    pub journal: Journal,
    /// How far it has read safety.
    pub cursor: Cursor,
    /// Subjects that may be allocated.
    pub subjects: BTreeMap<&'static str, Subject>,
    /// The sealed list.
    pub list: Option<RandomizationList>,
    /// What became of each permit.
    pub fates: BTreeMap<PermitId, Fate>,
    /// Its own copies of holds.
    pub holds: BTreeMap<safe::ids::HoldId, Copied>,
    /// Its journal went back.
    pub rollback: Option<Rollback>,
}

fn permit_of(permit: &str) -> Option<PermitId> {
    permit.parse().ok()
}

impl Enrollment {
    /// Enrollment with these subjects consented and a list of two arms. Nothing where a name is none.
    pub fn with(subjects: &[&'static str]) -> Self {
        let consented = |name: &'static str| Some((name, subject(name)?));
        Self {
            subjects: subjects.iter().copied().filter_map(consented).collect(),
            list: if subjects.is_empty() { None } else { list() },
            ..Self::default()
        }
    }

    fn tell(&mut self, subject: &'static str, permit: &PermitId, said: Said) {
        let (permit, subject) = (permit.as_str().into(), subject.into());
        self.journal.append(Event::Permit { permit, subject, infusion: None, number: 0, said });
    }

    fn is_whole(&self) -> bool {
        self.rollback.as_ref().is_none_or(|rollback| rollback.reconciled)
    }

    /// Judges an ask, and voids an earlier claim by the person's statement. None: refused, or answered by the record.
    pub fn judge(&mut self, name: &'static str, attempt: u32, stated: bool) -> Option<()> {
        let subject = self.subjects.get(name)?;
        let Ok(Asked::MayAsk(before)) = subject.ask(attempt, stated.then_some("said"), None) else {
            return None;
        };
        if !self.is_whole() || self.cursor.parked {
            return None;
        }
        if let Before::Void(permit) = before {
            self.void(name, &permit, "not heard", true)?;
        }
        Some(())
    }

    /// Every arm that an allocation could lead to.
    pub fn placement(&self, name: &'static str) -> safe::scope::Placement {
        let arms = self.list.iter().flat_map(|list| list.design.arms());
        safe::scope::Placement {
            subject: name.into(),
            site: Some("s1".into()),
            arms: arms.map(|arm| arm.as_str().into()).collect(),
            cohorts: BTreeSet::new(),
        }
    }

    /// The claim's transaction: the place is drawn with it, where there is none yet.
    pub fn claim(&mut self, name: &'static str, permit: &str, attempt: u32) -> Option<()> {
        let permit = permit_of(permit)?;
        let subject = self.subjects.get(name)?.clone();
        if !self.is_whole() || self.fates.contains_key(&permit) {
            return None;
        }
        let (list, slot) = match subject.sealed_slot() {
            Some(slot) => (self.list.clone()?, slot.clone()),
            None => {
                let drawn = self.list.clone()?.take(&subject.id, Stratum::default(), at()).ok()?;
                (drawn.0, drawn.1)
            }
        };
        let claimed = subject.claim(slot, permit.clone(), attempt, at()).ok()?;
        self.list = Some(list);
        self.subjects.insert(name, claimed);
        self.fates.insert(permit.clone(), Fate::Claimed(attempt));
        self.tell(name, &permit, Said::Starting);
        Some(())
    }

    /// Whether the allocation may still be shown, `elapsed` ticks after the ask.
    pub fn may_show(elapsed: u8) -> bool {
        let millis = std::time::Duration::from_millis;
        may_be_shown(ticks(elapsed), millis(TERMS.life_ms), millis(TERMS.margin_ms))
    }

    fn void(&mut self, name: &'static str, permit: &PermitId, why: &'static str, stated: bool) -> Option<()> {
        let voided = self.subjects.get(name)?.clone().void(permit).ok()?;
        self.subjects.insert(name, voided);
        self.fates.insert(permit.clone(), Fate::Void);
        self.tell(name, permit, Said::Voided(why, stated));
        Some(())
    }

    /// Voids a claim whose life was over before the allocation could be shown.
    pub fn life_over(&mut self, name: &'static str, permit: &str) -> Option<()> {
        self.void(name, &permit_of(permit)?, "life over", false)
    }

    /// Gives back a permit that came to nothing.
    pub fn give_back(&mut self, name: &'static str, permit: &str) -> Option<()> {
        let permit = permit_of(permit)?;
        match give_back(self.fates.get(&permit).copied()) {
            GiveBack::Return => {
                self.fates.insert(permit.clone(), Fate::Returned);
                self.tell(name, &permit, Said::Returned);
                Some(())
            }
            GiveBack::Void => self.void(name, &permit, "never shown", false),
            GiveBack::Nothing => None,
        }
    }

    /// Voids a permit that was never claimed; after a restore only by a person's statement.
    pub fn void_unclaimed(&mut self, name: &'static str, permit: &str, stated: bool) -> bool {
        let Some(permit) = permit_of(permit) else { return false };
        if self.fates.contains_key(&permit) {
            return false;
        }
        let went_back = self.journal.head().incarnation > 0;
        let Some(why) = void_unclaimed(went_back, stated) else { return false };
        let said = Said::Voided(why, went_back);
        self.fates.insert(permit.clone(), Fate::Void);
        self.tell(name, &permit, said);
        true
    }

    /// The allocation was heard. False: it is void.
    pub fn acknowledge(&mut self, name: &'static str, permit: &str) -> bool {
        self.heard(name, permit).is_some()
    }

    fn heard(&mut self, name: &'static str, permit: &str) -> Option<()> {
        let permit = permit_of(permit)?;
        let subject = self.subjects.get(name)?.clone();
        if subject.shown().is_some_and(|shown| shown.permit == permit) {
            return Some(());
        }
        let arm = self.list.as_ref()?.arm(subject.sealed_slot()?)?;
        let heard = subject.heard(&permit, arm.clone(), None, at()).ok()?;
        self.subjects.insert(name, heard);
        self.tell(name, &permit, Said::Heard);
        let arm = if arm.as_str() == "x" { "x" } else { "y" };
        self.journal.append(Event::Placed { subject: name.into(), site: "s1", arm: Some(arm) });
        Some(())
    }

    /// Applies one row of safety's. False: it is parked.
    pub fn apply(&mut self, row: &Row) -> bool {
        let done = match &row.event {
            Event::HoldPlaced(told) => {
                self.placed(told);
                true
            }
            Event::HoldEffective(id) => self.moved(id, HoldState::Effective),
            Event::HoldReleased(id) => self.moved(id, HoldState::Released),
            _ => true,
        };
        if done {
            self.cursor.moved(row.head);
        } else {
            self.cursor.parked = true;
        }
        done
    }

    fn placed(&mut self, told: &HoldTold) {
        if self.holds.contains_key(&told.id) {
            return;
        }
        let copied = Copied { state: HoldState::Placed, reconciles: told.reconciles };
        self.holds.insert(told.id.clone(), copied);
        self.journal.append(Event::HoldChecked(HoldTold { unsettled: vec![], ..told.clone() }));
    }

    fn moved(&mut self, id: &safe::ids::HoldId, to: HoldState) -> bool {
        let Some(hold) = self.holds.get_mut(id) else { return false };
        hold.state = hold.state.max(to);
        if hold.reconciles
            && to == HoldState::Released
            && let Some(rollback) = self.rollback.as_mut().filter(|rollback| !rollback.before.contains(id))
        {
            rollback.reconciled = true;
        }
        true
    }

    /// A peer has seen a row that enrollment lacks: it allocates nobody, and goes on in a later incarnation.
    pub fn went_back(&mut self, lost: Head, released: BTreeSet<safe::ids::HoldId>) {
        if self.journal.open(lost) {
            self.rollback = Some(Rollback { reconciled: false, before: released });
        }
    }
}

fn subject(name: &str) -> Option<Subject> {
    let date = jiff::civil::Date::constant(2026, 1, 1);
    let consent =
        Consent { date, version: "1".into(), documents: vec![], recorded_at: at(), corrected: false };
    Some(Subject {
        trial: TRIAL.parse().ok()?,
        id: name.parse::<SubjectId>().ok()?,
        site: "s1".parse().ok()?,
        screened_on: date,
        screened_under: "1".into(),
        stage: Stage::Consented { consents: Consents::first(consent) },
        treatment: Course::Going,
        study: Course::Going,
        doses: BTreeMap::new(),
        earlier: vec![],
    })
}

fn list() -> Option<RandomizationList> {
    let share = |arm: &str| {
        let arm = arm.parse::<ArmId>().ok()?;
        Some(enroll::randomization::Share { arm, ratio: 1, size: 2 })
    };
    let design = Design::new(vec![share("x")?, share("y")?], vec![2]).ok()?;
    Some(RandomizationList::seal(TRIAL.parse().ok()?, design, Seed::new([7; 32])))
}

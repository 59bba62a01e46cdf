//! Dosing as a reader: what it makes of each row of a peer's journal, and of a journal that went back in time.

use std::collections::BTreeSet;

use dose::hold::{Activity, Hold, HoldState, Scope};
use dose::ids::HoldId;
use holdpoint_dosing::domain as dose;
use holdpoint_journal::Head;
use holdpoint_safety::domain as safe;

use super::{Dosing, Stands};
use crate::enrollment::Rollback;
use crate::journal::{Event, HoldTold, Row};
use crate::names::{Service, TRIAL, at};

impl Dosing {
    /// Applies one row of a peer. False: it is parked.
    pub fn apply(&mut self, source: Service, row: &Row) -> bool {
        let done = match &row.event {
            Event::HoldPlaced(told) => {
                self.placed(told);
                true
            }
            Event::HoldEffective(id) => self.moved(id, HoldState::Effective),
            Event::HoldReleased(id) => self.moved(id, HoldState::Released),
            Event::Placed { subject, site, arm } => {
                for (known, stands) in &mut self.subjects {
                    if *known == subject.as_str() {
                        *stands = Stands { site: Some(site), arm: *arm };
                    }
                }
                true
            }
            _ => true,
        };
        let cursor = self.cursors.entry(source).or_default();
        if done {
            cursor.moved(row.head);
        } else {
            cursor.parked = true;
        }
        done
    }

    fn placed(&mut self, told: &HoldTold) {
        let id = HoldId::from(told.id.as_str());
        if self.holds.contains_key(&id) {
            return;
        }
        let hold = Hold {
            id: id.clone(),
            trial: TRIAL.into(),
            scope: scope(&told.scope),
            activities: told.activities.iter().map(|activity| activity_of(*activity)).collect(),
            kind: if told.reconciles { "reconciliation" } else { "other" }.to_owned(),
            reason: told.reason.clone(),
            state: HoldState::Placed,
            placed_at: at(),
            went_back: told.reason.split_once(" went back").map(|(service, _)| service.to_owned()),
            unsettled: told
                .unsettled
                .iter()
                .map(|(permit, infusion)| (permit.as_str().into(), infusion.as_str().into()))
                .collect(),
        };
        self.holds.insert(id, hold);
        self.journal.append(Event::HoldChecked(HoldTold { unsettled: vec![], ..told.clone() }));
    }

    fn moved(&mut self, id: &safe::ids::HoldId, to: HoldState) -> bool {
        let Some(hold) = self.holds.get_mut(&HoldId::from(id.as_str())) else { return false };
        if to == HoldState::Released || hold.state == HoldState::Placed {
            hold.state = to;
        }
        let reconciled = hold.kind == "reconciliation" && to == HoldState::Released;
        let of = [Service::Safety, Service::Dosing]
            .into_iter()
            .find(|of| hold.went_back.as_deref() == Some(of.name()));
        if let Some(known) = of.filter(|_| reconciled).and_then(|of| self.rollbacks.get_mut(&of)) {
            known.reconciled |= !known.before.contains(id);
        }
        true
    }

    /// A peer has seen a row that dosing lacks: the stop and the later incarnation are one commit.
    pub fn went_back(&mut self, lost: Head, released: BTreeSet<safe::ids::HoldId>) {
        if self.journal.open(lost) {
            self.rollbacks.insert(Service::Dosing, Rollback { reconciled: false, before: released });
        }
    }

    /// A peer's journal does not continue what was seen of it. Told again, it changes nothing.
    pub fn peer_went_back(&mut self, source: Service, released: BTreeSet<safe::ids::HoldId>) {
        let known = self.rollbacks.get(&source).is_some_and(|rollback| !rollback.reconciled);
        if source == Service::Safety && !known {
            self.rollbacks.insert(source, Rollback { reconciled: false, before: released });
            self.journal.append(Event::Other);
        }
    }
}

fn scope(scope: &safe::scope::Scope) -> Scope {
    use safe::scope::Scope as S;
    match scope {
        S::Trial => Scope::Trial,
        S::Site(site) => Scope::Site(site.to_string()),
        S::Arm(arm) => Scope::Arm(arm.to_string()),
        S::Cohort(cohort) => Scope::Cohort(cohort.to_string()),
        S::Subject(subject) => Scope::Subject(subject.as_str().into()),
    }
}

fn activity_of(activity: safe::scope::Activity) -> Activity {
    use safe::scope::Activity as A;
    match activity {
        A::Randomization => Activity::Randomization,
        A::FirstDose => Activity::FirstDose,
        A::Dosing => Activity::Dosing,
    }
}

//! Safety as a reader: what it makes of each row of a peer's journal. Everything of one row is one transaction; a row that
//! contradicts what is known is parked, and stops permits.

use std::collections::BTreeSet;

use holdpoint_safety::domain as safe;
use safe::hold::{Cause, HoldKind};
use safe::ids::{InfusionId, PermitId, SubjectId};
use safe::permit::{Ask, Issue, Permit};
use safe::permit_fact::PermitFact;
use safe::scope::Placement;

use super::Acting;
use crate::journal::{Cursor, Event, HoldTold, Row, Said};
use crate::mutation::Mutation;
use crate::names::{Service, TERMS, TRIAL, at};

impl Acting<'_> {
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
        of: Option<(InfusionId, u32)>,
        said: &Said,
    ) -> bool {
        if !self.db.permits.contains_key(id) {
            if self.mutation == Some(Mutation::ForgottenNotAdopted) {
                return true;
            }
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

    fn adopt(&mut self, id: &PermitId, subject: &SubjectId, of: Option<(InfusionId, u32)>) {
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

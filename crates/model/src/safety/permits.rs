//! Safety's part of a permit: whether it is whole, whether its asker is, and the transaction that decides an ask.

use holdpoint_journal::Head;
use holdpoint_safety::domain as safe;
use safe::hold::Hold;
use safe::ids::PermitId;
use safe::peer::{Compared, Place, compare};
use safe::permit::{Ask, Issue, NoPermit, Permit, View, issue};

use super::Acting;
use crate::journal::Event;
use crate::mutation::Mutation;
use crate::names::{Service, TERMS, at};

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

impl Acting<'_> {
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

//! Groups of a trial that open one after the other (semantics 41): who is allocated goes into the newest that is open,
//! each keeps its size, and one that takes the same people again takes nobody else. The first is open from the start;
//! each further one when safety tells of the board's signed decision. Whether escalation allows it is safety's to judge,
//! in the permit.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Refusal;
use super::ids::{ArmId, CohortId, SubjectId, TrialId};
use super::place::{Line, RunningOut, Slot, Taken, announced, next};

/// One group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Which.
    pub cohort: CohortId,
    /// How many it takes; none is as many as the trial does.
    pub most: Option<u32>,
    /// The earlier cohort whose people it takes again.
    pub returns: Option<CohortId>,
    /// When it was opened; none while it is shut.
    pub opened: Option<Timestamp>,
}

/// The groups of a trial and whose place is where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cohorts {
    /// The trial.
    pub trial: TrialId,
    /// The arm that all of them are part of.
    pub arm: ArmId,
    groups: Vec<Group>,
    taken: Vec<Taken>,
}

impl Cohorts {
    /// The groups in the order in which they open; the first is open at once.
    pub fn begin(trial: TrialId, arm: ArmId, mut groups: Vec<Group>, at: Timestamp) -> Self {
        if let Some(first) = groups.first_mut() {
            first.opened = Some(at);
        }
        Self { trial, arm, groups, taken: vec![] }
    }

    /// The groups, in the order in which they open.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The places taken, in the order they were.
    pub fn taken(&self) -> &[Taken] {
        &self.taken
    }

    /// Places taken in a cohort.
    pub fn used(&self, cohort: &CohortId) -> u32 {
        let inside = |taken: &&Taken| taken.slot.line == Line::Cohort(cohort.clone());
        u32::try_from(self.taken.iter().filter(inside).count()).unwrap_or(u32::MAX)
    }

    /// Places in all, where every group has a size.
    pub fn size(&self) -> Option<u32> {
        self.groups.iter().map(|group| group.most).sum()
    }

    /// The newest group that is open.
    pub fn open(&self) -> Option<&Group> {
        self.groups.iter().rev().find(|group| group.opened.is_some())
    }

    /// Opens a group. One that is open stays so; one that the trial does not have changes nothing.
    pub fn opened(mut self, cohort: &CohortId, at: Timestamp) -> Self {
        if let Some(group) = self.groups.iter_mut().find(|group| &group.cohort == cohort) {
            group.opened.get_or_insert(at);
        }
        self
    }

    /// Takes the groups of a further version: sizes and order as it says; what is open or taken stays.
    pub fn amended(mut self, groups: Vec<Group>) -> Self {
        let opened = |cohort: &CohortId| self.groups.iter().find(|known| &known.cohort == cohort)?.opened;
        self.groups =
            groups.into_iter().map(|group| Group { opened: opened(&group.cohort), ..group }).collect();
        self
    }

    /// The open group that this subject would go into: the newest, or for somebody treated again the one named.
    pub fn group_for(&self, subject: &SubjectId, again: Option<&CohortId>) -> Result<&Group, Refusal> {
        let group = self.open().ok_or(Refusal::NoCohortOpen)?;
        let cohort = || group.cohort.clone();
        if again.is_some_and(|named| *named != group.cohort) {
            return Err(Refusal::CohortNotOpen { open: cohort() });
        }
        match (&group.returns, again) {
            (Some(of), None) => return Err(Refusal::CohortTakesAgain { cohort: cohort(), of: of.clone() }),
            (None, Some(_)) => return Err(Refusal::CohortTakesNobodyAgain { cohort: cohort() }),
            (Some(of), Some(_)) if !self.stands_in(subject, of) => {
                return Err(Refusal::CohortTakesAgain { cohort: cohort(), of: of.clone() });
            }
            _ => {}
        }
        if group.most.is_some_and(|most| self.used(&group.cohort) >= most) {
            return Err(Refusal::CohortFull { cohort: cohort(), size: self.used(&group.cohort) });
        }
        Ok(group)
    }

    /// Takes the next place of the open group.
    pub fn take(
        mut self,
        subject: &SubjectId,
        again: Option<&CohortId>,
        at: Timestamp,
    ) -> Result<(Self, Slot, Option<RunningOut>), Refusal> {
        let group = self.group_for(subject, again)?.clone();
        let placed = |taken: &Taken| &taken.subject == subject;
        if (again.is_none() && self.taken.iter().any(placed)) || self.stands_in(subject, &group.cohort) {
            return Err(Refusal::SlotAlreadyDrawn { subject: subject.clone() });
        }
        let slot = next(&self.taken, Line::Cohort(group.cohort.clone()));
        self.taken.push(Taken { slot: slot.clone(), subject: subject.clone(), at });
        let used = self.used(&group.cohort);
        let running_out = group.most.filter(|most| announced(used, *most)).map(|most| RunningOut {
            remaining: most.saturating_sub(used),
            cohort: Some(group.cohort.clone()),
        });
        Ok((self, slot, running_out))
    }

    fn stands_in(&self, subject: &SubjectId, cohort: &CohortId) -> bool {
        let there = |taken: &Taken| taken.slot.line == Line::Cohort(cohort.clone());
        self.taken.iter().any(|taken| &taken.subject == subject && there(taken))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp::UNIX_EPOCH;

    fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
        text.parse().unwrap()
    }

    fn group(cohort: &str, most: u32, returns: Option<&str>) -> Group {
        Group { cohort: id(cohort), most: Some(most), returns: returns.map(id), opened: None }
    }

    fn cohorts() -> Cohorts {
        let groups = vec![group("A", 2, None), group("B", 3, None), group("E", 2, Some("A"))];
        Cohorts::begin(id("pgf-msc"), id("cells"), groups, AT)
    }

    fn filled(mut cohorts: Cohorts, subjects: &[&str]) -> Cohorts {
        for subject in subjects {
            cohorts = cohorts.take(&id(subject), None, AT).unwrap().0;
        }
        cohorts
    }

    #[test]
    fn a_group_keeps_its_size_and_the_next_takes_nobody_before_it_is_open() {
        let (one, slot, told) = cohorts().take(&id("P-1"), None, AT).unwrap();
        assert_eq!((slot.line, slot.number, told), (Line::Cohort(id("A")), 1, None));
        let (full, slot, told) = one.take(&id("P-2"), None, AT).unwrap();
        assert_eq!((slot.number, told.map(|out| out.remaining)), (2, Some(0)));
        let refused = full.clone().take(&id("P-3"), None, AT).unwrap_err();
        assert_eq!(refused, Refusal::CohortFull { cohort: id("A"), size: 2 });
        let (_, slot, _) = full.opened(&id("B"), AT).take(&id("P-3"), None, AT).unwrap();
        assert_eq!((slot.line, slot.number), (Line::Cohort(id("B")), 1));
    }

    #[test]
    fn a_place_is_taken_once() {
        let one = filled(cohorts(), &["P-1"]).opened(&id("B"), AT);
        let refused = one.take(&id("P-1"), None, AT).unwrap_err();
        assert_eq!(refused, Refusal::SlotAlreadyDrawn { subject: id("P-1") });
    }

    #[test]
    fn a_group_of_returning_people_takes_them_and_nobody_else() {
        let full = filled(cohorts(), &["P-1", "P-2"]);
        let early = full.clone().take(&id("P-1"), Some(&id("E")), AT).unwrap_err();
        assert_eq!(early, Refusal::CohortNotOpen { open: id("A") });
        let open = filled(full.opened(&id("B"), AT), &["P-3"]).opened(&id("E"), AT);
        let takes_again = Refusal::CohortTakesAgain { cohort: id("E"), of: id("A") };
        assert_eq!(open.clone().take(&id("P-4"), None, AT).unwrap_err(), takes_again);
        assert_eq!(open.clone().take(&id("P-3"), Some(&id("E")), AT).unwrap_err(), takes_again);
        let (again, slot, _) = open.take(&id("P-1"), Some(&id("E")), AT).unwrap();
        assert_eq!((slot.line, slot.number), (Line::Cohort(id("E")), 1));
        let twice = again.take(&id("P-1"), Some(&id("E")), AT).unwrap_err();
        assert_eq!(twice, Refusal::SlotAlreadyDrawn { subject: id("P-1") });
    }

    #[test]
    fn an_amendment_keeps_what_is_open_and_taken() {
        let before = filled(cohorts(), &["P-1"]).opened(&id("B"), AT);
        let after = before.amended(vec![group("A", 2, None), group("B", 4, None), group("C", 1, None)]);
        let opened: Vec<bool> = after.groups().iter().map(|group| group.opened.is_some()).collect();
        assert_eq!((opened, after.used(&id("A")), after.size()), (vec![true, true, false], 1, Some(7)));
    }
}

//! What is known of an escalation's subjects: which cohort each was begun in, when it was done, whether what must not
//! happen happened to it. What restrains counts every permit that is not void; what frees counts only what the bedside
//! told and people judged. protocols README, sentences 8, 13 and 41.

use std::collections::BTreeSet;

use holdpoint_protocol::eval::dosing::Course;
use holdpoint_protocol::eval::escalation::{Progress, Treated};
use holdpoint_protocol::eval::{Occasion, Stamp, Truth, rules};
use holdpoint_protocol::ids::{CohortId as FileCohort, EventId};
use holdpoint_protocol::model::{Escalation, Role};
use holdpoint_protocol::scalar::Anchor;
use jiff::Timestamp;

use super::ask::Asked;
use super::chart::{SubjectFile, chart, stamp};
use super::escalation::Groups;
use crate::domain::ids::CohortId;
use crate::domain::ledger::{doses, told};
use crate::domain::permit::Permit;
use crate::domain::scope::Activity;

/// A subject's time in one cohort. Somebody may be treated again in a further one.
pub(super) struct Stay {
    pub(super) cohort: CohortId,
    /// Its doses there: every permitted start that is not known to be void.
    pub(super) begun: Vec<Timestamp>,
    /// Those that the bedside has told.
    given: Vec<Timestamp>,
}

/// The cohorts a subject was in, in order. Before enrollment has told, its doses stand where they were asked for.
pub(super) fn stays(file: &SubjectFile) -> Vec<Stay> {
    let mut begun: Vec<Timestamp> = doses(&file.permits).into_iter().map(|dose| dose.at).collect();
    let mut given = told(&file.permits);
    let mut stays = vec![];
    for (at, cohort) in file.subject.allocations.iter().skip(1).rev() {
        let from = |starts: &mut Vec<Timestamp>| starts.split_off(starts.partition_point(|start| start < at));
        stays.push(Stay { cohort: cohort.clone(), begun: from(&mut begun), given: from(&mut given) });
    }
    let first = file.subject.allocations.values().next().cloned();
    for cohort in first.map_or_else(|| asked_for(file), |cohort| BTreeSet::from([cohort])) {
        stays.push(Stay { cohort, begun: begun.clone(), given: given.clone() });
    }
    stays.reverse();
    stays
}

fn asked_for(file: &SubjectFile) -> BTreeSet<CohortId> {
    let doses = file.permits.iter().filter(|permit| permit.is_dose());
    doses.flat_map(|permit| permit.asked.placement.cohorts.iter().cloned()).collect()
}

/// The cohorts that an allocation which is on its way could lead to.
pub(super) fn about_to_enter(file: &SubjectFile) -> BTreeSet<CohortId> {
    let allocation =
        |permit: &&Permit| permit.asked.activity == Activity::Randomization && permit.is_in_flight();
    let permits = file.permits.iter().filter(allocation);
    permits.flat_map(|permit| permit.asked.placement.cohorts.iter().cloned()).collect()
}

/// A subject's first dose, in each cohort that it was in.
pub(super) fn first_doses(file: &SubjectFile) -> BTreeSet<Timestamp> {
    let of_stays = stays(file).into_iter().filter_map(|stay| stay.begun.first().copied());
    of_stays.chain(doses(&file.permits).first().map(|dose| dose.at)).collect()
}

impl Groups<'_> {
    /// The cohort as the file names it; none that it does not have.
    pub(super) fn of_file(&self, cohort: &CohortId) -> Option<FileCohort> {
        self.protocol.cohorts.ids().find(|id| id.as_str() == cohort.as_str()).cloned()
    }

    /// What the escalation is judged by.
    pub(super) fn progress(&self) -> Progress {
        let mut progress = Progress::default();
        let Some(escalation) = &self.protocol.escalation else { return progress };
        for file in self.files.values() {
            let stays = stays(file);
            let toxicity = if stays.is_empty() { Truth::False } else { self.toxicity(escalation, file) };
            let last = stays.len().saturating_sub(1);
            for (place, stay) in stays.iter().enumerate().filter(|(_, stay)| !stay.begun.is_empty()) {
                let Some(cohort) = self.of_file(&stay.cohort) else { continue };
                // Whoever went on to a further cohort is done with this one.
                let over = place < last || file.subject.is_over();
                let completed = self.completed(escalation, file, stay, over);
                progress.treated.entry(cohort).or_default().push(Treated { completed, toxicity });
            }
        }
        for opening in self.opened {
            let party = Role::from_word(&opening.party);
            if let Some((cohort, party)) = self.of_file(&opening.cohort).zip(party) {
                progress.decided.entry(cohort).or_default().insert(party);
            }
        }
        progress
    }

    /// When what a subject is observed from was. Without a word of the file it is the last dose: of all that are planned,
    /// or the last that was given where no further one will be.
    fn completed(
        &self,
        escalation: &Escalation,
        file: &SubjectFile,
        stay: &Stay,
        over: bool,
    ) -> Option<Timestamp> {
        let given = &stay.given;
        match &escalation.next.after {
            Some(Anchor::Dose(number)) => {
                let place = usize::try_from(*number).ok()?.checked_sub(1)?;
                given.get(place).copied()
            }
            Some(Anchor::Event(event)) if event.as_str() != "last-dose" && event.as_str() != "dose" => {
                let chart = chart(file);
                let times = chart.times_of(event).into_iter().filter_map(|at| at.bounds(&file.zone));
                times.map(|bounds| bounds.latest).max()
            }
            Some(Anchor::EndOfStudy | Anchor::EndOfTrial) => None,
            Some(Anchor::Event(_) | Anchor::EachDose) | None => {
                let done = over || self.planned(file, stay).is_some_and(|planned| given.len() >= planned);
                given.last().copied().filter(|_| done)
            }
        }
    }

    /// How many doses a subject is to be given in a cohort.
    fn planned(&self, file: &SubjectFile, stay: &Stay) -> Option<usize> {
        let known = file.subject.arm.as_ref().and_then(|arm| arm.as_str().parse().ok());
        let mut arms = self.protocol.arms.ids();
        let only = arms.next().filter(|_| arms.next().is_none()).cloned();
        let cohort = self.of_file(&stay.cohort);
        let course = Course::of(self.protocol, &known.or(only)?, cohort.as_ref()).ok()?;
        usize::try_from(course.doses).ok()
    }

    /// Whether what must not have happened has happened to a subject. What is so only through an empty field is unknown.
    fn toxicity(&self, escalation: &Escalation, file: &SubjectFile) -> Truth {
        let Some(without) = &escalation.next.without else { return Truth::False };
        let chart = chart(file);
        let recorded = Truth::from(!chart.times_of(without).is_empty());
        let own = self.events.iter().filter(|event| event.subject == file.subject.subject);
        let asked = own.filter_map(|event| Asked::about(self.protocol, event, file));
        let reported = asked.map(|asked| self.is_one(without, &asked.occasion()));
        let facts = Default::default();
        let happened = file.subject.milestones.values().filter_map(|milestone| {
            let event: EventId = milestone.event.parse().ok()?;
            let at: Stamp = stamp(milestone.at);
            let occasion = Occasion {
                cause: &milestone.root,
                event: &event,
                at,
                truth: Truth::True,
                facts: &facts,
                chart: &chart,
            };
            Some(self.is_one(without, &occasion))
        });
        reported.chain(happened).fold(recorded, Truth::or)
    }

    fn is_one(&self, without: &EventId, occasion: &Occasion<'_>) -> Truth {
        match rules::derived(self.protocol, without, occasion) {
            None => Truth::False,
            Some(answer) if answer.via_unset() => Truth::Unknown,
            Some(answer) => answer.truth,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::permit::{Ask, Issue, Permit, Terms};
    use crate::domain::permit_fact::PermitFact;
    use crate::domain::scope::Placement;

    fn second(at: i64) -> Timestamp {
        Timestamp::from_second(at).unwrap()
    }

    fn permit(activity: Activity, cohort: &str, at: i64, facts: &[PermitFact]) -> Permit {
        let id = format!("{activity:?}-{at}");
        let asked = Ask {
            ask: id.as_str().into(),
            trial: "t".into(),
            activity,
            placement: Placement { cohorts: [cohort.into()].into(), ..Placement::unknown("s".into()) },
            infusion: (activity != Activity::Randomization).then(|| id.as_str().into()),
            number: 1,
            attempt: 1,
        };
        let terms = Terms { life_ms: 5_000, margin_ms: 500 };
        let permit = Permit::adopt(asked, Issue { id: id.as_str().into(), terms, at: second(at), epoch: 0 });
        facts.iter().try_fold(permit, Permit::hear).unwrap()
    }

    fn told(file: &SubjectFile) -> Vec<(String, usize, usize)> {
        let of_one = |stay: Stay| (stay.cohort.to_string(), stay.begun.len(), stay.given.len());
        let told: BTreeSet<_> = stays(file).into_iter().map(of_one).collect();
        told.into_iter().collect()
    }

    #[test]
    fn whoever_is_treated_again_is_counted_in_each_cohort() {
        let mut file = SubjectFile::unknown("t".into(), "s".into());
        let given = |at| [PermitFact::Heard, PermitFact::Started(second(at))];
        file.permits = vec![
            permit(Activity::FirstDose, "C", 10, &given(10)),
            permit(Activity::Dosing, "C", 50, &[PermitFact::Heard]),
            permit(Activity::Dosing, "C", 60, &[PermitFact::Returned]),
            permit(Activity::Dosing, "E", 150, &given(150)),
        ];
        let both = ("C".to_owned(), 3, 2);
        assert_eq!(
            told(&file),
            [both, ("E".to_owned(), 3, 2)],
            "where it was asked for, until enrollment tells"
        );
        file.subject.allocations = [(second(0), "C".into()), (second(100), "E".into())].into();
        assert_eq!(told(&file), [("C".to_owned(), 2, 1), ("E".to_owned(), 1, 1)]);
        assert_eq!(first_doses(&file).into_iter().collect::<Vec<_>>(), [second(10), second(150)]);
    }

    #[test]
    fn an_allocation_on_its_way_holds_a_place() {
        let mut file = SubjectFile::unknown("t".into(), "s".into());
        file.permits = vec![permit(Activity::Randomization, "1", 5, &[])];
        assert_eq!(about_to_enter(&file), BTreeSet::from(["1".into()]));
        file.permits = vec![permit(Activity::Randomization, "1", 5, &[PermitFact::Returned])];
        assert!(about_to_enter(&file).is_empty());
    }
}

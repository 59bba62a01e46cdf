//! The doses of a subject as every rule counts them: each permitted start that is not known to be void, from its
//! start, numbered by time. A void or a corrected time renumbers (protocols README, sentence 13).

use jiff::Timestamp;

use super::ids::PermitId;
use super::permit::{Permit, Progress};

/// One dose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dose {
    /// The permit under which it was started.
    pub permit: PermitId,
    /// Its start, as well as it is known: the bedside's word, else the claim, else the issue.
    pub at: Timestamp,
    /// 1 upward in time.
    pub ordinal: u32,
}

/// The doses among a subject's permits.
pub fn doses<'a>(permits: impl IntoIterator<Item = &'a Permit>) -> Vec<Dose> {
    let mut starts: Vec<(Timestamp, PermitId)> = permits
        .into_iter()
        .filter(|permit| permit.is_dose())
        .map(|permit| (started_at(permit), permit.id.clone()))
        .collect();
    starts.sort();
    starts.into_iter().zip(1_u32..).map(|((at, permit), ordinal)| Dose { permit, at, ordinal }).collect()
}

/// The starts that the bedside has told, in order. What frees others (a cohort done, an escalation that goes on) counts
/// only these; what restrains counts every permit that is not void.
pub fn told<'a>(permits: impl IntoIterator<Item = &'a Permit>) -> Vec<Timestamp> {
    let began = |permit: &Permit| match permit.progress {
        Progress::Started(at) | Progress::Completed(at) => permit.began_at.or(Some(at)),
        Progress::NotBegun | Progress::Starting(_) | Progress::Unconfirmed(_) => permit.began_at,
    };
    let mut starts: Vec<Timestamp> =
        permits.into_iter().filter(|permit| permit.is_dose()).filter_map(began).collect();
    starts.sort_unstable();
    starts
}

fn started_at(permit: &Permit) -> Timestamp {
    permit.began_at.unwrap_or(match permit.progress {
        Progress::Starting(at) | Progress::Started(at) => at,
        Progress::NotBegun | Progress::Unconfirmed(_) | Progress::Completed(_) => permit.issued_at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::permit::{Ask, Issue, Terms};
    use crate::domain::permit_fact::PermitFact;
    use crate::domain::scope::{Activity, Placement};

    fn permit(id: &str, activity: Activity, issued: i64, facts: &[PermitFact]) -> Permit {
        let asked = Ask {
            ask: id.into(),
            trial: "t".into(),
            activity,
            placement: Placement::unknown("s".into()),
            infusion: Some(id.into()),
            number: 1,
            attempt: 1,
        };
        let terms = Terms { life_ms: 5_000, margin_ms: 500 };
        let permit = Permit::adopt(asked, Issue { id: id.into(), terms, at: second(issued), epoch: 0 });
        facts.iter().try_fold(permit, Permit::hear).unwrap()
    }

    fn second(at: i64) -> Timestamp {
        Timestamp::from_second(at).unwrap()
    }

    #[test]
    fn all_that_is_not_void_counts_in_the_order_of_the_starts() {
        let permits = [
            permit("unheard", Activity::Dosing, 30, &[]),
            permit("void", Activity::Dosing, 10, &[PermitFact::Returned]),
            permit("late", Activity::FirstDose, 20, &[PermitFact::Started(second(40))]),
            permit("allocation", Activity::Randomization, 5, &[]),
        ];
        let found: Vec<_> = doses(&permits).into_iter().map(|d| (d.permit.to_string(), d.ordinal)).collect();
        assert_eq!(found, [("unheard".to_owned(), 1), ("late".to_owned(), 2)]);
        assert_eq!(told(&permits), [second(40)], "only what the bedside has told");
    }

    #[test]
    fn a_corrected_time_renumbers() {
        let corrected = [PermitFact::Started(second(40)), PermitFact::TimeCorrected(second(25))];
        let permits = [permit("a", Activity::Dosing, 30, &[]), permit("b", Activity::Dosing, 20, &corrected)];
        assert_eq!(doses(&permits)[0].permit, "b".into());
    }
}

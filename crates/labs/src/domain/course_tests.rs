//! A course holds what stands, in the order of time, whatever the order in which it came.

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;

fn standing(second: i64, value: Option<i64>) -> Standing {
    let taken_at = Timestamp::from_second(second).unwrap();
    match value {
        None => Standing::Void { version: 2, taken_at },
        Some(value) => {
            let measured = Measured { value: value.into(), lower: None, upper: None };
            Standing::Stands { version: 1, taken_at, reading: Reading::Number(measured) }
        }
    }
}

fn course() -> Course {
    Course::none(Whose { trial: "t".into(), subject: "P-001".into() })
}

proptest! {
    #[test]
    fn the_order_of_arrival_does_not_show(times in proptest::collection::btree_set(0_i64..50, 0..12), seed in any::<u64>()) {
        let take = |order: &[i64]| {
            let mut course = course();
            for second in order {
                let id = ResultId::from(format!("r-{second}"));
                course.take("platelets", &id, &standing(*second / 2, Some(*second)));
            }
            course
        };
        let sorted: Vec<i64> = times.into_iter().collect();
        let mut turned = sorted.clone();
        turned.sort_by_key(|second| second.unsigned_abs().wrapping_mul(seed | 1));
        prop_assert_eq!(take(&sorted), take(&turned));
    }
}

#[test]
fn what_is_taken_back_is_gone_and_stored_it_reads_back() {
    let mut course = course();
    course.take("platelets", &"r-1".into(), &standing(1, Some(12)));
    course.take(
        "platelets",
        &"r-2".into(),
        &Standing::Stands {
            version: 1,
            taken_at: Timestamp::from_second(2).unwrap(),
            reading: Reading::Words,
        },
    );
    let stored = serde_json::to_string(&course).unwrap();
    assert_eq!(serde_json::from_str::<Course>(&stored).unwrap(), course, "{stored}");
    assert_eq!(
        course.last().map(|(fact, point)| (fact, point.proof())).collect::<Vec<_>>(),
        [("platelets", "r-2/1".to_owned())]
    );
    course.take("platelets", &"r-1".into(), &standing(1, None));
    course.take("platelets", &"r-2".into(), &Standing::Nothing);
    assert!(course.points.is_empty());
}

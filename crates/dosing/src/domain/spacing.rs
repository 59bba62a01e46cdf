//! Decides whether a dose may be given at this moment, looking at the doses before it: never closer than the late
//! rule's least distance, never beyond its greatest, never before its own window (protocols README, sentences 14, 15).

use jiff::{SignedDuration, Timestamp};

use super::plan::Window;
use super::refusal::Refusal;

/// What the file says of a dose missed in its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LateRule {
    /// It is given later, and the following shift with it.
    Shift {
        /// No two doses in a row are closer, on time or late.
        least: SignedDuration,
        /// Beyond this after the last dose none is started: the safety board decides.
        most: SignedDuration,
    },
    /// It is left out; the others keep their days.
    Skip,
    /// The file says nothing: the board decides each time.
    BoardDecides,
}

/// Judges the moment `now` for a dose whose window is `window`, after the last dose counted before it.
pub fn judge(rule: LateRule, window: Window, last: Option<Timestamp>, now: Timestamp) -> Result<(), Refusal> {
    if let (LateRule::Shift { least, most }, Some(last)) = (rule, last) {
        let since = now.duration_since(last);
        if since < least {
            return Err(Refusal::TooClose { last, least });
        }
        if since > most {
            return Err(Refusal::TooLate { last: Some(last), most: Some(most), latest: window.latest });
        }
    }
    if now < window.earliest {
        return Err(Refusal::TooEarly { earliest: window.earliest });
    }
    let shifts = matches!(rule, LateRule::Shift { .. });
    if now > window.latest && !shifts {
        return Err(Refusal::TooLate { last, most: None, latest: window.latest });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOUR: i64 = 3_600;
    const DAY: i64 = 24 * HOUR;
    /// 5 to 10 days apart, as the first trial says.
    const SHIFT: LateRule = LateRule::Shift {
        least: SignedDuration::from_hours(5 * 24),
        most: SignedDuration::from_hours(10 * 24),
    };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    /// Weekly, a day to either side, after a dose at 0.
    fn window() -> Window {
        Window { due: at(7 * DAY), earliest: at(6 * DAY), latest: at(8 * DAY) }
    }

    #[test]
    fn on_time_late_and_beyond_both_ends_inside() {
        for (seconds, given) in [
            (6 * DAY - 1, false),
            (6 * DAY, true),
            (8 * DAY, true),
            (9 * DAY, true),
            (10 * DAY, true),
            (10 * DAY + 1, false),
        ] {
            assert_eq!(judge(SHIFT, window(), Some(at(0)), at(seconds)).is_ok(), given, "{seconds}");
        }
    }

    #[test]
    fn two_doses_are_never_closer_than_the_least_distance_even_inside_a_window() {
        let early = Window { earliest: at(0), ..window() };
        assert!(matches!(judge(SHIFT, early, Some(at(0)), at(5 * DAY - 1)), Err(Refusal::TooClose { .. })));
        assert!(judge(SHIFT, early, Some(at(0)), at(5 * DAY)).is_ok());
    }

    #[test]
    fn without_a_shift_a_missed_dose_is_not_started() {
        for rule in [LateRule::Skip, LateRule::BoardDecides] {
            assert!(judge(rule, window(), Some(at(0)), at(8 * DAY)).is_ok(), "{rule:?}");
            let missed = judge(rule, window(), Some(at(0)), at(8 * DAY + 1));
            assert!(matches!(missed, Err(Refusal::TooLate { .. })), "{rule:?}");
        }
    }

    #[test]
    fn a_first_dose_has_no_distance_to_keep() {
        assert!(judge(SHIFT, window(), None, at(100 * DAY)).is_ok());
        assert!(matches!(judge(SHIFT, window(), None, at(5 * DAY)), Err(Refusal::TooEarly { .. })));
    }

    proptest! {
        #[test]
        fn whatever_is_allowed_keeps_the_distance(now in 0i64..30 * DAY, last in 0i64..20 * DAY) {
            prop_assume!(now >= last);
            if judge(SHIFT, window(), Some(at(last)), at(now)).is_ok() {
                prop_assert!((5 * DAY..=10 * DAY).contains(&(now - last)));
            }
        }
    }
}

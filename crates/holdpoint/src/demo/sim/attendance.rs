//! Whether a subject comes to a visit on its day, later in its window, or not at all. Drawn by the visit's own id, so that a plan
//! made anew changes nothing that was drawn before.

use super::chance::Chance;

/// How firmly a visit is asked for, as the schedule says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Due.
    Due,
    /// Offered.
    Optional,
    /// Due, and may be closed with a reason.
    Waivable,
}

/// What becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attendance {
    /// Comes so many days after the day it is due; 0 is on the day.
    Comes(i64),
    /// Does not come.
    Stays,
    /// A person closes it with a reason.
    Waived,
}

/// In a thousand visits: missed, kept later in the window, waived where that is allowed, not taken up where offered.
const MISSED: u32 = 12;
const LATER: u32 = 60;
const WAIVED: u32 = 250;
const DECLINED: u32 = 600;

/// What becomes of a visit whose window leaves so many days after the day it is due.
pub(crate) fn attends(seed: u64, subject: &str, visit: &str, asked: Asked, days_left: i64) -> Attendance {
    let mut chance = Chance::of(seed, &format!("{subject} comes to {visit}"));
    match asked {
        Asked::Optional if chance.permille(DECLINED) => return Attendance::Stays,
        Asked::Waivable if chance.permille(WAIVED) => return Attendance::Waived,
        _ => {}
    }
    if chance.permille(MISSED) {
        return Attendance::Stays;
    }
    if days_left > 0 && chance.permille(LATER) {
        return Attendance::Comes(chance.between(1, days_left.min(7)));
    }
    Attendance::Comes(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(asked: Asked, days_left: i64, wanted: impl Fn(Attendance) -> bool) -> usize {
        (0..2_000).filter(|n| wanted(attends(9, "P-001", &format!("a/b/{n}"), asked, days_left))).count()
    }

    #[test]
    fn most_come_some_late_few_not() {
        assert!((5..60).contains(&share(Asked::Due, 0, |a| a == Attendance::Stays)));
        assert_eq!(share(Asked::Due, 0, |a| matches!(a, Attendance::Comes(1..))), 0);
        assert!((60..200).contains(&share(Asked::Due, 3, |a| matches!(a, Attendance::Comes(1..=3)))));
        assert_eq!(share(Asked::Due, 3, |a| a == Attendance::Waived), 0);
        assert!(share(Asked::Waivable, 3, |a| a == Attendance::Waived) > 300);
    }
}

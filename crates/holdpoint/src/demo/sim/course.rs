//! The course of one subject's blood counts, day by day. In a trial that derives events from counts, a failing graft: three lines
//! low and kept up by transfusions, until they rise, in time or late or never; in any other, steady counts of an adult.

use jiff::civil::Date;

use super::chance::Chance;
use super::days_from;

/// How a subject does after the allocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Recovery {
    /// All lines rise, platelets to 50 and above (Protocol 6.7, complete).
    Complete,
    /// All lines rise, platelets to 20 and not to 50 (partial).
    Partial,
    /// Nothing rises in time.
    None,
}

/// Counts as a laboratory prints them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Hundredths of 10*9/L.
    pub neutrophils: i64,
    /// Hundredths of 10*9/L.
    pub white_cells: i64,
    /// 10*9/L.
    pub platelets: i64,
    /// g/L.
    pub hemoglobin: i64,
}

/// What is given on a day when counts are low.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transfusion {
    /// Platelets.
    Platelets,
    /// Red cells.
    RedCells,
}

/// A subject's course.
#[derive(Debug, Clone)]
pub(crate) struct Course {
    seed: u64,
    subject: String,
    graft_fails: bool,
    /// The day from which everything is counted: the allocation.
    turn: Option<Turn>,
}

/// What the allocation turns the course into.
#[derive(Debug, Clone, Copy)]
struct Turn {
    allocated: Date,
    /// Days from the allocation to the first day on which counts rise; none where they never do.
    rises_after: Option<i64>,
    /// Platelets at the end of the rise.
    platelets: i64,
}

/// How many days a rise takes.
const RISE_DAYS: i64 = 8;
/// Platelets below this are transfused, 10*9/L (prophylactic threshold).
const PLATELETS_BELOW: i64 = 10;
/// Hemoglobin below this is transfused, g/L.
const HEMOGLOBIN_BELOW: i64 = 64;

impl Course {
    /// A course before any allocation.
    pub fn new(seed: u64, subject: &str, graft_fails: bool) -> Self {
        Self { seed, subject: subject.to_owned(), graft_fails, turn: None }
    }

    /// The subject is allocated; what becomes of the counts is settled.
    pub fn allocate(&mut self, on: Date, recovery: Recovery) {
        let mut chance = Chance::of(self.seed, &format!("turn of {}", self.subject));
        // Who does not recover in time recovers late, or one in five never.
        let (rises_after, platelets) = match recovery {
            Recovery::Complete => (Some(chance.between(6, 22)), chance.between(70, 190)),
            Recovery::Partial => (Some(chance.between(8, 24)), chance.between(27, 42)),
            Recovery::None if chance.permille(800) => {
                (Some(chance.between(66, 130)), chance.between(40, 130))
            }
            Recovery::None => (None, 0),
        };
        self.turn = Some(Turn { allocated: on, rises_after, platelets });
    }

    /// The counts of a day.
    pub fn counts(&self, day: Date) -> Counts {
        let mut chance = Chance::of(self.seed, &format!("counts of {} on {day}", self.subject));
        if !self.graft_fails {
            return steady(&mut chance);
        }
        let low = low(&mut chance);
        match self.risen(day) {
            0 => low,
            share => mixed(low, risen(self.platelets_at_the_end(), &mut chance), share),
        }
    }

    /// What is transfused on a day, by the day's counts; at most every third day platelets, every sixth red cells.
    pub fn transfusions(&self, day: Date) -> Vec<Transfusion> {
        if !self.graft_fails || self.risen(day) > 0 {
            return Vec::new();
        }
        let (counts, place) = (self.counts(day), self.place(day));
        let mut given = Vec::new();
        if counts.platelets < PLATELETS_BELOW && place.rem_euclid(3) == 0 {
            given.push(Transfusion::Platelets);
        }
        if counts.hemoglobin < HEMOGLOBIN_BELOW && place.rem_euclid(6) == 1 {
            given.push(Transfusion::RedCells);
        }
        given
    }

    /// Whether the ward counts every day: until a rise is proven, and again when a late one is seen.
    pub fn is_counted_daily(&self, day: Date, assessed_after_days: i64) -> bool {
        if !self.graft_fails {
            return false;
        }
        let Some(turn) = self.turn else { return true };
        let since = days_from(turn.allocated, day);
        match turn.rises_after {
            Some(rises) if rises <= assessed_after_days => since <= rises + RISE_DAYS + 10,
            Some(rises) => since <= assessed_after_days || (rises..=rises + RISE_DAYS + 10).contains(&since),
            None => since <= assessed_after_days,
        }
    }

    fn platelets_at_the_end(&self) -> i64 {
        self.turn.map_or(0, |turn| turn.platelets)
    }

    /// How far the rise has come on a day, in thousandths.
    fn risen(&self, day: Date) -> i64 {
        let Some(Turn { allocated, rises_after: Some(rises), .. }) = self.turn else { return 0 };
        let into = days_from(allocated, day) - rises;
        (into.clamp(0, RISE_DAYS) * 1_000) / RISE_DAYS
    }

    /// A day's place in the subject's own rhythm.
    fn place(&self, day: Date) -> i64 {
        let own = Chance::of(self.seed, &format!("rhythm of {}", self.subject)).between(0, 5);
        days_from(Date::constant(2000, 1, 1), day) + own
    }
}

fn low(chance: &mut Chance) -> Counts {
    let neutrophils = chance.between(8, 44);
    Counts {
        neutrophils,
        white_cells: neutrophils + chance.between(30, 70),
        platelets: chance.between(6, 17),
        hemoglobin: chance.between(60, 69),
    }
}

fn risen(platelets: i64, chance: &mut Chance) -> Counts {
    let neutrophils = chance.between(170, 380);
    Counts {
        neutrophils,
        white_cells: neutrophils + chance.between(80, 220),
        platelets: platelets + chance.between(-4, 6),
        hemoglobin: chance.between(86, 108),
    }
}

fn steady(chance: &mut Chance) -> Counts {
    let neutrophils = chance.between(250, 550);
    Counts {
        neutrophils,
        white_cells: neutrophils + chance.between(150, 300),
        platelets: chance.between(180, 320),
        hemoglobin: chance.between(128, 158),
    }
}

fn mixed(from: Counts, to: Counts, share: i64) -> Counts {
    let mix = |from: i64, to: i64| from + (to - from) * share / 1_000;
    Counts {
        neutrophils: mix(from.neutrophils, to.neutrophils),
        white_cells: mix(from.white_cells, to.white_cells),
        platelets: mix(from.platelets, to.platelets),
        hemoglobin: mix(from.hemoglobin, to.hemoglobin),
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan as _;

    use super::*;

    const DAY: Date = Date::constant(2026, 5, 1);
    /// Eight weeks, as the first trial assesses.
    const ASSESSED: i64 = 56;

    fn course(subject: usize, recovery: Recovery) -> Course {
        let mut course = Course::new(11, &format!("P-{subject:03}"), true);
        course.allocate(DAY, recovery);
        course
    }

    fn on(after: i64) -> Date {
        DAY.checked_add(after.days()).unwrap()
    }

    /// The longest run of days, all counted, on which platelets hold.
    fn longest(course: &Course, holds: impl Fn(Counts) -> bool) -> usize {
        let (mut run, mut longest) = (0, 0);
        for after in 1..=ASSESSED {
            let fits = course.is_counted_daily(on(after), ASSESSED)
                && holds(course.counts(on(after)))
                && course.transfusions(on(after)).is_empty();
            run = if fits { run + 1 } else { 0 };
            longest = longest.max(run);
        }
        longest
    }

    #[test]
    fn a_complete_response_holds_50_for_a_week_of_counted_days() {
        for subject in 0..200 {
            let course = course(subject, Recovery::Complete);
            assert!(longest(&course, |counts| counts.platelets >= 50) >= 7, "{subject}");
        }
    }

    #[test]
    fn a_partial_response_holds_20_and_never_50() {
        for subject in 0..200 {
            let course = course(subject, Recovery::Partial);
            assert!(longest(&course, |counts| counts.platelets >= 20) >= 7, "{subject}");
            assert_eq!(longest(&course, |counts| counts.platelets >= 50), 0, "{subject}");
        }
    }

    #[test]
    fn without_recovery_no_week_holds_20_in_time() {
        for subject in 0..200 {
            assert_eq!(
                longest(&course(subject, Recovery::None), |counts| counts.platelets >= 20),
                0,
                "{subject}"
            );
        }
    }

    #[test]
    fn before_the_rise_two_lines_are_low_every_day() {
        let course = Course::new(3, "P-001", true);
        for after in 0..60 {
            let counts = course.counts(on(after));
            assert!(
                counts.neutrophils <= 50 && counts.platelets <= 20 && counts.hemoglobin <= 70,
                "{counts:?}"
            );
        }
    }

    #[test]
    fn steady_counts_are_those_of_an_adult() {
        let course = Course::new(3, "P-001", false);
        assert!(course.counts(DAY).platelets >= 150 && course.transfusions(DAY).is_empty());
        assert!(!course.is_counted_daily(DAY, ASSESSED));
    }
}

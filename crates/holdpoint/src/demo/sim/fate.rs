//! Who recovers, and who dies or leaves: drawn for each subject from the file's own figures and a few invented ones. Shares are met
//! by systematic sampling with a random start, so that a group of any size shows the file's rate to within one subject.

use std::collections::BTreeMap;

use holdpoint_protocol::ids::EventId;

use super::chance::Chance;
use super::course::Recovery;

/// Of those who recover, so many in a thousand do so completely: invented.
const COMPLETE_PERMILLE: u32 = 650;
/// In a thousand subjects, so many die in the years of follow-up: invented.
const DEATH_PERMILLE: u32 = 90;
/// So many withdraw their consent: invented.
const WITHDRAWAL_PERMILLE: u32 = 45;
/// So many have a setback of the disease: invented.
const SETBACK_PERMILLE: u32 = 80;
/// Nobody dies, leaves or has a setback before this many days from the allocation: treatment and first assessment are over.
const NOT_BEFORE_DAYS: i64 = 70;
/// Nor later than this: three years.
const NOT_AFTER_DAYS: i64 = 3 * 365;

/// How a subject's time in the trial ends before its planned end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Dies so many days after the allocation.
    Death(i64),
    /// Withdraws consent so many days after the allocation.
    Withdrawal(i64),
}

/// Draws what becomes of the subjects of a trial, in the order of their allocation.
#[derive(Debug, Clone)]
pub(crate) struct Fates {
    seed: u64,
    /// The share expected to recover in each arm, in percent, as the file says.
    expected: BTreeMap<String, u32>,
    /// How many of each arm were drawn.
    drawn: BTreeMap<String, u32>,
}

impl Fates {
    /// Fates by the shares of the file, percent of each arm.
    pub fn new(seed: u64, expected: BTreeMap<String, u32>) -> Self {
        Self { seed, expected, drawn: BTreeMap::new() }
    }

    /// Whether the next subject of an arm recovers, and how far. Nobody does where the file expects nothing.
    pub fn recovery(&mut self, arm: &str, subject: &str) -> Recovery {
        let Some(&percent) = self.expected.get(arm) else { return Recovery::None };
        let place = self.drawn.entry(arm.to_owned()).or_default();
        let start = Chance::of(self.seed, &format!("who recovers in {arm}")).between(0, 99);
        let before = i64::from(*place) * i64::from(percent) + start;
        *place += 1;
        let recovers = (before + i64::from(percent)) / 100 > before / 100;
        if !recovers {
            return Recovery::None;
        }
        let complete =
            Chance::of(self.seed, &format!("how far {subject} recovers")).permille(COMPLETE_PERMILLE);
        if complete { Recovery::Complete } else { Recovery::Partial }
    }

    /// Whether and when a subject's time ends early.
    pub fn end(&self, subject: &str) -> Option<End> {
        let mut chance = Chance::of(self.seed, &format!("end of {subject}"));
        let after = chance.between(NOT_BEFORE_DAYS, NOT_AFTER_DAYS);
        if chance.permille(DEATH_PERMILLE) {
            return Some(End::Death(after));
        }
        chance.permille(WITHDRAWAL_PERMILLE).then_some(End::Withdrawal(after))
    }

    /// Whether and how many days after the allocation the disease comes back, after the treatment: which of the file's events it
    /// is. None where the file has none.
    pub fn setback(&self, subject: &str, events: &[EventId]) -> Option<(i64, EventId)> {
        let mut chance = Chance::of(self.seed, &format!("setback of {subject}"));
        let after = chance.between(NOT_BEFORE_DAYS, NOT_AFTER_DAYS);
        let happens = chance.permille(SETBACK_PERMILLE);
        let event = chance.pick(events)?.clone();
        happens.then_some((after, event))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_of_any_size_shows_the_files_rate_to_within_one() {
        for seed in 0..50 {
            for (percent, size) in [(76, 34), (38, 34), (38, 7), (0, 20), (100, 20)] {
                let mut fates = Fates::new(seed, [("a".to_owned(), percent)].into());
                let recovered =
                    (0..size).filter(|n| fates.recovery("a", &format!("P-{n}")) != Recovery::None).count();
                let exact = f64::from(percent) * f64::from(size) / 100.0;
                assert!((recovered as f64 - exact).abs() <= 1.0, "{recovered} of {size} at {percent} %");
            }
        }
    }

    #[test]
    fn where_the_file_expects_nothing_nobody_recovers() {
        let mut fates = Fates::new(1, BTreeMap::new());
        assert_eq!(fates.recovery("cells", "P-1"), Recovery::None);
    }

    #[test]
    fn a_setback_is_one_of_the_files_events() {
        let (fates, events) = (Fates::new(5, BTreeMap::new()), ["relapse".parse().unwrap()]);
        let found = (0..1_000).filter_map(|n| fates.setback(&format!("P-{n}"), &events)).count();
        assert!((50..120).contains(&found), "{found}");
        assert!((0..1_000).all(|n| fates.setback(&format!("P-{n}"), &[]).is_none()));
    }

    #[test]
    fn an_early_end_is_after_the_treatment() {
        let fates = Fates::new(5, BTreeMap::new());
        let ends: Vec<End> = (0..1_000).filter_map(|n| fates.end(&format!("P-{n}"))).collect();
        assert!((60..220).contains(&ends.len()), "{}", ends.len());
        assert!(ends.iter().all(|end| match end {
            End::Death(after) | End::Withdrawal(after) => (70..=1_095).contains(after),
        }));
    }
}

//! A measured weight and whether it may dose: kilograms only, fresh by the file's `weigh`, and confirmed by a second
//! person where it differs by `reweigh` or more from the baseline or from the weight before (protocols README,
//! sentence 16; a child weighed in pounds and dosed in kilograms is the harm to prevent).

use jiff::Timestamp;
use jiff::fmt::serde::timestamp::microsecond as micros;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::ids::{SubjectId, TrialId, WeightId};
use super::refusal::Refusal;

/// The lightest and the heaviest person that is taken for no slip of the pen, in kilograms.
pub const PLAUSIBLE_KILOGRAMS: std::ops::RangeInclusive<i64> = 1..=500;

/// From which change in percent a second person looks where the file has no `reweigh`.
pub const SECOND_PERSON_PERCENT: Decimal = Decimal::TEN;

/// Whether a second person has to look.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecondPerson {
    /// The change is small.
    NotNeeded,
    /// The change is large, or there is no baseline to compare with; nobody has confirmed it yet.
    Needed,
    /// Another person confirmed it.
    Confirmed {
        /// Who.
        by: String,
        /// When.
        #[serde(with = "micros::required")]
        at: Timestamp,
    },
}

/// One weight taken at the bedside.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Weight {
    /// Its id.
    pub id: WeightId,
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// Kilograms, exact.
    pub kilograms: Decimal,
    /// When it was measured.
    #[serde(with = "micros::required")]
    pub measured_at: Timestamp,
    /// Who wrote it down.
    pub by: String,
    /// The weight measured before it at the bedside, in kilograms.
    pub previous_kilograms: Option<Decimal>,
    /// Change against the baseline, percent, signed; none without a baseline.
    pub change_percent: Option<Decimal>,
    /// Whether a second person has to look.
    pub second: SecondPerson,
}

/// The weight that doses are reckoned from until another differs too much.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Baseline {
    /// Kilograms, exact.
    pub kilograms: Decimal,
    /// When it was measured.
    #[serde(with = "micros::required")]
    pub measured_at: Timestamp,
}

/// Kilograms out of a written value and unit. Any other unit is refused: nothing is converted silently.
pub fn kilograms(value: Decimal, unit: &str) -> Result<Decimal, Refusal> {
    if unit != "kg" {
        return Err(Refusal::WeightUnit { found: unit.to_owned() });
    }
    let (least, most) =
        (Decimal::from(*PLAUSIBLE_KILOGRAMS.start()), Decimal::from(*PLAUSIBLE_KILOGRAMS.end()));
    if value < least || value > most {
        return Err(Refusal::WeightImplausible { least, most });
    }
    Ok(value)
}

/// Signed change of a weight against the baseline in percent, not rounded before it is compared.
pub fn change_percent(baseline: Decimal, kilograms: Decimal) -> Decimal {
    (kilograms - baseline) * Decimal::ONE_HUNDRED / baseline
}

impl Weight {
    /// Judges a weight just measured: `share` is the change in percent from which a second person is needed, against the
    /// baseline or the weight before. Without a baseline there is nothing to compare with, so one is needed as well.
    pub fn judge(mut self, baseline: Option<&Baseline>, share: Decimal) -> Self {
        let change = baseline.map(|baseline| change_percent(baseline.kilograms, self.kilograms));
        let since = self.previous_kilograms.map(|previous| change_percent(previous, self.kilograms));
        let large = [change, since].into_iter().flatten().any(|change| change.abs() >= share);
        let needed = change.is_none() || large;
        self.second = if needed { SecondPerson::Needed } else { SecondPerson::NotNeeded };
        self.change_percent = change;
        self
    }

    /// Judges again with what is known at the order: a baseline or a file that came later. A confirmation stays.
    pub fn judged_again(self, baseline: Option<&Baseline>, share: Decimal) -> Self {
        match &self.second {
            SecondPerson::Confirmed { .. } => self,
            _ => self.judge(baseline, share),
        }
    }

    /// The second person's word: somebody else than who wrote it down. Confirmed once, it stays so.
    pub fn confirm(self, by: &str, at: Timestamp) -> Result<Self, Refusal> {
        match &self.second {
            SecondPerson::Confirmed { .. } => Ok(self),
            _ if self.by == by => Err(Refusal::SamePerson),
            _ => Ok(Self { second: SecondPerson::Confirmed { by: by.to_owned(), at }, ..self }),
        }
    }

    /// Whether it may dose as far as a second person is concerned.
    pub fn checked(&self) -> Result<(), Refusal> {
        match self.second {
            SecondPerson::Needed => Err(Refusal::WeightUnconfirmed { weight: self.id.clone() }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weight(kilograms: &str) -> Weight {
        Weight {
            id: "w".into(),
            trial: "t".into(),
            subject: "P-001".into(),
            kilograms: kilograms.parse().unwrap(),
            measured_at: Timestamp::UNIX_EPOCH,
            by: "nurse-1".into(),
            previous_kilograms: None,
            change_percent: None,
            second: SecondPerson::NotNeeded,
        }
    }

    fn baseline(kilograms: &str) -> Baseline {
        Baseline { kilograms: kilograms.parse().unwrap(), measured_at: Timestamp::UNIX_EPOCH }
    }

    #[test]
    fn only_kilograms_of_a_person_are_taken() {
        assert_eq!(kilograms("60.5".parse().unwrap(), "kg"), Ok("60.5".parse().unwrap()));
        for unit in ["lb", "", "KG", "g", "[lb_av]"] {
            assert!(matches!(kilograms(60.into(), unit), Err(Refusal::WeightUnit { .. })), "{unit}");
        }
        for value in ["0", "-60", "0.9", "501"] {
            assert!(kilograms(value.parse().unwrap(), "kg").is_err(), "{value}");
        }
    }

    #[test]
    fn ten_percent_either_way_needs_a_second_person_and_less_does_not() {
        for (kilograms, needed) in
            [("60", false), ("65.9", false), ("66.0", true), ("54.1", false), ("54.0", true), ("25", true)]
        {
            let judged = weight(kilograms).judge(Some(&baseline("60")), 10.into());
            assert_eq!(judged.second == SecondPerson::Needed, needed, "{kilograms}");
        }
        assert_eq!(
            weight("60").judge(None, 10.into()).second,
            SecondPerson::Needed,
            "nothing to compare with"
        );
    }

    #[test]
    fn a_tenth_since_the_weight_before_needs_a_second_person_too() {
        for (previous, kilograms, needed) in
            [("65", "58.6", false), ("65", "58.5", true), ("55", "60.4", false), ("55", "60.5", true)]
        {
            let before = Weight { previous_kilograms: Some(previous.parse().unwrap()), ..weight(kilograms) };
            let judged = before.judge(Some(&baseline("60")), SECOND_PERSON_PERCENT);
            assert_eq!(judged.second == SecondPerson::Needed, needed, "{previous} then {kilograms}");
        }
    }

    #[test]
    fn the_second_person_is_another_one() {
        let judged = weight("70").judge(Some(&baseline("60")), 10.into());
        assert!(judged.checked().is_err());
        assert_eq!(judged.clone().confirm("nurse-1", Timestamp::UNIX_EPOCH), Err(Refusal::SamePerson));
        let confirmed = judged.confirm("nurse-2", Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(confirmed.checked(), Ok(()));
    }
}

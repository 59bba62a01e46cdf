//! Decides which drugs of the background treatment are taken down: a regimen that the subject's arm gives, in the file's
//! unit and range or with the reason why not, and never twice for the same day (Protocol 5.1, 6.4).

use holdpoint_protocol::Protocol;
use holdpoint_protocol::eval::dosing::{NotAsWritten, judge_given};
use holdpoint_protocol::model::{Regimen, RegimenRole};
use holdpoint_protocol::scalar::Dose;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::ids::RegimenId;
use super::record::Record;
use super::refusal::Refusal;
use super::subject::Subject;

/// A drug given from one day to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concomitant {
    /// Whose record, by whom, and whether it counts.
    pub record: Record,
    /// Regimen of the file: `g-csf`.
    pub regimen: RegimenId,
    /// How much.
    pub dose: Decimal,
    /// The file's unit: `ug/kg/day`.
    pub unit: String,
    /// The first day at the site.
    pub from: Date,
    /// The last day; none while it goes on.
    pub until: Option<Date>,
    /// Why the dose lies outside the file's range.
    pub deviation: Option<String>,
}

/// The regimens of the background treatment that a subject may be given: its arm's, before the allocation any arm's.
pub fn background<'a>(protocol: &'a Protocol, subject: &Subject) -> Vec<&'a Regimen> {
    let arm = subject.allocation.as_ref().map(|allocation| allocation.arm.as_str());
    let arms: Vec<_> =
        protocol.arms.values().filter(|own| arm.is_none_or(|arm| own.id.as_str() == arm)).collect();
    let background = protocol.regimens.values().filter(|regimen| regimen.role == RegimenRole::Background);
    background.filter(|regimen| arms.iter().any(|arm| arm.gives.contains(&regimen.id))).collect()
}

impl Concomitant {
    /// Refuses a regimen that is none of the subject's, another unit, a dose outside the range without a reason, days
    /// that have not come or run backwards, and days for which the regimen is on record already.
    pub fn judge(
        &self,
        protocol: &Protocol,
        subject: &Subject,
        known: &[Self],
        today: Date,
    ) -> Result<(), Refusal> {
        let dosed = |regimen: &&Regimen| {
            regimen.ladder.is_none() && !matches!(regimen.dose, None | Some(Dose::AsNeeded))
        };
        let allowed: Vec<&Regimen> = background(protocol, subject).into_iter().filter(dosed).collect();
        let named = allowed.iter().find(|regimen| regimen.id.as_str() == self.regimen.as_str());
        let Some(regimen) = named else {
            let allowed = allowed.iter().map(|regimen| regimen.id.as_str()).collect::<Vec<_>>().join(", ");
            return Err(Refusal::NoTreatment { field: "regimen", found: self.regimen.to_string(), allowed });
        };
        self.in_range(regimen)?;
        self.on_days_that_came(today)?;
        match known.iter().find(|other| self.overlaps(other)) {
            Some(other) => Err(Refusal::RecordedBefore { record: other.record.id.clone() }),
            None => Ok(()),
        }
    }

    fn in_range(&self, regimen: &Regimen) -> Result<(), Refusal> {
        match judge_given(regimen.dose.as_ref(), self.dose, &self.unit) {
            Ok(()) => Ok(()),
            Err(NotAsWritten::OtherUnit { unit }) => {
                Err(Refusal::DoseUnit { found: self.unit.clone(), allowed: unit })
            }
            Err(NotAsWritten::OutsideRange { .. }) if self.deviation.is_some() => Ok(()),
            Err(NotAsWritten::OutsideRange { dose }) => {
                Err(Refusal::OutsideRange { dose: self.dose, allowed: dose.to_string() })
            }
        }
    }

    fn on_days_that_came(&self, today: Date) -> Result<(), Refusal> {
        let outside = |field, found, from, to| Err(Refusal::DayOutside { field, found, from, to });
        if self.from > today {
            return outside("from", self.from, Date::MIN, today);
        }
        match self.until {
            Some(until) if until < self.from || until > today => outside("until", until, self.from, today),
            _ => Ok(()),
        }
    }

    fn overlaps(&self, other: &Self) -> bool {
        let last = |one: &Self| one.until.unwrap_or(Date::MAX);
        other.record.stands()
            && other.regimen == self.regimen
            && other.from <= last(self)
            && self.from <= last(other)
    }
}

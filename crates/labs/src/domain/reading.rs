//! What a printed value comes to in the dictionary's unit: an exact number with its range, or words that no rule takes
//! for one. A unit that is not on the analyte's list, or a value no living person has, is not read but quarantined.

use holdpoint_clinical::{Printed, ReferenceRange};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::observation::Observation;
use super::quarantine::Why;
use super::watched::LaboratoryFact;

/// What a word of the laboratory says of the value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reading {
    /// A number in the unit of the dictionary.
    Number(Measured),
    /// A comparator or words: kept as printed, and no number for any rule.
    Words,
    /// Nothing: the status alone was said.
    Nothing,
}

/// A number with the laboratory's own limits of normal, all in the unit of the dictionary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// The value.
    pub value: Decimal,
    /// Lower limit of normal.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lower: Option<Decimal>,
    /// Upper limit of normal.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub upper: Option<Decimal>,
}

/// Reads an analyte of a dictionary.
pub fn read(fact: &LaboratoryFact, observation: &Observation) -> Result<Reading, Why> {
    let number = match Printed::read(&observation.value) {
        Printed::Nothing => return Ok(Reading::Nothing),
        Printed::Beyond(..) | Printed::Words => return Ok(Reading::Words),
        Printed::Number(number) => number,
    };
    let range = ReferenceRange::read(&observation.range).unwrap_or_default();
    let measured = match fact.units() {
        None => as_written(fact, observation, number, range)?,
        Some((analyte, to)) => {
            let from = printed_unit(&observation.unit, |text| analyte.unit(text))?;
            let in_first = analyte.units.first().and_then(|first| from.convert(number, first));
            let plausible = in_first.is_some_and(|value| analyte.is_plausible(value));
            if !plausible {
                return Err(Why::Implausible);
            }
            let value = from.convert(number, to).ok_or(Why::Implausible)?;
            let range = range.map(|limit| from.convert(limit, to));
            Measured { value, lower: range.lower, upper: range.upper }
        }
    };
    Ok(Reading::Number(measured))
}

/// An analyte without a list of units comes in the dictionary's alone.
fn as_written(
    fact: &LaboratoryFact,
    observation: &Observation,
    value: Decimal,
    range: ReferenceRange,
) -> Result<Measured, Why> {
    printed_unit(&observation.unit, |text| (fact.unit.as_deref() == Some(text.trim())).then_some(()))?;
    Ok(Measured { value, lower: range.lower, upper: range.upper })
}

fn printed_unit<T>(printed: &str, known: impl Fn(&str) -> Option<T>) -> Result<T, Why> {
    if printed.trim().is_empty() {
        return Err(Why::UnitMissing);
    }
    known(printed).ok_or(Why::UnitNotAllowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::observation::{LOINC, Status};

    fn observed(code: &str, value: &str, unit: &str, range: &str) -> Observation {
        Observation {
            code: code.to_owned(),
            system: LOINC.to_owned(),
            sub_id: String::new(),
            value: value.to_owned(),
            unit: unit.to_owned(),
            range: range.to_owned(),
            flags: vec![],
            status: Status::Final,
        }
    }

    fn reads(value: &str, unit: &str) -> Result<Reading, Why> {
        read(&LaboratoryFact::of("platelets", "777-3", "e9/L"), &observed("777-3", value, unit, "125-350"))
    }

    fn number(value: &str) -> Result<Reading, Why> {
        let [value, lower, upper] = [value, "125", "350"].map(|text| text.parse().unwrap());
        Ok(Reading::Number(Measured { value, lower: Some(lower), upper: Some(upper) }))
    }

    #[test]
    fn listed_units_are_read_and_others_wait() {
        assert_eq!(reads("12", "10*9/L"), number("12"));
        assert_eq!(reads("12", "K/uL"), number("12"));
        let by_volume = read(
            &LaboratoryFact::of("platelets", "777-3", "e9/L"),
            &observed("26515-7", "12000", "/\u{b5}L", "125000-350000"),
        );
        assert_eq!(by_volume, number("12"), "the range is converted with the value");
        assert_eq!(reads("12", ""), Err(Why::UnitMissing));
        assert_eq!(reads("12", "g/L"), Err(Why::UnitNotAllowed));
        assert_eq!(reads("120000", "10*9/L"), Err(Why::Implausible));
        assert_eq!(reads("-3", "10*9/L"), Err(Why::Implausible));
    }

    #[test]
    fn what_is_no_plain_number_is_words_whatever_its_unit() {
        for value in ["<0.1", ">1000", "clotted", "hemolyzed", "12,5", "*****", "1e3"] {
            assert_eq!(reads(value, "10*9/L"), Ok(Reading::Words), "{value}");
            assert_eq!(reads(value, ""), Ok(Reading::Words), "{value}");
        }
        assert_eq!(reads(" ", ""), Ok(Reading::Nothing));
    }

    #[test]
    fn an_analyte_without_a_list_comes_in_its_own_unit() {
        let fact = LaboratoryFact::of("ferritin", "2276-4", "ug/L");
        let reads = |unit| read(&fact, &observed("2276-4", "500", unit, ""));
        assert!(matches!(reads("ug/L"), Ok(Reading::Number(_))));
        assert_eq!(reads("ng/mL"), Err(Why::UnitNotAllowed));
        assert_eq!(reads(""), Err(Why::UnitMissing));
    }
}

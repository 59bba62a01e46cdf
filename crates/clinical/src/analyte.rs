//! The analytes that the dictionaries name: their LOINC codes, the units they may come in, and between which values a
//! living person's lie.
//!
//! This material contains content from LOINC (loinc.org). LOINC is copyright Regenstrief Institute, Inc. and the LOINC
//! Committee and is available at no cost under the license at loinc.org/license. LOINC is a registered United States
//! trademark of Regenstrief Institute, Inc.

use rust_decimal::Decimal;

use crate::LaboratoryUnit;

/// What a laboratory measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Analyte {
    /// Its name in the dictionaries.
    pub name: &'static str,
    /// LOINC codes under which it is sent: by a named method, and without one.
    pub codes: &'static [&'static str],
    /// The units it may come in; limits and factors are in the first.
    pub units: &'static [LaboratoryUnit],
    /// Below this no value of a living person lies: another unit was meant, or the specimen was none.
    pub least: Decimal,
    /// Above this neither.
    pub most: Decimal,
}

const fn decimal(digits: u32, scale: u32) -> Decimal {
    Decimal::from_parts(digits, 0, 0, false, scale)
}

const ONE: Decimal = Decimal::ONE;

const fn unit(
    ucum: &'static str,
    also: &'static [&'static str],
    times: Decimal,
    by: Decimal,
) -> LaboratoryUnit {
    LaboratoryUnit { ucum, also, times, by }
}

/// Cells a volume. `e9/L` is the word of the dictionaries.
const CELLS: &[LaboratoryUnit] = &[
    unit(
        "10*9/L",
        &[
            "e9/L",
            "E9/L",
            "1e9/L",
            "1E9/L",
            "10e9/L",
            "10E9/L",
            "10*9/l",
            "G/L",
            "G/l",
            "Gpt/L",
            "giga/L",
            "/nL",
            "/nl",
            "10*3/uL",
            "10*3/ul",
            "10e3/uL",
            "10E3/uL",
            "K/uL",
            "K/ul",
            "k/uL",
            "k/ul",
            "Thou/uL",
            "thou/uL",
            "THOU/uL",
            "giga.l-1",
            "giga/l",
            "10*3/mm3",
            "10*3/mm*3",
            "K/mm3",
            "10*6/mL",
        ],
        ONE,
        ONE,
    ),
    unit(
        "/uL",
        &[
            "/ul",
            "/mm3",
            "/mm*3",
            "/cmm",
            "1/uL",
            "#/uL",
            "cells/uL",
            "cells/ul",
            "cells/mm3",
            "10*6/L",
            "10*6/l",
        ],
        ONE,
        decimal(1_000, 0),
    ),
    unit("10*4/uL", &["10*4/ul"], decimal(10, 0), ONE),
];

/// Whether both are ways of writing thousand millions of cells a liter.
pub(crate) fn both_count(one: &str, other: &str) -> bool {
    CELLS.first().is_some_and(|count| count.is(one) && count.is(other))
}

/// Hemoglobin; one mmol/L of the monomer is 16.114 g/L.
const HEMOGLOBIN: &[LaboratoryUnit] = &[
    unit("g/L", &["g/l", "gm/L"], ONE, ONE),
    unit("g/dL", &["g/dl", "G/DL", "gm/dL", "gm/dl", "g/100mL"], decimal(10, 0), ONE),
    unit("mmol/L", &["mmol/l"], decimal(16_114, 3), ONE),
];

/// Creatinine; one mg/dL is 88.42 umol/L.
const CREATININE: &[LaboratoryUnit] = &[
    unit("mg/dL", &["mg/dl", "MG/DL"], ONE, ONE),
    unit("umol/L", &["umol/l", "mcmol/L"], ONE, decimal(8_842, 2)),
    unit("mmol/L", &["mmol/l"], decimal(1_000, 0), decimal(8_842, 2)),
    unit("mg/L", &["mg/l"], ONE, decimal(10, 0)),
];

const TABLE: &[Analyte] = &[
    Analyte {
        name: "neutrophils",
        codes: &["751-8", "26499-4", "753-4"],
        units: CELLS,
        least: Decimal::ZERO,
        most: decimal(500, 0),
    },
    Analyte {
        name: "white-cells",
        codes: &["6690-2", "26464-8", "804-5"],
        units: CELLS,
        least: Decimal::ZERO,
        most: decimal(1_000, 0),
    },
    Analyte {
        name: "platelets",
        codes: &["777-3", "26515-7", "778-1"],
        units: CELLS,
        least: Decimal::ZERO,
        most: decimal(5_000, 0),
    },
    Analyte {
        name: "lymphocyte-count",
        codes: &["731-0", "26474-7", "732-8"],
        units: CELLS,
        least: Decimal::ZERO,
        most: decimal(900, 0),
    },
    Analyte {
        name: "hemoglobin",
        codes: &["718-7", "20509-6"],
        units: HEMOGLOBIN,
        least: decimal(20, 0),
        most: decimal(300, 0),
    },
    Analyte {
        name: "creatinine",
        codes: &["2160-0", "14682-9"],
        units: CREATININE,
        least: decimal(5, 2),
        most: decimal(50, 0),
    },
];

impl Analyte {
    /// The analyte that a LOINC code stands for.
    pub fn of_code(code: &str) -> Option<&'static Self> {
        TABLE.iter().find(|analyte| analyte.codes.contains(&code))
    }

    /// The unit that was printed, where the analyte may come in it.
    pub fn unit(&self, printed: &str) -> Option<&'static LaboratoryUnit> {
        self.units.iter().find(|unit| unit.is(printed))
    }

    /// Whether a living person may have this value, in the analyte's first unit.
    pub fn is_plausible(&self, value: Decimal) -> bool {
        self.least <= value && value <= self.most
    }

    /// The units it may come in, for the person who is told that another one may not.
    pub fn allowed_units(&self) -> String {
        self.units.iter().map(|unit| unit.ucum).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use proptest::prelude::*;

    fn converted(code: &str, value: &str, from: &str, to: &str) -> Option<String> {
        let analyte = Analyte::of_code(code).unwrap();
        let (from, to) = (analyte.unit(from)?, analyte.unit(to)?);
        from.convert(value.parse().unwrap(), to).map(|value| value.normalize().to_string())
    }

    #[test]
    fn the_same_count_in_every_way_of_writing_it() {
        for (value, unit) in [
            ("0.5", "10*9/L"),
            ("0.5", "10^9/L"),
            ("0.5", "x10^9/L"),
            ("0.5", "G/L"),
            ("0.5", "K/uL"),
            ("0.5", "THOU/uL"),
            ("0.5", "giga.l-1"),
            ("0.5", "x10E9/L"),
            ("0.5", "10^9/l"),
            ("0.5", "10*3/uL"),
            ("0.5", "10^3/\u{b5}L"),
            ("0.5", "10^3/\u{3bc}L"),
            ("500", "/uL"),
            ("500", "{cells}/uL"),
            ("500", "/mm^3"),
            ("0.05", "10^4/uL"),
        ] {
            assert_eq!(converted("751-8", value, unit, "e9/L").as_deref(), Some("0.5"), "{value} {unit}");
        }
        for unit in ["", "g/L", "mg/dL", "10*12/L", "%", "10*9", "/L", "M/uL", "g/mL"] {
            assert_eq!(converted("751-8", "1", unit, "e9/L"), None, "{unit:?} is not on the list");
        }
    }

    #[test]
    fn conversions_are_exact() {
        assert_eq!(converted("718-7", "12.5", "g/dL", "g/L").as_deref(), Some("125"));
        assert_eq!(converted("718-7", "7.76", "mmol/L", "g/L").as_deref(), Some("125.04464"));
        assert_eq!(converted("718-7", "12.5", "g/mL", "g/L"), None);
        assert_eq!(converted("718-7", "125", "G/L", "g/L"), None, "giga a liter is a count");
        assert_eq!(converted("2160-0", "88.42", "umol/L", "mg/dL").as_deref(), Some("1"));
        assert_eq!(converted("14682-9", "128", "umol/L", "mg/dL").as_deref(), Some("1.4476362813843"));
        assert_eq!(converted("2160-0", "1.3", "mg/dL", "umol/L").as_deref(), Some("114.946"));
    }

    #[test]
    fn a_unit_is_one_thing_and_a_code_one_analyte() {
        let mut codes = BTreeSet::new();
        for analyte in TABLE {
            let mut words = BTreeSet::new();
            for unit in analyte.units {
                for word in unit.also.iter().chain([&unit.ucum]) {
                    assert!(words.insert(*word), "{} {word}", analyte.name);
                    assert!(analyte.unit(word).is_some_and(|found| found.ucum == unit.ucum), "{word}");
                }
            }
            assert!(analyte.codes.iter().all(|code| codes.insert(*code)), "{}", analyte.name);
            assert!(analyte.least < analyte.most);
        }
    }

    #[test]
    fn codes_carry_their_check_digit() {
        for code in TABLE.iter().flat_map(|analyte| analyte.codes) {
            let (digits, check) = code.split_once('-').unwrap();
            let sum: u32 = digits
                .chars()
                .rev()
                .enumerate()
                .map(|(place, digit)| {
                    let digit = digit.to_digit(10).unwrap();
                    let doubled = if place % 2 == 0 { digit * 2 } else { digit };
                    doubled / 10 + doubled % 10
                })
                .sum();
            assert_eq!((10 - sum % 10) % 10, check.parse().unwrap(), "{code}");
        }
    }

    #[test]
    fn the_trap_of_grams_a_liter_is_implausible() {
        let hemoglobin = Analyte::of_code("718-7").unwrap();
        for (value, plausible) in
            [("125", true), ("12.5", false), ("1250", false), ("0", false), ("70", true)]
        {
            assert_eq!(hemoglobin.is_plausible(value.parse().unwrap()), plausible, "{value}");
        }
        assert!(!Analyte::of_code("777-3").unwrap().is_plausible("-1".parse().unwrap()));
    }

    proptest! {
        #[test]
        fn there_and_back_is_the_same(mantissa in 0_i64..10_000_000, scale in 0_u32..4, place in 0_usize..6, a in 0_usize..3, b in 0_usize..3) {
            let analyte = TABLE[place];
            let (from, to) = (&analyte.units[a % analyte.units.len()], &analyte.units[b % analyte.units.len()]);
            let value = Decimal::new(mantissa, scale);
            let there = from.convert(value, to).unwrap();
            let back = to.convert(there, from).unwrap();
            prop_assert_eq!(back.round_sf(12), value.round_sf(12));
        }
    }
}

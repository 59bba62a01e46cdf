//! What a laboratory sends about a day's specimens: mostly one report each, sometimes the same twice, a preliminary slip corrected,
//! a specimen under the wrong patient withdrawn and sent again, a result days late, a patient nobody knows, a unit nobody agreed on.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::chance::Chance;
use super::course::Counts;

/// One analyte as printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Analyte {
    /// Fact of the dictionary.
    pub fact: String,
    /// LOINC.
    pub code: String,
    /// In UCUM, as the laboratory prints it.
    pub unit: String,
    pub value: Decimal,
}

/// One specimen of one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Specimen {
    pub subject: String,
    /// What was asked for: the activity of the schedule.
    pub order: String,
    pub taken: Date,
    pub analytes: Vec<Analyte>,
}

/// Where a word of the laboratory stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    Final,
    Corrected,
    Wrong,
}

/// Whom a report names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Named {
    /// By the trial's own code.
    Subject(String),
    /// By a hospital number that no site linked.
    Stranger(String),
}

/// One message of the laboratory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    /// The sender's own id of this message.
    pub id: String,
    pub named: Named,
    /// The filler order: what versions of one result have in common.
    pub order: String,
    pub taken: Date,
    /// Days after the specimen was taken.
    pub sent_after: i64,
    /// Later words of the same order have a higher place.
    pub place: u8,
    pub word: Word,
    pub analytes: Vec<Analyte>,
}

/// In a thousand specimens.
const TWICE: u32 = 20;
const CORRECTED: u32 = 12;
const WRONG_PATIENT: u32 = 3;
const LATE: u32 = 15;
const STRANGER: u32 = 3;
const ODD_UNIT: u32 = 2;

/// A unit that no dictionary allows: what an old analyzer prints for counts.
const UNIT_NOT_AGREED: &str = "K/cmm";

/// Everything that is ever sent about one specimen, in order. `neighbor` is another subject of the same day, whose label may be on the tube.
pub(crate) fn messages(seed: u64, specimen: &Specimen, neighbor: Option<&str>) -> Vec<Message> {
    let key = format!("{} {} {}", specimen.subject, specimen.order, specimen.taken);
    let mut chance = Chance::of(seed, &format!("laboratory {key}"));
    let order = format!("{:016x}", chance.number());
    let first = Message {
        id: format!("{order}-1"),
        named: Named::Subject(specimen.subject.clone()),
        order: order.clone(),
        taken: specimen.taken,
        sent_after: if chance.permille(LATE) { chance.between(1, 3) } else { 0 },
        place: 1,
        word: Word::Final,
        analytes: specimen.analytes.clone(),
    };
    if chance.permille(STRANGER) {
        let number = format!("H{:08}", chance.number() % 100_000_000);
        let stranger = Message {
            id: format!("{order}-0"),
            named: Named::Stranger(number),
            order: format!("{order}x"),
            ..first.clone()
        };
        return vec![stranger, first];
    }
    if chance.permille(WRONG_PATIENT)
        && let Some(neighbor) = neighbor.filter(|other| *other != specimen.subject)
    {
        return mislabeled(first, neighbor);
    }
    if chance.permille(CORRECTED) {
        return corrected(first, &mut chance);
    }
    if chance.permille(ODD_UNIT) {
        let mut odd = first.clone();
        odd.id = format!("{order}-0");
        odd.order = format!("{order}u");
        odd.analytes.truncate(1);
        odd.analytes.iter_mut().for_each(|analyte| analyte.unit = UNIT_NOT_AGREED.to_owned());
        return vec![odd, first];
    }
    if chance.permille(TWICE) {
        return vec![first.clone(), first];
    }
    vec![first]
}

/// The tube carried another patient's label: sent under the other, withdrawn there, and sent again as it should have been.
fn mislabeled(right: Message, neighbor: &str) -> Vec<Message> {
    let other = format!("{}w", right.order);
    let wrong = Message {
        id: format!("{}-1", other),
        order: other.clone(),
        named: Named::Subject(neighbor.to_owned()),
        ..right.clone()
    };
    let withdrawn = Message { id: format!("{other}-2"), place: 2, word: Word::Wrong, ..wrong.clone() };
    vec![wrong, withdrawn, right]
}

/// One analyte was read wrong at first: the right value follows the same day.
fn corrected(right: Message, chance: &mut Chance) -> Vec<Message> {
    let mut slip = right.clone();
    if let Some(analyte) = slip.analytes.first_mut() {
        analyte.value =
            (analyte.value * Decimal::new(chance.between(12, 15), 1)).round_dp(analyte.value.scale());
    }
    let again = Message { id: format!("{}-2", right.order), place: 2, word: Word::Corrected, ..right };
    vec![slip, again]
}

/// The value of a fact on a day: of the counts where it is one, else a number near the middle of what is normal.
pub(crate) fn value(fact: &str, counts: Counts, chance: &mut Chance) -> Decimal {
    match fact {
        "neutrophils" => Decimal::new(counts.neutrophils, 2),
        "white-cells" => Decimal::new(counts.white_cells, 2),
        "platelets" => Decimal::from(counts.platelets),
        "hemoglobin" => Decimal::from(counts.hemoglobin),
        "lymphocyte-count" => Decimal::new((counts.white_cells - counts.neutrophils) / 2, 2),
        "creatinine" => Decimal::new(chance.between(60, 115), 2),
        _ => Decimal::from(chance.between(1, 9)),
    }
}

#[cfg(test)]
#[path = "laboratory_tests.rs"]
mod tests;

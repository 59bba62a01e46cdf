//! One finding (OBX): what was measured, what it came to, and where the laboratory's word about it stands (table 0085).
//! What can not be read is said of this finding alone.

use std::borrow::Cow;

use crate::error::shown;
use crate::{Condition, Problem, Segment, Time, ValueType, value};

/// A finding, as it was sent.
#[derive(Clone, Copy, Debug)]
pub struct Observation<'m> {
    obx: Segment<'m>,
}

/// Where the laboratory's word stands: HL7 table 0085.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// C: corrects a final one.
    Corrected,
    /// D: deletes.
    Deleted,
    /// F: final.
    Final,
    /// I: the specimen is there, the result is not.
    Pending,
    /// N: not asked for.
    NotAsked,
    /// O: of the order alone.
    OrderDetail,
    /// P: preliminary.
    Preliminary,
    /// R: entered and not verified.
    NotVerified,
    /// S: partial.
    Partial,
    /// U: what was said before is final, and not said again.
    FinalByStatus,
    /// W: was wrong, such as of another patient.
    Wrong,
    /// X: can not be obtained.
    CannotBeObtained,
}

/// What was measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code<'m> {
    /// The code.
    pub code: Cow<'m, str>,
    /// The system it is of: `LN` is LOINC; may be empty.
    pub system: Cow<'m, str>,
}

/// LOINC, as HL7 names it.
const LOINC: &str = "LN";
const CODED: &str = "send a code for what was measured, LOINC (LN) first or second";

impl<'m> Observation<'m> {
    pub(crate) fn of(obx: Segment<'m>) -> Self {
        Self { obx }
    }

    /// Its segment.
    pub fn segment(&self) -> Segment<'m> {
        self.obx
    }

    /// What was measured (OBX-3): the LOINC code where one of the two is that, else the sender's own.
    pub fn code(&self) -> Result<Code<'m>, Box<Problem>> {
        let coded = self.obx.field(3);
        let of = |code, system| (coded.component(code), coded.component(system));
        let pairs = [of(1, 3), of(4, 6)];
        let is_loinc =
            |pair: &&(crate::Part<'m>, crate::Part<'m>)| pair.0.is_said() && pair.1.word() == LOINC;
        let said = || pairs.iter().find(|(code, _)| code.is_said());
        let (code, system) = pairs
            .iter()
            .find(is_loinc)
            .or_else(said)
            .ok_or_else(|| coded.problem(Condition::Required, "no code of what was measured", CODED))?;
        Ok(Code { code: code.text(), system: system.text() })
    }

    /// Tells findings of the same code apart (OBX-4).
    pub fn sub_id(&self) -> Cow<'m, str> {
        self.obx.field(4).text()
    }

    /// The words of the value (OBX-5, by OBX-2).
    pub fn value(&self) -> Result<Cow<'m, str>, Box<Problem>> {
        let (kind, value) = (self.obx.field(2), self.obx.field(5));
        let word = kind.component(1).word();
        match ValueType::read(word) {
            Some(known) => Ok(known.printed(&value)),
            None if !value.is_said() => Ok(Cow::Borrowed("")),
            None if word.is_empty() => {
                Err(kind.problem(Condition::Required, "a value without its type", value::ALLOWED))
            }
            None => Err(kind.problem(Condition::TableValue, value::unknown(word), value::ALLOWED)),
        }
    }

    /// The unit as it was printed (OBX-6), its code first.
    pub fn unit(&self) -> Cow<'m, str> {
        let unit = self.obx.field(6);
        let code = unit.component(1);
        if code.is_said() { code.text() } else { unit.component(2).text() }
    }

    /// The reference range as it was printed (OBX-7).
    pub fn range(&self) -> Cow<'m, str> {
        self.obx.field(7).text()
    }

    /// The flags (OBX-8), each as it was printed.
    pub fn flags(&self) -> impl Iterator<Item = Cow<'m, str>> + use<'m> {
        self.obx
            .field(8)
            .repetitions()
            .map(|flag| flag.component(1))
            .filter(crate::Part::is_said)
            .map(|flag| flag.text())
    }

    /// Where the word stands (OBX-11).
    pub fn status(&self) -> Result<Status, Box<Problem>> {
        const ALLOWED: &str = "allowed: C, D, F, I, N, O, P, R, S, U, W, X of table 0085";
        let status = self.obx.field(11).component(1);
        Ok(match status.word() {
            "C" => Status::Corrected,
            "D" => Status::Deleted,
            "F" => Status::Final,
            "I" => Status::Pending,
            "N" => Status::NotAsked,
            "O" => Status::OrderDetail,
            "P" => Status::Preliminary,
            "R" => Status::NotVerified,
            "S" => Status::Partial,
            "U" => Status::FinalByStatus,
            "W" => Status::Wrong,
            "X" => Status::CannotBeObtained,
            "" => return Err(status.problem(Condition::Required, "no status of the finding", ALLOWED)),
            other => return Err(status.problem(Condition::TableValue, shown(other), ALLOWED)),
        })
    }

    /// When it was observed (OBX-14), where the finding says so itself.
    pub fn observed_at(&self) -> Result<Option<Time>, Box<Problem>> {
        Time::read(&self.obx.field(14))
    }

    /// When it was analyzed (OBX-19).
    pub fn analyzed_at(&self) -> Result<Option<Time>, Box<Problem>> {
        Time::read(&self.obx.field(19))
    }
}

//! What a message is and what it is for, by its header: results or a merge, of a patient or of the analyzer itself. What
//! is not taken is refused before anything else is read.

use std::borrow::Cow;

use crate::error::shown;
use crate::{Condition, Message, Part, Problem, Segment};

/// The header of a message.
#[derive(Clone, Copy, Debug)]
pub struct Header<'m> {
    msh: Segment<'m>,
}

/// What a message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// ORU^R01: results.
    Results,
    /// ADT^A40: one patient's record went up in another's.
    Merge,
}

/// What a message is for. Only what is of a patient is ever used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Findings of patients, in production.
    Patient,
    /// An analyzer's calibration.
    Calibration,
    /// An analyzer's quality control.
    QualityControl,
    /// Training or debugging (MSH-11 is not P).
    NotProduction,
}

/// Versions that are taken.
const VERSIONS: [&str; 7] = ["2.2", "2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6"];
/// The most that version 2.5.1 gives an id of a message, in characters.
const LONGEST_ID: usize = 199;
/// Makers whose analyzers say in MSH-16 what was measured, where the standard has a condition for the answer: 0 a
/// patient's sample, 1 a calibration, 2 a quality control.
pub const SAY_IT_IN_MSH_16: &[&str] = &["mindray"];

impl<'m> Header<'m> {
    /// The header of a message.
    pub fn of(message: &'m Message<'_>) -> Self {
        Self { msh: message.header() }
    }

    /// A field, by HL7's count.
    pub fn field(&self, number: u16) -> Part<'m> {
        self.msh.field(number)
    }

    /// The sender's id of the message (MSH-10), which every answer repeats; empty where it has none.
    pub fn control_id(&self) -> Cow<'m, str> {
        self.field(10).text()
    }

    /// The version (MSH-12.1).
    pub fn version(&self) -> &'m str {
        self.field(12).component(1).word()
    }

    /// What the message says, where it is one that is taken.
    pub fn kind(&self) -> Result<Kind, Box<Problem>> {
        let kind = self.field(9);
        let (message, event) = (kind.component(1), kind.component(2));
        let found = match (message.word(), event.word()) {
            // Version 2.2 knows no other event of results, and many senders of later ones leave it out.
            ("ORU", "R01" | "") => Kind::Results,
            ("ADT", "A40") => Kind::Merge,
            ("ORU" | "ADT", other) => {
                return Err(event.problem(Condition::Event, shown(other), "allowed: ORU^R01, ADT^A40"));
            }
            (other, _) => {
                return Err(message.problem(Condition::Message, shown(other), "allowed: ORU^R01, ADT^A40"));
            }
        };
        if !VERSIONS.contains(&self.version()) {
            let allowed = "allowed: 2.2, 2.3, 2.3.1, 2.4, 2.5, 2.5.1, 2.6";
            return Err(self.field(12).component(1).problem(
                Condition::Version,
                shown(self.version()),
                allowed,
            ));
        }
        self.check_id().map(|()| found)
    }

    fn check_id(&self) -> Result<(), Box<Problem>> {
        let id = self.field(10);
        if !id.is_said() {
            return Err(id.problem(
                Condition::Required,
                "no id of the message",
                "send one that is the message's own",
            ));
        }
        if id.raw().chars().count() > LONGEST_ID {
            return Err(id.problem(
                Condition::DataType,
                "an id that is too long",
                "allowed: 1 to 199 characters",
            ));
        }
        Ok(())
    }

    /// What the message is for. `makers` are the words by which senders are known, in MSH-3 or MSH-4, that say it in
    /// MSH-16; see [`SAY_IT_IN_MSH_16`].
    pub fn purpose(&self, makers: &[&str]) -> Result<Purpose, Box<Problem>> {
        let (measured, processing) = (self.field(16), self.field(11).component(1));
        match measured.word() {
            "1" | "2" if !self.is_of(makers) => {
                let allowed = "allowed: AL, NE, ER, SU; a sender that says here what was measured is to be named in the \
                               feed's settings";
                return Err(measured.problem(Condition::TableValue, shown(measured.raw()), allowed));
            }
            "1" => return Ok(Purpose::Calibration),
            "2" => return Ok(Purpose::QualityControl),
            _ => {}
        }
        match processing.word() {
            "P" => Ok(Purpose::Patient),
            "" => Err(processing.problem(
                Condition::Required,
                "no processing id",
                "allowed: P; T and D are never used",
            )),
            _ => Ok(Purpose::NotProduction),
        }
    }

    fn is_of(&self, makers: &[&str]) -> bool {
        let names = [3, 4].map(|field| self.field(field).text().to_lowercase());
        makers.iter().any(|maker| names.iter().any(|name| name.contains(&maker.to_lowercase())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(kind: &str, id: &str, processing: &str, version: &str, sixteen: &str) -> String {
        format!("MSH|^~\\&|Mindray|BC-6800|||20240101||{kind}|{id}|{processing}|{version}||||{sixteen}")
    }

    fn purpose(text: &str, makers: &[&str]) -> Result<Purpose, Box<Problem>> {
        Header::of(&Message::cut(text).unwrap()).purpose(makers)
    }

    #[test]
    fn results_and_merges_are_taken_and_nothing_else() {
        for (kind, id, version, expected) in [
            ("ORU^R01", "1", "2.3.1", Ok(Kind::Results)),
            ("ORU", "1", "2.2", Ok(Kind::Results)),
            ("ORU^R01^ORU_R01", "1", "2.5^^", Ok(Kind::Results)),
            ("ADT^A40", "1", "2.6", Ok(Kind::Merge)),
            ("ADT^A01", "1", "2.6", Err(("MSH[1]-9[1].2", "201"))),
            ("ORM^O01", "1", "2.5", Err(("MSH[1]-9[1].1", "200"))),
            ("", "1", "2.5", Err(("MSH[1]-9[1].1", "200"))),
            ("ORU^R01", "1", "2.999", Err(("MSH[1]-12[1].1", "203"))),
            ("ORU^R01", "1", "2.7", Err(("MSH[1]-12[1].1", "203"))),
            ("ORU^R01", "", "2.5", Err(("MSH[1]-10", "101"))),
            ("ORU^R01", &"9".repeat(200), "2.5", Err(("MSH[1]-10", "102"))),
        ] {
            let text = header(kind, id, "P", version, "");
            let read = Header::of(&Message::cut(&text).unwrap()).kind();
            let read = read.map_err(|problem| (problem.place.to_string(), problem.condition.code().0));
            assert_eq!(read, expected.map_err(|(place, code)| (place.to_owned(), code)), "{kind} {version}");
        }
    }

    #[test]
    fn an_analyzers_own_measurements_are_no_patients() {
        for (processing, sixteen, expected) in [
            ("P", "0", Purpose::Patient),
            ("P", "", Purpose::Patient),
            ("P", "NE", Purpose::Patient),
            ("P", "1", Purpose::Calibration),
            ("P", "2", Purpose::QualityControl),
            ("T^", "", Purpose::NotProduction),
            ("D", "0", Purpose::NotProduction),
            ("Q", "0", Purpose::NotProduction),
        ] {
            let text = header("ORU^R01", "1", processing, "2.3.1", sixteen);
            assert_eq!(purpose(&text, SAY_IT_IN_MSH_16), Ok(expected), "{processing} {sixteen}");
        }
        let text = header("ORU^R01", "1", "P", "2.3.1", "2");
        assert_eq!(
            purpose(&text, &[]).unwrap_err().place.to_string(),
            "MSH[1]-16",
            "nobody named the sender"
        );
        assert!(purpose(&header("ORU^R01", "1", "", "2.3.1", ""), &[]).is_err());
    }
}

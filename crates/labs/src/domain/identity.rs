//! Whose a report is. Hospital number and subject code must name the same person, and sex and year of birth must agree
//! where both sides say them; what disagrees, or names nobody or two, waits for a person.

use serde::{Deserialize, Serialize};

use super::ids::{SubjectId, TrialId};
use super::pseudonym::{NumberHash, normal};
use super::quarantine::Why;

/// Sex, as laboratories compare it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
}

impl Sex {
    /// Reads `F`, `female`, `M`, `male` in either case. Anything else says nothing that could be compared.
    pub fn read(text: &str) -> Option<Self> {
        match text.trim().to_lowercase().as_str() {
            "f" | "female" | "女" => Some(Self::Female),
            "m" | "male" | "男" => Some(Self::Male),
            _ => None,
        }
    }
}

/// A subject of a trial.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Whose {
    /// The trial.
    pub trial: TrialId,
    /// The trial's code.
    pub subject: SubjectId,
}

/// Of whom a report says it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The subject's code, where the laboratory knows it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub code: Option<Whose>,
    /// The hospital number under the key.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub number: Option<NumberHash>,
    /// Sex.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sex: Option<Sex>,
    /// Year of birth.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub birth_year: Option<u16>,
}

/// That a hospital number is a subject's, as a person said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The subject.
    #[serde(flatten)]
    pub whose: Whose,
    /// The hospital number under the key.
    pub number: NumberHash,
    /// Sex, where it was said.
    pub sex: Option<Sex>,
    /// Year of birth, where it was said.
    pub birth_year: Option<u16>,
}

/// Whether two identifiers of different kinds carry the same text: one of them stands in the wrong field, and a match by
/// its text alone would find the wrong person.
pub fn confused(subject: &str, hospital_number: &str) -> bool {
    let number = normal(hospital_number);
    !number.is_empty() && number == normal(subject)
}

/// The one subject that a report is of.
///
/// `linked` are the links of the claimed number; `known` is the link of the claimed subject, where the subject is known
/// at all.
pub fn whose<'a>(
    claim: &Claim,
    linked: impl IntoIterator<Item = &'a Link>,
    known: Option<Option<&'a Link>>,
) -> Result<Whose, Why> {
    let linked: Vec<&Link> = linked.into_iter().collect();
    let found = match (&claim.code, linked.as_slice()) {
        (Some(code), []) => match known {
            None => return Err(Why::UnknownSubject),
            // The subject has a number, and it is another.
            Some(Some(_)) if claim.number.is_some() => return Err(Why::IdentitiesDisagree),
            Some(link) => (code.clone(), link),
        },
        (Some(code), links) => match links.iter().find(|link| link.whose == *code) {
            Some(link) => (code.clone(), Some(*link)),
            None => return Err(Why::IdentitiesDisagree),
        },
        (None, []) => return Err(Why::UnknownSubject),
        (None, [link]) => (link.whose.clone(), Some(*link)),
        (None, _) => return Err(Why::TwoCandidates),
    };
    agrees(claim, found.1).map(|()| found.0)
}

/// Sex and year of birth, where both sides say them.
fn agrees(claim: &Claim, link: Option<&Link>) -> Result<(), Why> {
    let Some(link) = link else { return Ok(()) };
    if claim.sex.zip(link.sex).is_some_and(|(said, known)| said != known) {
        return Err(Why::SexDisagrees);
    }
    if claim.birth_year.zip(link.birth_year).is_some_and(|(said, known)| said != known) {
        return Err(Why::BirthYearDisagrees);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::pseudonym::NumberKey;

    fn who(subject: &str) -> Whose {
        Whose { trial: "t".into(), subject: subject.into() }
    }

    fn number(text: &str) -> NumberHash {
        NumberKey::new(b"k").number(text)
    }

    fn link(subject: &str, of: &str) -> Link {
        Link { whose: who(subject), number: number(of), sex: Some(Sex::Female), birth_year: Some(1980) }
    }

    fn claim(code: Option<&str>, of: Option<&str>) -> Claim {
        Claim { code: code.map(who), number: of.map(number), ..Claim::default() }
    }

    #[test]
    fn number_and_code_must_name_one_person() {
        let (one, two) = (link("P-001", "n1"), link("P-002", "n2"));
        for (claim, linked, known, expected) in [
            (claim(None, Some("n1")), vec![&one], None, Ok(who("P-001"))),
            (claim(Some("P-001"), None), vec![], Some(Some(&one)), Ok(who("P-001"))),
            (claim(Some("P-001"), None), vec![], Some(None), Ok(who("P-001"))),
            (claim(Some("P-001"), Some("n1")), vec![&one], Some(Some(&one)), Ok(who("P-001"))),
            (claim(Some("P-001"), Some("n2")), vec![&two], Some(Some(&one)), Err(Why::IdentitiesDisagree)),
            (claim(Some("P-001"), Some("n9")), vec![], Some(Some(&one)), Err(Why::IdentitiesDisagree)),
            (claim(Some("P-003"), Some("n9")), vec![], Some(None), Ok(who("P-003"))),
            (claim(Some("P-009"), None), vec![], None, Err(Why::UnknownSubject)),
            (claim(None, Some("n9")), vec![], None, Err(Why::UnknownSubject)),
            (claim(None, Some("n1")), vec![&one, &two], None, Err(Why::TwoCandidates)),
        ] {
            assert_eq!(whose(&claim, linked, known), expected, "{claim:?}");
        }
    }

    #[test]
    fn sex_and_year_must_agree_where_both_are_said() {
        let known = link("P-001", "n1");
        let said = |sex, birth_year| Claim { sex, birth_year, ..claim(None, Some("n1")) };
        assert_eq!(whose(&said(Some(Sex::Male), None), [&known], None), Err(Why::SexDisagrees));
        assert_eq!(whose(&said(Some(Sex::Female), Some(1981)), [&known], None), Err(Why::BirthYearDisagrees));
        assert!(whose(&said(Some(Sex::Female), Some(1980)), [&known], None).is_ok());
        assert!(whose(&said(None, None), [&known], None).is_ok());
        assert_eq!(Sex::read("Female"), Some(Sex::Female));
        assert_eq!(Sex::read("U"), None);
    }

    #[test]
    fn two_identifiers_with_one_text_are_confused() {
        assert!(confused("12345", " 12345"));
        assert!(confused("p-001", "P-001"));
        assert!(!confused("", ""));
        assert!(!confused("P-001", "ZY1"));
    }
}

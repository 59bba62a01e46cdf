//! Of whom a message says its findings are, and what for: the hospital's number goes no further than its keyed hash.

use holdpoint_hl7::header;
use holdpoint_hl7::results::Patient;
use holdpoint_hl7::{Condition, Precision};

use super::{Read, Reader};
use crate::domain::identity::{Claim, Sex, Whose, confused};
use crate::domain::message::Purpose;

/// The longest code of a subject or a trial.
const LONGEST: usize = 64;

impl Reader<'_> {
    /// Of whom it is said. Nobody, where the message does not say: then a person decides.
    pub(super) fn claim(&self, patient: Option<&Patient<'_>>) -> Read<Claim> {
        let Some(patient) = patient else { return Ok(Claim::default()) };
        let code = patient.subject_code()?;
        let field = patient.segment().field(3);
        let wrong = |condition, what| {
            let allowed =
                "send the trial's code as code^^^trial^ANON, and the hospital's number with kind MR";
            field.problem(condition, what, allowed)
        };
        // A trial's code alone is enough; without one, a number is needed.
        let number =
            if code.is_none() || patient.is_numbered() { Some(patient.hospital_number()?) } else { None };
        if let (Some(code), Some(number)) = (&code, &number)
            && confused(&code.number, number)
        {
            return Err(wrong(
                Condition::UnknownKey,
                "one text as the trial's code and as the hospital's number",
            ));
        }
        let code = match code {
            Some(code) if !is_name(&code.number) || !is_name(&code.authority) => {
                return Err(wrong(Condition::DataType, "a trial's code without its trial, or no code"));
            }
            Some(code) => Some(Whose {
                trial: code.authority.into_owned().into(),
                subject: code.number.into_owned().into(),
            }),
            None => None,
        };
        let birth = patient.birth()?.filter(|birth| birth.precision >= Precision::Year);
        Ok(Claim {
            code,
            number: number.map(|number| self.key.number(&number)),
            sex: Sex::read(&patient.sex()),
            birth_year: birth.and_then(|birth| u16::try_from(birth.from.year()).ok()),
        })
    }
}

/// Fit to be a code here.
fn is_name(text: &str) -> bool {
    let plain = |letter: char| !letter.is_whitespace() && !letter.is_control() && letter != '/';
    (1..=LONGEST).contains(&text.chars().count()) && text.chars().all(plain)
}

/// What the header says a message is for.
pub(super) fn purpose(said: header::Purpose) -> Purpose {
    match said {
        header::Purpose::Patient => Purpose::Patient,
        header::Purpose::Calibration => Purpose::Calibration,
        header::Purpose::QualityControl => Purpose::QualityControl,
        header::Purpose::NotProduction => Purpose::NotProduction,
    }
}

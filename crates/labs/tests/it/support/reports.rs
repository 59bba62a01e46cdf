//! Reports as a laboratory would send them, in few words.

use holdpoint_api::labs::v1 as pb;
use jiff::Timestamp;

use super::world::TRIAL;

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn time(at: Timestamp) -> Option<prost_types::Timestamp> {
    Some(prost_types::Timestamp { seconds: at.as_second(), nanos: at.subsec_nanosecond() })
}

/// One analyte: name, printed value, printed unit, where the word stands.
#[derive(Clone, Debug)]
pub struct Analyte {
    pub code: &'static str,
    pub value: String,
    pub unit: String,
    pub range: &'static str,
    pub status: pb::ResultStatus,
}

impl Analyte {
    pub fn platelets(value: &str) -> Self {
        Self::of("777-3", value, "10*9/L", "125-350")
    }

    pub fn neutrophils(value: &str) -> Self {
        Self::of("751-8", value, "10*9/L", "1.8-6.3")
    }

    pub fn hemoglobin(value: &str) -> Self {
        Self::of("718-7", value, "g/L", "130-175")
    }

    pub fn creatinine(value: &str) -> Self {
        Self::of("2160-0", value, "mg/dL", "0.6-1.2")
    }

    pub fn of(code: &'static str, value: &str, unit: &str, range: &'static str) -> Self {
        let status = pb::ResultStatus::Final;
        Self { code, value: value.to_owned(), unit: unit.to_owned(), range, status }
    }

    pub fn status(self, status: pb::ResultStatus) -> Self {
        Self { status, ..self }
    }

    fn observation(&self) -> pb::Observation {
        pb::Observation {
            code: self.code.to_owned(),
            value: self.value.clone(),
            unit: self.unit.clone(),
            range: self.range.to_owned(),
            status: self.status as i32,
            ..pb::Observation::default()
        }
    }
}

/// A report about one specimen.
#[derive(Clone, Debug)]
pub struct Said {
    pub report: pb::Report,
}

impl Said {
    /// Of a subject by its code, about a specimen taken at a moment. The order is named after the moment.
    pub fn of(subject: &str, taken: &str, analytes: &[Analyte]) -> Self {
        let patient =
            pb::Patient { trial: TRIAL.to_owned(), subject: subject.to_owned(), ..pb::Patient::default() };
        Self::about(patient, &format!("{subject}-{taken}"), taken, analytes)
    }

    /// Of a patient by the hospital's number.
    pub fn by_number(number: &str, taken: &str, analytes: &[Analyte]) -> Self {
        let patient = pb::Patient { hospital_number: number.to_owned(), ..pb::Patient::default() };
        Self::about(patient, &format!("by-number-{taken}"), taken, analytes)
    }

    fn about(patient: pb::Patient, order: &str, taken: &str, analytes: &[Analyte]) -> Self {
        let report = pb::Report {
            message: format!("m-{order}"),
            patient: Some(patient),
            filler_order: order.to_owned(),
            specimen: "s1".to_owned(),
            taken_at: time(at(taken)),
            issued_at: time(at(taken)),
            observations: analytes.iter().map(Analyte::observation).collect(),
        };
        Self { report }
    }

    /// Said at another moment than the specimen was taken.
    pub fn issued(mut self, at_: &str) -> Self {
        self.report.issued_at = time(at(at_));
        self
    }

    /// Another message with the same content.
    pub fn message(mut self, message: &str) -> Self {
        self.report.message = message.to_owned();
        self
    }

    pub fn order(mut self, order: &str) -> Self {
        self.report.filler_order = order.to_owned();
        self
    }

    pub fn patient(mut self, change: impl FnOnce(&mut pb::Patient)) -> Self {
        change(self.report.patient.as_mut().unwrap());
        self
    }
}

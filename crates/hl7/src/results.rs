//! Results by patient and order (ORU^R01): which finding belongs to which specimen of whom, by the order of segments. A
//! finding that belongs to no order, or an order that follows no header of its kind, is refused and never guessed.

use std::borrow::Cow;

use crate::observation::Observation;
use crate::{Condition, Message, Problem, Segment, SegmentId, Time};

/// What one patient's part of a message says.
#[derive(Clone, Debug)]
pub struct PatientResults<'m> {
    /// Who it is of; none where the message does not say.
    pub patient: Option<Patient<'m>>,
    /// Orders, with their findings.
    pub orders: Vec<Order<'m>>,
}

/// The patient (PID).
#[derive(Clone, Copy, Debug)]
pub struct Patient<'m> {
    pid: Segment<'m>,
}

/// One number of a patient (PID-3): personal data.
#[derive(Clone, PartialEq, Eq)]
pub struct Identifier<'m> {
    /// The number.
    pub number: Cow<'m, str>,
    /// Its kind, table 0203: `MR`; may be empty.
    pub kind: Cow<'m, str>,
    /// Who gave it (CX.4, its first part); may be empty.
    pub authority: Cow<'m, str>,
}

/// The kind of a number whose bearer is not to be known by it: what a trial's code of a subject is (table 0203).
const ANONYMOUS: &str = "ANON";

/// An order with its findings.
#[derive(Clone, Debug)]
pub struct Order<'m> {
    /// What is common to it, where it was sent.
    pub common: Option<Segment<'m>>,
    /// The request (OBR).
    pub request: Segment<'m>,
    /// The specimen (SPM), before or after the findings.
    pub specimen: Option<Segment<'m>>,
    /// Findings.
    pub observations: Vec<Observation<'m>>,
}

/// Reads the results of a message, in its order.
pub fn read<'m>(message: &'m Message<'_>) -> Result<Vec<PatientResults<'m>>, Box<Problem>> {
    let mut reader = Reader::default();
    for segment in message.segments().skip(1) {
        reader.take(segment)?;
    }
    reader.finish(message)
}

#[derive(Default)]
struct Reader<'m> {
    done: Vec<PatientResults<'m>>,
    patient: Option<Patient<'m>>,
    orders: Vec<Order<'m>>,
    common: Option<Segment<'m>>,
}

impl<'m> Reader<'m> {
    fn take(&mut self, segment: Segment<'m>) -> Result<(), Box<Problem>> {
        match segment.id() {
            SegmentId::PID => self.next_patient(segment)?,
            SegmentId::ORC => self.common = Some(segment),
            SegmentId::OBR => {
                let common = self.common.take();
                self.orders.push(Order { common, request: segment, specimen: None, observations: vec![] });
            }
            SegmentId::OBX => {
                let observation = Observation::of(segment);
                self.order(segment, "a finding before any order")?.observations.push(observation);
            }
            SegmentId::SPM => {
                let order = self.order(segment, "a specimen before any order")?;
                order.specimen = order.specimen.or(Some(segment));
            }
            _ => {}
        }
        Ok(())
    }

    fn order(&mut self, segment: Segment<'m>, what: &str) -> Result<&mut Order<'m>, Box<Problem>> {
        let sequence =
            || Problem::new(segment.place(), Condition::Sequence, what, "send OBR before its findings");
        self.orders.last_mut().ok_or_else(sequence)
    }

    /// Ends what was said of the patient before. Two patients in a row, or orders before the first, leave open whose
    /// the orders are.
    fn next_patient(&mut self, pid: Segment<'m>) -> Result<(), Box<Problem>> {
        const ALLOWED: &str = "send each patient (PID) before the orders of that patient alone";
        if self.patient.is_none() && !self.orders.is_empty() {
            return Err(Problem::new(
                pid.place(),
                Condition::Sequence,
                "a patient after orders of nobody",
                ALLOWED,
            ));
        }
        let orders = std::mem::take(&mut self.orders);
        self.common = None;
        if let Some(patient) = self.patient.replace(Patient { pid }) {
            if orders.is_empty() {
                return Err(Problem::new(
                    pid.place(),
                    Condition::Sequence,
                    "two patients before any order",
                    ALLOWED,
                ));
            }
            self.done.push(PatientResults { patient: Some(patient), orders });
        }
        Ok(())
    }

    fn finish(mut self, message: &Message<'_>) -> Result<Vec<PatientResults<'m>>, Box<Problem>> {
        if self.orders.is_empty() {
            let last = message.segments().last().map_or(message.header().place(), |segment| segment.place());
            return Err(Problem::new(
                last,
                Condition::Sequence,
                "no order after it",
                "send an order (OBR) with its findings",
            ));
        }
        self.done.push(PatientResults { patient: self.patient, orders: self.orders });
        Ok(self.done)
    }
}

impl<'m> Patient<'m> {
    /// Its segment.
    pub fn segment(&self) -> Segment<'m> {
        self.pid
    }

    /// The code under which a trial knows the patient, of kind ANON of table 0203, with the trial as who gave it:
    /// `P-017^^^pgf-msc^ANON`. None where none is said; two are nobody's.
    pub fn subject_code(&self) -> Result<Option<Identifier<'m>>, Box<Problem>> {
        let mut codes = self.identifiers().filter(|one| one.kind == ANONYMOUS);
        let code = codes.next();
        if codes.any(|other| code.as_ref() != Some(&other)) {
            let what = "several codes of a subject";
            return Err(self.pid.field(3).problem(
                Condition::UnknownKey,
                what,
                "send one identifier of kind ANON",
            ));
        }
        Ok(code)
    }

    /// Whether anything but a trial's code names the patient.
    pub fn is_numbered(&self) -> bool {
        self.identifiers().any(|one| one.kind != ANONYMOUS)
    }

    /// The numbers that are said (PID-3).
    pub fn identifiers(&self) -> impl Iterator<Item = Identifier<'m>> + use<'m> {
        identifiers(&self.pid, 3)
    }

    /// The hospital's number: the one of kind MR, else the only one there is. Two of one message, or two kinds with the
    /// same number (one of which stands in the wrong place), are nobody's.
    pub fn hospital_number(&self) -> Result<Cow<'m, str>, Box<Problem>> {
        hospital_number(&self.pid, 3)
    }

    /// Sex as it was sent (PID-8).
    pub fn sex(&self) -> Cow<'m, str> {
        self.pid.field(8).component(1).text()
    }

    /// Birth (PID-7).
    pub fn birth(&self) -> Result<Option<Time>, Box<Problem>> {
        Time::read(&self.pid.field(7))
    }
}

pub(crate) fn identifiers<'m>(
    segment: &Segment<'m>,
    field: u16,
) -> impl Iterator<Item = Identifier<'m>> + use<'m> {
    let said = segment.field(field).repetitions().filter(|one| one.component(1).is_said());
    said.map(|one| Identifier {
        number: one.component(1).text(),
        kind: one.component(5).word().into(),
        authority: one.component(4).sub(1).text(),
    })
}

pub(crate) fn hospital_number<'m>(segment: &Segment<'m>, field: u16) -> Result<Cow<'m, str>, Box<Problem>> {
    const ALLOWED: &str = "send the hospital's number once, as the identifier of kind MR";
    let all: Vec<_> = identifiers(segment, field).collect();
    let wrong = |condition, what| segment.field(field).problem(condition, what, ALLOWED);
    for (place, one) in all.iter().enumerate() {
        if all[..place].iter().any(|other| other.kind != one.kind && other.number == one.number) {
            return Err(wrong(Condition::UnknownKey, "one number as two kinds of identifier"));
        }
    }
    let mut candidates: Vec<_> = all.iter().filter(|one| one.kind == "MR").collect();
    if candidates.is_empty() {
        candidates = all.iter().filter(|one| one.kind != ANONYMOUS).collect();
    }
    match candidates.as_slice() {
        [] => Err(wrong(Condition::Required, "no identifier of the patient")),
        [first, others @ ..] if others.iter().all(|other| other.number == first.number) => {
            Ok(first.number.clone())
        }
        _ => Err(wrong(Condition::UnknownKey, "several identifiers that may be the hospital's number")),
    }
}

/// Shows the kind alone.
impl std::fmt::Debug for Identifier<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identifier({}, hidden)", self.kind)
    }
}

impl<'m> Order<'m> {
    /// The laboratory's number of the order (OBR-3, else ORC-3; analyzers put the specimen there). Empty where it has
    /// none.
    pub fn filler(&self) -> Cow<'m, str> {
        let of_common = || self.common.map(|common| common.field(3).component(1));
        let request = self.request.field(3).component(1);
        let filler = if request.is_said() { Some(request) } else { of_common() };
        filler.map(|part| part.text()).unwrap_or_default()
    }

    /// The number of whoever ordered it (OBR-2, else ORC-2); empty where it has none.
    pub fn placer(&self) -> Cow<'m, str> {
        let of_common = || self.common.map(|common| common.field(2).component(1));
        let request = self.request.field(2).component(1);
        let placer = if request.is_said() { Some(request) } else { of_common() };
        placer.map(|part| part.text()).unwrap_or_default()
    }

    /// The specimen's number (SPM-2, the laboratory's part first); empty where it has none.
    pub fn specimen_id(&self) -> Cow<'m, str> {
        let Some(specimen) = self.specimen else { return Cow::Borrowed("") };
        let [placer, filler] = [1, 2].map(|component| specimen.field(2).component(component).sub(1));
        if filler.is_said() { filler.text() } else { placer.text() }
    }

    /// When a finding's specimen was taken: as the finding says (OBX-14), else the order (OBR-7), else the specimen
    /// (SPM-17).
    pub fn taken_at(&self, observation: &Observation<'m>) -> Result<Option<Time>, Box<Problem>> {
        if let Some(time) = observation.observed_at()? {
            return Ok(Some(time));
        }
        if let Some(time) = Time::read(&self.request.field(7))? {
            return Ok(Some(time));
        }
        self.specimen.map_or(Ok(None), |specimen| Time::read(&specimen.field(17).component(1).sub(1)))
    }

    /// When the laboratory said it (OBR-22).
    pub fn issued_at(&self) -> Result<Option<Time>, Box<Problem>> {
        Time::read(&self.request.field(22))
    }
}

#[cfg(test)]
#[path = "results_tests.rs"]
mod tests;

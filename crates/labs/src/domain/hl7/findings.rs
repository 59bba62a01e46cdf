//! The findings of one patient's part of a message, by specimen and time. What is wrong with one is said of it alone; the
//! others are taken.

use std::borrow::Cow;

use holdpoint_hl7::observation::{self, Observation as Sent};
use holdpoint_hl7::results::{Order, PatientResults};
use holdpoint_hl7::{Condition, Part as Piece, Problem, Time};
use jiff::Timestamp;

use super::{Read, Reader, Said};
use crate::domain::identity::Claim;
use crate::domain::observation::{Observation, Status};
use crate::domain::report::{Finding, Head, Part};

/// Longest name or number of a laboratory's system, in characters.
const LONGEST_NAME: usize = 128;
/// Longest printed value, in characters.
const LONGEST_VALUE: usize = 2_000;
/// A message has no more findings, so that its commit fits a journal row.
const MOST_FINDINGS: usize = 1_000;
/// The system of a code that names none: HL7's word for the sender's own.
const LOCAL: &str = "L";

impl Reader<'_> {
    pub(super) fn findings(
        &self,
        said_of: &PatientResults<'_>,
        sent: Option<Timestamp>,
        said: &mut Said,
    ) -> Read<()> {
        let claim = self.claim(said_of.patient.as_ref())?;
        for order in &said_of.orders {
            for one in &order.observations {
                let place = one.segment().place();
                if said.places.len() == MOST_FINDINGS {
                    let what = "more than 1000 findings in one message";
                    return Err(Problem::new(
                        place,
                        Condition::DataType,
                        what,
                        "send them in several messages",
                    ));
                }
                match self.finding(order, one, sent) {
                    Ok((head, finding)) => {
                        said.places.push(place.to_string());
                        put(&mut said.parts, &claim, head, finding);
                    }
                    Err(problem) => {
                        said.places.push(place.to_string());
                        refuse(&mut said.parts, &claim, &problem);
                        said.problems.push(*problem);
                    }
                }
            }
        }
        Ok(())
    }

    fn finding(&self, order: &Order<'_>, one: &Sent<'_>, sent: Option<Timestamp>) -> Read<(Head, Finding)> {
        let head = self.head(order, one, sent)?;
        let status = match status(one.status()?) {
            Ok(status) => status,
            Err(why) => return Ok((head, Finding::Passed(why))),
        };
        let code = one.code()?;
        let field = |number| one.segment().field(number);
        let system = if code.system.is_empty() { Cow::Borrowed(LOCAL) } else { code.system };
        let observation = Observation {
            code: fits(code.code, LONGEST_NAME, &field(3))?,
            system: fits(system, LONGEST_NAME, &field(3))?,
            sub_id: fits(one.sub_id(), LONGEST_NAME, &field(4))?,
            value: fits(one.value()?, LONGEST_VALUE, &field(5))?,
            unit: fits(one.unit(), LONGEST_NAME, &field(6))?,
            range: fits(one.range(), LONGEST_NAME, &field(7))?,
            flags: one.flags().map(|flag| fits(flag, LONGEST_NAME, &field(8))).collect::<Read<_>>()?,
            status,
        };
        Ok((head, Finding::Read(observation)))
    }

    /// The order that a finding is known by: the laboratory's number, else the ward's, else the specimen's. Without any, two
    /// specimens of a patient could not be told apart.
    fn head(&self, order: &Order<'_>, one: &Sent<'_>, sent: Option<Timestamp>) -> Read<Head> {
        let request = |field| order.request.field(field);
        let specimen = fits(order.specimen_id(), LONGEST_NAME, &request(3))?;
        let number = [order.filler(), order.placer(), Cow::Owned(specimen.clone())];
        let number = number.into_iter().find(|number| !number.trim().is_empty()).ok_or_else(|| {
            let what = "no number of the order";
            request(3).problem(
                Condition::Required,
                what,
                "send the laboratory's number of the order or specimen",
            )
        })?;
        let unreadable = |piece: Piece<'_>| {
            piece.problem(Condition::DataType, "a time beyond the calendar", "send a time of this age")
        };
        let taken = order.taken_at(one)?.ok_or_else(|| {
            let what = "no time at which the specimen was taken";
            request(7).problem(
                Condition::Required,
                what,
                "send it here, in OBX-14 or in SPM-17; none is made up",
            )
        })?;
        let instant = |time: Time, piece| self.instant(time).ok_or_else(|| unreadable(piece));
        let taken_at = instant(taken, request(7))?;
        let issued = order.issued_at()?.map(|issued| instant(issued, request(22))).transpose()?;
        Ok(Head {
            message: String::new(),
            filler_order: fits(number, LONGEST_NAME, &request(3))?,
            specimen,
            taken_at,
            issued_at: issued.or(sent).unwrap_or(taken_at),
        })
    }
}

/// Findings of one specimen and time that follow each other are one part.
fn put(parts: &mut Vec<Part>, claim: &Claim, head: Head, finding: Finding) {
    match parts.last_mut() {
        Some(part) if part.head == head && part.claim == *claim => part.findings.push(finding),
        _ => parts.push(Part { claim: claim.clone(), head, findings: vec![finding] }),
    }
}

/// One that can not be read goes with the part before it, so that the order of the message is kept.
fn refuse(parts: &mut Vec<Part>, claim: &Claim, problem: &Problem) {
    let finding = Finding::Wrong(problem.to_string());
    match parts.last_mut() {
        Some(part) => part.findings.push(finding),
        None => {
            let head = Head {
                message: String::new(),
                filler_order: String::new(),
                specimen: String::new(),
                taken_at: Timestamp::UNIX_EPOCH,
                issued_at: Timestamp::UNIX_EPOCH,
            };
            parts.push(Part { claim: claim.clone(), head, findings: vec![finding] });
        }
    }
}

/// Text that is taken as it is: at most so many characters, none of them NUL, which no database keeps.
fn fits(text: Cow<'_, str>, longest: usize, piece: &Piece<'_>) -> Read<String> {
    if text.contains('\0') || text.len() > longest && text.chars().count() > longest {
        let allowed =
            if longest == LONGEST_VALUE { "allowed: 2000 characters" } else { "allowed: 128 characters" };
        return Err(piece.problem(
            Condition::DataType,
            "a text that is too long, or has a zero in it",
            allowed,
        ));
    }
    Ok(text.into_owned())
}

/// Where the word stands; why it says nothing of a value where it does not.
fn status(sent: observation::Status) -> Result<Status, &'static str> {
    use observation::Status as Sent;
    Ok(match sent {
        Sent::Corrected => Status::Corrected,
        Sent::Deleted => Status::Deleted,
        Sent::Final => Status::Final,
        Sent::Preliminary | Sent::Partial => Status::Preliminary,
        Sent::NotVerified => Status::NotVerified,
        Sent::FinalByStatus => Status::FinalByStatus,
        Sent::Wrong => Status::Wrong,
        Sent::CannotBeObtained => Status::CannotBeObtained,
        Sent::Pending => return Err("status I: the specimen is there and the result is not"),
        Sent::NotAsked => return Err("status N: it was not asked for"),
        Sent::OrderDetail => return Err("status O: a detail of the order alone"),
    })
}

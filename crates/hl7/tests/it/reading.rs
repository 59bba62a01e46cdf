//! One reading of bytes with everything the crate offers, as the feed will do it.

use holdpoint_hl7::ack::{self, Answer};
use holdpoint_hl7::header::{Header, Kind, Purpose, SAY_IT_IN_MSH_16};
use holdpoint_hl7::{Message, Problem, charset, merge, redact, results};

/// What became of a message.
#[derive(Debug, PartialEq, Eq)]
pub struct Read {
    /// What it is for; none where it was refused.
    pub purpose: Option<Purpose>,
    /// Findings that can be read.
    pub findings: usize,
    /// Findings that can not, and the whole where it was refused: as the answer says it.
    pub problems: Vec<String>,
    /// The answer.
    pub answer: String,
}

/// Reads everything there is.
pub fn read(bytes: &[u8]) -> Read {
    let (mut findings, mut problems, mut purpose) = (0, vec![], None);
    let decoded = charset::decode(bytes);
    let cut = decoded.as_ref().map_err(Clone::clone).and_then(|decoded| Message::cut(&decoded.text));
    match cut.and_then(|message| whole(&message, &mut problems)) {
        Ok((said, read)) => (purpose, findings) = (Some(said), read),
        Err(problem) => problems.push(*problem),
    }
    let line = charset::first_line(bytes);
    let head = Message::cut(&line).ok();
    let at = jiff::Timestamp::UNIX_EPOCH;
    let answer = ack::write(head.as_ref(), Answer::to(&problems), &problems, "9", at);
    let problems = problems.iter().map(ToString::to_string).collect();
    Read { purpose, findings, problems, answer }
}

fn whole(message: &Message<'_>, problems: &mut Vec<Problem>) -> Result<(Purpose, usize), Box<Problem>> {
    let stored = redact::redact(message, |_, _| "*".to_owned());
    let again = Message::cut(&stored).map(|again| again.segments().count());
    assert_eq!(
        again,
        Ok(message.segments().count()),
        "what is stored can be read again: {:?}",
        message.text()
    );
    let header = Header::of(message);
    let kind = header.kind()?;
    let purpose = header.purpose(SAY_IT_IN_MSH_16)?;
    if kind == Kind::Merge {
        return Ok((purpose, merge::read(message)?.len()));
    }
    let mut findings = 0;
    for part in results::read(message)? {
        if let Some(patient) = part.patient {
            patient.hospital_number()?;
            patient.birth()?;
            patient.sex();
        }
        for order in &part.orders {
            order.issued_at()?;
            order.filler();
            order.specimen_id();
            for one in &order.observations {
                let read = || -> Result<(), Box<Problem>> {
                    one.code()?;
                    one.value()?;
                    one.status()?;
                    order.taken_at(one)?;
                    one.analyzed_at()?;
                    Ok(())
                };
                let _ = (one.sub_id(), one.unit(), one.range(), one.flags().count());
                match read() {
                    Ok(()) => findings += 1,
                    Err(problem) => problems.push(*problem),
                }
            }
        }
    }
    Ok((purpose, findings))
}

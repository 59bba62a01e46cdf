//! A message of HL7 version 2 becomes a report: the same that a laboratory could have sent field by field. Everything wrong
//! in it is found at once and answered with its place; what can be read is taken, and nothing is made up. Of the bytes
//! nothing is kept that could not be read as a message, since nobody could tell the person in them.

mod findings;
mod person;

use holdpoint_hl7::ack::{self, Answer as Ack};
use holdpoint_hl7::header::{Header, Kind, SAY_IT_IN_MSH_16};
use holdpoint_hl7::{
    Condition, Message as Cut, Place, Problem, SegmentId, Time, charset, merge, redact, results,
};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::alias::Merge;
use super::feed::Feed;
use super::message::{Charset, Code, Message, Purpose};
use super::pseudonym::NumberKey;
use super::report::{Part, Report};

/// What went wrong with a frame before its message could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It broke off.
    Broken,
    /// It is longer than is taken.
    TooLong,
}

/// By what a message is read.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    feed: &'a Feed,
    key: &'a NumberKey,
    zone: TimeZone,
    now: Timestamp,
}

/// Everything that a message says.
#[derive(Default)]
struct Said {
    purpose: Option<Purpose>,
    charset: Option<Charset>,
    text: String,
    /// The place of each finding, in the order of the parts.
    places: Vec<String>,
    parts: Vec<Part>,
    merges: Vec<Merge>,
    problems: Vec<Problem>,
}

type Read<T> = Result<T, Box<Problem>>;

impl<'a> Reader<'a> {
    /// A reader of one feed's messages that come now.
    pub fn new(feed: &'a Feed, key: &'a NumberKey, now: Timestamp) -> Self {
        let zone = TimeZone::get(&feed.time_zone).unwrap_or(TimeZone::UTC);
        Self { feed, key, zone, now }
    }

    /// Reads the bytes of one message, or what came of a frame with a fault.
    pub fn read(&self, bytes: &[u8], fault: Option<Fault>) -> Report {
        let mut said = Said::default();
        let wrong = match fault {
            Some(fault) => Err(broken(fault)),
            None => self.message(bytes, &mut said),
        };
        if let Err(problem) = wrong {
            // Whose it is or what it is for is open: nothing of it is used.
            (said.parts, said.merges, said.places) = (vec![], vec![], vec![]);
            said.problems.push(*problem);
        }
        self.report(bytes, said)
    }

    fn message(&self, bytes: &[u8], said: &mut Said) -> Read<()> {
        let decoded = charset::decode(bytes)?;
        said.charset = Some(Charset { name: decoded.charset.to_owned(), declared: decoded.declared });
        let message = Cut::cut(&decoded.text)?;
        said.text = redact::redact(&message, |what, hidden| match what {
            redact::Hidden::Number => self.key.token(hidden),
            redact::Hidden::Person | redact::Hidden::Local => "*".to_owned(),
        });
        let header = Header::of(&message);
        let kind = header.kind()?;
        let purpose = person::purpose(header.purpose(SAY_IT_IN_MSH_16)?);
        said.purpose = Some(if kind == Kind::Merge { Purpose::Merge } else { purpose });
        match kind {
            Kind::Merge => {
                for one in merge::read(&message)? {
                    let [stays, goes] = [&one.stays, &one.goes].map(|number| self.key.number(number));
                    said.merges.push(Merge { stays, goes });
                }
            }
            Kind::Results => {
                let sent = self.sent_at(&message);
                for patient in results::read(&message)? {
                    self.findings(&patient, sent, said)?;
                }
            }
        }
        if purpose != Purpose::Patient {
            (said.parts, said.merges, said.places) = (vec![], vec![], vec![]);
        }
        Ok(())
    }

    /// When the message says it was sent (MSH-7), where it says so readably.
    fn sent_at(&self, message: &Cut<'_>) -> Option<Timestamp> {
        self.instant(Time::read(&message.header().field(7)).ok()??)
    }

    fn instant(&self, time: Time) -> Option<Timestamp> {
        time.instant(&self.zone)
    }

    fn report(&self, bytes: &[u8], said: Said) -> Report {
        let line = charset::header_line(bytes);
        let head = Cut::cut(&line).ok();
        let id = self.key.message(&self.feed.id, bytes);
        let answer = Ack::to(&said.problems);
        // Twenty characters fit MSH-10 of every version.
        let own = id.as_str().chars().skip(2).take(20).collect::<String>();
        let text = ack::write(head.as_ref(), answer, &said.problems, &own, self.now);
        let control = head.as_ref().map(|head| Header::of(head).control_id().into_owned());
        let control: String = control.unwrap_or_default().chars().take(LONGEST_CONTROL).collect();
        let mut parts = said.parts;
        parts.iter_mut().for_each(|part| part.head.message.clone_from(&control));
        let message = Message {
            id: id.clone(),
            feed: self.feed.id.clone(),
            control: control.replace('\0', "\u{fffd}"),
            at: self.now,
            sent_at: head.as_ref().and_then(|head| self.sent_at(head)),
            purpose: said.purpose,
            charset: said.charset,
            text: said.text.replace('\0', "\u{fffd}"),
            code: match answer {
                Ack::Accept => Code::Aa,
                Ack::Error => Code::Ae,
                Ack::Reject => Code::Ar,
            },
            answer: text.replace('\0', "\u{fffd}"),
            problems: said.problems.iter().map(ToString::to_string).collect(),
            findings: said
                .places
                .into_iter()
                .map(|place| (place, super::answer::Answer::passed("")))
                .collect(),
        };
        Report {
            feed: self.feed.id.clone(),
            request: id.to_string(),
            digest: id.to_string(),
            parts,
            merges: said.merges,
            message: Some(message),
        }
    }
}

/// The most of an id of a message that is kept, in characters; longer ones are refused.
const LONGEST_CONTROL: usize = 200;

fn broken(fault: Fault) -> Box<Problem> {
    let place = Place::segment(SegmentId::MSH, 1);
    match fault {
        // Nothing is wrong with what it says: it may be sent again.
        Fault::Broken => Problem::new(
            place,
            Condition::Internal,
            "the frame broke off before its end (1C 0D)",
            "send the message again",
        ),
        Fault::TooLong => Problem::new(
            place,
            Condition::DataType,
            "the message is longer than is taken here",
            "send its results in several messages",
        ),
    }
}

/// The answer to a message of a feed that could not be taken: it may be sent again.
pub fn not_taken(bytes: &[u8], what: &str, now: Timestamp) -> String {
    let line = charset::header_line(bytes);
    let head = Cut::cut(&line).ok();
    let place = Place::segment(SegmentId::MSH, 1);
    let problem = Problem::new(
        place,
        Condition::Internal,
        what,
        "nothing of it was kept; send it again when that is mended",
    );
    let id = now.as_microsecond().to_string();
    ack::write(head.as_ref(), Ack::Reject, std::slice::from_ref(&*problem), &id, now)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;

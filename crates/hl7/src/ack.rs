//! Answers to messages (ACK): taken, wrong in what it says, or not one of ours. Each repeats the sender's id of the message
//! and says what is wrong where, in the form of the sender's version.

use jiff::Timestamp;
use jiff::tz::Offset;

use crate::header::Header;
use crate::{Condition, Message, Problem, Separators, escape};

/// HL7 table 0008.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// AA: it is kept.
    Accept,
    /// AE: it is wrong in what it says; the same again would be as wrong.
    Error,
    /// AR: it is none of ours, or could not be taken.
    Reject,
}

impl Answer {
    /// The answer that problems come to.
    pub fn to(problems: &[Problem]) -> Self {
        match problems {
            [] => Self::Accept,
            some if some.iter().any(|problem| problem.condition.rejects()) => Self::Reject,
            _ => Self::Error,
        }
    }

    /// Its code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Accept => "AA",
            Self::Error => "AE",
            Self::Reject => "AR",
        }
    }
}

/// Writes an answer. `message` is the one that is answered, or its [first line](crate::charset::first_line); none where it has no header. `id` is the
/// answer's own, `at` the time it is given.
pub fn write(
    message: Option<&Message<'_>>,
    answer: Answer,
    problems: &[Problem],
    id: &str,
    at: Timestamp,
) -> String {
    let header = message.map(Header::of);
    let separators = message.map_or_else(Separators::default, |message| *message.separators());
    let writer = Writer { header, separators };
    let mut text = writer.header(id, at);
    let asked = header.map(|header| header.field(10).raw()).unwrap_or_default();
    writer.segment(&mut text, &["MSA", answer.code(), asked]);
    for problem in problems {
        writer.problem(&mut text, problem);
    }
    text
}

struct Writer<'m> {
    header: Option<Header<'m>>,
    separators: Separators,
}

impl Writer<'_> {
    fn raw(&self, field: u16) -> &str {
        self.header.map(|header| header.field(field).raw()).unwrap_or_default()
    }

    fn version(&self) -> &str {
        self.header.map(|header| header.version()).filter(|version| !version.is_empty()).unwrap_or("2.5.1")
    }

    /// The sender's names change places with ours.
    fn header(&self, id: &str, at: Timestamp) -> String {
        let at = Offset::UTC.to_datetime(at).strftime("%Y%m%d%H%M%S+0000").to_string();
        let event = self.header.map(|header| header.field(9).component(2).raw()).unwrap_or_default();
        let kind = match (event, self.version()) {
            ("", _) | (_, "2.2" | "2.3" | "2.3.1") => "ACK".to_owned(),
            (event, _) => self.components(&["ACK", event, "ACK"]),
        };
        let processing = Some(self.raw(11)).filter(|said| !said.is_empty()).unwrap_or("P");
        let name = format!("MSH{}", self.separators.written());
        let charset = if [3, 4, 5, 6, 10].iter().all(|field| self.raw(*field).is_ascii()) {
            ""
        } else {
            "UNICODE UTF-8"
        };
        let id = self.plain(id);
        let mut text = String::new();
        self.segment(
            &mut text,
            &[
                &name,
                self.raw(5),
                self.raw(6),
                self.raw(3),
                self.raw(4),
                &at,
                "",
                &kind,
                &id,
                processing,
                self.version(),
                "",
                "",
                "",
                "",
                "",
                charset,
            ],
        );
        text
    }

    fn problem(&self, text: &mut String, problem: &Problem) {
        let (code, words) = problem.condition.code();
        let place = problem.place;
        let [nth, field, repetition, component, sub] = [
            place.nth,
            place.field.into(),
            place.repetition.into(),
            place.component.into(),
            place.sub.into(),
        ]
        .map(|number: u32| if number == 0 { String::new() } else { number.to_string() });
        if matches!(self.version(), "2.2" | "2.3" | "2.3.1" | "2.4") {
            let code = [code, words, "HL70357"].join(&char::from(self.separators.sub).to_string());
            let place = self.components(&[place.segment.as_str(), &nth, &field, &code]);
            return self.segment(text, &["ERR", &place]);
        }
        let place = self.components(&[place.segment.as_str(), &nth, &field, &repetition, &component, &sub]);
        let code = self.components(&[code, words, "HL70357"]);
        let severity = if problem.condition == Condition::Internal { "F" } else { "E" };
        let said = self.plain(&format!("{}; {}", problem.what, problem.allowed));
        self.segment(text, &["ERR", "", &place, &code, severity, "", "", "", &said]);
    }

    fn plain(&self, text: &str) -> String {
        escape::encode(text, &self.separators).into_owned()
    }

    fn components(&self, parts: &[&str]) -> String {
        parts.join(&char::from(self.separators.component).to_string())
    }

    /// Fields without the empty ones at the end.
    fn segment(&self, text: &mut String, fields: &[&str]) {
        let past = fields.iter().rposition(|field| !field.is_empty()).map_or(0, |last| last + 1);
        text.push_str(&fields[..past].join(&char::from(self.separators.field).to_string()));
        text.push('\r');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Place, SegmentId};

    const ASKED: &str = "MSH|^~\\&|LIS|XQ|HOLDPOINT|HP|20240101||ORU^R01^ORU_R01|A\\T\\1|P|2.5.1";

    fn at() -> Timestamp {
        "2024-02-29T08:30:59Z".parse().unwrap()
    }

    fn problem() -> Box<Problem> {
        let place = Place { component: 2, repetition: 1, ..Place::segment(SegmentId::OBX, 3).at(5) };
        Problem::new(place, Condition::TableValue, "found \"a|b\"", "allowed: a\\b")
    }

    #[test]
    fn an_answer_repeats_the_id_and_says_what_is_wrong_where() {
        let asked = Message::cut(ASKED).unwrap();
        let taken = write(Some(&asked), Answer::Accept, &[], "9", at());
        assert_eq!(
            taken,
            "MSH|^~\\&|HOLDPOINT|HP|LIS|XQ|20240229083059+0000||ACK^R01^ACK|9|P|2.5.1\rMSA|AA|A\\T\\1\r"
        );
        let wrong = write(Some(&asked), Answer::Error, &[*problem()], "9", at());
        let error =
            "ERR||OBX^3^5^1^2^|103^Table value not found^HL70357|E||||found \"a\\F\\b\"; allowed: a\\E\\b\r";
        assert!(wrong.ends_with(&format!("MSA|AE|A\\T\\1\r{error}")), "{wrong}");
    }

    #[test]
    fn older_versions_hear_the_error_as_they_know_it() {
        let text = ASKED.replace("2.5.1", "2.3.1");
        let wrong = write(Some(&Message::cut(&text).unwrap()), Answer::Error, &[*problem()], "9", at());
        assert!(wrong.contains("||ACK|9|P|2.3.1\r"), "{wrong}");
        assert!(wrong.ends_with("ERR|OBX^3^5^103&Table value not found&HL70357\r"), "{wrong}");
    }

    #[test]
    fn what_has_no_header_is_answered_too() {
        let answer = write(None, Answer::Reject, &[], "9", at());
        assert_eq!(answer, "MSH|^~\\&|||||20240229083059+0000||ACK|9|P|2.5.1\rMSA|AR\r");
        let line =
            crate::charset::first_line(b"\xEF\xBB\xBF\r\nMSH|^~\\&|\xFF||||||ORU^R01|77|P|2.5\rgarbage");
        let head = Message::cut(&line).unwrap();
        assert!(write(Some(&head), Answer::Error, &[], "9", at()).ends_with("UNICODE UTF-8\rMSA|AE|77\r"));
    }

    #[test]
    fn problems_decide_the_answer() {
        let of = |condition| Problem::new(Place::segment(SegmentId::MSH, 1), condition, "", "");
        assert_eq!(Answer::to(&[]).code(), "AA");
        assert_eq!(Answer::to(&[*of(Condition::Required)]).code(), "AE");
        assert_eq!(Answer::to(&[*of(Condition::Required), *of(Condition::Version)]).code(), "AR");
    }

    #[test]
    fn an_answer_uses_the_signs_of_the_sender() {
        let asked = Message::cut("MSH#*!%@#L|S#XQ###20240101##ORU*R01#7#P#2.5").unwrap();
        let answer = write(Some(&asked), Answer::Error, &[*problem()], "9", at());
        let read = Message::cut(&answer).unwrap();
        assert_eq!(read.header().field(5).text(), "L|S");
        assert_eq!(read.segments().nth(1).unwrap().field(2).raw(), "7");
        assert_eq!(read.segments().nth(2).unwrap().field(8).text(), "found \"a|b\"; allowed: a\\b");
    }
}

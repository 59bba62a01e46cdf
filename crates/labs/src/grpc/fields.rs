//! Reads the fields of a request one by one and gathers all that is wrong with them, not the first thing only.

use holdpoint_api::common::v1::Act as PbAct;
use holdpoint_chassis::error::{FieldViolation, Refused};
use holdpoint_journal::Request;
use jiff::Timestamp;
use prost::Message;

use crate::ctx::Act;
use crate::error::INVALID;

/// Longest id that is taken, in characters.
const LONGEST_ID: usize = 64;
/// Longest free text that is taken, in characters.
const LONGEST_TEXT: usize = 2_000;

/// What was found wrong so far.
#[derive(Debug, Default)]
pub(super) struct Fields {
    wrong: Vec<FieldViolation>,
}

impl Fields {
    pub(super) fn wrong(&mut self, field: &str, found: Option<String>, allowed: &str) {
        self.wrong.push(FieldViolation { field: field.to_owned(), found, allowed: allowed.to_owned() });
    }

    /// The request's act: an id is required. The body's hash is taken over the whole request.
    pub(super) fn act(&mut self, act: Option<&PbAct>, rpc: &'static str, body: &impl Message) -> Act {
        let act = act.cloned().unwrap_or_default();
        let id = self.id("act.request_id", act.request_id);
        let reason = self.optional_text("act.reason", act.reason);
        Act { request: Request::of(id, rpc, &body.encode_to_vec()), reason }
    }

    /// An act that must say why.
    pub(super) fn reasoned(&mut self, act: Option<&PbAct>, rpc: &'static str, body: &impl Message) -> Act {
        let act = self.act(act, rpc, body);
        if act.reason.is_none() {
            self.wrong("act.reason", None, "a sentence that says why");
        }
        act
    }

    /// A name: 1 to 64 characters, none of them blank or control, and no `/`.
    pub(super) fn id(&mut self, field: &str, text: String) -> String {
        let fits = !text.is_empty()
            && text.chars().count() <= LONGEST_ID
            && text.chars().all(|c| !c.is_whitespace() && !c.is_control() && c != '/');
        if !fits {
            let found =
                Some(text.chars().take(LONGEST_ID).collect()).filter(|found: &String| !found.is_empty());
            self.wrong(field, found, "1 to 64 characters without blanks, control characters and /");
        }
        text
    }

    pub(super) fn optional_id(&mut self, field: &str, text: String) -> Option<String> {
        if text.is_empty() { None } else { Some(self.id(field, text)) }
    }

    pub(super) fn optional_text(&mut self, field: &str, text: String) -> Option<String> {
        let text = text.trim().to_owned();
        if text.chars().count() > LONGEST_TEXT {
            self.wrong(field, None, "at most 2000 characters");
        }
        Some(text).filter(|text| !text.is_empty())
    }

    /// What a laboratory's system wrote: at most so many characters, none of them NUL, which no database keeps.
    pub(super) fn printed(&mut self, field: &str, text: String, longest: usize) -> String {
        if text.chars().count() > longest || text.contains('\0') {
            self.wrong(field, None, &format!("at most {longest} characters, none of them NUL"));
        }
        text
    }

    /// The same, and it must be there.
    pub(super) fn required(&mut self, field: &str, text: String, longest: usize) -> String {
        if text.trim().is_empty() {
            self.wrong(field, None, &format!("1 to {longest} characters"));
        }
        self.printed(field, text, longest)
    }

    pub(super) fn time(&mut self, field: &str, at: Option<prost_types::Timestamp>) -> Timestamp {
        let read = at.and_then(|at| Timestamp::new(at.seconds, at.nanos).ok());
        // Microseconds are what is stored: finer times would not compare equal after a restart.
        let read = read.and_then(|at| Timestamp::from_microsecond(at.as_microsecond()).ok());
        read.unwrap_or_else(|| {
            self.wrong(field, None, "a moment in UTC");
            Timestamp::UNIX_EPOCH
        })
    }

    /// A moment that may be left out.
    pub(super) fn optional_time(
        &mut self,
        field: &str,
        at: Option<prost_types::Timestamp>,
    ) -> Option<Timestamp> {
        at.map(|at| self.time(field, Some(at)))
    }

    /// What was wrong, in one sentence for who reads an answer in a stream.
    pub(super) fn sentence(&self) -> Option<String> {
        let wrong = self.wrong.iter().map(|wrong| format!("{}: allowed: {}", wrong.field, wrong.allowed));
        Some(wrong.collect::<Vec<_>>().join("; ")).filter(|sentence| !sentence.is_empty())
    }

    /// The command, unless something was wrong.
    pub(super) fn finish<T>(self, command: T) -> Result<T, Refused> {
        if self.wrong.is_empty() {
            return Ok(command);
        }
        let names: Vec<_> = self.wrong.iter().map(|violation| violation.field.as_str()).collect();
        let message = format!("not understood: {}", names.join(", "));
        Err(INVALID.refuse(message).fields(self.wrong))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_wrong_is_gathered() {
        let mut fields = Fields::default();
        fields.id("trial", "a b".to_owned());
        fields.printed("value", "a\0".to_owned(), 10);
        fields.required("code", " ".to_owned(), 10);
        fields.printed("unit", "x".repeat(11), 10);
        fields.time("taken_at", None);
        fields.printed("range", "125-350".to_owned(), 10);
        let refused = fields.finish(()).unwrap_err();
        let names: Vec<_> = refused.fields.iter().map(|violation| violation.field.as_str()).collect();
        assert_eq!(names, ["trial", "value", "code", "unit", "taken_at"]);
    }
}

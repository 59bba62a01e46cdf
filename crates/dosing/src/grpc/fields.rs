//! Reads the fields of a request one by one and gathers all that is wrong with them, not the first thing only.

use holdpoint_api::common::v1::Act as PbAct;
use holdpoint_chassis::error::{FieldViolation, Refused};
use holdpoint_journal::Request;
use jiff::Timestamp;
use jiff::civil::Date;
use prost::Message;
use rust_decimal::Decimal;

use crate::ctx::Act;
use crate::domain::moment::cut;
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

    /// A required sentence.
    pub(super) fn text(&mut self, field: &str, text: String) -> String {
        match self.optional_text(field, text) {
            Some(text) => text,
            None => {
                self.wrong(field, None, "a text of 1 to 2000 characters");
                String::new()
            }
        }
    }

    /// A number above zero, as exact decimal text.
    pub(super) fn positive(&mut self, field: &str, text: &str) -> Decimal {
        let number = self.decimal(field, text);
        if number <= Decimal::ZERO && !self.wrong.iter().any(|violation| violation.field == field) {
            self.wrong(field, Some(text.to_owned()), "a number above 0");
        }
        number
    }

    /// Cells given: zero is a number too.
    pub(super) fn not_negative(&mut self, field: &str, text: &str) -> Decimal {
        let number = self.decimal(field, text);
        if number < Decimal::ZERO {
            self.wrong(field, Some(text.to_owned()), "0 or a number above");
        }
        number
    }

    pub(super) fn decimal(&mut self, field: &str, text: &str) -> Decimal {
        let plain = text.len() <= 32 && text.chars().all(|c| c.is_ascii_digit() || c == '.' || c == '-');
        match text.parse::<Decimal>() {
            Ok(number) if plain => number.normalize(),
            _ => {
                let found = Some(text.chars().take(32).collect());
                self.wrong(field, found, "a plain decimal number such as 60.5, at most 32 characters");
                Decimal::ZERO
            }
        }
    }

    pub(super) fn time(&mut self, field: &str, at: Option<prost_types::Timestamp>) -> Timestamp {
        let read = at.and_then(|at| Timestamp::new(at.seconds, at.nanos).ok());
        read.map(cut).unwrap_or_else(|| {
            self.wrong(field, None, "a moment in UTC");
            Timestamp::UNIX_EPOCH
        })
    }

    /// A civil date.
    pub(super) fn date(&mut self, field: &str, text: &str) -> Date {
        text.parse().unwrap_or_else(|_| {
            let found = Some(text.chars().take(32).collect()).filter(|found: &String| !found.is_empty());
            self.wrong(field, found, "a date, YYYY-MM-DD");
            Date::default()
        })
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
        fields.id("lot", String::new());
        fields.id("trial", "a b".to_owned());
        fields.positive("cells", "-5");
        fields.positive("cells_2", "1e6");
        fields.time("at", None);
        let refused = fields.finish(()).unwrap_err();
        let names: Vec<_> = refused.fields.iter().map(|violation| violation.field.as_str()).collect();
        assert_eq!(names, ["lot", "trial", "cells", "cells_2", "at"]);
    }

    #[test]
    fn decimals_are_exact_and_plain() {
        let mut fields = Fields::default();
        assert_eq!(fields.decimal("value", "60.50").to_string(), "60.5");
        for text in ["", "sixty", "1e6", "NaN", "6,5", "0x10", "1111111111111111111111111111111111111"] {
            let mut fields = Fields::default();
            fields.decimal("value", text);
            assert!(fields.finish(()).is_err(), "{text:?}");
        }
        assert!(fields.finish(()).is_ok());
    }
}

//! One piece of a segment: a field, one of its repetitions, a component or a subcomponent. It is a view of the text that
//! knows its place, so that what is wrong with it can be said exactly.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter};

use crate::{Condition, Place, Problem, Separators, escape};

/// A piece, as it was sent.
#[derive(Clone, Copy, Debug)]
pub struct Part<'m> {
    raw: &'m str,
    separators: Separators,
    place: Place,
}

impl<'m> Part<'m> {
    pub(crate) fn field(raw: &'m str, separators: Separators, place: Place) -> Self {
        Self { raw, separators, place }
    }

    /// Letter by letter, escapes and separators included.
    pub fn raw(&self) -> &'m str {
        self.raw
    }

    /// A word of a table: blanks around it, which some senders print, do not make it another.
    pub fn word(&self) -> &'m str {
        self.raw.trim()
    }

    /// With escapes decoded; lent where there are none.
    pub fn text(&self) -> Cow<'m, str> {
        escape::decode(self.raw, &self.separators)
    }

    /// Where it stands.
    pub fn place(&self) -> Place {
        self.place
    }

    /// Nothing was sent: what was said before stays.
    pub fn is_empty(&self) -> bool {
        self.raw.is_empty()
    }

    /// `""`: what was said before is taken away.
    pub fn is_null(&self) -> bool {
        self.raw == "\"\""
    }

    /// Whether anything is said at all: neither nothing nor null, nor blanks, nor separators alone.
    pub fn is_said(&self) -> bool {
        let Separators { component, repetition, sub, .. } = self.separators;
        let says = |byte: u8| byte != b' ' && byte != component && byte != repetition && byte != sub;
        !self.is_null() && self.raw.bytes().any(says)
    }

    /// Its repetitions: one where there is no sign between.
    pub fn repetitions(&self) -> impl Iterator<Item = Part<'m>> + use<'m> {
        let part = *self;
        let ends = memchr_iter(part.separators.repetition, part.raw.as_bytes()).chain([part.raw.len()]);
        ends.scan(0, |from, end| Some((std::mem::replace(from, end + 1), end))).zip(1..).map(
            move |((from, end), repetition)| {
                let place = Place { repetition, ..part.place.at(part.place.field) };
                Part { raw: &part.raw[from..end], place, ..part }
            },
        )
    }

    /// A component, counted from 1, of the piece's first repetition.
    pub fn component(&self, component: u16) -> Part<'m> {
        let whole = match self.place.repetition {
            0 => nth(self.raw, self.separators.repetition, 1),
            _ => self.raw,
        };
        let raw = nth(whole, self.separators.component, component);
        let place = Place { repetition: self.place.repetition.max(1), component, sub: 0, ..self.place };
        Part { raw, place, ..*self }
    }

    /// A subcomponent, counted from 1, of the piece's first component.
    pub fn sub(&self, sub: u16) -> Part<'m> {
        let whole = if self.place.component == 0 { self.component(1) } else { *self };
        let place = Place { sub, ..whole.place };
        Part { raw: nth(whole.raw, self.separators.sub, sub), place, ..whole }
    }

    /// Something wrong with it.
    pub fn problem(
        &self,
        condition: Condition,
        what: impl Into<String>,
        allowed: &'static str,
    ) -> Box<Problem> {
        Problem::new(self.place, condition, what, allowed)
    }
}

/// The piece between the separators before and after it; nothing where there are fewer.
fn nth(raw: &str, separator: u8, number: u16) -> &str {
    let mut rest = raw;
    for _ in 1..number {
        match memchr(separator, rest.as_bytes()) {
            Some(at) => rest = &rest[at + 1..],
            None => return "",
        }
    }
    &rest[..memchr(separator, rest.as_bytes()).unwrap_or(rest.len())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SegmentId;

    fn field(raw: &str) -> Part<'_> {
        Part::field(raw, Separators::default(), Place::segment(SegmentId::PID, 1).at(3))
    }

    #[test]
    fn pieces_know_their_place() {
        let ids = field("7005728^^^TML&1.2&ISO^MR~AB\\T\\9^^^UHN");
        let repetitions: Vec<_> = ids.repetitions().collect();
        assert_eq!(repetitions.len(), 2);
        assert_eq!(repetitions[1].component(1).text(), "AB&9");
        assert_eq!(repetitions[1].component(4).place().to_string(), "PID[1]-3[2].4");
        assert_eq!(ids.component(4).sub(2).raw(), "1.2");
        assert_eq!(ids.component(4).sub(2).place().to_string(), "PID[1]-3[1].4.2");
        assert_eq!(ids.component(5).raw(), "MR");
        assert_eq!(ids.component(9).raw(), "");
        assert_eq!(ids.sub(1).raw(), "7005728");
        assert_eq!(ids.place().to_string(), "PID[1]-3");
    }

    #[test]
    fn nothing_and_null_are_two_things() {
        assert!(field("").is_empty() && !field("").is_null() && !field("").is_said());
        assert!(field("\"\"").is_null() && !field("\"\"").is_said());
        assert!(!field("^^~^& ").is_said() && field("^a").is_said());
        assert_eq!(field("").repetitions().count(), 1);
    }
}

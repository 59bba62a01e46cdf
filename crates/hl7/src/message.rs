//! A message cut into segments and fields in one pass: places are kept, nothing is copied. Components and escapes are
//! looked at when somebody asks for them.

use std::collections::BTreeMap;

use memchr::memchr3_iter;

use crate::{Condition, Part, Place, Problem, SegmentId, Separators};

/// The most bytes of a message that is cut.
pub const LONGEST: usize = 16 << 20;
/// No message has more fields, so that what is kept of them stays near the size of the message.
const MOST_FIELDS: usize = 1 << 20;

/// A message that begins with MSH and has nothing but segments.
#[derive(Clone, Debug)]
pub struct Message<'t> {
    text: &'t str,
    separators: Separators,
    segments: Vec<Span>,
    /// Where each field ends, those of a segment one after the other.
    ends: Vec<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Span {
    id: SegmentId,
    nth: u32,
    from: u32,
    first: u32,
    past: u32,
}

/// One segment.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'m> {
    text: &'m str,
    from: u32,
    ends: &'m [u32],
    separators: Separators,
    id: SegmentId,
    nth: u32,
}

impl<'t> Message<'t> {
    /// Cuts a message. CR, LF and both together end a segment; blank lines are passed over.
    pub fn cut(text: &'t str) -> Result<Self, Box<Problem>> {
        let header = Place::segment(SegmentId::MSH, 1);
        if text.len() > LONGEST {
            return Err(too_large("the message has more than 16 MiB"));
        }
        let line = text.trim_start().split(['\r', '\n']).next().unwrap_or_default();
        if SegmentId::read(line) != Some(SegmentId::MSH) {
            let what = "the message does not begin with MSH";
            return Err(Problem::new(header, Condition::Sequence, what, NO_BATCH));
        }
        let separators = Separators::read(line)?;
        let mut message =
            Self { text, separators, segments: Vec::with_capacity(32), ends: Vec::with_capacity(512) };
        let mut counts = BTreeMap::new();
        let (mut from, mut first) = (0, 0);
        let cuts = memchr3_iter(separators.field, b'\r', b'\n', text.as_bytes()).chain([text.len()]);
        for at in cuts {
            message.ends.push(short(at));
            if text.as_bytes().get(at) == Some(&separators.field) {
                continue;
            }
            message.close(from, at, &mut first, &mut counts)?;
            from = at + 1;
        }
        Ok(message)
    }

    /// Ends the line that runs from `from` to `at`, whose fields begin at `first`.
    fn close(
        &mut self,
        from: usize,
        at: usize,
        first: &mut usize,
        counts: &mut BTreeMap<SegmentId, u32>,
    ) -> Result<(), Box<Problem>> {
        let line = &self.text[from..at];
        if line.len() < 4 && line.trim().is_empty() {
            self.ends.truncate(*first);
            return Ok(());
        }
        let divided = line.as_bytes().get(3).is_none_or(|sign| *sign == self.separators.field);
        let Some(id) = SegmentId::read(line).filter(|_| divided) else { return self.stray(line, *first) };
        let count = counts.entry(id).or_insert(0);
        *count += 1;
        if id == SegmentId::MSH && *count > 1 {
            let place = Place::segment(id, *count);
            return Err(Problem::new(place, Condition::Sequence, "a second header in one message", NO_BATCH));
        }
        if self.ends.len() > MOST_FIELDS {
            return Err(too_large("the message has more than 1048576 fields"));
        }
        let span =
            Span { id, nth: *count, from: short(from), first: short(*first), past: short(self.ends.len()) };
        self.segments.push(span);
        *first = self.ends.len();
        Ok(())
    }

    /// A line that is no segment: blanks are passed over, anything else is said with the segment before it.
    fn stray(&mut self, line: &str, first: usize) -> Result<(), Box<Problem>> {
        if line.trim().is_empty() {
            self.ends.truncate(first);
            return Ok(());
        }
        let before = self
            .segments
            .last()
            .map_or(Place::segment(SegmentId::MSH, 1), |span| Place::segment(span.id, span.nth));
        let what = "the line after this segment begins with no segment's name";
        Err(Problem::new(before, Condition::Sequence, what, "a line break inside a value is written \\.br\\"))
    }

    /// The text it was cut from.
    pub fn text(&self) -> &'t str {
        self.text
    }

    /// Its separators.
    pub fn separators(&self) -> &Separators {
        &self.separators
    }

    /// All segments, in order.
    pub fn segments(&self) -> impl Iterator<Item = Segment<'_>> {
        self.segments.iter().map(|span| self.segment(span))
    }

    /// The header.
    pub fn header(&self) -> Segment<'_> {
        // `cut` lets no message pass that does not begin with one.
        let empty =
            Segment { text: "", from: 0, ends: &[], separators: self.separators, id: SegmentId::MSH, nth: 1 };
        self.segments().next().unwrap_or(empty)
    }

    fn segment(&self, span: &Span) -> Segment<'_> {
        let ends = self.ends.get(span.first as usize..span.past as usize).unwrap_or_default();
        Segment {
            text: self.text,
            from: span.from,
            ends,
            separators: self.separators,
            id: span.id,
            nth: span.nth,
        }
    }
}

impl<'m> Segment<'m> {
    /// Its name.
    pub fn id(&self) -> SegmentId {
        self.id
    }

    /// Where it stands.
    pub fn place(&self) -> Place {
        Place::segment(self.id, self.nth)
    }

    /// Its text, without what ends it.
    pub fn raw(&self) -> &'m str {
        let end = self.ends.last().map_or(self.from, |end| *end);
        self.text.get(self.from as usize..end as usize).unwrap_or_default()
    }

    /// The number of its fields.
    pub fn fields(&self) -> u16 {
        let divided = self.ends.len().saturating_sub(1);
        u16::try_from(divided + usize::from(self.id == SegmentId::MSH)).unwrap_or(u16::MAX)
    }

    /// A field by HL7's count, from 1; nothing where there are fewer. The header's first is its separator.
    pub fn field(&self, number: u16) -> Part<'m> {
        let place = self.place().at(number);
        let after_name = usize::from(number) - usize::from(self.id == SegmentId::MSH && number > 0);
        let raw = match (self.id, number) {
            (_, 0) => "",
            (SegmentId::MSH, 1) => self.raw().get(3..4).unwrap_or_default(),
            _ => self.between(after_name),
        };
        Part::field(raw, self.separators, place)
    }

    fn between(&self, place: usize) -> &'m str {
        let (Some(before), Some(end)) = (self.ends.get(place - 1), self.ends.get(place)) else { return "" };
        self.text.get(*before as usize + 1..*end as usize).unwrap_or_default()
    }
}

const NO_BATCH: &str = "one frame carries one message, which begins with MSH; batches are not taken";

fn too_large(what: &str) -> Box<Problem> {
    Problem::new(
        Place::segment(SegmentId::MSH, 1),
        Condition::DataType,
        what,
        "send its results in several messages",
    )
}

/// `LONGEST` fits.
fn short(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CBC: &str = "MSH|^~\\&|LAB||HOLDPOINT\rPID|1||ZY1\r\nOBX|1|NM|777-3\n\n  \nOBX|2|ST\r";

    #[test]
    fn fields_are_counted_as_hl7_counts_them() {
        let message = Message::cut(CBC).unwrap();
        let names: Vec<_> = message.segments().map(|segment| segment.id().to_string()).collect();
        assert_eq!(names, ["MSH", "PID", "OBX", "OBX"]);
        let header = message.header();
        let fields: Vec<_> = (0..=6).map(|number| header.field(number).raw()).collect();
        assert_eq!(fields, ["", "|", "^~\\&", "LAB", "", "HOLDPOINT", ""]);
        assert_eq!(header.fields(), 5);
        let last = message.segments().last().unwrap();
        assert_eq!((last.raw(), last.fields()), ("OBX|2|ST", 2));
        assert_eq!(last.field(3).place().to_string(), "OBX[2]-3");
        assert_eq!(message.segments().nth(2).unwrap().field(3).raw(), "777-3");
    }

    #[test]
    fn what_is_no_message_is_refused() {
        for (text, place) in [
            ("", "MSH[1]"),
            ("PID|1", "MSH[1]"),
            ("FHS|^~\\&|", "MSH[1]"),
            ("MSH|^~\\&|A\rMSH|^~\\&|B", "MSH[2]"),
            ("MSH|^~\\&|A\rNTE|1||two\rlines of text\rOBX|1", "NTE[1]"),
            ("MSH|^~\\&|A\rOBX1|", "MSH[1]"),
            ("MSH|^~\\&|A\robx|1|", "MSH[1]"),
            ("MSH|^~\\\rOBX|1|", "MSH[1]-2"),
        ] {
            let refused = Message::cut(text).unwrap_err();
            assert_eq!(refused.place.to_string(), place, "{text:?}: {refused}");
        }
    }

    #[test]
    fn a_header_may_be_its_separators_alone() {
        for end in ["", "\r", "\n", "\r\n"] {
            let text = format!("MSH|^~\\&{end}");
            assert_eq!(Message::cut(&text).unwrap().header().field(2).raw(), "^~\\&");
        }
    }

    #[test]
    fn a_message_of_separators_alone_does_not_grow() {
        let text = format!("MSH|^~\\&|{}", "|".repeat(MOST_FIELDS + 1));
        assert!(Message::cut(&text).unwrap_err().what.contains("fields"));
        let text = format!("MSH|^~\\&|{}", "x".repeat(LONGEST));
        assert!(Message::cut(&text).unwrap_err().what.contains("16 MiB"));
    }
}

//! Reads the fields of a request one by one and gathers all that is wrong with them, not the first thing only. What is
//! refused is told in the room's own entry of its error table; what was found is shown, cut to what helps.

use std::collections::BTreeSet;
use std::str::FromStr;

use holdpoint_api::common::v1::Page;
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::error::{ErrorEntry, FieldViolation, Refused};

/// Longest id that is taken, in characters.
pub const LONGEST_ID: usize = 64;
/// Longest free text that is taken, in characters.
const LONGEST_TEXT: usize = 2_000;
/// Longest number that is taken, in characters.
const LONGEST_NUMBER: usize = 32;
/// Rows of a page where no number is asked, and the most that may be asked.
const USUAL_PAGE: u32 = 100;
const LARGEST_PAGE: u32 = 500;
/// A list has no more ids.
const MOST_IDS: usize = 1_000;

/// What was found wrong so far.
#[derive(Debug)]
pub struct Fields {
    refusal: &'static ErrorEntry,
    wrong: Vec<FieldViolation>,
}

impl Fields {
    /// Nothing was read yet; what turns out wrong is refused as this entry of the room's table.
    pub fn of(refusal: &'static ErrorEntry) -> Self {
        Self { refusal, wrong: vec![] }
    }

    /// Notes what is wrong: where, what was found (where telling it gives away no personal data), what is allowed.
    pub fn wrong(&mut self, field: &str, found: Option<String>, allowed: &str) {
        self.wrong.push(FieldViolation { field: field.to_owned(), found, allowed: allowed.to_owned() });
    }

    /// A name: 1 to 64 characters, none of them blank or control, and no `/`.
    pub fn id<T: From<String>>(&mut self, field: &str, text: String) -> T {
        let fits = !text.is_empty()
            && text.chars().count() <= LONGEST_ID
            && text.chars().all(|c| !c.is_whitespace() && !c.is_control() && c != '/');
        if !fits {
            self.wrong(field, shown(&text), "1 to 64 characters without blanks, control characters and /");
        }
        T::from(text)
    }

    /// A name, or none where the text is empty.
    pub fn optional_id<T: From<String>>(&mut self, field: &str, text: String) -> Option<T> {
        if text.is_empty() { None } else { Some(self.id(field, text)) }
    }

    /// Names, each once.
    pub fn ids<T: From<String> + Ord>(&mut self, field: &str, texts: Vec<String>) -> BTreeSet<T> {
        texts.into_iter().take(MOST_IDS).map(|text| self.id(field, text)).collect()
    }

    /// What judges its own text.
    pub fn parsed<T: FromStr>(&mut self, field: &str, text: &str, allowed: &str) -> Option<T> {
        let read = text.parse().ok();
        if read.is_none() {
            self.wrong(field, shown(text), allowed);
        }
        read
    }

    /// A sentence that must be there.
    pub fn text(&mut self, field: &str, text: String) -> String {
        self.optional_text(field, text).unwrap_or_else(|| {
            self.wrong(field, None, "a text of 1 to 2000 characters");
            String::new()
        })
    }

    /// A sentence, or none where nothing is written.
    pub fn optional_text(&mut self, field: &str, text: String) -> Option<String> {
        let text = text.trim().to_owned();
        if text.chars().count() > LONGEST_TEXT {
            self.wrong(field, None, "at most 2000 characters");
        }
        Some(text).filter(|text| !text.is_empty())
    }

    /// What another system wrote, taken as it is: at most so many characters, none of them NUL, which no database keeps.
    pub fn printed(&mut self, field: &str, text: String, longest: usize) -> String {
        if text.chars().count() > longest || text.contains('\0') {
            self.wrong(field, None, &format!("at most {longest} characters, none of them NUL"));
        }
        text
    }

    /// The same, and it must be there.
    pub fn required(&mut self, field: &str, text: String, longest: usize) -> String {
        if text.trim().is_empty() {
            self.wrong(field, None, &format!("1 to {longest} characters"));
        }
        self.printed(field, text, longest)
    }

    /// An exact number, as plain decimal text.
    pub fn decimal(&mut self, field: &str, text: &str) -> Decimal {
        let plain =
            text.len() <= LONGEST_NUMBER && text.chars().all(|c| c.is_ascii_digit() || c == '.' || c == '-');
        match text.parse::<Decimal>() {
            Ok(number) if plain => number.normalize(),
            _ => {
                let allowed = "a plain decimal number such as 60.5, at most 32 characters";
                self.wrong(field, shown(text), allowed);
                Decimal::ZERO
            }
        }
    }

    /// A number above zero.
    pub fn positive(&mut self, field: &str, text: &str) -> Decimal {
        let number = self.decimal(field, text);
        if number <= Decimal::ZERO && !self.names(field) {
            self.wrong(field, shown(text), "a number above 0");
        }
        number
    }

    /// Zero or a number above.
    pub fn not_negative(&mut self, field: &str, text: &str) -> Decimal {
        let number = self.decimal(field, text);
        if number < Decimal::ZERO {
            self.wrong(field, shown(text), "0 or a number above");
        }
        number
    }

    /// A moment that must be there.
    pub fn time(&mut self, field: &str, at: Option<prost_types::Timestamp>) -> Timestamp {
        moment(at).unwrap_or_else(|| {
            self.wrong(field, None, "a moment in UTC");
            Timestamp::UNIX_EPOCH
        })
    }

    /// A moment that may be left out.
    pub fn optional_time(&mut self, field: &str, at: Option<prost_types::Timestamp>) -> Option<Timestamp> {
        at.map(|at| self.time(field, Some(at)))
    }

    /// A civil date.
    pub fn date(&mut self, field: &str, text: &str) -> Date {
        date(text).unwrap_or_else(|| {
            self.wrong(field, shown(text), "a date such as 2026-03-01");
            Date::ZERO
        })
    }

    /// After which place a listing goes on, and how many it lists at most.
    pub fn page<T: FromStr + Default>(&mut self, page: Option<Page>) -> (T, u32) {
        let Page { after, size } = page.unwrap_or_default();
        let after = if after.is_empty() { Ok(T::default()) } else { after.parse() };
        let after = after.unwrap_or_else(|_| {
            self.wrong("page.after", None, "`next` of the page before, or nothing");
            T::default()
        });
        if size > LARGEST_PAGE {
            self.wrong("page.size", Some(size.to_string()), "1 to 500, or 0 for 100");
        }
        (after, if size == 0 { USUAL_PAGE } else { size })
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.wrong.is_empty()
    }

    /// What was wrong, in one sentence for who reads an answer in a stream; none where nothing is.
    pub fn in_words(&self) -> Option<String> {
        let wrong = self.wrong.iter().map(|wrong| format!("{}: allowed: {}", wrong.field, wrong.allowed));
        Some(wrong.collect::<Vec<_>>().join("; ")).filter(|words| !words.is_empty())
    }

    /// The command, unless something was wrong.
    pub fn finish<T>(self, command: T) -> Result<T, Refused> {
        if self.is_empty() { Ok(command) } else { Err(self.refused()) }
    }

    /// The refusal that names everything found.
    pub fn refused(self) -> Refused {
        let names: Vec<_> = self.wrong.iter().map(|violation| violation.field.as_str()).collect();
        let message = format!("not understood: {}", names.join(", "));
        self.refusal.refuse(message).fields(self.wrong)
    }

    fn names(&self, field: &str) -> bool {
        self.wrong.iter().any(|violation| violation.field == field)
    }
}

/// A moment of the wire, to the microsecond: finer ones would not compare equal after they were stored.
pub fn moment(at: Option<prost_types::Timestamp>) -> Option<Timestamp> {
    let at = at.and_then(|at| Timestamp::new(at.seconds, at.nanos).ok())?;
    Timestamp::from_microsecond(at.as_microsecond()).ok()
}

/// `YYYY-MM-DD` and nothing more.
pub fn date(text: &str) -> Option<Date> {
    (text.len() == "2026-03-01".len()).then(|| text.parse().ok()).flatten()
}

/// What was found, cut to what helps; none where nothing was.
pub fn shown(text: &str) -> Option<String> {
    Some(text.chars().take(LONGEST_ID).collect()).filter(|found: &String| !found.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Reason, Severity};

    const INVALID: ErrorEntry =
        ErrorEntry::new("TST-0001", Reason::InvalidArgument, Severity::Info, "fields", "correct them");

    fn names(fields: Fields) -> Vec<String> {
        let refused = fields.finish(()).unwrap_err();
        assert_eq!(refused.code, "TST-0001");
        refused.fields.into_iter().map(|violation| violation.field).collect()
    }

    #[test]
    fn everything_wrong_is_gathered() {
        let mut fields = Fields::of(&INVALID);
        fields.id::<String>("lot", String::new());
        fields.id::<String>("trial", "a b".to_owned());
        fields.ids::<String>("arms", vec!["msc".to_owned(), "a/b".to_owned()]);
        fields.optional_id::<String>("site", String::new());
        fields.parsed::<u32>("number", "many", "a number");
        fields.text("why", "  ".to_owned());
        fields.time("at", None);
        fields.optional_time("until", None);
        assert_eq!(names(fields), ["lot", "trial", "arms", "number", "why", "at"]);
    }

    #[test]
    fn what_another_system_wrote_is_bounded() {
        let mut fields = Fields::of(&INVALID);
        fields.printed("value", "a\0".to_owned(), 10);
        fields.required("code", " ".to_owned(), 10);
        fields.printed("unit", "x".repeat(11), 10);
        fields.printed("range", "125-350".to_owned(), 10);
        assert_eq!(names(fields), ["value", "code", "unit"]);
    }

    #[test]
    fn numbers_are_exact_and_plain() {
        let mut fields = Fields::of(&INVALID);
        assert_eq!(fields.decimal("value", "60.50").to_string(), "60.5");
        assert_eq!(fields.not_negative("value", "0"), Decimal::ZERO);
        assert!(fields.finish(()).is_ok());
        for text in ["", "sixty", "1e6", "NaN", "6,5", "0x10", "1111111111111111111111111111111111111"] {
            let mut fields = Fields::of(&INVALID);
            fields.positive("value", text);
            assert_eq!(names(fields), ["value"], "{text:?} is told once");
        }
        let mut fields = Fields::of(&INVALID);
        fields.positive("cells", "0");
        fields.not_negative("left", "-1");
        assert_eq!(names(fields), ["cells", "left"]);
    }

    #[test]
    fn a_date_is_a_day_and_a_moment_is_as_fine_as_it_is_stored() {
        for text in ["", "1 March 2026", "2026-03-01T10:00", "2026-13-01"] {
            assert_eq!(date(text), None, "{text:?}");
        }
        assert_eq!(date("2026-03-01"), Some(jiff::civil::date(2026, 3, 1)));
        let fine = prost_types::Timestamp { seconds: 7, nanos: 1_999 };
        assert_eq!(moment(Some(fine)), Timestamp::from_microsecond(7_000_001).ok());
        assert_eq!(moment(Some(prost_types::Timestamp { seconds: i64::MAX, nanos: 0 })), None);
    }

    #[test]
    fn a_page_goes_on_where_the_last_one_ended() {
        let page = |after: &str, size| Some(Page { after: after.to_owned(), size });
        let mut fields = Fields::of(&INVALID);
        assert_eq!(fields.page::<u64>(None), (0, 100));
        assert_eq!(fields.page::<u64>(page("7", 500)), (7, 500));
        assert!(fields.is_empty());
        fields.page::<u64>(page("seven", 501));
        assert_eq!(names(fields), ["page.after", "page.size"]);
    }

    #[test]
    fn a_stream_is_told_in_words() {
        let mut fields = Fields::of(&INVALID);
        assert_eq!(fields.in_words(), None);
        fields.wrong("unit", None, "a unit");
        assert_eq!(fields.in_words().unwrap(), "unit: allowed: a unit");
    }
}

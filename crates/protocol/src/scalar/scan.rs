//! Reads text from left to right: the few steps from which all scalars are made.
//! Every step either reads and moves on, or leaves the text as it was.

use rust_decimal::Decimal;

/// What is left of a text.
#[derive(Clone, Debug)]
pub(crate) struct Scan<'a> {
    rest: &'a str,
}

impl<'a> Scan<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { rest: text }
    }

    /// Whether nothing is left.
    pub(crate) fn done(&self) -> bool {
        self.rest.is_empty()
    }

    /// Reads exactly `text`, if it stands here.
    pub(crate) fn eat(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Reads exactly `text`, or gives up.
    pub(crate) fn expect(&mut self, text: &str) -> Option<()> {
        self.eat(text).then_some(())
    }

    /// Tries one way of reading; when it fails the text is as it was.
    pub(crate) fn attempt<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let mut ahead = self.clone();
        let value = read(&mut ahead)?;
        *self = ahead;
        Some(value)
    }

    /// The longest run of characters that fit; at least one.
    pub(crate) fn take(&mut self, fits: impl Fn(char) -> bool) -> Option<&'a str> {
        let end = self.rest.find(|c| !fits(c)).unwrap_or(self.rest.len());
        if end == 0 {
            return None;
        }
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(taken)
    }

    /// Reads all that is left; at least one character.
    pub(crate) fn remainder(&mut self) -> Option<&'a str> {
        self.take(|_| true)
    }

    /// A whole number that fits 32 bits.
    pub(crate) fn count(&mut self) -> Option<u32> {
        self.attempt(|s| s.take(|c| c.is_ascii_digit())?.parse().ok())
    }

    /// Digits, perhaps a point and digits: `28`, `4.5`.
    pub(crate) fn decimal(&mut self) -> Option<Decimal> {
        self.attempt(|s| {
            let start = s.rest;
            s.take(|c| c.is_ascii_digit())?;
            s.attempt(|s| {
                s.expect(".")?;
                s.take(|c| c.is_ascii_digit())
            });
            start[..start.len() - s.rest.len()].parse().ok()
        })
    }
}

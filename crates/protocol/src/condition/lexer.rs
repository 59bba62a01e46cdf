//! Cuts a condition into words, numbers and signs.

/// A piece of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Sign,
    Number,
    Word,
}

const SIGNS: [&str; 12] = [">=", "<=", "!=", "..", "(", ")", "[", "]", ",", "=", "<", ">"];

/// All pieces, in order. Every text has some reading here; the parser judges it.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut rest = text.trim_start();
    let mut tokens = Vec::new();
    while !rest.is_empty() {
        let (length, kind) = next(rest);
        let (piece, after) = rest.split_at(length);
        tokens.push(Token { text: piece, kind });
        rest = after.trim_start();
    }
    tokens
}

fn next(rest: &str) -> (usize, Kind) {
    if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
        return (sign.len(), Kind::Sign);
    }
    let digits = number(rest);
    if digits > 0 { (digits, Kind::Number) } else { (word(rest), Kind::Word) }
}

fn number(rest: &str) -> usize {
    let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let whole = digits(rest);
    if whole == 0 {
        return 0;
    }
    let fraction = rest.get(whole..).and_then(|after| after.strip_prefix('.')).map_or(0, digits);
    if fraction > 0 { whole + 1 + fraction } else { whole }
}

/// A word ends at a blank or a sign; a unit such as `mm[Hg]` keeps its bracket.
fn word(rest: &str) -> usize {
    let plain =
        |text: &str| text.find(|c: char| c.is_whitespace() || "()[],=<>".contains(c)).unwrap_or(text.len());
    let end = plain(rest).max(rest.chars().next().map_or(1, char::len_utf8));
    let (head, after) = rest.split_at(end);
    let annotation = after.strip_prefix('[').filter(|_| head != "in").and_then(|inside| {
        let close = inside.find(|c: char| !c.is_ascii_alphanumeric())?;
        (close > 0 && inside.get(close..)?.starts_with(']')).then_some(close + 2)
    });
    end + annotation.unwrap_or(0)
}

//! Splits Rust text into code and comments, keeping every line where it was, so that a word in a string or a comment
//! is never taken for code. Text of strings is blanked in both.

/// The same text twice, line for line: once with code only, once with comments only.
#[derive(Debug, Clone, Default)]
pub struct Parts {
    /// Code; comments and the insides of strings are blanks.
    pub code: String,
    /// Comments; everything else is blanks.
    pub comments: String,
}

#[derive(Clone, Copy)]
enum State {
    Code,
    Line,
    Block(u32),
    Text,
    Raw(usize),
    /// So many characters of a character literal are left: a brace in one opens nothing.
    Char(usize),
}

/// Splits one file.
pub fn split(text: &str) -> Parts {
    let chars: Vec<char> = text.chars().collect();
    let mut parts = Parts::default();
    let mut state = State::Code;
    let mut at = 0;
    while at < chars.len() {
        let (next, taken) = step(state, &chars, at);
        for c in &chars[at..at + taken] {
            emit(&mut parts, state, next, *c);
        }
        at += taken;
        state = next;
    }
    parts
}

fn emit(parts: &mut Parts, before: State, after: State, c: char) {
    let blank = if c == '\n' { '\n' } else { ' ' };
    let comment = [before, after].iter().any(|s| matches!(s, State::Line | State::Block(_)));
    let string = matches!(before, State::Text | State::Raw(_) | State::Char(_));
    parts.code.push(if comment || string { blank } else { c });
    parts.comments.push(if comment { c } else { blank });
}

/// The state after the characters that belong together at `at`, and how many they are.
fn step(state: State, chars: &[char], at: usize) -> (State, usize) {
    let c = chars[at];
    let next = chars.get(at + 1).copied().unwrap_or(' ');
    match state {
        State::Line => (if c == '\n' { State::Code } else { State::Line }, 1),
        State::Block(depth) => match (c, next) {
            ('/', '*') => (State::Block(depth + 1), 2),
            ('*', '/') if depth == 1 => (State::Code, 2),
            ('*', '/') => (State::Block(depth - 1), 2),
            _ => (state, 1),
        },
        State::Text => match c {
            '\\' => (State::Text, 2.min(chars.len() - at)),
            '"' => (State::Code, 1),
            _ => (State::Text, 1),
        },
        State::Raw(hashes) => {
            let closes = c == '"' && (1..=hashes).all(|n| chars.get(at + n) == Some(&'#'));
            if closes { (State::Code, 1 + hashes) } else { (state, 1) }
        }
        State::Char(left) => (if left > 1 { State::Char(left - 1) } else { State::Code }, 1),
        State::Code => from_code(chars, at, c, next),
    }
}

fn from_code(chars: &[char], at: usize, c: char, next: char) -> (State, usize) {
    let inside_word = at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_');
    match (c, next) {
        ('/', '/') => (State::Line, 2),
        ('/', '*') => (State::Block(1), 2),
        ('"', _) => (State::Text, 1),
        ('r', '"' | '#') if !inside_word || chars[at - 1] == 'b' => raw(chars, at),
        ('\'', _) => match char_literal(chars, at) {
            1 => (State::Code, 1),
            length => (State::Char(length - 1), 1),
        },
        _ => (State::Code, 1),
    }
}

/// `r"`, `r#"` and so on open a raw string; `r#name` is a word.
fn raw(chars: &[char], at: usize) -> (State, usize) {
    let hashes = chars[at + 1..].iter().take_while(|c| **c == '#').count();
    match chars.get(at + 1 + hashes) {
        Some('"') => (State::Raw(hashes), hashes + 2),
        _ => (State::Code, 1),
    }
}

/// Length of a character literal, or 1 for the quote of a lifetime.
fn char_literal(chars: &[char], at: usize) -> usize {
    match (chars.get(at + 1), chars.get(at + 2)) {
        (Some('\\'), _) => {
            let end = chars[at + 2..].iter().skip(1).position(|c| *c == '\'');
            end.map_or(1, |n| n + 4)
        }
        (Some(_), Some('\'')) => 3,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_comments_are_no_code() {
        let parts = split(
            "let a = \"// tokio\"; // std::fs\nlet b = '{'; let c: &'static str = r#\"}\"#;\n/* { */ fn f() {}\n",
        );
        assert!(!parts.code.contains("tokio") && !parts.code.contains("std::fs"));
        assert!(parts.comments.contains("std::fs") && !parts.comments.contains("tokio"));
        assert_eq!(parts.code.matches('{').count(), 1);
        assert_eq!(parts.code.matches('}').count(), 1);
        assert!(parts.code.contains("&'static str"));
        assert_eq!(parts.code.lines().count(), 3);
    }

    #[test]
    fn escaped_quotes_do_not_end_a_text() {
        let parts = split(r#"let q = '\''; let s = "a \" fn {"; fn g() {}"#);
        assert_eq!(parts.code.matches("fn").count(), 1);
        let parts = split("let u = '\\u{1F600}'; fn h() { }");
        assert!(parts.code.contains("fn h"));
    }
}

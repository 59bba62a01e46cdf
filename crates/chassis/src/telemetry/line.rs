//! Keeps one event one line: whatever was logged, no control or text-direction character leaves as itself, and no
//! line is without end (reliability.md A7, CVE-2025-58160).

use std::io::{self, Write};

use tracing_subscriber::fmt::MakeWriter;

/// A longer line is cut to this many bytes.
const LONGEST: usize = 16 * 1024;

/// Wraps a writer that is given one whole event a call, as tracing-subscriber does.
pub(super) struct OneLine<M>(pub(super) M);

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for OneLine<M> {
    type Writer = LineWriter<M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        LineWriter(self.0.make_writer())
    }
}

pub(super) struct LineWriter<W>(W);

impl<W: Write> Write for LineWriter<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let mut line = escaped(text.strip_suffix('\n').unwrap_or(&text));
        if line.len() > LONGEST {
            line = cut(&line);
        }
        line.push('\n');
        self.0.write_all(line.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The escapes are JSON's, so that a JSON line stays JSON.
fn escaped(text: &str) -> String {
    let mut line = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        if c.is_control()
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        {
            line.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            line.push(c);
        }
    }
    line
}

/// The beginning of a line that is too long, as JSON of its own where the line was JSON.
fn cut(line: &str) -> String {
    let start = &line[..line.floor_char_boundary(LONGEST / 2)];
    if line.starts_with('{') {
        return serde_json::json!({ "cut_from_bytes": line.len(), "start": start }).to_string();
    }
    format!("{start} ... (cut from {} bytes)", line.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(event: &str) -> String {
        let mut bytes = Vec::new();
        LineWriter(&mut bytes).write_all(event.as_bytes()).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn an_event_is_one_line_of_plain_characters() {
        assert_eq!(
            written("a\r\nb\u{1b}[2J\u{202e}c\u{2028}d é 血\n"),
            "a\\u000d\\u000ab\\u001b[2J\\u202ec\\u2028d é 血\n"
        );
    }

    #[test]
    fn a_line_ends() {
        let json = written(&format!("{{\"message\":\"{}\"}}\n", "é\\n".repeat(1 << 18)));
        assert!(json.len() < 2 * LONGEST && json.matches('\n').count() == 1);
        serde_json::from_str::<serde_json::Value>(&json).unwrap();
        assert!(written(&"x".repeat(1 << 20)).len() < LONGEST);
    }
}

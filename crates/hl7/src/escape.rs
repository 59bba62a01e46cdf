//! What stands in text for a separator (HL7 2.5.1, chapter 2.7). Decoded when it is asked for; without an escape the text
//! is lent, not copied. What is not understood is kept letter by letter.

use std::borrow::Cow;

use memchr::memchr;

use crate::Separators;

/// Text with its escapes decoded.
pub(crate) fn decode<'a>(raw: &'a str, separators: &Separators) -> Cow<'a, str> {
    let Some(first) = memchr(separators.escape, raw.as_bytes()) else { return Cow::Borrowed(raw) };
    let mut text = String::with_capacity(raw.len());
    text.push_str(&raw[..first]);
    let mut rest = &raw[first..];
    // `rest` begins with an escape sign, or is used up.
    while let Some(inside) = rest.get(1..) {
        let Some(end) = memchr(separators.escape, inside.as_bytes()) else { break };
        let (word, after) = (&inside[..end], &inside[end + 1..]);
        if put(&mut text, word, separators) {
            rest = after;
        } else {
            // The closing sign may open the next one: `a\b\F\` is `a\b` and a separator.
            text.push_str(&rest[..=end]);
            rest = &inside[end..];
            continue;
        }
        let plain = memchr(separators.escape, rest.as_bytes()).unwrap_or(rest.len());
        text.push_str(&rest[..plain]);
        rest = &rest[plain..];
        if rest.is_empty() {
            break;
        }
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// Writes what an escape stands for; false where it stands for nothing that is known.
fn put(text: &mut String, word: &str, separators: &Separators) -> bool {
    let sign = match word {
        "F" => separators.field,
        "S" => separators.component,
        "T" => separators.sub,
        "R" => separators.repetition,
        "E" => separators.escape,
        ".br" => b'\n',
        // Highlighting on and off: of the page, not of the text.
        "H" | "N" => return true,
        _ => return word.strip_prefix('X').and_then(hexadecimal).map(|data| text.push_str(&data)).is_some(),
    };
    text.push(char::from(sign));
    true
}

/// Bytes written as hexadecimal digits, where they are text.
fn hexadecimal(digits: &str) -> Option<String> {
    let pairs = digits.as_bytes().chunks(2);
    let byte = |pair: &[u8]| {
        let [high, low] = pair else { return None };
        let digit = |byte: u8| char::from(byte).to_digit(16);
        u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()
    };
    let bytes: Option<Vec<u8>> = pairs.map(byte).collect();
    let bytes = bytes.filter(|bytes| !bytes.is_empty() && !bytes.contains(&0))?;
    String::from_utf8(bytes).ok()
}

/// Text fit to stand in a field: separators escaped, line breaks as HL7 writes them, other control characters left out.
pub(crate) fn encode<'a>(text: &'a str, separators: &Separators) -> Cow<'a, str> {
    if text.bytes().all(|byte| word_of(byte, separators).is_none() && !byte.is_ascii_control()) {
        return Cow::Borrowed(text);
    }
    let escape = char::from(separators.escape);
    let mut raw = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        let word = u8::try_from(letter).ok().filter(u8::is_ascii).and_then(|byte| word_of(byte, separators));
        match word {
            Some(word) => {
                raw.push(escape);
                raw.push_str(word);
                raw.push(escape);
            }
            None if letter.is_ascii_control() => {}
            None => raw.push(letter),
        }
    }
    Cow::Owned(raw)
}

fn word_of(byte: u8, separators: &Separators) -> Option<&'static str> {
    match byte {
        b'\n' => Some(".br"),
        _ if byte == separators.field => Some("F"),
        _ if byte == separators.component => Some("S"),
        _ if byte == separators.sub => Some("T"),
        _ if byte == separators.repetition => Some("R"),
        _ if byte == separators.escape => Some("E"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decoded(raw: &str) -> String {
        decode(raw, &Separators::default()).into_owned()
    }

    #[test]
    fn escapes_stand_for_what_they_name() {
        for (raw, expected) in [
            ("plain", "plain"),
            ("\\F\\\\S\\\\T\\\\R\\\\E\\", "|^&~\\"),
            ("a\\F\\b\\F\\c", "a|b|c"),
            ("pH \\H\\7.28\\N\\ *", "pH 7.28 *"),
            ("one\\.br\\two\\.br\\\\.br\\three", "one\ntwo\n\nthree"),
            ("\\X4142\\\\X0D0A\\", "AB\r\n"),
            ("\\XE9809A\\", "通"),
        ] {
            assert_eq!(decoded(raw), expected, "{raw:?}");
        }
        assert!(matches!(decode("plain", &Separators::default()), Cow::Borrowed(_)));
    }

    #[test]
    fn what_is_not_understood_is_kept() {
        for raw in [
            "\\",
            "\\\\",
            "a\\",
            "C:\\dir",
            "\\Q\\",
            "\\X4\\",
            "\\X\\",
            "\\XZZ\\",
            "\\XFF\\",
            "\\X00\\",
            "\\C1234\\",
            "\\.sp9999999\\",
            "\\é\\",
        ] {
            assert_eq!(decoded(raw), raw, "{raw:?}");
        }
        assert_eq!(decoded("C:\\dir\\F\\x"), "C:\\dir|x");
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(text in "[a-z|^~\\\\&é通\n]{0,40}") {
            prop_assert_eq!(decoded(&encode(&text, &Separators::default())), text);
        }

        #[test]
        fn no_text_panics_or_grows(raw in "[\\\\XFE.br0-9a|]{0,60}") {
            prop_assert!(decoded(&raw).len() <= raw.len());
        }
    }
}

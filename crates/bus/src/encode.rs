//! Decides how names and values travel: a subject token may hold no dot, blank or wildcard, and a header only visible
//! ASCII. Everything else is percent-encoded, as the CloudEvents NATS binding says for headers.

/// A chain's name as one token of a subject.
pub(crate) fn token(text: &str) -> String {
    percent(text, |byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// A header's value.
pub(crate) fn header(text: &str) -> String {
    percent(text, |byte| byte.is_ascii_graphic() && byte != b'%' && byte != b'"')
}

fn percent(text: &str, plain: impl Fn(u8) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if plain(byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Reads either back. What is no valid encoding stays as it is: the row's hash decides whether it is right.
pub(crate) fn decode(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let hex = tail.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        match hex.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(decoded) if byte == b'%' => {
                out.push(decoded);
                rest = &tail[2..];
            }
            _ => {
                out.push(byte);
                rest = tail;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_name_comes_back_from_one_clean_token(name in ".*") {
            let token = token(&name);
            prop_assert!(!token.contains(['.', '*', '>', ' ']));
            prop_assert_eq!(decode(&token), name);
        }

        #[test]
        fn every_value_comes_back_from_visible_ascii(value in ".*") {
            let header = header(&value);
            prop_assert!(header.bytes().all(|byte| byte.is_ascii_graphic()));
            prop_assert_eq!(decode(&header), value);
        }
    }
}

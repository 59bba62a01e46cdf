//! From bytes to text, before anything is cut: in GB18030 the second byte of a letter may be `|`, `^`, `~` or `\`. The
//! header says the charset (MSH-18, table 0211); where it says none, UTF-8 if the bytes are that, else GB18030.

use std::borrow::Cow;

use encoding_rs::Encoding;
use memchr::memchr2;

use crate::{Condition, Place, Problem, SegmentId, Separators};

/// The text of a message, and how it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded<'b> {
    /// The text: the bytes themselves where they are UTF-8.
    pub text: Cow<'b, str>,
    /// The charset it was read as, by its name on the web: `gb18030`.
    pub charset: &'static str,
    /// Whether the sender said so.
    pub declared: bool,
}

const ALLOWED: &str = "allowed: ASCII, UNICODE UTF-8 (also UNICODE, UTF-8), GB 18030-2000 (also GB18030, GBK, GB2312), \
                       BIG-5, KS X 1001, 8859/1 to 8859/9, 8859/15, or nothing";

/// The names of table 0211, and those that senders use beside them, without blanks, in capitals.
fn encoding(name: &str) -> Option<&'static Encoding> {
    let plain: String = name
        .chars()
        .filter(|letter| !" -_".contains(*letter))
        .map(|letter| letter.to_ascii_uppercase())
        .collect();
    Some(match plain.as_str() {
        // What is ASCII is UTF-8, and what says ASCII and is not is refused with the bytes it is not.
        "ASCII" | "UNICODE" | "UNICODEUTF8" | "UTF8" => encoding_rs::UTF_8,
        "GB180302000" | "GB18030" | "GBK" | "GB2312" => encoding_rs::GB18030,
        "BIG5" => encoding_rs::BIG5,
        "KSX1001" => encoding_rs::EUC_KR,
        "8859/1" | "ISO88591" => encoding_rs::WINDOWS_1252,
        "8859/2" => encoding_rs::ISO_8859_2,
        "8859/3" => encoding_rs::ISO_8859_3,
        "8859/4" => encoding_rs::ISO_8859_4,
        "8859/5" => encoding_rs::ISO_8859_5,
        "8859/6" => encoding_rs::ISO_8859_6,
        "8859/7" => encoding_rs::ISO_8859_7,
        "8859/8" => encoding_rs::ISO_8859_8,
        "8859/9" => encoding_rs::WINDOWS_1254,
        "8859/15" => encoding_rs::ISO_8859_15,
        _ => return None,
    })
}

/// Reads the bytes of one message. A byte order mark before UTF-8 is passed over.
pub fn decode(bytes: &[u8]) -> Result<Decoded<'_>, Box<Problem>> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let wrong = |what: String| {
        let place = Place::segment(SegmentId::MSH, 1).at(18);
        Problem::new(place, Condition::DataType, what, ALLOWED)
    };
    if bytes.get(..64.min(bytes.len())).is_some_and(|start| start.contains(&0)) {
        return Err(wrong("the message has zero bytes, as UTF-16 and UTF-32 do".to_owned()));
    }
    let name = declared(bytes);
    // A charset that switches by escape sequences is ASCII to the eye: only a known one may carry them.
    let plain = bytes.is_ascii() && !bytes.contains(&0x1B);
    match (name.as_str(), encoding(&name)) {
        ("", _) => {
            read(bytes, encoding_rs::UTF_8).or_else(|| read(bytes, encoding_rs::GB18030)).ok_or_else(|| {
                wrong("no charset is named, and the bytes are neither UTF-8 nor GB18030".to_owned())
            })
        }
        (_, Some(encoding)) => read(bytes, encoding)
            .map(|decoded| Decoded { declared: true, ..decoded })
            .ok_or_else(|| wrong(format!("the bytes are not in the charset named, {}", encoding.name()))),
        (_, None) if plain => {
            read(bytes, encoding_rs::UTF_8).ok_or_else(|| wrong("the bytes are no ASCII".to_owned()))
        }
        (name, None) => Err(wrong(crate::error::shown(name))),
    }
}

fn read<'b>(bytes: &'b [u8], encoding: &'static Encoding) -> Option<Decoded<'b>> {
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
    Some(Decoded { text, charset: encoding.name(), declared: false })
}

/// The first line, where the header stands, of bytes that may be no message: as UTF-8, else as GB18030, so that half a
/// letter is not taken for a separator. Bytes that are neither are marked.
pub fn first_line(bytes: &[u8]) -> Cow<'_, str> {
    let line = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    let line = &line[..memchr2(b'\r', b'\n', line).unwrap_or(line.len())];
    std::str::from_utf8(line)
        .map_or_else(|_| encoding_rs::GB18030.decode_without_bom_handling(line).0, Cow::Borrowed)
}

/// The first line as a header that can be cut, for an answer to what could not be read: where its separators are wrong
/// and the sign between its fields is not, they are taken to be the usual ones, so that the message's id is repeated.
pub fn header_line(bytes: &[u8]) -> String {
    let line = first_line(bytes);
    let Some(sign) = line.get(3..4).filter(|_| Separators::read(&line).is_err()) else {
        return line.into_owned();
    };
    let usual = ["^", "~", "\\", "&"];
    let fields = line.splitn(3, sign).nth(2).filter(|_| line.starts_with("MSH") && !usual.contains(&sign));
    fields.map_or_else(|| line.to_string(), |fields| format!("MSH{sign}{}{sign}{fields}", usual.concat()))
}

/// What the header says in MSH-18, its first repetition; nothing where there is no header.
fn declared(bytes: &[u8]) -> String {
    let line = first_line(bytes);
    let Ok(separators) = Separators::read(&line) else { return String::new() };
    // MSH-1 is the first separator itself: MSH-18 is the eighteenth piece counted from the name.
    let field = line.split(char::from(separators.field)).nth(17).unwrap_or_default();
    let ends = [separators.repetition, separators.component].map(char::from);
    field.split(ends).next().unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "MSH|^~\\&|检验科||||20240101||ORU^R01|1|P|2.5.1||||||CHARSET\rPID|||1||張\u{7a46}^三\rOBX|1|ST|||通用";

    fn bytes(charset: &str, encoding: &'static Encoding) -> Vec<u8> {
        encoding.encode(&TEXT.replace("CHARSET", charset)).0.into_owned()
    }

    #[test]
    fn the_charset_is_the_headers_or_is_found_out() {
        for (named, encoding, declared) in [
            ("", encoding_rs::UTF_8, false),
            ("", encoding_rs::GB18030, false),
            ("UNICODE UTF-8", encoding_rs::UTF_8, true),
            ("UNICODE", encoding_rs::UTF_8, true),
            ("GB 18030-2000", encoding_rs::GB18030, true),
            ("gb18030~ASCII", encoding_rs::GB18030, true),
            ("GBK^x", encoding_rs::GB18030, true),
        ] {
            let bytes = bytes(named, encoding);
            let decoded = decode(&bytes).unwrap();
            assert_eq!(decoded.text, TEXT.replace("CHARSET", named), "{named}");
            assert_eq!((decoded.charset, decoded.declared), (encoding.name(), declared), "{named}");
        }
        let latin = b"MSH|^~\\&||||||||||||||||8859/1\rOBX|1|ST|||\xB5g";
        assert!(decode(latin).unwrap().text.ends_with("µg"));
        assert!(decode(TEXT.as_bytes()).is_err(), "CHARSET is no charset");
    }

    /// The letters of GB18030 whose second byte is each of the separators.
    #[test]
    fn half_a_letter_is_no_separator() {
        for sign in [b'|', b'^', b'~', b'\\', b'&'] {
            let mut bytes = b"MSH|^~\\&|\x81".to_vec();
            bytes.extend([
                sign.max(0x40),
                b'|',
                b'A',
                b'\r',
                b'O',
                b'B',
                b'X',
                b'|',
                0x81,
                sign.max(0x40),
                b'|',
                b'2',
            ]);
            let decoded = decode(&bytes).unwrap();
            let message = crate::Message::cut(&decoded.text).unwrap();
            assert_eq!(message.header().field(4).raw(), "A", "{}", char::from(sign));
            assert_eq!(message.segments().nth(1).unwrap().field(2).raw(), "2");
        }
    }

    #[test]
    fn a_header_with_wrong_signs_still_has_its_id() {
        for (bytes, id) in [
            (&b"MSH|~\\&|A||||||ORU^R01|77|P|2.4\rPID"[..], "77"),
            (b"MSH|^~\\&|A||||||ORU^R01|78|P|2.4", "78"),
            (b"MSH#*!%@#A######ORU*R01#79#P#2.4", "79"),
        ] {
            let line = header_line(bytes);
            assert_eq!(crate::Message::cut(&line).unwrap().header().field(10).raw(), id);
        }
        for bytes in [&b""[..], b"MSH", b"PID|~|", b"MSH^~^x", b"MSH|"] {
            assert!(crate::Message::cut(&header_line(bytes)).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn bytes_that_are_not_what_they_say_are_refused() {
        for (named, encoding) in [
            ("ASCII", encoding_rs::GB18030),
            ("UNICODE UTF-8", encoding_rs::GB18030),
            ("ISO IR87", encoding_rs::UTF_8),
        ] {
            let refused = decode(&bytes(named, encoding)).unwrap_err().to_string();
            assert!(refused.starts_with("MSH[1]-18: "), "{refused}");
        }
        let wide: Vec<u8> = "MSH|^~\\&|A".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(decode(&wide).unwrap_err().what.contains("UTF-16"));
        assert!(decode(b"MSH|^~\\&|\xFF\xFF").is_err());
        assert!(decode(b"MSH|^~\\&||||||||||||||||ISO IR87\rOBX|\x1B$B").is_err(), "ASCII to the eye");
        assert_eq!(decode(b"MSH|^~\\&||||||||||||||||CAN\rOBX|1").unwrap().charset, "UTF-8");
        assert_eq!(decode(b"").unwrap().text, "");
    }
}

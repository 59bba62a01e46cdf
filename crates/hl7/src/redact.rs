//! A message without the person: what may be stored beside the results. Numbers, names, birth, addresses and next of kin
//! become tokens; of what sites add themselves (Z segments) nothing is kept but its shape.

use crate::{Message, Part, Segment, SegmentId, ValueType, escape};

/// What a token stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hidden {
    /// A number of the patient: the same number is to get the same token.
    Number,
    /// Anything else of a person: name, birth, address, kin.
    Person,
    /// What a site added.
    Local,
}

/// What becomes of a segment's fields.
enum Rule {
    Keep,
    /// All but these.
    HideBut(&'static [u16], Hidden),
    /// These alone.
    Hide(&'static [u16], Hidden),
}

/// PID: set id and sex stay; NK1: set id and relationship.
fn rule(segment: &Segment<'_>) -> Rule {
    match segment.id().as_str() {
        "PID" => Rule::HideBut(&[1, 8], Hidden::Person),
        "NK1" => Rule::HideBut(&[1, 3], Hidden::Person),
        "MRG" | "PD1" | "GT1" | "IN1" | "IN2" | "IN3" => Rule::HideBut(&[], Hidden::Person),
        "PV1" => Rule::Hide(&[5, 19, 50], Hidden::Number),
        "OBX" if ValueType::read(segment.field(2).component(1).word()) == Some(ValueType::Other) => {
            Rule::Hide(&[5], Hidden::Person)
        }
        _ if segment.id().is_local() => Rule::HideBut(&[], Hidden::Local),
        _ => Rule::Keep,
    }
}

/// Writes the message with tokens in place of what is of a person. `token` is given what is hidden, letter by letter;
/// nothing and null stay what they are. Segments end with CR.
pub fn redact(message: &Message<'_>, mut token: impl FnMut(Hidden, &str) -> String) -> String {
    let mut text = String::with_capacity(message.text().len());
    for segment in message.segments() {
        let (hides, what): (Box<dyn Fn(u16) -> bool>, _) = match rule(&segment) {
            Rule::Keep => {
                text.push_str(segment.raw());
                text.push('\r');
                continue;
            }
            Rule::HideBut(kept, what) => (Box::new(move |field| !kept.contains(&field)), what),
            Rule::Hide(hidden, what) => (Box::new(move |field| hidden.contains(&field)), what),
        };
        text.push_str(segment.id().as_str());
        for number in 1..=segment.fields() {
            text.push(char::from(message.separators().field));
            let field = segment.field(number);
            if hides(number) && field.is_said() {
                hide(&mut text, message, &segment, &field, what, &mut token);
            } else {
                text.push_str(field.raw());
            }
        }
        text.push('\r');
    }
    text
}

/// Of the lists of numbers, whose number and of what kind it is stays; of anything else, nothing.
fn hide(
    text: &mut String,
    message: &Message<'_>,
    segment: &Segment<'_>,
    field: &Part<'_>,
    what: Hidden,
    token: &mut impl FnMut(Hidden, &str) -> String,
) {
    let separators = message.separators();
    let mut put = |text: &mut String, what, hidden: &str| {
        text.push_str(&escape::encode(&token(what, hidden), separators));
    };
    let list = matches!((segment.id(), field.place().field), (SegmentId::PID, 3) | (SegmentId::MRG, 1));
    if !list {
        return put(text, what, field.raw());
    }
    for (place, one) in field.repetitions().enumerate() {
        if place > 0 {
            text.push(char::from(separators.repetition));
        }
        if one.component(1).is_said() {
            put(text, Hidden::Number, one.component(1).raw());
        }
        let kept = [4, 5].map(|component| one.component(component).raw());
        if kept.iter().any(|part| !part.is_empty()) {
            let sign = char::from(separators.component);
            text.extend([sign, sign, sign]);
            text.push_str(&kept.join(&sign.to_string()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn redacted(text: &str) -> String {
        redact(&Message::cut(text).unwrap(), |what, hidden| match what {
            Hidden::Number => format!("N{}", hidden.len()),
            Hidden::Person => "*".to_owned(),
            Hidden::Local => "z|".to_owned(),
        })
    }

    #[test]
    fn the_person_is_gone_and_the_findings_stay() {
        let text = "MSH|^~\\&|LIS||||20240101||ORU^R01|1|P|2.5.1\r\nPID|1|77|ZY0012345^7^M10^XQ^MR~510212^^^^SS||张三^San||19800102|F|||Road 1||139\r\n\
                    NK1|1|李四|SPO|Road 1\nPV1|1|I|W3||||||||||||||||V778|\nZPI|||ZY0012345||张三\nOBR|1||F1\nOBX|1|XPN|n||张三||||||F\nOBX|2|NM|777-3||12|10*9/L||||F";
        assert_eq!(
            redacted(text),
            "MSH|^~\\&|LIS||||20240101||ORU^R01|1|P|2.5.1\rPID|1|*|N9^^^XQ^MR~N6^^^^SS||*||*|F|||*||*\r\
             NK1|1|*|SPO|*\rPV1|1|I|W3||||||||||||||||N4|\rZPI|||z\\F\\||z\\F\\\rOBR|1||F1\rOBX|1|XPN|n||*||||||F\r\
             OBX|2|NM|777-3||12|10*9/L||||F\r"
        );
        assert_eq!(redacted("MSH|^~\\&|A\rPID|1|\"\"|~^^^XQ^MR"), "MSH|^~\\&|A\rPID|1|\"\"|~^^^XQ^MR\r");
    }

    proptest! {
        #[test]
        fn nothing_of_the_person_is_left(fields in proptest::collection::vec("[^a]{0,6}", 1..40), id in "PID|NK1|MRG|PD1|ZZZ|Z01|GT1|IN1") {
            let fields: Vec<String> = fields.iter().map(|field| field.replace(['|', '\r', '\n', '^', '~'], "") + "a").collect();
            let kept: &[usize] = match id.as_str() { "PID" => &[0, 7], "NK1" => &[0, 2], _ => &[] };
            let text = format!("MSH|^~\\&|LIS\r{id}|{}\r", fields.join("|"));
            let cut = redacted(&text);
            let message = Message::cut(&cut).unwrap();
            let segment = message.segments().nth(1).unwrap();
            prop_assert_eq!(usize::from(segment.fields()), fields.len());
            for (place, number) in (1..=segment.fields()).enumerate() {
                prop_assert_eq!(segment.field(number).raw().contains('a'), kept.contains(&place));
            }
        }
    }
}

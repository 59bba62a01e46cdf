//! The characters that divide a message, as its own header names them (MSH-1, MSH-2).

use crate::{Condition, Place, Problem, SegmentId};

/// What divides a message, and what stands in text for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Separators {
    /// Between fields: `|`.
    pub field: u8,
    /// Between components: `^`.
    pub component: u8,
    /// Between repetitions: `~`.
    pub repetition: u8,
    /// Around what stands for a separator: `\`.
    pub escape: u8,
    /// Between subcomponents: `&`.
    pub sub: u8,
}

impl Default for Separators {
    fn default() -> Self {
        Self { field: b'|', component: b'^', repetition: b'~', escape: b'\\', sub: b'&' }
    }
}

const ALLOWED: &str =
    "allowed: four different signs that are no letters, digits, blanks or quotes, such as ^~\\&";

impl Separators {
    /// Reads them off the header's line. A fifth sign (truncation, version 2.7) is let stand; three leave open which one
    /// is missing, and are refused.
    pub fn read(line: &str) -> Result<Self, Box<Problem>> {
        let place = Place::segment(SegmentId::MSH, 1);
        let wrong = |field, what: &str| Problem::new(place.at(field), Condition::DataType, what, ALLOWED);
        let bytes = line.as_bytes();
        let field = *bytes.get(3).ok_or_else(|| wrong(1, "nothing follows MSH"))?;
        if !divides(field) {
            return Err(wrong(1, "the sign after MSH divides nothing"));
        }
        let signs = bytes[4..].split(|byte| *byte == field).next().unwrap_or_default();
        let (four, more) = match signs {
            [component, repetition, escape, sub, more @ ..] if more.len() <= 1 => {
                ([*component, *repetition, *escape, *sub], more)
            }
            _ => return Err(wrong(2, &format!("{} signs where four stand", signs.len()))),
        };
        let all = [field, four[0], four[1], four[2], four[3]];
        let twice = (1..all.len()).any(|place| all[..place].contains(&all[place]));
        if twice || all.iter().chain(more).any(|sign| !divides(*sign)) {
            return Err(wrong(2, "a sign that stands twice, or divides nothing"));
        }
        let [component, repetition, escape, sub] = four;
        Ok(Self { field, component, repetition, escape, sub })
    }

    /// As MSH-1 and MSH-2 write them.
    pub fn written(&self) -> String {
        [self.field, self.component, self.repetition, self.escape, self.sub].map(char::from).iter().collect()
    }
}

fn divides(byte: u8) -> bool {
    byte.is_ascii_punctuation() && byte != b'"'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_message_names_its_own() {
        assert_eq!(Separators::read("MSH|^~\\&|LAB").unwrap(), Separators::default());
        let odd = Separators::read("MSH#*!%@#LAB").unwrap();
        assert_eq!(
            (odd.field, odd.component, odd.repetition, odd.escape, odd.sub),
            (b'#', b'*', b'!', b'%', b'@')
        );
        assert_eq!(Separators::read("MSH|^~\\&#|LAB").unwrap(), Separators::default());
        assert_eq!(Separators::default().written(), "|^~\\&");
    }

    #[test]
    fn signs_that_divide_nothing_are_refused() {
        for line in [
            "MSH",
            "MSH|",
            "MSH||",
            "MSHA^~\\&A",
            "MSH|^~\\|",
            "MSH|~\\&|PHCN",
            "MSH|^~\\^|",
            "MSH|^~\\&##|",
            "MSH|^~\\&a|",
            "MSH \u{1}^~\\& ",
            "MSH|^~\"&|",
            "MSHé^~\\&",
        ] {
            let refused = Separators::read(line).unwrap_err();
            assert!(refused.to_string().contains("MSH[1]-"), "{line:?}: {refused}");
        }
    }
}

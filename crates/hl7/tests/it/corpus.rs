//! Our own messages, and what chance makes of them: bytes changed, left out, doubled and cut never make the reader panic,
//! and never make it answer without the sender's id where the header is whole.

use holdpoint_hl7::header::Purpose;
use holdpoint_hl7::mllp::{self, Decoder};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::reading::read;

const COUNT: &str = include_str!("../corpus/blood-count.hl7");
const CHINESE: &str = include_str!("../corpus/chinese-analyzer.hl7");
const CONTROL: &str = include_str!("../corpus/quality-control.hl7");
const MERGE: &str = include_str!("../corpus/merge.hl7");
const TYPES: &str = include_str!("../corpus/every-type.hl7");
const WRONG: &str = include_str!("../corpus/wrong-everywhere.hl7");

/// Each with what it is for, how many findings (or merges) are read, and how many are not.
const ALL: [(&str, Purpose, usize, usize); 6] = [
    (COUNT, Purpose::Patient, 20, 0),
    (CHINESE, Purpose::Patient, 6, 0),
    (CONTROL, Purpose::QualityControl, 2, 0),
    (MERGE, Purpose::Patient, 1, 0),
    (TYPES, Purpose::Patient, 14, 0),
    (WRONG, Purpose::Patient, 1, 6),
];

#[test]
fn our_own_messages_are_read_with_every_line_end() {
    for (text, purpose, findings, problems) in ALL {
        let lines: Vec<&str> = text.lines().collect();
        for end in ["\n", "\r", "\r\n"] {
            let read = read(lines.join(end).as_bytes());
            assert_eq!((read.purpose, read.findings), (Some(purpose), findings), "{:?}", read.problems);
            assert_eq!(read.problems.len(), problems, "{:?}", read.problems);
        }
    }
}

/// What a Chinese hospital sends without saying so is found out, and reads as the same in UTF-8.
#[test]
fn gb18030_reads_as_utf_8_does() {
    let bytes = encoding_rs::GB18030.encode(CHINESE).0;
    assert!(std::str::from_utf8(&bytes).is_err());
    assert_eq!(read(&bytes), read(CHINESE.as_bytes()));
}

#[test]
fn errors_say_where_and_what_is_allowed_and_nothing_of_the_person() {
    let read = read(WRONG.as_bytes());
    let places: Vec<_> = read.problems.iter().map(|problem| problem.split(": ").next().unwrap()).collect();
    let expected = ["OBX[1]-3", "OBX[2]-2", "OBX[3]-2", "OBX[4]-11[1].1", "OBX[5]-11[1].1", "OBX[6]-14[1].1"];
    assert_eq!(places, expected);
    assert!(read.problems.iter().all(|problem| problem.contains("allowed") || problem.contains("send")));
    assert_eq!(read.answer.matches("\rERR|").count(), 6);
    assert!(!read.answer.contains("ZY0012345") && !read.answer.contains("Zhang"));
}

/// One change of the bytes of a message.
#[derive(Clone, Debug)]
enum Change {
    Set(Index, u8),
    Drop(Index, usize),
    Double(Index, usize),
    Cut(Index),
}

fn change() -> impl Strategy<Value = Change> {
    let sign = prop_oneof![
        Just(b'|'),
        Just(b'^'),
        Just(b'~'),
        Just(b'\\'),
        Just(b'&'),
        Just(b'\r'),
        Just(b'\n'),
        any::<u8>()
    ];
    prop_oneof![
        4 => (any::<Index>(), sign).prop_map(|(at, sign)| Change::Set(at, sign)),
        2 => (any::<Index>(), 1_usize..40).prop_map(|(at, many)| Change::Drop(at, many)),
        2 => (any::<Index>(), 1_usize..400).prop_map(|(at, many)| Change::Double(at, many)),
        1 => any::<Index>().prop_map(Change::Cut),
    ]
}

fn changed(text: &str, changes: &[Change]) -> Vec<u8> {
    let mut bytes = text.replace('\n', "\r").into_bytes();
    for change in changes {
        if bytes.is_empty() {
            break;
        }
        let past = |from: usize, many: usize| (from + many).min(bytes.len());
        match change {
            Change::Set(at, sign) => {
                let at = at.index(bytes.len());
                bytes[at] = *sign;
            }
            Change::Drop(at, many) => {
                let from = at.index(bytes.len());
                bytes.drain(from..past(from, *many));
            }
            Change::Double(at, many) => {
                let from = at.index(bytes.len());
                let piece = bytes[from..past(from, *many)].to_vec();
                bytes.splice(from..from, piece);
            }
            Change::Cut(at) => bytes.truncate(at.index(bytes.len())),
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_chance_makes_of_a_message_is_answered(which in 0..ALL.len(), changes in proptest::collection::vec(change(), 1..6)) {
        let bytes = changed(ALL[which].0, &changes);
        let answer = read(&bytes).answer;
        prop_assert!(answer.starts_with("MSH") && answer.contains("MSA"));
    }

    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let header = [b"MSH|^~\\&|".as_slice(), &bytes].concat();
        read(&bytes);
        read(&header);
    }

    #[test]
    fn frames_of_changed_bytes_are_decoded(changes in proptest::collection::vec(change(), 0..6), cut in 1_usize..300) {
        let mut stream = mllp::framed(&changed(COUNT, &changes));
        stream.extend(mllp::framed(CONTROL.as_bytes()));
        let mut decoder = Decoder::new(1 << 16);
        let mut last = None;
        for mut piece in stream.chunks(cut) {
            while let Some(frame) = decoder.take(&mut piece) {
                last = Some(frame);
            }
        }
        prop_assert_eq!(last, Some(mllp::Frame::Message(CONTROL.as_bytes().to_vec())));
    }
}

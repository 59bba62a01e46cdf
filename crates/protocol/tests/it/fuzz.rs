//! Damaged files: bytes lost, doubled, put in or swapped. Whatever comes of it, it is an answer, not a panic.

use proptest::prelude::*;

use crate::shelf::{read, text};

/// What a careless hand or a broken disk does to a file.
#[derive(Clone, Debug)]
enum Damage {
    Lose { at: usize, length: usize },
    PutIn { at: usize, what: String },
    Swap { one: usize, other: usize },
    Cut { at: usize },
}

fn damage() -> impl Strategy<Value = Damage> {
    let place = 0..36_000_usize;
    let what = prop_oneof![
        "[\\[\\]{}=\"'#.,\n ]{1,4}",
        "[0-9e.±-]{1,8}",
        "\\PC{1,6}",
        Just("\u{0}".to_owned()),
        Just("99999999999999999999999999999999".to_owned()),
        Just("[[".repeat(200)),
    ];
    prop_oneof![
        (place.clone(), 1..40_usize).prop_map(|(at, length)| Damage::Lose { at, length }),
        (place.clone(), what).prop_map(|(at, what)| Damage::PutIn { at, what }),
        (place.clone(), place.clone()).prop_map(|(one, other)| Damage::Swap { one, other }),
        place.prop_map(|at| Damage::Cut { at }),
    ]
}

fn damaged(text: &str, damage: &[Damage]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for damage in damage {
        let end = bytes.len();
        match damage {
            Damage::Lose { at, length } => drop(bytes.drain((*at).min(end)..(at + length).min(end))),
            Damage::PutIn { at, what } => {
                let at = (*at).min(end);
                bytes.splice(at..at, what.bytes());
            }
            Damage::Swap { one, other } if *one < end && *other < end => bytes.swap(*one, *other),
            Damage::Swap { .. } => {}
            Damage::Cut { at } => bytes.truncate(*at),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_file_is_answered(damage in prop::collection::vec(damage(), 1..4)) {
        let text = damaged(&text("pgf-msc"), &damage);
        if let Err(findings) = read(&text) {
            prop_assert!(!findings.is_empty());
            for finding in &findings {
                prop_assert!(finding.line >= 1 && finding.column >= 1);
                prop_assert!(finding.to_string().len() < 4_000, "{}", finding);
            }
        }
    }
}

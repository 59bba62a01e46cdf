//! What stands is a matter of the words, not of their order, nor of how often each came.

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::domain::observation::LOINC;
use crate::domain::pseudonym::NumberKey;
use crate::domain::reading::Measured;

const STATUSES: [Status; 8] = [
    Status::NotVerified,
    Status::Preliminary,
    Status::Final,
    Status::FinalByStatus,
    Status::Corrected,
    Status::CannotBeObtained,
    Status::Deleted,
    Status::Wrong,
];
const VALUES: [&str; 4] = ["", "12", "21", "<0.1"];

/// One word: its place among the statuses, the hour it was said, its place among the values.
type Said = (usize, i64, usize);

fn second(at: i64) -> Timestamp {
    Timestamp::from_second(at).unwrap()
}

fn hear(result: &mut LabResult, (status, hour, value): Said) -> Arrival {
    let observation = Observation {
        code: "777-3".to_owned(),
        system: LOINC.to_owned(),
        sub_id: String::new(),
        value: VALUES[value].to_owned(),
        unit: "10*9/L".to_owned(),
        range: String::new(),
        flags: vec![],
        status: STATUSES[status],
    };
    let head = Head {
        message: "m".to_owned(),
        filler_order: "o".to_owned(),
        specimen: "s".to_owned(),
        taken_at: second(0),
        issued_at: second(hour * 3_600),
    };
    let reading = match VALUES[value] {
        "" => Reading::Nothing,
        text => text
            .parse()
            .map_or(Reading::Words, |value| Reading::Number(Measured { value, lower: None, upper: None })),
    };
    result.hear(&observation, &head, reading, second(0))
}

fn nothing() -> LabResult {
    let key = NumberKey::new(b"k");
    let head = Head {
        message: String::new(),
        filler_order: "o".to_owned(),
        specimen: "s".to_owned(),
        taken_at: second(0),
        issued_at: second(0),
    };
    let observation = Observation {
        code: "777-3".to_owned(),
        system: LOINC.to_owned(),
        sub_id: String::new(),
        value: String::new(),
        unit: String::new(),
        range: String::new(),
        flags: vec![],
        status: Status::Final,
    };
    let whose = Whose { trial: "t".into(), subject: "P-001".into() };
    let slot = key.slot(&"lis".into(), &head, &observation);
    LabResult {
        id: key.result(&slot, &whose.trial, &whose.subject),
        slot,
        feed: "lis".into(),
        whose,
        code: "777-3".to_owned(),
        system: LOINC.to_owned(),
        fact: Some("platelets".to_owned()),
        unit: Some("e9/L".to_owned()),
        words: vec![],
    }
}

fn heard(words: &[Said]) -> LabResult {
    let mut result = nothing();
    for word in words {
        hear(&mut result, *word);
    }
    result
}

/// What stands, whichever word said it.
fn meaning(result: &LabResult) -> Standing {
    match result.standing() {
        Standing::Nothing => Standing::Nothing,
        Standing::Void { taken_at, .. } => Standing::Void { version: 0, taken_at },
        Standing::Stands { taken_at, reading, .. } => Standing::Stands { version: 0, taken_at, reading },
    }
}

fn words() -> impl Strategy<Value = (Vec<Said>, Vec<Said>)> {
    let word = (0..STATUSES.len(), 0_i64..3, 0..VALUES.len());
    proptest::collection::vec(word, 0..7).prop_flat_map(|words| {
        let shuffled = Just(words.clone()).prop_shuffle();
        (Just(words), shuffled)
    })
}

proptest! {
    #[test]
    fn every_order_ends_the_same((one, other) in words()) {
        prop_assert_eq!(meaning(&heard(&one)), meaning(&heard(&other)));
    }

    #[test]
    fn a_word_again_changes_nothing((one, other) in words()) {
        let mut result = heard(&one);
        let before = result.clone();
        for word in other {
            prop_assert_eq!(hear(&mut result, word), Arrival::Duplicate);
        }
        prop_assert_eq!(result, before);
    }

    #[test]
    fn a_preliminary_word_never_takes_the_place_of_another((one, _) in words(), hour in 0_i64..9, value in 0..VALUES.len()) {
        let before = heard(&one);
        let mut after = before.clone();
        hear(&mut after, (1, hour, value));
        let by_status_alone = one.iter().any(|(status, ..)| STATUSES[*status] == Status::FinalByStatus);
        prop_assert!(by_status_alone || meaning(&before) == meaning(&after));
    }
}

#[test]
fn what_became_of_each_word() {
    let mut result = nothing();
    let (preliminary, last, corrected, wrong) = (1, 2, 4, 7);
    for (word, arrival) in [
        ((preliminary, 1, 1), Arrival::Kept),
        ((last, 2, 1), Arrival::Accepted),
        ((last, 2, 1), Arrival::Duplicate),
        ((corrected, 3, 2), Arrival::Corrected),
        ((last, 1, 1), Arrival::Kept),
        ((wrong, 4, 2), Arrival::Corrected),
        ((corrected, 5, 2), Arrival::Corrected),
    ] {
        assert_eq!(hear(&mut result, word), arrival, "{word:?}");
    }
    assert_eq!(result.words.iter().map(|word| word.version).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
}

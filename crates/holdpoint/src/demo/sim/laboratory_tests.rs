//! What is sent ends as what was measured, and every kind of trouble occurs in a trial's worth of specimens.

use super::*;

fn specimen(number: usize) -> Specimen {
    let analyte = |fact: &str, value| Analyte {
        fact: fact.to_owned(),
        code: "777-3".to_owned(),
        unit: "10*9/L".to_owned(),
        value,
    };
    Specimen {
        subject: format!("P-{:03}", number % 80),
        order: "cbc".to_owned(),
        taken: Date::constant(2026, 5, 1).checked_add(jiff::Span::new().days((number / 80) as i64)).unwrap(),
        analytes: vec![analyte("platelets", Decimal::from(30)), analyte("hemoglobin", Decimal::from(80))],
    }
}

fn sent(number: usize) -> Vec<Message> {
    messages(4, &specimen(number), Some("P-999"))
}

#[test]
fn the_last_word_about_every_specimen_is_what_was_measured() {
    for number in 0..8_000 {
        let specimen = specimen(number);
        let own = Named::Subject(specimen.subject.clone());
        let messages = sent(number);
        let last = messages.iter().rfind(|message| message.named == own).unwrap();
        assert_eq!(last.analytes, specimen.analytes);
        assert_ne!(last.word, Word::Wrong);
    }
}

#[test]
fn what_came_under_another_patient_is_withdrawn() {
    for number in 0..8_000 {
        let messages = sent(number);
        for wrong in messages.iter().filter(|message| message.named == Named::Subject("P-999".to_owned())) {
            let withdrawn =
                messages.iter().any(|other| other.order == wrong.order && other.word == Word::Wrong);
            assert!(withdrawn, "{wrong:?}");
        }
    }
}

#[test]
fn every_kind_of_trouble_occurs() {
    let all: Vec<Vec<Message>> = (0..8_000).map(sent).collect();
    let count = |of: fn(&[Message]) -> bool| all.iter().filter(|messages| of(messages)).count();
    assert!(count(|m| m.len() == 2 && m[0] == m[1]) > 50);
    assert!(count(|m| m.iter().any(|m| m.word == Word::Corrected)) > 30);
    assert!(count(|m| m.iter().any(|m| m.word == Word::Wrong)) > 5);
    assert!(count(|m| m.iter().any(|m| m.sent_after > 0)) > 50);
    assert!(count(|m| m.iter().any(|m| matches!(m.named, Named::Stranger(_)))) > 5);
    assert!(count(|m| m.iter().any(|m| m.analytes.iter().any(|a| a.unit == "K/cmm"))) > 3);
}

#[test]
fn a_seed_repeats_what_is_sent() {
    assert!((0..200).all(|number| sent(number) == sent(number)));
}

//! What went wrong elsewhere (design, "Failure stories", by their numbers) and does not here.

use std::time::Duration;

use holdpoint_api::labs::v1 as pb;
use holdpoint_api::labs::v1::{Outcome, ResultStatus};
use holdpoint_journal::Chain;

use crate::support::{Analyte, Said, TRIAL, World, code, on_both_databases};

on_both_databases!(
    story_24_the_same_message_again_is_one_result,
    story_24_two_connections_at_once_are_one_result,
    story_25_a_correction_takes_away_and_gives_back_what_followed,
    story_25_a_correction_before_its_final,
    story_25_a_wrong_patient_undoes_what_followed,
    story_26_all_orders_of_the_versions_end_the_same,
    story_27_units_are_on_the_list_or_wait,
    story_30_what_is_no_number_is_kept_and_used_as_none,
    story_31_two_identifiers_of_one_text_are_refused,
);

const TAKEN: &str = "2026-04-01T01:00:00Z";

async fn story_24_the_same_message_again_is_one_result(world: World) {
    let said = Said::of("P-001", TAKEN, &[Analyte::platelets("12")]);
    assert_eq!(world.says(said.clone()).await.outcome(), Outcome::Accepted);
    assert_eq!(world.says(said.clone()).await.outcome(), Outcome::Duplicate, "twice");
    let again: Vec<Said> = (0..98).map(|turn| said.clone().message(&format!("again-{turn}"))).collect();
    for answer in world.sends(&again).await {
        assert_eq!(answer.outcomes[0].outcome(), Outcome::Duplicate, "a hundred times");
    }
    world.civil.advance(Duration::from_secs(366 * 86_400));
    let late = world.says(said.message("a year later")).await;
    assert_eq!((late.outcome(), late.version), (Outcome::Duplicate, 1));
    assert_eq!(world.results("P-001").await.len(), 1);
    assert_eq!(world.counts().await, [1, 100, 0, 0, 0]);
    let told: Vec<pb::ResultsRecorded> = world.told(&Chain::trial(TRIAL), "ResultsRecorded").await;
    assert_eq!(told.len(), 1, "told once");
}

async fn story_24_two_connections_at_once_are_one_result(world: World) {
    let reports: Vec<Said> = (1..=20)
        .map(|day| {
            let counts = [Analyte::platelets("12"), Analyte::neutrophils("0.3"), Analyte::hemoglobin("70")];
            Said::of("P-001", &format!("2026-04-{day:02}T01:00:00Z"), &counts)
        })
        .collect();
    let (one, two, three) = tokio::join!(world.sends(&reports), world.sends(&reports), world.sends(&reports));
    let all = one.iter().chain(&two).chain(&three).flat_map(|answer| &answer.outcomes);
    let accepted = all.clone().filter(|outcome| outcome.outcome() == Outcome::Accepted).count();
    let duplicates = all.filter(|outcome| outcome.outcome() == Outcome::Duplicate).count();
    assert_eq!((accepted, duplicates), (60, 120));
    assert_eq!(world.results("P-001").await.len(), 60);
    assert_eq!(world.counts().await, [60, 120, 0, 0, 0]);
}

/// Fallen on 10 February, then three days above 0.5 from 1 April.
fn engrafting(third: &str) -> Vec<Said> {
    let days = [("2026-02-10", "0.2"), ("2026-04-01", "0.6"), ("2026-04-02", "0.7"), ("2026-04-03", third)];
    days.iter()
        .map(|(day, value)| Said::of("P-001", &format!("{day}T01:00:00Z"), &[Analyte::neutrophils(value)]))
        .collect()
}

fn third_day(value: &str, status: ResultStatus, issued: &str) -> Said {
    let counts = [Analyte::neutrophils(value).status(status)];
    Said::of("P-001", "2026-04-03T01:00:00Z", &counts).issued(issued)
}

const ENGRAFTED: &str = "neutrophil-engraftment";

async fn story_25_a_correction_takes_away_and_gives_back_what_followed(world: World) {
    world.sends(&engrafting("0.9")).await;
    assert_eq!(world.day_of("P-001", ENGRAFTED).await.as_deref(), Some("2026-04-01"));
    let below = third_day("0.5", ResultStatus::Corrected, "2026-04-04T01:00:00Z");
    assert_eq!(world.says(below).await.outcome(), Outcome::Corrected);
    assert_eq!(world.day_of("P-001", ENGRAFTED).await, None, "0.5 is not above 0.5");
    let above = third_day("0.51", ResultStatus::Corrected, "2026-04-05T01:00:00Z");
    assert_eq!(world.says(above).await.version, 3);
    let first = || "2026-04-01".to_owned();
    assert_eq!(world.told_of(ENGRAFTED).await, [(first(), false), (first(), true), (first(), false)]);
    let derived = world.derived("P-001").await;
    let found = derived.events.iter().find(|event| event.event == ENGRAFTED).unwrap();
    assert_eq!((found.known.as_str(), found.proof.len()), ("2026-04-03", 3));
    assert!(found.proof[2].ends_with("/3"), "proved by the word that stands: {:?}", found.proof);
}

async fn story_25_a_correction_before_its_final(world: World) {
    let mut reports = engrafting("0.9");
    let late = reports.pop().unwrap();
    world.sends(&reports).await;
    world.says(third_day("0.4", ResultStatus::Corrected, "2026-04-04T01:00:00Z")).await;
    assert_eq!(world.says(late).await.outcome(), Outcome::Kept, "the correction stands");
    assert_eq!(world.day_of("P-001", ENGRAFTED).await, None);
    assert_eq!(world.told_of(ENGRAFTED).await, []);
}

async fn story_25_a_wrong_patient_undoes_what_followed(world: World) {
    world.sends(&engrafting("0.9")).await;
    assert_eq!(world.told_of(ENGRAFTED).await.len(), 1);
    // Another's chart can not take it while it stands here ...
    let other = |subject: &str| {
        Said::of(subject, "2026-04-03T01:00:00Z", &[Analyte::neutrophils("0.9")])
            .order("P-001-2026-04-03T01:00:00Z")
            .issued("2026-04-05T01:00:00Z")
    };
    let waits = world.says(other("P-002")).await;
    assert_eq!(waits.outcome(), Outcome::Quarantined);
    assert!(waits.reason.contains("stands under another subject"), "{}", waits.reason);
    // ... and does so by itself once the laboratory has taken it back.
    let wrong = third_day("0.9", ResultStatus::Wrong, "2026-04-04T01:00:00Z");
    assert_eq!(world.says(wrong).await.outcome(), Outcome::Corrected);
    assert_eq!(world.told_of(ENGRAFTED).await.last().unwrap(), &("2026-04-01".to_owned(), true));
    assert_eq!(world.stands("P-002").await, "0.9");
    assert!(world.quarantine().await.is_empty());
    let void = world.results("P-001").await.into_iter().filter(|view| view.standing.as_ref().unwrap().void);
    assert_eq!(void.map(|view| view.versions.len()).collect::<Vec<_>>(), [2], "both charts show it");
    assert_eq!(world.counts().await, [4, 0, 1, 1, 0], "what waited is not counted twice");
}

fn orders(of: usize) -> Vec<Vec<usize>> {
    if of == 0 {
        return vec![vec![]];
    }
    let shorter = orders(of - 1);
    let insert = |place: usize| {
        shorter.iter().map(move |order| {
            let mut order = order.clone();
            order.insert(place, of - 1);
            order
        })
    };
    (0..of).flat_map(insert).collect()
}

async fn story_26_all_orders_of_the_versions_end_the_same(world: World) {
    use ResultStatus::{Corrected, Final, FinalByStatus, Preliminary, Wrong};
    for (case, words, expected) in [
        ("pfc", vec![(Preliminary, "10", 1), (Final, "12", 2), (Corrected, "21", 3)], "21"),
        (
            "pfcw",
            vec![(Preliminary, "10", 1), (Final, "12", 2), (Corrected, "21", 3), (Wrong, "21", 4)],
            "void",
        ),
        ("fwc", vec![(Final, "12", 1), (Wrong, "12", 2), (Corrected, "15", 3)], "15"),
        ("one moment", vec![(Preliminary, "10", 1), (Final, "12", 1), (Corrected, "21", 1)], "21"),
        ("a late preliminary", vec![(Final, "12", 1), (Preliminary, "99", 2)], "12"),
        ("final by status", vec![(Preliminary, "10", 1), (FinalByStatus, "", 2)], "10"),
        ("preliminary alone", vec![(Preliminary, "10", 1)], ""),
        ("two words of one moment", vec![(Final, "12", 1), (Final, "13", 1)], "text"),
    ] {
        for order in orders(words.len()) {
            let subject = format!("O-{case}-{order:?}").replace([' ', ',', '[', ']'], "");
            world.screen(&subject).await;
            world.hear().await;
            for place in &order {
                let (status, value, hour) = words[*place];
                let said = Said::of(&subject, TAKEN, &[Analyte::platelets(value).status(status)]);
                world.says(said.issued(&format!("2026-04-01T{hour:02}:30:00Z"))).await;
            }
            assert_eq!(world.stands(&subject).await, expected, "{case} in the order {order:?}");
        }
    }
}

async fn story_27_units_are_on_the_list_or_wait(world: World) {
    let of = |hour: usize, value: &str, unit: &str| {
        Said::of("P-001", &format!("2026-04-01T{hour:02}:00:00Z"), &[Analyte::of("751-8", value, unit, "")])
    };
    let listed = [
        ("0.5", "10*9/L"),
        ("500", "/uL"),
        ("0.5", "10*3/uL"),
        ("0.5", "K/uL"),
        ("0.5", "x10^9/L"),
        ("0.5", "10^3/\u{b5}L"),
        ("0.5", "10^3/\u{3bc}L"),
        ("0.5", "G/L"),
    ];
    for (hour, (value, unit)) in listed.iter().enumerate() {
        assert_eq!(world.says(of(hour, value, unit)).await.outcome(), Outcome::Accepted, "{unit}");
    }
    for view in world.results("P-001").await {
        let value = view.standing.unwrap().value.unwrap();
        assert_eq!(value.unit, "e9/L");
        assert_eq!(value.of, Some(holdpoint_api::common::v1::value::Of::Number("0.5".to_owned())));
    }
    for (hour, (value, unit, why)) in [
        ("0.5", "", "unit missing"),
        ("0.5", "g/L", "unit not allowed"),
        ("0.5", "10*12/L", "unit not allowed"),
        ("500000", "10*9/L", "implausible value"),
    ]
    .iter()
    .enumerate()
    {
        let waits = world.says(of(hour + 10, value, unit)).await;
        assert_eq!(waits.outcome(), Outcome::Quarantined, "{unit}");
        assert!(waits.reason.starts_with(why), "{}", waits.reason);
    }
    let hemoglobin = |value: &str, unit: &str, taken: &str| {
        Said::of("P-002", taken, &[Analyte::of("718-7", value, unit, "")])
    };
    world.says(hemoglobin("12.5", "g/dL", TAKEN)).await;
    assert_eq!(world.stands("P-002").await, "125");
    let trap = world.says(hemoglobin("12.5", "g/mL", "2026-04-02T01:00:00Z")).await;
    assert_eq!(trap.outcome(), Outcome::Quarantined);
    assert_eq!(world.quarantine().await.len(), 5);
}

async fn story_30_what_is_no_number_is_kept_and_used_as_none(world: World) {
    for (day, value) in ["<0.1", ">1000", "hemolyzed", "12,5", "*****"].iter().enumerate() {
        let taken = format!("2026-04-{:02}T01:00:00Z", day + 1);
        let answer = world.says(Said::of("P-001", &taken, &[Analyte::platelets(value)])).await;
        assert_eq!(answer.outcome(), Outcome::Accepted, "{value}");
    }
    let results = world.results("P-001").await;
    let mut kept: Vec<String> = results.iter().map(|view| view.versions[0].value.clone()).collect();
    kept.reverse();
    assert_eq!(kept, ["<0.1", ">1000", "hemolyzed", "12,5", "*****"], "letter by letter");
    assert!(results.iter().all(|view| view.standing.as_ref().unwrap().unquantified));
    let told: Vec<pb::ResultsRecorded> = world.told(&Chain::trial(TRIAL), "ResultsRecorded").await;
    let told: Vec<_> = told.iter().flat_map(|told| &told.results).collect();
    assert!(told.iter().all(|result| result.unquantified && result.value.is_none() && !result.void));
    // Six days of 60 with one of ">1000" among them are no seven days of 50: the day is not known.
    for day in 10..=16 {
        let value = if day == 13 { ">1000" } else { "60" };
        let taken = format!("2026-04-{day}T01:00:00Z");
        world.says(Said::of("P-002", &taken, &[Analyte::platelets(value)])).await;
    }
    assert_eq!(world.response("P-002").await, ("not-yet-assessable".to_owned(), false));
}

async fn story_31_two_identifiers_of_one_text_are_refused(world: World) {
    let said = Said::of("P-001", TAKEN, &[Analyte::platelets("12")])
        .patient(|patient| patient.hospital_number = "p-001 ".to_owned());
    let answers = world.sends(&[said, Said::of("P-002", TAKEN, &[Analyte::platelets("12")])]).await;
    let refused = answers[0].refused.as_ref().unwrap();
    assert_eq!((refused.code.as_str(), refused.fields[0].field.as_str()), ("LAB-0010", "hospital_number"));
    assert_eq!(answers[1].outcomes[0].outcome(), Outcome::Accepted, "the stream goes on");
    assert_eq!(code(&world.link("P-001", "P-001").await.unwrap_err()), "LAB-0010");
    assert!(world.results("P-001").await.is_empty());
}

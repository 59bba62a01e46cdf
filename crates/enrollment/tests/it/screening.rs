//! Screening, consent, facts and eligibility.

use holdpoint_api::enrollment::v1 as pb;

use crate::house::{House, TRIAL, on_both_databases};
use crate::person::{Person, code, number, word, yes};

on_both_databases!(
    a_trial_procedure_before_the_consent_is_refused,
    a_fact_is_as_its_dictionary_declares_it,
    what_is_unknown_is_not_eligible_and_is_listed,
    poor_graft_function_opens_allocation,
    the_data_propose_poor_graft_function,
    the_same_patient_is_refused,
    every_wrong_field_is_named,
);

async fn a_trial_procedure_before_the_consent_is_refused(house: House) {
    let gao = house.whole_trial().await;
    gao.screen("P-001").await.unwrap();
    let kps = |day: &'static str, procedure| {
        let gao = gao.clone();
        async move { gao.fact_at("P-001", "kps", number("80", ""), day, procedure).await }
    };
    assert_eq!(code(kps("2026-02-28T09:00:00+08:00", true).await), "ENR-0020");
    gao.consent("P-001", "2026-03-01").await.unwrap();
    assert_eq!(code(kps("2026-02-28T23:59:00+08:00", true).await), "ENR-0020");
    kps("2026-03-01T00:00:00+08:00", true).await.unwrap();
    kps("2026-02-28T09:00:00+08:00", false).await.unwrap();
    assert_eq!(code(kps("2026-03-02T08:00:01+08:00", false).await), "ENR-0021");
    assert_eq!(code(gao.consent("P-001", "2026-03-03").await), "ENR-0021");
    let facts: Vec<pb::FactRecorded> = house.events_of("FactRecorded").await;
    assert_eq!(facts.len(), 2, "a refused fact leaves nothing");
}

async fn a_fact_is_as_its_dictionary_declares_it(house: House) {
    let gao = house.whole_trial().await;
    gao.screen("P-001").await.unwrap();
    let wrong = [
        ("kps", number("75", "")),
        ("kps", number("110", "")),
        ("kps", number("80", "kg")),
        ("platelets", number("20", "/uL")),
        ("platelets", yes(true)),
        ("donor", word("cousin")),
        ("age", number("40", "years")),
        ("shoe-size", number("40", "")),
        ("grade", number("3", "")),
    ];
    for (fact, value) in wrong {
        assert_eq!(code(gao.fact("P-001", fact, value.clone()).await), "ENR-0024", "{fact} {value:?}");
    }
    assert_eq!(code(gao.fact("P-001", "platelets", number("twenty", "e9/L")).await), "ENR-0001");
    gao.fact("P-001", "platelets", number("20.5", "e9/L")).await.unwrap();
}

/// Everything that the file asks at enrollment.
async fn eligible_for_enrollment(gao: &Person, subject: &str) {
    gao.screen(subject).await.unwrap();
    gao.consent(subject, "2026-03-01").await.unwrap();
    let facts = [
        ("transplanted", yes(true)),
        ("kps", number("80", "")),
        ("expected-survival", number("12", "months")),
        ("in-other-trial", yes(false)),
    ];
    for (fact, value) in facts {
        gao.fact(subject, fact, value).await.unwrap();
    }
    for criterion in ["include.organs", "include.no-contraindication"] {
        gao.attest(subject, criterion, true).await.unwrap();
    }
    let against = ["organs", "malignancy", "psychiatric", "follow-up", "allergy", "infection", "unsuitable"];
    for criterion in against {
        gao.attest(subject, &format!("exclude.{criterion}"), false).await.unwrap();
    }
}

async fn what_is_unknown_is_not_eligible_and_is_listed(house: House) {
    let gao = house.whole_trial().await;
    eligible_for_enrollment(&gao, "P-001").await;
    let judged = gao.assess("P-001", "enrollment").await.unwrap();
    let in_the_way: Vec<_> = judged.criteria.iter().filter(|criterion| !criterion.satisfied).collect();
    assert!(judged.eligible, "{in_the_way:?}");

    gao.screen("P-002").await.unwrap();
    gao.consent("P-002", "2026-03-01").await.unwrap();
    let judged = gao.assess("P-002", "enrollment").await.unwrap();
    assert!(!judged.eligible);
    let of = |id: &str| judged.criteria.iter().find(|criterion| criterion.id == id).unwrap();
    let kps = of("include.performance");
    assert_eq!((kps.truth.as_str(), kps.satisfied), ("unknown", false));
    assert_eq!(kps.missing, ["kps"]);
    assert_eq!(of("include.age").truth, "true");
    assert_eq!(of("include.consent").truth, "true");
    assert!(of("exclude.infection").missing[0].contains("infection"));
    assert_eq!(code(gao.assess("P-002", "dose").await), "ENR-0001");
    assert_eq!(code(gao.attest("P-002", "include.age", true).await), "ENR-0025");
}

async fn poor_graft_function_opens_allocation(house: House) {
    let gao = house.whole_trial().await;
    eligible_for_enrollment(&gao, "P-001").await;
    gao.attest("P-001", "exclude.graft-failure", false).await.unwrap();
    let refused = gao.randomize("P-001", 1).await.unwrap_err();
    let detail = holdpoint_chassis::error::detail_of(&refused).unwrap();
    assert_eq!(detail.code, "ENR-0026");
    assert_eq!(detail.fields[0].field, "include.pgf");
    assert!(house.safety.asked().is_empty(), "no permit is asked for who is not eligible");

    assert_eq!(code(gao.confirm_event("P-001", "pgf").await), "ENR-0028");
    assert_eq!(code(gao.confirm_event("P-001", "relapse").await), "ENR-0027");
    assert_eq!(code(gao.milestone("P-001", "pgf", "2026-03-01").await), "ENR-0027");
    gao.milestone("P-001", "transplant", "2026-01-20").await.unwrap();
    gao.attest("P-001", "event.cytopenia", true).await.unwrap();
    let facts = [
        ("donor-chimerism", number("98.5", "%")),
        ("marrow-cellularity", word("hypocellular")),
        ("acute-gvhd-grade", word("I")),
    ];
    for (fact, value) in facts {
        gao.fact("P-001", fact, value).await.unwrap();
    }
    let refused = gao.confirm_event("P-001", "pgf").await.unwrap_err();
    let detail = holdpoint_chassis::error::detail_of(&refused).unwrap();
    assert!(detail.fields[0].allowed.contains("relapsed"), "{detail:?}");
    gao.fact("P-001", "relapsed", yes(false)).await.unwrap();
    gao.confirm_event("P-001", "pgf").await.unwrap();
    let milestones: Vec<pb::MilestoneRecorded> = house.events_of("MilestoneRecorded").await;
    let signed = milestones.iter().find(|milestone| milestone.event == "pgf").unwrap();
    assert_eq!(signed.confirmed_by_role, "principal-investigator");
    let arm = gao.allocate("P-001").await.unwrap();
    assert!(["msc", "control"].contains(&arm.as_str()));
}

async fn the_data_propose_poor_graft_function(house: House) {
    let gao = house.whole_trial().await;
    eligible_for_enrollment(&gao, "P-001").await;
    gao.milestone("P-001", "transplant", "2026-01-20").await.unwrap();
    let facts = [
        ("donor-chimerism", number("98.5", "%")),
        ("marrow-cellularity", word("hypocellular")),
        ("acute-gvhd-grade", word("I")),
        ("relapsed", yes(false)),
    ];
    for (fact, value) in facts {
        gao.fact("P-001", fact, value).await.unwrap();
    }
    let missing = || async {
        let refused = gao.confirm_event("P-001", "pgf").await.unwrap_err();
        let detail = holdpoint_chassis::error::detail_of(&refused).unwrap();
        assert_eq!(detail.code, "ENR-0028");
        detail.fields[0].allowed.clone()
    };
    let nothing_known = missing().await;
    assert!(nothing_known.contains("event cytopenia"), "{nothing_known}");
    assert!(nothing_known.contains("neutrophils"), "{nothing_known}");
    for day in 26..=28 {
        if day == 28 {
            assert!(missing().await.contains("event cytopenia"), "two days are no run of three");
        }
        let at = format!("2026-02-{day}T07:00:00+08:00");
        gao.fact_at("P-001", "neutrophils", number("0.3", "e9/L"), &at, false).await.unwrap();
        gao.fact_at("P-001", "platelets", number("12", "e9/L"), &at, false).await.unwrap();
        gao.fact_at("P-001", "hemoglobin", number("82", "g/L"), &at, false).await.unwrap();
    }
    gao.confirm_event("P-001", "pgf").await.unwrap();
}

async fn the_same_patient_is_refused(house: House) {
    let gao = house.small_trial().await;
    gao.screen("P-001").await.unwrap();
    assert_eq!(code(gao.screen("P-001").await), "ENR-0018");
    let twice = pb::ScreenSubjectRequest { hospital_number: "hn p001".into(), ..gao.screening("P-002") };
    let refused = gao.client().screen_subject(twice).await.unwrap_err();
    assert_eq!(code::<()>(Err(refused.clone())), "ENR-0018");
    assert!(refused.message().contains("P-001"));
    let alike = pb::ScreenSubjectRequest { initials: "XP001".into(), ..gao.screening("P-003") };
    assert_eq!(code(gao.client().screen_subject(alike.clone()).await), "ENR-0019");
    let act = gao.act_because("twin sister of P-001, seen together");
    gao.client().screen_subject(pb::ScreenSubjectRequest { act, ..alike }).await.unwrap();
}

async fn every_wrong_field_is_named(house: House) {
    let gao = house.small_trial().await;
    let wrong = pb::ScreenSubjectRequest {
        act: gao.act(),
        trial: TRIAL.into(),
        site: String::new(),
        subject: "P 001".into(),
        date: "01.03.2026".into(),
        birth_date: "1980-13-01".into(),
        sex: "f".into(),
        hospital_number: String::new(),
        initials: "AB".into(),
    };
    let refused = gao.client().screen_subject(wrong).await.unwrap_err();
    let detail = holdpoint_chassis::error::detail_of(&refused).unwrap();
    let named: Vec<_> = detail.fields.iter().map(|field| field.field.as_str()).collect();
    assert_eq!(named, ["site", "subject", "date", "birth_date", "hospital_number", "sex"]);
    assert!(!format!("{refused:?}").contains("1980-13"), "what is personal is not told back");
    assert_eq!(code(gao.consent("P-404", "2026-03-01").await), "ENR-0016");
}

//! A file that stratifies: factors by their names, a list for each stratum, and the stratum of an allocation for ever.

use holdpoint_enrollment::domain::place::Line;
use holdpoint_enrollment::domain::subject::Subject;

use crate::house::{House, on_both_databases, small_trial_file};
use crate::person::{Person, code, word};

on_both_databases!(
    story_10_factors_are_matched_by_name_whatever_their_order,
    story_13_a_subject_in_another_stratum_by_now_shifts_nobody,
    story_18_a_corrected_factor_stands_beside_the_stratum_of_the_allocation,
    a_stratum_that_is_not_known_allocates_nobody,
);

fn stratified(id: &str, strata: &str) -> String {
    let file = small_trial_file().replace("strata   = []", &format!("strata   = {strata}"));
    file.replace("id      = \"pgf-msc\"", &format!("id      = \"{id}\""))
}

async fn line(house: &House, trial: &str, subject: &str) -> (Line, u32) {
    let stored = house.store.get::<Subject>(&format!("{trial}/{subject}")).await.unwrap().unwrap();
    let slot = stored.slot().unwrap();
    (slot.line.clone(), slot.number)
}

async fn in_stratum(gao: &Person, subject: &str, facts: [(&str, &str); 2]) {
    gao.ready(subject).await;
    for (fact, value) in facts {
        gao.fact(subject, fact, word(value)).await.unwrap();
    }
    gao.allocate(subject).await.unwrap();
}

async fn story_10_factors_are_matched_by_name_whatever_their_order(house: House) {
    let (haplo, aml) = (("donor", "haploidentical"), ("diagnosis", "AML"));
    let one = house.in_force(stratified("pgf-msc", r#"["donor", "diagnosis"]"#)).await;
    in_stratum(&one, "P-001", [haplo, aml]).await;
    in_stratum(&one, "P-002", [aml, haplo]).await;
    in_stratum(&one, "P-003", [haplo, ("diagnosis", "ALL")]).await;
    let two = house.in_force(stratified("pgf-two", r#"["diagnosis", "donor"]"#)).await;
    in_stratum(&two, "P-001", [haplo, aml]).await;
    let (first, number) = line(&house, "pgf-msc", "P-001").await;
    assert_eq!(number, 1);
    assert_eq!(line(&house, "pgf-msc", "P-002").await, (first.clone(), 2));
    assert_eq!(
        line(&house, "pgf-two", "P-001").await,
        (first.clone(), 1),
        "the order of the file is nothing"
    );
    let (other, number) = line(&house, "pgf-msc", "P-003").await;
    assert!(other != first && number == 1, "each stratum has its own list: {other:?}");
    let factors = one.subject("P-001").await.allocation.unwrap().stratum;
    let told: Vec<_> =
        factors.iter().map(|factor| (factor.fact.as_str(), factor.at_allocation.as_str())).collect();
    assert_eq!(told, [("diagnosis", "AML"), ("donor", "haploidentical")]);
}

async fn story_13_a_subject_in_another_stratum_by_now_shifts_nobody(house: House) {
    let gao = house.in_force(stratified("pgf-msc", r#"["donor"]"#)).await;
    let (haplo, sibling, other) =
        (("donor", "haploidentical"), ("donor", "sibling-matched"), ("diagnosis", "AML"));
    for subject in ["P-001", "P-002", "P-003"] {
        in_stratum(&gao, subject, [haplo, other]).await;
    }
    gao.fact("P-002", "donor", word("sibling-matched")).await.unwrap();
    gao.discontinue("P-001", "leave-choice").await.unwrap();
    in_stratum(&gao, "P-004", [haplo, other]).await;
    in_stratum(&gao, "P-005", [sibling, other]).await;
    let (first, _) = line(&house, "pgf-msc", "P-001").await;
    for (subject, number) in [("P-001", 1), ("P-002", 2), ("P-003", 3), ("P-004", 4)] {
        assert_eq!(line(&house, "pgf-msc", subject).await, (first.clone(), number), "{subject}");
    }
    assert_eq!(line(&house, "pgf-msc", "P-005").await.1, 1, "who came over by a correction took no place");
}

async fn story_18_a_corrected_factor_stands_beside_the_stratum_of_the_allocation(house: House) {
    let gao = house.in_force(stratified("pgf-msc", r#"["donor"]"#)).await;
    let other = ("diagnosis", "MDS");
    in_stratum(&gao, "P-001", [("donor", "haploidentical"), other]).await;
    let before = line(&house, "pgf-msc", "P-001").await;
    gao.fact("P-001", "donor", word("sibling-matched")).await.unwrap();
    assert_eq!(line(&house, "pgf-msc", "P-001").await, before, "the place stays where it was drawn");
    let factors = gao.subject("P-001").await.allocation.unwrap().stratum;
    assert_eq!(factors.len(), 1);
    let told = (factors[0].at_allocation.as_str(), factors[0].corrected.as_str());
    assert_eq!(told, ("haploidentical", "sibling-matched"));
    in_stratum(&gao, "P-002", [("donor", "haploidentical"), other]).await;
    in_stratum(&gao, "P-003", [("donor", "sibling-matched"), other]).await;
    assert_eq!(line(&house, "pgf-msc", "P-002").await, (before.0.clone(), 2), "nobody is shifted");
    assert_eq!(line(&house, "pgf-msc", "P-003").await.1, 1);
}

async fn a_stratum_that_is_not_known_allocates_nobody(house: House) {
    let unknown = house.registered(stratified("pgf-odd", r#"["kps"]"#)).await;
    unknown.approve().await.unwrap();
    assert_eq!(code(unknown.activate().await), "ENR-0040", "a score is no factor");
    let gao = house.in_force(stratified("pgf-msc", r#"["donor", "diagnosis"]"#)).await;
    gao.ready("P-001").await;
    gao.fact("P-001", "donor", word("haploidentical")).await.unwrap();
    let refused = gao.randomize("P-001", 1).await.unwrap_err();
    let detail = holdpoint_chassis::error::detail_of(&refused).unwrap();
    let named: Vec<_> = detail.fields.iter().map(|field| field.field.as_str()).collect();
    assert_eq!((detail.code.as_str(), named.as_slice()), ("ENR-0026", &["diagnosis"][..]));
    assert!(house.safety.asked().is_empty());
}

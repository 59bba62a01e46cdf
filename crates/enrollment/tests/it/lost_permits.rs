//! A permit whose answer never arrived bars nobody: its void is written first, and decides against a late claim.

use holdpoint_api::enrollment::v1 as pb;
use holdpoint_journal::{By, Chain, Head};
use tokio::runtime::Handle;

use crate::house::{House, TRIAL, morning, on_both_databases};
use crate::person::code;
use crate::safety::Mood;

on_both_databases!(
    a_lost_answer_bars_nobody,
    a_void_that_was_written_first_decides_against_a_late_claim,
    a_restored_enrollment_voids_an_unknown_permit_by_statement_only,
    what_safety_knows_as_seen_no_statement_voids,
    an_allocation_that_safety_knows_as_claimed_is_not_voided,
);

/// Permit, why, and whether a person's statement stands behind it.
async fn voided(house: &House) -> Vec<(String, String, bool)> {
    let voided: Vec<pb::PermitVoided> = house.events_of("PermitVoided").await;
    voided.into_iter().map(|void| (void.permit, void.why, void.stated)).collect()
}

async fn a_lost_answer_bars_nobody(house: House) {
    let gao = house.small_trial().await;
    gao.ready("P-001").await;
    house.safety.becomes(Mood::Lost);
    assert_eq!(code(gao.randomize("P-001", 1).await), "ENR-0035");
    let lost = house.safety.given("P-001");
    house.safety.becomes(Mood::Open);
    let shown = gao.randomize("P-001", 1).await.unwrap();
    assert_ne!(shown.permit, lost);
    assert_eq!(voided(&house).await, [(lost, "never claimed".to_owned(), false)]);
    let asked = house.safety.asked();
    assert_eq!(asked.len(), 3, "the lost ask, the refused one, and a fresh one");
    assert_ne!(asked[1].ask, asked[2].ask);
    let head = |ask: usize| asked[ask].heads.as_ref().unwrap().mine.as_ref().unwrap().number;
    assert!(head(2) > head(1), "the fresh ask shows the head that holds the void");
    gao.acknowledge("P-001", &shown.permit).await.unwrap();
    assert_eq!(gao.list().await.used, 1);
}

async fn a_void_that_was_written_first_decides_against_a_late_claim(house: House) {
    let gao = house.small_trial().await;
    gao.ready("P-001").await;
    let (other, script) = (gao.clone(), house.safety.clone());
    let answered = std::sync::Arc::new(std::sync::Mutex::new(None));
    let (keeps, runtime) = (answered.clone(), Handle::current());
    // While the first answer is on its way, a second ask is made and answered.
    house.safety.before_answer(move || {
        script.at_once();
        let second = tokio::task::block_in_place(|| runtime.block_on(other.randomize("P-001", 1)));
        *keeps.lock().unwrap() = Some(second);
    });
    let late = gao.randomize("P-001", 1).await.unwrap_err();
    assert!(late.message().contains("void before it was claimed"), "{late:?}");
    assert_eq!(code::<()>(Err(late)), "ENR-0030");
    let second = answered.lock().unwrap().take().unwrap().unwrap();
    let voided = voided(&house).await;
    assert_eq!((voided.len(), voided[0].1.as_str()), (1, "never claimed"));
    assert!(house.events_of::<pb::PermitReturned>("PermitReturned").await.is_empty());
    gao.acknowledge("P-001", &second.permit).await.unwrap();
    assert_eq!(gao.list().await.used, 1);
}

async fn a_restored_enrollment_voids_an_unknown_permit_by_statement_only(house: House) {
    let gao = house.small_trial().await;
    gao.ready("P-001").await;
    house.safety.becomes(Mood::Lost);
    assert_eq!(code(gao.randomize("P-001", 1).await), "ENR-0035");
    let unknown = house.safety.given("P-001");
    house.safety.becomes(Mood::Open);
    let chain = Chain::trial(TRIAL);
    let head = house.store.head(&chain).await.unwrap();
    let lost = Head { number: head.number + 5, hash: [7; 32], ..head };
    house.store.open_incarnation(&By::new("enrollment", morning()), &chain, lost).await.unwrap();
    let refused = gao.randomize("P-001", 1).await.unwrap_err();
    assert!(refused.message().contains(&unknown), "{refused:?}");
    assert_eq!(code::<()>(Err(refused)), "ENR-0031");
    assert_eq!(code(gao.randomize_again("P-001", 1, "  ").await), "ENR-0031");
    assert!(voided(&house).await.is_empty());
    let shown = gao.randomize_again("P-001", 1, "nobody was shown an arm").await.unwrap();
    assert_eq!(voided(&house).await, [(unknown, "not heard".to_owned(), true)]);
    gao.acknowledge("P-001", &shown.permit).await.unwrap();
}

async fn an_allocation_that_safety_knows_as_claimed_is_not_voided(house: House) {
    let gao = house.small_trial().await;
    gao.ready("P-001").await;
    let shown = gao.randomize("P-001", 1).await.unwrap();
    assert_eq!(code(gao.randomize("P-001", 2).await), "ENR-0031");
    assert!(voided(&house).await.is_empty());
    let again = gao.randomize_again("P-001", 2, "the page was closed").await.unwrap();
    assert_eq!(voided(&house).await, [(shown.permit, "not heard".to_owned(), true)]);
    gao.acknowledge("P-001", &again.permit).await.unwrap();
    let asks = house.safety.asked().len();
    assert_eq!(asks, 2, "nothing was voided behind a person's back");
}

async fn what_safety_knows_as_seen_no_statement_voids(house: House) {
    let gao = house.small_trial().await;
    gao.ready("P-001").await;
    house.safety.becomes(Mood::Lost);
    assert_eq!(code(gao.randomize("P-001", 1).await), "ENR-0035");
    house.safety.becomes(Mood::Open);
    house.safety.has_heard();
    let refused = gao.randomize_again("P-001", 2, "nobody was shown an arm").await.unwrap_err();
    assert!(refused.message().contains(&house.safety.given("P-001")), "{refused:?}");
    assert_eq!(code::<()>(Err(refused)), "ENR-0034");
    assert!(
        voided(&house).await.is_empty(),
        "safety would park a void of what was seen, and the trial would stand still"
    );
}

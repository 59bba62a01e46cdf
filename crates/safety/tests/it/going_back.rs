//! A service that went back in time ends held, safety itself included (holds.md, H3, H7).

use holdpoint_api::common::v1 as common;
use holdpoint_api::common::v1::Role::{Administrator, PrincipalInvestigator};
use holdpoint_api::safety::v1 as pb;
use holdpoint_journal::{Chain, Head};

use crate::support::{House, TRIAL, code};

on_both!(
    a_head_that_safety_lacks_holds_and_opens_an_incarnation,
    a_hold_waits_for_what_a_restarted_safety_may_have_forgotten,
    a_permit_that_safety_forgot_is_adopted_and_the_trial_held,
    a_hold_that_safety_forgot_is_placed_again,
    a_hold_that_safety_forgot_is_placed_again_as_it_was,
    an_asker_that_went_back_is_held,
    each_incarnation_of_a_peer_holds_once,
    a_peers_own_chain_holds_every_trial,
    safetys_own_chain_holds_before_the_next_permit,
    a_claimed_permit_is_not_ended_as_never_claimed,
    a_hold_that_only_labs_or_followup_remember_is_placed_again,
    a_reconciliation_hears_labs_and_followup_too,
    a_laboratory_that_went_back_is_held,
);

fn kinds(holds: &[pb::HoldView]) -> Vec<pb::HoldKind> {
    holds.iter().map(pb::HoldView::kind).collect()
}

async fn a_head_that_safety_lacks_holds_and_opens_an_incarnation(house: House) {
    let before = house.head().await;
    let lost = common::Head { incarnation: 0, number: before.number + 40, hash: vec![7; 32] };
    let mut ask = house.dose_ask("P-017", 1).await;
    ask.heads.as_mut().unwrap().yours = Some(lost.clone());
    assert_eq!(code(&house.ask_as(ask).await.unwrap_err()), "SAF-0012");
    let holds = house.holds().await;
    assert_eq!(kinds(&holds), [pb::HoldKind::Reconciliation]);
    assert!(holds[0].epoch > lost.number, "above every number that a peer has seen");
    assert_eq!(holds[0].state, "placed", "forgotten permits may be out");
    let mut again = house.dose_ask("P-017", 1).await;
    again.heads.as_mut().unwrap().yours = Some(lost);
    assert_eq!(code(&house.ask_as(again).await.unwrap_err()), "SAF-0007");
    assert_eq!(house.holds().await.len(), 1, "held once");
    house.pass(30_499).await;
    assert_eq!(house.holds().await[0].state, "placed");
    house.pass(1).await;
    assert_eq!(house.holds().await[0].state, "effective");
    let hold = &holds[0].hold;
    house.enrollment.cut(true);
    let refused = house.sign("adam", Administrator, hold).await.unwrap_err();
    assert_eq!(code(&refused), "SAF-0010");
    assert!(refused.message().contains("enrollment"), "it says who is silent: {refused}");
    house.enrollment.cut(false);
    house.sign("adam", Administrator, hold).await.unwrap();
    assert!(house.sign("pia", PrincipalInvestigator, hold).await.unwrap().released);
    assert!(house.ask("P-017", 1).await.is_ok());
}

async fn a_hold_waits_for_what_a_restarted_safety_may_have_forgotten(mut house: House) {
    house.restart().await;
    house.pass(500).await;
    let placed = house.hold(common::scope::Of::Trial(true)).await;
    assert_eq!(placed.state, "placed", "no peer has shown its heads: a permit of a lost hour may be out");
    house.pass(29_999).await;
    assert_eq!(house.hold_now(&placed.hold).await.state, "placed");
    house.pass(1).await;
    assert_eq!(
        house.hold_now(&placed.hold).await.state,
        "effective",
        "the longest life since the start is over"
    );

    house.restart().await;
    house.see_heads().await;
    let placed = house.hold(common::scope::Of::Site("cq2".to_owned())).await;
    assert_eq!(placed.state, "effective", "every peer has shown its heads, and nothing is out");
}

async fn a_permit_that_safety_forgot_is_adopted_and_the_trial_held(house: House) {
    house.dosing.starting("P-017", 1, "a-permit-of-the-gap").await;
    assert_eq!(code(&house.ask("P-018", 1).await.unwrap_err()), "SAF-0007");
    let holds = house.holds().await;
    assert_eq!(kinds(&holds), [pb::HoldKind::Reconciliation]);
    assert_eq!(holds[0].in_flight[0].permit, "a-permit-of-the-gap");
}

async fn a_hold_that_safety_forgot_is_placed_again(house: House) {
    house.dosing.checked("a-hold-of-the-gap").await;
    assert_eq!(code(&house.ask("P-018", 1).await.unwrap_err()), "SAF-0007");
    let hold = house.hold_now("a-hold-of-the-gap").await;
    assert_eq!(hold.scope.unwrap().of, Some(common::scope::Of::Trial(true)));
}

async fn an_asker_that_went_back_is_held(house: House) {
    let permit = house.ask("P-017", 1).await.unwrap().permit;
    house.dosing.starting("P-017", 1, &permit).await;
    house.hear().await;
    let mut ask = house.dose_ask("P-018", 1).await;
    let head = house.dosing.head().await;
    let other = common::Head { incarnation: 0, number: head.number, hash: vec![9; 32] };
    ask.heads.as_mut().unwrap().mine = Some(other);
    assert_eq!(code(&house.ask_as(ask).await.unwrap_err()), "SAF-0013");
    assert_eq!(kinds(&house.holds().await), [pb::HoldKind::Reconciliation]);
    assert_eq!(code(&house.ask("P-018", 1).await.unwrap_err()), "SAF-0007");
}

async fn a_hold_that_safety_forgot_is_placed_again_as_it_was(house: House) {
    house.dosing.checked_permanent_of_arm("a-hold-of-the-gap", "msc").await;
    house.hear().await;
    let hold = house.hold_now("a-hold-of-the-gap").await;
    assert_eq!(hold.kind(), pb::HoldKind::Permanent);
    assert_eq!(hold.scope.unwrap().of, Some(common::scope::Of::Arm("msc".to_owned())));
    assert_eq!(hold.activities, [common::Activity::FirstDose as i32]);
}

async fn release_all(house: &House) {
    for hold in house.holds().await.iter().filter(|hold| hold.state == "effective") {
        house.sign("adam", Administrator, &hold.hold).await.unwrap();
        assert!(house.sign("pia", PrincipalInvestigator, &hold.hold).await.unwrap().released);
    }
}

async fn each_incarnation_of_a_peer_holds_once(house: House) {
    house.dosing.reopen(&Chain::trial(TRIAL)).await;
    house.hear().await;
    assert_eq!(
        kinds(&house.holds().await),
        [pb::HoldKind::Reconciliation],
        "though no row it has seen is lost"
    );
    release_all(&house).await;
    house.hear().await;
    assert!(house.ask("P-017", 1).await.is_ok(), "held once");
    house.dosing.reopen(&Chain::trial(TRIAL)).await;
    assert_eq!(code(&house.ask("P-018", 1).await.unwrap_err()), "SAF-0007");
    assert_eq!(house.holds().await.len(), 2);
}

async fn a_peers_own_chain_holds_every_trial(house: House) {
    house.dosing.reopen(&Chain::Service).await;
    house.hear().await;
    assert_eq!(kinds(&house.holds().await), [pb::HoldKind::Reconciliation]);
    house.hear().await;
    assert_eq!(house.holds().await.len(), 1);
}

async fn safetys_own_chain_holds_before_the_next_permit(house: House) {
    let lost = Head { incarnation: 0, number: 4, hash: [7; 32] };
    house.store.open_incarnation(&house.service.ctx.own(), &Chain::Service, lost).await.unwrap();
    assert_eq!(code(&house.ask("P-017", 1).await.unwrap_err()), "SAF-0012");
    assert_eq!(code(&house.ask("P-017", 1).await.unwrap_err()), "SAF-0007");
    assert_eq!(kinds(&house.holds().await), [pb::HoldKind::Reconciliation]);
}

async fn a_claimed_permit_is_not_ended_as_never_claimed(house: House) {
    let permit = house.ask("P-017", 1).await.unwrap().permit;
    house.dosing.starting("P-017", 1, &permit).await;
    house.dosing.never_claimed("P-017", 1, &permit).await;
    assert_eq!(code(&house.ask("P-017", 1).await.unwrap_err()), "SAF-0011");
}

async fn a_hold_that_only_labs_or_followup_remember_is_placed_again(house: House) {
    house.labs.checked_by_labs("a-hold-of-labs").await;
    house.followup.checked_by_followup("a-hold-of-followup").await;
    house.hear().await;
    for hold in ["a-hold-of-labs", "a-hold-of-followup"] {
        let again = house.hold_now(hold).await;
        assert_eq!(again.kind(), pb::HoldKind::Permanent, "what the check does not say counts as the most");
    }
    assert_eq!(code(&house.ask("P-018", 1).await.unwrap_err()), "SAF-0007");
}

async fn a_reconciliation_hears_labs_and_followup_too(house: House) {
    house.dosing.reopen(&Chain::trial(TRIAL)).await;
    house.hear().await;
    let hold = house.holds().await[0].hold.clone();
    house.followup.cut(true);
    let refused = house.sign("adam", Administrator, &hold).await.unwrap_err();
    assert_eq!(code(&refused), "SAF-0010");
    assert!(refused.message().contains("followup"), "it says who is silent: {refused}");
    house.followup.cut(false);
    house.sign("adam", Administrator, &hold).await.unwrap();
    assert!(house.sign("pia", PrincipalInvestigator, &hold).await.unwrap().released);
}

async fn a_laboratory_that_went_back_is_held(house: House) {
    house.labs.derived("P-017", "cytopenia", "2026-03-01", false).await;
    house.hear().await;
    house.labs.reopen(&Chain::trial(TRIAL)).await;
    house.hear().await;
    assert_eq!(kinds(&house.holds().await), [pb::HoldKind::Reconciliation]);
    assert_eq!(code(&house.ask("P-018", 1).await.unwrap_err()), "SAF-0007");
}

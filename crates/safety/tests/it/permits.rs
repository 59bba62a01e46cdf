//! Who gets a permit, and who never does (holds.md steps 1 and 2; H1, H3, H4, H10).

use holdpoint_api::common::v1 as common;
use holdpoint_api::common::v1::scope::Of;
use holdpoint_api::safety::v1 as pb;
use holdpoint_api::safety::v1::safety_server::Safety as _;
use holdpoint_journal::Chain;
use tonic::Code;

use crate::support::{House, TRIAL, code, named};

on_both!(
    asked_after_a_hold_is_refused_and_names_it,
    a_repeated_ask_is_aborted,
    the_earlier_permit_must_be_void,
    only_dosing_asks_for_doses,
    a_restarted_safety_waits_for_each_peer,
    a_person_answers_for_a_silent_peer,
    a_contradicting_row_is_parked_and_stops_permits,
    two_at_once_for_one_infusion,
    a_silent_or_parked_laboratory_stops_no_start,
);

async fn asked_after_a_hold_is_refused_and_names_it(house: House) {
    assert!(house.ask("P-017", 1).await.is_ok());
    let hold = house.hold(Of::Site("cq2".to_owned())).await;
    let refused = house.ask("P-018", 1).await.unwrap_err();
    assert_eq!((refused.code(), code(&refused).as_str()), (Code::FailedPrecondition, "SAF-0007"));
    assert_eq!(named(&refused), [hold.hold]);
}

async fn a_repeated_ask_is_aborted(house: House) {
    let ask = house.dose_ask("P-017", 1).await;
    assert!(house.ask_as(ask.clone()).await.is_ok());
    let again = house.ask_as(ask).await.unwrap_err();
    assert_eq!((again.code(), code(&again).as_str()), (Code::Aborted, "SAF-0009"));
}

async fn the_earlier_permit_must_be_void(house: House) {
    let first = house.ask("P-017", 1).await.unwrap();
    assert_eq!(code(&house.ask("P-017", 1).await.unwrap_err()), "SAF-0008");
    house.dosing.voided("P-017", 1, &first.permit, false).await;
    let second = house.ask("P-017", 1).await.unwrap();
    assert_ne!(first.permit, second.permit);
    house.dosing.starting("P-017", 1, &second.permit).await;
    house.dosing.heard("P-017", 1, &second.permit).await;
    house.dosing.completed("P-017", 1, &second.permit).await;
    let mut renamed = house.dose_ask("P-017", 1).await;
    renamed.infusion = "planned-anew".to_owned();
    assert_eq!(code(&house.ask_as(renamed).await.unwrap_err()), "SAF-0008");
    assert!(house.ask("P-017", 2).await.is_ok());
}

async fn only_dosing_asks_for_doses(house: House) {
    let ask = house.dose_ask("P-017", 1).await;
    let refused = house.service.rpcs().issue_permit(house.by("enrollment", ask)).await.unwrap_err();
    assert_eq!(code(&refused), "SAF-0022");
}

async fn a_restarted_safety_waits_for_each_peer(mut house: House) {
    house.restart().await;
    house.enrollment.cut(true);
    let refused = house.ask("P-017", 1).await.unwrap_err();
    assert_eq!((refused.code(), code(&refused).as_str()), (Code::Unavailable, "SAF-0010"));
    house.enrollment.cut(false);
    assert!(house.ask("P-017", 1).await.is_ok());
    house.enrollment.cut(true);
    assert!(house.ask("P-018", 1).await.is_ok(), "once shown, a peer may be silent");
}

async fn a_person_answers_for_a_silent_peer(mut house: House) {
    house.restart().await;
    house.enrollment.cut(true);
    let request = pb::OverrideSilentPeerRequest {
        act: house.act("enrollment's machine burnt down, its last rows are on paper"),
        trial: TRIAL.to_owned(),
        peer: "enrollment".to_owned(),
    };
    house.service.rpcs().override_silent_peer(house.by("sam", request)).await.unwrap();
    assert!(house.ask("P-017", 1).await.is_ok());
    house.restart().await;
    assert_eq!(code(&house.ask("P-018", 1).await.unwrap_err()), "SAF-0010", "it holds for one run only");
}

async fn a_contradicting_row_is_parked_and_stops_permits(house: House) {
    let permit = house.ask("P-017", 1).await.unwrap().permit;
    house.dosing.heard("P-017", 1, &permit).await;
    house.dosing.voided("P-017", 1, &permit, false).await;
    let refused = house.ask("P-018", 1).await.unwrap_err();
    assert_eq!((refused.code(), code(&refused).as_str()), (Code::FailedPrecondition, "SAF-0011"));
}

async fn two_at_once_for_one_infusion(house: House) {
    let (one, two) = (house.dose_ask("P-017", 1).await, house.dose_ask("P-017", 1).await);
    let (one, two) = tokio::join!(house.ask_as(one), house.ask_as(two));
    assert_eq!(u8::from(one.is_ok()) + u8::from(two.is_ok()), 1);
    let allocation = pb::IssuePermitRequest {
        ask: house.fresh(),
        trial: TRIAL.to_owned(),
        activity: common::Activity::Randomization.into(),
        placement: Some(common::Placement { subject: "P-019".to_owned(), ..Default::default() }),
        possible_arms: vec!["msc".to_owned(), "control".to_owned()],
        heads: Some(common::Heads { mine: Some(house.enrollment.head().await.into()), yours: None }),
        ..Default::default()
    };
    assert!(house.ask_as(allocation.clone()).await.is_ok());
    house.hold(Of::Arm("control".to_owned())).await;
    let other = pb::IssuePermitRequest {
        ask: house.fresh(),
        placement: Some(common::Placement { subject: "P-020".to_owned(), ..Default::default() }),
        ..allocation
    };
    assert_eq!(code(&house.ask_as(other).await.unwrap_err()), "SAF-0007");
}

async fn a_silent_or_parked_laboratory_stops_no_start(mut house: House) {
    house.labs.derived("P-017", "cytopenia", "no day", false).await;
    house.hear().await;
    let parked = house.store.parked("labs", &Chain::trial(TRIAL)).await.unwrap();
    assert!(parked.is_some(), "a row of labs waits, and people are told");
    let alerts = crate::alerts::all(&house).await;
    assert!(alerts.iter().any(|alert| alert.kind == "row-parked"), "{alerts:?}");
    assert!(house.ask("P-017", 1).await.is_ok());
    house.labs.cut(true);
    house.followup.cut(true);
    house.restart().await;
    assert!(house.ask("P-018", 1).await.is_ok());
}

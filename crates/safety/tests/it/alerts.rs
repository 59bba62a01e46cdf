//! Alerts: a stream that goes on where it left off, one owner, repeated until acknowledged (reliability.md F37 to F39).

use futures::StreamExt as _;
use holdpoint_api::common::v1::scope::Of;
use holdpoint_api::journal::v1::RowParked;
use holdpoint_api::safety::v1 as pb;
use holdpoint_api::safety::v1::safety_server::Safety as _;
use holdpoint_safety::reconcilers::{obligations_due, overdue_alerts};

use crate::support::{House, TRIAL, code, moment, yes};

on_both!(
    a_stream_goes_on_after_a_number,
    a_number_without_its_trial_is_no_place,
    who_has_no_part_in_a_trial_hears_nothing_of_it,
    the_first_to_acknowledge_owns_it,
    repeated_once_an_interval,
    an_obligation_nearing_due_is_told_once,
    a_parked_row_is_told_whoever_parked_it,
);

pub(crate) async fn all(house: &House) -> Vec<pb::AlertRaised> {
    house.alerts_of(TRIAL).await
}

async fn a_stream_goes_on_after_a_number(house: House) {
    house.hold(Of::Trial(true)).await;
    house.hold(Of::Site("cq2".to_owned())).await;
    let told = all(&house).await;
    assert_eq!(told.len(), 2);
    assert_eq!((told[0].previous, told[1].previous), (0, told[0].number), "each names the one before it");
    for request in [
        pb::SubscribeAlertsRequest {
            trial: TRIAL.to_owned(),
            resume_after: told[0].number,
            ..Default::default()
        },
        pb::SubscribeAlertsRequest {
            resume: [(TRIAL.to_owned(), told[0].number)].into(),
            ..Default::default()
        },
    ] {
        let stream = house.service.rpcs().subscribe_alerts(house.by("sam", request)).await.unwrap();
        let mut stream = stream.into_inner();
        assert_eq!(stream.next().await.unwrap().unwrap(), told[1]);
        let live = house.hold(Of::Arm("msc".to_owned())).await.hold;
        let mut last = told[1].number;
        loop {
            let next = stream.next().await.unwrap().unwrap();
            assert_eq!(next.previous, last);
            last = next.number;
            if next.hold == live {
                break;
            }
        }
    }
}

async fn a_number_without_its_trial_is_no_place(house: House) {
    let request = pb::SubscribeAlertsRequest { resume_after: 7, ..Default::default() };
    let refused = house.service.rpcs().subscribe_alerts(house.by("sam", request)).await.err().unwrap();
    assert_eq!(code(&refused), "SAF-0001");
}

async fn who_has_no_part_in_a_trial_hears_nothing_of_it(house: House) {
    house.hold(Of::Trial(true)).await;
    let request = pb::SubscribeAlertsRequest { trial: "another".to_owned(), ..Default::default() };
    let refused = house.service.rpcs().subscribe_alerts(house.by("sam", request)).await.err().unwrap();
    assert_eq!(refused.code(), tonic::Code::PermissionDenied);
}

async fn the_first_to_acknowledge_owns_it(house: House) {
    house.hold(Of::Trial(true)).await;
    let alert = all(&house).await[0].alert.clone();
    for who in ["sam", "pia"] {
        let request =
            pb::AcknowledgeAlertRequest { act: house.act(""), trial: TRIAL.to_owned(), alert: alert.clone() };
        let answer = house.service.rpcs().acknowledge_alert(house.by(who, request)).await.unwrap();
        assert_eq!(answer.into_inner().owner, "sam");
    }
}

async fn repeated_once_an_interval(house: House) {
    house.hold(Of::Trial(true)).await;
    house.civil.advance(std::time::Duration::from_secs(300));
    for _ in 0..3 {
        overdue_alerts::run(&house.service.ctx).await.unwrap();
    }
    assert_eq!(all(&house).await.len(), 2, "the alert and one repetition");
}

async fn an_obligation_nearing_due_is_told_once(house: House) {
    house.report("P-017", vec![yes("serious", "")]).await;
    house.civil.set(moment("2026-03-02T05:00:00Z"));
    for _ in 0..3 {
        obligations_due::run(&house.service.ctx).await.unwrap();
    }
    let near = all(&house).await.into_iter().filter(|alert| alert.kind == "obligation-nearly-due").count();
    assert_eq!(near, 1);
}

async fn a_parked_row_is_told_whoever_parked_it(house: House) {
    let permit = house.ask("P-017", 1).await.unwrap().permit;
    let parked = RowParked {
        source: "enrollment".to_owned(),
        chain: TRIAL.to_owned(),
        why: "its weight is no number".to_owned(),
        ..RowParked::default()
    };
    house.dosing.tell("holdpoint.journal.v1.RowParked", &parked).await;
    // What safety itself cannot apply: a permit that was heard is said to be void.
    house.dosing.heard("P-017", 1, &permit).await;
    house.dosing.voided("P-017", 1, &permit, false).await;
    house.ask("P-018", 1).await.unwrap_err();
    let told: Vec<String> = all(&house)
        .await
        .into_iter()
        .filter(|alert| alert.kind == "row-parked")
        .map(|alert| alert.text)
        .collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("dosing could not apply row 0 of enrollment's journal"), "{told:?}");
    assert!(told[1].starts_with("safety could not apply row"), "{told:?}");
}

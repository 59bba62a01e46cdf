//! The suspension board: what was in flight and what became of it, the Gos around the hold, who decided, the rows that prove
//! it, and the same as a stream until the release.

use futures::{Stream, StreamExt as _};
use holdpoint_api::common::v1 as common;
use holdpoint_api::common::v1::scope::Of;
use holdpoint_api::safety::v1 as pb;
use holdpoint_api::safety::v1::safety_server::Safety as _;
use holdpoint_journal::Chain;
use tonic::Status;

use crate::support::{House, TRIAL, code, moment, number, yes};

on_both!(
    it_says_what_became_of_what_was_in_flight,
    the_last_go_before_and_none_after,
    a_go_told_after_the_hold_was_effective_is_counted_by_its_time,
    it_says_who_decided_what_and_which_rows_prove_it,
    it_names_the_event_behind_the_hold,
    a_watcher_hears_each_change_until_the_release,
    a_released_hold_is_shown_once,
    who_has_no_part_in_the_trial_watches_nothing,
);

/// The first dose of a subject is asked for, claimed and heard.
async fn heard(house: &House, subject: &str) -> String {
    let permit = house.ask(subject, 1).await.unwrap().permit;
    house.dosing.starting(subject, 1, &permit).await;
    house.dosing.heard(subject, 1, &permit).await;
    house.hear().await;
    permit
}

async fn release(house: &House, hold: &str) {
    house.sign("bea", common::Role::BoardMember, hold).await.unwrap();
    assert!(house.sign("pia", common::Role::PrincipalInvestigator, hold).await.unwrap().released);
}

async fn watch(
    house: &House,
    who: &str,
    hold: &str,
) -> Result<impl Stream<Item = Result<pb::SuspensionBoard, Status>> + use<>, Status> {
    let request = pb::WatchSuspensionRequest { trial: TRIAL.to_owned(), hold: hold.to_owned() };
    Ok(house.service.rpcs().watch_suspension(house.by(who, request)).await?.into_inner())
}

async fn it_says_what_became_of_what_was_in_flight(house: House) {
    let given = heard(&house, "P-017").await;
    house.dosing.started("P-017", 1, &given, "2026-03-01T10:00:00Z").await;
    let unheard = house.ask("P-018", 1).await.unwrap().permit;
    let hold = house.hold(Of::Trial(true)).await.hold;
    house.machine.advance(std::time::Duration::from_millis(40));
    house.dosing.completed("P-017", 1, &given).await;
    house.dosing.never_claimed("P-018", 1, &unheard).await;
    house.hear().await;
    let board = house.board_of(&hold).await;
    let fates: Vec<_> = board
        .flights
        .iter()
        .map(|of| (of.permit.as_str(), of.state.as_str(), of.heard_at.is_some(), of.completed_at.is_some()))
        .collect();
    assert_eq!(fates, [(given.as_str(), "completed", true, true), (unheard.as_str(), "void", false, false)]);
    assert_eq!((board.effective_how.as_str(), board.placed_by.as_str()), ("settled", "nora"));
}

async fn the_last_go_before_and_none_after(house: House) {
    heard(&house, "P-017").await;
    house.civil.advance(std::time::Duration::from_secs(60));
    let last = heard(&house, "P-018").await;
    let hold = house.hold(Of::Trial(true)).await.hold;
    house.ask("P-017", 2).await.unwrap_err();
    let board = house.board_of(&hold).await;
    assert_eq!(board.last_go.map(|go| go.permit), Some(last));
    assert_eq!((board.gos_after_effective, board.permits_while_held), (0, 0));
    let other = house.hold(Of::Subject("P-017".to_owned())).await.hold;
    assert_eq!(house.board_of(&other).await.last_go.map(|go| go.subject).as_deref(), Some("P-017"));
}

async fn a_go_told_after_the_hold_was_effective_is_counted_by_its_time(house: House) {
    let (in_time, late) = (house.ask("P-017", 1).await.unwrap(), house.ask("P-018", 1).await.unwrap());
    house.dosing.starting("P-017", 1, &in_time.permit).await;
    house.dosing.heard("P-017", 1, &in_time.permit).await;
    house.civil.advance(std::time::Duration::from_secs(5));
    let hold = house.hold(Of::Trial(true)).await.hold;
    house.pass(5_500).await;
    house.hear().await;
    let board = house.board_of(&hold).await;
    assert_eq!((board.effective_how.as_str(), board.gos_after_effective), ("life over", 0));
    assert_eq!(board.last_go.map(|go| go.permit), Some(in_time.permit), "it was heard in time and told late");
    house.civil.advance(std::time::Duration::from_secs(1));
    house.dosing.heard("P-018", 1, &late.permit).await;
    house.hear().await;
    assert_eq!(house.board_of(&hold).await.gos_after_effective, 1, "a broken promise is told as one");
}

async fn it_says_who_decided_what_and_which_rows_prove_it(house: House) {
    let hold = house.hold(Of::Trial(true)).await.hold;
    let decision = |text: &str, holds: &[&String]| pb::RecordBoardDecisionRequest {
        act: house.act("meeting"),
        trial: TRIAL.to_owned(),
        text: text.to_owned(),
        holds: holds.iter().map(|hold| (*hold).clone()).collect(),
        ..Default::default()
    };
    for asked in [decision("the trial goes on", &[&hold]), decision("something else", &[])] {
        house.service.rpcs().record_board_decision(house.by("bea", asked)).await.unwrap();
    }
    release(&house, &hold).await;
    let board = house.board_of(&hold).await;
    let words: Vec<_> = board.decisions.iter().map(|word| (word.text.as_str(), word.by.as_str())).collect();
    assert_eq!(words, [("the trial goes on", "bea")]);
    let signed = board.hold.unwrap().signatures;
    let papers: Vec<_> = signed
        .iter()
        .map(|one| (one.by.as_str(), one.ethics_reference.as_str(), one.reason.as_str()))
        .collect();
    assert_eq!(papers, [("bea", "EC-7", "reviewed"), ("pia", "EC-7", "reviewed")]);
    for (row, what) in board.rows.iter().zip(["placed", "effective", "released"]) {
        let head = row.row.clone().unwrap();
        let stored = house.store.row(&Chain::trial(TRIAL), head.number).await.unwrap().unwrap();
        let kind = format!("holdpoint.safety.v1.Hold{}{}", what[..1].to_uppercase(), &what[1..]);
        assert_eq!((row.what.as_str(), stored.envelope().unwrap().r#type), (what, kind));
        assert_eq!(head.hash, stored.head.hash);
    }
    let services: Vec<_> = board.heads.iter().map(|head| head.service.as_str()).collect();
    assert_eq!(services, ["safety", "dosing", "enrollment", "followup", "labs"]);
    assert_eq!(board.heads[0].head.clone().unwrap(), house.head().await.into());
    assert_eq!(board.heads[2].head.clone().unwrap(), house.enrollment.head().await.into());
}

async fn it_names_the_event_behind_the_hold(house: House) {
    let given = heard(&house, "P-017").await;
    house.dosing.started("P-017", 1, &given, "2026-03-01T10:00:00Z").await;
    house.hear().await;
    house.civil.set(moment("2026-03-06T10:00:00Z"));
    let since = "2026-03-06T09:00:00Z";
    let facts = vec![number("grade", 4, since), yes("mechanical-ventilation", since)];
    let reported = house.report("P-017", facts).await;
    let board = house.board_of(&reported.holds[0].hold).await;
    let event = board.event.unwrap();
    assert_eq!((event.term.as_str(), event.subject.as_str()), ("Respiratory failure", "P-017"));
    assert_eq!((event.grade.as_str(), board.placed_by.as_str()), ("4", "safety"));
}

async fn a_watcher_hears_each_change_until_the_release(house: House) {
    let unheard = house.ask("P-017", 1).await.unwrap().permit;
    let hold = house.hold(Of::Trial(true)).await.hold;
    let mut boards = watch(&house, "sam", &hold).await.unwrap();
    let state = |board: &pb::SuspensionBoard| board.hold.clone().unwrap().state;
    assert_eq!(state(&boards.next().await.unwrap().unwrap()), "placed");
    house.dosing.never_claimed("P-017", 1, &unheard).await;
    house.hear().await;
    let effective = boards.next().await.unwrap().unwrap();
    assert_eq!((state(&effective).as_str(), effective.flights[0].state.as_str()), ("effective", "void"));
    house.dosing.checked(&hold).await;
    house.hear().await;
    let checked = boards.next().await.unwrap().unwrap();
    assert_eq!(checked.checks[0].summary, "froze 1");
    release(&house, &hold).await;
    let mut last = checked;
    while let Some(board) = boards.next().await {
        last = board.unwrap();
    }
    assert_eq!((state(&last).as_str(), last.rows.len()), ("released", 3));
}

async fn a_released_hold_is_shown_once(house: House) {
    let hold = house.hold(Of::Trial(true)).await.hold;
    release(&house, &hold).await;
    let shown: Vec<_> = watch(&house, "bea", &hold).await.unwrap().collect().await;
    assert_eq!(shown.len(), 1);
}

async fn who_has_no_part_in_the_trial_watches_nothing(house: House) {
    let hold = house.hold(Of::Trial(true)).await.hold;
    let refused = watch(&house, "nora", &hold).await.err().unwrap();
    assert_eq!(refused.code(), tonic::Code::PermissionDenied, "a nurse's role is none of this rpc's");
    let request = pb::WatchSuspensionRequest { trial: "another".to_owned(), hold: hold.clone() };
    let refused = house.service.rpcs().watch_suspension(house.by("sam", request)).await.err().unwrap();
    assert_eq!(refused.code(), tonic::Code::PermissionDenied);
    let refused = watch(&house, "sam", "no-such-hold").await.err().unwrap();
    assert_eq!(code(&refused), "SAF-0004");
}

//! When a hold is effective and what is in flight (holds.md step 6; H1, H2, H4, H8).

use holdpoint_api::common::v1::scope::Of;
use holdpoint_safety::reconcilers::silent_services;

use crate::support::House;

on_both!(
    effective_at_once_with_nothing_unsettled,
    effective_when_the_last_is_settled,
    effective_when_the_life_is_over,
    a_restarted_safety_counts_anew,
    the_list_names_what_runs_however_old,
    the_board_collects_checks_and_tells_of_silence,
    all_four_check_a_hold_and_nobody_is_silent,
    hearing_everything_again_changes_nothing,
);

async fn effective_at_once_with_nothing_unsettled(house: House) {
    let hold = house.hold(Of::Trial(true)).await;
    assert_eq!((hold.state.as_str(), hold.effective_within_ms), ("effective", 0));
    assert!(hold.in_flight.is_empty());
}

async fn effective_when_the_last_is_settled(house: House) {
    let (one, two) = (house.ask("P-017", 1).await.unwrap(), house.ask("P-018", 1).await.unwrap());
    let hold = house.hold(Of::Trial(true)).await;
    assert_eq!((hold.state.as_str(), hold.effective_within_ms), ("placed", 5_500));
    assert_eq!(hold.in_flight.len(), 2);
    house.dosing.starting("P-017", 1, &one.permit).await;
    house.dosing.heard("P-017", 1, &one.permit).await;
    house.hear().await;
    assert_eq!(house.hold_now(&hold.hold).await.state, "placed");
    house.machine.advance(std::time::Duration::from_millis(120));
    house.dosing.voided("P-018", 1, &two.permit, false).await;
    house.hear().await;
    let after = house.hold_now(&hold.hold).await;
    assert_eq!((after.state.as_str(), after.effective_after_ms), ("effective", 120));
    assert!(after.epoch > hold.epoch);
}

async fn effective_when_the_life_is_over(house: House) {
    house.ask("P-017", 1).await.unwrap();
    let hold = house.hold(Of::Trial(true)).await;
    house.machine.advance_wall(std::time::Duration::from_secs(3_600));
    house.pass(5_499).await;
    assert_eq!(house.hold_now(&hold.hold).await.state, "placed", "the wall clock shortens nothing");
    house.pass(1).await;
    assert_eq!(house.hold_now(&hold.hold).await.state, "effective");
}

async fn a_restarted_safety_counts_anew(mut house: House) {
    house.ask("P-017", 1).await.unwrap();
    let hold = house.hold(Of::Trial(true)).await;
    house.pass(5_000).await;
    house.restart().await;
    house.see_heads().await;
    house.pass(5_000).await;
    assert_eq!(house.hold_now(&hold.hold).await.state, "placed");
    house.pass(5_500).await;
    assert_eq!(house.hold_now(&hold.hold).await.state, "effective");
}

async fn the_list_names_what_runs_however_old(house: House) {
    let permit = house.ask("P-017", 1).await.unwrap().permit;
    house.dosing.starting("P-017", 1, &permit).await;
    house.dosing.heard("P-017", 1, &permit).await;
    house.dosing.started("P-017", 1, &permit, "2026-03-01T10:00:00Z").await;
    house.hear().await;
    house.pass(86_400_000).await;
    let hold = house.hold(Of::Trial(true)).await;
    assert_eq!(hold.state, "effective", "what was heard is settled");
    assert_eq!((hold.in_flight[0].permit.as_str(), hold.in_flight[0].settled), (permit.as_str(), true));
    house.dosing.completed("P-017", 1, &permit).await;
    house.hear().await;
    assert!(house.hold(Of::Trial(true)).await.in_flight.is_empty());
}

async fn the_board_collects_checks_and_tells_of_silence(house: House) {
    let hold = house.hold(Of::Trial(true)).await.hold;
    house.dosing.checked(&hold).await;
    house.hear().await;
    house.pass(10_000).await;
    silent_services::run(&house.service.ctx).await.unwrap();
    silent_services::run(&house.service.ctx).await.unwrap();
    let board = house.board_of(&hold).await;
    let states: Vec<_> = board.checks.iter().map(|c| (c.service.as_str(), c.state.as_str())).collect();
    let (checked, silent) = ("checked", "silent");
    assert_eq!(states, [("dosing", checked), ("enrollment", silent), ("followup", silent), ("labs", silent)]);
    let alerts: Vec<_> = board.alerts.iter().filter_map(|view| view.alert.as_ref()).collect();
    assert_eq!(alerts.iter().map(|a| a.kind.as_str()).collect::<Vec<_>>(), ["hold-placed", "service-silent"]);
    let alerts = crate::alerts::all(&house).await;
    let silent: Vec<_> = alerts.iter().filter(|alert| alert.kind == "service-silent").collect();
    assert_eq!(silent.len(), 1, "told once");
    assert!(silent[0].text.contains("by enrollment, followup, labs for ten seconds"), "{}", silent[0].text);
}

async fn all_four_check_a_hold_and_nobody_is_silent(house: House) {
    let hold = house.hold(Of::Trial(true)).await.hold;
    house.dosing.checked(&hold).await;
    house.enrollment.checked_by_enrollment(&hold).await;
    house.labs.checked_by_labs(&hold).await;
    house.followup.checked_by_followup(&hold).await;
    house.hear().await;
    house.pass(60_000).await;
    silent_services::run(&house.service.ctx).await.unwrap();
    let board = house.board_of(&hold).await;
    let items: Vec<_> = board.checks.iter().map(|c| (c.state.as_str(), c.items.join("; "))).collect();
    let checked = |items: &str| ("checked", items.to_owned());
    assert_eq!(
        items,
        [
            checked("frozen: P-018-i2"),
            checked("in screening: P-030"),
            checked("frozen: P-018 infusion 2; safety visits that go on: 7"),
            checked("last result: P-017 platelets 12 e9/L 2026-03-01"),
        ]
    );
    let alerts = crate::alerts::all(&house).await;
    assert!(alerts.iter().all(|alert| alert.kind != "service-silent"), "{alerts:?}");
}

async fn hearing_everything_again_changes_nothing(mut house: House) {
    let permit = house.ask("P-017", 1).await.unwrap().permit;
    house.dosing.starting("P-017", 1, &permit).await;
    house.dosing.heard("P-017", 1, &permit).await;
    house.hear().await;
    house.hold(Of::Trial(true)).await;
    let (head, holds) = (house.head().await, house.holds().await);
    house.restart().await;
    for _ in 0..3 {
        house.hear().await;
        house.pass(10).await;
    }
    assert_eq!((house.head().await, house.holds().await), (head, holds));
}

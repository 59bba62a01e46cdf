//! Laboratory work never stops; a hold is answered with the last results of whom it covers.

use holdpoint_api::common::v1 as common;
use holdpoint_api::labs::v1 as pb;
use holdpoint_api::safety::v1 as safety;
use holdpoint_journal::Chain;

use crate::support::{Analyte, Said, TRIAL, World, on_both_databases, time};

on_both_databases!(a_hold_is_checked_once_with_the_last_results);

fn placed(world: &World, hold: &str, scope: common::scope::Of) -> safety::HoldPlaced {
    safety::HoldPlaced {
        trial: TRIAL.to_owned(),
        hold: hold.to_owned(),
        scope: Some(common::Scope { of: Some(scope) }),
        activities: vec![common::Activity::Dosing as i32],
        kind: safety::HoldKind::PendingBoardDecision as i32,
        at: time(world.now()),
        ..safety::HoldPlaced::default()
    }
}

async fn a_hold_is_checked_once_with_the_last_results(world: World) {
    let said = |subject: &str, day: &str, value: &str| {
        Said::of(subject, &format!("2026-04-{day}T01:00:00Z"), &[Analyte::platelets(value)])
    };
    world
        .sends(&[said("P-001", "01", "12"), said("P-001", "02", "15"), said("P-002", "03", "clotted")])
        .await;
    let whole = placed(&world, "h-1", common::scope::Of::Trial(true));
    world.told_by_safety("HoldPlaced", &whole).await;
    world.told_by_safety("HoldPlaced", &whole).await;
    let one = placed(&world, "h-2", common::scope::Of::Subject("P-001".to_owned()));
    world.told_by_safety("HoldPlaced", &one).await;
    world.hear().await;
    let checks: Vec<pb::HoldChecked> = world.told(&Chain::trial(TRIAL), "HoldChecked").await;
    assert_eq!(checks.len(), 2, "once each");
    assert_eq!(
        checks[0].last_results,
        ["P-001 platelets 15 2026-04-02", "P-002 platelets no number 2026-04-03"]
    );
    assert_eq!((checks[0].kind, &checks[0].scope), (whole.kind, &whole.scope), "the hold as it was placed");
    assert_eq!(checks[1].last_results, ["P-001 platelets 15 2026-04-02"]);
    let later = world.says(said("P-001", "04", "20")).await;
    assert_eq!(later.outcome(), pb::Outcome::Accepted, "laboratory work never stops");
}

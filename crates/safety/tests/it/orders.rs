//! There is no order across sources: whatever dosing tells may come before or after whatever enrollment tells. Nothing is
//! parked for it, and the end is the same (architecture, idea 2).

use holdpoint_chassis::identity::Role;
use holdpoint_safety::domain::hold::Hold;
use holdpoint_safety::domain::permit::{Permit, PermitState, Progress};
use holdpoint_safety::store::Subject;

use crate::support::{House, TRIAL};

const SUBJECT: &str = "P-900";
const PERMIT: &str = "permit-of-dosing";
const OF_ENROLLMENT: usize = 6;
const OF_DOSING: usize = 4;

async fn enrollment_tells(house: &House, step: usize) {
    let enrollment = &house.enrollment;
    match step {
        0 => enrollment.activate_protocol().await,
        1 => enrollment.register_site("cq2", "Asia/Shanghai").await,
        2 => enrollment.delegate("pia", Role::PrincipalInvestigator, "").await,
        3 => enrollment.screen(SUBJECT, "cq2").await,
        4 => enrollment.randomize(SUBJECT, "cq2", "msc").await,
        _ => enrollment.died(SUBJECT, "milestone-of-death", "2026-03-01T09:30:00Z").await,
    }
    house.hear().await;
}

async fn dosing_tells(house: &House, step: usize) {
    let dosing = &house.dosing;
    match step {
        0 => dosing.starting(SUBJECT, 1, PERMIT).await,
        1 => dosing.heard(SUBJECT, 1, PERMIT).await,
        2 => dosing.started(SUBJECT, 1, PERMIT, "2026-03-01T09:00:00Z").await,
        _ => dosing.completed(SUBJECT, 1, PERMIT).await,
    }
    house.hear().await;
}

/// The end, as far as it is told: the subject's copy, what became of its permit, and why holds stand.
async fn end(house: &House) -> (Vec<Subject>, Vec<(PermitState, Progress)>, Vec<String>) {
    assert_eq!(house.store.all_parked().await.unwrap(), []);
    let subjects = house.store.find::<Subject>(&[("trial", TRIAL)]).await.unwrap();
    let permits = house.store.find::<Permit>(&[("trial", TRIAL)]).await.unwrap();
    let holds = house.store.find::<Hold>(&[("trial", TRIAL)]).await.unwrap();
    let mut reasons: Vec<String> = holds.iter().map(|hold| hold.reason.clone()).collect();
    reasons.sort();
    let permits = permits.into_iter().map(|permit| (permit.state.clone(), permit.progress.clone())).collect();
    (subjects.into_iter().map(|subject| subject.value).collect(), permits, reasons)
}

/// Dosing's first rows come when enrollment has told some of its own, the others when it has told all.
#[tokio::test]
async fn sources_in_every_order() {
    let mut first = None;
    for (after, early) in
        (0..=OF_ENROLLMENT).flat_map(|after| (1..=OF_DOSING).map(move |early| (after, early)))
    {
        let house = House::empty().await;
        for step in 0..after {
            enrollment_tells(&house, step).await;
        }
        for step in 0..early {
            dosing_tells(&house, step).await;
        }
        for step in after..OF_ENROLLMENT {
            enrollment_tells(&house, step).await;
        }
        for step in early..OF_DOSING {
            dosing_tells(&house, step).await;
        }
        let end = end(&house).await;
        assert_eq!(
            *first.get_or_insert_with(|| end.clone()),
            end,
            "{early} of dosing after {after} of enrollment"
        );
    }
}

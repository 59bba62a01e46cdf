//! What happens to subjects, and that safety hears of it before the recorder is answered.

use std::time::Duration;

use holdpoint_api::enrollment::v1 as pb;

use crate::house::{House, TRIAL, on_both_databases};
use crate::person::code;
use crate::safety::Mood;

on_both_databases!(
    a_death_is_told_to_safety_before_the_answer,
    a_death_with_safety_silent_is_not_yet_held_and_told_again,
    corrections_stay_visible,
    the_axes_end_by_rules_of_the_file,
    an_unacknowledged_allocation_is_reported_once,
);

async fn a_death_is_told_to_safety_before_the_answer(house: House) {
    let gao = house.small_trial().await;
    gao.ready("P-001").await;
    let quiet = gao.milestone("P-001", "transplant", "2026-01-20").await.unwrap();
    assert!(quiet.holds.is_empty() && !quiet.not_yet_held);
    assert!(house.safety.told().is_empty(), "no rule wakes on a transplant");
    let died = gao.milestone("P-001", "death", "2026-03-02").await.unwrap();
    assert_eq!((died.holds, died.not_yet_held), (vec![format!("hold-{}", died.milestone)], false));
    let told = house.safety.told();
    assert_eq!((told.len(), told[0].event.as_str(), told[0].date.as_str()), (1, "death", "2026-03-02"));
    assert!(told[0].heads.as_ref().unwrap().mine.as_ref().unwrap().number > 0);
}

async fn a_death_with_safety_silent_is_not_yet_held_and_told_again(house: House) {
    let gao = house.small_trial().await;
    gao.ready("P-001").await;
    house.safety.becomes(Mood::Silent);
    let died = gao.milestone("P-001", "death", "2026-03-02").await.unwrap();
    assert!(died.not_yet_held && died.holds.is_empty());
    assert_eq!(
        house.events_of::<pb::MilestoneRecorded>("MilestoneRecorded").await.len(),
        1,
        "it is recorded"
    );
    house.safety.becomes(Mood::Open);
    let told = || async {
        house.machine.advance_boot(Duration::from_secs(1));
        !house.safety.told().is_empty()
    };
    house.until("safety was told", told).await;
    let told = "holdpoint.enrollment.v1.audit.SafetyTold";
    house.until("it is noted", || async { house.events().await.iter().any(|(kind, _)| kind == told) }).await;
    assert_eq!(house.safety.told()[0].milestone, died.milestone);
}

async fn corrections_stay_visible(house: House) {
    let gao = house.small_trial().await;
    gao.ready("P-001").await;
    let first = gao.milestone("P-001", "transplant", "2026-01-20").await.unwrap().milestone;
    let replace = |date: &'static str, event: &'static str, replaces: &str, withdraw| {
        let (gao, replaces) = (gao.clone(), replaces.to_owned());
        async move {
            let request = pb::RecordMilestoneRequest {
                act: gao.act(),
                trial: TRIAL.into(),
                subject: "P-001".into(),
                event: event.into(),
                date: date.into(),
                at: None,
                replaces,
                withdraw,
            };
            gao.client().record_milestone(request).await.map(tonic::Response::into_inner)
        }
    };
    assert_eq!(code(replace("2026-01-21", "relapse", &first, false).await), "ENR-0029");
    let second = replace("2026-01-21", "transplant", &first, false).await.unwrap().milestone;
    assert_eq!(code(replace("2026-01-22", "transplant", &first, false).await), "ENR-0029");
    assert_eq!(code(replace("2026-01-22", "transplant", "", true).await), "ENR-0001");
    replace("2026-01-21", "transplant", &second, true).await.unwrap();
    let dates: Vec<_> = gao.subject("P-001").await.milestones;
    assert_eq!(dates.len(), 3);
    assert!(dates.iter().all(|milestone| milestone.withdrawn));
    assert_eq!(dates[0].date, "2026-01-20");
    assert_eq!(code(gao.milestone("P-001", "dose", "2026-03-01").await), "ENR-0027");
    assert_eq!(code(gao.milestone("P-001", "moonrise", "2026-03-01").await), "ENR-0027");
    assert_eq!(code(gao.milestone("P-001", "relapse", "2026-03-03").await), "ENR-0021");
}

async fn the_axes_end_by_rules_of_the_file(house: House) {
    let gao = house.small_trial().await;
    for subject in ["P-001", "P-002"] {
        gao.ready(subject).await;
        gao.allocate(subject).await.unwrap();
    }
    assert_eq!(code(gao.discontinue("P-001", "suspend-death").await), "ENR-0038");
    assert_eq!(code(gao.discontinue("P-001", "leave-relapse").await), "ENR-0038");
    gao.discontinue("P-001", "leave-unsuitable").await.unwrap();
    let off_treatment = gao.subject("P-001").await;
    assert_eq!((off_treatment.on_treatment, off_treatment.on_study), (false, true));
    assert_eq!(code(gao.discontinue("P-001", "leave-unsuitable").await), "ENR-0023");
    gao.discontinue("P-002", "leave-choice").await.unwrap();
    let ended: Vec<pb::SubjectDiscontinued> = house.events_of("SubjectDiscontinued").await;
    let axes: Vec<_> = ended.iter().map(|end| (end.subject.as_str(), end.axis.as_str())).collect();
    assert_eq!(axes, [("P-001", "treatment"), ("P-002", "treatment"), ("P-002", "study")]);
    assert!(
        house
            .safety
            .told()
            .iter()
            .any(|told| (told.rule.as_str(), told.event.as_str()) == ("leave-choice", "study"))
    );
}

async fn an_unacknowledged_allocation_is_reported_once(house: House) {
    let gao = house.small_trial().await;
    gao.ready("P-001").await;
    gao.randomize("P-001", 1).await.unwrap();
    house.civil.advance(Duration::from_secs(16 * 60));
    let kind = "holdpoint.enrollment.v1.audit.AllocationUnacknowledged";
    let reported = || async { house.events().await.iter().filter(|(of, _)| of == kind).count() };
    house.until("it is reported", || async { reported().await == 1 }).await;
    assert_eq!(gao.subject("P-001").await.state, "sealed", "nothing is decided by a timer");
}

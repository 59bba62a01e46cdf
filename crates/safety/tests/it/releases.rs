//! Two different people in the right roles, one hold at a time (holds.md "Who may place and release", H5).

use holdpoint_api::common::v1::Role::{
    Administrator, BoardMember, Investigator, PrincipalInvestigator, SafetyOfficer,
};
use holdpoint_api::common::v1::scope::Of;
use holdpoint_api::safety::v1 as pb;
use holdpoint_api::safety::v1::safety_server::Safety as _;

use crate::support::{House, TRIAL, code, named, no, number, word};

on_both!(
    of_two_holds_one_is_released,
    the_same_person_does_not_sign_twice,
    a_role_without_delegation_or_outside_the_kind_is_refused,
    a_sites_investigator_does_not_release_the_trial,
    a_permanent_hold_is_never_released,
    assessed_false_leaves_the_hold_until_people_release,
);

async fn of_two_holds_one_is_released(house: House) {
    let (one, two) = (house.hold(Of::Trial(true)).await, house.hold(Of::Trial(true)).await);
    let half = house.sign("bea", BoardMember, &one.hold).await.unwrap();
    assert_eq!((half.released, half.missing.as_slice()), (false, &[PrincipalInvestigator as i32][..]));
    let done = house.sign("pia", PrincipalInvestigator, &one.hold).await.unwrap();
    assert!(done.released);
    let refused = house.ask("P-017", 1).await.unwrap_err();
    assert_eq!(named(&refused), std::slice::from_ref(&two.hold));
    house.sign("bea", BoardMember, &two.hold).await.unwrap();
    house.sign("pia", PrincipalInvestigator, &two.hold).await.unwrap();
    assert!(house.ask("P-017", 1).await.is_ok());
    assert_eq!(code(&house.sign("bea", BoardMember, &two.hold).await.unwrap_err()), "SAF-0021");
}

async fn the_same_person_does_not_sign_twice(house: House) {
    let hold = house.hold(Of::Trial(true)).await.hold;
    house.sign("both", BoardMember, &hold).await.unwrap();
    let refused = house.sign("both", PrincipalInvestigator, &hold).await.unwrap_err();
    assert_eq!(code(&refused), "SAF-0018");
    assert_eq!(house.hold_now(&hold).await.state, "effective");
}

async fn a_role_without_delegation_or_outside_the_kind_is_refused(house: House) {
    let hold = house.hold(Of::Trial(true)).await.hold;
    assert_eq!(code(&house.sign("sam", SafetyOfficer, &hold).await.unwrap_err()), "SAF-0017");
    assert_eq!(code(&house.sign("nora", BoardMember, &hold).await.unwrap_err()), "SYS-0006");
    assert_eq!(code(&house.sign("adam", Administrator, &hold).await.unwrap_err()), "SAF-0017");
}

async fn a_sites_investigator_does_not_release_the_trial(house: House) {
    let (all, arm) =
        (house.hold(Of::Trial(true)).await.hold, house.hold(Of::Arm("msc".to_owned())).await.hold);
    let site = house.hold(Of::Site("cq2".to_owned())).await.hold;
    let unknown = house.hold(Of::Subject("P-099".to_owned())).await.hold;
    for hold in [all, arm, unknown] {
        assert_eq!(code(&house.sign("pete", PrincipalInvestigator, &hold).await.unwrap_err()), "SYS-0006");
    }
    house.sign("pete", PrincipalInvestigator, &site).await.unwrap();
}

async fn a_permanent_hold_is_never_released(house: House) {
    let request = pb::SignRuleRequest {
        act: house.act("unsafe"),
        trial: TRIAL.to_owned(),
        rule: "terminate-choice".to_owned(),
        speaking_for: "investigator".to_owned(),
        ..Default::default()
    };
    let signed = house.service.rpcs().sign_rule(house.by("pia", request)).await.unwrap().into_inner();
    assert_eq!(signed.holds[0].kind(), pb::HoldKind::Permanent);
    let refused = house.sign("bea", BoardMember, &signed.holds[0].hold).await.unwrap_err();
    assert_eq!(code(&refused), "SAF-0014");
    assert_eq!(code(&house.ask("P-017", 1).await.unwrap_err()), "SAF-0007");
}

async fn assessed_false_leaves_the_hold_until_people_release(house: House) {
    let permit = house.ask("P-017", 1).await.unwrap().permit;
    house.dosing.starting("P-017", 1, &permit).await;
    house.dosing.heard("P-017", 1, &permit).await;
    house.dosing.started("P-017", 1, &permit, "2026-03-01T10:00:00Z").await;
    house.hear().await;
    let known = vec![number("grade", 4, "2026-03-02T10:00:00Z"), no("mechanical-ventilation"), no("serious")];
    let reported = house.report("P-017", known).await;
    assert!(!reported.holds.is_empty());
    assert!(reported.holds.iter().all(|hold| hold.kind() == pb::HoldKind::PendingAssessment), "{reported:?}");
    let suspended = reported.holds.iter().find(|hold| hold.rule == "suspend-grade-4").unwrap().hold.clone();
    assert_eq!(code(&house.sign("sam", SafetyOfficer, &suspended).await.unwrap_err()), "SAF-0016");
    let request = pb::AssessAdverseEventRequest {
        act: house.act("unrelated to the cells"),
        trial: TRIAL.to_owned(),
        adverse_event: reported.adverse_event.clone(),
        facts: vec![word("relatedness", "unrelated")],
    };
    house.service.rpcs().assess_adverse_event(house.by("ines", request)).await.unwrap();
    assert_eq!(house.hold_now(&suspended).await.state, "effective", "an assessment releases nothing");
    assert!(house.ask("P-018", 1).await.is_err());
    for hold in &reported.holds {
        house.sign("sam", SafetyOfficer, &hold.hold).await.unwrap();
        assert!(house.sign("ines", Investigator, &hold.hold).await.unwrap().released);
    }
    assert!(house.ask("P-018", 1).await.is_ok());
}

//! Hold, permit and release together: the sentences of holds.md as tables, and what must hold for any sequence.

use std::collections::BTreeSet;

use jiff::Timestamp;
use proptest::prelude::*;

use super::effective::How;
use super::finding::{Effect, Finding, Truth, decide};
use super::hold::{
    Assessed, Cause, Effectiveness, FinalKind, Hold, HoldKind, HoldState, HoldUnchanged, Placing,
};
use super::permit::{Ask, Issue, NoPermit, Permit, Terms, View, issue};
use super::permit_fact::PermitFact;
use super::release::{NotSigned, Paper, Papers, Signature, SignerRole};
use super::scope::{Activity, Placement, Scope};

const PENDING: HoldKind =
    HoldKind::PendingAssessment { if_true: FinalKind::PendingBoardDecision, assessed: Assessed::Open };

fn second(at: i64) -> Timestamp {
    Timestamp::from_second(at).unwrap()
}

fn hold(id: &str, scope: Scope, activities: &[Activity], kind: HoldKind) -> Hold {
    hold_over(id, scope, activities, kind, &[])
}

fn hold_over(id: &str, scope: Scope, activities: &[Activity], kind: HoldKind, permits: &[Permit]) -> Hold {
    let placing = Placing {
        id: id.into(),
        trial: "t".into(),
        scope,
        activities: activities.iter().copied().collect(),
        kind,
        cause: Cause::Person,
        reason: "because".to_owned(),
        by: "ada".into(),
        at: second(0),
        epoch: 1,
    };
    Hold::place(placing, permits.iter().map(|permit| (permit, None)))
}

fn effective(hold: Hold) -> Hold {
    let since = Effectiveness { at: second(1), how: How::AtOnce, after_ms: Some(0) };
    hold.make_effective(since, 2).unwrap()
}

fn ask(activity: Activity, infusion: &str, number: u32) -> Ask {
    Ask {
        ask: format!("ask-{infusion}").into(),
        trial: "t".into(),
        activity,
        placement: Placement {
            subject: "P-017".into(),
            site: Some("cq2".into()),
            arms: BTreeSet::from(["msc".into()]),
            cohorts: BTreeSet::from(["A".into()]),
        },
        infusion: (activity != Activity::Randomization).then(|| infusion.into()),
        number,
        attempt: 1,
    }
}

fn terms(id: &str) -> Issue {
    Issue { id: id.into(), terms: Terms { life_ms: 5_000, margin_ms: 500 }, at: second(0), epoch: 0 }
}

fn asked(ask: Ask, holds: &[Hold], permits: &[Permit]) -> Result<Permit, NoPermit> {
    issue(ask, &View { own: None, holds, permits }, terms("p-new"))
}

fn permit(id: &str, infusion: &str, number: u32, facts: &[PermitFact]) -> Permit {
    let permit = Permit::adopt(ask(Activity::Dosing, infusion, number), terms(id));
    facts.iter().try_fold(permit, Permit::hear).unwrap()
}

#[test]
fn a_refusal_names_every_covering_hold_and_no_other() {
    let holds = [
        hold("trial", Scope::Trial, &[Activity::Dosing], PENDING),
        hold("site", Scope::Site("cq2".into()), &[Activity::Dosing], PENDING),
        hold("other", Scope::Site("bj1".into()), &[Activity::Dosing], PENDING),
        hold("allocation", Scope::Trial, &[Activity::Randomization], PENDING),
    ];
    let refused = asked(ask(Activity::Dosing, "i2", 2), &holds, &[permit("p1", "i1", 1, &[])]);
    assert_eq!(refused, Err(NoPermit::Held(BTreeSet::from(["trial".into(), "site".into()]))));
}

#[test]
fn safetys_own_view_stops_what_the_askers_view_does_not() {
    let holds = [hold("arm", Scope::Arm("control".into()), &[Activity::Dosing], PENDING)];
    let own = Placement { arms: BTreeSet::from(["control".into()]), ..Placement::unknown("P-017".into()) };
    let view = View { own: Some(&own), holds: &holds, permits: &[] };
    let refused = issue(ask(Activity::FirstDose, "i1", 1), &view, terms("p"));
    assert_eq!(refused, Err(NoPermit::Held(BTreeSet::from(["arm".into()]))));
}

#[test]
fn a_hold_on_first_doses_stops_a_later_dose_of_whom_safety_knows_no_dose() {
    let holds = [hold("first", Scope::Cohort("A".into()), &[Activity::FirstDose], PENDING)];
    let later = || ask(Activity::Dosing, "i2", 2);
    assert!(matches!(asked(later(), &holds, &[]), Err(NoPermit::Held(_))));
    let first = permit("p1", "i1", 1, &[PermitFact::Heard]);
    assert!(asked(later(), &holds, &[first]).is_ok());
}

#[test]
fn a_further_permit_only_when_the_earlier_is_void() {
    let again = || ask(Activity::Dosing, "i2", 2);
    for (facts, given) in [
        (vec![], false),
        (vec![PermitFact::Heard], false),
        (vec![PermitFact::Completed(second(9))], false),
        (vec![PermitFact::Returned], true),
        (vec![PermitFact::Voided { stated: true }], true),
    ] {
        let earlier = permit("p1", "i2", 2, &facts);
        assert_eq!(asked(again(), &[], &[earlier]).is_ok(), given, "{facts:?}");
    }
}

#[test]
fn the_same_number_under_another_id_is_refused_too() {
    let earlier = permit("p1", "i2", 2, &[PermitFact::Completed(second(9))]);
    let renamed = asked(ask(Activity::Dosing, "i2-planned-anew", 2), &[], &[earlier]);
    assert_eq!(renamed, Err(NoPermit::EarlierNotVoid("p1".into())));
}

#[test]
fn an_allocation_and_a_dose_do_not_stand_in_each_others_way() {
    let allocated = Permit::adopt(ask(Activity::Randomization, "", 0), terms("p0"));
    assert!(asked(ask(Activity::FirstDose, "i1", 1), &[], std::slice::from_ref(&allocated)).is_ok());
    let again = asked(ask(Activity::Randomization, "", 0), &[], &[allocated]);
    assert_eq!(again, Err(NoPermit::EarlierNotVoid("p0".into())));
}

#[test]
fn the_list_holds_each_covered_permit_however_old_that_is_not_over() {
    let permits = [
        permit("out", "i1", 1, &[]),
        permit("heard", "i2", 2, &[PermitFact::Heard]),
        permit("running", "i3", 3, &[PermitFact::Heard, PermitFact::Started(second(1))]),
        permit("unconfirmed", "i4", 4, &[PermitFact::Unconfirmed(second(1))]),
        permit("void", "i5", 5, &[PermitFact::Returned]),
        permit("over", "i6", 6, &[PermitFact::Completed(second(1))]),
    ];
    let placed = hold_over("h", Scope::Trial, &[Activity::Dosing], PENDING, &permits);
    let listed: Vec<_> =
        placed.in_flight.iter().map(|known| (known.permit.as_str(), known.settled)).collect();
    assert_eq!(listed, [("out", false), ("heard", true), ("running", true), ("unconfirmed", false)]);
}

#[test]
fn effective_is_set_once() {
    let hold = effective(hold("h", Scope::Trial, &[Activity::Dosing], PENDING));
    let since = Effectiveness { at: second(9), how: How::LifeOver, after_ms: None };
    assert_eq!(hold.make_effective(since, 3), Err(HoldUnchanged::AlreadyEffective));
}

fn signature(by: &str, role: SignerRole) -> Signature {
    let papers = Papers {
        ethics_reference: "EC-7".to_owned(),
        amendment: "none: dose unchanged".to_owned(),
        statement: "no hold of the gap is missing".to_owned(),
    };
    Signature { by: by.into(), role, at: second(5), reason: "reviewed".to_owned(), papers }
}

#[test]
fn each_kind_asks_for_its_two_roles() {
    use SignerRole::{Administrator, BoardMember, Investigator, PrincipalInvestigator, SafetyOfficer};
    let assessed_false = HoldKind::PendingAssessment {
        if_true: FinalKind::PendingBoardDecision,
        assessed: Assessed::RuleFalse,
    };
    for (kind, one, two) in [
        (assessed_false, SafetyOfficer, Investigator),
        (HoldKind::PendingBoardDecision, BoardMember, PrincipalInvestigator),
        (HoldKind::DoseReductionRequired, BoardMember, PrincipalInvestigator),
        (HoldKind::Reconciliation, Administrator, PrincipalInvestigator),
    ] {
        let held = effective(hold("h", Scope::Trial, &[Activity::Dosing], kind));
        for stranger in [SafetyOfficer, Investigator, BoardMember, PrincipalInvestigator, Administrator] {
            if stranger != one && stranger != two {
                let refused = held.clone().sign(signature("eve", stranger), 9);
                assert!(matches!(refused, Err(NotSigned::WrongRole(_))), "{stranger:?}");
            }
        }
        let half = held.sign(signature("ada", one), 9).unwrap();
        assert!(half.stands());
        assert_eq!(half.missing_roles(), [two]);
        assert_eq!(half.clone().sign(signature("ada", two), 9), Err(NotSigned::SamePerson));
        assert_eq!(half.clone().sign(signature("ben", one), 9), Err(NotSigned::RoleTaken));
        let released = half.sign(signature("ben", two), 9).unwrap();
        assert_eq!((released.stands(), released.epoch), (false, 9));
    }
}

#[test]
fn permanent_never_pending_not_before_its_assessment_placed_not_before_effective() {
    use SignerRole::{BoardMember, SafetyOfficer};
    let of = |kind| hold("h", Scope::Trial, &[Activity::Dosing], kind);
    let permanent = effective(of(HoldKind::Permanent)).sign(signature("ada", BoardMember), 9);
    assert_eq!(permanent, Err(NotSigned::Permanent));
    let pending = effective(of(PENDING)).sign(signature("ada", SafetyOfficer), 9);
    assert_eq!(pending, Err(NotSigned::AssessmentOpen));
    let placed = of(HoldKind::PendingBoardDecision).sign(signature("ada", BoardMember), 9);
    assert_eq!(placed, Err(NotSigned::NotEffective));
}

#[test]
fn the_second_signature_waits_for_the_paper() {
    use SignerRole::{BoardMember, PrincipalInvestigator};
    for (kind, paper) in [
        (HoldKind::PendingBoardDecision, Paper::EthicsReference),
        (HoldKind::DoseReductionRequired, Paper::Amendment),
    ] {
        let bare = |by, role| Signature { papers: Papers::default(), ..signature(by, role) };
        let held = effective(hold("h", Scope::Trial, &[Activity::Dosing], kind));
        let half = held.sign(bare("ada", BoardMember), 9).unwrap();
        let refused = half.clone().sign(bare("ben", PrincipalInvestigator), 9);
        assert_eq!(refused, Err(NotSigned::PaperMissing(paper)));
        assert!(!half.sign(signature("ben", PrincipalInvestigator), 9).unwrap().stands());
    }
}

#[test]
fn an_assessment_makes_final_or_lets_people_release_and_lifts_nothing() {
    let pending = effective(hold("h", Scope::Trial, &[Activity::Dosing], PENDING));
    let found_true = pending.clone().assess(Some(true), 7).unwrap();
    assert_eq!(found_true.kind, HoldKind::PendingBoardDecision);
    let found_false = pending.clone().assess(Some(false), 7).unwrap();
    assert!(found_false.stands());
    let half = found_false.sign(signature("ada", SignerRole::SafetyOfficer), 8).unwrap();
    let reopened = half.reopen(9).unwrap();
    assert_eq!(reopened.kind, PENDING);
    assert_eq!(reopened.missing_roles().len(), 2, "a signature on other grounds is dropped");
    assert_eq!(pending.clone().assess(None, 7).unwrap(), pending);
}

#[test]
fn the_same_rule_and_cause_place_one_hold() {
    let standing = hold("h", Scope::Trial, &[Activity::Dosing], HoldKind::PendingBoardDecision);
    let pending = hold("h", Scope::Trial, &[Activity::Dosing], PENDING);
    let known = |truth| Finding { truth, hold: Some("h".into()) };
    for (before, standing, truth, assessment, expected) in [
        (None, None, Truth::False, false, Effect::Nothing),
        (None, None, Truth::Unknown, false, Effect::Place),
        (None, None, Truth::True, false, Effect::Place),
        (Some(known(Truth::True)), Some(&standing), Truth::True, false, Effect::Nothing),
        (Some(known(Truth::True)), Some(&standing), Truth::False, true, Effect::Nothing),
        (Some(known(Truth::True)), None, Truth::True, false, Effect::Nothing),
        (Some(known(Truth::False)), None, Truth::True, false, Effect::Place),
        (Some(known(Truth::False)), None, Truth::Unknown, false, Effect::Place),
        (Some(known(Truth::Unknown)), None, Truth::True, false, Effect::Place),
        (Some(known(Truth::Unknown)), Some(&pending), Truth::True, true, Effect::Assess(Some(true))),
        (Some(known(Truth::Unknown)), Some(&pending), Truth::False, true, Effect::Assess(Some(false))),
        (Some(known(Truth::Unknown)), Some(&pending), Truth::False, false, Effect::Nothing),
        (Some(known(Truth::False)), Some(&pending), Truth::True, false, Effect::Reopen),
    ] {
        assert_eq!(decide(before.as_ref(), standing, truth, assessment), expected, "{before:?} {truth:?}");
    }
}

proptest! {
    /// H1 and H3 in the small: while a trial-wide hold stands, no ask of any shape gets a permit.
    #[test]
    fn nothing_gets_past_a_trial_wide_hold(activity in 0_usize..3, number in 1_u32..5, state in 0_u8..2) {
        let activity = [Activity::Randomization, Activity::FirstDose, Activity::Dosing][activity];
        let held = hold("h", Scope::Trial, &[Activity::Randomization, Activity::Dosing], PENDING);
        let held = if state == 0 { held } else { effective(held) };
        let refused = asked(ask(activity, "i", number), &[held], &[]);
        prop_assert_eq!(refused, Err(NoPermit::Held(BTreeSet::from(["h".into()]))));
    }

    /// H5: however people sign one of two holds, the other stands, and asks stay refused until both are released.
    #[test]
    fn a_release_takes_away_exactly_one_hold(who in proptest::collection::vec((0_usize..3, any::<bool>()), 0..6)) {
        let mut first = effective(hold("a", Scope::Trial, &[Activity::Dosing], HoldKind::PendingBoardDecision));
        let second = effective(hold("b", Scope::Trial, &[Activity::Dosing], HoldKind::PendingBoardDecision));
        for (person, board) in who {
            let role = if board { SignerRole::BoardMember } else { SignerRole::PrincipalInvestigator };
            if let Ok(next) = first.clone().sign(signature(["ada", "ben", "eve"][person], role), 9) {
                first = next;
            }
        }
        if let HoldState::Released { release, .. } = &first.state {
            prop_assert_ne!(&release.signatures[0].by, &release.signatures[1].by);
            prop_assert_ne!(release.signatures[0].role, release.signatures[1].role);
        }
        let refused = asked(ask(Activity::Dosing, "i2", 2), &[first.clone(), second], &[]);
        let Err(NoPermit::Held(named)) = refused else { panic!("a permit got past a hold") };
        prop_assert!(named.contains(&"b".into()));
        prop_assert_eq!(named.contains(&"a".into()), first.stands());
    }
}

//! What safety says in numbers and short words, as people read it.

use holdpoint_api::common::v1::{Activity, Role, Scope, scope::Of};
use holdpoint_api::safety::v1::{Flight, HoldKind};

/// What a hold covers.
pub(super) fn covers(scope: Option<&Scope>) -> String {
    match scope.and_then(|scope| scope.of.as_ref()) {
        Some(Of::Site(site)) => format!("site {site}"),
        Some(Of::Arm(arm)) => format!("arm {arm}"),
        Some(Of::Cohort(cohort)) => format!("cohort {cohort}"),
        Some(Of::Subject(subject)) => format!("subject {subject}"),
        Some(Of::Trial(_)) | None => "the whole trial".to_owned(),
    }
}

/// What a hold stops there.
pub(super) fn stops(activity: Activity) -> &'static str {
    match activity {
        Activity::Randomization => "randomization",
        Activity::FirstDose => "first doses",
        Activity::Dosing | Activity::Unspecified => "doses",
    }
}

/// What ends a hold.
pub(super) fn kind(kind: HoldKind) -> &'static str {
    match kind {
        HoldKind::PendingAssessment => "pending assessment",
        HoldKind::PendingBoardDecision => "pending board decision",
        HoldKind::DoseReductionRequired => "dose reduction required",
        HoldKind::Reconciliation => "reconciliation",
        HoldKind::Permanent | HoldKind::Unspecified => "permanent",
    }
}

/// A role as people say it: "board member".
pub(super) fn role(role: Role) -> String {
    role.as_str_name().trim_start_matches("ROLE_").replace('_', " ").to_lowercase()
}

/// What is known to have become of what a permit allowed.
pub(super) fn became(flight: &Flight) -> &'static str {
    match flight.state.as_str() {
        "void" if flight.stated => "not given, by a person's statement",
        "void" => "never begun: its Go can never be heard",
        "completed" if flight.infusion.is_empty() => "shown and acknowledged",
        "completed" => "completed",
        _ if flight.unconfirmed_since.is_some() => "unconfirmed: nobody said whether it was given",
        _ if flight.began_at.is_some() => "running",
        "settled" => "its Go was heard; not said to have begun",
        _ => "not settled: its Go may still be heard",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fate_has_its_words() {
        let at = Some(prost_types::Timestamp::default());
        let flight =
            |state: &str| Flight { state: state.to_owned(), infusion: "i".to_owned(), ..Flight::default() };
        for (flight, words) in [
            (Flight { stated: true, ..flight("void") }, "not given, by a person's statement"),
            (flight("void"), "never begun: its Go can never be heard"),
            (Flight { infusion: String::new(), ..flight("completed") }, "shown and acknowledged"),
            (Flight { began_at: at, ..flight("completed") }, "completed"),
            (
                Flight { unconfirmed_since: at, ..flight("settled") },
                "unconfirmed: nobody said whether it was given",
            ),
            (Flight { began_at: at, ..flight("settled") }, "running"),
            (flight("settled"), "its Go was heard; not said to have begun"),
            (flight("out"), "not settled: its Go may still be heard"),
        ] {
            assert_eq!(became(&flight), words);
        }
    }

    #[test]
    fn a_role_is_said_as_people_say_it() {
        assert_eq!(role(Role::PrincipalInvestigator), "principal investigator");
    }
}

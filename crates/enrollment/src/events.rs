//! What enrollment tells the others: each domain event as its published message. The only place that knows both.
//! No event carries personal data, and none names an arm before it was shown.

use holdpoint_api::common::v1 as common;
use holdpoint_api::enrollment::v1 as pb;
use holdpoint_api::safety::v1::HoldPlaced;
use holdpoint_chassis::identity::Role;
use holdpoint_journal::Entry;
use jiff::Timestamp;
use prost::Message;
use rust_decimal::Decimal;
use serde_json::json;

use crate::call::chain;
use crate::domain::allocation::{Attempt, Shown};
use crate::domain::consent::Consent;
use crate::domain::delegation::Delegated;
use crate::domain::fact::{Reading, Recorded};
use crate::domain::flag::Flag;
use crate::domain::ids::{PermitId, RuleId, SubjectId, TrialId};
use crate::domain::list::RandomizationList;
use crate::domain::milestone::{Milestone, Standing};
use crate::domain::place::RunningOut;
use crate::domain::subject::{Axis, Subject};
use crate::domain::trial::{Site, Version};
use crate::store::ProtocolText;

macro_rules! entry {
    ($trial:expr, $kind:ident { $($body:tt)* }) => {
        Entry::event(
            chain($trial),
            concat!("holdpoint.enrollment.v1.", stringify!($kind)),
            pb::$kind { $($body)* }.encode_to_vec(),
        )
    };
}

/// A row of the audit trail that says nothing to peers. `what` holds no personal data.
pub fn audit(trial: &TrialId, kind: &'static str, what: serde_json::Value) -> Entry {
    Entry::audit(chain(trial), kind, what)
}

/// A moment as the contract writes it.
pub fn moment(at: Timestamp) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds: at.as_second(), nanos: at.subsec_nanosecond() }
}

/// A version as decisions name it.
pub fn protocol_ref(trial: &TrialId, version: &Version) -> common::ProtocolRef {
    common::ProtocolRef {
        trial: trial.to_string(),
        version: version.version.clone(),
        digest: version.digest.clone(),
    }
}

/// A version is in force.
pub fn protocol_activated(trial: &TrialId, version: &Version, text: &ProtocolText, at: Timestamp) -> Entry {
    entry!(
        trial,
        ProtocolActivated {
            protocol: Some(protocol_ref(trial, version)),
            trial_file: text.trial_file.clone(),
            dictionaries: text.dictionaries.clone(),
            at: Some(moment(at)),
        }
    )
    .critical()
}

/// A site takes part.
pub fn site_registered(trial: &TrialId, site: &Site) -> Entry {
    entry!(
        trial,
        SiteRegistered {
            trial: trial.to_string(),
            site: site.id.to_string(),
            name: site.name.clone(),
            time_zone: site.time_zone.clone(),
        }
    )
    .critical()
}

/// Someone may do something.
pub fn role_delegated(given: &Delegated) -> Entry {
    entry!(
        &given.trial,
        RoleDelegated {
            delegation: given.id.to_string(),
            trial: given.trial.to_string(),
            site: given.site.as_ref().map(ToString::to_string).unwrap_or_default(),
            person: given.person.clone(),
            role: role_number(given.role),
            from: Some(moment(given.from)),
            until: given.until.map(moment),
        }
    )
    .critical()
}

/// Someone may not do it any more.
pub fn delegation_ended(given: &Delegated, at: Timestamp) -> Entry {
    entry!(
        &given.trial,
        DelegationEnded {
            delegation: given.id.to_string(),
            trial: given.trial.to_string(),
            at: Some(moment(at)),
        }
    )
    .critical()
}

/// A record was opened.
pub fn subject_screened(subject: &Subject, version: &Version, at: Timestamp) -> Entry {
    entry!(
        &subject.trial,
        SubjectScreened {
            trial: subject.trial.to_string(),
            subject: subject.id.to_string(),
            site: subject.site.to_string(),
            at: Some(moment(at)),
            protocol: Some(protocol_ref(&subject.trial, version)),
        }
    )
    .critical()
}

/// A consent was signed, or stands in the place of the one told before it.
pub fn consent_recorded(subject: &Subject, consent: &Consent, version: &Version, corrects: bool) -> Entry {
    entry!(
        &subject.trial,
        ConsentRecorded {
            trial: subject.trial.to_string(),
            subject: subject.id.to_string(),
            date: consent.date.to_string(),
            protocol: Some(protocol_ref(&subject.trial, version)),
            corrects,
        }
    )
    .critical()
}

/// A fact was recorded.
pub fn fact_recorded(fact: &Recorded) -> Entry {
    let source = json!({ "source": fact.source, "trial_procedure": fact.trial_procedure });
    entry!(
        &fact.trial,
        FactRecorded {
            trial: fact.trial.to_string(),
            subject: fact.subject.to_string(),
            fact: fact.fact.to_string(),
            value: Some(value(&fact.reading)),
            taken_at: Some(moment(fact.taken_at)),
        }
    )
    .private(source)
    .critical()
}

/// The list was drawn and sealed.
pub fn list_sealed(list: &RandomizationList) -> Entry {
    entry!(
        &list.trial,
        RandomizationListSealed {
            trial: list.trial.to_string(),
            seed_sha256: list.seed_sha256(),
            algorithm: list.algorithm.clone(),
            size: list.size(),
        }
    )
}

/// Places near their end.
pub fn running_out(trial: &TrialId, out: &RunningOut) -> Entry {
    entry!(
        trial,
        RandomizationListRunningOut {
            trial: trial.to_string(),
            remaining: out.remaining,
            cohort: out.cohort.as_ref().map(ToString::to_string).unwrap_or_default(),
        }
    )
}

/// People must look at something.
pub fn flag_raised(flag: &Flag) -> Entry {
    entry!(
        &flag.trial,
        FlagRaised {
            trial: flag.trial.to_string(),
            flag: flag.id(),
            kind: flag.about.kind().to_owned(),
            subject: flag.subject.to_string(),
            text: flag.about.text(&flag.subject),
            at: Some(moment(flag.raised_at)),
        }
    )
}

/// What it was about is over.
pub fn flag_cleared(flag: &Flag, at: Timestamp) -> Entry {
    entry!(&flag.trial, FlagCleared { trial: flag.trial.to_string(), flag: flag.id(), at: Some(moment(at)) })
}

/// A permit was claimed for an allocation. Says nothing of the place or the arm.
pub fn allocation_starting(subject: &Subject, permit: &PermitId, attempt: Attempt, at: Timestamp) -> Entry {
    entry!(
        &subject.trial,
        AllocationStarting {
            trial: subject.trial.to_string(),
            subject: subject.id.to_string(),
            permit: permit.to_string(),
            attempt,
            at: Some(moment(at)),
        }
    )
    .critical()
}

/// The permit is settled: its answer was heard.
pub fn allocation_heard(subject: &Subject, permit: &PermitId) -> Entry {
    entry!(
        &subject.trial,
        AllocationHeard {
            trial: subject.trial.to_string(),
            subject: subject.id.to_string(),
            permit: permit.to_string(),
        }
    )
    .critical()
}

/// The arm, from the moment it was shown and acknowledged.
pub fn subject_randomized(subject: &Subject, shown: &Shown, version: &Version) -> Entry {
    entry!(
        &subject.trial,
        SubjectRandomized {
            trial: subject.trial.to_string(),
            subject: subject.id.to_string(),
            site: subject.site.to_string(),
            arm: shown.arm.to_string(),
            cohort: shown.cohort.as_ref().map(ToString::to_string).unwrap_or_default(),
            permit: shown.permit.to_string(),
            at: Some(moment(shown.at)),
            protocol: Some(protocol_ref(&subject.trial, version)),
        }
    )
    .critical()
}

/// A permit was received and will not be used.
pub fn permit_returned(trial: &TrialId, subject: &SubjectId, permit: &PermitId) -> Entry {
    entry!(
        trial,
        PermitReturned { trial: trial.to_string(), subject: subject.to_string(), permit: permit.to_string() }
    )
    .critical()
}

/// A permit came to nothing. That a person said so is told; the person's words stay private.
pub fn permit_voided(
    trial: &TrialId,
    subject: &SubjectId,
    permit: &PermitId,
    why: &str,
    statement: Option<&str>,
) -> Entry {
    entry!(
        trial,
        PermitVoided {
            trial: trial.to_string(),
            subject: subject.to_string(),
            permit: permit.to_string(),
            why: why.to_owned(),
            stated: statement.is_some(),
        }
    )
    .private(json!({ "statement": statement }))
    .critical()
}

/// Something happened to a subject.
pub fn milestone_recorded(milestone: &Milestone) -> Entry {
    entry!(
        &milestone.trial,
        MilestoneRecorded {
            trial: milestone.trial.to_string(),
            subject: milestone.subject.to_string(),
            event: milestone.event.to_string(),
            date: milestone.date.to_string(),
            at: milestone.at.map(moment),
            confirmed_by_role: milestone.confirmed_by.map(|role| role.to_string()).unwrap_or_default(),
            replaces: milestone.replaces.as_ref().map(ToString::to_string).unwrap_or_default(),
            withdrawn: milestone.standing == Standing::Withdrawal,
            milestone: milestone.id.to_string(),
            derived: milestone.derived,
        }
    )
    .critical()
}

/// Treatment or study ended.
pub fn subject_discontinued(subject: &Subject, axis: Axis, rule: &RuleId, at: Timestamp) -> Entry {
    entry!(
        &subject.trial,
        SubjectDiscontinued {
            trial: subject.trial.to_string(),
            subject: subject.id.to_string(),
            axis: axis.as_str().to_owned(),
            rule: rule.to_string(),
            at: Some(moment(at)),
        }
    )
    .critical()
}

/// Registered, never allocated.
pub fn screen_failed(subject: &Subject, rule: &RuleId) -> Entry {
    entry!(
        &subject.trial,
        ScreenFailed {
            trial: subject.trial.to_string(),
            subject: subject.id.to_string(),
            why: rule.to_string(),
        }
    )
    .critical()
}

/// Who a hold meets in enrollment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Check {
    /// Screened or consented, not yet eligible.
    pub in_screening: Vec<String>,
    /// Eligible for allocation.
    pub awaiting_randomization: Vec<String>,
    /// With a place whose arm was not shown.
    pub sealed: Vec<String>,
}

/// Enrollment's suspension check of one hold, with the hold as it was placed.
pub fn hold_checked(trial: &TrialId, placed: &HoldPlaced, at: Timestamp, check: Check) -> Entry {
    let summary = format!(
        "{} in screening, {} awaiting randomization, {} with a sealed place",
        check.in_screening.len(),
        check.awaiting_randomization.len(),
        check.sealed.len()
    );
    entry!(
        trial,
        HoldChecked {
            trial: trial.to_string(),
            hold: placed.hold.clone(),
            at: Some(moment(at)),
            in_screening: check.in_screening,
            awaiting_randomization: check.awaiting_randomization,
            sealed: check.sealed,
            summary,
            kind: placed.kind,
            scope: placed.scope.clone(),
            activities: placed.activities.clone(),
        }
    )
}

/// A role as the contract numbers it.
pub fn role_number(role: Role) -> i32 {
    (1..=12).find(|number| Role::from_number(*number) == Some(role)).unwrap_or_default()
}

/// A reading as the contract writes it.
pub fn value(reading: &Reading) -> common::Value {
    use common::value::Of;
    let (of, unit) = match reading {
        Reading::Number { number, unit } => (Of::Number(number.to_string()), unit.clone()),
        Reading::Yes(yes) => (Of::Yes(*yes), String::new()),
        Reading::Word(word) => (Of::Word(word.clone()), String::new()),
        Reading::Words(words) => (Of::Words(common::Words { word: words.clone() }), String::new()),
        Reading::Date(date) => (Of::Date(date.to_string()), String::new()),
    };
    common::Value { of: Some(of), unit }
}

/// A value as another service wrote it; none where it says nothing that can be read.
pub fn reading(value: common::Value) -> Option<Reading> {
    use common::value::Of;
    Some(match value.of? {
        Of::Number(text) => {
            Reading::Number { number: Decimal::from_str_exact(&text).ok()?, unit: value.unit }
        }
        Of::Yes(yes) => Reading::Yes(yes),
        Of::Word(word) => Reading::Word(word),
        Of::Words(words) => Reading::Words(words.word),
        Of::Date(date) => Reading::Date(date.parse().ok()?),
    })
}

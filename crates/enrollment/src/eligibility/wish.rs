//! What one subject's place depends on: the stratum, by the names of its facts; the cohort that takes it again; the arm
//! that was chosen. And whom a cohort takes: its own condition and its own documents.

use std::collections::BTreeSet;

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Role;
use holdpoint_journal::Tx;
use holdpoint_protocol::Protocol;
use holdpoint_protocol::eval::{Chart, Pick, Truth, ask};
use holdpoint_protocol::model::Cohort;
use jiff::Timestamp;

use crate::calendar;
use crate::chart;
use crate::ctx::Ctx;
use crate::domain::consent::Consents;
use crate::domain::ids::{ArmId, CohortId};
use crate::domain::places::{Places, Wish};
use crate::domain::randomization::Stratum;
use crate::domain::subject::Subject;
use crate::domain::trial::Trial;
use crate::error::{CHOICE, NOT_ELIGIBLE};

/// What a person asks for besides an allocation.
#[derive(Clone, Copy, Debug)]
pub struct Named<'a> {
    /// The arm chosen.
    pub arm: Option<&'a ArmId>,
    /// The cohort that takes the subject again.
    pub again: Option<&'a CohortId>,
    /// In which role they ask.
    pub role: Role,
}

/// The wish of a subject without a place, judged with the newest facts. A stratum that is not known allocates nobody;
/// who does not fit the cohort that is open is refused, with what is missing.
pub async fn wish(
    ctx: &Ctx,
    tx: &Tx,
    (trial, subject): (&Trial, &Subject),
    places: &Places,
    named: Named<'_>,
    now: Timestamp,
) -> Result<Wish> {
    let protocol = ctx.protocol_of(tx, trial, subject.version()).await?;
    let zone = calendar::zone(trial, &subject.site)?;
    let chart = chart::of(tx, subject, zone).await?;
    if let Places::Cohorts(cohorts) = places {
        let group = cohorts.group_for(&subject.id, named.again)?;
        if let Some(cohort) = protocol.cohort(&group.cohort) {
            fits(cohort, subject, &chart, now)?;
        }
    }
    let investigator = matches!(named.role, Role::PrincipalInvestigator | Role::Investigator);
    if matches!(places, Places::Choices(_)) && !investigator {
        return Err(CHOICE.refuse("an investigator chooses the arm of this trial, nobody for them").into());
    }
    let stratum = stratum(&protocol, &chart, now)?;
    Ok(Wish { stratum, again: named.again.cloned(), arm: named.arm.cloned() })
}

/// The factors of the file as the facts stand at a moment: each by its name, in the order of the names, whatever the
/// order of the file or of the facts (field.md story 10). None where a fact has not one value.
pub fn factors(protocol: &Protocol, chart: &Chart, now: Timestamp) -> Vec<(String, Option<String>)> {
    let names: BTreeSet<&String> = protocol.allocation.strata.iter().collect();
    let value = |name: &String| {
        let fact = name.parse().ok()?;
        match chart.facts.standing(&fact, Some(now), &chart.zone).as_slice() {
            [observed] => Some(observed.value.to_string()),
            _ => None,
        }
    };
    names.into_iter().map(|name| (name.clone(), value(name))).collect()
}

fn stratum(protocol: &Protocol, chart: &Chart, now: Timestamp) -> Result<Stratum> {
    let mut of = vec![];
    let mut refused = NOT_ELIGIBLE.refuse("the subject's stratum is not known");
    let mut unknown = false;
    for (name, value) in factors(protocol, chart, now) {
        match value {
            Some(value) => of.push((name, value)),
            None => {
                refused = refused.field(name, None, "one recorded value");
                unknown = true;
            }
        }
    }
    if unknown { Err(refused.into()) } else { Ok(Stratum::new(of)) }
}

/// Whom a cohort takes. Who is treated again has signed its documents since the allocation before.
fn fits(cohort: &Cohort, subject: &Subject, chart: &Chart, now: Timestamp) -> Result<()> {
    let mut refused = NOT_ELIGIBLE.refuse(format!("cohort {} does not take this subject", cohort.id));
    let mut stands_in_the_way = false;
    let answer = cohort.who.as_ref().map(|who| ask(who, &chart.at(now, Pick::Worst)));
    if let Some(answer) = answer.filter(|answer| answer.truth != Truth::True) {
        let missing: Vec<_> = answer.missing.iter().map(ToString::to_string).collect();
        let what = if missing.is_empty() {
            answer.reasons.join("; ")
        } else {
            format!("missing: {}", missing.join(", "))
        };
        refused = refused.field(format!("cohort.{}.who", cohort.id), Some(answer.truth.to_string()), what);
        stands_in_the_way = true;
    }
    let missing = missing_documents(cohort, subject);
    if !missing.is_empty() {
        let what = format!("missing: document {}", missing.join(", document "));
        refused = refused.field(format!("cohort.{}.needs", cohort.id), None, what);
        stands_in_the_way = true;
    }
    if stands_in_the_way { Err(refused.into()) } else { Ok(()) }
}

fn missing_documents<'a>(cohort: &'a Cohort, subject: &Subject) -> Vec<&'a str> {
    let shown_at = subject.shown().map(|shown| shown.at).filter(|_| cohort.returns.is_some());
    let consents = subject.consents();
    let there: BTreeSet<&str> = match shown_at {
        Some(at) => consents.into_iter().flat_map(|consents| consents.documents_since(at)).collect(),
        None => consents.into_iter().flat_map(Consents::documents).collect(),
    };
    cohort.needs.iter().map(String::as_str).filter(|document| !there.contains(document)).collect()
}

//! What is known of a subject, as the protocol's questions read it: personal dates, consents, milestones, facts,
//! doses, and the arm once it was shown.

use std::collections::BTreeSet;
use std::sync::Arc;

use holdpoint_chassis::error::Result;
use holdpoint_clinical::Quantity;
use holdpoint_journal::{Stored, Tx};
use holdpoint_protocol::Protocol;
use holdpoint_protocol::dictionary::{Fact, FactKind};
use holdpoint_protocol::eval::{Chart, Stamp, Value};
use holdpoint_protocol::ids::{EventId, FactId};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::domain::consent::Consents;
use crate::domain::fact::{Reading, Recorded};
use crate::domain::heard::{HeardEvent, HeardFact};
use crate::domain::milestone::Milestone;
use crate::domain::subject::Subject;
use crate::error::UNKNOWN_FACT;
use crate::store::{PersonRow, subject_key};

/// The chart of a subject, in the time zone of its site.
pub async fn of(tx: &Tx, subject: &Subject, zone: TimeZone) -> Result<Chart> {
    let key = subject_key(&subject.trial, &subject.id);
    let milestones = tx.find::<Milestone>(&[("subject", &key)]).await?;
    with(tx, subject, zone, &milestones).await
}

/// The same, where the subject's milestones were read before.
pub async fn with(
    tx: &Tx,
    subject: &Subject,
    zone: TimeZone,
    milestones: &[Stored<Milestone>],
) -> Result<Chart> {
    let key = subject_key(&subject.trial, &subject.id);
    let mut chart = Chart::new(subject.id.to_string(), zone);
    if let Some(row) = tx.get::<PersonRow>(&key).await? {
        happened(&mut chart, "birth", Stamp::Day(row.person.birth_date));
    }
    happened(&mut chart, "screening", Stamp::Day(subject.screened_on));
    for consent in subject.consents().into_iter().flat_map(Consents::iter) {
        happened(&mut chart, "consent", Stamp::Day(consent.date));
    }
    for shown in subject.allocations() {
        happened(&mut chart, "randomization", Stamp::Instant(shown.at));
        chart.arm = Some(shown.arm.clone());
        chart.cohort.clone_from(&shown.cohort);
    }
    for milestone in milestones.iter().filter(|m| m.opens()) {
        chart.happened(milestone.event.clone(), stamp(milestone.date, milestone.at));
    }
    chart.doses = subject.doses.values().map(|dose| Stamp::Instant(dose.started_at)).collect();
    for fact in tx.find::<Recorded>(&[("subject", &key)]).await? {
        observed(&mut chart, &fact.fact, &fact.reading, fact.taken_at);
    }
    heard(tx, &key, &mut chart).await?;
    Ok(chart)
}

/// What other services told: the newest word about each thing, where it stands.
async fn heard(tx: &Tx, key: &str, chart: &mut Chart) -> Result<()> {
    for fact in tx.find::<HeardFact>(&[("subject", key)]).await? {
        if let Some(reading) = &fact.reading {
            observed(chart, &fact.fact, reading, fact.taken_at);
        }
    }
    for event in tx.find::<HeardEvent>(&[("subject", key)]).await?.iter().filter(|event| !event.withdrawn) {
        chart.happened(event.event.clone(), stamp(event.date, event.at));
    }
    Ok(())
}

fn observed(chart: &mut Chart, fact: &FactId, reading: &Reading, taken_at: Timestamp) {
    if let Some(value) = value(reading) {
        chart.facts.correct(fact.clone(), value, Stamp::Instant(taken_at));
    }
}

fn stamp(date: Date, at: Option<Timestamp>) -> Stamp {
    at.map_or(Stamp::Day(date), Stamp::Instant)
}

fn happened(chart: &mut Chart, event: &str, at: Stamp) {
    if let Ok(event) = event.parse::<EventId>() {
        chart.happened(event, at);
    }
}

/// Checks a reading against the dictionary: kind, unit, range, step and words. A fact that is reckoned from others
/// is not recorded.
pub fn declared(protocol: &Protocol, fact: &FactId, reading: &Reading) -> Result<()> {
    let Some(declared) = protocol.facts.get(fact.as_str()) else {
        let message = format!("fact {fact} is not declared for subjects in the trial's dictionaries");
        return Err(UNKNOWN_FACT.refuse(message).into());
    };
    if matches!(declared.kind, FactKind::Completed(_) | FactKind::Elapsed(_)) || declared.derive.is_some() {
        let message = format!("fact {fact} is reckoned from others, not recorded");
        return Err(UNKNOWN_FACT.refuse(message).into());
    }
    if !is_below_zero(reading, declared) && value(reading).is_some_and(|value| value.fits(declared)) {
        return Ok(());
    }
    let refused = UNKNOWN_FACT.refuse(format!("this is no value of fact {fact}"));
    Err(refused.field("value", Some(written(reading)), allowed(declared)).into())
}

/// An amount, a count or a score is never below zero, unless the dictionary gives it a range that goes there.
fn is_below_zero(reading: &Reading, fact: &Fact) -> bool {
    matches!(reading, Reading::Number { number, .. } if number.is_sign_negative() && !number.is_zero())
        && fact.range.is_none()
}

fn value(reading: &Reading) -> Option<Value> {
    Some(match reading {
        Reading::Number { number, unit } if unit.is_empty() => Value::Number(Quantity::pure(*number)),
        Reading::Number { number, unit } => Value::Number(Quantity::new(*number, unit.parse().ok()?)),
        Reading::Yes(yes) => Value::Yes(*yes),
        Reading::Word(word) => Value::Word(word.parse().ok()?),
        Reading::Words(words) => {
            Value::Words(words.iter().map(|word| word.parse().ok()).collect::<Option<BTreeSet<_>>>()?)
        }
        Reading::Date(_) => return None,
    })
}

fn written(reading: &Reading) -> String {
    match reading {
        Reading::Number { number, unit } => format!("{number} {unit}").trim_end().to_owned(),
        Reading::Yes(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Reading::Word(word) => word.clone(),
        Reading::Words(words) => words.join(" and "),
        Reading::Date(date) => date.to_string(),
    }
}

fn allowed(fact: &Arc<Fact>) -> String {
    let words: Vec<_> = fact.kind.words().iter().map(|word| word.as_str()).collect();
    let mut allowed = match &fact.kind {
        FactKind::YesNo => "yes or no".to_owned(),
        _ if !words.is_empty() => words.join(", "),
        _ => "a number".to_owned(),
    };
    if let Some(unit) = &fact.unit {
        allowed.push_str(&format!(" in {unit}"));
    }
    match fact.range {
        Some(range) => allowed.push_str(&format!(", {} to {}", range.least, range.most)),
        None if fact.kind.is_number() => allowed.push_str(", 0 or above"),
        None => {}
    }
    if let Some(step) = fact.step {
        allowed.push_str(&format!(", in steps of {step}"));
    }
    allowed
}

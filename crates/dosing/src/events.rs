//! What dosing tells the others of each thing it decides: the only place that knows both. What permits depend on is
//! critical: a reader that can not apply it stops there.

use holdpoint_api::dosing::v1 as pb;
use holdpoint_api::safety::v1::HoldPlaced;
use holdpoint_journal::{Chain, Entry};
use jiff::Timestamp;
use prost::Message;
use serde_json::{Value, json};

use crate::domain::concomitant::Concomitant;
use crate::domain::drug::{Drug, Made};
use crate::domain::fate::VoidWhy;
use crate::domain::ids::{InfusionId, LotId, PermitId, RecordId, TrialId};
use crate::domain::infusion::{Claim, Ending, Infusion, Recount};
use crate::domain::lot::Lot;
use crate::domain::plan::{Key, Timing};
use crate::domain::transfusion::Transfusion;
use crate::domain::treatment::Treatment;
use crate::domain::weight::Weight;

/// A moment as messages write it.
pub fn time(at: Timestamp) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds: at.as_second(), nanos: at.subsec_nanosecond() }
}

/// The chain of a trial.
pub fn chain(trial: &TrialId) -> Chain {
    Chain::trial(trial.as_str())
}

fn event(trial: &TrialId, kind: &'static str, message: &impl Message) -> Entry {
    Entry::event(chain(trial), kind, message.encode_to_vec())
}

fn critical(trial: &TrialId, kind: &'static str, message: &impl Message) -> Entry {
    event(trial, kind, message).critical()
}

/// An audit row: what only this service needs to remember.
pub fn audit(trial: &TrialId, kind: &'static str, what: Value) -> Entry {
    Entry::audit(chain(trial), kind, what)
}

/// The plan names an infusion.
pub fn planned(treatment: &Treatment) -> Entry {
    let (key, window) = (treatment.key(), treatment.window());
    let message = pb::InfusionPlanned {
        trial: key.trial.to_string(),
        subject: key.subject.to_string(),
        infusion: key.id.to_string(),
        number: key.number,
        regimen: key.regimen.to_string(),
        due: Some(time(window.due)),
        earliest: Some(time(window.earliest)),
        latest: window.latest.map(time),
    };
    event(&key.trial, "holdpoint.dosing.v1.InfusionPlanned", &message)
}

/// The plan moved it.
pub fn replanned(treatment: &Treatment, why: &str) -> Entry {
    let (key, window) = (treatment.key(), treatment.window());
    let message = pb::InfusionReplanned {
        trial: key.trial.to_string(),
        subject: key.subject.to_string(),
        infusion: key.id.to_string(),
        number: key.number,
        due: Some(time(window.due)),
        earliest: Some(time(window.earliest)),
        latest: window.latest.map(time),
        why: why.to_owned(),
    };
    event(&key.trial, "holdpoint.dosing.v1.InfusionReplanned", &message)
}

/// It was taken off the plan.
pub fn canceled(key: &Key, why: &str) -> Entry {
    let message = pb::InfusionCanceled {
        trial: key.trial.to_string(),
        subject: key.subject.to_string(),
        infusion: key.id.to_string(),
        number: key.number,
        why: why.to_owned(),
    };
    event(&key.trial, "holdpoint.dosing.v1.InfusionCanceled", &message)
}

/// A permit was claimed. No start.
pub fn starting(key: &Key, claim: &Claim) -> Entry {
    let message = pb::InfusionStarting {
        trial: key.trial.to_string(),
        subject: key.subject.to_string(),
        infusion: key.id.to_string(),
        number: key.number,
        permit: claim.permit.to_string(),
        attempt: claim.attempt.0,
        at: Some(time(claim.at)),
    };
    critical(&key.trial, "holdpoint.dosing.v1.InfusionStarting", &message)
}

/// The bedside heard its `Go` in time: the permit is settled.
pub fn go_heard(key: &Key, permit: &PermitId, at: Timestamp) -> Entry {
    let message = pb::GoHeard {
        trial: key.trial.to_string(),
        subject: key.subject.to_string(),
        infusion: key.id.to_string(),
        permit: permit.to_string(),
        at: Some(time(at)),
    };
    critical(&key.trial, "holdpoint.dosing.v1.GoHeard", &message)
}

/// A permit that was received and never claimed goes back.
pub fn permit_returned(key: &Key, permit: &PermitId) -> Entry {
    let message = pb::PermitReturned {
        trial: key.trial.to_string(),
        subject: key.subject.to_string(),
        infusion: key.id.to_string(),
        permit: permit.to_string(),
    };
    critical(&key.trial, "holdpoint.dosing.v1.PermitReturned", &message)
}

/// A permit that can never be heard any more, or that a person says was not acted on.
pub fn permit_voided(key: &Key, permit: &PermitId, why: VoidWhy) -> Entry {
    let message = pb::PermitVoided {
        trial: key.trial.to_string(),
        subject: key.subject.to_string(),
        infusion: key.id.to_string(),
        permit: permit.to_string(),
        why: why.as_str().to_owned(),
        stated: why.is_stated(),
    };
    critical(&key.trial, "holdpoint.dosing.v1.PermitVoided", &message)
}

/// Cells began to flow.
pub fn started(infusion: &Infusion, claim: &Claim, at: Timestamp) -> Entry {
    let key = &infusion.key;
    let message = pb::InfusionStarted {
        trial: key.trial.to_string(),
        subject: key.subject.to_string(),
        infusion: key.id.to_string(),
        number: key.number,
        permit: claim.permit.to_string(),
        at: Some(time(at)),
        lot: infusion.order.lot.to_string(),
        timing: infusion.timing.map(Timing::as_str).unwrap_or_default().to_owned(),
    };
    critical(&key.trial, "holdpoint.dosing.v1.InfusionStarted", &message)
}

/// Nobody spoke in time.
pub fn unconfirmed(key: &Key, claim: &Claim, since: Timestamp) -> Entry {
    let message = pb::InfusionUnconfirmed {
        trial: key.trial.to_string(),
        subject: key.subject.to_string(),
        infusion: key.id.to_string(),
        number: key.number,
        permit: claim.permit.to_string(),
        since: Some(time(since)),
    };
    critical(&key.trial, "holdpoint.dosing.v1.InfusionUnconfirmed", &message)
}

/// It is over.
pub fn completed(key: &Key, claim: &Claim, ending: &Ending) -> Entry {
    let message = pb::InfusionCompleted {
        trial: key.trial.to_string(),
        subject: key.subject.to_string(),
        infusion: key.id.to_string(),
        number: key.number,
        permit: claim.permit.to_string(),
        at: Some(time(ending.at)),
        cells: ending.cells.to_string(),
        stopped_early: ending.stopped_early,
        deviation: ending.deviation.clone().unwrap_or_default(),
    };
    critical(&key.trial, "holdpoint.dosing.v1.InfusionCompleted", &message)
}

/// Its start was at another time than was written.
pub fn time_corrected(infusion: &Infusion, claim: &Claim, at: Timestamp) -> Entry {
    let key = &infusion.key;
    let message = pb::InfusionTimeCorrected {
        trial: key.trial.to_string(),
        subject: key.subject.to_string(),
        infusion: key.id.to_string(),
        permit: claim.permit.to_string(),
        at: Some(time(at)),
        timing: infusion.timing.map(Timing::as_str).unwrap_or_default().to_owned(),
    };
    critical(&key.trial, "holdpoint.dosing.v1.InfusionTimeCorrected", &message)
}

/// A lot came in.
pub fn lot_received(lot: &Lot) -> Entry {
    let message = pb::LotReceived { lot: lot.id.to_string(), product: lot.product.to_string() };
    Entry::event(Chain::Service, "holdpoint.dosing.v1.LotReceived", message.encode_to_vec())
}

/// A lot may be used in a trial.
pub fn lot_released(lot: &Lot, trial: &TrialId, certificate: &str) -> Entry {
    let message = pb::LotReleased { lot: lot.id.to_string(), product: lot.product.to_string() };
    Entry::event(Chain::Service, "holdpoint.dosing.v1.LotReleased", message.encode_to_vec())
        .private(json!({ "trial": trial.as_str(), "certificate": certificate }))
}

/// A lot may not be used any more.
pub fn lot_quarantined(lot: &Lot, why: &str) -> Entry {
    let message =
        pb::LotQuarantined { lot: lot.id.to_string(), product: lot.product.to_string(), why: why.to_owned() };
    Entry::event(Chain::Service, "holdpoint.dosing.v1.LotQuarantined", message.encode_to_vec())
}

/// What is known of a lot changed, and with it what these doses are.
pub fn lot_corrected(lot: &Lot, deviations: &[InfusionId]) -> Entry {
    let deviations: Vec<_> = deviations.iter().map(InfusionId::as_str).collect();
    let what = json!({ "lot": lot.id.as_str(), "cells": lot.cells.to_string(), "facts": lot.facts, "deviations": deviations });
    Entry::audit(Chain::Service, "holdpoint.dosing.v1.LotCorrected", what)
}

/// The lot of a dose that was given was corrected.
pub fn dose_recounted(key: &Key, lot: &LotId, recount: &Recount) -> Entry {
    let message = pb::DoseRecounted {
        trial: key.trial.to_string(),
        subject: key.subject.to_string(),
        infusion: key.id.to_string(),
        number: key.number,
        lot: lot.to_string(),
        cells: recount.cells.map(|cells| cells.to_string()).unwrap_or_default(),
        outside_tolerance: recount.outside,
        lot_not_accepted: recount.not_accepted.is_some(),
        why: recount.in_words(),
    };
    event(&key.trial, "holdpoint.dosing.v1.DoseRecounted", &message)
}

/// A weight was taken.
pub fn weight_recorded(weight: &Weight) -> Entry {
    let message = pb::WeightRecorded {
        trial: weight.trial.to_string(),
        subject: weight.subject.to_string(),
        kilograms: weight.kilograms.to_string(),
        measured_at: Some(time(weight.measured_at)),
    };
    event(&weight.trial, "holdpoint.dosing.v1.WeightRecorded", &message)
}

/// Blood was transfused. A record that withdraws another says what it withdrew.
pub fn transfusion_given(
    given: &Transfusion,
    id: &RecordId,
    ends: Option<&RecordId>,
    withdrawn: bool,
) -> Entry {
    let record = &given.record;
    let message = pb::TransfusionGiven {
        trial: record.trial.to_string(),
        subject: record.subject.to_string(),
        transfusion: id.to_string(),
        event: given.event.clone(),
        at: Some(time(given.at)),
        units: given.units.to_string(),
        replaces: ends.map(ToString::to_string).unwrap_or_default(),
        withdrawn,
    };
    event(&record.trial, "holdpoint.dosing.v1.TransfusionGiven", &message)
}

/// A drug of the background treatment was given. A record that withdraws another says what it withdrew.
pub fn concomitant_given(
    given: &Concomitant,
    id: &RecordId,
    ends: Option<&RecordId>,
    withdrawn: bool,
) -> Entry {
    let record = &given.record;
    let message = pb::ConcomitantGiven {
        trial: record.trial.to_string(),
        subject: record.subject.to_string(),
        record: id.to_string(),
        regimen: given.regimen.to_string(),
        dose: given.dose.to_string(),
        unit: given.unit.clone(),
        from: given.from.to_string(),
        until: given.until.map(|until| until.to_string()).unwrap_or_default(),
        replaces: ends.map(ToString::to_string).unwrap_or_default(),
        withdrawn,
        deviation: given.deviation.clone().unwrap_or_default(),
    };
    event(&record.trial, "holdpoint.dosing.v1.ConcomitantGiven", &message)
}

/// A person set a drug.
pub fn drug_level_set(drug: &Drug, made: &Made) -> Entry {
    let message = pb::DrugLevelSet {
        trial: drug.trial.to_string(),
        subject: drug.subject.to_string(),
        regimen: drug.regimen.to_string(),
        level: made.change.level().unwrap_or_default(),
        change: made.change.as_str().to_owned(),
        date: made.date.to_string(),
    };
    event(&drug.trial, "holdpoint.dosing.v1.DrugLevelSet", &message)
        .private(json!({ "reason": made.reason, "advice": made.advice }))
}

/// Dosing's suspension check of one hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The trial.
    pub trial: TrialId,
    /// The hold.
    pub hold: String,
    /// When.
    pub at: Timestamp,
    /// Infusions that stand still until the release.
    pub frozen: Vec<String>,
    /// Starting, running or unconfirmed.
    pub in_progress: Vec<String>,
}

/// What stands still and what is in progress under a hold, with the hold as it was placed.
pub fn hold_checked(checked: Checked, placed: &HoldPlaced) -> Entry {
    let Checked { trial, hold, at, frozen, in_progress } = checked;
    let summary = format!("{} infusions stand still, {} in progress", frozen.len(), in_progress.len());
    let message = pb::HoldChecked {
        trial: trial.to_string(),
        hold,
        at: Some(time(at)),
        frozen,
        in_progress,
        summary,
        kind: placed.kind,
        scope: placed.scope.clone(),
        activities: placed.activities.clone(),
    };
    event(&trial, "holdpoint.dosing.v1.HoldChecked", &message)
}

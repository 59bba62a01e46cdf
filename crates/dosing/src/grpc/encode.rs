//! Answers as the wire carries them.

use holdpoint_api::common::v1::{Value, value::Of};
use holdpoint_api::dosing::v1 as pb;

use crate::commands::correct_lot::Corrected;
use crate::commands::record_weight::Recorded;
use crate::commands::start_infusion::Heard;
use crate::domain::dose::{Asked, Dose, WeightUsed};
use crate::domain::ids::InfusionId;
use crate::domain::infusion::{Infusion, State};
use crate::domain::lot::{Lot, LotFact, LotState};
use crate::domain::plan::Timing;
use crate::domain::treatment::{Stage, Treatment};
use crate::domain::weight::{SecondPerson, Weight};
use crate::events::time;
use crate::queries::Shown;
use crate::queries::list_infusions::Listed;

pub(super) fn recorded(recorded: Recorded) -> pb::RecordWeightResponse {
    pb::RecordWeightResponse {
        weight: recorded.weight.into(),
        needs_second_person: recorded.needs_second_person,
        change_percent: recorded
            .change_percent
            .map(|change| change.round_dp(2).to_string())
            .unwrap_or_default(),
    }
}

pub(super) fn corrected(corrected: Corrected) -> pb::CorrectLotResponse {
    let names = |infusions: Vec<InfusionId>| infusions.into_iter().map(String::from).collect();
    pb::CorrectLotResponse { infusions: names(corrected.taken_back), deviations: names(corrected.deviations) }
}

pub(super) fn heard(heard: Heard) -> pb::StartInfusionResponse {
    match heard {
        Heard::Go(go) => pb::StartInfusionResponse {
            permit: go.permit().to_string(),
            attempt: go.attempt().0,
            life_ms: u64::try_from(go.life().as_millis()).unwrap_or_default(),
            record_only: false,
        },
        Heard::Record { permit, attempt } => pb::StartInfusionResponse {
            permit: permit.into(),
            attempt: attempt.0,
            life_ms: 0,
            record_only: true,
        },
    }
}

pub(super) fn planned(planned: &[Treatment], sealed: bool) -> pb::PlanInfusionsResponse {
    let infusions = planned.iter().map(treatment).map(|infusion| unless(sealed, infusion));
    pb::PlanInfusionsResponse { infusions: infusions.collect() }
}

pub(super) fn listed(listed: &Listed) -> pb::ListInfusionsResponse {
    pb::ListInfusionsResponse {
        infusions: listed.infusions.iter().map(shown).collect(),
        next: listed.next.map(|next| next.to_string()).unwrap_or_default(),
    }
}

pub(super) fn shown(shown: &Shown) -> pb::Infusion {
    let frozen_by = shown.frozen_by.iter().map(ToString::to_string).collect();
    let treatment = unless(shown.sealed, treatment(&shown.treatment));
    pb::Infusion { frozen_by, refused_by_hold: shown.refused_by_hold, ..treatment }
}

/// Without what tells the arm, where that is sealed: the regimen, the lot and each amount.
fn unless(sealed: bool, infusion: pb::Infusion) -> pb::Infusion {
    if !sealed {
        return infusion;
    }
    pb::Infusion {
        regimen: String::new(),
        lot: String::new(),
        lot_certificate: String::new(),
        dose: None,
        cells_ordered: String::new(),
        cells_given: String::new(),
        cells_recounted: String::new(),
        recount: String::new(),
        arm_sealed: true,
        ..infusion
    }
}

fn treatment(treatment: &Treatment) -> pb::Infusion {
    let (key, window) = (treatment.key(), treatment.window());
    let message = pb::Infusion {
        trial: key.trial.to_string(),
        subject: key.subject.to_string(),
        infusion: key.id.to_string(),
        number: key.number,
        regimen: key.regimen.to_string(),
        state: treatment.state_word().to_owned(),
        due: Some(time(window.due)),
        earliest: Some(time(window.earliest)),
        latest: window.latest.map(time),
        ..pb::Infusion::default()
    };
    match &treatment.stage {
        Stage::Actual(infusion) => actual(infusion, message),
        Stage::Planned(_) | Stage::Canceled(_) => message,
    }
}

fn actual(infusion: &Infusion, message: pb::Infusion) -> pb::Infusion {
    let (order, claim) = (&infusion.order, infusion.claimed());
    let weight = order.weight.as_ref();
    let mut message = pb::Infusion {
        lot: order.lot.to_string(),
        dose: Some(dose(&order.dose)),
        authorized_at: Some(time(order.at)),
        cells_ordered: order.cells.to_string(),
        lot_released_at: Some(time(order.release.at)),
        lot_certificate: order.release.certificate.clone(),
        weight: weight.map(|weight| weight.id.to_string()).unwrap_or_default(),
        weight_kilograms: weight.map(|weight| weight.kilograms.to_string()).unwrap_or_default(),
        weight_measured_at: weight.map(|weight| time(weight.measured_at)),
        timing: infusion.timing.map(Timing::as_str).unwrap_or_default().to_owned(),
        permit: claim.map(|claim| claim.permit.to_string()).unwrap_or_default(),
        attempt: infusion.attempts.0,
        go_heard: claim.is_some_and(|claim| claim.heard.is_some()),
        ..message
    };
    if let Some(recount) = &infusion.recount {
        message.cells_recounted = recount.cells.map(|cells| cells.to_string()).unwrap_or_default();
        message.recount = recount.in_words();
    }
    if let State::Started { at, .. } | State::Completed { at, .. } = &infusion.state {
        message.started_at = Some(time(*at));
    }
    if let State::Completed { ending, .. } = &infusion.state {
        message.completed_at = Some(time(ending.at));
        message.cells_given = ending.cells.to_string();
        message.deviation = ending.deviation.clone().unwrap_or_default();
    }
    message
}

pub(super) fn dose(dose: &Dose) -> pb::Dose {
    pb::Dose {
        reckoned: dose.reckoned.map(|reckoned| reckoned.to_string()).unwrap_or_default(),
        lowest: dose.lowest.to_string(),
        highest: dose.highest.to_string(),
        unit: dose.unit.clone(),
        weight_kilograms: dose.weight_kilograms.map(|kilograms| kilograms.to_string()).unwrap_or_default(),
        weight_used: dose.weight_used.as_str().to_owned(),
        reasons: dose.reasons.clone(),
        weight_measured_at: dose.weight_measured_at.map(time),
    }
}

/// Before anything is prepared: what is not reckoned has words and no numbers.
pub(super) fn asked(asked: &Asked) -> pb::Dose {
    match asked.reckoned() {
        Some(reckoned) => dose(reckoned),
        None => pb::Dose {
            weight_used: WeightUsed::None.as_str().to_owned(),
            reasons: vec![asked.in_words().to_owned()],
            ..pb::Dose::default()
        },
    }
}

pub(super) fn weight(weight: &Weight) -> pb::Weight {
    let (second_person, confirmed_by) = match &weight.second {
        SecondPerson::NotNeeded => ("not-needed", ""),
        SecondPerson::Needed => ("needed", ""),
        SecondPerson::Confirmed { by, .. } => ("confirmed", by.as_str()),
    };
    pb::Weight {
        trial: weight.trial.to_string(),
        subject: weight.subject.to_string(),
        weight: weight.id.to_string(),
        kilograms: weight.kilograms.to_string(),
        measured_at: Some(time(weight.measured_at)),
        recorded_by: weight.by.clone(),
        second_person: second_person.to_owned(),
        confirmed_by: confirmed_by.to_owned(),
    }
}

/// Without what tells the arm, where that is sealed: what it is, and how much.
pub(super) fn lot(lot: &Lot, sealed: bool) -> pb::Lot {
    let quarantined_at = match &lot.state {
        LotState::Quarantined { at, .. } => Some(time(*at)),
        LotState::Received | LotState::Released(_) => None,
    };
    let released_for = match &lot.state {
        LotState::Released(trials) => trials.keys().map(ToString::to_string).collect(),
        LotState::Received | LotState::Quarantined { .. } => vec![],
    };
    let named = pb::Lot {
        lot: lot.id.to_string(),
        state: lot.state_word().to_owned(),
        expires: Some(time(lot.expires)),
        released_for,
        quarantined_at,
        arm_sealed: sealed,
        ..pb::Lot::default()
    };
    if sealed {
        return named;
    }
    pb::Lot {
        product: lot.product.to_string(),
        facts: lot.facts.iter().map(|(name, fact)| (name.clone(), value(fact))).collect(),
        cells: lot.cells.to_string(),
        cells_left: lot.cells_left().to_string(),
        unit: lot.unit.clone(),
        ..named
    }
}

fn value(fact: &LotFact) -> Value {
    let (of, unit) = match fact {
        LotFact::Number { value, unit } => (Of::Number(value.to_string()), unit.clone()),
        LotFact::Yes(yes) => (Of::Yes(*yes), String::new()),
        LotFact::Word(word) => (Of::Word(word.clone()), String::new()),
    };
    Value { of: Some(of), unit }
}

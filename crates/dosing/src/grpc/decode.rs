//! Requests as the wire brings them to commands: every field read, everything wrong told at once.

use std::collections::BTreeMap;

use holdpoint_api::common::v1::{Value, value::Of};
use holdpoint_api::dosing::v1 as pb;
use holdpoint_chassis::error::Refused;
use holdpoint_chassis::fields::Fields;
use holdpoint_journal::Act;

use crate::commands::abandon_start::AbandonStart;
use crate::commands::acknowledge_go::AcknowledgeGo;
use crate::commands::authorize_infusion::AuthorizeInfusion;
use crate::commands::complete_infusion::CompleteInfusion;
use crate::commands::confirm_start::ConfirmStart;
use crate::commands::confirm_weight::ConfirmWeight;
use crate::commands::correct_lot::CorrectLot;
use crate::commands::correct_start_time::CorrectStartTime;
use crate::commands::plan_infusions::PlanInfusions;
use crate::commands::quarantine_lot::QuarantineLot;
use crate::commands::receive_lot::ReceiveLot;
use crate::commands::record_weight::RecordWeight;
use crate::commands::release_lot::ReleaseLot;
use crate::commands::start_infusion::StartInfusion;
use crate::commands::{
    abandon_start, acknowledge_go, authorize_infusion, complete_infusion, confirm_start, confirm_weight,
    correct_lot, correct_start_time, plan_infusions, quarantine_lot, receive_lot, record_weight, release_lot,
    start_infusion,
};
use crate::domain::ids::{Attempt, InfusionId, LotId, TrialId, WeightId};
use crate::domain::infusion::Ending;
use crate::domain::lot::{LotFact, Recipient};
use crate::domain::start::BedsideCheck;
use crate::error::INVALID;
use crate::queries::list_infusions::ListInfusions;

type Decoded<T> = Result<T, Refused>;

/// What a lot is counted in where nothing else is said.
const CELLS: &str = "cells";
/// No lot has more facts.
const MOST_FACTS: usize = 100;

pub(super) fn receive_lot(request: pb::ReceiveLotRequest) -> Decoded<ReceiveLot> {
    let mut fields = Fields::of(&INVALID);
    let act = Act::read(&mut fields, request.act.as_ref(), receive_lot::RPC, &request);
    let facts = facts(&mut fields, request.facts);
    let recipient = match (request.for_trial.is_empty(), request.for_subject.is_empty()) {
        (true, true) => None,
        _ => Some(Recipient {
            trial: fields.id("for_trial", request.for_trial),
            subject: fields.id("for_subject", request.for_subject),
        }),
    };
    let command = ReceiveLot {
        act,
        lot: fields.id("lot", request.lot),
        product: fields.id("product", request.product),
        facts,
        cells: fields.positive("cells", &request.cells),
        unit: fields.optional_id("unit", request.unit).unwrap_or_else(|| CELLS.to_owned()),
        expires: fields.time("expires", request.expires),
        recipient,
    };
    fields.finish(command)
}

fn facts(fields: &mut Fields, facts: BTreeMap<String, Value>) -> BTreeMap<String, LotFact> {
    if facts.len() > MOST_FACTS {
        fields.wrong("facts", Some(facts.len().to_string()), "at most 100");
    }
    let mut read = BTreeMap::new();
    for (name, value) in facts {
        let field = format!("facts[{name}]");
        fields.id::<String>(&field, name.clone());
        let fact = match value.of {
            Some(Of::Number(text)) => {
                LotFact::Number { value: fields.decimal(&field, &text), unit: value.unit }
            }
            Some(Of::Yes(yes)) => LotFact::Yes(yes),
            Some(Of::Word(word)) => LotFact::Word(fields.id(&field, word)),
            Some(Of::Words(_) | Of::Date(_)) | None => {
                fields.wrong(&field, None, "a number with its unit, yes or no, or a word");
                continue;
            }
        };
        read.insert(name, fact);
    }
    read
}

pub(super) fn release_lot(request: pb::ReleaseLotRequest) -> Decoded<ReleaseLot> {
    let mut fields = Fields::of(&INVALID);
    let command = ReleaseLot {
        act: Act::read(&mut fields, request.act.as_ref(), release_lot::RPC, &request),
        trial: fields.id("trial", request.trial),
        lot: fields.id("lot", request.lot),
        certificate: fields.text("certificate", request.certificate),
    };
    fields.finish(command)
}

pub(super) fn quarantine_lot(request: pb::QuarantineLotRequest) -> Decoded<QuarantineLot> {
    let mut fields = Fields::of(&INVALID);
    let command = QuarantineLot {
        act: Act::reasoned(&mut fields, request.act.as_ref(), quarantine_lot::RPC, &request),
        lot: fields.id("lot", request.lot),
    };
    fields.finish(command)
}

pub(super) fn correct_lot(request: pb::CorrectLotRequest) -> Decoded<CorrectLot> {
    let mut fields = Fields::of(&INVALID);
    let command = CorrectLot {
        act: Act::reasoned(&mut fields, request.act.as_ref(), correct_lot::RPC, &request),
        lot: fields.id("lot", request.lot),
        cells: (!request.cells.is_empty()).then(|| fields.not_negative("cells", &request.cells)),
        facts: facts(&mut fields, request.facts),
    };
    if command.cells.is_none() && command.facts.is_empty() {
        fields.wrong("cells", None, "the count, or a fact in `facts`: something to correct");
    }
    fields.finish(command)
}

pub(super) fn record_weight(request: pb::RecordWeightRequest) -> Decoded<RecordWeight> {
    let mut fields = Fields::of(&INVALID);
    let command = RecordWeight {
        act: Act::read(&mut fields, request.act.as_ref(), record_weight::RPC, &request),
        trial: fields.id("trial", request.trial),
        subject: fields.id("subject", request.subject),
        value: fields.decimal("value", &request.value),
        unit: request.unit.chars().take(32).collect(),
        measured_at: fields.time("measured_at", request.measured_at),
    };
    fields.finish(command)
}

pub(super) fn confirm_weight(request: pb::ConfirmWeightRequest) -> Decoded<ConfirmWeight> {
    let mut fields = Fields::of(&INVALID);
    let command = ConfirmWeight {
        act: Act::read(&mut fields, request.act.as_ref(), confirm_weight::RPC, &request),
        trial: fields.id("trial", request.trial),
        subject: fields.id("subject", request.subject),
        weight: fields.id("weight", request.weight),
    };
    fields.finish(command)
}

pub(super) fn plan_infusions(request: pb::PlanInfusionsRequest) -> Decoded<PlanInfusions> {
    let mut fields = Fields::of(&INVALID);
    let command = PlanInfusions {
        act: Act::read(&mut fields, request.act.as_ref(), plan_infusions::RPC, &request),
        trial: fields.id("trial", request.trial),
        subject: fields.id("subject", request.subject),
        regimen: fields.optional_id("regimen", request.regimen),
        first: fields.time("first", request.first),
    };
    fields.finish(command)
}

pub(super) fn authorize_infusion(request: pb::AuthorizeInfusionRequest) -> Decoded<AuthorizeInfusion> {
    let mut fields = Fields::of(&INVALID);
    let command = AuthorizeInfusion {
        act: Act::read(&mut fields, request.act.as_ref(), authorize_infusion::RPC, &request),
        trial: fields.id("trial", request.trial),
        infusion: fields.id("infusion", request.infusion),
        lot: fields.id("lot", request.lot),
        cells: fields.positive("cells", &request.cells),
    };
    fields.finish(command)
}

pub(super) fn start_infusion(request: pb::StartInfusionRequest) -> Decoded<StartInfusion> {
    let mut fields = Fields::of(&INVALID);
    let act = Act::read(&mut fields, request.act.as_ref(), start_infusion::RPC, &request);
    let check = request.check.unwrap_or_default();
    if request.attempt == 0 {
        fields.wrong("attempt", Some("0".to_owned()), "1 or higher");
    }
    let command = StartInfusion {
        act,
        trial: fields.id("trial", request.trial),
        infusion: fields.id("infusion", request.infusion),
        attempt: Attempt(request.attempt),
        earlier_not_heard: fields.optional_text("earlier_not_heard", request.earlier_not_heard),
        check: BedsideCheck {
            subject: fields.id("check.subject", check.subject),
            lot: fields.id("check.lot", check.lot),
            checked_with: fields.id("check.checked_with", check.checked_with),
        },
    };
    fields.finish(command)
}

pub(super) fn acknowledge_go(request: pb::AcknowledgeGoRequest) -> Decoded<AcknowledgeGo> {
    let mut fields = Fields::of(&INVALID);
    let command = AcknowledgeGo {
        act: Act::read(&mut fields, request.act.as_ref(), acknowledge_go::RPC, &request),
        trial: fields.id("trial", request.trial),
        infusion: fields.id("infusion", request.infusion),
        permit: fields.id("permit", request.permit),
    };
    fields.finish(command)
}

pub(super) fn confirm_start(request: pb::ConfirmStartRequest) -> Decoded<ConfirmStart> {
    let mut fields = Fields::of(&INVALID);
    let command = ConfirmStart {
        act: Act::read(&mut fields, request.act.as_ref(), confirm_start::RPC, &request),
        trial: fields.id("trial", request.trial),
        infusion: fields.id("infusion", request.infusion),
        at: fields.time("at", request.at),
    };
    fields.finish(command)
}

pub(super) fn abandon_start(request: pb::AbandonStartRequest) -> Decoded<AbandonStart> {
    let mut fields = Fields::of(&INVALID);
    let command = AbandonStart {
        act: Act::reasoned(&mut fields, request.act.as_ref(), abandon_start::RPC, &request),
        trial: fields.id("trial", request.trial),
        infusion: fields.id("infusion", request.infusion),
    };
    fields.finish(command)
}

pub(super) fn complete_infusion(request: pb::CompleteInfusionRequest) -> Decoded<CompleteInfusion> {
    let mut fields = Fields::of(&INVALID);
    let command = CompleteInfusion {
        act: Act::read(&mut fields, request.act.as_ref(), complete_infusion::RPC, &request),
        trial: fields.id("trial", request.trial),
        infusion: fields.id("infusion", request.infusion),
        ending: Ending {
            at: fields.time("at", request.at),
            cells: fields.not_negative("cells", &request.cells),
            stopped_early: request.stopped_early,
            deviation: fields.optional_text("deviation", request.deviation),
        },
    };
    fields.finish(command)
}

pub(super) fn correct_start_time(request: pb::CorrectStartTimeRequest) -> Decoded<CorrectStartTime> {
    let mut fields = Fields::of(&INVALID);
    let command = CorrectStartTime {
        act: Act::reasoned(&mut fields, request.act.as_ref(), correct_start_time::RPC, &request),
        trial: fields.id("trial", request.trial),
        infusion: fields.id("infusion", request.infusion),
        at: fields.time("at", request.at),
    };
    fields.finish(command)
}

pub(super) fn get_infusion(request: pb::GetInfusionRequest) -> Decoded<(TrialId, InfusionId)> {
    let mut fields = Fields::of(&INVALID);
    let query = (fields.id("trial", request.trial), fields.id("infusion", request.infusion));
    fields.finish(query)
}

pub(super) fn calculate_dose(request: pb::CalculateDoseRequest) -> Decoded<(TrialId, InfusionId)> {
    get_infusion(pb::GetInfusionRequest { trial: request.trial, infusion: request.infusion })
}

pub(super) fn get_lot(request: pb::GetLotRequest) -> Decoded<LotId> {
    let mut fields = Fields::of(&INVALID);
    let lot = fields.id("lot", request.lot);
    fields.finish(lot)
}

pub(super) fn get_weight(request: pb::GetWeightRequest) -> Decoded<(TrialId, WeightId)> {
    let mut fields = Fields::of(&INVALID);
    let query = (fields.id("trial", request.trial), fields.id("weight", request.weight));
    fields.finish(query)
}

pub(super) fn list_infusions(request: pb::ListInfusionsRequest) -> Decoded<ListInfusions> {
    let mut fields = Fields::of(&INVALID);
    let (after, size) = fields.page(request.page);
    let query = ListInfusions {
        trial: fields.id("trial", request.trial),
        subject: fields.optional_id("subject", request.subject),
        after,
        size,
    };
    fields.finish(query)
}

//! What is given beside the infusions, as the wire brings and carries it.

use holdpoint_api::common::v1::Act as PbAct;
use holdpoint_api::dosing::v1 as pb;
use holdpoint_chassis::error::Refused;
use holdpoint_chassis::fields::Fields;
use holdpoint_journal::Act;
use prost::Message;

use crate::commands::record_concomitant::{self, RecordConcomitant};
use crate::commands::record_transfusion::{self, RecordTransfusion};
use crate::commands::set_drug_level::{self, SetDrugLevel};
use crate::domain::concomitant::Concomitant;
use crate::domain::drug::Change;
use crate::domain::ids::{RecordId, SubjectId, TrialId};
use crate::domain::transfusion::Transfusion;
use crate::error::INVALID;
use crate::events::time;
use crate::queries::advise_drug_level::{AdviseDrugLevel, ShownAdvice};
use crate::queries::list_treatments::{Listed, ShownDrug};

type Decoded<T> = Result<T, Refused>;

/// A correction or a withdrawal says why, and a withdrawal names what it withdraws.
fn act(
    fields: &mut Fields,
    (act, rpc, body): (Option<&PbAct>, &'static str, &impl Message),
    replaces: Option<&RecordId>,
    withdraw: bool,
) -> Act {
    if withdraw && replaces.is_none() {
        fields.wrong("replaces", None, "the record that is withdrawn");
    }
    match replaces {
        Some(_) => Act::reasoned(fields, act, rpc, body),
        None => Act::read(fields, act, rpc, body),
    }
}

pub(super) fn record_transfusion(request: pb::RecordTransfusionRequest) -> Decoded<RecordTransfusion> {
    let mut fields = Fields::of(&INVALID);
    let replaces = fields.optional_id("replaces", request.replaces.clone());
    let said = (request.act.as_ref(), record_transfusion::RPC, &request);
    let act = act(&mut fields, said, replaces.as_ref(), request.withdraw);
    let given = (!request.withdraw).then(|| record_transfusion::Given {
        event: fields.id("event", request.event),
        at: fields.time("at", request.at),
        units: fields.positive("units", &request.units),
    });
    let (trial, subject) = (fields.id("trial", request.trial), fields.id("subject", request.subject));
    fields.finish(RecordTransfusion { act, trial, subject, replaces, given })
}

pub(super) fn record_concomitant(request: pb::RecordConcomitantRequest) -> Decoded<RecordConcomitant> {
    let mut fields = Fields::of(&INVALID);
    let replaces = fields.optional_id("replaces", request.replaces.clone());
    let said = (request.act.as_ref(), record_concomitant::RPC, &request);
    let act = act(&mut fields, said, replaces.as_ref(), request.withdraw);
    let given = (!request.withdraw).then(|| record_concomitant::Given {
        regimen: fields.id("regimen", request.regimen),
        dose: fields.positive("dose", &request.dose),
        unit: request.unit.chars().take(32).collect(),
        from: fields.date("from", &request.from),
        until: (!request.until.is_empty()).then(|| fields.date("until", &request.until)),
        deviation: fields.optional_text("deviation", request.deviation),
    });
    let (trial, subject) = (fields.id("trial", request.trial), fields.id("subject", request.subject));
    fields.finish(RecordConcomitant { act, trial, subject, replaces, given })
}

pub(super) fn set_drug_level(request: pb::SetDrugLevelRequest) -> Decoded<SetDrugLevel> {
    let mut fields = Fields::of(&INVALID);
    let act = Act::reasoned(&mut fields, request.act.as_ref(), set_drug_level::RPC, &request);
    let change = Change::from_word(&request.change, request.level).unwrap_or_else(|| {
        let found = format!("{} {}", request.change.chars().take(32).collect::<String>(), request.level);
        let allowed = format!("{}; level 1 or higher, 0 with stopped and ended", Change::WORDS);
        fields.wrong("change", Some(found), &allowed);
        Change::Stopped
    });
    let command = SetDrugLevel {
        act,
        trial: fields.id("trial", request.trial),
        subject: fields.id("subject", request.subject),
        regimen: fields.id("regimen", request.regimen),
        change,
        date: fields.date("date", &request.date),
    };
    fields.finish(command)
}

pub(super) fn advise_drug_level(request: pb::AdviseDrugLevelRequest) -> Decoded<AdviseDrugLevel> {
    let mut fields = Fields::of(&INVALID);
    let query = AdviseDrugLevel {
        trial: fields.id("trial", request.trial),
        subject: fields.id("subject", request.subject),
        regimen: fields.id("regimen", request.regimen),
    };
    fields.finish(query)
}

pub(super) fn list_treatments(request: pb::ListTreatmentsRequest) -> Decoded<(TrialId, SubjectId)> {
    let mut fields = Fields::of(&INVALID);
    let query = (fields.id("trial", request.trial), fields.id("subject", request.subject));
    fields.finish(query)
}

pub(super) fn advice(shown: &ShownAdvice) -> pb::DrugAdvice {
    let (level, level_text) = shown.level.clone().unwrap_or_default();
    pb::DrugAdvice {
        advice: shown.word.to_owned(),
        level,
        level_text,
        reason: shown.reason.clone(),
        line: shown.line.and_then(|line| u32::try_from(line).ok()).unwrap_or_default(),
        newest_result: shown.newest_result.clone().unwrap_or_default(),
        drug: Some(drug(&shown.drug)),
    }
}

pub(super) fn listed(listed: &Listed) -> pb::ListTreatmentsResponse {
    pb::ListTreatmentsResponse {
        transfusions: listed.transfusions.iter().map(transfusion).collect(),
        concomitants: listed.concomitants.iter().map(concomitant).collect(),
        drugs: listed.drugs.iter().map(drug).collect(),
    }
}

fn transfusion(one: &Transfusion) -> pb::Transfusion {
    let record = &one.record;
    pb::Transfusion {
        transfusion: record.id.to_string(),
        event: one.event.clone(),
        at: Some(time(one.at)),
        units: one.units.to_string(),
        standing: record.standing.as_str().to_owned(),
        replaced_by: record.standing.ended_by().map(ToString::to_string).unwrap_or_default(),
        recorded_by: record.by.clone(),
        recorded_at: Some(time(record.at)),
    }
}

fn concomitant(one: &Concomitant) -> pb::Concomitant {
    let record = &one.record;
    pb::Concomitant {
        record: record.id.to_string(),
        regimen: one.regimen.to_string(),
        dose: one.dose.to_string(),
        unit: one.unit.clone(),
        from: one.from.to_string(),
        until: one.until.map(|until| until.to_string()).unwrap_or_default(),
        deviation: one.deviation.clone().unwrap_or_default(),
        standing: record.standing.as_str().to_owned(),
        replaced_by: record.standing.ended_by().map(ToString::to_string).unwrap_or_default(),
        recorded_by: record.by.clone(),
        recorded_at: Some(time(record.at)),
    }
}

fn drug(shown: &ShownDrug) -> pb::Drug {
    let state = shown.drug.state();
    let changes = shown.drug.changes.iter().zip(&shown.level_texts);
    pb::Drug {
        regimen: shown.drug.regimen.to_string(),
        standing: shown.drug.standing_word().to_owned(),
        level: state.map_or(0, |state| state.level),
        level_text: shown.level_text.clone(),
        since: state.and_then(|state| state.since).map(|since| since.to_string()).unwrap_or_default(),
        changes: changes
            .map(|(made, level_text)| pb::DrugChange {
                change: made.change.as_str().to_owned(),
                level: made.change.level().unwrap_or_default(),
                level_text: level_text.clone(),
                date: made.date.to_string(),
                reason: made.reason.clone(),
                advice: made.advice.clone(),
                set_by: made.by.clone(),
                set_at: Some(time(made.at)),
            })
            .collect(),
    }
}

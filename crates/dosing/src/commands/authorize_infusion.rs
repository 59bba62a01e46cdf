//! Pharmacy's word that this lot and this amount are right for this infusion on this weight
//! (Protocol 5.1; protocols README, sentence 16). A hold does not stop it: only the start is stopped.

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;
use holdpoint_journal::{Stored, Tx};
use rust_decimal::Decimal;
use serde_json::json;

use crate::authority;
use crate::ctx::{Act, Ctx, Done, applied};
use crate::domain::dose::{Asked, Dose};
use crate::domain::ids::{InfusionId, LotId, TrialId};
use crate::domain::infusion::{Order, Weighed};
use crate::domain::lot::Lot;
use crate::domain::prescription::{self, Prescription};
use crate::domain::refusal::Refusal;
use crate::domain::subject::Subject;
use crate::domain::treatment::{Stage, Treatment, dose_left};
use crate::domain::weight::Weight;
use crate::events;
use crate::store;

/// The rpc.
pub const RPC: &str = "/holdpoint.dosing.v1.Dosing/AuthorizeInfusion";

/// What was prepared for whom.
#[derive(Clone, Debug)]
pub struct AuthorizeInfusion {
    /// The act.
    pub act: Act,
    /// The trial.
    pub trial: TrialId,
    /// The infusion.
    pub infusion: InfusionId,
    /// The lot.
    pub lot: LotId,
    /// Cells prepared.
    pub cells: Decimal,
}

/// Planned or Authorized -> Authorized. Refused: not on treatment; weight missing, stale or unconfirmed; lot not usable,
/// too small or of another product; cells outside tolerance; wrong state.
pub async fn run(ctx: &Ctx, actor: &Actor, cmd: AuthorizeInfusion) -> Result<Done<Dose>> {
    let by = ctx.by(actor, &cmd.act);
    if let Some(done) = ctx.repeated(&by).await? {
        return Ok(done);
    }
    let mut tx = ctx.store.begin(&by).await?;
    let treatment = store::treatment(&tx, &cmd.trial, &cmd.infusion).await?;
    let subject = store::subject(&tx, &cmd.trial, &treatment.key().subject).await?;
    authority::require(&tx, actor, RPC, &cmd.trial, subject.site.as_deref()).await?;
    subject.on_treatment()?;
    let protocol = ctx.protocols.of_subject(&tx, &subject).await?;
    let prescription = Prescription::of(&protocol, &subject, Some(&treatment.key().regimen))?;
    let all: Vec<Treatment> =
        store::treatments(&tx, &cmd.trial, &subject.id).await?.into_iter().map(|one| one.value).collect();
    dose_left(&all, treatment.key(), prescription.doses())?;
    let (weight, asked) = reckon(&tx, &subject, &prescription).await?;
    let lot = store::lot(&tx, cmd.lot.as_str()).await?;
    prescription.takes(&lot)?;
    prescription::accepts(&protocol, &lot)?;
    lot.usable(&cmd.trial, &subject.id, by.at)?;
    let dose = asked.order(cmd.cells, &lot, |amount| prescription.tolerated(amount))?;
    let order = Order {
        release: lot.release_for(&cmd.trial)?.clone(),
        lot: cmd.lot,
        cells: cmd.cells,
        dose: dose.clone(),
        weight: weight.map(weighed),
        by: actor.principal.clone(),
        at: by.at,
    };
    give_back_earlier(&mut tx, &treatment, &lot).await?;
    let drawn = lot.value.clone().draw(cmd.infusion.clone(), cmd.cells)?;
    tx.record(&lot, drawn, []).await?;
    let what = json!({ "infusion": cmd.infusion.as_str(), "order": &order });
    let next = ordered(&treatment.value, order)?;
    tx.record(&treatment, next, [events::audit(&cmd.trial, "holdpoint.dosing.v1.InfusionAuthorized", what)])
        .await?;
    applied(tx, dose).await
}

/// The weight that stands, where the dose is reckoned from one, and what the file asks for on it.
pub(crate) async fn reckon(
    tx: &Tx,
    subject: &Subject,
    prescription: &Prescription<'_>,
) -> Result<(Option<Weight>, Asked)> {
    let baseline = subject.baseline();
    let weight = match prescription.is_by_weight() {
        true => store::newest_weight(tx, &subject.trial, &subject.id).await?.map(|weight| weight.value),
        false => None,
    };
    let zone = store::time_zone(tx, &subject.trial, subject.site.as_deref()).await?;
    let asked = prescription.reckon(baseline, weight.as_ref(), tx.by().at, &zone)?;
    if let Some(weight) = &weight {
        weight.clone().judged_again(baseline, prescription.second_person_percent()).checked()?;
    }
    Ok((weight, asked))
}

fn weighed(weight: Weight) -> Weighed {
    Weighed { id: weight.id, kilograms: weight.kilograms, measured_at: weight.measured_at }
}

fn ordered(treatment: &Treatment, order: Order) -> std::result::Result<Treatment, Refusal> {
    match &treatment.stage {
        Stage::Planned(planned) => Ok(treatment.with(planned.clone().authorize(order))),
        Stage::Actual(infusion) => Ok(treatment.with(infusion.clone().reauthorize(order)?)),
        Stage::Canceled(_) => Err(Refusal::WrongState {
            what: "authorize",
            found: "canceled",
            allowed: "planned or authorized",
        }),
    }
}

/// The cells of an earlier order go back into its lot, where that was another lot.
async fn give_back_earlier(tx: &mut Tx, treatment: &Treatment, lot: &Stored<Lot>) -> Result<()> {
    let Stage::Actual(infusion) = &treatment.stage else { return Ok(()) };
    if infusion.order.lot == lot.id {
        return Ok(());
    }
    let earlier = store::lot(tx, infusion.order.lot.as_str()).await?;
    let back = earlier.value.clone().put_back(&infusion.key.id);
    tx.record(&earlier, back, []).await.map(drop)
}

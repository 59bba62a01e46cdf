//! Everything given to a subject beside the infusions, with what was corrected and withdrawn, in the order it was
//! written down.

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;
use holdpoint_protocol::model::Ladder;

use crate::authority;
use crate::commands::set_drug_level::ladder;
use crate::ctx::Ctx;
use crate::domain::concomitant::Concomitant;
use crate::domain::drug::{Drug, level_text};
use crate::domain::ids::{SubjectId, TrialId};
use crate::domain::transfusion::Transfusion;
use crate::store;

/// The rpc.
pub const RPC: &str = "/holdpoint.dosing.v1.Dosing/ListTreatments";

/// A drug with its levels in words.
#[derive(Clone, Debug)]
pub struct ShownDrug {
    /// The drug.
    pub drug: Drug,
    /// The words of its level; empty before it was started.
    pub level_text: String,
    /// The words of the level of each change; empty where it was not taken.
    pub level_texts: Vec<String>,
}

impl ShownDrug {
    /// Puts the words of the file's ladder to a drug; none where the version knows it no more.
    pub fn of(drug: Drug, ladder: Option<&Ladder>) -> Self {
        let words = |level: Option<u32>| {
            level.zip(ladder).map(|(level, ladder)| level_text(ladder, level)).unwrap_or_default()
        };
        let level_text = words(drug.state().map(|state| state.level));
        let level_texts = drug.changes.iter().map(|made| words(made.change.level())).collect();
        Self { drug, level_text, level_texts }
    }
}

/// All of a subject.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Transfusions.
    pub transfusions: Vec<Transfusion>,
    /// Drugs of the background treatment.
    pub concomitants: Vec<Concomitant>,
    /// Drugs with a ladder.
    pub drugs: Vec<ShownDrug>,
}

/// Reads a subject's treatments.
pub async fn run(ctx: &Ctx, actor: &Actor, trial: TrialId, subject: SubjectId) -> Result<Listed> {
    let tx = ctx.store.begin(&ctx.own()).await?;
    let known = store::subject(&tx, &trial, &subject).await?;
    authority::require(&tx, actor, RPC, &trial, known.site.as_deref()).await?;
    let transfusions = store::of_subject(&tx, &trial, &subject).await?;
    let concomitants = store::of_subject(&tx, &trial, &subject).await?;
    let drugs: Vec<Drug> = store::of_subject(&tx, &trial, &subject).await?;
    let protocol = match drugs.is_empty() {
        true => None,
        false => Some(ctx.protocols.of_subject(&tx, &known).await?),
    };
    tx.rollback().await?;
    let shown = drugs.into_iter().map(|drug| {
        let ladder = protocol.as_ref().and_then(|protocol| ladder(protocol, &known, &drug.regimen).ok());
        ShownDrug::of(drug, ladder)
    });
    Ok(Listed { transfusions, concomitants, drugs: shown.collect() })
}

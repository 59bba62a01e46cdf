//! What people and services ask safety to do: one file a command; and the steps that several of them share.

pub mod acknowledge_alert;
pub mod alerting;
pub mod asking;
pub mod assess_adverse_event;
pub mod gathering;
pub mod going_back;
pub mod grouping;
pub mod issue_permit;
pub mod override_silent_peer;
pub mod place_hold;
pub mod placing;
pub mod record_board_decision;
pub mod report_adverse_event;
pub mod reporting;
pub mod restoring;
pub mod ruling;
pub mod run_milestone_rules;
pub mod settling;
pub mod sign_release;
pub mod sign_rule;
pub mod triage_candidate;
pub mod update_adverse_event;

use holdpoint_chassis::delegation::Delegation;
use holdpoint_chassis::error::{OrFault as _, Result};
use holdpoint_chassis::identity::{Actor, Role};
use holdpoint_journal::{By, Questions, Tx};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::ctx::Ctx;
use crate::domain::hold::Hold;
use crate::domain::ids::TrialId;
use crate::store::DelegationRow;

/// One call: who makes it, in which act, and which roles the rpc is open to.
#[derive(Debug, Clone)]
pub struct Call {
    /// The caller.
    pub actor: Actor,
    /// The act, with request and reason.
    pub by: By,
    /// The roles that the rpc names.
    pub roles: Vec<Role>,
}

impl Call {
    /// The kept answer, where this request was answered before.
    pub async fn kept<T: DeserializeOwned>(&self, ctx: &Ctx) -> Result<Option<T>> {
        read_kept(ctx.store.answered(&self.by).await?)
    }

    /// The same, and the caller's delegations in the trial, in one look.
    pub async fn kept_or_delegations<T: DeserializeOwned>(
        &self,
        ctx: &Ctx,
        trial: &TrialId,
    ) -> Result<std::result::Result<T, Vec<Delegation>>> {
        let key = DelegationRow::of(trial.as_str(), &self.actor.principal);
        let of_person = [("person", key.as_str())];
        let asked = Questions::new().answered(&self.by).find::<DelegationRow>(&of_person)?;
        let seen = ctx.store.look(asked).await?;
        if let Some(kept) = read_kept(seen.answered(&self.by).await?)? {
            return Ok(Ok(kept));
        }
        let rows = seen.find::<DelegationRow>(&of_person).await?;
        Ok(Err(rows.into_iter().map(|row| row.value.delegation).collect()))
    }

    /// The reason given; empty where none was.
    pub fn reason(&self) -> &str {
        self.by.reason.as_deref().unwrap_or_default()
    }
}

fn read_kept<T: DeserializeOwned>(kept: Option<Vec<u8>>) -> Result<Option<T>> {
    let Some(bytes) = kept else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).or_fault("reading a kept answer")
}

/// Keeps the answer for repeats of the same request.
pub fn keep<T: Serialize>(tx: &mut Tx, answer: &T) -> Result<()> {
    tx.answer(serde_json::to_vec(answer).or_fault("keeping an answer")?);
    Ok(())
}

/// A hold as an answer shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldShown {
    /// The hold.
    pub hold: Hold,
    /// At the latest, it is effective this many milliseconds after it was placed.
    pub effective_within_ms: u64,
}

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
pub mod ruling;
pub mod run_milestone_rules;
pub mod settling;
pub mod sign_release;
pub mod sign_rule;
pub mod triage_candidate;
pub mod update_adverse_event;

use holdpoint_chassis::error::{OrFault as _, Result};
use holdpoint_chassis::identity::{Actor, Role};
use holdpoint_journal::{By, Tx};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::ctx::Ctx;
use crate::domain::hold::Hold;

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
        let Some(bytes) = ctx.store.answered(&self.by).await? else { return Ok(None) };
        serde_json::from_slice(&bytes).map(Some).or_fault("reading a kept answer")
    }

    /// The reason given; empty where none was.
    pub fn reason(&self) -> &str {
        self.by.reason.as_deref().unwrap_or_default()
    }
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

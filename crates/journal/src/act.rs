//! Decides how a person's changing call begins and ends: what it says about itself, the kept answer that its repeat
//! hears, and the commit that keeps the answer of a success.

use holdpoint_api::common::v1::Act as PbAct;
use holdpoint_chassis::error::{OrFault as _, Result};
use holdpoint_chassis::fields::Fields;
use holdpoint_chassis::identity::Actor;
use holdpoint_chassis::telemetry::propagation;
use jiff::Timestamp;
use prost::Message;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::by::{By, Request};
use crate::store::Store;
use crate::tx::Tx;

/// What every changing call says about itself.
#[derive(Debug, Clone)]
pub struct Act {
    /// Id, method and content of the request.
    pub request: Request,
    /// Why, in the person's words.
    pub reason: Option<String>,
}

impl Act {
    /// The act of a request: an id is required. The body's hash is taken over the whole request.
    pub fn read(fields: &mut Fields, act: Option<&PbAct>, rpc: &'static str, body: &impl Message) -> Self {
        let act = act.cloned().unwrap_or_default();
        let id: String = fields.id("act.request_id", act.request_id);
        let reason = fields.optional_text("act.reason", act.reason);
        Self { request: Request::of(id, rpc, &body.encode_to_vec()), reason }
    }

    /// An act that must say why.
    pub fn reasoned(
        fields: &mut Fields,
        act: Option<&PbAct>,
        rpc: &'static str,
        body: &impl Message,
    ) -> Self {
        let act = Self::read(fields, act, rpc, body);
        if act.reason.is_none() {
            fields.wrong("act.reason", None, "a sentence that says why");
        }
        act
    }

    /// Who acts, in a call at this civil time.
    pub fn by(&self, actor: &Actor, at: Timestamp) -> By {
        let by = By::new(actor.principal.as_str(), at)
            .request(self.request.clone())
            .reason(self.reason.clone().unwrap_or_default());
        By { trace: propagation::current(), ..by }
    }
}

/// How a command that succeeded was applied: this time, or by an earlier call of the same request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done<T> {
    /// This call changed something.
    Applied(T),
    /// An earlier call of the same request did; this is its kept answer.
    AlreadyApplied(T),
}

impl<T> Done<T> {
    /// The answer, whichever call it is of.
    pub fn into_inner(self) -> T {
        match self {
            Self::Applied(answer) | Self::AlreadyApplied(answer) => answer,
        }
    }
}

impl Store {
    /// The kept answer, where this request was answered before.
    pub async fn repeated<T: DeserializeOwned>(&self, by: &By) -> Result<Option<Done<T>>> {
        let Some(kept) = self.answered(by).await? else { return Ok(None) };
        let answer = serde_json::from_slice(&kept).or_fault("reading a kept answer")?;
        Ok(Some(Done::AlreadyApplied(answer)))
    }
}

/// Commits a success together with its answer, which a repeat of the request will hear.
pub async fn applied<T: Serialize>(mut tx: Tx, answer: T) -> Result<Done<T>> {
    tx.answer(serde_json::to_vec(&answer).or_fault("writing an answer")?);
    tx.commit().await?;
    Ok(Done::Applied(answer))
}

#[cfg(test)]
mod tests {
    use holdpoint_chassis::error::{ErrorEntry, Reason, Severity};

    use super::*;

    const INVALID: ErrorEntry =
        ErrorEntry::new("TST-0001", Reason::InvalidArgument, Severity::Info, "fields", "correct them");

    #[test]
    fn an_act_names_itself_and_says_why_where_it_must() {
        let given = PbAct { request_id: "r-1".to_owned(), reason: "  ".to_owned() };
        let mut fields = Fields::of(&INVALID);
        let act = Act::read(&mut fields, Some(&given), "/a/B", &given);
        assert_eq!((act.request.id.as_str(), act.reason), ("r-1", None));
        assert!(fields.is_empty());
        Act::reasoned(&mut fields, Some(&given), "/a/B", &given);
        Act::read(&mut fields, None, "/a/B", &given);
        let refused = fields.refused();
        let names: Vec<_> = refused.fields.iter().map(|wrong| wrong.field.as_str()).collect();
        assert_eq!(names, ["act.reason", "act.request_id"]);
    }
}

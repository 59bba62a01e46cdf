//! A refusal as a client's program reads it: the status, the stable code, the fields, the holds. A status without details is a
//! fault or a failed connection, never a refusal.

use anyhow::{Context as _, ensure};
use holdpoint::client::NotHeard;
use holdpoint_api::common::v1::{ErrorDetail, FieldViolation};
use prost::Message as _;
use tonic::{Code, Status};

/// Why something may not be.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// gRPC status.
    pub status: Code,
    /// "DOS-0010"; empty where the status carries none.
    pub code: String,
    /// For the person who meets it.
    pub message: String,
    /// Fields that are wrong.
    pub fields: Vec<FieldViolation>,
    /// Holds that stand in the way.
    pub holds: Vec<String>,
}

impl From<Status> for Refusal {
    fn from(status: Status) -> Self {
        let detail = match status.details() {
            [] => None,
            bytes => ErrorDetail::decode(bytes).ok(),
        };
        let code =
            status.metadata().get("holdpoint-code").and_then(|code| code.to_str().ok()).unwrap_or_default();
        let detail = detail.unwrap_or_else(|| ErrorDetail { code: code.to_owned(), ..Default::default() });
        Self {
            status: status.code(),
            code: detail.code,
            message: status.message().to_owned(),
            fields: detail.fields,
            holds: detail.holds,
        }
    }
}

/// An answer that came too late to be acted on: the listener's own refusal.
impl From<NotHeard> for Refusal {
    fn from(not_heard: NotHeard) -> Self {
        Self::from(Status::deadline_exceeded(not_heard.to_string()))
    }
}

impl Refusal {
    /// That it names this hold.
    pub fn names(&self, hold: &str) -> anyhow::Result<()> {
        ensure!(
            self.holds.iter().any(|named| named == hold),
            "the refusal does not name hold {hold}: {self:?}"
        );
        Ok(())
    }

    /// That it is of this status and says which field is wrong and what is allowed.
    pub fn blames(&self, status: Code, field: &str) -> anyhow::Result<()> {
        self.is(status)?;
        let found = self.fields.iter().find(|found| found.field == field);
        let found = found.with_context(|| format!("the refusal does not name {field}: {self:?}"))?;
        ensure!(!found.allowed.is_empty(), "the refusal does not say what {field} may be: {self:?}");
        Ok(())
    }

    /// That it is of this status, with a stable code and words.
    pub fn is(&self, status: Code) -> anyhow::Result<()> {
        ensure!(self.status == status, "expected {status:?}: {self:?}");
        ensure!(
            !self.code.is_empty() && !self.message.is_empty(),
            "a refusal has a code and words: {self:?}"
        );
        Ok(())
    }
}

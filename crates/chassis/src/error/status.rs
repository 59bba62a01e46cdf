//! Decides what of an error goes out: a refusal with code, words, fields and holds; a fault with its code alone. The
//! cause of a fault is logged here, once. Wherever details are absent, the status is a fault (common.proto).

use std::time::Duration;

use holdpoint_api::common::v1::{ErrorDetail, FieldViolation as FieldDetail};
use prost::Message;
use tonic::metadata::{MetadataMap, MetadataValue};
use tonic::{Code, Status};

use super::{Error, Reason, Refused, Severity, catalog};

/// Metadata key of the stable code.
pub const CODE_KEY: &str = "holdpoint-code";
/// Metadata key of the time after which to try again, in milliseconds.
pub const RETRY_AFTER_KEY: &str = "retry-after-ms";
/// gRPC's own key of the same, which its clients obey when retrying.
const PUSHBACK_KEY: &str = "grpc-retry-pushback-ms";

impl Reason {
    /// The gRPC status of the reason (house habit 11).
    pub fn status_code(self) -> Code {
        match self {
            Self::InvalidArgument => Code::InvalidArgument,
            Self::NotFound => Code::NotFound,
            Self::FailedPrecondition => Code::FailedPrecondition,
            Self::AlreadyExists => Code::AlreadyExists,
            Self::Aborted => Code::Aborted,
            Self::Unauthenticated => Code::Unauthenticated,
            Self::PermissionDenied => Code::PermissionDenied,
            Self::ResourceExhausted => Code::ResourceExhausted,
            Self::Unavailable => Code::Unavailable,
        }
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refused) => refused.into(),
            Error::Fault(cause) => fault(&cause),
        }
    }
}

impl From<Refused> for Status {
    fn from(refused: Refused) -> Self {
        refused.log();
        status(&refused, None)
    }
}

impl Refused {
    /// Tells of a refusal where many read it: its code and the fields, never its words. They repeat what the caller wrote, and a
    /// caller who writes a patient's name where a subject's code belongs must not find it in a log.
    pub fn log(&self) {
        let code = self.code;
        let fields: Vec<String> =
            self.fields.iter().map(|violation| without_keys(&violation.field)).collect();
        let fields = fields.join(" ");
        match self.severity {
            Severity::Info => tracing::info!(code, fields, "refused"),
            Severity::Warning => tracing::warn!(code, fields, "refused"),
            Severity::Error => tracing::error!(code, fields, "refused"),
        }
    }
}

/// A field's path without what stands in brackets: a place, or a key that the caller chose.
fn without_keys(path: &str) -> String {
    let parts = path.split('[').enumerate();
    let names = parts.map(|(at, part)| match at {
        0 => part,
        _ => part.split_once(']').map_or("", |(_, rest)| rest),
    });
    names.collect::<Vec<_>>().join("[]")
}

/// Load was shed or a peer is silent: the refusal with the time after which to try again.
pub fn retry_after(refused: Refused, after: Duration) -> Status {
    refused.log();
    status(&refused, Some(after))
}

/// A status outside the reasons: a deadline passed, an rpc that does not exist.
pub(crate) fn plain(grpc: Code, code: &'static str, message: &str) -> Status {
    let mut metadata = MetadataMap::new();
    metadata.insert(CODE_KEY, MetadataValue::from_static(code));
    Status::with_metadata(grpc, message, metadata)
}

/// The code in a status that a peer sent, where it is one of ours.
pub fn code_of(status: &Status) -> Option<&str> {
    status.metadata().get(CODE_KEY)?.to_str().ok()
}

/// The refusal in a status that a peer sent. None for a fault, or a status that is not ours.
pub fn detail_of(status: &Status) -> Option<ErrorDetail> {
    if status.details().is_empty() {
        return None;
    }
    ErrorDetail::decode(status.details()).ok().filter(|detail| !detail.code.is_empty())
}

fn fault(cause: &anyhow::Error) -> Status {
    tracing::error!(code = catalog::FAULT, cause = format!("{cause:#}"), "fault");
    plain(
        Code::Internal,
        catalog::FAULT,
        "SYS-0001: the service met a fault of its own; whether the call took effect is not known. Ask again with the same request id.",
    )
}

/// A refusal as a message carries it: in a status's details, or in the answer to one item of a stream.
pub fn to_detail(refused: &Refused) -> ErrorDetail {
    ErrorDetail {
        code: refused.code.to_owned(),
        message: refused.message.clone(),
        fields: refused
            .fields
            .iter()
            .map(|violation| FieldDetail {
                field: violation.field.clone(),
                found: violation.found.clone().unwrap_or_default(),
                allowed: violation.allowed.clone(),
            })
            .collect(),
        holds: refused.holds.clone(),
        retry_after_ms: 0,
    }
}

fn status(refused: &Refused, after: Option<Duration>) -> Status {
    let after_ms = after.map(|after| u64::try_from(after.as_millis()).unwrap_or(u64::MAX));
    let detail = ErrorDetail { retry_after_ms: after_ms.unwrap_or_default(), ..to_detail(refused) };
    let mut metadata = MetadataMap::new();
    metadata.insert(CODE_KEY, MetadataValue::from_static(refused.code));
    if let Some(ms) = after_ms {
        metadata.insert(RETRY_AFTER_KEY, MetadataValue::from(ms));
        metadata.insert(PUSHBACK_KEY, MetadataValue::from(ms));
    }
    Status::with_details_and_metadata(
        refused.reason.status_code(),
        refused.to_string(),
        detail.encode_to_vec().into(),
        metadata,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logged_path_holds_no_key_of_the_callers() {
        for (path, logged) in [
            ("weights[2].kg", "weights[].kg"),
            ("facts[Wang Fang].value", "facts[].value"),
            ("facts[4711", "facts[]"),
            ("trial", "trial"),
        ] {
            assert_eq!(without_keys(path), logged);
        }
    }

    #[test]
    fn a_refusal_carries_everything_out() {
        let refused = Refused::new("DOS-0007", Reason::FailedPrecondition, "the infusion is held")
            .field("weights[2].kg", Some("0".into()), "10 to 300")
            .hold("h-1");
        let status = Status::from(Error::from(refused));
        assert_eq!(status.code(), Code::FailedPrecondition);
        assert_eq!(code_of(&status), Some("DOS-0007"));
        let detail = detail_of(&status).unwrap();
        assert_eq!(detail.holds, ["h-1"]);
        assert_eq!(detail.fields[0].found, "0");
        assert_eq!(
            status.message(),
            "DOS-0007: the infusion is held; weights[2].kg: found 0, allowed: 10 to 300"
        );
    }

    #[test]
    fn a_fault_tells_its_code_only() {
        let cause = anyhow::anyhow!("password authentication failed for role x").context("SELECT secret");
        let status = Status::from(Error::from(cause));
        assert_eq!(status.code(), Code::Internal);
        assert_eq!(code_of(&status), Some(catalog::FAULT));
        assert!(detail_of(&status).is_none());
        assert!(!status.message().contains("password") && !status.message().contains("SELECT"));
    }

    #[test]
    fn shed_load_says_when_to_come_back() {
        let status = retry_after(catalog::SHED.refuse("too many calls"), Duration::from_millis(750));
        assert_eq!(status.code(), Code::ResourceExhausted);
        assert_eq!(status.metadata().get(RETRY_AFTER_KEY).unwrap(), "750");
        assert_eq!(detail_of(&status).unwrap().retry_after_ms, 750);
    }

    #[test]
    fn codes_are_unique_and_every_entry_says_what_to_do() {
        let codes: std::collections::BTreeSet<_> = catalog::ERRORS.iter().map(|entry| entry.code).collect();
        assert_eq!(codes.len(), catalog::ERRORS.len());
        assert!(
            catalog::ERRORS.iter().all(|entry| entry.meaning.ends_with('.') && entry.mend.ends_with('.'))
        );
    }
}

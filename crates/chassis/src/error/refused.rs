//! Decides what a refusal carries: a stable code, the reason as a caller's program may act on it, words for the
//! person, every field violation found (not the first only) and the holds that stand in the way.

use std::fmt;

/// Why a refusal was given, in the terms a caller's program acts on. Each maps to one gRPC status (house habit 11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// The request itself is wrong; sending it again as it is cannot help.
    InvalidArgument,
    /// What is named does not exist, or the caller may not know that it does.
    NotFound,
    /// Wrong state, or held.
    FailedPrecondition,
    /// The same request id came with another body, or the thing exists with other content.
    AlreadyExists,
    /// A version race, a repeated ask or a repeated attempt; judge again before trying again.
    Aborted,
    /// No token, or one that is not valid.
    Unauthenticated,
    /// A valid token whose roles or delegations do not allow this.
    PermissionDenied,
    /// Load was shed; the answer says when to try again.
    ResourceExhausted,
    /// A peer that must answer did not. No answer means no.
    Unavailable,
}

/// How loudly a refusal is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Ordinary work: a wrong field, a held start.
    Info,
    /// Someone should look at it some day: a token refused, a peer silent.
    Warning,
    /// Someone should look at it today.
    Error,
}

impl Reason {
    /// The severity of a refusal whose table entry names none.
    pub fn severity(self) -> Severity {
        match self {
            Self::Unauthenticated | Self::PermissionDenied | Self::ResourceExhausted | Self::Unavailable => {
                Severity::Warning
            }
            _ => Severity::Info,
        }
    }
}

/// One field of a request that was refused: where, what was found, what is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldViolation {
    /// Path of the field in the request as the caller wrote it: `weights[2].kg`.
    pub field: String,
    /// What was found, where showing it gives away no personal data.
    pub found: Option<String>,
    /// What is allowed, as a sentence or a list.
    pub allowed: String,
}

/// A judged no. Made from an [`ErrorEntry`] so that code, reason and severity come from one table.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refused {
    /// Stable code, never reused for another meaning: `DOS-0007`.
    pub code: &'static str,
    /// What the caller's program may act on.
    pub reason: Reason,
    /// How loudly it is logged.
    pub severity: Severity,
    /// Words for the person: what was wrong, what to do. Never personal data, never internals.
    pub message: String,
    /// Every field violation found.
    pub fields: Vec<FieldViolation>,
    /// Ids of the holds that stand in the way.
    pub holds: Vec<String>,
}

impl Refused {
    /// A refusal with its code, reason and words; severity as usual for the reason.
    pub fn new(code: &'static str, reason: Reason, message: impl Into<String>) -> Self {
        Self {
            code,
            reason,
            severity: reason.severity(),
            message: message.into(),
            fields: vec![],
            holds: vec![],
        }
    }

    /// Adds one field violation.
    pub fn field(
        mut self,
        field: impl Into<String>,
        found: Option<String>,
        allowed: impl Into<String>,
    ) -> Self {
        self.fields.push(FieldViolation { field: field.into(), found, allowed: allowed.into() });
        self
    }

    /// Adds all of the field violations that decoding gathered.
    pub fn fields(mut self, fields: impl IntoIterator<Item = FieldViolation>) -> Self {
        self.fields.extend(fields);
        self
    }

    /// Names a hold that stands in the way.
    pub fn hold(mut self, id: impl Into<String>) -> Self {
        self.holds.push(id.into());
        self
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)?;
        for violation in &self.fields {
            write!(f, "; {}: ", violation.field)?;
            if let Some(found) = &violation.found {
                write!(f, "found {found}, ")?;
            }
            write!(f, "allowed: {}", violation.allowed)?;
        }
        Ok(())
    }
}

impl std::error::Error for Refused {}

/// One row of a service's error table (`pub const ERRORS: &[ErrorEntry]`): what a code means and what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorEntry {
    /// Stable code: `DOS-0007`.
    pub code: &'static str,
    /// What a caller's program may act on.
    pub reason: Reason,
    /// How loudly it is logged.
    pub severity: Severity,
    /// What it means, one sentence.
    pub meaning: &'static str,
    /// What to do about it, one sentence.
    pub mend: &'static str,
}

impl ErrorEntry {
    /// A row of the table.
    pub const fn new(
        code: &'static str,
        reason: Reason,
        severity: Severity,
        meaning: &'static str,
        mend: &'static str,
    ) -> Self {
        Self { code, reason, severity, meaning, mend }
    }

    /// A refusal with this row's code, reason and severity, in the words of this case.
    pub fn refuse(&self, message: impl Into<String>) -> Refused {
        Refused { severity: self.severity, ..Refused::new(self.code, self.reason, message) }
    }
}

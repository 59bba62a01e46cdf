//! Decides what a database's errors mean: a race to be judged again, a database too busy, a commit whose outcome
//! nobody knows, or a fault. Also the journal's own table of refusals.

use holdpoint_chassis::error::{Error, ErrorEntry, Reason, Severity};
use sea_orm::{DbErr, RuntimeErr};

/// The request id was used before with other content.
pub const OTHER_BODY: ErrorEntry = entry(
    "JRN-0001",
    Reason::AlreadyExists,
    "a request id came again with other content",
    "make a request id for each intention; repeat it only with the same content",
);
/// Somebody else changed the same thing first. It is the code that `with_retries` of the chassis tries again.
pub const RACE: ErrorEntry = holdpoint_chassis::error::catalog::VERSION_RACE;
/// A row would be larger than [`MAX_ROW_BYTES`](crate::MAX_ROW_BYTES).
pub const ROW_TOO_LARGE: ErrorEntry = entry(
    "JRN-0003",
    Reason::InvalidArgument,
    "a journal row would be larger than 512 KiB",
    "send less at once: at most 1,000 results or 512 KiB",
);
/// A unique key is taken.
pub const TAKEN: ErrorEntry = entry(
    "JRN-0004",
    Reason::AlreadyExists,
    "something with this key exists already",
    "look up what exists under the key",
);
/// A head that is none.
pub const BAD_HEAD: ErrorEntry = entry(
    "JRN-0005",
    Reason::InvalidArgument,
    "a journal head is malformed",
    "send the head as it was received",
);
/// The database did not answer in time.
pub const BUSY: ErrorEntry = ErrorEntry::new(
    "JRN-0006",
    Reason::Unavailable,
    Severity::Warning,
    "the database is too busy or not reachable",
    "try again in a moment; if it stays, look at the database",
);
/// This journal lacks a row that the caller has seen.
pub const WENT_BACK: ErrorEntry = ErrorEntry::new(
    "JRN-0007",
    Reason::FailedPrecondition,
    Severity::Error,
    "this journal lacks a row that a peer has seen: it was restored from an older copy",
    "reconcile as the runbook says and release the reconciliation hold",
);
/// A row of a peer's journal could not be applied.
pub const PARKED: ErrorEntry = ErrorEntry::new(
    "JRN-0008",
    Reason::FailedPrecondition,
    Severity::Error,
    "a row of a peer's journal could not be applied and is parked; the rows behind it wait",
    "see `journal parked`; upgrade, or skip the row with a reason",
);
/// No such parked row.
pub const NOT_PARKED: ErrorEntry =
    entry("JRN-0009", Reason::NotFound, "no such row is parked", "list the parked rows and name one of them");
/// A reason is required.
pub const NO_REASON: ErrorEntry =
    entry("JRN-0010", Reason::InvalidArgument, "the reason is missing", "say in a sentence why");
/// A peer's journal does not continue what was seen of it.
pub const PEER_WENT_BACK: ErrorEntry = ErrorEntry::new(
    "JRN-0011",
    Reason::FailedPrecondition,
    Severity::Error,
    "a peer's journal does not continue what was seen of it",
    "reconcile the peer as the runbook says",
);

/// A person must be known to skip a row.
pub const NO_ACTOR: ErrorEntry = entry(
    "JRN-0012",
    Reason::Unauthenticated,
    "a parked row was to be skipped by nobody",
    "call with a token",
);
/// A service spoke in another's name.
pub const OTHER_NAME: ErrorEntry = ErrorEntry::new(
    "JRN-0013",
    Reason::PermissionDenied,
    Severity::Warning,
    "a service spoke in another service's name",
    "a service compares heads in its own name only",
);

/// A pause that is not given.
pub const BAD_PAUSE: ErrorEntry = entry(
    "JRN-0014",
    Reason::InvalidArgument,
    "a pause of this length is not given",
    "ask for a shorter one, or a longer one",
);

/// Every refusal of the journal.
pub const ERRORS: &[ErrorEntry] = &[
    OTHER_BODY,
    RACE,
    ROW_TOO_LARGE,
    TAKEN,
    BAD_HEAD,
    BUSY,
    WENT_BACK,
    PARKED,
    NOT_PARKED,
    NO_REASON,
    PEER_WENT_BACK,
    NO_ACTOR,
    OTHER_NAME,
    BAD_PAUSE,
];

const fn entry(code: &'static str, reason: Reason, meaning: &'static str, mend: &'static str) -> ErrorEntry {
    ErrorEntry::new(code, reason, Severity::Info, meaning, mend)
}

/// The connection broke while a commit was under way: the change may or may not have been made. Whoever gets this
/// asks by request id before trying anything again. A fault, never a refusal.
#[derive(Debug, thiserror::Error)]
#[error("the connection broke during commit; whether it took place is not known ({0})")]
pub struct CommitUnknown(String);

/// Whether an error says that the outcome of a commit is not known.
pub fn commit_unknown(error: &Error) -> bool {
    matches!(error, Error::Fault(cause) if cause.downcast_ref::<CommitUnknown>().is_some())
}

/// A stored value that its own table's reader cannot read. A fault, never a refusal.
#[derive(Debug, thiserror::Error)]
#[error("stored data is inconsistent: table {table}, column {column}, id {id}: {cause}")]
pub struct StoredDataInconsistent {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// The row's id.
    pub id: String,
    /// What the reader met.
    pub cause: String,
}

impl StoredDataInconsistent {
    pub(crate) fn fault(
        table: &'static str,
        column: &'static str,
        id: impl Into<String>,
        cause: impl std::fmt::Display,
    ) -> Error {
        Error::fault(Self { table, column, id: id.into(), cause: cause.to_string() })
    }
}

/// Reads a database's error in the house's terms.
pub(crate) trait DbResult<T> {
    fn db(self, doing: &'static str) -> Result<T, Error>;
}

impl<T> DbResult<T> for Result<T, DbErr> {
    fn db(self, doing: &'static str) -> Result<T, Error> {
        self.map_err(|cause| classify(cause, doing))
    }
}

pub(crate) fn classify(cause: DbErr, doing: &'static str) -> Error {
    if is_away(&cause) {
        tracing::warn!(%cause, doing, "the database is away");
        return BUSY.refuse("the database cannot be reached; nothing was changed").into();
    }
    if let DbErr::ConnectionAcquire(_) = cause {
        return BUSY.refuse("the database gave no connection in time; nothing was changed").into();
    }
    match sql_code(&cause).as_deref() {
        Some("40001" | "40P01") => RACE.refuse("this act collided with another; judge it again").into(),
        Some("55P03" | "5" | "6" | "261" | "517") => {
            RACE.refuse("another act holds what this one needs; judge it again").into()
        }
        Some("25006" | "57014" | "57P01" | "57P03" | "53300") => {
            BUSY.refuse("the database did not answer in time; nothing was changed").into()
        }
        _ => Error::Fault(anyhow::Error::new(cause).context(doing)),
    }
}

/// Whether the line to the database broke or could not be made. A transaction whose line broke before its COMMIT was sent is rolled
/// back by the server.
fn is_away(cause: &DbErr) -> bool {
    let inner = match cause {
        DbErr::Conn(RuntimeErr::SqlxError(inner))
        | DbErr::Exec(RuntimeErr::SqlxError(inner))
        | DbErr::Query(RuntimeErr::SqlxError(inner)) => inner,
        _ => return false,
    };
    match &**inner {
        sqlx::Error::Io(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(error) => {
            error.code().is_some_and(|code| code.starts_with("08") || code == "57P02")
        }
        _ => false,
    }
}

/// Reads the error of a COMMIT: a server's refusal means that nothing was changed. A broken line, or a server that was
/// stopped meanwhile (class 08 and 57P), means that nobody knows.
pub(crate) fn commit_failed(cause: DbErr) -> Error {
    match sql_code(&cause) {
        Some(code) if !code.starts_with("08") && !code.starts_with("57P") => classify(cause, "committing"),
        _ => Error::fault(CommitUnknown(cause.to_string())),
    }
}

/// The database's own error code, where the database answered at all.
fn sql_code(cause: &DbErr) -> Option<String> {
    let (DbErr::Conn(inner) | DbErr::Exec(inner) | DbErr::Query(inner)) = cause else { return None };
    let RuntimeErr::SqlxError(inner) = inner else { return None };
    inner.as_database_error()?.code().map(|code| code.into_owned())
}

/// Whether a unique key was already taken.
pub(crate) fn is_taken(cause: &DbErr) -> bool {
    matches!(cause.sql_err(), Some(sea_orm::SqlErr::UniqueConstraintViolation(_)))
}

//! Decides how anything that goes wrong is told: a refusal (the system works and says no) or a fault (it does not
//! work). A fault never looks like a refusal, nor a refusal like success. House habits 11 and 12.

pub mod catalog;
mod refused;
mod status;

pub(crate) use status::plain;
pub use status::{CODE_KEY, RETRY_AFTER_KEY, code_of, detail_of, retry_after, to_detail};

pub use refused::{ErrorEntry, FieldViolation, Reason, Refused, Severity};

/// The outcome of anything a service does.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a call did not succeed.
#[derive(Debug)]
pub enum Error {
    /// A judged no, with a stable code and words for the person who meets it.
    Refused(Refused),
    /// Something broke. The cause is logged once, inside; outside only a code is told.
    Fault(anyhow::Error),
}

impl Error {
    /// A fault with a cause in plain words.
    pub fn fault(cause: impl Into<anyhow::Error>) -> Self {
        Self::Fault(cause.into())
    }

    /// The refusal, where this is one.
    pub fn refused(&self) -> Option<&Refused> {
        match self {
            Self::Refused(refused) => Some(refused),
            Self::Fault(_) => None,
        }
    }

    /// The stable code of the refusal, where this is one.
    pub fn code(&self) -> Option<&'static str> {
        self.refused().map(|refused| refused.code)
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(refused) => refused.fmt(f),
            Self::Fault(cause) => write!(f, "{cause:#}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<anyhow::Error> for Error {
    fn from(cause: anyhow::Error) -> Self {
        Self::Fault(cause)
    }
}

/// Turns a foreign error into a fault, with the words of what was being done.
pub trait OrFault<T> {
    /// `read_heads().or_fault("reading the heads")?`
    fn or_fault(self, doing: &'static str) -> Result<T>;
}

impl<T, E: Into<anyhow::Error>> OrFault<T> for std::result::Result<T, E> {
    fn or_fault(self, doing: &'static str) -> Result<T> {
        self.map_err(|cause| Error::Fault(cause.into().context(doing)))
    }
}

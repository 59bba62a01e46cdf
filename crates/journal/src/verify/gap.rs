//! Decides how a restore is told to the reader of a verification: where the journal declares it, what was lost, and who
//! remembers it.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;

use crate::chain::{Chain, Head};

/// Rows that a service lost when it was restored, as its journal declares them. The journal goes on as it says; what the
/// gap means is for people to reconcile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The service that was restored.
    pub service: String,
    /// The chain.
    pub chain: Chain,
    /// The row that declares the loss.
    pub opened: Head,
    /// Civil time of that row, UTC microseconds since 1970.
    pub at_us: i64,
    /// The row that the journal continues from.
    pub base: Head,
    /// The newest row that a peer had seen and the journal lacks.
    pub lost: Head,
    /// Who remembers lost rows: the first and the last number of them.
    pub remembered: BTreeMap<String, (u64, u64)>,
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { service, chain, opened, base, lost, .. } = self;
        let number = opened.number;
        write!(f, "{service}, chain {chain}, row {number}: {service} was restored from an older copy; ")?;
        if let Ok(at) = Timestamp::from_microsecond(self.at_us) {
            write!(f, "noticed at {at}; ")?;
        }
        if base == lost {
            // The whole house was restored: nobody is left who had seen more.
            return write!(f, "the journal continues from {base}; what was written after it is not known");
        }
        write!(f, "the journal continues from {base}, and rows up to {lost} are lost")?;
        for (by, (first, last)) in &self.remembered {
            write!(f, "; {by} remembers rows {first} to {last} of them")?;
        }
        Ok(())
    }
}

//! What people did and heard, in the order of this machine's monotonic clock: every call as it was sent, every answer as it
//! arrived, and at the end what the journals say. The checker reads nothing else, so a history can be kept in a file and judged
//! again.

use std::collections::BTreeSet;
use std::io::{BufRead as _, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use tonic::Code;

use super::seen::{HoldSeen, PermitSeen, Told};
use crate::story::Refusal;

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Microseconds since the history began.
    pub at: u64,
    /// What.
    pub what: What,
}

/// What is written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// A person sent a call. One that is sent again because nobody answered is the same call.
    Sent {
        /// Number of the call.
        call: usize,
        /// What was asked.
        deed: Deed,
    },
    /// It was answered, or given up.
    Answered {
        /// Number of the call.
        call: usize,
        /// What was heard.
        outcome: Outcome,
    },
    /// At the end: a row of a service's journal.
    Row {
        /// The service.
        service: String,
        /// The row's number.
        number: u64,
        /// What it tells.
        told: Told,
    },
    /// At the end: a permit that was heard, as safety knows it.
    Permit {
        /// Its id.
        permit: String,
        /// None where safety does not know it.
        seen: Option<PermitSeen>,
    },
    /// At the end: the holds that stand in a service's eyes.
    Standing {
        /// The service.
        service: String,
        /// Ids of the holds.
        holds: BTreeSet<String>,
    },
    /// At the end: who has not applied all of another's journal.
    Behind(Vec<String>),
}

/// One infusion, or one allocation (of infusion number 0).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Thing {
    /// Whose.
    pub subject: String,
    /// The infusion's number; 0 for the allocation.
    pub number: u32,
}

/// What a person asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Deed {
    /// The moment to begin.
    Begin {
        /// What.
        thing: Thing,
        /// A person's word that the Go before was not heard or not acted on.
        statement: bool,
    },
    /// The Go was heard.
    Acknowledge {
        /// Its permit.
        permit: String,
    },
    /// Cells flow.
    Confirm(Thing),
    /// A person's word that nothing was given.
    Abandon(Thing),
    /// The bag is empty.
    Complete(Thing),
    /// An adverse event, by a term that no other report has.
    Report {
        /// The term.
        term: String,
    },
    /// A hold by hand, with a reason that no other hold has.
    Place {
        /// The reason.
        reason: String,
    },
    /// A signature under a release.
    Sign {
        /// The hold.
        hold: String,
        /// It is the second, which releases.
        last: bool,
    },
    /// A look at the holds.
    Look,
}

/// What was heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// A valid Go, judged at this moment, and whether its acknowledgement got through.
    Go {
        /// Its permit.
        permit: String,
    },
    /// It is done.
    Done,
    /// A report was taken.
    Reported {
        /// The adverse event.
        event: String,
        /// The holds of the answer.
        holds: Vec<HoldSeen>,
    },
    /// A hold was placed, or holds were looked at.
    Holds {
        /// Epoch of the trial, where the answer has it.
        epoch: Option<u64>,
        /// The holds.
        holds: Vec<HoldSeen>,
    },
    /// A signature was taken.
    Signed {
        /// It released.
        released: bool,
    },
    /// A service said no.
    Refused {
        /// Its code.
        code: String,
    },
    /// Nobody answered, or a fault: it may have happened or not.
    Unknown,
}

impl Outcome {
    /// What a failed call came to: a service's no has a code; anything else says nothing of what was done.
    pub fn of(refusal: &Refusal) -> Self {
        match refusal.code.as_str() {
            "" => Self::Unknown,
            _ if [Code::Unavailable, Code::Internal].contains(&refusal.status) => Self::Unknown,
            code => Self::Refused { code: code.to_owned() },
        }
    }
}

/// The history. Clones write the same.
#[derive(Debug, Clone)]
pub struct History {
    begun: Instant,
    records: Arc<Mutex<Vec<Record>>>,
}

impl Default for History {
    fn default() -> Self {
        Self { begun: Instant::now(), records: Arc::default() }
    }
}

impl History {
    /// A call is sent. Answers its number.
    pub fn sent(&self, deed: Deed) -> usize {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        let call = records.len();
        records.push(Record { at: self.now(), what: What::Sent { call, deed } });
        call
    }

    /// It was answered.
    pub fn answered(&self, call: usize, outcome: Outcome) {
        self.note(What::Answered { call, outcome });
    }

    /// Writes down anything else.
    pub fn note(&self, what: What) {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        records.push(Record { at: self.now(), what });
    }

    /// Everything so far.
    pub fn records(&self) -> Vec<Record> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A history that begins as this one and goes its own way.
    pub fn fork(&self) -> Self {
        Self { begun: self.begun, records: Arc::new(Mutex::new(self.records())) }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

/// Writes a history into a file, one record a line.
pub fn save(records: &[Record], path: &Path) -> anyhow::Result<()> {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
    for record in records {
        serde_json::to_writer(&mut file, record)?;
        file.write_all(b"\n")?;
    }
    Ok(file.flush()?)
}

/// Reads it back.
pub fn load(path: &Path) -> anyhow::Result<Vec<Record>> {
    let file = std::io::BufReader::new(std::fs::File::open(path)?);
    file.lines().map(|line| Ok(serde_json::from_str(&line?)?)).collect()
}

//! `holdpoint doctor`: looks at everything that a promise of this house rests on and that an installation can get wrong, and says for
//! each finding what to do. Every check has a number that stays its own. A check that could not look says so: that is a finding too.

mod checks;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use holdpoint_bus::JetStreamOptions;
use serde::Serialize;

use crate::backup::Running;
use crate::host::Stores;

pub use checks::{CHECKS, Check};

/// What is looked at.
#[derive(Debug, Clone)]
pub struct House {
    /// Where the databases are.
    pub stores: Stores,
    /// The bus: `local`, or the address of a NATS server.
    pub bus: String,
    /// How this program is known to that server.
    pub nats: JetStreamOptions,
    /// Address of the NATS server's monitor, where it has one: `http://nats:8222`.
    pub monitor: Option<String>,
    /// Where the services are, and who asks them; none where nobody can.
    pub running: Option<Running>,
    /// The keys folder.
    pub keys: PathBuf,
    /// Certificates, PEM.
    pub certificates: Vec<PathBuf>,
    /// Folders on whose disks something is written.
    pub folders: Vec<PathBuf>,
    /// What is still well.
    pub limits: Limits,
}

/// What is still well.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Free space of a disk, MiB.
    pub free_mib: u64,
    /// Between two clocks.
    pub skew: Duration,
    /// Rows of a peer's journal that a service has not applied.
    pub lag_rows: u64,
    /// Before a certificate's end.
    pub certificate: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let month = Duration::from_secs(30 * 24 * 3600);
        Self { free_mib: 1_024, skew: Duration::from_millis(500), lag_rows: 500, certificate: month }
    }
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// A promise does not hold, or will not for long.
    Problem,
    /// Somebody should know.
    Warning,
}

/// One thing that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// Number of the check: "D05".
    pub number: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, and where.
    pub what: String,
    /// What to do.
    pub mend: String,
}

/// What a doctor says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    /// No problem was found; there may be warnings.
    pub clean: bool,
    /// What was looked at: number and name.
    pub looked_at: Vec<(&'static str, &'static str)>,
    /// What was found.
    pub findings: Vec<Finding>,
}

/// Findings as a check makes them.
#[derive(Debug, Default)]
pub struct Found(Vec<(Severity, String, String)>);

impl Found {
    /// A promise does not hold.
    pub fn problem(&mut self, what: impl Into<String>, mend: impl Into<String>) {
        self.0.push((Severity::Problem, what.into(), mend.into()));
    }

    /// Somebody should know.
    pub fn warning(&mut self, what: impl Into<String>, mend: impl Into<String>) {
        self.0.push((Severity::Warning, what.into(), mend.into()));
    }
}

/// Runs every check, or those of these numbers.
pub async fn examine(house: &House, only: &[String]) -> Diagnosis {
    let (mut looked_at, mut findings) = (Vec::new(), Vec::new());
    for check in CHECKS {
        if !only.is_empty() && !only.iter().any(|number| number.eq_ignore_ascii_case(check.number)) {
            continue;
        }
        looked_at.push((check.number, check.name));
        let mut found = Found::default();
        if let Err(cause) = (check.run)(house, &mut found).await {
            found
                .problem(format!("could not look: {cause:#}"), "mend what stands in the way, then ask again");
        }
        let numbered = found.0.into_iter().map(|(severity, what, mend)| Finding {
            number: check.number,
            severity,
            what,
            mend,
        });
        findings.extend(numbered);
    }
    let clean = findings.iter().all(|finding| finding.severity != Severity::Problem);
    Diagnosis { clean, looked_at, findings }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, name) in &self.looked_at {
            let of: Vec<&Finding> =
                self.findings.iter().filter(|finding| finding.number == *number).collect();
            let told = match of.iter().map(|finding| finding.severity).min() {
                None => "ok",
                Some(Severity::Warning) => "warning",
                Some(Severity::Problem) => "PROBLEM",
            };
            writeln!(f, "{number}  {name:<42} {told}")?;
            for finding in of {
                writeln!(f, "     {}\n     -> {}", finding.what, finding.mend)?;
            }
        }
        let problems = self.findings.iter().filter(|finding| finding.severity == Severity::Problem).count();
        write!(f, "{problems} problems, {} warnings", self.findings.len() - problems)
    }
}

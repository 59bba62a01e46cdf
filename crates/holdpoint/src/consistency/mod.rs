//! The consistency report: asks the five services for what each knows of a trial, and says on one page where their words do not fit
//! together. Reading (`read`) and judging (`checks`) are apart: the checks are pure functions over what was read (`picture`).

mod checks;
mod picture;
mod read;

use std::fmt;

use serde::Serialize;

use crate::client::Person;

pub use checks::{CHECKS, Check};
pub use picture::Picture;

/// One thing that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// The check that found it: "consent".
    pub check: &'static str,
    /// The subject it is about; empty where it is about none.
    pub subject: String,
    /// What is wrong, in words.
    pub what: String,
}

/// One check of a report with how much it looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// "consent"
    pub check: &'static str,
    /// What must be so.
    pub must: &'static str,
    /// How many things were looked at.
    pub looked_at: usize,
    /// How many of them do not fit.
    pub findings: usize,
}

/// The report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The trial.
    pub trial: String,
    /// Nothing was found.
    pub clean: bool,
    /// Every check.
    pub checks: Vec<Line>,
    /// What does not fit.
    pub findings: Vec<Finding>,
}

/// Asks the five and judges. An error is a service that could not be asked: never a finding, and never a clean report.
pub async fn report(reader: &Person, trial: &str) -> anyhow::Result<Report> {
    Ok(judge(&read::picture(reader, trial).await?))
}

/// Runs every check.
pub fn judge(picture: &Picture) -> Report {
    let (mut checks, mut findings) = (Vec::new(), Vec::new());
    for check in CHECKS {
        let (looked_at, found) = (check.run)(picture);
        checks.push(Line { check: check.name, must: check.must, looked_at, findings: found.len() });
        let named = found.into_iter().map(|(subject, what)| Finding { check: check.name, subject, what });
        findings.extend(named);
    }
    findings.sort();
    Report { trial: picture.trial.clone(), clean: findings.is_empty(), checks, findings }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Consistency of {}", self.trial)?;
        for line in &self.checks {
            let told = if line.findings == 0 { "ok".to_owned() } else { format!("{} WRONG", line.findings) };
            writeln!(f, "  {:<12} {:>6} looked at  {told:<10} {}", line.check, line.looked_at, line.must)?;
        }
        for finding in &self.findings {
            let subject = if finding.subject.is_empty() { "-" } else { &finding.subject };
            writeln!(f, "  {:<12} {subject:<8} {}", finding.check, finding.what)?;
        }
        match self.findings.len() {
            0 => write!(f, "Everything fits together."),
            n => write!(f, "{n} things do not fit together."),
        }
    }
}

//! What every story ends with: the words of the five services fit together, as a person at a terminal is told.

use anyhow::{Context as _, ensure};
use serde_json::Value;

use super::{Story, TRIAL};

/// Who reads the report.
pub const AUDITOR: &str = "otto";

impl Story {
    /// Nothing was found.
    pub fn is_consistent(&self) -> anyhow::Result<()> {
        let report = self.report()?;
        ensure!(report["clean"] == Value::Bool(true), "the report is not clean: {report:#}");
        Ok(())
    }

    /// The report as one JSON object.
    pub fn report(&self) -> anyhow::Result<Value> {
        let answer = self.house.report(TRIAL, AUDITOR, &["--json"])?;
        let last = answer.text.lines().find(|line| line.starts_with('{'));
        let object = last.with_context(|| format!("no report could be made: {}", answer.text))?;
        let report: Value = serde_json::from_str(object)?;
        ensure!(report["clean"] == Value::Bool(answer.success), "the exit code says otherwise: {report:#}");
        Ok(report)
    }
}

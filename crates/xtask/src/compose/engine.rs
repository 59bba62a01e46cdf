//! The Docker engine and the compose program of this machine.

use std::process::{Command, Output};

use anyhow::{Context as _, bail};

use crate::steps::answers;

/// What is there.
pub(super) struct Engine {
    /// `docker compose`, or the older `docker-compose`.
    compose: &'static [&'static str],
}

impl Engine {
    /// None where no engine answers, or there is no compose.
    pub(super) fn find() -> Option<Self> {
        if !answers("docker", &["info"]) {
            return None;
        }
        if answers("docker", &["compose", "version"]) {
            return Some(Self { compose: &["docker", "compose"] });
        }
        answers("docker-compose", &["version"]).then_some(Self { compose: &["docker-compose"] })
    }

    /// A compose command.
    pub(super) fn compose(&self) -> Command {
        let mut words = self.compose.iter();
        let mut command = Command::new(words.next().copied().unwrap_or("docker-compose"));
        command.args(words);
        command
    }

    /// The same as a person types it.
    pub(super) fn shown(&self) -> String {
        self.compose.join(" ")
    }
}

/// Runs a docker command; its output, or an error with what it said.
pub(super) fn docker(words: &[&str]) -> anyhow::Result<String> {
    said(Command::new("docker").args(words))
}

/// Runs a command and keeps what it prints. Anything but success is an error that shows the end of it.
pub(super) fn said(command: &mut Command) -> anyhow::Result<String> {
    let shown = format!("{command:?}");
    let Output { status, stdout, stderr } =
        command.output().with_context(|| format!("cannot run {shown}"))?;
    let (out, err) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    if !status.success() {
        let all = format!("{out}{err}");
        let lines: Vec<&str> = all.lines().collect();
        bail!("{shown} ended with {status}:\n{}", lines[lines.len().saturating_sub(30)..].join("\n"));
    }
    Ok(out.into_owned())
}

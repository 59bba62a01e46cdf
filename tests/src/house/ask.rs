//! Runs the program's tools as a person at a terminal does, with the house's settings.

use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

use super::{House, Kind, program};

/// What a tool said and how it ended.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Exit code 0.
    pub success: bool,
    /// The exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// Standard output, then standard error.
    pub text: String,
}

impl Answer {
    /// An error with what was said, where the tool did not end well.
    pub fn expect_success(self) -> anyhow::Result<Self> {
        ensure!(self.success, "the tool failed: {}", self.text);
        Ok(self)
    }
}

impl House {
    /// Runs `holdpoint` with these words.
    pub fn ask(&self, line: &[&str]) -> anyhow::Result<Answer> {
        self.ask_told(line, &[])
    }

    /// The same with variables of the caller's.
    pub fn ask_told(&self, line: &[&str], told: &[(&str, &str)]) -> anyhow::Result<Answer> {
        let output = Command::new(program::holdpoint()?)
            .args(line)
            .envs(&self.environment)
            .envs(told.iter().copied())
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("run holdpoint {}", line.join(" ")))?;
        let text =
            [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        Ok(Answer { success: output.status.success(), code: output.status.code(), text })
    }

    /// `holdpoint holds document` of one hold, as a safety officer asks for it.
    pub fn document(&self, trial: &str, hold: &str, officer: &str, form: &str) -> anyhow::Result<Answer> {
        let (keys, port) = (self.keys(), self.ports["enrollment"].to_string());
        let line =
            ["holds", "document", hold, "--trial", trial, "--principal", officer, "--keys", &keys, form];
        match self.kind {
            Kind::Embedded => self.ask(&[&line[..], &["--port", &port]].concat()),
            Kind::Apart => self.ask(&line),
        }
    }

    /// `holdpoint backup` of the house as it is: with its services running, or stopped.
    pub fn backup(&self, to: &str, key: &str) -> anyhow::Result<Answer> {
        let (port, keys) = (self.ports["enrollment"].to_string(), self.keys());
        let line = ["backup", "--to", to, "--key", key, "--keys", &keys, "--store", &self.store];
        match (self.running.is_empty(), self.kind) {
            (true, _) => self.ask(&[&line[..], &["--stopped"]].concat()),
            (false, Kind::Embedded) => self.ask(&[&line[..], &["--port", &port]].concat()),
            (false, Kind::Apart) => self.ask(&line),
        }
    }

    /// `holdpoint restore` of a file into databases at another address.
    pub fn put_back(
        &self,
        file: &str,
        key: &str,
        (store, bus): (&str, &str),
        keys: &str,
    ) -> anyhow::Result<Answer> {
        self.ask(&["restore", file, "--key", key, "--store", store, "--bus", bus, "--keys", keys])
    }

    /// A path in the house's own folder.
    pub fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// A person's token, as `holdpoint token` prints it.
    pub fn token(&self, principal: &str, role: &str) -> anyhow::Result<String> {
        let line = ["token", "--principal", principal, "--role", role, "--keys", &self.keys()];
        Ok(self.ask(&line)?.expect_success()?.text.trim().to_owned())
    }

    /// `holdpoint report consistency` of a trial, as an auditor of it asks who has an account by that name.
    pub fn report(&self, trial: &str, auditor: &str, flags: &[&str]) -> anyhow::Result<Answer> {
        let (port, keys) = (self.ports["enrollment"].to_string(), self.keys());
        let line = ["report", "consistency", "--trial", trial, "--principal", auditor, "--port", &port];
        self.ask(&[&line[..], &["--keys", &keys], flags].concat())
    }

    /// Address of this house's databases, as `--store` takes it.
    pub fn store(&self) -> &str {
        &self.store
    }

    /// `holdpoint journal verify --peers` over this house's databases.
    pub fn verify(&self) -> anyhow::Result<Answer> {
        self.ask(&["journal", "verify", "--peers", "--store", &self.store])
    }

    /// The same over a copy of them.
    pub fn verify_at(&self, store: &str) -> anyhow::Result<Answer> {
        self.ask(&["journal", "verify", "--peers", "--store", store])
    }
}

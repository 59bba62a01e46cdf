//! The program as a laboratory's listener beside a house.

use std::path::PathBuf;

use anyhow::Context as _;

use super::process::Running;
use super::{House, PATIENCE, until};

/// A running `holdpoint lis mllp`.
pub struct Listener {
    /// Where it listens.
    pub address: String,
    process: Running,
}

impl House {
    /// Starts a listener of a feed on a free port, with more flags, and waits until it listens.
    pub async fn listener(&self, feed: &str, more: &[&str]) -> anyhow::Result<Listener> {
        let labs = self.addresses()["labs"].clone();
        let keys = self.keys();
        let own =
            ["lis", "mllp", "--feed", feed, "--labs", &labs, "--keys", &keys, "--listen", "127.0.0.1:0"];
        let line: Vec<String> = own.iter().chain(more).map(|word| (*word).to_owned()).collect();
        let name = format!("lis-{}", holdpoint_testkit::servers::unique());
        let mut process = Running::start(&name, &line, &self.environment, self.folder.path())?;
        let log = self.folder.path().join(format!("{name}.log"));
        let address = until("the listener says where it listens", PATIENCE, async || {
            process.must_run()?;
            let text = std::fs::read_to_string(&log).unwrap_or_default();
            Ok(text.lines().find_map(|line| line.strip_prefix("mllp ").map(|at| at.trim().to_owned())))
        })
        .await?;
        Ok(Listener { address, process })
    }

    /// Runs `holdpoint lis` with these words as a feed: `watch FOLDER --once`.
    pub fn lis(&self, feed: &str, words: &[&str]) -> anyhow::Result<super::Answer> {
        let labs = self.addresses()["labs"].clone();
        let keys = self.keys();
        self.ask(&[&["lis"][..], words, &["--feed", feed, "--labs", &labs, "--keys", &keys]].concat())
    }

    /// A folder of its own that goes with the house.
    pub fn beside(&self, name: &str) -> anyhow::Result<PathBuf> {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(&path).with_context(|| format!("make {}", path.display()))?;
        Ok(path)
    }
}

impl Listener {
    /// The most memory that it ever held, MiB.
    pub fn most_memory(&self) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("its memory")?;
        let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kilobytes / 1_024)
    }
}

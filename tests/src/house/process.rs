//! A process of ours: started with its output in a file, stopped or killed by its own id, and gone when this process is.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail};
use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};

use super::{program, until};

/// How long a process that was asked to end may take.
const TO_END: Duration = Duration::from_secs(20);
/// How much of each log is shown when a test failed.
const SHOWN_LINES: usize = 80;

pub(super) struct Running {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Running {
    /// Starts our program. Further starts under the same name append to the same log.
    pub fn start(
        name: &str,
        line: &[String],
        set: &BTreeMap<String, String>,
        folder: &Path,
    ) -> anyhow::Result<Self> {
        Self::of(name, &program::holdpoint()?, line, set, folder)
    }

    /// Starts any program.
    pub fn of(
        name: &str,
        program: &Path,
        line: &[String],
        set: &BTreeMap<String, String>,
        folder: &Path,
    ) -> anyhow::Result<Self> {
        let log = folder.join(format!("{name}.log"));
        let out = OpenOptions::new().create(true).append(true).open(&log)?;
        // The kernel ends the child when the thread that started it ends: no test leaves a server behind. A file that may
        // not grow is an error to it, as a full disk is, and no signal that ends it.
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "--", "sh", "-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
            .arg(program)
            .args(line)
            .envs(set)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(out)
            .spawn()
            .with_context(|| format!("start {name}"))?;
        Ok(Self { name: name.to_owned(), child, log })
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, where it has.
    pub fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// An error that shows the end of its log, where it has ended.
    pub fn must_run(&mut self) -> anyhow::Result<()> {
        if let Some(status) = self.ended()? {
            bail!("{} ended by itself ({status}):\n{}", self.name, tail(&self.log));
        }
        Ok(())
    }

    pub fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.signal(Signal::TERM)?;
        let what = format!("{} ends after SIGTERM", self.name);
        until(&what, TO_END, async || Ok(self.child.try_wait()?)).await?;
        Ok(())
    }

    pub fn freeze(&self) -> anyhow::Result<()> {
        self.signal(Signal::STOP)
    }

    pub fn thaw(&self) -> anyhow::Result<()> {
        self.signal(Signal::CONT)
    }

    /// Lets its files grow, or not.
    pub fn full(&self, full: bool) -> anyhow::Result<()> {
        grow(self.id(), !full)
    }

    fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        kill_process(Pid::from_child(&self.child), signal).with_context(|| format!("signal {}", self.name))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Lets the files of a process grow, or not: to it every disk is full.
fn grow(process: u32, may: bool) -> anyhow::Result<()> {
    let id = i32::try_from(process).ok().and_then(Pid::from_raw).context("a process id")?;
    let limit = Rlimit { current: if may { None } else { Some(0) }, maximum: None };
    prlimit(Some(id), Resource::Fsize, limit).with_context(|| format!("limit process {process}"))?;
    Ok(())
}

fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n")
}

/// Everything in the logs of a house.
pub(super) fn logs(folder: &Path) -> anyhow::Result<String> {
    let mut all = String::new();
    for path in log_files(folder) {
        all.push_str(&std::fs::read_to_string(path)?);
    }
    Ok(all)
}

fn log_files(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "log"))
}

/// Shows the end of every log of a house; test runners show it of failed tests only.
pub(super) fn print_logs(folder: &Path) {
    for path in log_files(folder) {
        println!("---- {}\n{}", path.file_name().unwrap_or_default().to_string_lossy(), tail(&path));
    }
}

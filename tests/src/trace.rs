//! What processes ask of the kernel while something is done, as strace writes it down: which bytes they send and write, and which
//! files they have flushed, each with the moment at which the call began and ended.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::ensure;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::house::{PATIENCE, until};

/// What is traced: everything by which bytes leave a process or reach a disk.
const CALLS: &str = "trace=fsync,fdatasync,sendto,sendmsg,write,writev,pwrite64,pwritev";

/// A system call that ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Its name.
    pub name: String,
    /// File descriptor with what it is, and the bytes, as strace shows them.
    pub args: String,
    /// Microseconds since 1970.
    pub began: u64,
    /// Microseconds since 1970.
    pub ended: u64,
    /// It did not fail.
    pub done: bool,
}

/// strace at work.
pub struct Trace {
    folder: TempDir,
    child: Child,
}

impl Trace {
    /// Attaches to processes and what they start. None, said in words, where this machine has no strace or lets nobody trace.
    #[expect(clippy::print_stderr, reason = "a skipped test says so where the runner shows it")]
    pub async fn of(processes: &[u32]) -> anyhow::Result<Option<Self>> {
        let folder = tempfile::Builder::new().prefix("holdpoint-trace-").tempdir()?;
        let said = folder.path().join("said");
        let mut line = Command::new("strace");
        line.args(["-f", "-ttt", "-T", "-yy", "-s", "16384", "-e", CALLS, "-o"])
            .arg(folder.path().join("calls"));
        for process in processes {
            line.args(["-p", &process.to_string()]);
        }
        let spawned = line.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&said)?).spawn();
        let Ok(child) = spawned else {
            eprintln!("skipped: this machine has no strace");
            return Ok(None);
        };
        let mut trace = Self { folder, child };
        let attached = until("strace is attached", PATIENCE, async || {
            let said = std::fs::read_to_string(&said)?;
            if trace.child.try_wait()?.is_some() || said.contains("not permitted") {
                return Ok(Some(Err(said)));
            }
            // One line for each process or thread that it attached to.
            let all = processes.iter().all(|process| said.contains(&format!("Process {process} attached")));
            Ok(all.then_some(Ok(())))
        })
        .await?;
        match attached {
            Ok(()) => Ok(Some(trace)),
            Err(said) => {
                eprintln!("skipped: strace may not trace here: {said}");
                Ok(None)
            }
        }
    }

    /// Ends it, and answers every call in the order in which they ended.
    pub fn end(mut self) -> anyhow::Result<Vec<Call>> {
        kill_process(Pid::from_child(&self.child), Signal::INT)?;
        self.child.wait()?;
        let calls: PathBuf = self.folder.path().join("calls");
        let text = String::from_utf8_lossy(&std::fs::read(calls)?).into_owned();
        let calls = read(&text);
        ensure!(!calls.is_empty(), "strace wrote nothing down");
        Ok(calls)
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads what strace wrote: a line a call, or two where another process's call came between its begin and its end.
fn read(text: &str) -> Vec<Call> {
    let mut begun: std::collections::BTreeMap<&str, (u64, &str)> = std::collections::BTreeMap::new();
    let mut calls = Vec::new();
    for line in text.lines() {
        let Some((process, at, rest)) = parts(line) else { continue };
        if let Some(unfinished) = rest.strip_suffix("<unfinished ...>") {
            begun.insert(process, (at, unfinished));
        } else if let Some(resumed) = rest.strip_prefix("<... ") {
            let Some((began, first)) = begun.remove(process) else { continue };
            let Some((_, second)) = resumed.split_once("resumed>") else { continue };
            calls.extend(call(&format!("{first}{second}"), began, Some(at)));
        } else {
            calls.extend(call(rest, at, None));
        }
    }
    calls
}

/// Process, moment, and the rest of a line: `1234  1700000000.123456 fsync(...`.
fn parts(line: &str) -> Option<(&str, u64, &str)> {
    let (process, rest) = line.trim_start().split_once(' ')?;
    let (at, rest) = rest.trim_start().split_once(' ')?;
    Some((process, micros(at)?, rest.trim_start()))
}

/// `fsync(9</data/safety.db-wal>) = 0 <0.000123>`
fn call(text: &str, began: u64, resumed: Option<u64>) -> Option<Call> {
    let (name, rest) = text.split_once('(')?;
    let (args, end) = rest.rsplit_once(") = ")?;
    let took = end.rsplit_once('<').and_then(|(_, took)| micros(took.trim_end_matches('>')));
    let ended = resumed.or_else(|| Some(began + took?))?;
    Some(Call { name: name.to_owned(), args: args.to_owned(), began, ended, done: !end.starts_with('-') })
}

/// Seconds with six decimals.
fn micros(text: &str) -> Option<u64> {
    let (seconds, fraction) = text.split_once('.')?;
    Some(seconds.parse::<u64>().ok()? * 1_000_000 + format!("{fraction:0<6}").get(..6)?.parse::<u64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"11 1700000000.000100 pwrite64(9</d/safety.db-wal>, "abc", 3, 0) = 3 <0.000010>
12 1700000000.000200 fdatasync(9</d/safety.db-wal> <unfinished ...>
11 1700000000.000250 sendto(7<TCP:[127.0.0.1:1->127.0.0.1:2]>, "a (b) = 1", 9, 0, NULL, 0) = -1 EAGAIN (Again) <0.000005>
12 1700000000.000400 <... fdatasync resumed>) = 0 <0.000200>
11 1700000000.000500 +++ exited with 0 +++
"#;

    #[test]
    fn calls_are_read_whole_and_in_two() {
        let calls = read(TEXT);
        let told: Vec<_> = calls
            .iter()
            .map(|call| (call.name.as_str(), call.began % 1_000, call.ended % 1_000, call.done))
            .collect();
        assert_eq!(
            told,
            [("pwrite64", 100, 110, true), ("sendto", 250, 255, false), ("fdatasync", 200, 400, true)]
        );
        assert!(calls[1].args.contains("a (b) = 1") && calls[2].args.contains("safety.db-wal"));
    }
}

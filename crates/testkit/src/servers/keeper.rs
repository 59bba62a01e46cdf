//! Decides when a test's server starts and ends. A small shell keeper starts it, writes its address to `ready`, and
//! stops it by its own process id once the watched process is gone or `stop` appears: a killed test leaves nothing.

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

const ATTEMPTS: u32 = 3;
const POLLS: u32 = 600;

/// A server of the caller's own, stopped on drop.
#[derive(Debug)]
pub struct Private {
    folder: PathBuf,
    address: String,
}

impl Private {
    /// Its address.
    pub fn url(&self) -> &str {
        &self.address
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        // The keeper notices the file, stops the server and removes the folder. Where this fails the keeper notices
        // this process's end instead.
        let _ = fs::write(self.folder.join("stop"), "");
    }
}

/// Starts a server for the caller alone.
pub(super) fn private(name: &str, script: &str, settings: &[(&str, &str)]) -> Result<Private> {
    let folder = tempfile::Builder::new().prefix(&format!("holdpoint-{name}-")).tempdir()?.keep();
    let address = start(&folder, script, settings, std::process::id())?;
    Ok(Private { folder, address })
}

/// The server of this test run: the runner is the parent of every test process, and the server ends with it.
pub(super) fn shared(name: &str, script: &str, settings: &[(&str, &str)]) -> Result<String> {
    let runner = std::os::unix::process::parent_id();
    let base = std::env::temp_dir();
    let lock = File::create(base.join(format!("holdpoint-{name}-{runner}.lock")))?;
    lock.lock().context("waiting for another test to start the server")?;
    let folder = base.join(format!("holdpoint-{name}-{runner}"));
    if let Ok(address) = fs::read_to_string(folder.join("ready")) {
        return Ok(address.trim().to_owned());
    }
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir(&folder)?;
    start(&folder, script, settings, runner)
}

fn start(folder: &Path, script: &str, settings: &[(&str, &str)], watched: u32) -> Result<String> {
    let mut said = String::new();
    for _ in 0..ATTEMPTS {
        match attempt(folder, script, settings, watched) {
            Ok(address) => return Ok(address),
            Err(cause) => said = format!("{cause:#}"),
        }
        let _ = fs::remove_dir_all(folder);
        fs::create_dir_all(folder)?;
    }
    bail!("{said}")
}

fn attempt(folder: &Path, script: &str, settings: &[(&str, &str)], watched: u32) -> Result<String> {
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let log = File::create(folder.join("keeper.log"))?;
    let mut keeper = Command::new("setsid");
    keeper
        .args(["sh", "-c", script])
        .env("DIR", folder)
        .env("PORT", port.to_string())
        .env("WATCH", watched.to_string())
        .envs(settings.iter().copied())
        .env("LC_ALL", "C.UTF-8")
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .process_group(0);
    let mut keeper = keeper.spawn().context("starting the keeper")?;
    for _ in 0..POLLS {
        if let Ok(address) = fs::read_to_string(folder.join("ready")) {
            return Ok(address.trim().to_owned());
        }
        if keeper.try_wait()?.is_some_and(|status| !status.success()) {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    bail!("{}", fs::read_to_string(folder.join("keeper.log")).unwrap_or_default())
}

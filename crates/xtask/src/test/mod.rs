//! Everything that must pass before a change is taken, in the order in which a mistake shows soonest: format, house
//! rules, licences, lints, then every test on SQLite and in process, and on a private PostgreSQL and nats-server.

mod needs;
pub(crate) mod python;

use std::path::Path;
use std::process::Command;

use anyhow::bail;

use crate::chaos::{self, Chaos};
use crate::steps::{Outcome, Steps, answers, command};
use crate::tidy;

/// Runs all steps. Answers whether all passed.
pub fn run(root: &Path) -> anyhow::Result<bool> {
    let mut steps = Steps::default();
    let ready = steps.run("what tests need", needs::install)
        && steps.run("python for tests", || python::set_up(root));
    steps.run("format", || command(cargo(root).args(["fmt", "--all", "--check"])));
    steps.run("tidy", || tidy_up(root));
    steps.run("licences, bans, sources", || deny(root));
    steps.run("lints", || {
        let args = ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
        command(cargo(root).args(args))
    });
    // Tests that find no server would skip or fail one by one; one clear sentence is better.
    if ready {
        steps.run("tests", || command(cargo(root).args(tests())));
        steps.run("rounds of faults", || chaos::run(root, &Chaos::OF_A_CHANGE).map(|_| Outcome::Done));
    } else {
        steps.run("tests", || bail!("not run: what they need is missing, see the first steps"));
    }
    Ok(steps.summary())
}

fn cargo(root: &Path) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root);
    cargo
}

fn tidy_up(root: &Path) -> anyhow::Result<Outcome> {
    let findings = tidy::run(root, &tidy::rpcs()?, &tidy::shapes()?)?;
    for finding in &findings {
        println!("{finding}");
    }
    if !findings.is_empty() {
        bail!("{} findings", findings.len());
    }
    Ok(Outcome::Done)
}

fn deny(root: &Path) -> anyhow::Result<Outcome> {
    if !answers("cargo", &["deny", "--version"]) {
        return Ok(Outcome::Skipped("cargo-deny is not installed".to_owned()));
    }
    command(cargo(root).args(["deny", "check", "licenses", "bans", "sources"]))
}

/// cargo-nextest where it is present; cargo's own runner else.
fn tests() -> Vec<&'static str> {
    if answers("cargo", &["nextest", "--version"]) {
        vec!["nextest", "run", "--workspace", "--locked", "--profile", "ci"]
    } else {
        vec!["test", "--workspace", "--locked", "--no-fail-fast"]
    }
}

//! Rounds of faults on the running system: builds what the tests build, because only there a process can be armed, and plays the
//! rounds with it.

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;

use crate::steps::command;

/// What is asked of a run.
#[derive(Debug, Args)]
pub struct Chaos {
    /// How many rounds
    #[arg(long, default_value_t = Chaos::OF_A_CHANGE.rounds)]
    rounds: u64,
    /// Seed of all rounds
    #[arg(long, default_value_t = Chaos::OF_A_CHANGE.seed)]
    seed: u64,
    /// Number of the first round
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Houses beside each other
    #[arg(long, default_value_t = Chaos::OF_A_CHANGE.houses)]
    houses: u64,
}

impl Chaos {
    /// What every change must stand.
    pub const OF_A_CHANGE: Self = Self { rounds: 60, seed: 1, from: 0, houses: 2 };
}

/// Plays the rounds. Answers whether all were clean.
pub fn run(root: &Path, asked: &Chaos) -> anyhow::Result<bool> {
    let build = ["test", "--workspace", "--locked", "--no-run", "--quiet"];
    command(Command::new("cargo").args(build).current_dir(root))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    let mut line = Command::new(root.join(target).join("debug/chaos"));
    for (flag, value) in [
        ("--rounds", asked.rounds),
        ("--seed", asked.seed),
        ("--from", asked.from),
        ("--houses", asked.houses),
    ] {
        line.args([flag, &value.to_string()]);
    }
    command(line.current_dir(root)).map(|_| true)
}

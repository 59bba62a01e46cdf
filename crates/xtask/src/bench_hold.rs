//! `cargo xtask bench hold`: builds the program and its system tests as a newcomer does, and has the latter measure the hold on five
//! processes of the former. What is measured and why stands in `tests/src/measure`.

use std::path::{Path, PathBuf};
use std::process::Command;

use holdpoint_xtask::steps::command;

/// What `cargo run --release` has built already. What ships is optimized further, so no figure here flatters it.
const PROFILE: &str = "release";

/// Builds and measures. `args` go on to the measuring program: `--json`, `--small`, `--idle`, `--results`. False where a goal was missed.
pub fn run(root: &Path, args: &[String]) -> anyhow::Result<bool> {
    let packages = ["--package", "holdpoint", "--package", "holdpoint-system-tests"];
    let build = ["build", "--quiet", "--profile", PROFILE, "--bins"];
    command(Command::new("cargo").args(build).args(packages).current_dir(root))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let measure = root.join(target).join(PROFILE).join("bench-hold");
    Ok(Command::new(measure).args(args).current_dir(root).status()?.success())
}

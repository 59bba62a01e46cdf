//! What is shipped has no step at which a test may end it: the crate that arms them is in the build of the system tests, and not
//! in the program's own.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};

#[test]
fn the_program_that_is_shipped_cannot_be_armed() -> anyhow::Result<()> {
    ensure!(!crates(&["--package", "holdpoint"])?.contains(&"fail".to_owned()), "`fail` would be shipped");
    // The same look at the whole workspace finds it.
    ensure!(crates(&["--workspace"])?.contains(&"fail".to_owned()), "the system tests arm nothing");
    Ok(())
}

/// Names of the crates that a build of these packages compiles in.
fn crates(packages: &[&str]) -> anyhow::Result<Vec<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the workspace")?;
    let tree = ["tree", "--locked", "--offline", "--edges", "normal,build", "--prefix", "none"];
    let output = Command::new("cargo").args(tree).args(packages).current_dir(root).output()?;
    ensure!(output.status.success(), "cargo tree failed: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout)?;
    Ok(text.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect())
}

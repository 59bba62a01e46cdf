//! `cargo xtask`: reads the command line of the workshop and runs what it names.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use holdpoint_xtask::{test, tidy};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The workshop of Holdpoint: checks, tests and measurements")]
struct Line {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Checks the house rules: layers, purity, sizes, headers, words, rooms, contract.
    Tidy,
    /// Installs what tests need where it may, then runs format, lints, licences, tidy and every test.
    Test,
}

fn main() -> ExitCode {
    let root = root();
    let done = match Line::parse().task {
        Task::Tidy => tidy_up(&root),
        Task::Test => test::run(&root),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(cause) => {
            eprintln!("cargo xtask could not finish: {cause:#}");
            ExitCode::FAILURE
        }
    }
}

fn tidy_up(root: &Path) -> anyhow::Result<bool> {
    let findings = tidy::run(root, &tidy::rpcs()?)?;
    for finding in &findings {
        eprintln!("{finding}");
    }
    println!("tidy: {} findings", findings.len());
    Ok(findings.is_empty())
}

/// The workspace that this program was built in.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

//! `cargo xtask`: reads the command line of the workshop and runs what it names.

mod bench_hold;
mod bench_journal;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use clap::{Parser, Subcommand, ValueEnum};
use holdpoint_xtask::steps::command;
use holdpoint_xtask::{chaos, compose, test, tidy};

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
    /// Writes down the forms of published shapes that only grew, or are new.
    Golden,
    /// Installs what tests need where it may, then runs format, lints, licences, tidy and every test.
    Test,
    /// Plays rounds of faults on the running system, and judges what people heard.
    Chaos(chaos::Chaos),
    /// Boots the published compose file on this machine's Docker engine, and tests it from outside.
    ComposeTest(compose::ComposeTest),
    /// Explores the protocol of holds and permits to its end, in the named configurations.
    Model {
        /// What the model is told: --deep, --broken, --only NAME, --first.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        told: Vec<String>,
    },
    /// Measures a part beside a yardstick of the same run, optimized.
    Bench {
        /// The part.
        part: Part,
        /// What the part is told: `--json` of the hold.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Part {
    /// Appends, batches, and rows from journal to cursor.
    Journal,
    /// From a report to an effective hold, to every check and to the alert; permits, Gos, starts a second.
    Hold,
}

fn main() -> ExitCode {
    let root = root();
    let done = match Line::parse().task {
        Task::Tidy => tidy_up(&root),
        Task::Golden => golden(&root),
        Task::Test => test::run(&root),
        Task::Chaos(asked) => chaos::run(&root, &asked),
        Task::ComposeTest(asked) => compose::run(&root, &asked).map(|_| true),
        Task::Model { told } => model(&root, &told),
        Task::Bench { part: Part::Journal, .. } => measure_journal(&root),
        Task::Bench { part: Part::Hold, args } => bench_hold::run(&root, &args),
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
    let findings = tidy::run(root, &tidy::rpcs()?, &tidy::shapes()?)?;
    for finding in &findings {
        eprintln!("{finding}");
    }
    println!("tidy: {} findings", findings.len());
    Ok(findings.is_empty())
}

/// The model is a program of its own: it holds the services, which the workshop does not need. The small configurations run
/// as the tests build it; the larger ones are worth an optimized build of everything.
fn model(root: &Path, told: &[String]) -> anyhow::Result<bool> {
    let mut run = Command::new("cargo");
    run.args(["run", "--quiet", "--package", "holdpoint-model"]);
    if told.iter().any(|word| word == "--deep") {
        run.arg("--release");
    }
    run.arg("--").args(told);
    Ok(run.current_dir(root).status()?.success())
}

fn golden(root: &Path) -> anyhow::Result<bool> {
    for path in tidy::shapes::write(root, &tidy::shapes()?)? {
        println!("{path}");
    }
    Ok(true)
}

/// Figures of a build that is not optimized say nothing: such a one has itself built again. What ships (`dist`) is
/// optimized further than `release`, so no figure here flatters it.
fn measure_journal(root: &Path) -> anyhow::Result<bool> {
    if cfg!(debug_assertions) {
        let args = ["run", "--quiet", "--release", "--package", "holdpoint-xtask", "--", "bench", "journal"];
        return command(Command::new("cargo").args(args).current_dir(root)).map(|_| true);
    }
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(bench_journal::run())?;
    Ok(true)
}

/// The workspace that this program was built in.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

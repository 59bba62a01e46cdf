//! Measures the hold, prints what was measured and whether the goals are met; with `--json` one object as the last line.

use std::process::ExitCode;

use clap::Parser;
use holdpoint_system_tests::measure::{Measured, Size, measure};

#[derive(Parser)]
#[command(about = "Measures the hold on five processes of the real program")]
struct Line {
    /// Prints one JSON object
    #[arg(long)]
    json: bool,
    /// Measures little, to see that it runs
    #[arg(long)]
    small: bool,
    /// Leaves out the part under load
    #[arg(long, conflicts_with = "results")]
    idle: bool,
    /// Results a second into labs, in the part under load; 500 at least
    #[arg(long, value_parser = clap::value_parser!(u64).range(500..=50_000))]
    results: Option<u64>,
}

fn main() -> anyhow::Result<ExitCode> {
    let line = Line::parse();
    let mut size = if line.small { Size::SMALL } else { Size::WHOLE };
    if line.idle {
        size.results = 0;
    } else if let Some(results) = line.results {
        size.results = usize::try_from(results)?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let measured = runtime.block_on(measure(size))?;
    let met = report(&measured);
    if line.json {
        println!("{}", serde_json::to_string(&measured)?);
    } else {
        println!("{}", serde_json::to_string_pretty(&measured)?);
    }
    Ok(if met { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Says of each goal whether it was met; on standard error, beside what programs read.
fn report(measured: &Measured) -> bool {
    let goals = measured.goals();
    for goal in &goals {
        let word = if goal.is_met() { "met" } else { "NOT met" };
        eprintln!("{word}: {}: {:.2} ms of {:.2} ms", goal.what, goal.found, goal.most);
    }
    goals.iter().all(|goal| goal.is_met())
}

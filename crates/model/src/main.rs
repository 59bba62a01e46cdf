//! Explores the named configurations one after the other and prints what was found. `cargo xtask model` builds and runs it.

use std::process::ExitCode;

use clap::Parser;
use holdpoint_model::config::Config;
use holdpoint_model::explore::{Limits, explore};

#[derive(Parser)]
struct Line {
    /// The larger configurations as well.
    #[arg(long)]
    deep: bool,
    /// Only the configurations whose names contain this.
    #[arg(long, default_value = "")]
    only: String,
    /// Threads.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Steps for each configuration, at most.
    #[arg(long, default_value_t = 1_000_000_000)]
    most: usize,
    /// Attempts of each device, instead of the configuration's.
    #[arg(long)]
    attempts: Option<u8>,
    /// How often each ask arrives at most, instead of the configuration's.
    #[arg(long)]
    copies: Option<u8>,
    /// Stop at the first broken property, which has the shortest way there.
    #[arg(long)]
    first: bool,
}

fn main() -> ExitCode {
    let line = Line::parse();
    let mut configs = Config::small();
    if line.deep {
        configs.extend(Config::deep());
    }
    let limits = Limits { threads: line.threads, first: line.first, most: line.most };
    let mut clean = true;
    println!("{:<32} {:>10} {:>11} {:>6} {:>7}", "configuration", "states", "steps", "depth", "seconds");
    for mut config in configs.into_iter().filter(|config| config.name.contains(&line.only)) {
        config.attempts = line.attempts.unwrap_or(config.attempts);
        config.copies = line.copies.unwrap_or(config.copies);
        let found = explore(config, limits);
        let (name, states, steps, depth) = (found.name, found.states, found.steps, found.depth);
        let verdict = if found.is_clean() { "" } else { "  NOT CLEAN" };
        println!("{name:<32} {states:>10} {steps:>11} {depth:>6} {:>7.1}{verdict}", found.took.as_secs_f64());
        if !found.complete {
            println!("  not explored to its end in {} steps", line.most);
        }
        for path in &found.unreached {
            println!("  never reached: {path}");
        }
        for (property, steps) in &found.broken {
            println!("  broken: {property}");
            steps.iter().enumerate().for_each(|(at, step)| println!("    {:>3}. {step}", at + 1));
        }
        clean &= found.is_clean();
    }
    if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

//! Explores the named configurations one after the other and prints what was found. `cargo xtask model` builds and runs it.

use std::process::ExitCode;

use clap::Parser;
use holdpoint_model::assumption::Assumption;
use holdpoint_model::config::Config;
use holdpoint_model::explore::{Found, Limits, explore};
use holdpoint_model::mutation::Mutation;

#[derive(Parser)]
struct Line {
    /// The larger configurations as well.
    #[arg(long)]
    deep: bool,
    /// Instead, each change to the protocol and each world without an assumption: all must break something.
    #[arg(long)]
    broken: bool,
    /// Only what has this in its name.
    #[arg(long, default_value = "")]
    only: String,
    /// Threads.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Steps for each, at most.
    #[arg(long, default_value_t = usize::MAX)]
    most: usize,
    /// Stop at the first broken property, which has the shortest way there.
    #[arg(long)]
    first: bool,
    /// Depth first: in less memory, and without the shortest ways.
    #[arg(long)]
    deep_first: bool,
    /// Another number of attempts of each device.
    #[arg(long)]
    attempts: Option<u8>,
    /// Another number of times that each ask arrives.
    #[arg(long)]
    copies: Option<u8>,
    /// Another number of crashes.
    #[arg(long)]
    crashes: Option<u8>,
    /// Another number of restarts.
    #[arg(long)]
    restarts: Option<u8>,
}

impl Line {
    fn limits(&self) -> Limits {
        let Self { threads, first, deep_first, most, .. } = *self;
        Limits { threads, first, deep_first, most }
    }
}

fn main() -> ExitCode {
    let line = Line::parse();
    let as_expected = if line.broken { broken(&line) } else { clean(&line) };
    if as_expected { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Whether every configuration is clean.
fn clean(line: &Line) -> bool {
    let mut configs = Config::small();
    if line.deep {
        configs.extend(Config::deep());
    }
    let mut all = true;
    heading("configuration");
    for mut config in configs.into_iter().filter(|config| config.name.contains(&line.only)) {
        config.attempts = line.attempts.unwrap_or(config.attempts);
        config.copies = line.copies.unwrap_or(config.copies);
        config.left.crashes = line.crashes.unwrap_or(config.left.crashes);
        config.left.restarts = line.restarts.unwrap_or(config.left.restarts);
        let name = config.name;
        let found = explore(config, line.limits());
        row(name, &found, if found.is_clean() { "" } else { "NOT CLEAN" });
        if !found.complete {
            println!("  not explored to its end in {} steps", line.most);
        }
        found.unreached.iter().for_each(|path| println!("  never reached: {path}"));
        ways(&found);
        all &= found.is_clean();
    }
    all
}

/// Whether every change to the protocol, and every world without an assumption, breaks what it is said to break.
fn broken(line: &Line) -> bool {
    let mutations = Mutation::all().iter().map(|one| (one.name(), one.world(), one.breaks()));
    let assumptions = Assumption::all().iter().map(|one| (one.name(), one.world(), one.breaks()));
    let mut all = true;
    heading("what is broken on purpose");
    for (name, world, expected) in mutations.chain(assumptions).filter(|(name, ..)| name.contains(&line.only))
    {
        let in_world = world.name;
        let found = explore(world, Limits { first: true, ..line.limits() });
        let as_said = found.breaks(expected);
        row(&name, &found, if as_said { in_world } else { "BREAKS NOTHING" });
        ways(&found);
        all &= as_said;
    }
    all
}

fn heading(of: &str) {
    println!("{of:<34} {:>10} {:>11} {:>6} {:>8}", "states", "steps", "depth", "seconds");
}

fn row(name: &str, found: &Found, verdict: &str) {
    let Found { states, steps, depth, .. } = found;
    println!("{name:<34} {states:>10} {steps:>11} {depth:>6} {:>8.1}  {verdict}", found.took.as_secs_f64());
}

fn ways(found: &Found) {
    for (property, steps) in &found.broken {
        println!("  breaks {property}:");
        steps.iter().enumerate().for_each(|(at, step)| println!("    {:>3}. {step}", at + 1));
    }
}

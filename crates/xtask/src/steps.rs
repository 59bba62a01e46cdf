//! Runs named steps one after another, prints each with its time, goes on after a failure so that one run shows
//! everything that is wrong, and ends with a plain summary.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, bail};
use holdpoint_chassis::clock::MachineClock;

/// What became of a step.
enum Ended {
    Passed,
    Skipped(String),
    Failed(String),
}

/// A step that cannot run here may say so; it then counts as skipped, by name, in the summary.
pub enum Outcome {
    /// It ran and all was well.
    Done,
    /// It did not run, and why.
    Skipped(String),
}

/// The steps so far.
#[derive(Default)]
pub struct Steps {
    clock: MachineClock,
    ended: Vec<(String, Duration, Ended)>,
}

impl Steps {
    /// Runs one step. Answers whether it did not fail.
    pub fn run(&mut self, name: &str, step: impl FnOnce() -> anyhow::Result<Outcome>) -> bool {
        println!("=== {name}");
        let begun = self.clock.mark();
        let ended = match step() {
            Ok(Outcome::Done) => Ended::Passed,
            Ok(Outcome::Skipped(why)) => Ended::Skipped(why),
            Err(cause) => Ended::Failed(format!("{cause:#}")),
        };
        let took = self.clock.since(&begun);
        let failed = matches!(ended, Ended::Failed(_));
        println!("=== {name}: {} after {:.1} s", word(&ended), took.as_secs_f64());
        self.ended.push((name.to_owned(), took, ended));
        !failed
    }

    /// Prints every step with its end and time. Answers whether all is well.
    pub fn summary(&self) -> bool {
        println!("\nSummary");
        for (name, took, ended) in &self.ended {
            let why = match ended {
                Ended::Passed => "",
                Ended::Skipped(why) | Ended::Failed(why) => why,
            };
            println!("  {:<8} {name:<28} {:>7.1} s  {why}", word(ended), took.as_secs_f64());
        }
        let failed = self.ended.iter().filter(|(_, _, ended)| matches!(ended, Ended::Failed(_))).count();
        match failed {
            0 => println!("All steps passed."),
            n => println!("{n} of {} steps FAILED.", self.ended.len()),
        }
        failed == 0
    }
}

fn word(ended: &Ended) -> &'static str {
    match ended {
        Ended::Passed => "passed",
        Ended::Skipped(_) => "skipped",
        Ended::Failed(_) => "FAILED",
    }
}

/// Runs a command with the terminal's own output; anything but success is an error that names the command.
pub fn command(command: &mut Command) -> anyhow::Result<Outcome> {
    let shown = shown(command);
    println!("$ {shown}");
    let status = command.status().with_context(|| format!("cannot run `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}` ended with {status}");
    }
    Ok(Outcome::Done)
}

/// Whether a command exists and answers with success; its output is dropped.
pub fn answers(program: &str, args: &[&str]) -> bool {
    Command::new(program).args(args).output().is_ok_and(|answer| answer.status.success())
}

fn shown(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|arg| arg.to_string_lossy().into_owned()));
    words.join(" ")
}

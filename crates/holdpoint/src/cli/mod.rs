//! The command line: reads it, runs the one subcommand, and turns its end into an exit code. 0 well, 1 judged wrong or
//! refused, 2 a mistake on the line itself.

mod backup;
mod common;
mod config;
mod demo;
mod doctor;
mod healthcheck;
mod holds;
mod init;
mod journal;
mod keys;
mod lis;
mod migrate;
mod protocol;
mod reading;
mod report;
mod serve;
mod token;
mod trial;
mod up;

use std::future::Future;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(
    name = "holdpoint",
    version,
    about = "Runs cell-therapy trials; when a safety rule says stop, nothing starts any more"
)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Plays a whole trial on the real services, from its file to its last visit. Nothing is installed, nothing is kept.
    Demo(demo::Demo),
    /// Starts all services in one process, with a data folder, and prints addresses and a first token.
    Up(up::Up),
    /// Starts one service.
    Serve(serve::Serve),
    /// Checks, explains, compares and names trial files.
    #[command(subcommand)]
    Protocol(protocol::Protocol),
    /// Reports on a trial of a running house.
    #[command(subcommand)]
    Report(report::Report),
    /// Lists a trial's holds, follows one, and writes it down for the ethics committee.
    #[command(subcommand)]
    Holds(holds::Holds),
    /// Lets a laboratory's system in: a listener for HL7, a folder of files, and how the feeds do.
    #[command(subcommand)]
    Lis(lis::Lis),
    /// Issues a short-lived token for a person or a feed.
    Token(token::Token),
    /// Makes what an installation needs before its first start.
    #[command(subcommand)]
    Init(init::Init),
    /// Makes and extends the databases, once, before the services start.
    Migrate(migrate::Migrate),
    /// Registers a trial, its sites and its people in a running house, and puts a version in force.
    #[command(subcommand)]
    Trial(trial::Trial),
    /// Makes the keys that a folder lacks.
    Keys(keys::Keys),
    /// Verifies the journals, or passes over a parked row.
    #[command(subcommand)]
    Journal(journal::Journal),
    /// Takes a backup of a house, running or stopped, and verifies it.
    Backup(backup::Backup),
    /// Restores a backup into an empty stack; every trial comes up held.
    Restore(backup::Restore),
    /// Looks at everything an installation can get wrong, each finding with its mend.
    Doctor(doctor::Doctor),
    /// Shows the settings.
    #[command(subcommand)]
    Config(config::Config),
    /// Asks a service whether it serves.
    Healthcheck(healthcheck::Healthcheck),
}

/// Runs what the process was started with.
pub fn main() -> ExitCode {
    let ended = match Line::parse().command {
        Command::Demo(demo) => on_runtime(demo.run()),
        Command::Up(up) => on_runtime(up.run()),
        Command::Serve(serve) => on_runtime(serve.run()),
        Command::Protocol(protocol) => protocol.run(),
        Command::Report(report) => on_runtime(report.run()),
        Command::Holds(holds) => on_runtime(holds.run()),
        Command::Lis(lis) => on_runtime(lis.run()),
        Command::Token(token) => token.run(),
        Command::Init(init) => init.run(),
        Command::Migrate(migrate) => on_runtime(migrate.run()),
        Command::Trial(trial) => on_runtime(trial.run()),
        Command::Keys(keys) => keys.run(),
        Command::Journal(journal) => on_runtime(journal.run()),
        Command::Backup(backup) => on_runtime(backup.run()),
        Command::Restore(restore) => on_runtime(restore.run()),
        Command::Doctor(doctor) => on_runtime(doctor.run()),
        Command::Config(config) => config.run(),
        Command::Healthcheck(healthcheck) => on_runtime(healthcheck.run()),
    };
    ended.unwrap_or_else(|cause| {
        eprintln!("holdpoint: {cause:#}");
        ExitCode::FAILURE
    })
}

fn on_runtime(work: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}

//! `cargo xtask compose-test`: the published compose file on a real Docker engine, with images that this machine makes itself: boots
//! it as a hospital does, looks at every container's hardening, plays the evening before from outside, kills each container in
//! turn, restarts the whole, and takes it down. Nothing is pulled: a hospital's network has no registry either.

mod engine;
mod hardening;
mod house;
mod images;
mod play;
mod tls;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use clap::Args;
use holdpoint_chassis::clock::MachineClock;

use crate::test::python;
use engine::Engine;
use house::{House, LIVING};
use play::Play;

/// From `up` to five healthy services, on two cores.
const TO_BE_HEALTHY_S: u64 = 60;
/// The same where nothing is promised: after a kill, beside whatever else this machine does.
const BACK_S: u64 = 180;
/// What five services at rest may use together.
const AT_REST_MIB: f64 = 512.0;

/// The flags of `compose-test`.
#[derive(Debug, Default, Args)]
pub struct ComposeTest {
    /// The program that goes into the image; by default that of this build: release where it is, else debug
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// Builds the image from source, as a hospital does, with the builder stage of the Dockerfile
    #[arg(long, value_name = "BUILDER_BASE", conflicts_with = "binary")]
    from_source: Option<String>,
    /// Leaves everything running, and says where
    #[arg(long)]
    keep: bool,
    /// Does not play the evening, nor kill anything: boots, looks, takes down
    #[arg(long)]
    boot_only: bool,
}

/// What became of it.
#[derive(Debug, PartialEq, Eq)]
pub enum Ran {
    /// All was well.
    Done,
    /// There is no engine here.
    Skipped,
}

/// Runs it where an engine runs; says so where none does.
pub fn run(root: &Path, asked: &ComposeTest) -> anyhow::Result<Ran> {
    let Some(engine) = Engine::find() else {
        println!("compose-test: skipped, no Docker engine");
        return Ok(Ran::Skipped);
    };
    python::set_up(root)?;
    let images = images::make(root, asked.binary.as_deref(), asked.from_source.as_deref())?;
    let house = House::stage(root, engine, images, "holdpoint-test")?;
    let judged = played(root, &house, asked);
    if judged.is_err() {
        house.show_logs();
    }
    if asked.keep {
        println!(
            "left running in {}; take it down with: {}",
            house.folder().display(),
            house.line(&["down", "-v"])
        );
        house.forget();
    } else {
        house.down()?;
    }
    judged.map(|()| Ran::Done)
}

fn played(root: &Path, house: &House, asked: &ComposeTest) -> anyhow::Result<()> {
    in_production(root, house)?;
    if asked.boot_only {
        return Ok(());
    }
    tls::with_the_hospitals_authority(house)?;
    house.down()?;
    let play = Play::open(root, house)?;
    play.part("before")?;
    for name in LIVING {
        house.kill(name)?;
        house.healthy(BACK_S)?;
        play.part("still")?;
        println!("killed and back: {name}");
    }
    house.restart()?;
    house.healthy(BACK_S)?;
    play.part("still")?;
    play.part("after")?;
    house.verify_journals()
}

/// As published: healthy in time, hardened, small, and closed.
fn in_production(root: &Path, house: &House) -> anyhow::Result<()> {
    let clock = MachineClock::new();
    let begun = clock.mark();
    house.up(&[])?;
    house.healthy(TO_BE_HEALTHY_S)?;
    println!("healthy {:.1} s after `up`", clock.since(&begun).as_secs_f64());
    ensure!(clock.since(&begun).as_secs() <= TO_BE_HEALTHY_S, "not healthy within {TO_BE_HEALTHY_S} s");
    let looked = hardening::check(house)?;
    println!("hardening: {looked} keys looked at on running containers, each as published");
    let used = house.memory_mib()?;
    println!("memory: {used:.0} MiB of five services together, at rest");
    ensure!(used <= AT_REST_MIB, "five services use {used:.0} MiB at rest; {AT_REST_MIB} is promised");
    house.is_closed()?;
    as_the_readme_says(root, house)
}

/// The lines of the README's section, run as they stand there: a trial is put in force, a user and a feed are added.
fn as_the_readme_says(root: &Path, house: &House) -> anyhow::Result<()> {
    let readme = std::fs::read_to_string(root.join("README.md"))?;
    let (_, section) = readme.split_once("\n## Deploy\n").context("the README's section")?;
    let section = section.split("\n## ").next().unwrap_or_default();
    let lines: Vec<&str> = section.lines().filter(|line| line.starts_with("holdpoint ")).collect();
    ensure!(lines.len() >= 10, "the README's section has only {} lines", lines.len());
    let said = house.shell(&lines.join("\n")).context("as the README says")?;
    ensure!(said.contains("pgf-msc 1.0 is in force"), "the trial is not in force: {said}");
    let tokens = said.lines().filter(|line| line.starts_with("eyJ")).count();
    ensure!(tokens == 2, "a user's and a feed's token: {said}");
    println!("README: {} lines, and the trial is in force", lines.len());
    Ok(())
}

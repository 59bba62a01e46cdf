//! Rounds of faults on a standing house under load: in each something is killed, stopped or cut while people place holds, report,
//! start, give up and release; then everything is mended, the house comes to rest, and the whole history is judged. What a
//! round does is drawn from seed and number alone, so that any round can be played again. reliability.md F5.

mod chance;
mod load;
mod strike;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use tokio::time::{Instant, sleep};

use super::checker::{Verdict, check};
use super::close::{Read, end};
use super::history::save;
use crate::house::{Databases, Plan};
use crate::story::Story;

use chance::Chance;
use load::Load;
use strike::Strike;

/// What is asked of a run.
#[derive(Debug, Clone)]
pub struct Run {
    /// Seed of all rounds.
    pub seed: u64,
    /// Number of the first round.
    pub from: u64,
    /// How many.
    pub rounds: u64,
    /// Where the history of a round that failed is kept.
    pub kept: PathBuf,
}

/// What a run came to.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Rounds that were played to their end and found clean.
    pub clean: u64,
    /// Rounds that failed, each with why.
    pub failed: Vec<(u64, String)>,
    /// Go's that were heard, over all houses.
    pub heard: usize,
    /// Holds that were judged, over all houses.
    pub holds: usize,
}

/// A house is left after so many rounds: its histories are judged whole each time, and its doses are given one by one.
const IN_A_HOUSE: u64 = 40;
/// How often it is tried to open one.
const OPENINGS: usize = 3;

/// Plays the rounds, in houses one after another. None where this machine lacks a server.
pub async fn play(run: &Run) -> anyhow::Result<Option<Tally>> {
    let mut tally = Tally::default();
    let (mut next, last) = (run.from, run.from + run.rounds);
    while next < last {
        let Some(mut house) = Standing::try_open().await? else { return Ok(None) };
        let until = last.min(next + IN_A_HOUSE);
        let mut verdict = Verdict::default();
        while next < until && !house.load.is_over() {
            let number = next;
            next += 1;
            match house.round(run, number).await {
                Ok(found) => verdict = found,
                Err(cause) => {
                    let words = format!("{cause:#}");
                    println!("FAILED seed {} round {number}: {words}", run.seed);
                    save(&house.story.people.history.records(), &run.kept(number)?)?;
                    tally.failed.push((number, words));
                    break;
                }
            }
            tally.clean += 1;
        }
        tally.heard += verdict.looked_at.get("once").copied().unwrap_or_default();
        tally.holds += verdict.looked_at.get("one hold").copied().unwrap_or_default();
        let judged = tally.failed.last().is_none_or(|(number, _)| number + 1 != next);
        if judged && let Err(cause) = house.leave().await {
            let words = format!("leaving the house after round {}: {cause:#}", next - 1);
            println!("FAILED seed {} {words}", run.seed);
            tally.clean -= 1;
            tally.failed.push((next - 1, words));
        }
    }
    Ok(Some(tally))
}

impl Run {
    fn kept(&self, number: u64) -> anyhow::Result<PathBuf> {
        std::fs::create_dir_all(&self.kept)?;
        Ok(self.kept.join(format!("{}-{number}.jsonl", self.seed)))
    }
}

/// A house with a trial in it, and people at work.
struct Standing {
    story: Story,
    load: Load,
    read: Read,
}

impl Standing {
    /// A house that could not be opened has said nothing of any promise, and is opened again.
    async fn try_open() -> anyhow::Result<Option<Self>> {
        for _ in 1..OPENINGS {
            match Self::open().await {
                Ok(opened) => return Ok(opened),
                Err(cause) => println!("a house could not be opened, and is tried again: {cause:#}"),
            }
        }
        Self::open().await
    }

    async fn open() -> anyhow::Result<Option<Self>> {
        let plan = Plan::APART.on(Databases::Own);
        let Some(mut story) = Story::open(plan).await? else { return Ok(None) };
        let load = Load::prepare(&mut story).await?;
        Ok(Some(Self { story, load, read: Read::default() }))
    }

    async fn round(&mut self, run: &Run, number: u64) -> anyhow::Result<Verdict> {
        let mut chance = Chance::of(run.seed, number);
        let strike = Strike::drawn(&mut chance);
        let begun = Instant::now();
        self.load.begin(&self.story, &mut chance, number);
        sleep(strike.after).await;
        strike.hit(&mut self.story.house).await.with_context(|| strike.to_string())?;
        sleep(strike.lasts).await;
        strike.mend(&mut self.story.house).await.with_context(|| strike.to_string())?;
        sleep(Duration::from_millis(chance.below(200))).await;
        self.load.end().await.with_context(|| strike.to_string())?;
        self.rest().await.with_context(|| strike.to_string())?;
        let verdict = check(&self.read.end(&self.story.people).await?.records());
        let looked_at = |rule: &str| verdict.looked_at.get(rule).copied().unwrap_or_default();
        println!(
            "seed {} round {number}: {strike}; {} ms; {} Gos and {} holds in this house",
            run.seed,
            begun.elapsed().as_millis(),
            looked_at("once"),
            looked_at("one hold"),
        );
        ensure!(verdict.broken.is_empty(), "{strike}: promises are broken:\n{verdict}");
        Ok(verdict)
    }

    /// Holds that still stand are released, and everybody hears everything.
    async fn rest(&mut self) -> anyhow::Result<()> {
        self.story.hush().await?;
        for hold in self.story.people.standing().await? {
            self.story.people.effective(&hold.hold).await?;
            self.story.release(&hold.hold).await?;
        }
        self.story.later(1)?;
        self.story.hush().await
    }

    /// Every journal is what was written, and what it tells from its first row on keeps every promise.
    async fn leave(mut self) -> anyhow::Result<()> {
        let verdict = check(&end(&self.story.people).await?.records());
        ensure!(verdict.broken.is_empty(), "promises are broken:\n{verdict}");
        self.story.house.stop_all().await?;
        self.story.house.verify()?.expect_success()?;
        Ok(())
    }
}

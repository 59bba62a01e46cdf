//! The hold measured: from a report to an effective hold, to every service's check and to the alert; permits, Gos and starts a second;
//! with no, one and eight permits out, heard and unheard; and again while results flow into labs. Every figure stands beside what
//! its parts cost by themselves in the same run. `cargo xtask bench hold` runs it, optimized.

mod figures;
mod load;
mod stage;
mod starts;
mod suspend;
mod tables;
mod yardstick;

use std::time::Duration;

use anyhow::Context as _;

use figures::Figures;
pub use figures::{Figure, Goal, Measured, Yardstick};
use load::Load;
use stage::Stage;

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Clients, each at a subject of its own.
    pub clients: usize,
    /// Reports with nothing unsettled.
    pub reports: usize,
    /// Reports with Gos to be acknowledged, with one out and with eight.
    pub heard: usize,
    /// Reports with Gos that nobody acknowledges: each waits for the life of a permit.
    pub unheard: usize,
    /// Gos, permits, and each yardstick.
    pub calls: usize,
    /// How long all clients start at once, seconds.
    pub seconds: u64,
    /// Results a second into labs; 0 leaves that part out.
    pub results: usize,
}

impl Size {
    /// Enough for a 99th percentile.
    pub const WHOLE: Self =
        Self { clients: 64, reports: 300, heard: 50, unheard: 3, calls: 300, seconds: 10, results: 5_000 };
    /// Enough to see that it runs.
    pub const SMALL: Self =
        Self { clients: 8, reports: 20, heard: 10, unheard: 1, calls: 50, seconds: 3, results: 5_000 };

    /// What is measured of it while results flow: everything takes longer, and a limit is soon seen.
    fn loaded(self) -> Self {
        let third = |count: usize| count.div_ceil(3);
        Self {
            reports: third(self.reports),
            heard: third(self.heard),
            unheard: 1,
            calls: third(self.calls),
            ..self
        }
    }
}

/// Measures. Says on standard error what it is at.
pub async fn measure(size: Size) -> anyhow::Result<Measured> {
    say("setting the stage");
    let mut stage = Stage::set(size.clients).await?.context("this needs PostgreSQL and NATS")?;
    say("measuring a house with nothing else to do");
    let mut idle = figures(&mut stage, size).await?;
    let mut under_load = None;
    if size.results > 0 {
        say("measuring while results flow into labs");
        under_load = Some(loaded(&mut stage, size).await.unwrap_or_else(|cause| {
            // What was measured before is told all the same, and every goal of this part is missed.
            say(&format!("the part under load broke off: {cause:#}"));
            Figures::default()
        }));
    }
    // Permits that stay out make every later hold wait, so they come last.
    idle.permit_ms = permits(&stage, size, count(size)?).await?;
    stage.story.house.stop_all().await?;
    Ok(Measured { idle, under_load })
}

async fn loaded(stage: &mut Stage, size: Size) -> anyhow::Result<Figures> {
    let load = Load::start(stage, size.results).await?;
    stage.busy = true;
    let size = size.loaded();
    let measured = figures(stage, size).await;
    let permit_ms = permits(stage, size, 0).await;
    let results_per_s = load.stop();
    stage.busy = false;
    say(&format!("labs took {results_per_s:.0} results a second"));
    Ok(Figures { permit_ms: permit_ms?, results_per_s, ..measured? })
}

/// What is refused keeps nothing else from being told.
async fn permits(stage: &Stage, size: Size, from: u32) -> anyhow::Result<Option<Figure>> {
    Ok(stage.permits(count(size)?, from).await.map(Figure::of).unwrap_or_else(|cause| {
        say(&format!("no permit was given: {cause:#}"));
        None
    }))
}

fn count(size: Size) -> anyhow::Result<u32> {
    Ok(u32::try_from(size.calls)?)
}

async fn figures(stage: &mut Stage, size: Size) -> anyhow::Result<Figures> {
    let mut figures = Figures {
        yardstick: yardstick::yardstick(&mut stage.story.house, size.calls).await?,
        ..Figures::default()
    };
    let (mut effective, mut checked, mut alert) = (vec![], vec![], vec![]);
    for _ in 0..size.reports {
        let suspended = stage.suspend(0, false).await?;
        effective.push(suspended.effective);
        checked.push(suspended.checked);
        alert.push(suspended.alert);
    }
    figures.report_to_effective_ms = Figure::of(effective);
    figures.report_to_all_checked_ms = Figure::of(checked);
    figures.report_to_alert_ms = Figure::of(alert);
    for (out, heard, name) in
        [(1, true, "1_heard"), (1, false, "1_unheard"), (8, true, "8_heard"), (8, false, "8_unheard")]
    {
        say(name);
        let mut times = vec![];
        for _ in 0..if heard { size.heard } else { size.unheard } {
            times.push(stage.suspend(out, heard).await?.effective);
        }
        figures.permits_out.insert(name.to_owned(), Figure::of(times));
    }
    say("starts");
    let (gos, acknowledgements) = stage.starts(size.calls).await?;
    figures.start_ms = Figure::of(gos);
    figures.acknowledge_ms = Figure::of(acknowledgements);
    if let Some(Figure { p50, p99, n }) = figures.acknowledge_ms {
        say(&format!("of {n} Gos, their acknowledgements took {p50:.2} ms, at p99 {p99:.2} ms"));
    }
    figures.starts_per_s = stage.starts_at_once(Duration::from_secs(size.seconds)).await?;
    Ok(figures)
}

fn say(what: &str) {
    eprintln!("bench hold: {what}");
}

//! People at work in a round: at each bed somebody asks to start again and again and gives up or goes on, somebody waits for an
//! allocation, one person places holds and reports, one looks. Each draws beside the others and does one thing after another.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use jiff::Timestamp;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;

use super::chance::Chance;
use crate::story::{Allocation, Event, People, Start, Story};

const BEDS: usize = 5;
const WAITING: usize = 2;

/// One bed, between rounds.
struct Bedside {
    start: Start,
    /// The dose was given.
    over: bool,
}

/// Somebody who waits for an allocation.
struct Candidate {
    asked: Allocation,
    over: bool,
}

/// Everybody.
pub(super) struct Load {
    beds: Vec<Bedside>,
    candidates: Vec<Candidate>,
    at_beds: JoinSet<anyhow::Result<Bedside>>,
    at_desks: JoinSet<anyhow::Result<Candidate>>,
    others: Vec<JoinHandle<anyhow::Result<()>>>,
    stop: Arc<AtomicBool>,
}

/// What everybody at work knows.
#[derive(Clone)]
struct Work {
    people: People,
    stop: Arc<AtomicBool>,
    now: Timestamp,
}

impl Work {
    fn goes_on(&self) -> bool {
        !self.stop.load(Ordering::SeqCst)
    }
}

impl Load {
    /// A trial in force, and doses that may be started.
    pub async fn prepare(story: &mut Story) -> anyhow::Result<Self> {
        story.set_up().await?;
        story.enroll(BEDS, WAITING).await?;
        story.lot().await?;
        let treated = story.treated.clone();
        for subject in &treated {
            story.plan(subject, "2026-03-11T10:00").await?;
        }
        story.at("2026-03-11T10:00")?;
        let mut beds = Vec::new();
        for subject in &treated {
            story.prepare(subject, 1).await?;
            beds.push(Bedside { start: story.start_of(subject, 1)?, over: false });
        }
        let waiting: Vec<String> = story.waiting.iter().map(|subject| subject.id.clone()).collect();
        let candidates = waiting.iter().map(|id| Candidate { asked: story.allocation(id), over: false });
        let candidates = candidates.collect();
        story.hush().await?;
        Ok(Self {
            beds,
            candidates,
            at_beds: JoinSet::new(),
            at_desks: JoinSet::new(),
            others: Vec::new(),
            stop: Arc::default(),
        })
    }

    /// Whether every dose is given: nothing is left to start.
    pub fn is_over(&self) -> bool {
        self.beds.iter().all(|bed| bed.over)
    }

    /// Everybody goes to work.
    pub fn begin(&mut self, story: &Story, chance: &mut Chance, round: u64) {
        self.stop = Arc::default();
        let work = Work { people: story.people.clone(), stop: self.stop.clone(), now: story.now() };
        for bed in self.beds.drain(..) {
            self.at_beds.spawn(at_a_bed(work.clone(), bed, chance.fork()));
        }
        // One allocation may be had; that it is not had in the first round leaves something for the others.
        for candidate in self.candidates.drain(..) {
            self.at_desks.spawn(at_a_desk(work.clone(), candidate, chance.fork()));
        }
        let subject = story.treated[0].id.clone();
        let event = story.ventilation(&subject);
        self.others.push(tokio::spawn(on_safety(work.clone(), event, chance.fork(), round)));
        self.others.push(tokio::spawn(looks(work)));
    }

    /// Everybody ends what they do.
    pub async fn end(&mut self) -> anyhow::Result<()> {
        self.stop.store(true, Ordering::SeqCst);
        while let Some(bed) = self.at_beds.join_next().await {
            self.beds.push(bed?.context("at a bed")?);
        }
        while let Some(candidate) = self.at_desks.join_next().await {
            self.candidates.push(candidate?.context("at a desk")?);
        }
        for other in self.others.drain(..) {
            other.await?.context("at work")?;
        }
        Ok(())
    }
}

/// Asks again and again. A Go is given up silently, given up with a word, or acted on to the end.
async fn at_a_bed(work: Work, mut bedside: Bedside, mut chance: Chance) -> anyhow::Result<Bedside> {
    while work.goes_on() && !bedside.over {
        let start = bedside.start.clone();
        bedside.start = start.again();
        if let Ok(permit) = start.clone().hear().await? {
            bedside.over = after_a_go(&work, &start, &permit, &mut chance).await?;
        }
        sleep(Duration::from_millis(chance.below(60))).await;
    }
    Ok(bedside)
}

/// Answers whether the dose was given.
async fn after_a_go(work: &Work, start: &Start, permit: &str, chance: &mut Chance) -> anyhow::Result<bool> {
    let turn = chance.below(100);
    if turn < 15 || start.acknowledge(permit).await.is_err() {
        // Silent, or told that it came too late: the next ask says that nothing was given.
        return Ok(false);
    }
    sleep(Duration::from_millis(chance.below(30))).await;
    if turn < 96 {
        start.bed.abandon().await?;
        return Ok(false);
    }
    start.bed.confirm(work.now).await?;
    sleep(Duration::from_millis(chance.below(200))).await;
    start.bed.complete(work.now).await?;
    Ok(true)
}

async fn at_a_desk(work: Work, mut candidate: Candidate, mut chance: Chance) -> anyhow::Result<Candidate> {
    while work.goes_on() && !candidate.over && chance.below(20) > 0 {
        let asked = candidate.asked.clone();
        candidate.asked = asked.next();
        // An acknowledgement that is refused is the end of this ask as well.
        candidate.over = matches!(asked.ask().await, Ok(Ok(_)));
        sleep(Duration::from_millis(100 + chance.below(200))).await;
    }
    Ok(candidate)
}

/// Places a hold or reports, waits until it is effective, and has it released, or leaves it standing.
async fn on_safety(work: Work, event: Event, mut chance: Chance, round: u64) -> anyhow::Result<()> {
    for turn in 0.. {
        sleep(Duration::from_millis(chance.below(150))).await;
        if !work.goes_on() {
            break;
        }
        let words = format!("round {round}, turn {turn}");
        let holds = if chance.below(3) == 0 {
            event.anew(&words).send().await.context("report")?.holds
        } else {
            vec![work.people.place_hold(&words).await.context("place a hold")?]
        };
        for hold in &holds {
            work.people.effective(&hold.hold).await?;
        }
        sleep(Duration::from_millis(chance.below(60))).await;
        if chance.below(10) < 8 {
            for hold in &holds {
                work.people.release(&hold.hold).await?;
            }
        }
    }
    Ok(())
}

async fn looks(work: Work) -> anyhow::Result<()> {
    while work.goes_on() {
        drop(work.people.standing().await);
        sleep(Duration::from_millis(30)).await;
    }
    Ok(())
}

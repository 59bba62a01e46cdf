//! Where the whole trial is played: people with their clients, the file's outline, the civil clock, and what is known of everyone who
//! plays a subject.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context as _;
use holdpoint_protocol::Protocol;
use jiff::civil::{Date, Time};
use jiff::{Timestamp, ToSpan as _};

use super::hands::Hands;
use super::player::{Player, State};
use crate::client::{Allocation, Desk, SETTLES_WITHIN, settled};
use crate::demo::Options;
use crate::demo::people::People;
use crate::demo::sim::{Fates, Message, Outline};
use crate::demo::time::{instant, zone};
use crate::demo::timeline::Timeline;
use crate::trial_file::{self, TrialFile};

/// The stage.
pub(super) struct Stage {
    pub people: People,
    pub seed: u64,
    /// The story breaks off so many days after the first candidate.
    pub days: Option<u32>,
    pub trial: String,
    pub file: TrialFile,
    pub protocol: Protocol,
    pub outline: Outline,
    pub timeline: Timeline,
    /// Everyone screened, in that order.
    pub players: Vec<Player>,
    pub fates: Fates,
    /// What the laboratory still has to send, by day.
    pub outbox: BTreeMap<Date, Vec<Message>>,
    /// Visits that somebody is expected at, by day.
    pub appointments: BTreeMap<Date, Vec<Appointment>>,
    /// Visits that were looked at once.
    pub seen: BTreeSet<(String, String)>,
    /// Each subject's desk, which counts its attempts through the whole story.
    pub desks: BTreeMap<String, Allocation>,
    /// What happened since the last digest.
    pub tally: BTreeMap<&'static str, u64>,
    /// Machine milliseconds from the sending of each report to the answer or poll that showed its hold effective.
    pub report_to_effective_ms: Vec<u64>,
    hands: Hands,
    desk: Desk,
    /// How many acts had been begun when everybody had heard everything.
    heard: AtomicU64,
}

/// Somebody is expected for an activity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Appointment {
    pub subject: String,
    pub activity: String,
    /// The moment, where the file asks to the minute.
    pub at: Option<Timestamp>,
}

impl Stage {
    pub fn new(desk: &Desk, hands: Hands, options: &Options) -> anyhow::Result<Self> {
        let file = trial_file::read(&options.trial)?;
        let protocol = file.protocol()?;
        let mut outline = Outline::of(&protocol);
        outline.size = options.size.map_or(outline.size, |size| size.min(outline.size));
        Ok(Self {
            people: People::arrive(desk)?,
            seed: options.seed,
            days: options.days,
            trial: protocol.id.to_string(),
            fates: Fates::new(options.seed, outline.expected.clone()),
            timeline: Timeline::with_progress(options.quiet, u64::from(outline.size) * 2),
            file,
            protocol,
            outline,
            players: Vec::new(),
            outbox: BTreeMap::new(),
            appointments: BTreeMap::new(),
            seen: BTreeSet::new(),
            desks: BTreeMap::new(),
            tally: BTreeMap::new(),
            report_to_effective_ms: Vec::new(),
            hands,
            desk: desk.clone(),
            heard: AtomicU64::new(u64::MAX),
        })
    }

    /// The civil moment it is.
    pub fn now(&self) -> Timestamp {
        self.hands.now()
    }

    /// The day it is at the site.
    pub fn today(&self) -> Date {
        self.now().to_zoned(zone()).date()
    }

    /// Moves civil time on to an hour of a day, once everybody has heard everything that happened before. An hour that has passed
    /// leaves the clock where it is. What comes due with a new day is done and heard before anybody acts on that day.
    pub async fn at(&mut self, day: Date, hour: Time) -> anyhow::Result<()> {
        self.hush().await.with_context(|| format!("before {day} {hour}"))?;
        let (before, to) = (self.today(), instant(day.to_datetime(hour))?.max(self.now()));
        self.hands.set(to)?;
        self.timeline.at(to);
        if self.today() == before {
            return Ok(());
        }
        self.heard.store(u64::MAX, Ordering::Relaxed);
        self.hush().await.with_context(|| format!("as {day} begins"))
    }

    /// Moves civil time on by minutes.
    pub async fn later(&mut self, minutes: i64) -> anyhow::Result<()> {
        self.hush().await?;
        self.hands.set(self.now().checked_add(minutes.minutes())?)?;
        self.timeline.at(self.now());
        Ok(())
    }

    /// Waits until everybody has heard everything, without moving time. Where nobody did anything since, everybody has.
    pub async fn hush(&self) -> anyhow::Result<()> {
        let acts = self.desk.acts();
        if self.heard.load(Ordering::Relaxed) != acts {
            settled(&self.people.auditor, SETTLES_WITHIN).await?;
            self.heard.store(acts, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Counts something for the digest.
    pub fn count(&mut self, what: &'static str, many: usize) {
        if many > 0 {
            *self.tally.entry(what).or_default() += many as u64;
        }
    }

    /// The player of a subject.
    pub fn player(&self, subject: &str) -> anyhow::Result<&Player> {
        let found = self.players.iter().find(|player| player.id == subject);
        found.with_context(|| format!("nobody plays {subject}"))
    }

    /// The player of a subject, to change.
    pub fn player_mut(&mut self, subject: &str) -> anyhow::Result<&mut Player> {
        let found = self.players.iter_mut().find(|player| player.id == subject);
        found.with_context(|| format!("nobody plays {subject}"))
    }

    /// Whether the subject was allocated and neither died nor left.
    pub fn is_treated(&self, subject: &str) -> bool {
        self.player(subject).is_ok_and(|player| matches!(player.state, State::In(_)))
    }

    /// The day of the last allocation.
    pub fn last_allocated(&self) -> Option<Date> {
        self.players.iter().filter_map(Player::allocation).map(|place| place.on).max()
    }

    /// How many are allocated.
    pub fn allocated(&self) -> usize {
        self.players.iter().filter(|player| player.allocation().is_some()).count()
    }
}

//! What the trial file says of cohorts and of first doses, asked with all that safety has: whether a subject may be
//! allocated or begun, and whether a group may open. protocols README, sentence 41; `eval::escalation` decides.
//! What restrains counts every permit that is not void; what frees counts only what was told and judged.

use std::collections::{BTreeMap, BTreeSet};

use holdpoint_protocol::Protocol;
use holdpoint_protocol::eval::escalation::{self as eval, Lacks, Level, Progress};
use holdpoint_protocol::ids::CohortId as FileCohort;
use holdpoint_protocol::model::{Escalation, Role};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::chart::SubjectFile;
use super::progress::{about_to_enter, first_doses, stays};
use crate::domain::adverse_event::AdverseEvent;
use crate::domain::board::Opening;
use crate::domain::ids::{CohortId, SubjectId};
use crate::domain::ledger::doses;

/// All that a trial's escalation is judged by.
#[derive(Debug)]
pub struct Groups<'a> {
    /// The file.
    pub protocol: &'a Protocol,
    /// Every subject of the trial.
    pub files: &'a BTreeMap<SubjectId, SubjectFile>,
    /// Every adverse event of the trial.
    pub events: &'a [AdverseEvent],
    /// The decisions that let a cohort open.
    pub opened: &'a [Opening],
    /// The calendars of the trial's sites. A span is over when it is over in each of them.
    pub zones: &'a [TimeZone],
    /// The moment asked about.
    pub now: Timestamp,
}

/// Why a subject is not allocated or begun, or a group does not open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotYet {
    /// In sentences.
    pub why: String,
    /// When time alone will have mended it.
    pub earliest: Option<Timestamp>,
    /// Another subject's first dose is too near; the cohort is open.
    pub stagger: bool,
}

impl NotYet {
    fn cohort(why: impl Into<String>, lacks: Lacks) -> Self {
        let words = [vec![why.into()], lacks.words].concat();
        Self { why: words.join("; "), earliest: lacks.earliest, stagger: false }
    }
}

/// One cohort as people ask about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CohortStands {
    /// The cohort.
    pub cohort: CohortId,
    /// Subjects that hold a place.
    pub placed: u32,
    /// Subjects that were begun.
    pub started: u32,
    /// The most that it takes at this moment; none without a limit.
    pub most: Option<u32>,
}

/// Whether the file says anything that a permit must be judged by beside holds.
pub fn is_grouped(protocol: &Protocol) -> bool {
    protocol.escalation.is_some() || protocol.stagger.is_some() || !protocol.cohorts.is_empty()
}

impl Groups<'_> {
    /// Whether a subject may be allocated to each of these cohorts.
    pub fn may_allocate(&self, subject: &SubjectId, cohorts: &BTreeSet<CohortId>) -> Result<(), NotYet> {
        if self.protocol.escalation.is_some() && cohorts.is_empty() {
            return Err(NotYet::cohort("the allocation does not say to which cohort", Lacks::default()));
        }
        let progress = self.progress();
        for cohort in cohorts {
            let Some(own) = self.of_file(cohort) else {
                return Err(NotYet::cohort(format!("the file has no cohort {cohort}"), Lacks::default()));
            };
            self.is_open(&progress, &own)?;
            let escalation = self.protocol.escalation.as_ref();
            let most = eval::places(escalation, &self.protocol.cohorts, &progress, &own);
            let placed = self.placed(cohort, Some(subject));
            if let Some(most) = most.filter(|most| placed >= *most) {
                let why = format!("cohort {cohort} is full: {placed} of {most} places are taken");
                return Err(NotYet::cohort(why, Lacks::default()));
            }
        }
        Ok(())
    }

    /// Whether the first dose of a subject may be given. `cohorts` is where either side believes it to be: unknown, or
    /// two of them, is in no open cohort.
    pub fn may_begin(&self, subject: &SubjectId, cohorts: &BTreeSet<CohortId>) -> Result<(), NotYet> {
        if self.protocol.escalation.is_some() {
            let own = match (cohorts.len(), cohorts.first()) {
                (1, Some(only)) => self.of_file(only),
                _ => None,
            };
            let Some(own) = own else {
                let why = format!("it is not certain in which cohort {subject} is");
                return Err(NotYet::cohort(why, Lacks::default()));
            };
            self.is_open(&self.progress(), &own)?;
        }
        let others = self.first_doses_of_others(subject);
        for zone in self.zones {
            let stagger = self.protocol.stagger.as_ref();
            if let Err(why) = eval::first_dose(stagger, None, None, &others, self.now, zone) {
                return Err(NotYet { why, earliest: self.next_first_dose(subject), stagger: true });
            }
        }
        Ok(())
    }

    /// Whether this party's decision may let a cohort open. Answers the parties whose decision it still waits for.
    pub fn may_open(&self, cohort: &CohortId, party: Role) -> Result<Vec<Role>, NotYet> {
        let nothing = |why: String| NotYet::cohort(why, Lacks::default());
        let Some(escalation) = &self.protocol.escalation else {
            return Err(nothing("the trial file has no escalation: no cohort is opened".to_owned()));
        };
        let place = escalation.order.iter().position(|one| one.as_str() == cohort.as_str());
        let Some(own) = place.and_then(|place| escalation.order.get(place)).cloned() else {
            let all: Vec<&str> = escalation.order.iter().map(FileCohort::as_str).collect();
            return Err(nothing(format!("the file's escalation goes through {}", all.join(", "))));
        };
        if place == Some(0) {
            return Err(nothing(format!("cohort {cohort}, the first, is open from the activation on")));
        }
        if !eval::deciders(escalation, &own).contains(&party) {
            let parties: Vec<&str> = eval::deciders(escalation, &own).into_iter().map(Role::as_str).collect();
            return Err(nothing(format!("cohort {cohort} is decided on by {}", parties.join(", "))));
        }
        let progress = self.progress();
        if progress.decided.get(&own).is_some_and(|decided| decided.contains(&party)) {
            return Err(nothing(format!("the {party} has decided on cohort {cohort} before")));
        }
        let mut undecided = vec![];
        for zone in self.zones {
            undecided = self.waits_for(escalation, &progress, &own, zone)?;
        }
        Ok(undecided.into_iter().filter(|role| *role != party).collect())
    }

    /// The parties that a cohort waits for, where nothing else is lacking.
    fn waits_for(
        &self,
        escalation: &Escalation,
        progress: &Progress,
        own: &FileCohort,
        zone: &TimeZone,
    ) -> Result<Vec<Role>, NotYet> {
        match eval::level(escalation, &self.protocol.cohorts, progress, self.now, zone) {
            Level::Deciding { next, roles } if next == *own => Ok(roles),
            Level::Deciding { next, .. } => {
                Err(NotYet::cohort(format!("cohort {next} opens before cohort {own}"), Lacks::default()))
            }
            Level::Stopped { at, .. } => {
                let why = format!("the escalation was stopped at cohort {at} by its toxicities");
                Err(NotYet::cohort(why, Lacks::default()))
            }
            Level::Complete => Err(NotYet::cohort("every cohort is done", Lacks::default())),
            Level::Open(at) | Level::Observing { cohort: at, .. } if at == *own => {
                Err(NotYet::cohort(format!("cohort {own} is open already"), Lacks::default()))
            }
            Level::Open(at) | Level::Observing { cohort: at, .. } => {
                let lacks = eval::lacks(escalation, &self.protocol.cohorts, progress, &at, self.now, zone);
                Err(NotYet::cohort(format!("cohort {own} cannot open"), lacks))
            }
        }
    }

    /// Whether a cohort takes subjects at this moment, in the calendar of every site.
    fn is_open(&self, progress: &Progress, own: &FileCohort) -> Result<(), NotYet> {
        let Some(escalation) = &self.protocol.escalation else { return Ok(()) };
        let cohorts = &self.protocol.cohorts;
        for zone in self.zones {
            let level = eval::level(escalation, cohorts, progress, self.now, zone);
            if level == Level::Open(own.clone()) {
                continue;
            }
            let at = at(&level).cloned();
            let lacks = at
                .map(|at| eval::lacks(escalation, cohorts, progress, &at, self.now, zone))
                .unwrap_or_default();
            return Err(NotYet::cohort(format!("cohort {own} is not open: {}", in_words(&level)), lacks));
        }
        Ok(())
    }

    /// Where the escalation stands, with what the cohort that is open or observed lacks; none without escalation.
    pub fn stands(&self) -> Option<(Level, Lacks)> {
        let escalation = self.protocol.escalation.as_ref()?;
        let progress = self.progress();
        let cohorts = &self.protocol.cohorts;
        let zone = self.zones.first()?;
        let level = eval::level(escalation, cohorts, &progress, self.now, zone);
        let lacks = at(&level).map(|at| eval::lacks(escalation, cohorts, &progress, at, self.now, zone));
        Some((level.clone(), lacks.unwrap_or_default()))
    }

    /// Every cohort of the file with its places.
    pub fn cohorts(&self) -> Vec<CohortStands> {
        let progress = self.progress();
        let escalation = self.protocol.escalation.as_ref();
        let of_one = |own: &FileCohort| {
            let cohort = CohortId::from(own.as_str());
            let started = progress.treated.get(own).map_or(0, Vec::len);
            CohortStands {
                placed: self.placed(&cohort, None),
                started: u32::try_from(started).unwrap_or(u32::MAX),
                most: eval::places(escalation, &self.protocol.cohorts, &progress, own),
                cohort,
            }
        };
        self.protocol.cohorts.ids().map(of_one).collect()
    }

    /// From when on the first dose of this subject may be given, as far as the others' first doses say.
    pub fn next_first_dose(&self, subject: &SubjectId) -> Option<Timestamp> {
        let others = self.first_doses_of_others(subject);
        let stagger = self.protocol.stagger.as_ref();
        self.zones.iter().filter_map(|zone| eval::earliest_first_dose(stagger, &others, zone)).max()
    }

    /// Whether a subject was begun in the cohort it is in. A later dose of whom safety knows no earlier one may be the first.
    pub fn has_begun(&self, subject: &SubjectId) -> bool {
        let file = self.files.get(subject);
        file.is_some_and(|file| match stays(file).last() {
            Some(stay) => !stay.begun.is_empty(),
            None => !doses(&file.permits).is_empty(),
        })
    }

    fn first_doses_of_others(&self, subject: &SubjectId) -> Vec<Timestamp> {
        let others = self.files.iter().filter(|(other, _)| *other != subject);
        others.flat_map(|(_, file)| first_doses(file)).collect()
    }

    /// Subjects that hold a place in a cohort: begun, or allocated and still to be begun, or about to be allocated.
    fn placed(&self, cohort: &CohortId, without: Option<&SubjectId>) -> u32 {
        let holds = |(subject, file): &(&SubjectId, &SubjectFile)| {
            let stay = stays(file).into_iter().find(|stay| stay.cohort == *cohort);
            let stays = stay.is_some_and(|stay| !stay.begun.is_empty() || !file.subject.is_over());
            Some(*subject) != without && (stays || about_to_enter(file).contains(cohort))
        };
        u32::try_from(self.files.iter().filter(holds).count()).unwrap_or(u32::MAX)
    }
}

/// The cohort at which the escalation stands.
fn at(level: &Level) -> Option<&FileCohort> {
    match level {
        Level::Open(at) | Level::Observing { cohort: at, .. } => Some(at),
        Level::Deciding { .. } | Level::Stopped { .. } | Level::Complete => None,
    }
}

/// Where an escalation stands, in words.
fn in_words(level: &Level) -> String {
    match level {
        Level::Open(at) => format!("cohort {at} takes subjects"),
        Level::Observing { cohort, .. } => format!("cohort {cohort} is full or observed"),
        Level::Deciding { next, roles } => {
            let roles: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
            format!("cohort {next} waits for the decision of {}", roles.join(", "))
        }
        Level::Stopped { at, .. } => format!("the escalation was stopped at cohort {at}"),
        Level::Complete => "every cohort is done".to_owned(),
    }
}

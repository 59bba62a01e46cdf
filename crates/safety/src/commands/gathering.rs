//! Gathers what the trial file is asked with: the version that a subject is under, all that safety has of one subject or
//! of every subject of a trial, and what an escalation is judged by.

use std::collections::BTreeMap;
use std::sync::Arc;

use holdpoint_chassis::error::{Error, Result};
use holdpoint_journal::{Stored, Tx};
use holdpoint_protocol::Protocol;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::ctx::Ctx;
use crate::domain::adverse_event::AdverseEvent;
use crate::domain::board::{Decision, Opening};
use crate::domain::ids::{SubjectId, TrialId};
use crate::domain::permit::Permit;
use crate::error::NO_PROTOCOL;
use crate::rules::{Groups, SubjectFile};
use crate::store::{SiteRow, Subject, Trial};

/// Why the rules of a trial cannot be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unasked {
    /// Safety has heard of no active version.
    NotKnown,
    /// The version cannot be read by this program, and why.
    Unreadable(String),
}

/// The protocol that a subject is under: the version consented to, else the one activated last. Or why there is none.
pub async fn readable(
    ctx: &Ctx,
    tx: &Tx,
    trial: &TrialId,
    subject: Option<&Subject>,
) -> Result<std::result::Result<Arc<Protocol>, Unasked>> {
    let rows = ctx.protocols.of_trial(tx, trial).await?;
    let consented = subject.and_then(|subject| subject.protocol.as_ref());
    let own = rows.iter().find(|row| Some(&row.digest) == consented);
    let Some(row) = own.or_else(|| rows.iter().max_by_key(|row| row.at)) else {
        return Ok(Err(Unasked::NotKnown));
    };
    Ok(ctx.protocols.parsed(row).map_err(Unasked::Unreadable))
}

/// The same, where nothing can be done without it.
pub async fn protocol(ctx: &Ctx, trial: &Trial<'_>, subject: Option<&Subject>) -> Result<Arc<Protocol>> {
    match readable(ctx, trial.tx, &trial.id, subject).await? {
        Ok(protocol) => Ok(protocol),
        Err(Unasked::NotKnown) => {
            Err(NO_PROTOCOL.refuse(format!("trial {} has no active protocol", trial.id)).into())
        }
        Err(Unasked::Unreadable(words)) => Err(Error::fault(anyhow::anyhow!(words))),
    }
}

/// All that safety has of a subject.
pub async fn subject_file(trial: &Trial<'_>, subject: &SubjectId) -> Result<SubjectFile> {
    let known = trial.subject(subject).await?.map(|stored| stored.value);
    let copy = known.unwrap_or_else(|| Subject::unknown(trial.id.clone(), subject.clone()));
    let sites: Vec<Stored<SiteRow>> = trial.tx.find(&[("trial", trial.id.as_str())]).await?;
    let site = sites.into_iter().find(|known| Some(&known.site) == copy.site.as_ref());
    let permits =
        trial.permits_of(subject).await?.into_iter().map(|permit| permit.value).collect::<Vec<Permit>>();
    let zone = site.map_or(TimeZone::UTC, |site| zone(&site));
    Ok(SubjectFile { subject: copy, permits, zone })
}

fn zone(site: &SiteRow) -> TimeZone {
    TimeZone::get(&site.time_zone).unwrap_or(TimeZone::UTC)
}

/// The same of every subject of the trial that was screened or was ever given a permit.
pub async fn subject_files(tx: &Tx, trial: &TrialId) -> Result<BTreeMap<SubjectId, SubjectFile>> {
    let of_trial = [("trial", trial.as_str())];
    let sites: Vec<Stored<SiteRow>> = tx.find(&of_trial).await?;
    let zones: BTreeMap<_, _> = sites.iter().map(|site| (site.site.clone(), zone(site))).collect();
    let mut files = BTreeMap::new();
    for copy in tx.find::<Subject>(&of_trial).await? {
        let at = copy.site.as_ref().and_then(|site| zones.get(site));
        let zone = at.cloned().unwrap_or(TimeZone::UTC);
        let file = SubjectFile { subject: copy.value.clone(), permits: vec![], zone };
        files.insert(copy.value.subject, file);
    }
    for permit in tx.find::<Permit>(&of_trial).await? {
        let subject = permit.asked.placement.subject.clone();
        let file =
            files.entry(subject.clone()).or_insert_with(|| SubjectFile::unknown(trial.clone(), subject));
        file.permits.push(permit.value);
    }
    Ok(files)
}

/// What an escalation is judged by, beside the file and the moment.
#[derive(Debug)]
pub struct Grouped {
    /// Every subject.
    pub files: BTreeMap<SubjectId, SubjectFile>,
    /// Every adverse event.
    pub events: Vec<AdverseEvent>,
    /// The decisions that let a cohort open.
    pub opened: Vec<Opening>,
    /// The calendars of the sites, each once; UTC where none is known.
    pub zones: Vec<TimeZone>,
}

impl Grouped {
    /// The same as the trial file is asked about it.
    pub fn of<'a>(&'a self, protocol: &'a Protocol, now: Timestamp) -> Groups<'a> {
        let Self { files, events, opened, zones } = self;
        Groups { protocol, files, events, opened, zones, now }
    }
}

/// Gathers it.
pub async fn grouped(tx: &Tx, trial: &TrialId) -> Result<Grouped> {
    let of_trial = [("trial", trial.as_str())];
    let sites: Vec<Stored<SiteRow>> = tx.find(&of_trial).await?;
    let mut zones: Vec<TimeZone> = vec![];
    for zone in sites.iter().map(|site| zone(site)) {
        if !zones.contains(&zone) {
            zones.push(zone);
        }
    }
    if zones.is_empty() {
        zones.push(TimeZone::UTC);
    }
    let decisions: Vec<Stored<Decision>> = tx.find(&of_trial).await?;
    let events: Vec<Stored<AdverseEvent>> = tx.find(&of_trial).await?;
    Ok(Grouped {
        files: subject_files(tx, trial).await?,
        events: events.into_iter().map(|event| event.value).collect(),
        opened: decisions.into_iter().filter_map(|decision| decision.value.opens).collect(),
        zones,
    })
}

//! Treatment visits: the infusions that dosing plans. Dosing moves, cancels and gives them; followup shows them in the
//! subject's calendar, and they are the only visits that a hold freezes and that end with treatment (Protocol 4.5, 7.3).

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::fmt::serde::timestamp::microsecond as micros;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::subject::Subject;
use super::visit::Standing;

/// The activity of every treatment visit.
pub const ACTIVITY: &str = "infusion";

/// An infusion as dosing plans it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Infusion {
    /// The regimen of the file.
    pub regimen: String,
    /// 1 to the regimen's `times`.
    pub number: u32,
    /// The day it is meant for.
    #[serde(with = "micros::required")]
    pub due: Timestamp,
    /// From when on it may start.
    #[serde(with = "micros::required")]
    pub earliest: Timestamp,
    /// Until when it is on time; none where nothing limits it.
    #[serde(with = "micros::optional")]
    pub latest: Option<Timestamp>,
    /// Taken off the plan, and why.
    pub canceled: Option<String>,
}

/// A treatment visit as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreatmentVisit {
    /// `<regimen>/infusion/<number>`.
    pub id: String,
    /// The infusion.
    pub infusion: Infusion,
    /// How it stands. It is never missed by the calendar: a late dose is dosing's to move.
    pub standing: Standing,
}

/// Every treatment visit of a subject, in the order of regimen and number.
pub fn visits(subject: &Subject, zone: &TimeZone) -> Vec<TreatmentVisit> {
    let mut all: Vec<TreatmentVisit> = subject
        .infusions
        .iter()
        .map(|(id, infusion)| TreatmentVisit {
            id: name(infusion),
            infusion: infusion.clone(),
            standing: standing(subject, id, infusion, zone),
        })
        .collect();
    all.sort_by(|a, b| {
        (&a.infusion.regimen, a.infusion.number).cmp(&(&b.infusion.regimen, b.infusion.number))
    });
    all
}

/// `msc/infusion/2`.
pub fn name(infusion: &Infusion) -> String {
    format!("{}/{ACTIVITY}/{}", infusion.regimen, infusion.number)
}

fn standing(subject: &Subject, id: &str, infusion: &Infusion, zone: &TimeZone) -> Standing {
    let starts = subject.starts.iter().filter(|(_, start)| start.infusion == id && !start.void);
    if let Some((permit, start)) = starts.min_by_key(|(_, start)| start.at) {
        return Standing::Done { on: day(start.at, zone), record: permit.as_str().into() };
    }
    match infusion.canceled.clone().or_else(|| subject.treatment_over()) {
        Some(why) => Standing::Canceled { why },
        None => Standing::Scheduled,
    }
}

/// The site's day of a moment.
pub fn day(at: Timestamp, zone: &TimeZone) -> Date {
    at.to_zoned(zone.clone()).date()
}

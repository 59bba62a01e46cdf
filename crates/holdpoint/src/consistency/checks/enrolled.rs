//! Who was allocated: consented before, eligible at that moment, once, and under a permit of safety.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{TimeZone, offset};

use super::Found;
use crate::consistency::picture::{Allocated, Picture};

/// One allocation and what is wrong with it, where anything is.
fn each(picture: &Picture, wrong: impl Fn(&Allocated) -> Option<String>) -> (usize, Found) {
    let found = picture.allocations.iter().filter_map(|one| Some((one.subject.clone(), wrong(one)?)));
    (picture.allocations.len(), found.collect())
}

pub(super) fn consent(picture: &Picture) -> (usize, Found) {
    each(picture, |one| {
        let latest = one.at.map(latest_day);
        let before = |consent: &Date| latest.is_none_or(|latest| *consent <= latest);
        match one.consents.iter().min() {
            Some(first) if before(first) => None,
            Some(first) => Some(format!("consented on {first}, after the randomization")),
            None => Some("is randomized, and no consent is recorded".to_owned()),
        }
    })
}

/// The latest day it can be at any site: consents are dated by the site's day, which may be ahead of UTC's.
fn latest_day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::fixed(offset(14))).date()
}

pub(super) fn eligible(picture: &Picture) -> (usize, Found) {
    each(picture, |one| match (one.eligible, one.against.is_empty()) {
        (true, true) => None,
        (_, false) => Some(format!("was randomized and not eligible: {}", one.against.join(", "))),
        (false, true) => Some("was randomized and not eligible: no judgement".to_owned()),
    })
}

/// Somebody may be treated again in a further cohort, and in none twice. Of two that share what only one can have the later
/// one is told.
pub(super) fn once(picture: &Picture) -> (usize, Found) {
    let mut found = Vec::new();
    for (at, one) in picture.allocations.iter().enumerate() {
        let before = &picture.allocations[..at];
        let place = |other: &&Allocated| shares_place(picture, other, one);
        if before.iter().any(|other| other.subject == one.subject && other.cohort == one.cohort) {
            found.push((one.subject.clone(), "was randomized twice".to_owned()));
        } else if let Some(other) = before.iter().find(place) {
            let (number, subject) = (one.place.1, &other.subject);
            found
                .push((one.subject.clone(), format!("has place {number} of the list, which is {subject}'s")));
        }
    }
    (picture.allocations.len(), found)
}

fn shares_place(picture: &Picture, one: &Allocated, other: &Allocated) -> bool {
    let along = !picture.chosen || one.arm == other.arm;
    along && one.place.1 > 0 && one.place == other.place && one.cohort == other.cohort
}

pub(super) fn allocation(picture: &Picture) -> (usize, Found) {
    each(picture, |one| match picture.permits.get(&one.permit) {
        Some(permit) if permit.subject != one.subject => {
            Some(format!("was randomized under the permit of {}", permit.subject))
        }
        Some(permit) if !permit.infusion.is_empty() => {
            Some("was randomized under the permit of an infusion".to_owned())
        }
        Some(permit) if permit.state == "void" => Some("was randomized under a void permit".to_owned()),
        Some(_) => None,
        None => Some("was randomized without a permit that safety knows".to_owned()),
    })
}

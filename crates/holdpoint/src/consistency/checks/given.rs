//! What was given: to whom that was randomized, under a permit, of a lot released, on a weight. A start that nobody confirmed
//! counts as given.

use super::Found;
use crate::consistency::picture::{Given, Picture, Stocked};

/// Each infusion of those asked about, and what is wrong with it, where anything is.
fn each<'a>(
    infusions: impl Iterator<Item = &'a Given>,
    wrong: impl Fn(&Given) -> Option<String>,
) -> (usize, Found) {
    let (mut looked_at, mut found) = (0, Vec::new());
    for one in infusions {
        looked_at += 1;
        found.extend(wrong(one).map(|what| told(one, &what)));
    }
    (looked_at, found)
}

pub(super) fn told(one: &Given, what: &str) -> (String, String) {
    (one.subject.clone(), format!("dose {} {what}", one.number))
}

pub(super) fn randomized(picture: &Picture) -> (usize, Found) {
    each(picture.infusions.iter(), |one| {
        let mut allocations =
            picture.allocations.iter().filter(|other| other.subject == one.subject).peekable();
        if allocations.peek().is_none() {
            return Some("was started, and enrollment knows no allocation of the subject".to_owned());
        }
        let before =
            allocations.any(|other| other.at.zip(one.started_at).is_none_or(|(at, start)| at <= start));
        (!before).then(|| "was started before the subject was randomized".to_owned())
    })
}

pub(super) fn permit(picture: &Picture) -> (usize, Found) {
    each(picture.infusions.iter(), |one| {
        let shares = |other: &&Given| other.infusion != one.infusion && other.permit == one.permit;
        match picture.permits.get(&one.permit) {
            None => Some("started without a permit that safety knows".to_owned()),
            Some(permit) if permit.subject != one.subject || permit.infusion != one.infusion => {
                Some(format!("started under a permit for another start, of {}", permit.subject))
            }
            Some(permit) if permit.state == "void" => Some("started under a void permit".to_owned()),
            Some(_) if picture.infusions.iter().any(|other| shares(&other)) => {
                Some("shares its permit with another start".to_owned())
            }
            Some(_) => None,
        }
    })
}

/// A quarantine is for good and forgets the release: what was started before it rests on the release that its order names.
pub(super) fn lot(picture: &Picture) -> (usize, Found) {
    each(picture.infusions.iter(), |one| {
        if one.lot.is_empty() {
            return Some("names no lot".to_owned());
        }
        let is_of = format!("is of lot {}", one.lot);
        let Some(lot) = picture.lots.get(&one.lot) else {
            return Some(format!("{is_of}, which dosing does not know"));
        };
        if !usable(lot, &picture.trial, one) {
            return Some(format!("{is_of}, which is {} and not released for the trial", lot.state));
        }
        let released = one.lot_released_at.zip(one.started_at).map(|(released, started)| released <= started);
        (!released.unwrap_or_default()).then(|| format!("{is_of}, which was not released before"))
    })
}

fn usable(lot: &Stocked, trial: &str, one: &Given) -> bool {
    match lot.state.as_str() {
        "quarantined" => {
            lot.quarantined_at.zip(one.started_at).is_some_and(|(since, started)| started <= since)
        }
        _ => lot.released_for.iter().any(|released| released == trial),
    }
}

pub(super) fn weight(picture: &Picture) -> (usize, Found) {
    each(picture.infusions.iter().filter(|one| one.by_weight), |one| {
        if one.weight.is_empty() {
            return Some("has no weight".to_owned());
        }
        let Some(known) = picture.weights.get(&one.weight) else {
            return Some("rests on a weight that dosing does not know".to_owned());
        };
        if known.subject != one.subject {
            return Some(format!("rests on a weight of {}", known.subject));
        }
        if (&known.kilograms, known.measured_at) != (&one.kilograms, one.weight_measured_at) {
            return Some("rests on a weight that is another than its order says".to_owned());
        }
        let before = known.measured_at.zip(one.started_at).map(|(measured, started)| measured <= started);
        (!before.unwrap_or_default()).then(|| "was reckoned from a weight measured after it".to_owned())
    })
}

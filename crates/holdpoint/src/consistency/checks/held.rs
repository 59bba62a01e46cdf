//! What was stopped: every hold reached everybody, every serious event met the rules, and under a hold nothing began.

use jiff::Timestamp;

use super::Found;
use super::given::told;
use crate::consistency::picture::{Allocated, Covers, Given, Held, Permitted, Picture};

pub(super) fn hold(picture: &Picture) -> (usize, Found) {
    let wrong = picture.holds.iter().filter(|hold| !hold.unchecked.is_empty()).map(|hold| {
        let subject = match &hold.covers {
            Covers::Subject(subject) => subject.clone(),
            _ => String::new(),
        };
        let unchecked = hold.unchecked.join(", ");
        (subject, format!("hold {} ({}) was not checked by {unchecked}", hold.hold, hold.reason))
    });
    (picture.holds.len(), wrong.collect())
}

pub(super) fn verdict(picture: &Picture) -> (usize, Found) {
    let serious: Vec<_> = picture.adverse_events.iter().filter(|event| event.serious != "false").collect();
    let wrong = serious.iter().filter(|event| event.unruled || event.verdicts == 0).map(|event| {
        (event.subject.clone(), format!("the serious event {} has no verdict", event.adverse_event))
    });
    (serious.len(), wrong.collect())
}

/// Nothing that a hold stops began between its effect and its release, and none of it was permitted from its placing on. What
/// was permitted before and told as in flight may be confirmed later: it began when it began.
pub(super) fn interval(picture: &Picture) -> (usize, Found) {
    let mut wrong = Vec::new();
    for hold in &picture.holds {
        let started = picture.infusions.iter().filter_map(|one| Some((one, dose(hold, picture, one)?)));
        wrong.extend(started.map(|(one, what)| told(one, &format!("was {what} under hold {}", hold.hold))));
        let drawn = picture.allocations.iter().filter_map(|one| Some((one, allocation(hold, picture, one)?)));
        wrong.extend(
            drawn.map(|(one, what)| (one.subject.clone(), format!("was {what} under hold {}", hold.hold))),
        );
    }
    (picture.holds.len(), wrong)
}

/// What was done to a dose under the hold, if anything was.
fn dose(hold: &Held, picture: &Picture, one: &Given) -> Option<&'static str> {
    let permit = picture.permits.get(&one.permit);
    let first = permit.map_or(one.number == 1, |permit| permit.first_dose);
    let stops = hold.stops_doses || (hold.stops_first_doses && first);
    let known = hold.in_flight.contains(&one.infusion);
    if !stops || !covers(hold, picture, &one.subject) {
        return None;
    }
    began(hold, permit, one.started_at.filter(|_| !known), "started")
}

/// The same of an allocation.
fn allocation(hold: &Held, picture: &Picture, one: &Allocated) -> Option<&'static str> {
    let known = hold.in_flight.contains(&one.permit);
    if !hold.stops_allocation || !covers(hold, picture, &one.subject) {
        return None;
    }
    began(hold, picture.permits.get(&one.permit), one.at.filter(|_| !known), "randomized")
}

fn began(
    hold: &Held,
    permit: Option<&Permitted>,
    at: Option<Timestamp>,
    what: &'static str,
) -> Option<&'static str> {
    if under(hold.effective_at, hold, at) {
        return Some(what);
    }
    let issued = permit.and_then(|permit| permit.issued_at);
    under(hold.placed_at, hold, issued).then_some("permitted")
}

/// Between a moment of the hold and its release. Civil time does not tell the order within one moment.
fn under(from: Option<Timestamp>, hold: &Held, at: Option<Timestamp>) -> bool {
    let (Some(from), Some(at)) = (from, at) else { return false };
    at > from && hold.released_at.is_none_or(|released| at < released)
}

/// A subject whose arm or site nobody knows counts as covered.
fn covers(hold: &Held, picture: &Picture, subject: &str) -> bool {
    let is = |of: fn(&Allocated) -> &String, wanted: &String| {
        let mut known = picture.allocations.iter().filter(|one| one.subject == subject).peekable();
        known.peek().is_none() || known.any(|one| of(one) == wanted)
    };
    match &hold.covers {
        Covers::Trial => true,
        Covers::Site(site) => is(|one| &one.site, site),
        Covers::Arm(arm) => is(|one| &one.arm, arm),
        Covers::Cohort(cohort) => is(|one| &one.cohort, cohort),
        Covers::Subject(wanted) => wanted == subject,
    }
}

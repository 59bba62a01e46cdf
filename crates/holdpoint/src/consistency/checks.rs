//! The checks: each a pure function over the picture, each answers how much it looked at and what does not fit.

use jiff::Timestamp;

use super::picture::{Allocated, Covers, Given, Held, Picture};

/// What a check found: the subject, and what is wrong.
type Found = Vec<(String, String)>;

/// One check.
pub struct Check {
    /// "consent"
    pub name: &'static str,
    /// What must be so.
    pub must: &'static str,
    /// Looks at a picture: how many things, and those that do not fit.
    pub run: fn(&Picture) -> (usize, Found),
}

/// Every check, in the order of the page.
pub const CHECKS: &[Check] = &[
    Check { name: "consent", must: "every randomized subject consented on that day or before", run: consent },
    Check {
        name: "eligible",
        must: "every randomized subject was judged eligible at that moment",
        run: eligible,
    },
    Check {
        name: "allocation",
        must: "every allocation has a permit of safety for that subject",
        run: allocation,
    },
    Check {
        name: "permit",
        must: "every infusion has a permit of safety for it, and each its own",
        run: permit,
    },
    Check { name: "lot", must: "every infusion is of a lot released for the trial before", run: lot },
    Check { name: "weight", must: "every infusion reckoned by weight has one, measured before", run: weight },
    Check { name: "hold", must: "every hold was checked by all four other services", run: hold },
    Check { name: "verdict", must: "every serious event has the verdict of the file's rules", run: verdict },
    Check { name: "interval", must: "every interval under a hold is empty of starts", run: interval },
    Check { name: "cursor", must: "every cursor is at its head, and no row is parked", run: cursor },
];

fn consent(picture: &Picture) -> (usize, Found) {
    let wrong = picture.allocations.iter().filter_map(|one| {
        let day = one.at.map(day);
        let before = one.consents.iter().any(|consent| day.is_none_or(|day| *consent <= day));
        let what = match (one.consents.first(), before) {
            (_, true) => return None,
            (None, _) => "is randomized, and no consent is recorded".to_owned(),
            (Some(first), false) => format!("consented on {first}, after the randomization"),
        };
        Some((one.subject.clone(), what))
    });
    (picture.allocations.len(), wrong.collect())
}

/// The latest day it can be at any site: consents are dated by the site's day, which may be ahead of UTC's.
fn day(at: Timestamp) -> jiff::civil::Date {
    at.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(14))).date()
}

fn eligible(picture: &Picture) -> (usize, Found) {
    let wrong = picture.allocations.iter().filter(|one| !one.eligible || !one.against.is_empty());
    let told = wrong.map(|one| {
        let against = if one.against.is_empty() { "no judgement".to_owned() } else { one.against.join(", ") };
        (one.subject.clone(), format!("was randomized and not eligible: {against}"))
    });
    (picture.allocations.len(), told.collect())
}

fn allocation(picture: &Picture) -> (usize, Found) {
    let wrong = picture.allocations.iter().filter_map(|one| {
        let what = match picture.permits.get(&one.permit).and_then(Option::as_ref) {
            Some(permit) if permit.subject != one.subject => {
                format!("was randomized under the permit of {}", permit.subject)
            }
            Some(permit) if permit.state == "void" => "was randomized under a void permit".to_owned(),
            Some(_) => return None,
            None => "was randomized without a permit that safety knows".to_owned(),
        };
        Some((one.subject.clone(), what))
    });
    (picture.allocations.len(), wrong.collect())
}

fn permit(picture: &Picture) -> (usize, Found) {
    let wrong = picture.infusions.iter().filter_map(|one| {
        let twice = picture.infusions.iter().any(|other| {
            other.infusion != one.infusion && !one.permit.is_empty() && other.permit == one.permit
        });
        let what = match picture.permits.get(&one.permit).and_then(Option::as_ref) {
            None => "started without a permit that safety knows".to_owned(),
            Some(permit) if permit.subject != one.subject || permit.infusion != one.infusion => {
                format!("started under a permit for another start, of {}", permit.subject)
            }
            Some(permit) if permit.state == "void" => "started under a void permit".to_owned(),
            Some(_) if twice => "shares its permit with another start".to_owned(),
            Some(_) => return None,
        };
        Some(told(one, &what))
    });
    (picture.infusions.len(), wrong.collect())
}

fn lot(picture: &Picture) -> (usize, Found) {
    let wrong = picture.infusions.iter().filter_map(|one| {
        let released = picture.lots.get(&one.lot).is_some_and(|trials| trials.contains(&picture.trial));
        let before = match (one.lot_released_at, one.started_at) {
            (Some(released), Some(started)) => released <= started,
            (None, _) => false,
            (_, None) => true,
        };
        let what = match (one.lot.is_empty(), released, before) {
            (true, ..) => "names no lot".to_owned(),
            (_, false, _) => format!("is of lot {}, which is not released for the trial", one.lot),
            (.., false) => format!("is of lot {}, which was not released before", one.lot),
            _ => return None,
        };
        Some(told(one, &what))
    });
    (picture.infusions.len(), wrong.collect())
}

fn weight(picture: &Picture) -> (usize, Found) {
    let asked: Vec<&Given> = picture.infusions.iter().filter(|one| one.by_weight).collect();
    let wrong = asked.iter().filter_map(|one| {
        let late =
            one.weight_measured_at.zip(one.started_at).is_some_and(|(measured, started)| measured > started);
        let what = match (one.weight.is_empty(), one.weight_measured_at, late) {
            (true, ..) | (_, None, _) => "has no weight",
            (.., true) => "was reckoned from a weight measured after it",
            _ => return None,
        };
        Some(told(one, what))
    });
    (asked.len(), wrong.collect())
}

fn told(one: &Given, what: &str) -> (String, String) {
    (one.subject.clone(), format!("dose {} {what}", one.number))
}

fn hold(picture: &Picture) -> (usize, Found) {
    let wrong = picture.holds.iter().filter(|hold| !hold.unchecked.is_empty());
    let told = wrong.map(|hold| {
        let subject = match &hold.covers {
            Covers::Subject(subject) => subject.clone(),
            _ => String::new(),
        };
        (
            subject,
            format!("hold {} ({}) was not checked by {}", hold.hold, hold.reason, hold.unchecked.join(", ")),
        )
    });
    (picture.holds.len(), told.collect())
}

fn verdict(picture: &Picture) -> (usize, Found) {
    let serious: Vec<_> = picture.adverse_events.iter().filter(|event| event.serious != "false").collect();
    let wrong = serious.iter().filter(|event| event.unruled || event.verdicts == 0);
    let told = wrong.map(|event| {
        (event.subject.clone(), format!("the serious event {} has no verdict", event.adverse_event))
    });
    (serious.len(), told.collect())
}

/// Nothing that a hold stops began between its effect and its release. What was permitted before and told as in flight may be
/// confirmed later: it began when it began.
fn interval(picture: &Picture) -> (usize, Found) {
    let mut wrong = Vec::new();
    for hold in &picture.holds {
        for one in picture.infusions.iter().filter(|one| under(hold, one.started_at)) {
            let stops = hold.stops_doses || (hold.stops_first_doses && one.number == 1);
            let known = hold.in_flight.contains(&one.infusion);
            if stops && !known && covers(hold, picture, &one.subject) {
                wrong.push(told(one, &format!("started under hold {}", hold.hold)));
            }
        }
        for one in picture.allocations.iter().filter(|one| under(hold, one.at)) {
            if hold.stops_allocation
                && covers(hold, picture, &one.subject)
                && !hold.in_flight.contains(&one.permit)
            {
                wrong.push((one.subject.clone(), format!("was randomized under hold {}", hold.hold)));
            }
        }
    }
    (picture.holds.len(), wrong)
}

fn under(hold: &Held, at: Option<Timestamp>) -> bool {
    let (Some(effective), Some(at)) = (hold.effective_at, at) else { return false };
    at > effective && hold.released_at.is_none_or(|released| at < released)
}

fn covers(hold: &Held, picture: &Picture, subject: &str) -> bool {
    let is = |of: fn(&Allocated) -> &String, wanted: &String| {
        picture.allocations.iter().any(|one| one.subject == subject && of(one) == wanted)
    };
    match &hold.covers {
        Covers::Trial => true,
        Covers::Site(site) => is(|one| &one.site, site),
        Covers::Arm(arm) => is(|one| &one.arm, arm),
        Covers::Cohort(cohort) => is(|one| &one.cohort, cohort),
        Covers::Subject(wanted) => wanted == subject,
    }
}

fn cursor(picture: &Picture) -> (usize, Found) {
    let behind = picture.behind.iter().map(|behind| (String::new(), behind.to_string()));
    let parked = picture
        .parked
        .iter()
        .map(|(by, of, why)| (String::new(), format!("{by} parked a row of {of}: {why}")));
    (picture.heads, behind.chain(parked).collect())
}

#[cfg(test)]
#[path = "checks_tests.rs"]
mod tests;

//! A subject's chart as the protocol's questions read it: counts, happenings, transfusions, doses. Words in place of a
//! number stand in it as a value that no fact has, so that the day they are of is measured and not known.

use holdpoint_clinical::Quantity;
use holdpoint_protocol::Protocol;
use holdpoint_protocol::eval::{Chart, Stamp, Value};
use holdpoint_protocol::ids::{EventId, FactId, Word};
use jiff::tz::TimeZone;

use super::course::{Course, Point};
use super::subject::{Happening, Subject, When};
use super::watched::Watched;

/// A value that is no value of any measured fact.
const UNREADABLE: &str = "words";

/// Builds the chart.
pub fn chart(watched: &Watched, subject: &Subject, course: &Course, zone: TimeZone) -> Chart {
    let mut chart = Chart::new(subject.whose.subject.as_str(), zone);
    if let Some(allocation) = &subject.allocation {
        chart.arm = allocation.arm.parse().ok();
        chart.cohort = allocation.cohort.as_ref().and_then(|cohort| cohort.parse().ok());
        happened(&mut chart, "randomization", Stamp::Instant(allocation.at));
    }
    if let Some(at) = subject.screened {
        happened(&mut chart, "screening", Stamp::Instant(at));
    }
    for happening in subject.milestones.standing().chain(subject.transfusions.standing()) {
        // What labs finds itself is found anew from the counts, also where another service has written it down.
        if !watched.events.iter().any(|event| event.as_str() == happening.event) {
            happened(&mut chart, &happening.event, stamp(happening));
        }
    }
    chart.doses =
        subject.doses.values().filter(|dose| !dose.void).map(|dose| Stamp::Instant(dose.at)).collect();
    for (fact, points) in &course.points {
        let Ok(id) = fact.parse::<FactId>() else { continue };
        for point in points {
            if let Some(value) = value(&watched.protocol, fact, point) {
                chart.facts.record(id.clone(), value, Stamp::Instant(point.taken_at));
            }
        }
    }
    chart
}

fn happened(chart: &mut Chart, event: &str, at: Stamp) {
    if let Ok(event) = event.parse::<EventId>() {
        chart.happened(event, at);
    }
}

fn stamp(happening: &Happening) -> Stamp {
    match happening.when {
        When::At(at) => Stamp::Instant(at),
        When::On(day) => Stamp::Day(day),
    }
}

fn value(protocol: &Protocol, fact: &str, point: &Point) -> Option<Value> {
    match &point.measured {
        Some(measured) => {
            let unit = protocol.fact(fact)?.unit.clone();
            Some(Value::Number(Quantity { value: measured.value, unit }))
        }
        None => UNREADABLE.parse::<Word>().ok().map(Value::Word),
    }
}

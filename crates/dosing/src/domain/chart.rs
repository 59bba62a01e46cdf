//! What dosing knows of a subject, as the protocol's questions read it: what happened when, the arm, the doses.

use holdpoint_protocol::eval::{Chart, Stamp};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::subject::Subject;

/// The chart of a subject with the doses counted, in the time zone of its site.
pub fn of(subject: &Subject, doses: &[Timestamp], zone: &TimeZone) -> Chart {
    let mut chart = Chart::new(subject.id.to_string(), zone.clone());
    let mut happened = |event: &str, at: Option<Stamp>| {
        if let (Ok(event), Some(at)) = (event.parse(), at) {
            chart.happened(event, at);
        }
    };
    happened("screening", subject.screened_at.map(Stamp::Instant));
    for date in &subject.consents {
        happened("consent", day(date));
    }
    happened("enrollment", registered(subject, zone));
    happened("randomization", subject.allocation.as_ref().map(|allocation| Stamp::Instant(allocation.at)));
    for milestone in subject.milestones.values().filter(|milestone| !milestone.withdrawn) {
        happened(&milestone.event, milestone.at.map(Stamp::Instant).or_else(|| day(&milestone.date)));
    }
    let allocation = subject.allocation.as_ref();
    chart.arm = allocation.and_then(|allocation| allocation.arm.parse().ok());
    chart.cohort = allocation.and_then(|allocation| allocation.cohort.as_ref()?.parse().ok());
    chart.doses = doses.iter().copied().map(Stamp::Instant).collect();
    chart
}

/// Registration is complete once the record is open and the first consent is given, whichever comes later.
fn registered(subject: &Subject, zone: &TimeZone) -> Option<Stamp> {
    let screened = Stamp::Instant(subject.screened_at?).day(zone)?;
    let consented: Date = subject.consents.first()?.parse().ok()?;
    Some(Stamp::Day(screened.max(consented)))
}

fn day(date: &str) -> Option<Stamp> {
    date.parse().ok().map(Stamp::Day)
}

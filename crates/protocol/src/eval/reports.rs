//! Reporting obligations, and how long adverse events are collected (semantics 6 and 39).

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::condition::ask;
use super::link::{Link, links, test};
use super::occasion::Occasion;
use super::time;
use super::truth::{Answer, Truth};
use crate::Protocol;
use crate::ids::{CollectId, FactId, ReportId};
use crate::model::{Collect, Report, Role};
use crate::scalar::{CollectEnd, PhaseEnd};

/// A report that is owed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obligation {
    /// The report.
    pub report: ReportId,
    /// Who must be told.
    pub to: Vec<Role>,
    /// By when, counted from awareness.
    pub due: Timestamp,
    /// Whether it is owed for sure; unknown starts the clock, and an assessment may close it.
    pub truth: Truth,
    /// Sentences that decide it.
    pub reasons: Vec<String>,
    /// The facts it waits for.
    pub missing: BTreeSet<FactId>,
}

/// The reports that an occasion owes, in the order of the file. `aware` is when the reporter came to know.
/// What is history opens none.
pub fn obligations(protocol: &Protocol, occasion: &Occasion<'_>, aware: Timestamp) -> Vec<Obligation> {
    if is_history(protocol, occasion).truth == Truth::True {
        return Vec::new();
    }
    protocol.reports.values().filter_map(|report| obligation(protocol, report, occasion, aware)).collect()
}

fn obligation(
    protocol: &Protocol,
    report: &Report,
    occasion: &Occasion<'_>,
    aware: Timestamp,
) -> Option<Obligation> {
    let mut chain = links(protocol, report.on.as_ref()?, occasion.event)?;
    chain.push(Link::of_report(report));
    let answer = test(protocol, &chain, occasion);
    (answer.truth != Truth::False).then(|| Obligation {
        report: report.id.clone(),
        to: report.to.clone(),
        due: time::after(aware, report.due, &occasion.chart.zone),
        truth: answer.truth,
        reasons: answer.reasons,
        missing: answer.missing,
    })
}

/// Whether the event is serious: by a person's word, by a criterion that counts, or by death.
pub fn is_serious(protocol: &Protocol, occasion: &Occasion<'_>) -> Truth {
    let serious = protocol.adverse_event_facts.get("serious");
    serious.map_or(Truth::Unknown, |fact| {
        super::seriousness::judged(protocol, &occasion.view(protocol, time::Stamp::Undated), fact)
    })
}

/// Whether the event is recorded as history. It acts only when true; rules see the event all the same.
pub fn is_history(protocol: &Protocol, occasion: &Occasion<'_>) -> Answer {
    match &protocol.adverse_events.history {
        Some(history) => ask(history, &occasion.view(protocol, time::Stamp::Undated)),
        None => Answer::bare(Truth::False),
    }
}

/// Whether one collection takes an adverse event or another event it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collected {
    /// The collection.
    pub collect: CollectId,
    /// The answer.
    pub answer: Answer,
}

/// What each collection says. The occasion is collected when any of them is true.
pub fn collected(protocol: &Protocol, occasion: &Occasion<'_>) -> Vec<Collected> {
    let of_one = |collect: &Collect| {
        let answer = takes(protocol, collect, occasion);
        Collected { collect: collect.id.clone(), answer }
    };
    protocol.adverse_events.collect.values().map(of_one).collect()
}

fn takes(protocol: &Protocol, collect: &Collect, occasion: &Occasion<'_>) -> Answer {
    let kind = if collect.events.contains(occasion.event) {
        Answer::known(Truth::True, format!("{} is collected by name", occasion.event))
    } else if occasion.event.as_str() == "adverse-event" {
        let view = occasion.view(protocol, time::Stamp::Undated).excepting();
        collect.when.as_ref().map_or_else(|| Answer::bare(Truth::True), |when| ask(when, &view))
    } else {
        Answer::known(Truth::False, format!("{} is not collected", occasion.event))
    };
    kind.and(super::window::not_before(occasion.at, &collect.from, occasion.chart))
        .and(not_over(collect, occasion))
}

/// An end that has no date yet has not come.
fn not_over(collect: &Collect, occasion: &Occasion<'_>) -> Answer {
    let chart = occasion.chart;
    let end = match &collect.until {
        CollectEnd::NoEnd => return Answer::known(Truth::True, "the collection has no end"),
        CollectEnd::End(PhaseEnd::Moment(moment)) => last_moment(chart.bounds_of(moment)),
        CollectEnd::End(PhaseEnd::Lasting(span)) => {
            let opened = chart.bounds_of(&collect.from);
            last_moment(opened.into_iter().map(|bounds| bounds.after(*span, &chart.zone)).collect())
        }
    };
    let Some(end) = end else {
        return Answer::known(Truth::True, "the end of the collection has no date yet");
    };
    // The day of the end is still inside.
    let end = time::day_end(time::day_of(end, &chart.zone), &chart.zone);
    match occasion.at.bounds(&chart.zone) {
        Some(at) => Answer::known(
            Truth::from(at.earliest <= end),
            format!("collected until {}", time::day_of(end, &chart.zone)),
        ),
        None => Answer::known(Truth::Unknown, "the event has no date"),
    }
}

fn last_moment(bounds: Vec<time::Bounds>) -> Option<Timestamp> {
    bounds.into_iter().map(|bounds| bounds.latest).max()
}

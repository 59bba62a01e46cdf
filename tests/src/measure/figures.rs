//! What is printed: percentiles in milliseconds under the names that a program reads, and whether the goals are met.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

/// One figure: how long something took, of many times.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Figure {
    /// Half of them took this long at most.
    pub p50: f64,
    /// All but one in a hundred did.
    pub p99: f64,
    /// How many there were. Told beside the object, whose shape is fixed.
    #[serde(skip)]
    pub n: usize,
}

impl Figure {
    /// Of these times; none of none.
    pub fn of(mut times: Vec<Duration>) -> Option<Self> {
        times.sort_unstable();
        let at = |percent: usize| {
            let place = (times.len() * percent).div_ceil(100).max(1) - 1;
            times.get(place).map(|time| (time.as_secs_f64() * 1e6).round() / 1e3)
        };
        Some(Self { p50: at(50)?, p99: at(99)?, n: times.len() })
    }
}

/// The figures of one state of the house.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Figures {
    /// From sending a report to knowing that its hold is effective, nothing unsettled.
    pub report_to_effective_ms: Option<Figure>,
    /// The same with permits out: "1_heard", "1_unheard", "8_heard", "8_unheard".
    pub permits_out: BTreeMap<String, Option<Figure>>,
    /// From sending a report until each of the four others has checked the hold and safety's board shows it.
    pub report_to_all_checked_ms: Option<Figure>,
    /// From sending a report to its alert on an open stream.
    pub report_to_alert_ms: Option<Figure>,
    /// A permit, asked of safety.
    pub permit_ms: Option<Figure>,
    /// A Go, asked of dosing.
    pub start_ms: Option<Figure>,
    /// The acknowledgement of a Go: a call to dosing with one commit and no permit.
    #[serde(skip)]
    pub acknowledge_ms: Option<Figure>,
    /// Gos a second, every client at a subject of its own.
    pub starts_per_s: f64,
    /// Results a second that labs took meanwhile.
    #[serde(skip)]
    pub results_per_s: f64,
    /// What the parts cost by themselves in the same state.
    pub yardstick: Yardstick,
}

/// What the parts cost by themselves.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Yardstick {
    /// One flushed commit of one row.
    pub commit_ms: Option<Figure>,
    /// One message to JetStream and its acknowledgement.
    pub nats_round_trip_ms: Option<Figure>,
    /// One health check of safety.
    pub grpc_round_trip_ms: Option<Figure>,
}

/// Everything that one run measured.
#[derive(Debug, Clone, Serialize)]
pub struct Measured {
    /// With nothing else to do.
    #[serde(flatten)]
    pub idle: Figures,
    /// While results flow into labs; absent where that was not asked for.
    pub under_load: Option<Figures>,
}

/// One goal, and whether it was met.
#[derive(Debug, Clone, PartialEq)]
pub struct Goal {
    /// What was to be reached, in words.
    pub what: String,
    /// What was reached, milliseconds.
    pub found: f64,
    /// The most it may be.
    pub most: f64,
}

impl Goal {
    /// Whether it was met.
    pub fn is_met(&self) -> bool {
        self.found <= self.most
    }
}

impl Measured {
    /// The goals, with what this run's own yardsticks make of them.
    pub fn goals(&self) -> Vec<Goal> {
        let p99 = |figure: Option<Figure>| figure.map_or(f64::INFINITY, |figure| figure.p99);
        let p50 = |figure: Option<Figure>| figure.map_or(f64::INFINITY, |figure| figure.p50);
        let Figures { yardstick, .. } = &self.idle;
        let (commit, call) = (yardstick.commit_ms, yardstick.grpc_round_trip_ms);
        let goal = |what: &str, found: f64, most: f64| Goal { what: what.to_owned(), found, most };
        let mut goals = vec![
            goal(
                "report to effective, p99: three commits and two round trips at their p99",
                p99(self.idle.report_to_effective_ms),
                3.0 * p99(commit) + 2.0 * p99(call),
            ),
            goal("report to effective, p99: 10 ms", p99(self.idle.report_to_effective_ms), 10.0),
            goal("report to all four checks, p99: 10 ms", p99(self.idle.report_to_all_checked_ms), 10.0),
            goal(
                "a Go, p50: an acknowledgement, two commits and a round trip",
                p50(self.idle.start_ms),
                p50(self.idle.acknowledge_ms) + 2.0 * p50(commit) + p50(call),
            ),
        ];
        if let Some(loaded) = &self.under_load {
            let found = p99(loaded.report_to_effective_ms);
            goals.push(goal("report to effective under load, p99: 100 ms", found, 100.0));
        }
        goals
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_times_themselves() {
        let times = (1..=200).rev().map(Duration::from_millis).collect();
        assert_eq!(Figure::of(times), Some(Figure { p50: 100.0, p99: 198.0, n: 200 }));
        let one = Figure::of(vec![Duration::from_micros(1_500)]);
        assert_eq!(one, Some(Figure { p50: 1.5, p99: 1.5, n: 1 }));
        assert_eq!(Figure::of(vec![]), None);
    }
}

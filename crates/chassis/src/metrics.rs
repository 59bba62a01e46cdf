//! What a process counts and measures, as Prometheus reads it from `/metrics` of the operations port. Names carry their unit. Labels
//! come from what is built in (rpcs, services) and from trials' ids: never from a person, a subject or an arm, so that the
//! figures of a blinded trial tell nobody anything.

use std::sync::LazyLock;
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

/// From a call that only reads to one that waits for everything it may wait for.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// One process's figures.
pub static METRICS: LazyLock<Metrics> = LazyLock::new(Metrics::new);

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRpc {
    rpc: &'static str,
    status: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfReader {
    service: String,
    source: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfService {
    service: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfTrial {
    trial: String,
}

/// All that is counted and measured.
pub struct Metrics {
    registry: Registry,
    calls: Family<OfRpc, Histogram, fn() -> Histogram>,
    lag: Family<OfReader, Gauge>,
    applied: Family<OfReader, Counter>,
    parked: Family<OfReader, Counter>,
    waiting: Family<OfService, Gauge>,
    holds: Family<OfTrial, Gauge>,
    permits: Family<OfTrial, Counter>,
}

impl Metrics {
    fn new() -> Self {
        let mut registry = Registry::with_prefix("holdpoint");
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The release that runs", version);
        let calls: Family<OfRpc, Histogram, fn() -> Histogram> =
            Family::new_with_constructor(|| Histogram::new(SECONDS));
        registry.register_with_unit(
            "rpc_duration",
            "From a call's arrival to its answer's beginning",
            Unit::Seconds,
            calls.clone(),
        );
        let rows = || Unit::Other("rows".to_owned());
        let (lag, applied, parked, waiting) =
            (Family::default(), Family::default(), Family::default(), Family::default());
        registry.register_with_unit(
            "journal_lag",
            "Rows of a peer's journal that were not applied yet, at the last comparison",
            rows(),
            Family::clone(&lag),
        );
        registry.register_with_unit(
            "journal_applied",
            "Rows of a peer's journal that were applied",
            rows(),
            Family::clone(&applied),
        );
        registry.register_with_unit(
            "journal_parked",
            "Rows of a peer's journal that could not be applied",
            rows(),
            Family::clone(&parked),
        );
        registry.register_with_unit(
            "journal_unpublished",
            "Rows of the own journal that the bus has not taken yet",
            rows(),
            Family::clone(&waiting),
        );
        let (holds, permits) = (Family::default(), Family::default());
        registry.register("holds_standing", "Holds that stand", Family::clone(&holds));
        registry.register("permits_given", "Permits that were given", Family::clone(&permits));
        Self { registry, calls, lag, applied, parked, waiting, holds, permits }
    }

    /// A call was answered. An rpc that the contract does not know is counted as such, so that no caller makes up labels.
    pub fn answered(&self, path: &str, status: &str, took: Duration) {
        let known = holdpoint_api::METHODS.iter().find(|method| method.path == path);
        let rpc = known.map_or("other", |method| method.path);
        self.calls.get_or_create(&OfRpc { rpc, status: status_word(status) }).observe(took.as_secs_f64());
    }

    /// So many rows of the source's journal were not applied yet.
    pub fn lag(&self, service: &str, source: &str, rows: u64) {
        self.lag.get_or_create(&OfReader::new(service, source)).set(i64::try_from(rows).unwrap_or(i64::MAX));
    }

    /// Rows were applied.
    pub fn applied(&self, service: &str, source: &str, rows: usize) {
        self.applied.get_or_create(&OfReader::new(service, source)).inc_by(rows as u64);
    }

    /// A row was parked.
    pub fn parked(&self, service: &str, source: &str) {
        self.parked.get_or_create(&OfReader::new(service, source)).inc();
    }

    /// So many rows wait for the bus.
    pub fn unpublished(&self, service: &str, rows: i64) {
        self.waiting.get_or_create(&OfService { service: service.to_owned() }).set(rows);
    }

    /// So many holds stand in a trial.
    pub fn holds(&self, trial: &str, standing: usize) {
        let standing = i64::try_from(standing).unwrap_or(i64::MAX);
        self.holds.get_or_create(&OfTrial { trial: trial.to_owned() }).set(standing);
    }

    /// A permit was given.
    pub fn permit(&self, trial: &str) {
        self.permits.get_or_create(&OfTrial { trial: trial.to_owned() }).inc();
    }

    /// Everything, as Prometheus reads it.
    pub fn text(&self) -> String {
        let mut all = String::new();
        // Writing into a text cannot fail; half a text would be read as figures that are gone.
        if text::encode(&mut all, &self.registry).is_err() {
            all.clear();
        }
        all
    }
}

impl OfReader {
    fn new(service: &str, source: &str) -> Self {
        Self { service: service.to_owned(), source: source.to_owned() }
    }
}

/// gRPC's own words for its numbers.
fn status_word(number: &str) -> &'static str {
    const WORDS: [&str; 17] = [
        "ok",
        "cancelled",
        "unknown",
        "invalid-argument",
        "deadline-exceeded",
        "not-found",
        "already-exists",
        "permission-denied",
        "resource-exhausted",
        "failed-precondition",
        "aborted",
        "out-of-range",
        "unimplemented",
        "internal",
        "unavailable",
        "data-loss",
        "unauthenticated",
    ];
    number.parse::<usize>().ok().and_then(|number| WORDS.get(number)).copied().unwrap_or("unknown")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_carry_their_units_and_only_labels_that_are_built_in() {
        let metrics = Metrics::new();
        metrics.answered("/holdpoint.safety.v1.Safety/IssuePermit", "9", Duration::from_millis(30));
        metrics.answered("/P-001/Wang Fang", "0", Duration::from_millis(1));
        metrics.lag("safety", "dosing", 3);
        metrics.unpublished("labs", 7);
        metrics.permit("pgf-msc");
        let text = metrics.text();
        for line in [
            "holdpoint_rpc_duration_seconds_count{rpc=\"/holdpoint.safety.v1.Safety/IssuePermit\",status=\"failed-precondition\"} 1",
            "holdpoint_rpc_duration_seconds_count{rpc=\"other\",status=\"ok\"} 1",
            "holdpoint_journal_lag_rows{service=\"safety\",source=\"dosing\"} 3",
            "holdpoint_journal_unpublished_rows{service=\"labs\"} 7",
            "holdpoint_permits_given_total{trial=\"pgf-msc\"} 1",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        assert!(!text.contains("Wang") && text.ends_with("# EOF\n"), "{text}");
    }
}

//! What every process of a house is told by its environment: that it is a test, where the civil clock is, where its peers are.

use std::collections::BTreeMap;

use super::{House, Kind, Plan};

/// Life of a permit in tests, milliseconds: short, so that "effective by life" is soon.
pub const PERMIT_LIFE_MS: u64 = 2_000;

/// Randomization lists come from this seed, so that a story that is played again is the same story.
const LIST_SEED: u64 = 34;

pub(super) fn environment(house: &House, plan: Plan) -> BTreeMap<String, String> {
    let mut set = BTreeMap::new();
    let mut put = |key: &str, value: String| set.insert(format!("HOLDPOINT__{key}"), value);
    put("MODE", "test".to_owned());
    put("CLOCK__CIVIL", format!("file:{}", house.clock_file().display()));
    put("TELEMETRY__LEVEL", (if plan.measured { "warn" } else { "info" }).to_owned());
    put("TELEMETRY__FORMAT", "human".to_owned());
    put("SERVER__DRAIN_S", "2".to_owned());
    put("ENROLLMENT__LIST_SEED", LIST_SEED.to_string());
    if !plan.measured {
        put("PERMIT__LIFE_MS", PERMIT_LIFE_MS.to_string());
        put("PERMIT__MARGIN_MS", "300".to_owned());
    }
    if let Some(seed) = plan.shuffled {
        put("BUS__SHUFFLE_SEED", seed.to_string());
    }
    if !plan.measured {
        set.insert("HOLDPOINT_CLOCKS_ASKEW".to_owned(), house.askew_file().display().to_string());
    }
    if house.kind == Kind::Apart {
        for (service, port) in &house.ports {
            set.insert(peer(service), format!("http://127.0.0.1:{port}"));
        }
    }
    set
}

/// What one process is told beside: where its lines to the others begin, and the steps at which it ends.
pub(super) fn of_process(house: &House, name: &str, steps: &str) -> BTreeMap<String, String> {
    let mut set = BTreeMap::new();
    for service in house.ports.keys() {
        if let Some(port) = house.links.port(name, service) {
            set.insert(peer(service), format!("http://127.0.0.1:{port}"));
        }
    }
    set.insert("FAILPOINTS".to_owned(), steps.to_owned());
    set
}

fn peer(service: &str) -> String {
    format!("HOLDPOINT__PEERS__{}", service.to_uppercase())
}

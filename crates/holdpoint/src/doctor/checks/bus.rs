//! Whether the bus stores what it is given, and whether its release is one that is known to lose or to leak.

use anyhow::Context as _;
use holdpoint_bus::JetStream;
use serde_json::Value;

use super::http;
use crate::doctor::{Found, House};

/// The releases that the published compose file names.
const UPGRADE: &str = "upgrade to nats-server 2.11.16, 2.12.7 or later";

pub(super) async fn answers(house: &House, found: &mut Found) -> anyhow::Result<()> {
    if house.bus == "local" {
        return Ok(());
    }
    match JetStream::ask(&house.bus, &house.nats).await {
        Ok(said) if !said.jetstream => {
            found.problem(
                "the NATS server stores nothing: JetStream is off or not open to us",
                "start it with `jetstream {}` in its configuration",
            );
        }
        Ok(_) => {}
        Err(cause) => found.problem(
            format!("{cause}"),
            "start the NATS server, or correct `bus.url`; rows wait in the journals meanwhile",
        ),
    }
    Ok(())
}

pub(super) async fn release(house: &House, found: &mut Found) -> anyhow::Result<()> {
    if house.bus == "local" {
        return Ok(());
    }
    let version = JetStream::ask(&house.bus, &house.nats).await?.version;
    for hole in holes(&version) {
        found.problem(format!("nats-server {version} {hole}"), UPGRADE);
    }
    Ok(())
}

type Release = (u64, u64, u64);

/// Known holes: the first release with it, the first without it, and what it is.
const HOLES: &[(Release, Release, &str)] = &[
    ((0, 0, 0), (2, 9, 10), "is older than the oldest that the services use"),
    ((2, 10, 20), (2, 10, 23), "loses a whole stream when it is killed (nats-server 6888)"),
    ((0, 0, 0), (2, 10, 27), "lets any user administer streams of others (CVE-2025-30215)"),
    ((2, 11, 0), (2, 11, 1), "lets any user administer streams of others (CVE-2025-30215)"),
    ((0, 0, 0), (2, 11, 16), "can be entered over its routes without a password (CVE-2026-58253)"),
    ((2, 12, 0), (2, 12, 3), "can lose messages when the members of a cluster change"),
    ((2, 12, 0), (2, 12, 7), "can be entered over its routes without a password (CVE-2026-58253)"),
    ((2, 13, 0), (2, 14, 0), "can be entered over its routes without a password (CVE-2026-58253)"),
];

fn holes(version: &str) -> Vec<&'static str> {
    let mut parts = version.split(['.', '-']).map(|part| part.parse::<u64>().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    let release = (next(), next(), next());
    HOLES
        .iter()
        .filter(|(first, fixed, _)| (*first..*fixed).contains(&release))
        .map(|(_, _, what)| *what)
        .collect()
}

/// What the server's monitor says of its stores. Without a monitor nobody can tell from outside.
pub(super) async fn flushes(house: &House, found: &mut Found) -> anyhow::Result<()> {
    if house.bus == "local" {
        return Ok(());
    }
    let Some(monitor) = &house.monitor else {
        found.warning(
            "no monitor of the NATS server is named, so nobody says how often it flushes",
            "give its address with --bus-monitor http://host:8222, or look for `sync_interval: always` in its configuration",
        );
        return Ok(());
    };
    let answer = http::get(&format!("{monitor}/varz")).await?;
    let varz: Value = serde_json::from_str(&answer).context("the monitor's answer is no JSON")?;
    if !is_flushed(&varz) {
        found.problem(
            "the NATS server flushes from time to time only: a power cut can take messages that it has acknowledged (the journals \
             have them, and peers read them there)",
            "set `jetstream { sync_interval: always }`, which releases from 2.10 know",
        );
    }
    Ok(())
}

fn is_flushed(varz: &Value) -> bool {
    varz["jetstream"]["config"]["sync_always"].as_bool().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn known_holes_are_named_by_release() {
        for (version, count) in [
            ("2.9.9", 3),
            ("2.9.10", 2),
            ("2.10.21", 3),
            ("2.10.27", 1),
            ("2.11.0", 2),
            ("2.11.15", 1),
            ("2.12.1", 2),
            ("2.13.0-beta.1", 1),
        ] {
            assert_eq!(holes(version).len(), count, "{version}: {:?}", holes(version));
        }
        for version in ["2.11.16", "2.11.20", "2.12.7", "2.14.0", "3.0.0"] {
            assert!(holes(version).is_empty(), "{version}");
        }
        assert!(!holes("not a version").is_empty());
    }

    #[test]
    fn only_a_server_that_says_so_flushes() {
        let says = |config: Value| is_flushed(&json!({ "jetstream": { "config": config } }));
        assert!(says(json!({ "sync_always": true, "sync_interval": 120_000_000_000_u64 })));
        assert!(
            !says(json!({ "sync_interval": 120_000_000_000_u64 }))
                && !says(json!({}))
                && !is_flushed(&json!({}))
        );
    }
}

//! The arrows between crates (docs/architecture.md): a crate uses lower tiers only, services never import each other,
//! plumbing knows nothing of trials, and what is pure stays without runtime, network and database.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};
use serde::Deserialize;

use super::Finding;

const CHECK: &str = "layers";

/// Tier of each crate. `holdpoint-labs`, `-followup` and `-console` have their place before they exist.
const TIERS: &[(&str, u8)] = &[
    ("holdpoint-clinical", 0),
    ("holdpoint-hl7", 0),
    ("holdpoint-protocol", 0),
    ("holdpoint-api", 1),
    ("holdpoint-chassis", 2),
    ("holdpoint-bus", 2),
    ("holdpoint-journal", 2),
    ("holdpoint-copies", 3),
    ("holdpoint-enrollment", 4),
    ("holdpoint-dosing", 4),
    ("holdpoint-labs", 4),
    ("holdpoint-safety", 4),
    ("holdpoint-followup", 4),
    ("holdpoint-console", 5),
    ("holdpoint", 5),
    ("holdpoint-testkit", 5),
    ("holdpoint-model", 5),
    ("holdpoint-xtask", 5),
    ("holdpoint-system-tests", 5),
];

/// Arrows inside a tier that are meant: (from, to).
const SIDEWAYS: &[(&str, &str)] = &[
    ("holdpoint-protocol", "holdpoint-clinical"),
    ("holdpoint-bus", "holdpoint-chassis"),
    ("holdpoint-journal", "holdpoint-chassis"),
    ("holdpoint-journal", "holdpoint-bus"),
    ("holdpoint-xtask", "holdpoint-testkit"),
    ("holdpoint-model", "holdpoint"),
    ("holdpoint-system-tests", "holdpoint"),
    ("holdpoint-system-tests", "holdpoint-testkit"),
    ("holdpoint-system-tests", "holdpoint-xtask"),
];

/// Development only: may be a `dev-dependency` of anything, and part of nothing that is shipped. So may a crate itself, with
/// features that only its tests have.
const DEVELOPMENT: &str = "holdpoint-testkit";

/// What a pure crate cannot use: runtimes, network, databases, clocks, global randomness.
const IMPURE: &[&str] = &[
    "tokio",
    "tokio-stream",
    "tokio-util",
    "tonic",
    "tonic-prost",
    "prost",
    "hyper",
    "axum",
    "tower",
    "sea-orm",
    "sea-orm-migration",
    "sqlx",
    "async-nats",
    "getrandom",
    "rustix",
    "tempfile",
];

/// The part of `cargo metadata` that the arrows need.
#[derive(Debug, Deserialize)]
pub struct Workspace {
    packages: Vec<Package>,
}

#[derive(Debug, Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Debug, Deserialize)]
struct Dependency {
    name: String,
    /// Absent for a normal dependency; "dev" or "build" else.
    kind: Option<String>,
}

impl Workspace {
    /// Asks cargo for the crates of the workspace at `root` and what each states to depend on.
    pub fn read(root: &Path) -> anyhow::Result<Self> {
        let answer = Command::new("cargo")
            .args(["metadata", "--format-version", "1", "--no-deps"])
            .current_dir(root)
            .output()
            .context("cannot run cargo metadata")?;
        ensure!(
            answer.status.success(),
            "cargo metadata failed: {}",
            String::from_utf8_lossy(&answer.stderr)
        );
        serde_json::from_slice(&answer.stdout).context("cannot read the answer of cargo metadata")
    }
}

/// Every wrong arrow.
pub fn check(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in &workspace.packages {
        let Some(tier) = tier(&package.name) else {
            let what = "stands in no tier; give it one in the list of tiers";
            findings.push(Finding::new(CHECK, &package.name, what));
            continue;
        };
        for dependency in &package.dependencies {
            let wrong = wrong(&package.name, tier, dependency);
            findings.extend(wrong.map(|what| Finding::new(CHECK, &package.name, what)));
        }
    }
    findings
}

fn tier(name: &str) -> Option<u8> {
    TIERS.iter().find(|(known, _)| *known == name).map(|(_, tier)| *tier)
}

fn wrong(from: &str, tier_from: u8, dependency: &Dependency) -> Option<String> {
    let to = dependency.name.as_str();
    let dev = dependency.kind.as_deref() == Some("dev");
    let Some(tier_to) = tier(to) else {
        let impure = tier_from == 0 && !dev && IMPURE.contains(&to);
        return impure.then(|| format!("is pure (tier 0) and must not use {to}"));
    };
    if SIDEWAYS.contains(&(from, to)) || (dev && (to == DEVELOPMENT || to == from)) {
        return None;
    }
    if tier_to >= tier_from {
        return Some(format!("stands in tier {tier_from} and must not use {to} of tier {tier_to}"));
    }
    let blind = matches!(tier_from, 1 | 2) && tier_to == 0;
    blind.then(|| format!("knows nothing of trials and must not use {to}"))
}

//! The services that exist: the one list of them, from which everything else follows.

use anyhow::bail;
use futures::future::BoxFuture;
use holdpoint_chassis::config::Loader;
use holdpoint_dosing::DosingSettings;
use holdpoint_enrollment::EnrollmentSettings;
use holdpoint_followup::FollowupSettings;
use holdpoint_journal::TableSpec;
use holdpoint_journal::host::{Deps, Hosted};
use holdpoint_labs::LabsSettings;
use holdpoint_safety::config::{AlertSettings, PermitSettings};

/// One service: its name, its tables, how it is built.
pub struct Room {
    /// "dosing"
    pub name: &'static str,
    /// Whose journals it reads.
    pub follows: &'static [&'static str],
    /// Its tables, beside the journal's own.
    pub tables: fn() -> Vec<TableSpec>,
    /// Builds it.
    pub build: fn(Deps) -> BoxFuture<'static, anyhow::Result<Hosted>>,
}

/// All services, in the order of their default ports.
pub const ROOMS: &[Room] = &[
    Room {
        name: holdpoint_enrollment::NAME,
        follows: &["dosing", "safety", "labs", "followup"],
        tables: holdpoint_enrollment::tables,
        build: |deps| Box::pin(holdpoint_enrollment::build(deps)),
    },
    Room {
        name: holdpoint_dosing::NAME,
        follows: &["enrollment", "safety", "labs", "followup"],
        tables: holdpoint_dosing::tables,
        build: |deps| Box::pin(holdpoint_dosing::build(deps)),
    },
    Room {
        name: holdpoint_safety::NAME,
        follows: &["enrollment", "dosing", "labs", "followup"],
        tables: holdpoint_safety::tables,
        build: |deps| Box::pin(holdpoint_safety::build(deps)),
    },
    Room {
        name: holdpoint_labs::NAME,
        follows: &["enrollment", "dosing", "safety"],
        tables: holdpoint_labs::tables,
        build: |deps| Box::pin(holdpoint_labs::build(deps)),
    },
    Room {
        name: holdpoint_followup::NAME,
        follows: &["enrollment", "dosing", "safety", "labs"],
        tables: holdpoint_followup::tables,
        build: |deps| Box::pin(holdpoint_followup::build(deps)),
    },
];

/// The service of that name.
pub fn room(name: &str) -> anyhow::Result<&'static Room> {
    match ROOMS.iter().find(|room| room.name == name) {
        Some(room) => Ok(room),
        None => {
            let names: Vec<&str> = names().collect();
            bail!("there is no service `{name}`; there are {}", names.join(", "))
        }
    }
}

/// Their names, in that order.
pub fn names() -> impl Iterator<Item = &'static str> {
    ROOMS.iter().map(|room| room.name)
}

/// Knows the settings of every service.
pub fn loader() -> Loader {
    Loader::default()
        .knows::<EnrollmentSettings>()
        .knows::<DosingSettings>()
        .knows::<PermitSettings>()
        .knows::<AlertSettings>()
        .knows::<LabsSettings>()
        .knows::<FollowupSettings>()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use holdpoint_chassis::config::{Mode, Reflection, Sources};

    use super::loader;

    #[test]
    fn the_shipped_settings_name_every_key_of_every_service() {
        let deploy =
            |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/config").join(name);
        let base = std::fs::read_to_string(deploy("base.toml")).unwrap();
        assert_eq!(loader().differences(&base), Vec::<String>::new());
        assert!(!loader().differences(&base.replace("subscriber_patience_ms = 30000", "")).is_empty());
        let sources = Sources::none().file(deploy("base.toml")).file(deploy("production.toml"));
        let settings = loader().load(&sources).unwrap();
        assert_eq!((settings.mode, settings.server.reflection), (Mode::Production, Reflection::Closed));
    }
}

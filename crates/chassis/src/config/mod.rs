//! Decides how the process is set up: built-in defaults, then files in order, then `HOLDPOINT__SECTION__KEY` (or the
//! same with `_FILE` for secrets), then flags. A key nobody knows is refused with the nearest name, and everything
//! wrong is told at once. House habit 16.

mod keys;
mod load;
mod problem;
mod secret;
mod sections;
mod sources;
mod tls;

#[cfg(test)]
mod tests;

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use load::{Loader, Shown};
pub use problem::{ConfigError, Problem};
pub use secret::{SecretText, SecretUrl};
pub use sections::{
    BusSettings, CivilSetting, ClockSettings, IdentitySettings, LogFormat, Peers, Reflection, ServerSettings,
    StoreSettings, TelemetrySettings,
};
pub use sources::{Origin, Sources};
pub use tls::{ClientCertificates, TlsSettings};

/// What the process is for. Production refuses everything that only a demo or a test may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Patients depend on it. The default, so that nobody runs a hospital in demo mode by forgetting a key.
    #[default]
    Production,
    /// Shows the system with invented people.
    Demo,
    /// Runs under a test.
    Test,
}

/// One typed section of the settings. A service states its own beside what it does.
pub trait Section: Default + Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Its name in files: `[server]`.
    const NAME: &'static str;

    /// What is wrong with the values, by key within the section. Each has a key, and words that say what is allowed.
    fn check(&self, mode: Mode) -> Vec<(&'static str, String)> {
        let _ = mode;
        Vec::new()
    }
}

/// The settings of one process, checked.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// What the process is for.
    pub mode: Mode,
    /// Where the services keep their databases.
    pub store: StoreSettings,
    /// How events travel.
    pub bus: BusSettings,
    /// How the gRPC server listens, and its limits.
    pub server: ServerSettings,
    /// Keys and tokens.
    pub identity: IdentitySettings,
    /// Certificates.
    pub tls: TlsSettings,
    /// Addresses of the other services, by name.
    pub peers: Peers,
    /// Which civil clock runs.
    pub clock: ClockSettings,
    /// Logs and traces.
    pub telemetry: TelemetrySettings,
    sections: BTreeMap<&'static str, Arc<dyn Any + Send + Sync>>,
    shown: Vec<Shown>,
}

impl Settings {
    /// A section that a service stated; its defaults where the loader was not told of it.
    pub fn section<S: Section>(&self) -> S {
        self.sections
            .get(S::NAME)
            .and_then(|section| section.downcast_ref::<S>())
            .cloned()
            .unwrap_or_default()
    }

    /// The same settings with another value of a service's section: for tests and the demo.
    pub fn with_section<S: Section>(mut self, section: S) -> Self {
        self.sections.insert(S::NAME, Arc::new(section));
        self
    }

    /// Every key with its value, secrets masked, and where the value comes from: `holdpoint config show --origin`.
    pub fn shown(&self) -> &[Shown] {
        &self.shown
    }
}

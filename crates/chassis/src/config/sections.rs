//! The sections that every process has, with their defaults and what each value may be. Explained for the person who
//! sets them in deploy/config/base.toml, which a test keeps equal to what stands here.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Mode, SecretText, SecretUrl, Section};
use crate::clock::{Civil, FileCivilClock, WallCivilClock};

/// Where the services keep their databases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StoreSettings {
    /// `sqlite:<folder>` (one file a service) or `postgres://user@host/` (one database a service).
    pub url: SecretUrl,
    /// A service makes and extends its own tables when it starts. Where false, `holdpoint migrate` does it, and a service
    /// whose tables are not there refuses to start.
    pub migrate: bool,
}

impl Default for StoreSettings {
    fn default() -> Self {
        Self { url: SecretUrl::new("sqlite:holdpoint-data"), migrate: true }
    }
}

impl Section for StoreSettings {
    const NAME: &'static str = "store";

    fn check(&self, mode: Mode) -> Vec<(&'static str, String)> {
        let mut wrong = scheme(&self.url, &["sqlite", "postgres", "postgresql"]);
        wrong.extend(password(&self.url, mode));
        wrong
    }
}

/// How events travel between the services.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BusSettings {
    /// `local` (in process, when all services run in one) or `nats://host:4222`.
    pub url: SecretUrl,
    /// Seed of the NATS key by which this process is known there. Set it through `_FILE`.
    pub nkey: Option<SecretText>,
    /// Servers of the NATS cluster that keep a copy of each message: 1, 3 or 5.
    pub replicas: usize,
    /// Seed of a bus that delivers every event twice and shuffled, to show that nothing depends on it. Refused in production.
    pub shuffle_seed: Option<u64>,
}

impl Default for BusSettings {
    fn default() -> Self {
        Self { url: SecretUrl::new("local"), nkey: None, replicas: 1, shuffle_seed: None }
    }
}

impl Section for BusSettings {
    const NAME: &'static str = "bus";

    fn check(&self, mode: Mode) -> Vec<(&'static str, String)> {
        let mut wrong = scheme(&self.url, &["local", "nats", "tls"]);
        wrong.extend(password(&self.url, mode));
        wrong.extend(self.is_nobody(mode));
        if ![1, 3, 5].contains(&self.replicas) {
            wrong.push(("replicas", format!("found {}; allowed are 1, 3 and 5", self.replicas)));
        }
        if mode == Mode::Production && self.shuffle_seed.is_some() {
            wrong.push(("shuffle_seed", "production delivers events as they come; allowed is none".into()));
        }
        wrong
    }
}

impl BusSettings {
    /// On a bus where everybody is nobody, anybody publishes for everybody.
    fn is_nobody(&self, mode: Mode) -> Option<(&'static str, String)> {
        let seed = self.nkey.as_ref().map(|seed| seed.expose().trim());
        if seed.is_some_and(|seed| !seed.starts_with("SU")) {
            return Some((
                "nkey",
                "is no seed of a NATS user's key, which begins with SU; see `holdpoint init secrets`".into(),
            ));
        }
        let named = self.url.scheme() == "local" || seed.is_some() || self.url.password().is_some();
        (mode == Mode::Production && !named).then(|| {
            let words = "production speaks to NATS under a name of its own; set the seed of its key, through HOLDPOINT__BUS__NKEY_FILE";
            ("nkey", words.into())
        })
    }
}

/// Who may list the rpcs over gRPC reflection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reflection {
    /// Anyone. Refused in production.
    Open,
    /// Whoever has a valid token.
    #[default]
    Token,
    /// Nobody.
    Closed,
}

/// How the gRPC server listens, and its limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerSettings {
    /// Address to listen on.
    pub host: String,
    /// Port of the gRPC server; 0 takes a free one.
    pub port: u16,
    /// Port of `/livez`, `/readyz` and `/version`; none by default.
    pub operations_port: Option<u16>,
    /// Who may list the rpcs.
    pub reflection: Reflection,
    /// Deadline of a call that states none, milliseconds.
    pub deadline_ms: u64,
    /// Longest deadline that a caller may ask for, milliseconds.
    pub deadline_cap_ms: u64,
    /// Calls in flight over all connections; more are shed.
    pub max_calls: usize,
    /// Calls in flight of one principal; more are shed.
    pub max_calls_per_principal: usize,
    /// When shed load should come back, milliseconds.
    pub retry_after_ms: u64,
    /// Streams of one HTTP/2 connection.
    pub max_streams_per_connection: u32,
    /// Size of one request's headers, bytes.
    pub max_header_bytes: u32,
    /// Pings on a quiet connection, seconds between them.
    pub keepalive_s: u64,
    /// A ping not answered for this long closes the connection, seconds.
    pub keepalive_timeout_s: u64,
    /// A connection is asked to end after this long, minutes.
    pub max_connection_age_min: u64,
    /// How long running calls may take to end at shutdown, seconds.
    pub drain_s: u64,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            port: 7400,
            operations_port: None,
            reflection: Reflection::Token,
            deadline_ms: 10_000,
            deadline_cap_ms: 30_000,
            max_calls: 1_024,
            max_calls_per_principal: 256,
            retry_after_ms: 500,
            max_streams_per_connection: 128,
            max_header_bytes: 16_384,
            keepalive_s: 30,
            keepalive_timeout_s: 10,
            max_connection_age_min: 30,
            drain_s: 20,
        }
    }
}

impl Section for ServerSettings {
    const NAME: &'static str = "server";

    fn check(&self, mode: Mode) -> Vec<(&'static str, String)> {
        let mut wrong = Vec::new();
        let mut within = |key, value: u64, low: u64, high: u64| {
            if !(low..=high).contains(&value) {
                wrong.push((key, format!("found {value}; allowed is {low} to {high}")));
            }
        };
        within("deadline_cap_ms", self.deadline_cap_ms, 100, 600_000);
        within("deadline_ms", self.deadline_ms, 100, self.deadline_cap_ms.max(100));
        within("max_calls", self.max_calls as u64, 1, 100_000);
        within(
            "max_calls_per_principal",
            self.max_calls_per_principal as u64,
            1,
            self.max_calls.max(1) as u64,
        );
        within("retry_after_ms", self.retry_after_ms, 1, 60_000);
        within("max_streams_per_connection", self.max_streams_per_connection.into(), 1, 1_024);
        within("max_header_bytes", self.max_header_bytes.into(), 8_192, 65_536);
        within("keepalive_s", self.keepalive_s, 1, 3_600);
        within("keepalive_timeout_s", self.keepalive_timeout_s, 1, 3_600);
        within("max_connection_age_min", self.max_connection_age_min, 1, 1_440);
        within("drain_s", self.drain_s, 0, 300);
        if mode == Mode::Production && self.reflection == Reflection::Open {
            wrong.push((
                "reflection",
                "production does not list its rpcs to strangers; allowed are token and closed".into(),
            ));
        }
        if self.host.is_empty() {
            wrong.push(("host", "is empty; allowed is an address or a host name".into()));
        }
        wrong
    }
}

/// Keys and tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IdentitySettings {
    /// Folder of the keys: `issuer.pub`, `<service>.pub`, `<service>.key`.
    pub keys: PathBuf,
    /// The private key of the service that runs here, where it is not `<service>.key` in that folder.
    pub key: Option<PathBuf>,
    /// Life of a person's token, minutes.
    pub token_min: u64,
    /// Prints a first token for the administrator at start. Refused in production.
    pub demo_token: bool,
}

impl Default for IdentitySettings {
    fn default() -> Self {
        Self { keys: PathBuf::from("holdpoint-data/keys"), key: None, token_min: 10, demo_token: false }
    }
}

impl Section for IdentitySettings {
    const NAME: &'static str = "identity";

    fn check(&self, mode: Mode) -> Vec<(&'static str, String)> {
        let mut wrong = Vec::new();
        if !(1..=15).contains(&self.token_min) {
            wrong.push(("token_min", format!("found {}; allowed is 1 to 15", self.token_min)));
        }
        if self.keys.as_os_str().is_empty() {
            wrong.push(("keys", "is empty; allowed is the folder of the keys".into()));
        }
        if mode == Mode::Production && self.demo_token {
            wrong.push(("demo_token", "production prints no token; allowed is false".into()));
        }
        wrong
    }
}

/// Addresses of the other services, by name: `safety = "http://safety:7400"`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Peers(pub BTreeMap<String, String>);

impl Section for Peers {
    const NAME: &'static str = "peers";

    fn check(&self, _: Mode) -> Vec<(&'static str, String)> {
        let bad =
            self.0.iter().filter(|(_, url)| !url.starts_with("http://") && !url.starts_with("https://"));
        bad.map(|(name, _)| ("", format!("`{name}` must be an address such as http://{name}:7400"))).collect()
    }
}

/// Which civil clock runs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum CivilSetting {
    /// The wall's: the only one that production accepts.
    #[default]
    Wall,
    /// One that several processes read from a file, for demonstrations and tests.
    File(PathBuf),
}

impl TryFrom<String> for CivilSetting {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match (text.as_str(), text.strip_prefix("file:")) {
            ("wall", _) => Ok(Self::Wall),
            (_, Some(path)) if !path.is_empty() => Ok(Self::File(path.into())),
            _ => Err(format!("found `{text}`; allowed are wall and file:<path>")),
        }
    }
}

impl From<CivilSetting> for String {
    fn from(setting: CivilSetting) -> Self {
        match setting {
            CivilSetting::Wall => "wall".to_owned(),
            CivilSetting::File(path) => format!("file:{}", path.display()),
        }
    }
}

/// Which civil clock runs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClockSettings {
    /// `wall`, or `file:<path>` outside production.
    pub civil: CivilSetting,
}

impl ClockSettings {
    /// Opens the clock.
    pub fn open(&self) -> anyhow::Result<Civil> {
        Ok(match &self.civil {
            CivilSetting::Wall => Arc::new(WallCivilClock),
            CivilSetting::File(path) => Arc::new(FileCivilClock::open(path)?),
        })
    }
}

impl Section for ClockSettings {
    const NAME: &'static str = "clock";

    fn check(&self, mode: Mode) -> Vec<(&'static str, String)> {
        if mode == Mode::Production && self.civil != CivilSetting::Wall {
            return vec![(
                "civil",
                "production takes its dates from the wall's clock; allowed is wall".into(),
            )];
        }
        Vec::new()
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// One JSON object a line, control characters escaped.
    #[default]
    Json,
    /// For a person at a terminal.
    Human,
}

/// Logs and traces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TelemetrySettings {
    /// How log lines look.
    pub format: LogFormat,
    /// What is logged: `info`, or `warn,holdpoint_dosing=debug`.
    pub level: String,
    /// Where traces go, OTLP over gRPC: `http://collector:4317`; none by default.
    pub otlp_endpoint: Option<String>,
}

impl Default for TelemetrySettings {
    fn default() -> Self {
        Self { format: LogFormat::Json, level: "info".to_owned(), otlp_endpoint: None }
    }
}

impl Section for TelemetrySettings {
    const NAME: &'static str = "telemetry";

    fn check(&self, _: Mode) -> Vec<(&'static str, String)> {
        match self.level.parse::<tracing_subscriber::filter::Targets>() {
            Ok(_) => Vec::new(),
            Err(_) => vec![(
                "level",
                "allowed is error, warn, info, debug or trace, or a list of target=level".into(),
            )],
        }
    }
}

fn scheme(url: &SecretUrl, allowed: &[&str]) -> Vec<(&'static str, String)> {
    if allowed.contains(&url.scheme()) {
        return Vec::new();
    }
    vec![("url", format!("found the scheme `{}`; allowed are {}", url.scheme(), allowed.join(", ")))]
}

fn password(url: &SecretUrl, mode: Mode) -> Option<(&'static str, String)> {
    (mode == Mode::Production && url.has_well_known_password()).then(|| {
        (
            "url",
            "its password is empty or one that anybody would try; set one of your own, best through _FILE"
                .into(),
        )
    })
}

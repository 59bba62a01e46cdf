//! Puts the sources together into checked, typed settings, and tells everything that is wrong with them at once.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

use config::{Config, ConfigError as Cause};
use serde_json::Value as Json;

use super::keys::{Keys, flatten_json};
use super::problem::{ConfigError, Problem};
use super::sources::{Found, Origin, Sources};
use super::{Mode, Section, Settings};

/// One key as it stands: `holdpoint config show --origin`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The key: `server.port`.
    pub key: String,
    /// Its value, secrets masked.
    pub value: String,
    /// Where the value comes from.
    pub origin: Origin,
}

/// A parsed section, and the same for showing.
type Parsed = (Arc<dyn Any + Send + Sync>, Json);
/// Reads one section out of everything found.
type Parse = fn(&Config, Mode, &Found, &mut Vec<Problem>) -> Parsed;

/// Knows which sections exist. Starts with the chassis's own; a binary adds those of the services it runs.
pub struct Loader {
    keys: Keys,
    defaults: BTreeMap<String, Json>,
    sections: BTreeMap<&'static str, Parse>,
}

impl Default for Loader {
    fn default() -> Self {
        let mut keys = Keys::default();
        let mode = json(&Mode::default());
        keys.add("mode", &mode);
        Self { keys, defaults: BTreeMap::from([("mode".to_owned(), mode)]), sections: BTreeMap::new() }
            .knows::<super::StoreSettings>()
            .knows::<super::BusSettings>()
            .knows::<super::ServerSettings>()
            .knows::<super::IdentitySettings>()
            .knows::<super::TlsSettings>()
            .knows::<super::Peers>()
            .knows::<super::ClockSettings>()
            .knows::<super::TelemetrySettings>()
    }
}

impl Loader {
    /// Adds a service's section.
    pub fn knows<S: Section>(mut self) -> Self {
        let default = json(&S::default());
        self.keys.add(S::NAME, &default);
        flatten_json(S::NAME, &default, &mut self.defaults);
        self.sections.insert(S::NAME, parse::<S>);
        self
    }

    /// Reads, checks and types the settings.
    pub fn load(&self, sources: &Sources) -> Result<Settings, ConfigError> {
        let mut problems = Vec::new();
        let found = sources.read(&self.keys, &mut problems);
        let config = assemble(&found, &mut problems);
        let mode = mode(&config, &found, &mut problems);
        let mut settings = Settings { mode, ..Settings::default() };
        let mut shown = BTreeMap::from([("mode".to_owned(), json(&mode))]);
        for (name, parse) in &self.sections {
            let (section, json) = parse(&config, mode, &found, &mut problems);
            flatten_json(name, &json, &mut shown);
            settings.sections.insert(name, section);
        }
        if !problems.is_empty() {
            problems.sort();
            problems.dedup();
            return Err(ConfigError { problems });
        }
        settings.store = settings.section();
        settings.bus = settings.section();
        settings.server = settings.section();
        settings.identity = settings.section();
        settings.tls = settings.section();
        settings.peers = settings.section();
        settings.clock = settings.section();
        settings.telemetry = settings.section();
        settings.shown = shown.into_iter().map(|(key, value)| show(key, &value, &found)).collect();
        Ok(settings)
    }

    /// Where a settings file that explains the defaults differs from them: a key left out, one that does not exist, a
    /// value that is another. Sections that this loader does not know are passed over. A default of "none" is to be
    /// written as a comment.
    pub fn differences(&self, text: &str) -> Vec<String> {
        let written: Json = match toml::from_str(text) {
            Ok(written) => written,
            Err(cause) => return vec![format!("is no TOML: {cause}")],
        };
        let mut flat = BTreeMap::new();
        for (name, value) in written.as_object().into_iter().flatten() {
            if name == "mode" || self.sections.contains_key(name.as_str()) {
                flatten_json(name, value, &mut flat);
            }
        }
        let unknown = flat
            .keys()
            .filter(|key| !self.keys.known(key))
            .map(|key| format!("{key}: {}", self.keys.unknown(key)));
        let mut wrong: Vec<String> = unknown.collect();
        for key in self.keys.leaves() {
            match (self.defaults.get(key), flat.get(key)) {
                (None | Some(Json::Null), None) => {}
                (Some(default), Some(value)) if default == value => {}
                (default, value) => {
                    wrong.push(format!("{key}: the default is {default:?}, the file says {value:?}"))
                }
            }
        }
        wrong
    }
}

fn assemble(found: &Found, problems: &mut Vec<Problem>) -> Config {
    let mut builder = Config::builder();
    for (key, (value, origin)) in found {
        builder = match builder.clone().set_override(key, value.clone()) {
            Ok(builder) => builder,
            Err(_) => {
                let words = "names may hold letters, digits, `_` and `-` only".to_owned();
                problems.push(Problem { key: key.clone(), origin: origin.to_string(), words });
                builder
            }
        };
    }
    builder.build().unwrap_or_default()
}

fn mode(config: &Config, found: &Found, problems: &mut Vec<Problem>) -> Mode {
    match config.get("mode") {
        Ok(mode) => mode,
        Err(Cause::NotFound(_)) => Mode::default(),
        Err(_) => {
            let words = "allowed are production, demo and test".to_owned();
            problems.push(Problem { key: "mode".to_owned(), origin: origin("mode", found), words });
            Mode::default()
        }
    }
}

fn parse<S: Section>(config: &Config, mode: Mode, found: &Found, problems: &mut Vec<Problem>) -> Parsed {
    let section: S = match config.get(S::NAME) {
        Ok(section) => section,
        Err(Cause::NotFound(_)) => S::default(),
        Err(cause) => {
            mistyped::<S>(&cause, found, problems);
            S::default()
        }
    };
    for (key, words) in section.check(mode) {
        let key = if key.is_empty() { S::NAME.to_owned() } else { format!("{}.{key}", S::NAME) };
        problems.push(Problem { origin: origin(&key, found), key, words });
    }
    let shown = json(&section);
    (Arc::new(section), shown)
}

/// Which values of a section are of the wrong type. Each is tried alone, since the library stops at the first and does
/// not name its key.
fn mistyped<S: Section>(cause: &Cause, found: &Found, problems: &mut Vec<Problem>) {
    let before = problems.len();
    let within = format!("{}.", S::NAME);
    for (key, (value, origin)) in found.iter().filter(|(key, _)| key.starts_with(&within)) {
        let alone = Found::from([(key.clone(), (value.clone(), origin.clone()))]);
        if let Err(cause) = assemble(&alone, &mut Vec::new()).get::<S>(S::NAME) {
            problems.push(Problem { key: key.clone(), origin: origin.to_string(), words: words(&cause) });
        }
    }
    if problems.len() == before {
        problems.push(Problem { key: S::NAME.to_owned(), origin: String::new(), words: words(cause) });
    }
}

fn words(cause: &Cause) -> String {
    match cause {
        Cause::Type { unexpected, expected, .. } => format!("found {unexpected}, expected {expected}"),
        Cause::At { error, .. } => words(error),
        other => other.to_string(),
    }
}

fn origin(key: &str, found: &Found) -> String {
    found.get(key).map(|(_, origin)| origin.to_string()).unwrap_or_default()
}

fn show(key: String, value: &Json, found: &Found) -> Shown {
    let value = match value {
        Json::String(text) => text.clone(),
        Json::Null => "(none)".to_owned(),
        other => other.to_string(),
    };
    let origin = found.get(&key).map_or(Origin::Default, |(_, origin)| origin.clone());
    Shown { key, value, origin }
}

/// Settings are plain data: turning them into JSON cannot fail, and would only hide keys if it did.
fn json(value: &impl serde::Serialize) -> Json {
    serde_json::to_value(value).unwrap_or(Json::Null)
}

//! Where values come from: files in order, the environment, flags. A `_FILE` variable names a file whose content is
//! the value, so that secrets need stand neither in the environment nor on a command line.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use config::{Environment, File, FileFormat, Map, Source, Value, ValueKind};

use super::keys::{Keys, flatten};
use super::problem::Problem;

const PREFIX: &str = "HOLDPOINT__";
const FROM_FILE: &str = "_FILE";

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Built in.
    Default,
    /// A settings file.
    File(PathBuf),
    /// An environment variable.
    Variable(String),
    /// A file named by an environment variable.
    SecretFile(String, PathBuf),
    /// A flag on the command line.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Variable(name) => write!(f, "variable {name}"),
            Self::SecretFile(name, path) => write!(f, "file {} named by {name}", path.display()),
            Self::Flag(flag) => write!(f, "flag {flag}"),
        }
    }
}

/// What the settings are read from, weakest first.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    files: Vec<PathBuf>,
    variables: BTreeMap<String, String>,
    flags: Vec<(String, String, String)>,
}

/// Values by dotted key, with their origin.
pub(super) type Found = BTreeMap<String, (Value, Origin)>;

impl Sources {
    /// Nothing but the defaults.
    pub fn none() -> Self {
        Self::default()
    }

    /// This process's environment.
    pub fn of_process() -> Self {
        Self::none().variables(
            std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
        )
    }

    /// Adds a file; a later one overrides an earlier one.
    pub fn file(mut self, path: impl Into<PathBuf>) -> Self {
        self.files.push(path.into());
        self
    }

    /// Adds variables; others than `HOLDPOINT__...` are passed over.
    pub fn variables(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        self.variables.extend(variables.into_iter().filter(|(name, _)| name.starts_with(PREFIX)));
        self
    }

    /// Adds a flag's value: `("store.url", "postgres://db/", "--store")`.
    pub fn flag(mut self, key: &str, value: impl Into<String>, flag: &str) -> Self {
        self.flags.push((key.to_owned(), value.into(), flag.to_owned()));
        self
    }

    /// Reads all sources. A later one overrides an earlier one; problems are gathered.
    pub(super) fn read(&self, keys: &Keys, problems: &mut Vec<Problem>) -> Found {
        let mut found = Found::new();
        for path in &self.files {
            read_file(path, keys, &mut found, problems);
        }
        self.read_variables(keys, &mut found, problems);
        for (key, value, flag) in &self.flags {
            let value = Value::new(None, ValueKind::String(value.clone()));
            take(key, value, Origin::Flag(flag.clone()), keys, &mut found, problems);
        }
        found
    }

    fn read_variables(&self, keys: &Keys, found: &mut Found, problems: &mut Vec<Problem>) {
        for (name, text) in &self.variables {
            let direct = dotted(name);
            let named = name.strip_suffix(FROM_FILE).map(dotted).filter(|key| keys.known(key));
            let (key, text, origin) = match named {
                Some(key) if !keys.known(&direct) => {
                    let path = PathBuf::from(text);
                    let origin = Origin::SecretFile(name.clone(), path.clone());
                    if self.variables.contains_key(name.trim_end_matches(FROM_FILE)) {
                        let words =
                            format!("is set twice, by {} and by {name}", name.trim_end_matches(FROM_FILE));
                        problems.push(Problem { key, origin: origin.to_string(), words });
                        continue;
                    }
                    match std::fs::read_to_string(&path) {
                        Ok(text) => (key, text.trim_end_matches(['\r', '\n']).to_owned(), origin),
                        Err(cause) => {
                            let words = format!("the file cannot be read: {}", cause.kind());
                            problems.push(Problem { key, origin: origin.to_string(), words });
                            continue;
                        }
                    }
                }
                _ => (direct, text.clone(), Origin::Variable(name.clone())),
            };
            take(&key, text_value(name, &text, keys.is_list(&key)), origin, keys, found, problems);
        }
    }
}

/// `HOLDPOINT__SERVER__PORT` is `server.port`.
fn dotted(name: &str) -> String {
    let map = Map::from([(name.to_owned(), String::new())]);
    let environment =
        Environment::with_prefix("HOLDPOINT").prefix_separator("__").separator("__").source(Some(map));
    environment.collect().ok().and_then(|map| map.into_keys().next()).unwrap_or_default()
}

/// Variables are text; the section's type decides what a text means. A list is written with commas.
fn text_value(name: &str, text: &str, list: bool) -> Value {
    let origin = Some(name.to_owned());
    if !list {
        return Value::new(origin.as_ref(), ValueKind::String(text.to_owned()));
    }
    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
    Value::new(
        origin.as_ref(),
        ValueKind::Array(
            items.map(|item| Value::new(origin.as_ref(), ValueKind::String(item.to_owned()))).collect(),
        ),
    )
}

fn read_file(path: &Path, keys: &Keys, found: &mut Found, problems: &mut Vec<Problem>) {
    let origin = Origin::File(path.to_owned());
    match File::from(path).format(FileFormat::Toml).required(true).collect() {
        Ok(map) => {
            let mut flat = BTreeMap::new();
            flatten("", Value::new(None, ValueKind::Table(map)), &mut flat);
            for (key, value) in flat {
                take(&key, value, origin.clone(), keys, found, problems);
            }
        }
        Err(cause) => problems.push(Problem {
            key: String::new(),
            origin: String::new(),
            words: format!("{} cannot be read: {cause}", path.display()),
        }),
    }
}

fn take(
    key: &str,
    value: Value,
    origin: Origin,
    keys: &Keys,
    found: &mut Found,
    problems: &mut Vec<Problem>,
) {
    if keys.known(key) {
        found.insert(key.to_owned(), (value, origin));
    } else if !matches!(&value.kind, ValueKind::Table(table) if table.is_empty()) {
        problems.push(Problem { key: key.to_owned(), origin: origin.to_string(), words: keys.unknown(key) });
    }
}

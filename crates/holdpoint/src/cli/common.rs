//! Flags that several subcommands share, and how they become settings.

use std::path::PathBuf;

use clap::Args;
use holdpoint_chassis::config::{Settings, Sources};

use crate::host::loader;

/// Where settings, data and events are.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct Common {
    /// A settings file; may be given several times, a later one overrides an earlier one. HOLDPOINT__SECTION__KEY overrides both.
    #[arg(long, value_name = "FILE")]
    config: Vec<PathBuf>,
    /// Where the databases are: a folder, or postgres://user@host/
    #[arg(long, value_name = "PLACE")]
    store: Option<String>,
    /// How events travel: local, or nats://host:4222
    #[arg(long, value_name = "BUS")]
    bus: Option<String>,
}

impl Common {
    /// Settings from files, environment and these flags. Everything wrong is told at once.
    pub fn settings(&self) -> anyhow::Result<Settings> {
        Ok(loader().load(&self.sources())?)
    }

    fn sources(&self) -> Sources {
        let mut sources = self.config.iter().fold(Sources::of_process(), |sources, file| sources.file(file));
        if let Some(store) = &self.store {
            sources = sources.flag("store.url", with_scheme(store), "--store");
        }
        if let Some(bus) = &self.bus {
            sources = sources.flag("bus.url", bus.clone(), "--bus");
        }
        sources
    }
}

/// A bare folder is one of SQLite files.
fn with_scheme(store: &str) -> String {
    match store.split_once(':') {
        Some((scheme, _)) if scheme.len() > 1 && !scheme.contains('/') => store.to_owned(),
        _ => format!("sqlite:{store}"),
    }
}

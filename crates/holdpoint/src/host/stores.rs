//! Where the databases of a house are, for the tools that read all of them: one address for all, or one of its own for each service,
//! whose role has a password of its own.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use holdpoint_chassis::config::SecretUrl;

use super::{names, store_url};

/// The address of each service's database.
#[derive(Debug, Clone)]
pub struct Stores {
    urls: BTreeMap<String, SecretUrl>,
}

impl Stores {
    /// One address for all.
    pub fn one(url: &str) -> anyhow::Result<Self> {
        let url = SecretUrl::new(store_url(url)?);
        Ok(Self { urls: names().map(|name| (name.to_owned(), url.clone())).collect() })
    }

    /// The addresses in a folder of secrets: `<service>.store-url`.
    pub fn in_folder(folder: &Path) -> anyhow::Result<Self> {
        let read = |name: &str| {
            let path = folder.join(format!("{name}.store-url"));
            let url =
                std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            Ok((name.to_owned(), SecretUrl::new(store_url(url.trim())?)))
        };
        Ok(Self { urls: names().map(read).collect::<anyhow::Result<_>>()? })
    }

    /// The address of one service's database.
    pub fn of(&self, service: &str) -> anyhow::Result<&str> {
        let url = self.urls.get(service).with_context(|| format!("no address of {service}'s database"))?;
        Ok(url.expose())
    }
}

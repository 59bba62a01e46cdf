//! The keys of a house: the issuer's, which signs people's tokens, and one for each service, which speaks for itself.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use holdpoint_chassis::identity::{ISSUER, Keyring, Signer, generate};

use super::names;

/// All keys, as the process that runs every service holds them.
pub struct Keys {
    /// Signs people's tokens.
    pub issuer: Signer,
    /// Public keys that are trusted.
    pub ring: Keyring,
    services: BTreeMap<String, Signer>,
}

impl Keys {
    /// Keys that live as long as the process: for the demo and tests.
    pub fn of_this_process() -> anyhow::Result<Self> {
        Self::from(Signer::random(ISSUER)?, Signer::random)
    }

    /// The keys of a folder; those that are missing are made, readable by their owner alone.
    pub fn in_folder(folder: &Path) -> anyhow::Result<Self> {
        make_missing(folder)?;
        let load = |name: &str| Signer::load(&folder.join(format!("{name}.key")));
        Self::from(load(ISSUER)?, load)
    }

    fn from(issuer: Signer, signer: impl Fn(&str) -> anyhow::Result<Signer>) -> anyhow::Result<Self> {
        let services = names()
            .map(|name| Ok((name.to_owned(), signer(name)?)))
            .collect::<anyhow::Result<BTreeMap<_, _>>>()?;
        let ring = Keyring::of(services.values().chain([&issuer]));
        Ok(Self { issuer, ring, services })
    }

    /// The key of one service.
    pub fn service(&self, name: &str) -> anyhow::Result<Signer> {
        self.services.get(name).cloned().with_context(|| format!("no key of {name}"))
    }
}

/// Makes the keys that a folder lacks. Answers the names of those made.
pub fn make_missing(folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut made = Vec::new();
    for name in names().chain([ISSUER]) {
        if !folder.join(format!("{name}.key")).exists() {
            generate(folder, name)?;
            made.push(name.to_owned());
        }
    }
    Ok(made)
}

//! The lines of a house apart: one from each service to each other service, to PostgreSQL and to NATS. A process is told where
//! its lines begin, and knows nothing else of the others.

use std::collections::BTreeMap;

use anyhow::Context as _;

use super::{House, Link, Passage, SERVICES};

/// The line's end that is the database server.
pub const POSTGRES: &str = "postgres";
/// The line's end that is the bus.
pub const NATS: &str = "nats";

/// Every line, by the caller and the called.
#[derive(Default)]
pub(super) struct Links(BTreeMap<(&'static str, &'static str), Link>);

impl Links {
    /// Lines from every service to these ports.
    pub async fn between(ports: &BTreeMap<&'static str, u16>) -> anyhow::Result<Self> {
        let mut links = BTreeMap::new();
        for caller in SERVICES {
            for (called, port) in ports.iter().filter(|(called, _)| **called != caller) {
                links.insert((caller, *called), Link::to(*port).await?);
            }
        }
        Ok(Self(links))
    }

    /// Where a caller's line to another begins.
    pub fn port(&self, caller: &str, called: &str) -> Option<u16> {
        self.get(caller, called).map(Link::port)
    }

    fn get(&self, caller: &str, called: &str) -> Option<&Link> {
        self.0.iter().find(|((from, to), _)| (*from, *to) == (caller, called)).map(|(_, link)| link)
    }
}

impl House {
    /// The line from a service to another, to [`POSTGRES`] or to [`NATS`].
    pub fn link(&self, caller: &str, called: &str) -> anyhow::Result<&Link> {
        self.links.get(caller, called).with_context(|| format!("this house has no line {caller} to {called}"))
    }

    /// Changes every line that leads to one of them.
    pub fn before(&self, called: &str, passage: Passage) {
        for (_, link) in self.links.0.iter().filter(|((_, to), _)| *to == called) {
            link.set(passage);
        }
    }

    /// Changes both lines between two services.
    pub fn between(&self, one: &str, other: &str, passage: Passage) -> anyhow::Result<()> {
        self.link(one, other)?.set(passage);
        self.link(other, one)?.set(passage);
        Ok(())
    }

    /// Opens every line.
    pub fn mend(&self) {
        for link in self.links.0.values() {
            link.set(Passage::Open);
        }
    }
}

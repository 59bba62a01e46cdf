//! Free ports, one after another. Taken below those that the kernel hands out for outgoing connections, so that a service that
//! is restarted finds its port free.

use std::fs::File;
use std::net::TcpListener;

use anyhow::{Context as _, bail};
use rustix::process::geteuid;

const FROM: u16 = 12_000;
const PLACES: u64 = 900;
const APART: u16 = 20;
const ATTEMPTS: usize = 50;

/// The port in an address, "nats://127.0.0.1:4222" or "postgres://postgres@127.0.0.1:5432/t1".
pub(super) fn of(address: &str) -> anyhow::Result<u16> {
    let port = address.rsplit_once(':').and_then(|(_, rest)| rest.split('/').next()?.parse().ok());
    port.with_context(|| format!("{address} names no port"))
}

/// Ports in a row, which no other test of this machine takes until they are given back.
pub struct Ports {
    first: u16,
    count: u16,
    /// Locked as long as it is open.
    _held: File,
}

impl Ports {
    /// The first.
    pub fn first(&self) -> u16 {
        self.first
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = u16> + use<> {
        self.first..self.first + self.count
    }
}

/// So many ports in a row that are free. That nobody listens is not enough: between the look and the start of a server another
/// test may take them, so each place is held by a lock on a file.
pub fn run_of(count: u16) -> anyhow::Result<Ports> {
    let places = std::env::temp_dir().join(format!("holdpoint-ports-{}", geteuid().as_raw()));
    std::fs::create_dir_all(&places)?;
    for _ in 0..ATTEMPTS {
        let place = u64::from_str_radix(&holdpoint_testkit::servers::unique(), 16)? % PLACES;
        let held = File::create(places.join(place.to_string()))?;
        let first = FROM + u16::try_from(place)? * APART;
        let free = |port| TcpListener::bind(("127.0.0.1", port)).is_ok();
        if held.try_lock().is_ok() && (first..first + count).all(free) {
            return Ok(Ports { first, count, _held: held });
        }
    }
    bail!("no {count} ports in a row are free")
}

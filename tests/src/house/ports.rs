//! Free ports, one after another. Taken below those that the kernel hands out for outgoing connections, so that a service that
//! is restarted finds its port free.

use std::net::TcpListener;

use anyhow::{Context as _, bail};

const FROM: u16 = 12_000;
const PLACES: u64 = 900;
const APART: u16 = 20;
const ATTEMPTS: usize = 50;

/// The port in an address, "nats://127.0.0.1:4222" or "postgres://postgres@127.0.0.1:5432/t1".
pub(super) fn of(address: &str) -> anyhow::Result<u16> {
    let port = address.rsplit_once(':').and_then(|(_, rest)| rest.split('/').next()?.parse().ok());
    port.with_context(|| format!("{address} names no port"))
}

/// The first of `count` ports in a row that are free.
pub(super) fn run_of(count: usize) -> anyhow::Result<u16> {
    for _ in 0..ATTEMPTS {
        let drawn = u64::from_str_radix(&holdpoint_testkit::servers::unique(), 16)? % PLACES;
        let first = FROM + u16::try_from(drawn)? * APART;
        let taken: Result<Vec<_>, _> =
            (first..).take(count).map(|port| TcpListener::bind(("127.0.0.1", port))).collect();
        if taken.is_ok() {
            return Ok(first);
        }
    }
    bail!("no {count} ports in a row are free")
}

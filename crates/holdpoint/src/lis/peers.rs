//! From which addresses a laboratory may speak: single ones, or networks as `10.20.0.0/16`. Nobody else is let in.

use std::net::IpAddr;
use std::str::FromStr;

use anyhow::Context as _;

/// One address or network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: u128,
    bits: u32,
}

/// The addresses that are let in.
#[derive(Clone, Debug, Default)]
pub struct Peers(Vec<Network>);

impl FromStr for Network {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let (address, bits) =
            text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let wrong = || format!("`{text}` is no address; one looks like 10.20.0.7 or 10.20.0.0/16");
        let ip: IpAddr = address.parse().ok().with_context(wrong)?;
        let most = if ip.is_ipv4() { 32 } else { 128 };
        let bits: u32 =
            bits.map_or(Ok(most), str::parse).ok().filter(|bits| *bits <= most).with_context(wrong)?;
        Ok(Self { address: number(ip), bits: bits + 128 - most })
    }
}

/// Version 4 within version 6, so that a socket of both versions compares alike.
fn number(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped().to_bits(),
        IpAddr::V6(ip) => ip.to_bits(),
    }
}

impl Peers {
    /// These networks; none given: this machine alone.
    pub fn of(networks: Vec<Network>) -> Self {
        let own = [IpAddr::from([127, 0, 0, 1]), std::net::Ipv6Addr::LOCALHOST.into()];
        let own = own.map(|ip| Network { address: number(ip), bits: 128 });
        Self(if networks.is_empty() { own.to_vec() } else { networks })
    }

    /// Whether an address is let in.
    pub fn admits(&self, ip: IpAddr) -> bool {
        let asks = number(ip);
        self.0.iter().any(|network| {
            let mask = u128::MAX.checked_shl(128 - network.bits).unwrap_or(0);
            asks & mask == network.address & mask
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(networks: &[&str], ip: &str) -> bool {
        let networks = networks.iter().map(|text| text.parse().unwrap()).collect();
        Peers::of(networks).admits(ip.parse().unwrap())
    }

    #[test]
    fn only_those_named_are_let_in() {
        assert!(admits(&[], "127.0.0.1") && admits(&[], "::1") && !admits(&[], "127.0.0.2"));
        assert!(admits(&["10.20.0.7"], "10.20.0.7") && !admits(&["10.20.0.7"], "127.0.0.1"));
        assert!(admits(&["10.20.0.0/16"], "10.20.255.1") && !admits(&["10.20.0.0/16"], "10.21.0.1"));
        assert!(
            admits(&["10.20.0.0/16"], "::ffff:10.20.1.1"),
            "the same address on a socket of both versions"
        );
        assert!(admits(&["fd00::/8"], "fd12::1") && !admits(&["fd00::/8"], "fe80::1"));
        assert!(admits(&["0.0.0.0/0"], "8.8.8.8") && !admits(&["0.0.0.0/0"], "fd00::1"));
        for wrong in ["", "10.20", "10.20.0.0/33", "10.20.0.0/x", "lis.example", "::/129"] {
            assert!(wrong.parse::<Network>().unwrap_err().to_string().contains("10.20.0.0/16"), "{wrong}");
        }
    }
}

//! Which processes a house has, and how each is started.

use super::{House, Kind, NATS, POSTGRES, SERVICES, ports};

/// One process: its name, the services in it, its command line.
#[derive(Clone, Copy)]
pub(super) struct Unit {
    pub name: &'static str,
    pub services: &'static [&'static str],
    command: fn(&House, &'static str) -> Vec<String>,
}

impl Unit {
    /// Its command line.
    pub fn command(&self, house: &House) -> Vec<String> {
        (self.command)(house, self.name)
    }
}

pub(super) fn of(kind: Kind) -> Vec<Unit> {
    match kind {
        Kind::Embedded => {
            vec![Unit { name: "up", services: &SERVICES, command: |house, _| up(house) }]
        }
        Kind::Apart => SERVICES.iter().map(alone).collect(),
    }
}

fn alone(service: &'static &'static str) -> Unit {
    Unit { name: service, services: std::slice::from_ref(service), command: serve }
}

fn up(house: &House) -> Vec<String> {
    let mut line = words(&["up", "--port"]);
    line.push(house.ports["enrollment"].to_string());
    line.extend(common(house, "up"));
    line
}

fn serve(house: &House, service: &'static str) -> Vec<String> {
    let mut line = words(&["serve", service, "--port"]);
    line.push(house.ports[service].to_string());
    line.extend(common(house, service));
    line
}

/// Servers are reached over the process's own lines.
fn common(house: &House, name: &str) -> Vec<String> {
    let bus =
        house.nats.as_ref().map_or_else(|| "local".to_owned(), |nats| over(house, (name, NATS), &nats.url()));
    let store = over(house, (name, POSTGRES), &house.store);
    vec!["--keys".to_owned(), house.keys(), "--store".to_owned(), store, "--bus".to_owned(), bus]
}

/// An address with the line's port in place of the server's.
fn over(house: &House, (caller, called): (&str, &str), address: &str) -> String {
    match (house.links.port(caller, called), ports::of(address)) {
        (Some(line), Ok(port)) => address.replacen(&format!(":{port}"), &format!(":{line}"), 1),
        _ => address.to_owned(),
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

//! Which processes a house has, and how each is started.

use super::{House, Kind, SERVICES};

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
    line.extend(common(house));
    line
}

fn serve(house: &House, service: &'static str) -> Vec<String> {
    let mut line = words(&["serve", service, "--port"]);
    line.push(house.ports[service].to_string());
    line.extend(common(house));
    line
}

fn common(house: &House) -> Vec<String> {
    let bus = house.nats.as_ref().map_or_else(|| "local".to_owned(), |nats| nats.url());
    vec![
        "--keys".to_owned(),
        house.keys(),
        "--store".to_owned(),
        house.store.clone(),
        "--bus".to_owned(),
        bus,
    ]
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

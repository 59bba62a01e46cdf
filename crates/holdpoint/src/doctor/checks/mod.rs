//! Every check, by number.

mod bus;
mod certificates;
mod clock;
mod database;
mod disk;
mod http;
mod journals;
mod keys;
mod services;

use futures::future::BoxFuture;

use super::{Found, House};

/// One check.
pub struct Check {
    /// Its number, which is never given to another.
    pub number: &'static str,
    /// What it looks at.
    pub name: &'static str,
    /// Looks.
    pub run: for<'a> fn(&'a House, &'a mut Found) -> BoxFuture<'a, anyhow::Result<()>>,
}

/// All of them, in the order in which they are told.
pub const CHECKS: &[Check] = &[
    Check {
        number: "D01",
        name: "this machine's clock is synchronized",
        run: |house, found| Box::pin(clock::synchronized(house, found)),
    },
    Check {
        number: "D02",
        name: "the databases' clocks agree with it",
        run: |house, found| Box::pin(clock::databases(house, found)),
    },
    Check {
        number: "D03",
        name: "the services' clocks agree with it",
        run: |house, found| Box::pin(clock::services(house, found)),
    },
    Check { number: "D04", name: "disks have room", run: |house, found| Box::pin(disk::room(house, found)) },
    Check {
        number: "D05",
        name: "databases keep what they have committed",
        run: |house, found| Box::pin(database::durable(house, found)),
    },
    Check {
        number: "D06",
        name: "databases are whole and of a known release",
        run: |house, found| Box::pin(database::whole(house, found)),
    },
    Check {
        number: "D07",
        name: "the databases' tables are this program's",
        run: |house, found| Box::pin(database::tables(house, found)),
    },
    Check {
        number: "D08",
        name: "the bus answers and stores",
        run: |house, found| Box::pin(bus::answers(house, found)),
    },
    Check {
        number: "D09",
        name: "the bus is a release without known holes",
        run: |house, found| Box::pin(bus::release(house, found)),
    },
    Check {
        number: "D10",
        name: "the bus flushes what it has taken",
        run: |house, found| Box::pin(bus::flushes(house, found)),
    },
    Check {
        number: "D11",
        name: "keys are there and kept from others",
        run: |house, found| Box::pin(keys::kept(house, found)),
    },
    Check {
        number: "D12",
        name: "certificates are valid for a while",
        run: |house, found| Box::pin(certificates::valid(house, found)),
    },
    Check {
        number: "D13",
        name: "services serve, all of one release",
        run: |house, found| Box::pin(services::serve(house, found)),
    },
    Check {
        number: "D14",
        name: "services keep up with one another",
        run: |house, found| Box::pin(journals::keep_up(house, found)),
    },
    Check {
        number: "D15",
        name: "no row is parked",
        run: |house, found| Box::pin(journals::parked(house, found)),
    },
    Check {
        number: "D16",
        name: "journals are what was written",
        run: |house, found| Box::pin(journals::verify(house, found)),
    },
];

#[cfg(test)]
mod tests {
    use super::CHECKS;

    #[test]
    fn numbers_are_in_order_and_each_its_own() {
        let numbers: Vec<String> = (1..=CHECKS.len()).map(|number| format!("D{number:02}")).collect();
        assert!(CHECKS.iter().map(|check| check.number).eq(numbers.iter().map(String::as_str)));
    }
}

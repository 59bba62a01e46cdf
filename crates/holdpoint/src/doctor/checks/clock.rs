//! Permits live seconds, tokens minutes, and deadlines are dates: clocks must agree.

use std::process::{Command, Stdio};

use holdpoint_chassis::clock::MachineClock;
use holdpoint_journal::Snapshot;

use super::services::{about, each};
use crate::doctor::{Found, House};
use crate::host::ROOMS;

const SYNCHRONIZE: &str = "run chrony or systemd-timesyncd against the hospital's time servers";

/// What the machine's own time service says. In a container there is none: the host's counts.
pub(super) async fn synchronized(_: &House, found: &mut Found) -> anyhow::Result<()> {
    if let Some(said) = said("timedatectl", &["show", "--property=NTPSynchronized", "--value"]) {
        if said.trim() != "yes" {
            found.problem(
                format!("timedatectl says that the clock is not synchronized: {}", said.trim()),
                SYNCHRONIZE,
            );
        }
        return Ok(());
    }
    if let Some(said) = said("chronyc", &["-c", "tracking"]) {
        if said.contains("Not synchronised") {
            found.problem("chronyc says that the clock is not synchronized", SYNCHRONIZE);
        }
        return Ok(());
    }
    found.warning(
        "neither timedatectl nor chronyc answers here, so nobody says whether the clock is synchronized",
        "ask on the host: `timedatectl show --property=NTPSynchronized`",
    );
    Ok(())
}

fn said(program: &str, line: &[&str]) -> Option<String> {
    let output = Command::new(program).args(line).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The clock of a database server on another machine.
pub(super) async fn databases(house: &House, found: &mut Found) -> anyhow::Result<()> {
    for room in ROOMS {
        let Some(mut there) = Snapshot::connect(house.stores.of(room.name)?, room.name).await? else {
            continue;
        };
        let before = wall();
        let theirs = there.clock_us().await?;
        if let Some(theirs) = theirs {
            compare(house, found, &format!("the database server of {}", room.name), theirs, before);
        }
        there.close().await?;
    }
    Ok(())
}

/// The clocks of the machines on which the services run.
pub(super) async fn services(house: &House, found: &mut Found) -> anyhow::Result<()> {
    for (name, mut client) in each(house)? {
        let before = wall();
        // One that does not answer is another check's finding.
        if let Ok(said) = about(&mut client).await {
            compare(house, found, &name, said.wall_us, before);
        }
    }
    Ok(())
}

/// What was on the way counts for the other clock.
fn compare(house: &House, found: &mut Found, whose: &str, theirs: i64, before: i64) {
    let off = match theirs {
        early if early < before => before - early,
        late => (late - wall()).max(0),
    };
    if i128::from(off) > i128::try_from(house.limits.skew.as_micros()).unwrap_or(i128::MAX) {
        let what = format!("the clock of {whose} is {} ms away from this machine's", off / 1_000);
        found.problem(what, format!("{SYNCHRONIZE}, on both machines"));
    }
}

fn wall() -> i64 {
    MachineClock::new().wall().as_microsecond()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Limits;
    use crate::host::Stores;

    fn house() -> House {
        House {
            stores: Stores::one("sqlite:/tmp").unwrap(),
            bus: "local".into(),
            nats: holdpoint_bus::JetStreamOptions::default(),
            monitor: None,
            running: None,
            keys: "keys".into(),
            certificates: vec![],
            folders: vec![],
            limits: Limits::default(),
        }
    }

    #[test]
    fn a_clock_that_is_away_is_found_either_way() {
        for (seconds, found_one) in [(-3_600, true), (-1, true), (0, false), (1, true), (3_600, true)] {
            let mut found = Found::default();
            let before = wall();
            compare(&house(), &mut found, "safety", before + seconds * 1_000_000, before);
            assert_eq!(!found.0.is_empty(), found_one, "{seconds}");
        }
    }
}

//! What tests need from the machine: PostgreSQL and nats-server (started privately, on free ports, by the test kit), strace
//! and Python with venv. Missing ones are installed by apt where that is permitted, else named in one sentence.

use std::path::Path;
use std::process::Command;

use anyhow::bail;

use crate::steps::{Outcome, answers, command};

/// A program of the system that tests start.
struct Need {
    package: &'static str,
    present: fn() -> bool,
}

const NEEDS: &[Need] = &[
    Need { package: "postgresql", present: postgres },
    Need { package: "nats-server", present: || answers("nats-server", &["--version"]) },
    Need { package: "openssl", present: || answers("openssl", &["version"]) },
    Need { package: "strace", present: || answers("strace", &["--version"]) },
    Need { package: "python3-venv", present: || answers("python3", &["-c", "import venv, ensurepip"]) },
];

/// Looks for each need, and installs the missing ones where it may.
pub fn install() -> anyhow::Result<Outcome> {
    let missing = missing();
    if missing.is_empty() {
        println!("PostgreSQL, nats-server, openssl, strace and Python are here");
        return Ok(Outcome::Done);
    }
    let list = missing.join(" ");
    if !answers("apt-get", &["--version"]) {
        bail!(
            "tests need {list} (Debian's names): install them with this system's package manager and run again"
        );
    }
    if !is_root() {
        bail!("tests need {list}: run `sudo apt-get install -y {list}` once, then run this again");
    }
    command(apt().arg("update"))?;
    command(apt().args(["install", "-y", "--no-install-recommends"]).args(&missing))?;
    match self::missing() {
        still if still.is_empty() => Ok(Outcome::Done),
        still => bail!("apt-get installed {list}, and yet {} cannot be found", still.join(", ")),
    }
}

fn missing() -> Vec<&'static str> {
    NEEDS.iter().filter(|need| !(need.present)()).map(|need| need.package).collect()
}

/// Debian keeps the server's programs out of the search path, one folder for each major version.
fn postgres() -> bool {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let debian =
        versions.map(|version| version.path().join("bin/initdb")).any(|initdb| Path::is_file(&initdb));
    debian || answers("initdb", &["--version"])
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|answer| answer.stdout.trim_ascii() == b"0")
}

fn apt() -> Command {
    let mut apt = Command::new("apt-get");
    apt.env("DEBIAN_FRONTEND", "noninteractive");
    apt
}

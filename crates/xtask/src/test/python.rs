//! A Python of our own under `target/`, with the gRPC client that a hospital's developer would use and the HL7 client
//! that a laboratory's would, so that tests can speak to the services as a stranger does, without any code of ours.

use std::path::Path;
use std::process::Command;

use anyhow::Context as _;

use crate::steps::{Outcome, command};

/// Exact versions, so that a test that fails is about us.
const PACKAGES: &[&str] = &["grpcio==1.85.1", "grpcio-reflection==1.85.1", "protobuf==7.36.2", "hl7==0.4.5"];

/// Makes the environment once; a stamp with the list of packages tells whether it is complete.
pub fn set_up(root: &Path) -> anyhow::Result<Outcome> {
    let folder = root.join("target/python");
    let stamp = folder.join("holdpoint-packages");
    let wanted = PACKAGES.join("\n");
    if std::fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        println!("{} is complete", folder.display());
        return Ok(Outcome::Done);
    }
    command(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let install =
        ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:"];
    command(Command::new(folder.join("bin/python")).args(install).args(PACKAGES)).context(
        "the Python packages of the client test could not be installed from PyPI; is there a network?",
    )?;
    std::fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))?;
    Ok(Outcome::Done)
}

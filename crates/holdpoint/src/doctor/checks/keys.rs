//! Whoever has a service's key speaks for it, and whoever has the issuer's speaks for everybody.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use anyhow::Context as _;
use holdpoint_chassis::identity::ISSUER;

use crate::doctor::{Found, House};
use crate::host::names;

pub(super) async fn kept(house: &House, found: &mut Found) -> anyhow::Result<()> {
    for name in names().chain([ISSUER]) {
        if !house.keys.join(format!("{name}.pub")).is_file() {
            let what = format!("there is no {name}.pub in {}", house.keys.display());
            found.problem(
                what,
                "without it nobody believes what it signs: `holdpoint keys` makes what is missing",
            );
        }
    }
    let Ok(folder) = fs::read_dir(&house.keys) else { return Ok(()) };
    for entry in folder {
        let entry = entry.context("reading the keys folder")?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let mode = entry.metadata().context("reading a key's rights")?.permissions().mode();
        if (name.ends_with(".key") || name.ends_with(".secret")) && mode & 0o077 != 0 {
            let path = entry.path();
            found.problem(
                format!("{} can be read by others than its owner (mode {:o})", path.display(), mode & 0o777),
                format!(
                    "chmod 600 {}; who may have read it can speak in its name: make a new one",
                    path.display()
                ),
            );
        }
    }
    Ok(())
}

//! A full disk stops every commit.

use rustix::fs::statvfs;

use crate::doctor::{Found, House};

pub(super) async fn room(house: &House, found: &mut Found) -> anyhow::Result<()> {
    for folder in &house.folders {
        let Ok(disk) = statvfs(folder) else {
            found.warning(
                format!("{} cannot be looked at", folder.display()),
                "make the folder, or correct the setting that names it",
            );
            continue;
        };
        let free = disk.f_bavail.saturating_mul(disk.f_frsize) >> 20;
        if free < house.limits.free_mib {
            let what = format!(
                "the disk of {} has {free} MiB free; at least {} are wanted",
                folder.display(),
                house.limits.free_mib
            );
            found.problem(
                what,
                "make room or give the folder a larger disk; a full disk refuses every commit",
            );
        }
        if disk.f_files > 0 && disk.f_favail == 0 {
            found.problem(
                format!("the disk of {} has no file left to give", folder.display()),
                "remove files that nobody needs",
            );
        }
    }
    Ok(())
}

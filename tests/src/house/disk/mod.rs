//! A disk that a test may take the power from, mounted where a server keeps its files: what was not flushed is lost then, as
//! LazyFS loses it, whatever the kernel had taken over. `store` is what it holds, `kernel` answers for it.

mod kernel;
mod store;
mod words;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::ensure;
use rustix::process::geteuid;

use super::{PATIENCE, until};
use store::Store;

pub use store::Torn;

/// The disk.
pub struct Disk {
    at: PathBuf,
    store: Arc<Mutex<Store>>,
    mounted: bool,
}

impl Disk {
    /// Mounts an empty one at a folder; none, said in words, where this machine has no FUSE or this is not root.
    pub(super) fn at(folder: &Path) -> anyhow::Result<Option<Self>> {
        let device = File::options().read(true).write(true).open("/dev/fuse");
        if device.is_err() || !geteuid().is_root() {
            println!("skipped: a power cut needs /dev/fuse and root, to lose what was not flushed");
            return Ok(None);
        }
        let mut disk =
            Self { at: folder.to_path_buf(), store: Arc::new(Mutex::new(Store::new())), mounted: false };
        disk.mount()?;
        Ok(Some(disk))
    }

    /// Nothing more reaches it, and who asks hears of a broken disk.
    pub(super) fn power_off(&self) {
        self.held().power_off();
    }

    /// What it held when the power went is there again. Who used it must have ended.
    pub(super) async fn power_on(&mut self, torn: Torn) -> anyhow::Result<()> {
        // The kernel's own memory of its files goes with the mount, as it went with the power.
        until(&format!("{} can be unmounted", self.at.display()), PATIENCE, async || {
            Ok(unmount(&self.at, &[])?.then_some(()))
        })
        .await?;
        self.mounted = false;
        self.held().power_on(torn);
        self.mount()
    }

    /// The kernel takes the open device for the file system's other end: it is what the mounting program reads from.
    fn mount(&mut self) -> anyhow::Result<()> {
        let device = File::options().read(true).write(true).open("/dev/fuse")?;
        let options = "fd=0,rootmode=40000,user_id=0,group_id=0,allow_other";
        let done = Command::new("mount")
            .args(["-i", "-n", "-t", "fuse", "-o", options, "holdpoint-disk"])
            .arg(&self.at)
            .stdin(device.try_clone()?)
            .output()?;
        let said = String::from_utf8_lossy(&done.stderr);
        ensure!(done.status.success(), "a disk could not be mounted at {}: {said}", self.at.display());
        self.mounted = true;
        let store = self.store.clone();
        std::thread::Builder::new().name("disk".to_owned()).spawn(move || kernel::serve(device, &store))?;
        Ok(())
    }

    fn held(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if self.mounted {
            let _ = unmount(&self.at, &["-l"]);
        }
    }
}

/// Answers whether it was done: it is not while somebody uses it.
fn unmount(at: &Path, flags: &[&str]) -> anyhow::Result<bool> {
    let done = Command::new("umount").args(flags).arg(at).stderr(Stdio::null()).status()?;
    Ok(done.success())
}

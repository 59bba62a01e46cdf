//! Where the program under test is: beside the tests, as the same build made it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

/// The binary `holdpoint` of this build: `target/<profile>/holdpoint`, where tests are in `target/<profile>/deps` and programs
/// beside it.
pub(super) fn holdpoint() -> anyhow::Result<PathBuf> {
    let test = std::env::current_exe().context("where is this test?")?;
    let folder = test.parent().context("a test lies in a folder")?;
    let profile = if folder.ends_with("deps") { folder.parent().unwrap_or(folder) } else { folder };
    let program = profile.join("holdpoint");
    ensure!(
        program.is_file(),
        "there is no {}: run the tests of the whole workspace, which build it (cargo test --workspace)",
        program.display()
    );
    Ok(program)
}

/// The root of the repository.
pub fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

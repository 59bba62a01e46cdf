//! The trial files and dictionaries of this repository, and the reference material beside it where present.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use holdpoint_protocol::{Finding, Protocol, load};

/// The ten trials of `deploy/protocols`.
pub const TRIALS: [&str; 10] = [
    "nct01254539",
    "nct01348451",
    "nct01494480",
    "nct01609283",
    "nct01640067",
    "nct01730716",
    "nct01933321",
    "nct02881489",
    "nct02987413",
    "pgf-msc",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn folder() -> PathBuf {
    root().join("deploy/protocols")
}

/// The text of one trial file.
pub fn text(trial: &str) -> String {
    std::fs::read_to_string(folder().join(format!("{trial}.toml"))).unwrap()
}

/// All dictionaries by name.
pub fn dictionaries() -> BTreeMap<String, String> {
    let files = std::fs::read_dir(folder().join("dictionary")).unwrap();
    let one = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, std::fs::read_to_string(path).unwrap())
    };
    files.map(|file| one(file.unwrap().path())).collect()
}

/// Reads a text with the repository's dictionaries.
pub fn read(text: &str) -> Result<Protocol, Vec<Finding>> {
    load("trial.toml", text, &dictionaries())
}

/// A trial of the repository, which must be without findings.
pub fn trial(trial: &str) -> Protocol {
    read(&text(trial)).unwrap_or_else(|findings| panic!("{trial}: {}", lines(&findings)))
}

/// Findings as a person reads them.
pub fn lines(findings: &[Finding]) -> String {
    findings.iter().map(|finding| format!("\n  {finding}")).collect()
}

/// A file of the reference material, when it lies beside the repository.
pub fn reference(path: &str) -> Option<String> {
    let found = std::fs::read_to_string(root().join("../shared/protocols").join(path)).ok();
    if found.is_none() {
        println!("skipped: {path} is not beside this repository");
    }
    found
}

//! Trial files with their dictionaries: from `deploy/protocols` under the current folder where it is, so that a site sees its own
//! edits; else the copies that were compiled in.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, bail};
use holdpoint_protocol::Protocol;

include!(concat!(env!("OUT_DIR"), "/trial_files.rs"));

const FOLDER: &str = "deploy/protocols";

/// A trial file with all it may use.
#[derive(Debug, Clone)]
pub struct TrialFile {
    /// The trial file's text.
    pub text: String,
    /// Name of each dictionary to its text.
    pub dictionaries: BTreeMap<String, String>,
}

/// The ids of the trials that the program carries.
pub fn known() -> impl Iterator<Item = &'static str> {
    TRIALS.iter().map(|(name, _)| *name)
}

/// The file of a trial, by its id or by its path.
pub fn read(trial: &str) -> anyhow::Result<TrialFile> {
    let given = Path::new(trial);
    let (text, folder) = match given.extension().is_some_and(|ending| ending == "toml") {
        true => {
            let text = std::fs::read_to_string(given).with_context(|| format!("cannot read {trial}"))?;
            (text, given.parent().unwrap_or(Path::new(".")).to_owned())
        }
        false => (carried(trial)?, Path::new(FOLDER).to_owned()),
    };
    let dictionaries = DICTIONARIES
        .iter()
        .map(|(name, compiled_in)| {
            let near = std::fs::read_to_string(folder.join(format!("dictionary/{name}.toml")));
            ((*name).to_owned(), near.unwrap_or_else(|_| (*compiled_in).to_owned()))
        })
        .collect();
    Ok(TrialFile { text, dictionaries })
}

fn carried(trial: &str) -> anyhow::Result<String> {
    let Some((_, compiled_in)) = TRIALS.iter().find(|(name, _)| *name == trial) else {
        let known: Vec<&str> = known().collect();
        bail!("`{trial}` is no trial; one is a path ending in .toml, or {}", known.join(", "));
    };
    let near = std::fs::read_to_string(Path::new(FOLDER).join(format!("{trial}.toml")));
    Ok(near.unwrap_or_else(|_| (*compiled_in).to_owned()))
}

impl TrialFile {
    /// Reads it. All that is wrong with it is told at once.
    pub fn protocol(&self) -> anyhow::Result<Protocol> {
        holdpoint_protocol::load("trial file", &self.text, &self.dictionaries).map_err(|findings| {
            let all: Vec<String> = findings.iter().map(ToString::to_string).collect();
            anyhow::anyhow!("the trial file is not well formed:\n{}", all.join("\n"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_carried_trial_is_well_formed_and_a_stranger_is_told_which_there_are() {
        for trial in known() {
            assert_eq!(read(trial).unwrap().protocol().unwrap().id.as_str(), trial);
        }
        let told = read("nothing").unwrap_err().to_string();
        assert!(known().all(|trial| told.contains(trial)), "{told}");
    }
}

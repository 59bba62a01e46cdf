//! The first trial's file and its dictionaries: from `deploy/protocols` under the current folder where it is, so that a
//! site sees its own edits; else the copy that was compiled in.

use std::collections::BTreeMap;
use std::path::Path;

const FOLDER: &str = "deploy/protocols";
const TRIAL: (&str, &str) = ("pgf-msc.toml", include_str!("../../../deploy/protocols/pgf-msc.toml"));
const DICTIONARIES: &[(&str, &str)] = &[
    ("common", include_str!("../../../deploy/protocols/dictionary/common.toml")),
    ("hsct", include_str!("../../../deploy/protocols/dictionary/hsct.toml")),
    ("ich", include_str!("../../../deploy/protocols/dictionary/ich.toml")),
];

/// A trial file with all it uses.
pub struct TrialFile {
    /// The trial file's text.
    pub text: String,
    /// Name of each dictionary to its text.
    pub dictionaries: BTreeMap<String, String>,
}

/// The first trial.
pub fn read() -> TrialFile {
    let folder = Path::new(FOLDER);
    let found = |name: &str, compiled_in: &str| {
        std::fs::read_to_string(folder.join(name)).unwrap_or_else(|_| compiled_in.to_owned())
    };
    let dictionaries = DICTIONARIES
        .iter()
        .map(|(name, text)| ((*name).to_owned(), found(&format!("dictionary/{name}.toml"), text)))
        .collect();
    TrialFile { text: found(TRIAL.0, TRIAL.1), dictionaries }
}

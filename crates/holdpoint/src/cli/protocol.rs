//! `holdpoint protocol`: what is wrong with a trial file, what it says in sentences, what two versions differ in, and the digest
//! that every record carries.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Subcommand, ValueEnum};
use holdpoint_protocol::{Protocol as Trial, load};

/// What to do with trial files. Dictionaries are looked for in the folder `dictionary` beside the file.
#[derive(Debug, Subcommand)]
pub(super) enum Protocol {
    /// Says everything that is wrong with a file, each with line and column
    Check {
        /// The trial file
        file: PathBuf,
    },
    /// Prints the file as sentences that a principal investigator can sign
    Explain {
        /// The trial file
        file: PathBuf,
        /// The language
        #[arg(long, value_enum, default_value_t = Lang::En)]
        lang: Lang,
    },
    /// Compares two versions by id; an amendment's list of sections must match what differs
    Diff {
        /// The earlier version
        old: PathBuf,
        /// The later version
        new: PathBuf,
    },
    /// Prints the digest of a file with its dictionaries
    Hash {
        /// The trial file
        file: PathBuf,
    },
}

/// A language of `explain`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Lang {
    /// English
    En,
    /// Chinese
    Zh,
}

impl Protocol {
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Check { file } => check(&file),
            Self::Explain { file, lang } => explain(&file, lang),
            Self::Diff { old, new } => diff(&old, &new),
            Self::Hash { file } => hash(&file),
        }
    }
}

fn check(file: &Path) -> anyhow::Result<ExitCode> {
    let Some(trial) = read(file)? else { return Ok(ExitCode::FAILURE) };
    println!(
        "{}: {} is well formed; {} items await confirmation",
        file.display(),
        trial.reference(),
        trial.assumed().len()
    );
    Ok(ExitCode::SUCCESS)
}

fn explain(file: &Path, lang: Lang) -> anyhow::Result<ExitCode> {
    let Some(trial) = read(file)? else { return Ok(ExitCode::FAILURE) };
    let lang = match lang {
        Lang::En => holdpoint_protocol::Lang::En,
        Lang::Zh => holdpoint_protocol::Lang::Zh,
    };
    print(&holdpoint_protocol::explain(&trial, lang).to_string())?;
    Ok(ExitCode::SUCCESS)
}

fn diff(old: &Path, new: &Path) -> anyhow::Result<ExitCode> {
    let (Some(before), Some(after)) = (read(old)?, read(new)?) else { return Ok(ExitCode::FAILURE) };
    let diff = holdpoint_protocol::diff(&before, &after);
    print(&diff.to_string())?;
    let findings = holdpoint_protocol::check_amendment(&before, &after);
    for finding in &findings {
        eprintln!("{finding}");
    }
    Ok(if findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn hash(file: &Path) -> anyhow::Result<ExitCode> {
    let Some(trial) = read(file)? else { return Ok(ExitCode::FAILURE) };
    println!("{}", trial.reference());
    Ok(ExitCode::SUCCESS)
}

/// Prints a long text. A reader that closes the pipe early has read enough.
fn print(text: &str) -> anyhow::Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(cause) if cause.kind() != ErrorKind::BrokenPipe => Err(cause.into()),
        _ => Ok(()),
    }
}

/// Reads a file with the dictionaries beside it; prints all findings where it is wrong.
fn read(file: &Path) -> anyhow::Result<Option<Trial>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    match load(&file.display().to_string(), &text, &dictionaries(file)?) {
        Ok(trial) => Ok(Some(trial)),
        Err(findings) => {
            for finding in &findings {
                eprintln!("{finding}");
            }
            eprintln!("{} findings; nothing of the file is used", findings.len());
            Ok(None)
        }
    }
}

fn dictionaries(file: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let folder = file.parent().unwrap_or(Path::new(".")).join("dictionary");
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(&folder).into_iter().flatten() {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "toml")
            && let Some(name) = path.file_stem().and_then(|stem| stem.to_str())
        {
            let text =
                std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            found.insert(name.to_owned(), text);
        }
    }
    Ok(found)
}

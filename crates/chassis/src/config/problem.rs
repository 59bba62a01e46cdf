//! What is wrong with the settings, told all at once: which key, from where, what was found, what is allowed.

use std::fmt;

/// One thing wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The key, as files write it: `server.port`. Empty where a whole source cannot be read.
    pub key: String,
    /// Where the value comes from: a file, a variable, a flag.
    pub origin: String,
    /// What is wrong and what is allowed.
    pub words: String,
}

/// The settings are refused. Holds everything that is wrong, not the first thing only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// Everything that is wrong, by key.
    pub problems: Vec<Problem>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the settings are refused:")?;
        for problem in &self.problems {
            write!(f, "\n  ")?;
            if !problem.key.is_empty() {
                write!(f, "{}", problem.key)?;
                if !problem.origin.is_empty() {
                    write!(f, " ({})", problem.origin)?;
                }
                write!(f, ": ")?;
            }
            write!(f, "{}", problem.words)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

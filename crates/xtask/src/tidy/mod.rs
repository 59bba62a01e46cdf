//! House rules as programs: each check reads the tree and answers with findings, each with its place and what to do.
//! A rule that nobody can break in a test is no rule: `tests/tidy` plants a violation for each.

mod contract;
mod headers;
mod layers;
mod lexer;
mod purity;
mod rooms;
pub mod shapes;
mod sizes;
mod tree;
mod words;

use std::fmt;
use std::path::Path;

pub use contract::{Rpc, rpcs};
pub use shapes::{Shape, shapes};
pub use tree::{Source, Tree};

/// One thing in the tree that breaks a house rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Name of the check: "layers", "purity" ...
    pub check: &'static str,
    /// File and line, crate, or rpc.
    pub place: String,
    /// What is wrong and what is allowed.
    pub what: String,
}

impl Finding {
    fn new(check: &'static str, place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { check, place: place.into(), what: what.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.check, self.place, self.what)
    }
}

/// Runs every check on the workspace at `root`, with the rpcs and the published shapes of the contract it was built with.
pub fn run(root: &Path, rpcs: &[Rpc], shapes: &[Shape]) -> anyhow::Result<Vec<Finding>> {
    let tree = Tree::read(root)?;
    let mut findings = layers::check(&layers::Workspace::read(root)?);
    findings.extend(purity::check(&tree));
    findings.extend(sizes::check(&tree));
    findings.extend(headers::check(&tree));
    findings.extend(words::check(&tree));
    findings.extend(rooms::check(&tree));
    findings.extend(contract::check(rpcs));
    findings.extend(shapes::check(&tree, shapes));
    findings.sort();
    Ok(findings)
}

//! Every Rust file says first what it decides, in lines that begin with `//!`.

use super::{Finding, Tree};

const CHECK: &str = "headers";

/// Every Rust file that opens with something else.
pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.rust()
        .filter(|source| !opens_well(&source.text))
        .map(|source| {
            Finding::new(CHECK, &source.path, "must open with 1 to 6 lines of `//!` that say what it decides")
        })
        .collect()
}

fn opens_well(text: &str) -> bool {
    text.lines()
        .next()
        .is_some_and(|line| line.strip_prefix("//!").is_some_and(|said| !said.trim().is_empty()))
}

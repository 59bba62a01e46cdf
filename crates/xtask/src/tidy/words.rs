//! What must not stand in the text: paths of one machine, hosts of a private registry, talk of what a change changed
//! (the history tells that), and notes to oneself.

use super::{Finding, Source, Tree};

const CHECK: &str = "words";

/// Files that name these words in order to ban them, or that a tool writes.
const EXEMPT: &[&str] = &["crates/xtask/src/tidy/words.rs", "tests/tidy/", "Cargo.lock", "LICENSE"];

/// Anywhere in a text file.
const ANYWHERE: &[(&str, &str)] = &[
    ("/work/", "a path of one machine"),
    ("/root/", "a path of one machine"),
    ("/home/", "a path of one machine"),
    ("/Users/", "a path of one machine"),
    ("C:\\Users", "a path of one machine"),
    ("artifactory", "a private registry"),
    ("extra-index-url", "a private registry"),
    ("registry.npmjs.org", "a registry host"),
    ("pypi.org/simple", "a registry host"),
    ("index.crates.io", "a registry host"),
    ("static.crates.io", "a registry host"),
];

/// In comments of Rust files, whatever the case.
const IN_COMMENTS: &[&str] = &[
    "no longer",
    "from now on",
    "used to be",
    "previously",
    "formerly",
    "was renamed",
    "is now ",
    "are now ",
    "we now",
    "now uses",
    "now also",
    "legacy",
    "refactored",
    "todo",
    "fixme",
    "xxx",
    "hack:",
];

/// The one source that the lock file may name.
const PUBLIC: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Every word that does not belong.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in &tree.sources {
        if source.path == "Cargo.lock" {
            findings.extend(foreign_sources(source));
        }
        if EXEMPT.iter().any(|exempt| source.path.starts_with(exempt)) {
            continue;
        }
        findings.extend(anywhere(source));
        if source.is_rust() {
            findings.extend(in_comments(source));
        }
    }
    findings
}

fn anywhere(source: &Source) -> Vec<Finding> {
    lines(&source.text, |line| {
        ANYWHERE.iter().find(|(word, _)| line.contains(word)).map(|(word, why)| format!("`{word}` is {why}"))
    })
    .map(|(number, what)| Finding::new(CHECK, format!("{}:{number}", source.path), what))
    .collect()
}

fn in_comments(source: &Source) -> Vec<Finding> {
    let comments = source.parts().comments.to_lowercase();
    lines(&comments, |line| {
        let line = line.replace("no longer than", "");
        let word = IN_COMMENTS.iter().find(|word| line.contains(**word))?;
        Some(format!("`{}` talks of a change or of work to do: say what is", word.trim()))
    })
    .map(|(number, what)| Finding::new(CHECK, format!("{}:{number}", source.path), what))
    .collect()
}

fn foreign_sources(lock: &Source) -> Vec<Finding> {
    lines(&lock.text, |line| {
        let named = line.strip_prefix("source = ")?.trim_matches('"');
        (named != PUBLIC).then(|| format!("{named}: dependencies come from the public registry only"))
    })
    .map(|(number, what)| Finding::new(CHECK, format!("{}:{number}", lock.path), what))
    .collect()
}

fn lines<'a>(
    text: &'a str,
    judge: impl Fn(&str) -> Option<String> + 'a,
) -> impl Iterator<Item = (usize, String)> + 'a {
    text.lines().enumerate().filter_map(move |(at, line)| Some((at + 1, judge(line)?)))
}

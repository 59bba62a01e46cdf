//! Small files, small functions: a hand-written file of more than 600 lines, or a function of more than 80, is a finding.
//! A table of cases in a test reads from top to bottom and may be twice as long.

use super::{Finding, Source, Tree};

const CHECK: &str = "sizes";
const FILE_LINES: usize = 600;
const FUNCTION_LINES: usize = 80;

/// Every file and function that grew too long.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in tree.sources.iter().filter(|source| written(&source.path)) {
        let lines = source.text.lines().count();
        if lines > FILE_LINES {
            let what = format!("{lines} lines; at most {FILE_LINES}: give the second idea a file of its own");
            findings.push(Finding::new(CHECK, &source.path, what));
        }
        if source.is_rust() {
            findings.extend(long_functions(source));
        }
    }
    findings
}

fn written(path: &str) -> bool {
    [".rs", ".py", ".sh", ".proto"].iter().any(|end| path.ends_with(end))
}

fn long_functions(source: &Source) -> Vec<Finding> {
    let code = source.parts().code;
    let mut findings = Vec::new();
    for (at, name) in functions(&code) {
        let lines = body_lines(&code[at..]);
        let most = if is_test(&source.path) { 2 * FUNCTION_LINES } else { FUNCTION_LINES };
        if lines > most {
            let line = code[..at].matches('\n').count() + 1;
            let what = format!("fn {name} has {lines} lines; at most {most}");
            findings.push(Finding::new(CHECK, format!("{}:{line}", source.path), what));
        }
    }
    findings
}

fn is_test(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("tests.rs")
}

/// Where each `fn name` begins.
fn functions(code: &str) -> Vec<(usize, String)> {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices("fn ")
        .filter(|(at, _)| !code[..*at].chars().next_back().is_some_and(inside))
        .map(|(at, _)| (at, code[at + 3..].chars().take_while(|c| inside(*c)).collect::<String>()))
        .filter(|(_, name)| !name.is_empty())
        .collect()
}

/// Lines from `fn` to the brace that closes its body; 0 for one without a body.
fn body_lines(code: &str) -> usize {
    let mut depth = 0_usize;
    let mut lines = 1;
    for c in code.chars() {
        match c {
            '\n' => lines += 1,
            ';' if depth == 0 => return 0,
            '{' => depth += 1,
            '}' if depth <= 1 => return lines,
            '}' => depth -= 1,
            _ => {}
        }
    }
    lines
}

//! What is wrong is refused, where it stands and for its reason.

mod cases;
mod files;
mod reference;

use holdpoint_protocol::{Code, Finding};

use crate::shelf::{lines, read, text};

/// One change of a trial that must be refused.
pub struct Case {
    /// The trial that is changed.
    pub trial: &'static str,
    /// A text that stands there once.
    pub find: &'static str,
    /// What replaces it.
    pub put: &'static str,
    /// The code of the refusal.
    pub code: Code,
    /// A part of what is said.
    pub says: &'static str,
}

fn changed(case: &Case) -> Result<(String, u32), String> {
    let whole = text(case.trial);
    if whole.matches(case.find).count() != 1 {
        return Err(format!("{:?} must stand once in {}", case.find, case.trial));
    }
    let line = whole[..whole.find(case.find).unwrap()].matches('\n').count() + 1;
    Ok((whole.replace(case.find, case.put), u32::try_from(line).unwrap()))
}

fn expect(case: &Case) -> Result<(), String> {
    let (text, line) = changed(case)?;
    let findings = read(&text).err().unwrap_or_default();
    let fits = |finding: &Finding| {
        let near = finding.line + 25 >= line && finding.line <= line + 25;
        finding.code == case.code
            && finding.to_string().contains(case.says)
            && (near || case.code == Code::Missing)
    };
    if findings.iter().any(fits) {
        return Ok(());
    }
    Err(format!(
        "{:?} -> {:?} near line {line}: {} {:?}, but:{}",
        case.find,
        case.put,
        case.code,
        case.says,
        lines(&findings)
    ))
}

#[test]
fn every_wrong_change_is_refused_where_it_stands() {
    let wrong: Vec<String> = cases::in_pgf()
        .iter()
        .chain(cases::in_others().iter())
        .filter_map(|case| expect(case).err())
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

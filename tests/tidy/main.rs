//! The house rules hold in this tree, and each check can fail: a violation of every kind is planted in a tree of its
//! own and must be found. Who reads which event is what the golden file says.

#![expect(clippy::expect_used, reason = "the lint's exception for tests does not reach their helpers")]

mod planted;
mod readers;
mod shipped;

use std::path::Path;

use holdpoint_xtask::tidy;

#[test]
fn the_house_is_tidy() -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let findings = tidy::run(root, &tidy::rpcs()?, &tidy::shapes()?)?;
    let text: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(findings.is_empty(), "{} findings:\n{}", text.len(), text.join("\n"));
    Ok(())
}

//! The workshop's program, as a person runs it.

use std::process::Command;

/// Where no engine answers there is nothing to test, and that is no failure.
#[test]
fn without_an_engine_the_compose_test_says_so_and_ends_well() {
    let empty = tempfile::tempdir().unwrap();
    let ran = Command::new(env!("CARGO_BIN_EXE_holdpoint-xtask"))
        .arg("compose-test")
        .env("PATH", empty.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(ran.status.success(), "{said}{}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!(said.trim(), "compose-test: skipped, no Docker engine");
}

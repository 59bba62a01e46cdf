//! Runs the built program and reads what it prints.

use std::path::{Path, PathBuf};
use std::process::Command;

/// What a run printed and how it ended.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// Runs the program in the workspace's root, where `deploy/protocols` is, with no settings from outside.
pub fn holdpoint(args: &[&str]) -> Ran {
    holdpoint_with(args, &[])
}

/// The same with these variables.
pub fn holdpoint_with(args: &[&str], set: &[(&str, &str)]) -> Ran {
    let ran = Command::new(env!("CARGO_BIN_EXE_holdpoint"))
        .args(args)
        .current_dir(root())
        .env_clear()
        .envs(set.iter().copied())
        .output()
        .expect("the program runs");
    Ran {
        code: ran.status.code().expect("it was not killed"),
        out: String::from_utf8(ran.stdout).expect("text"),
        err: String::from_utf8(ran.stderr).expect("text"),
    }
}

/// The workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the workspace").to_path_buf()
}

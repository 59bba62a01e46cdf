//! The evening before, by `tests/python/evening.py`: a Python program that has addresses, a token for each person, and nothing of
//! ours. The house runs in test mode for it, on a civil clock that the program moves.

use std::cell::RefCell;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use holdpoint_chassis::clock::{MachineClock, Mark};
use serde_json::{Map, Value, json};

use super::house::House;

/// Who plays, and in which role.
const PEOPLE: &[(&str, &str)] = &[
    ("adam", "administrator"),
    ("lin", "principal-investigator"),
    ("wei", "investigator"),
    ("mei", "coordinator"),
    ("tan", "pharmacist"),
    ("yan", "bedside-nurse"),
    ("bao", "board-member"),
    ("otto", "auditor"),
];

/// 2026-01-05 01:00 UTC in microseconds: before anything of the story.
const BEGINNING: &str = "1767574800000000";
/// Of a token.
const HALF_A_LIFE: Duration = Duration::from_secs(300);
/// From a bare house to a healthy one.
const WITHIN_S: u64 = 180;

/// A house in test mode, and the program.
pub(super) struct Play<'a> {
    root: &'a Path,
    house: &'a House,
    state: PathBuf,
    clock: MachineClock,
    /// Tokens, and when they were asked for.
    tokens: RefCell<Option<(Mark, Map<String, Value>)>>,
}

impl<'a> Play<'a> {
    /// Brings the house up in test mode, without a trial.
    pub(super) fn open(root: &'a Path, house: &'a House) -> anyhow::Result<Self> {
        std::fs::write(house.folder().join("clock/civil"), BEGINNING)?;
        house.up(&["test"])?;
        house.healthy(WITHIN_S)?;
        let state = house.folder().join("state.json");
        Ok(Self { root, house, state, clock: MachineClock::new(), tokens: RefCell::default() })
    }

    /// Plays one part.
    pub(super) fn part(&self, part: &str) -> anyhow::Result<()> {
        let told = self.told()?;
        let mut child = Command::new(self.root.join("target/python/bin/python"))
            .arg(self.root.join("tests/python/evening.py"))
            .arg(part)
            .arg(&self.state)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("start the Python client")?;
        child.stdin.take().context("its input")?.write_all(told.to_string().as_bytes())?;
        let output = child.wait_with_output()?;
        let (said, wrong) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        ensure!(output.status.success(), "the evening, {part}: {said}{wrong}");
        print!("{said}");
        Ok(())
    }

    /// What the program is told.
    fn told(&self) -> anyhow::Result<Value> {
        Ok(json!({
            "addresses": self.house.addresses(),
            "tokens": self.tokens()?,
            "clock": self.house.folder().join("clock"),
        }))
    }

    /// Tokens live ten minutes: they are asked for again after half of it, from the tool that a hospital uses.
    fn tokens(&self) -> anyhow::Result<Map<String, Value>> {
        let mut kept = self.tokens.borrow_mut();
        if let Some((asked, tokens)) = kept.as_ref()
            && self.clock.since(asked) < HALF_A_LIFE
        {
            return Ok(tokens.clone());
        }
        let asked = self.clock.mark();
        let mut tokens = Map::new();
        for (name, role) in PEOPLE {
            let line = ["token", "--principal", name, "--role", role, "--keys", "/run/secrets"];
            tokens.insert((*name).to_owned(), self.house.tool(&line)?.trim().into());
        }
        *kept = Some((asked, tokens.clone()));
        Ok(tokens)
    }
}

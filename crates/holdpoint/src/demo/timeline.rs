//! The timeline as a newcomer reads it: a heading for each day, a line for each thing that happens, in local time.

use jiff::Timestamp;
use jiff::civil::Date;

use super::progress::Progress;
use super::time::zone;

/// Prints as the story goes.
pub(crate) struct Timeline {
    quiet: bool,
    progress: Progress,
    day: Option<Date>,
    at: Option<Timestamp>,
}

impl Timeline {
    pub fn new(quiet: bool) -> Self {
        Self { quiet, progress: Progress::new(0, true), day: None, at: None }
    }

    /// A timeline beside a progress bar of so many steps.
    pub fn with_progress(quiet: bool, steps: u64) -> Self {
        Self { progress: Progress::new(steps, quiet), ..Self::new(quiet) }
    }

    /// The bar.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Civil time moved on.
    pub fn at(&mut self, at: Timestamp) {
        self.at = Some(at);
    }

    /// One thing that happened, by whom.
    pub fn tell(&mut self, who: &str, what: impl AsRef<str>) {
        if self.quiet {
            return;
        }
        let local = self.at.map(|at| at.to_zoned(zone()).datetime());
        if let Some(date) = local.map(|local| local.date())
            && self.day != Some(date)
        {
            self.say(format!("\n{}", date.strftime("%A, %-d %B %Y")));
            self.day = Some(date);
        }
        let hour = local.map_or_else(String::new, |local| local.strftime("%H:%M").to_string());
        self.say(format!("  {hour}  {who:<14} {}", what.as_ref()));
    }

    /// A further line of the same thing.
    pub fn more(&self, what: impl AsRef<str>) {
        self.say(format!("{:23}{}", "", what.as_ref()));
    }

    /// A line of its own.
    pub fn say(&self, line: impl AsRef<str>) {
        if !self.quiet {
            self.progress.aside(|| println!("{}", line.as_ref()));
        }
    }
}

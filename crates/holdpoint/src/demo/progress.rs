//! The progress bar: how far the trial is and what is happening, on a terminal only, on the error stream, so that a timeline in a
//! file stays clean.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

const TEMPLATE: &str = "{bar:32} {percent:>3} %  {wide_msg}";
/// How often the terminal is drawn anew, machine time.
const DRAWN_EVERY: Duration = Duration::from_millis(200);

/// A bar, or nothing where nobody watches.
#[derive(Debug, Clone)]
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// A bar of so many steps.
    pub fn new(steps: u64, quiet: bool) -> Self {
        if quiet || !std::io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let style = ProgressStyle::with_template(TEMPLATE).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::new(steps).with_style(style);
        bar.enable_steady_tick(DRAWN_EVERY);
        Self(bar)
    }

    /// So many steps are done, and this is happening.
    pub fn at(&self, step: u64, what: String) {
        self.0.set_position(step);
        self.0.set_message(what);
    }

    /// Prints while the bar steps aside.
    pub fn aside(&self, print: impl FnOnce()) {
        self.0.suspend(print);
    }

    /// The bar is taken away.
    pub fn end(&self) {
        self.0.finish_and_clear();
    }
}

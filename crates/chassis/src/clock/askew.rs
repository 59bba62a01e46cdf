//! The machine's clocks as a file sets them askew while a process runs: the wall's moved by whole seconds, the boot clock
//! standing still. What a time service, a hypervisor or an operator does to a machine, done to one process.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::machine::Mark;

/// Clocks askew. Clones share how long the boot clock stood.
#[derive(Debug, Clone)]
pub(super) struct Askew {
    file: PathBuf,
    boot: Arc<Mutex<Boot>>,
}

/// The boot clock's way: it runs behind the real one by what it stood still.
#[derive(Debug, Default)]
struct Boot {
    stands_at: Option<i64>,
    behind: i64,
}

impl Askew {
    pub(super) fn by(file: PathBuf) -> Self {
        Self { file, boot: Arc::default() }
    }

    /// What the askew clocks show while the real ones show this. The file holds seconds by which the wall's clock is moved,
    /// and the word `still` while the boot clock stands; one that cannot be read changes nothing.
    pub(super) fn show(&self, real: Mark) -> Mark {
        let text = std::fs::read_to_string(&self.file).unwrap_or_default();
        let moved: i64 = text.split_whitespace().find_map(|word| word.parse().ok()).unwrap_or(0);
        let stands = text.split_whitespace().any(|word| word == "still");
        let mut boot = self.boot.lock().unwrap_or_else(PoisonError::into_inner);
        Mark {
            boot_micros: boot.show(real.boot_micros, stands),
            wall_micros: real.wall_micros + moved * 1_000_000,
        }
    }
}

impl Boot {
    fn show(&mut self, real: i64, stands: bool) -> i64 {
        let running = real - self.behind;
        if stands {
            return *self.stands_at.get_or_insert(running);
        }
        if let Some(stood) = self.stands_at.take() {
            self.behind = real - stood;
        }
        real - self.behind
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boot_clock_that_stood_runs_on_from_there() {
        let mut boot = Boot::default();
        let shown = [(10, false), (20, true), (50, true), (60, false), (70, false)]
            .map(|(real, stands)| boot.show(real, stands));
        assert_eq!(shown, [10, 20, 20, 20, 30]);
    }

    #[test]
    fn the_file_moves_the_wall() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("askew");
        let clocks = Askew::by(file.clone());
        let real = Mark { boot_micros: 5, wall_micros: 7 };
        assert_eq!(clocks.show(real), real);
        std::fs::write(&file, "-3600 still").unwrap();
        let shown = clocks.show(Mark { boot_micros: 9, wall_micros: 11 });
        assert_eq!((shown.boot_micros, shown.wall_micros), (9, 11 - 3_600_000_000));
    }
}

//! Explores one configuration to its end, breadth first, and says what was found.

use std::time::Duration;

use holdpoint_chassis::clock::MachineClock;
use stateright::{Checker as _, Expectation, HasDiscoveries, Model as _};

use crate::config::Config;
use crate::model::Holds;

/// What an exploration came to.
#[derive(Clone, Debug)]
pub struct Found {
    /// Different states.
    pub states: usize,
    /// Steps taken.
    pub steps: usize,
    /// The longest shortest way to a state.
    pub depth: usize,
    /// How long it took.
    pub took: Duration,
    /// Every state was visited.
    pub complete: bool,
    /// Properties that do not hold, each with the shortest way there.
    pub broken: Vec<(&'static str, Vec<String>)>,
    /// Paths that were not reached.
    pub unreached: Vec<&'static str>,
}

impl Found {
    /// Whether one of these properties, by the beginning of its name, does not hold.
    pub fn breaks(&self, expected: &[&str]) -> bool {
        self.broken.iter().any(|(property, _)| expected.iter().any(|one| property.starts_with(one)))
    }

    /// Everything was visited, every property holds and every path was reached.
    pub fn is_clean(&self) -> bool {
        self.complete && self.broken.is_empty() && self.unreached.is_empty()
    }
}

/// How far to go.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// On so many threads.
    pub threads: usize,
    /// Until the first property breaks, or to the end.
    pub first: bool,
    /// No more steps than this.
    pub most: usize,
}

/// Explores.
pub fn explore(config: Config, limits: Limits) -> Found {
    let began = MachineClock::new();
    let mark = began.mark();
    let model = Holds::new(config);
    let finish = if limits.first { HasDiscoveries::AnyFailures } else { HasDiscoveries::All };
    let checker = model
        .clone()
        .checker()
        .threads(limits.threads)
        .target_state_count(limits.most)
        .finish_when(finish)
        .spawn_bfs()
        .join();
    let mut broken = vec![];
    let mut unreached = vec![];
    for property in model.properties() {
        let discovery = checker.discovery(property.name);
        match (&property.expectation, discovery) {
            (Expectation::Always, Some(path)) => {
                let steps = path.into_actions().into_iter().map(|action| format!("{action:?}")).collect();
                broken.push((property.name, steps));
            }
            (Expectation::Sometimes, None) => unreached.push(property.name),
            _ => {}
        }
    }
    let took = began.since(&mark);
    Found {
        states: checker.unique_state_count(),
        steps: checker.state_count(),
        depth: checker.max_depth(),
        took,
        complete: checker.state_count() < limits.most,
        broken,
        unreached,
    }
}

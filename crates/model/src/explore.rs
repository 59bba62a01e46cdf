//! Explores one configuration to its end and says what was found: breadth first, which shows the shortest way to what breaks,
//! or depth first, which keeps no more in memory than what it has seen.

use std::time::Duration;

use holdpoint_chassis::clock::MachineClock;
use stateright::{Checker, Expectation, HasDiscoveries, Model as _};

use crate::config::Config;
use crate::model::Holds;

/// What an exploration came to.
#[derive(Clone, Debug)]
pub struct Found {
    /// Different states.
    pub states: usize,
    /// Steps taken.
    pub steps: usize,
    /// The longest way that was gone: breadth first, the longest shortest way to a state.
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
    /// Depth first.
    pub deep_first: bool,
    /// No more steps than this.
    pub most: usize,
}

impl Limits {
    /// On one thread, to the end.
    pub const ALL: Self = Self { threads: 1, first: false, deep_first: false, most: usize::MAX };

    /// On one thread, until the first property breaks or this many steps are done.
    pub fn until_broken(most: usize) -> Self {
        Self { first: true, most, ..Self::ALL }
    }
}

/// Explores.
pub fn explore(config: Config, limits: Limits) -> Found {
    let model = Holds::new(config);
    let finish = if limits.first { HasDiscoveries::AnyFailures } else { HasDiscoveries::All };
    let builder =
        model.clone().checker().threads(limits.threads).target_state_count(limits.most).finish_when(finish);
    let clock = MachineClock::new();
    let began = clock.mark();
    let took = || clock.since(&began);
    match limits.deep_first {
        true => found(&model, builder.spawn_dfs().join(), limits.most, took),
        false => found(&model, builder.spawn_bfs().join(), limits.most, took),
    }
}

fn found(model: &Holds, checker: impl Checker<Holds>, most: usize, took: impl FnOnce() -> Duration) -> Found {
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
    Found {
        states: checker.unique_state_count(),
        steps: checker.state_count(),
        depth: checker.max_depth(),
        took: took(),
        complete: checker.state_count() < most,
        broken,
        unreached,
    }
}

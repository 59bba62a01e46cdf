//! `holdpoint demo`: a trial from its file to its last visit. The services in one process, invented people, virtual civil time;
//! everything is asked over gRPC, as outside clients would. `--short` is the evening before by itself (Protocol 7.3.1).

mod people;
mod progress;
mod set_up;
mod short;
pub(crate) mod sim;
mod summary;
pub(crate) mod time;
mod timeline;
mod whole;

use holdpoint_chassis::clock::{MachineClock, VirtualCivilClock};
use holdpoint_chassis::config::Sources;
use holdpoint_chassis::ids::Ids;

use crate::client::Desk;
use crate::embedded::{Embedded, Setup};
use crate::host::loader;
pub use summary::{Journal, Summary, Whole};
pub use whole::{Hands, opening, play};

use timeline::Timeline;

/// What the command line says.
#[derive(Debug, Clone)]
pub struct Options {
    /// Repeats the same story: names, counts, ids and the randomization list come from it.
    pub seed: u64,
    /// The trial: its id, or the path of its file.
    pub trial: String,
    /// Only the evening before, of the first trial.
    pub short: bool,
    /// How many are allocated in all; the file's number when absent.
    pub size: Option<u32>,
    /// The story breaks off so many days after the first candidate; at the last visit when absent.
    pub days: Option<u32>,
    /// Where the databases are; a folder of its own, removed at the end, when absent.
    pub store: Option<String>,
    /// "local" or "nats://..."
    pub bus: String,
    /// Print nothing but what is asked for.
    pub quiet: bool,
}

/// Plays the story to its end in a house of its own and reads the counts back from the services.
pub async fn run(options: &Options) -> anyhow::Result<Summary> {
    let clock = MachineClock::new();
    let begun = clock.mark();
    let folder = tempfile::tempdir()?;
    let opening = if options.short { short::opening()? } else { whole::opening()? };
    let civil = VirtualCivilClock::at(opening);
    let ids = Ids::seeded(options.seed);
    let sources = Sources::none().flag("mode", "demo", "demo");
    let sources = sources.flag("enrollment.list_seed", options.seed.to_string(), "--seed");
    let setup = Setup {
        settings: loader().load(&sources)?,
        scratch: options.store.is_none(),
        store: options.store.clone().unwrap_or_else(|| folder.path().display().to_string()),
        bus: options.bus.clone(),
        civil: std::sync::Arc::new(civil.clone()),
        machine: clock.clone(),
        ids: ids.fork("services"),
        ports: None,
        keys: None,
    };
    let house = Embedded::start(setup).await?;
    let desk = Desk::new(&house.addresses, house.issuer.clone(), ids.fork("people"))?;
    let counts = if options.short {
        short::play(&house, &desk, civil, options).await?
    } else {
        let played = whole::play(&desk, Hands::Memory(civil), options).await?;
        let journal = journals(&house, &played.timeline).await?;
        played.close(journal)
    };
    house.stop().await;
    Ok(Summary { wall_s: clock.since(&begun).as_secs_f64(), ..counts })
}

/// Verifies every journal, with what the peers remember.
async fn journals(house: &Embedded, timeline: &Timeline) -> anyhow::Result<Journal> {
    let journal = house.verify().await?;
    for finding in &journal.findings {
        timeline.say(format!("journal: {finding}"));
    }
    Ok(Journal { rows: journal.rows, verified: journal.findings.is_empty() })
}

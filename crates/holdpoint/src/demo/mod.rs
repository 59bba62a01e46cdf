//! `holdpoint demo`: the evening before. The services of one trial in one process, invented people, virtual civil time;
//! everything is asked over gRPC, as outside clients would. Protocol 7.3.1 is what the evening is about.

mod cast;
mod evening;
mod morning;
mod stage;
mod story;
mod summary;
mod table;
mod timeline;
mod ward;

use holdpoint_chassis::clock::{MachineClock, VirtualCivilClock};
use holdpoint_chassis::config::Sources;
use holdpoint_chassis::ids::Ids;

use crate::client::Desk;
use crate::embedded::{Embedded, Setup};
use crate::host::loader;
pub use summary::Summary;

/// What the command line says.
#[derive(Debug, Clone)]
pub struct Options {
    /// Repeats the same story: names, weights, ids and the randomization list come from it.
    pub seed: u64,
    /// Where the databases are; a folder of its own, removed at the end, when absent.
    pub store: Option<String>,
    /// "local" or "nats://..."
    pub bus: String,
    /// Print nothing but what is asked for.
    pub quiet: bool,
}

/// Plays the story to its end and reads the counts back from the services.
pub async fn run(options: &Options) -> anyhow::Result<Summary> {
    let clock = MachineClock::new();
    let begun = clock.mark();
    let folder = tempfile::tempdir()?;
    let civil = VirtualCivilClock::at(stage::opening()?);
    let ids = Ids::seeded(options.seed);
    let setup = Setup {
        settings: loader().load(&Sources::none().flag("mode", "demo", "demo"))?,
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
    let mut stage = stage::Stage::new(&desk, civil, options)?;
    story::set_up(&mut stage).await?;
    story::enroll(&mut stage).await?;
    let ward = ward::Ward::open(&mut stage).await?;
    let evening = evening::play(&mut stage, ward).await?;
    morning::play(&mut stage, evening).await?;
    let counts = summary::read_back(&stage, &house).await?;
    table::print(&stage, &counts).await?;
    house.stop().await;
    Ok(Summary { wall_s: clock.since(&begun).as_secs_f64(), ..counts })
}

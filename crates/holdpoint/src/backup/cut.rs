//! Decides the one moment of a backup. Every service is asked to apply no peer's row for a moment; then a snapshot of each database is
//! opened, safety's last, and the services go on. No cursor of one snapshot is ahead of another's head, because none moved in between;
//! no start of dosing's or enrollment's lacks its permit, because safety's snapshot is the youngest. A pause that ended too soon makes
//! no backup: it is tried again.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, bail};
use holdpoint_api::journal::v1::journal_client::JournalClient;
use holdpoint_api::journal::v1::{PauseRequest, ResumeRequest};
use holdpoint_chassis::client::{Caller, ServiceChannel, connect_with};
use holdpoint_chassis::error::RETRY_AFTER_KEY;
use holdpoint_journal::Snapshot;
use tonic::transport::ClientTlsConfig;

use super::take::From;
use crate::host::ROOMS;

/// Each service waits at most this long.
const PAUSE_MS: u64 = 4_000;
const DEADLINE: Duration = Duration::from_secs(8);
const TRIES: u32 = 5;
/// The snapshot that is opened last: it holds every permit that another service's snapshot names.
const LAST: &str = "safety";

/// Opens a snapshot of every database, all of one cut.
pub(super) async fn cut(from: &From) -> anyhow::Result<Vec<Snapshot>> {
    let Some(running) = &from.running else {
        return snapshots(from).await;
    };
    let mut why = String::new();
    for turn in 1..=TRIES {
        let mut services = services(running)?;
        match attempt(from, &mut services).await {
            Ok(Some(snapshots)) => return Ok(snapshots),
            Ok(None) => "a pause ended before all snapshots were open".clone_into(&mut why),
            Err(cause) if turn == TRIES => return Err(cause),
            Err(cause) => why = format!("{cause:#}"),
        }
        tracing::warn!(turn, why, "no cut could be made; trying again");
    }
    bail!("no cut could be made in {TRIES} tries: {why}; try again when the machine is less busy")
}

/// Answers none where a pause did not last.
async fn attempt(from: &From, services: &mut Services) -> anyhow::Result<Option<Vec<Snapshot>>> {
    // Connected before anybody pauses, so that a pause costs no more than the opening.
    let mut found = connections(from).await?;
    let mut pauses = BTreeMap::new();
    let mut opened = pause_all(services, &mut pauses).await;
    if opened.is_ok() {
        opened = open_all(&mut found).await;
    }
    let lasted = resume_all(services, &pauses).await;
    opened?;
    Ok(lasted.then_some(found))
}

type Services = BTreeMap<String, JournalClient<ServiceChannel>>;

/// Where the services are, and who asks them.
#[derive(Debug, Clone)]
pub struct Running {
    /// Address of each.
    pub addresses: crate::client::Addresses,
    /// An administrator's token.
    pub token: String,
    /// Whom addresses with `https://` are checked against.
    pub trusted: Option<ClientTlsConfig>,
}

impl Running {
    /// The journal of one service, to be asked within a time.
    pub fn journal(&self, service: &str, within: Duration) -> anyhow::Result<JournalClient<ServiceChannel>> {
        let address = self.addresses.get(service);
        let address =
            address.with_context(|| format!("no address of {service} is known: set `peers.{service}`"))?;
        let channel = connect_with(address, self.trusted.as_ref(), Caller::bearer(&self.token)?, within)?;
        Ok(JournalClient::new(channel))
    }
}

fn services(running: &Running) -> anyhow::Result<Services> {
    ROOMS.iter().map(|room| Ok((room.name.to_owned(), running.journal(room.name, DEADLINE)?))).collect()
}

async fn pause_all(services: &mut Services, pauses: &mut BTreeMap<String, String>) -> anyhow::Result<()> {
    for (name, client) in services {
        let answer = client.pause(PauseRequest { length_ms: PAUSE_MS }).await.map_err(|status| {
            let later = status.metadata().contains_key(RETRY_AFTER_KEY);
            let hint = if later { "; it sheds load" } else { "" };
            anyhow::anyhow!(
                "{name} was not paused ({}){hint}. A backup of a house that runs needs all five; of one that is stopped, say --stopped",
                status.message()
            )
        })?;
        pauses.insert(name.clone(), answer.into_inner().pause);
    }
    Ok(())
}

/// Whether every pause had lasted. Each is ended, whatever became of the others; one that cannot be reached ends by itself.
async fn resume_all(services: &mut Services, pauses: &BTreeMap<String, String>) -> bool {
    let mut all = pauses.len() == services.len();
    for (name, client) in services {
        let Some(pause) = pauses.get(name) else { continue };
        let answer = client.resume(ResumeRequest { pause: pause.clone() }).await;
        all &= answer.is_ok_and(|answer| answer.into_inner().lasted);
    }
    all
}

async fn snapshots(from: &From) -> anyhow::Result<Vec<Snapshot>> {
    let mut found = connections(from).await?;
    open_all(&mut found).await?;
    Ok(found)
}

async fn open_all(found: &mut [Snapshot]) -> anyhow::Result<()> {
    for snapshot in found {
        snapshot.open().await?;
    }
    Ok(())
}

/// A connection to each database, safety's last.
async fn connections(from: &From) -> anyhow::Result<Vec<Snapshot>> {
    let mut found = vec![];
    let order =
        ROOMS.iter().filter(|room| room.name != LAST).chain(ROOMS.iter().filter(|room| room.name == LAST));
    for room in order {
        let snapshot = Snapshot::connect(from.stores.of(room.name)?, room.name).await?;
        found.push(
            snapshot.with_context(|| format!("there is no database of {}: nothing to back up", room.name))?,
        );
    }
    Ok(found)
}

//! Starts, measured one by one and many at once, and permits by themselves.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use futures::future::try_join_all;
use holdpoint::client::passes;
use holdpoint_api::common::v1::{Activity, Head, Heads, Placement};
use holdpoint_api::safety::v1::IssuePermitRequest;
use holdpoint_api::safety::v1::safety_client::SafetyClient;
use holdpoint_chassis::client::{Caller, connect};
use holdpoint_chassis::clock::MachineClock;
use holdpoint_chassis::identity::Signer;
use holdpoint_testkit::servers::unique;
use tokio::time::Instant;
use tonic::{Code, Status};

use super::stage::Stage;
use crate::story::{SITE, Start, TRIAL};

/// How often something is tried that nobody judged.
const TRIES: u32 = 20;
/// Numbers of infusions that nobody planned.
const UNPLANNED: u32 = 10_000;

impl Stage {
    /// Asks for Gos one after another, each of a house at rest: how long each took, and each acknowledgement.
    pub async fn starts(&mut self, count: usize) -> anyhow::Result<(Vec<Duration>, Vec<Duration>)> {
        let (mut gos, mut acknowledgements) = (vec![], vec![]);
        for turn in 0..count {
            let place = turn % self.starts.len();
            let mut start = self.starts[place].clone();
            let (go, acknowledgement) = once(&mut start).await?;
            gos.push(go);
            acknowledgements.push(acknowledgement);
            self.starts[place] = start.again();
            self.rest().await?;
        }
        Ok((gos, acknowledgements))
    }

    /// Gos a second, every start asked for by a client of its own for so long.
    pub async fn starts_at_once(&mut self, length: Duration) -> anyhow::Result<f64> {
        let begun = Instant::now();
        let clients = self.starts.iter().cloned().map(|mut start| {
            tokio::spawn(async move {
                let mut count = 0_u32;
                while begun.elapsed() < length {
                    once(&mut start).await?;
                    start = start.again();
                    count += 1;
                }
                anyhow::Ok((start, count))
            })
        });
        let (mut starts, mut all) = (vec![], 0);
        for client in try_join_all(clients.collect::<Vec<_>>()).await? {
            let (start, count) = client?;
            starts.push(start);
            all += count;
        }
        self.starts = starts;
        Ok(f64::from(all) / begun.elapsed().as_secs_f64())
    }

    /// Permits asked of safety as dosing asks, for infusions that nobody planned. They stay out: nothing that waits for permits is
    /// measured after this.
    pub async fn permits(&self, count: u32, from: u32) -> anyhow::Result<Vec<Duration>> {
        let house = &self.story.house;
        let signer = Signer::load(&Path::new(&house.keys()).join("dosing.key"))?;
        let address = house.addresses().remove("safety").context("safety has an address")?;
        let caller = Caller::service(signer, MachineClock::new());
        let mut safety = SafetyClient::new(connect(&address, caller, Duration::from_secs(10))?);
        let (incarnation, number, hash) = self.tables.head("dosing").await?;
        let mine = Head { incarnation: incarnation.try_into()?, number: number.try_into()?, hash };
        let mut times = vec![];
        for place in 0..count {
            let number = UNPLANNED + from + place;
            // Each subject in turn: nobody has hundreds of infusions.
            let treated = &self.story.treated;
            let subject = treated.get(place as usize % treated.len()).context("somebody is treated")?;
            let request = IssuePermitRequest {
                ask: unique(),
                trial: TRIAL.to_owned(),
                activity: Activity::Dosing.into(),
                placement: Some(Placement {
                    subject: subject.id.clone(),
                    site: SITE.to_owned(),
                    arm: "msc".to_owned(),
                    cohort: String::new(),
                }),
                infusion: format!("unplanned-{number}"),
                number,
                heads: Some(Heads { mine: Some(mine.clone()), yours: None }),
                attempt: 1,
                ..Default::default()
            };
            let begun = Instant::now();
            let issued = safety.issue_permit(request).await.context("ask for a permit")?.into_inner();
            times.push(begun.elapsed());
            ensure!(!issued.permit.is_empty(), "a permit has an id");
        }
        Ok(times)
    }
}

/// A Go, its acknowledgement, and a person's word that nothing was given.
async fn once(start: &mut Start) -> anyhow::Result<(Duration, Duration)> {
    let (permit, go) = go(start).await?;
    let begun = Instant::now();
    acknowledged(start, &permit).await?;
    let acknowledgement = begun.elapsed();
    abandoned(start).await?;
    Ok((go, acknowledgement))
}

/// Asks until there is a Go: where nobody judged the ask in time the next attempt follows, and the time runs on.
pub(super) async fn go(start: &mut Start) -> anyhow::Result<(String, Duration)> {
    let begun = Instant::now();
    for _ in 0..TRIES {
        match start.clone().hear().await? {
            Ok(permit) => return Ok((permit, begun.elapsed())),
            Err(refusal) if matches!(refusal.status, Code::Unavailable | Code::Aborted) => {
                *start = start.again();
            }
            Err(refusal) => bail!("no Go: {refusal:?}"),
        }
    }
    bail!("{TRIES} asks for a Go and no judgement")
}

/// Acknowledges a Go, and again where that lost a race or met a service that was busy.
pub(super) async fn acknowledged(start: &Start, permit: &str) -> anyhow::Result<()> {
    for _ in 1..TRIES {
        match start.acknowledge(permit).await {
            Err(cause) if is_passing(&cause) => {}
            ended => return ended,
        }
    }
    start.acknowledge(permit).await
}

/// Abandons a start in the same way.
pub(super) async fn abandoned(start: &Start) -> anyhow::Result<()> {
    for _ in 1..TRIES {
        match start.bed.abandon().await {
            Err(cause) if is_passing(&cause) => {}
            ended => return ended,
        }
    }
    start.bed.abandon().await
}

fn is_passing(cause: &anyhow::Error) -> bool {
    cause.downcast_ref::<Status>().is_some_and(passes)
}

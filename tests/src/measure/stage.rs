//! The house to be measured: five processes of the real program on a PostgreSQL that flushes and on JetStream, a trial in force, one
//! subject who was given cells five days ago and falls ill again and again, the others with an authorized infusion each.

use anyhow::Context as _;
use holdpoint_api::safety::v1::{AlertRaised, SubscribeAlertsRequest};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::Instant;

use super::tables::Tables;
use crate::house::Plan;
use crate::story::{Start, Story, Subject, TRIAL};

/// Places in each arm: more than are filled.
const PLACES: usize = 200;

/// The stage.
pub struct Stage {
    /// The trial and its people.
    pub story: Story,
    /// Falls ill.
    pub ill: Subject,
    /// One start for each of the others, asked for again and again.
    pub starts: Vec<Start>,
    /// The databases.
    pub tables: Tables,
    /// Results flow into labs: the house never comes to rest.
    pub busy: bool,
    alerts: UnboundedReceiver<(Instant, AlertRaised)>,
}

impl Stage {
    /// Sets it; none, said in words, where this machine lacks a server that it needs.
    pub async fn set(subjects: usize) -> anyhow::Result<Option<Self>> {
        let Some(mut story) = Story::open(Plan::MEASURED).await? else { return Ok(None) };
        story.set_up_with(PLACES).await?;
        story.enroll(subjects + 1, 0).await?;
        let mut treated = story.treated.clone();
        let ill = treated.remove(0);
        story.lot().await?;
        story.plan(&ill, "2026-03-11T10:00").await?;
        for subject in &treated {
            story.plan(subject, "2026-03-16T10:00").await?;
        }
        story.at("2026-03-11T10:00")?;
        story.give(std::slice::from_ref(&ill), 1).await?;
        story.at("2026-03-16T10:00")?;
        let mut starts = vec![];
        for subject in &treated {
            story.prepare(subject, 1).await?;
            starts.push(story.start_of(subject, 1)?);
        }
        story.hush().await?;
        let tables = Tables::open(story.house.store()).await?;
        let alerts = listen(&story).await?;
        Ok(Some(Self { story, ill, starts, tables, busy: false, alerts }))
    }

    /// Waits until nothing is left of what was measured last.
    pub async fn rest(&self) -> anyhow::Result<()> {
        if self.busy {
            self.tables.caught_up(&["enrollment", "dosing", "safety"]).await
        } else {
            self.tables.rest().await
        }
    }

    /// When the alert of a hold was heard.
    pub async fn alert_of(&mut self, hold: &str) -> anyhow::Result<Instant> {
        loop {
            let (at, alert) = self.alerts.recv().await.context("the stream of alerts ended")?;
            if alert.hold == hold && alert.kind == "hold-placed" {
                return Ok(at);
            }
        }
    }
}

/// A safety officer listens.
async fn listen(story: &Story) -> anyhow::Result<UnboundedReceiver<(Instant, AlertRaised)>> {
    let mut safety = story.people.safety_officer.safety.clone();
    let request = SubscribeAlertsRequest { trial: TRIAL.to_owned(), ..Default::default() };
    let mut heard = safety.subscribe_alerts(request).await?.into_inner();
    let (told, alerts) = unbounded_channel();
    tokio::spawn(async move {
        while let Ok(Some(alert)) = heard.message().await {
            if told.send((Instant::now(), alert)).is_err() {
                break;
            }
        }
    });
    Ok(alerts)
}

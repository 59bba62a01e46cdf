//! The hospital's laboratory: let in as a feed, with reports of the blood of a subject.

use anyhow::{Context as _, ensure};
use holdpoint::client::Person;
use holdpoint_api::labs::v1::{
    IngestResultsRequest, Observation, Patient, RegisterFeedRequest, Report, ResultStatus,
};
use holdpoint_chassis::identity::Role;
use holdpoint_testkit::servers::unique;
use jiff::Timestamp;

use super::{SITE, Story, TRIAL, proto};

/// What one report says: LOINC code, value, unit.
pub const PRINTED: [(&str, &str, &str); 5] = [
    ("751-8", "1.4", "10*9/L"),
    ("6690-2", "3.1", "10*9/L"),
    ("777-3", "41", "10*9/L"),
    ("718-7", "98", "g/L"),
    ("2160-0", "0.9", "mg/dL"),
];

impl Story {
    /// Lets the laboratory in.
    pub async fn laboratory(&self) -> anyhow::Result<Person> {
        let laboratory = self.house.desk()?.person("lis", &[Role::LaboratoryFeed])?;
        let admin = &self.people.administrator;
        let request = RegisterFeedRequest {
            act: admin.act("the hospital's laboratory"),
            feed: laboratory.name.clone(),
            name: "Laboratory information system".to_owned(),
            sites: vec![format!("{TRIAL}/{SITE}")],
            time_zone: "Asia/Shanghai".to_owned(),
        };
        admin.labs.clone().register_feed(request).await.context("register the feed")?;
        Ok(laboratory)
    }
}

/// The report of one specimen.
pub fn report(subject: &str, taken: Timestamp) -> Report {
    Report {
        message: unique(),
        patient: Some(Patient { trial: TRIAL.to_owned(), subject: subject.to_owned(), ..Default::default() }),
        filler_order: unique(),
        specimen: unique(),
        taken_at: proto(taken),
        issued_at: proto(taken),
        observations: PRINTED.iter().map(observation).collect(),
    }
}

/// Sends one report and hears that labs has taken every result of it.
pub async fn deliver(laboratory: &Person, report: Report) -> anyhow::Result<()> {
    let wanted = report.observations.len();
    let request = IngestResultsRequest { act: laboratory.act("results of the day"), report: Some(report) };
    let sent = futures::stream::iter([request]);
    let mut answers = laboratory.labs.clone().ingest_results(sent).await.context("results")?.into_inner();
    let answer = answers.message().await?.context("labs does not answer")?;
    ensure!(answer.outcomes.len() == wanted, "{wanted} results were sent: {:?}", answer.outcomes);
    Ok(())
}

fn observation((code, value, unit): &(&str, &str, &str)) -> Observation {
    Observation {
        code: (*code).to_owned(),
        system: "LN".to_owned(),
        value: (*value).to_owned(),
        unit: (*unit).to_owned(),
        status: ResultStatus::Final.into(),
        ..Default::default()
    }
}

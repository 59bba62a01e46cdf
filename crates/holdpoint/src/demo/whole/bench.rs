//! The bench: specimens of the day become what a laboratory sends about them, and everything that is to be sent today goes through one
//! stream to labs, in order, an answer for each report.

use anyhow::{Context as _, ensure};
use holdpoint_api::common::v1::Act;
use holdpoint_api::labs::v1::labs_client::LabsClient;
use holdpoint_api::labs::v1::{
    IngestResultsRequest, IngestResultsResponse, Observation, Outcome, Patient, RegisterFeedRequest, Report,
    ResultStatus,
};
use jiff::civil::{Date, Time};
use jiff::{Timestamp, ToSpan as _};

use super::stage::Stage;
use crate::client::{Authorized, call, passes};
use crate::demo::set_up::SITE;
use crate::demo::sim::{Analyte, Chance, Message, Named, Specimen, Word, messages, value};
use crate::demo::time::{instant, proto};

/// The hour at which specimens are taken.
const TAKEN: Time = Time::constant(6, 30, 0, 0);

/// The laboratory is let in.
pub(super) async fn open(stage: &Stage) -> anyhow::Result<()> {
    let admin = &stage.people.administrator;
    let request = RegisterFeedRequest {
        act: admin.act("the hospital's laboratory"),
        feed: stage.people.laboratory.name.clone(),
        name: "Laboratory information system of the hospital".to_owned(),
        sites: vec![format!("{}/{SITE}", stage.trial)],
        time_zone: "Asia/Shanghai".to_owned(),
    };
    call!(admin.labs, register_feed, request).await.context("register the feed").map(drop)
}

/// Takes specimens: what will be sent about them goes into the outbox of its day.
pub(super) fn take(stage: &mut Stage, orders: &[(String, String)]) -> anyhow::Result<()> {
    let today = stage.today();
    for (place, (subject, activity)) in orders.iter().enumerate() {
        let specimen = specimen(stage, subject, activity, today)?;
        let neighbor = orders.get(place + 1).or(orders.first()).map(|(subject, _)| subject.as_str());
        for message in messages(stage.seed, &specimen, neighbor) {
            let day = today.checked_add(message.sent_after.days())?;
            stage.outbox.entry(day).or_default().push(message);
        }
    }
    stage.count("specimens", orders.len());
    Ok(())
}

fn specimen(stage: &Stage, subject: &str, activity: &str, taken: Date) -> anyhow::Result<Specimen> {
    let printed = stage.outline.laboratory.get(activity).context("the laboratory does this activity")?;
    let counts = stage.player(subject)?.course.counts(taken);
    let mut chance = Chance::of(stage.seed, &format!("analytes of {subject} on {taken}"));
    let analytes = printed.iter().map(|one| Analyte {
        code: one.code.clone(),
        unit: one.unit.clone(),
        value: value(one.fact.as_str(), counts, &mut chance),
        fact: one.fact.to_string(),
    });
    Ok(Specimen {
        subject: subject.to_owned(),
        order: activity.to_owned(),
        taken,
        analytes: analytes.collect(),
    })
}

/// Sends everything that is due by today.
pub(super) async fn send(stage: &mut Stage) -> anyhow::Result<()> {
    let today = stage.today();
    let later = stage.outbox.split_off(&today.tomorrow()?);
    let due: Vec<Message> = std::mem::replace(&mut stage.outbox, later).into_values().flatten().collect();
    if due.is_empty() {
        return Ok(());
    }
    let requests: Vec<IngestResultsRequest> =
        due.iter().map(|message| request(stage, message)).collect::<anyhow::Result<_>>()?;
    let answers = through(stage, requests).await?;
    for answer in &answers {
        ensure!(answer.refused.is_none(), "labs refused a report: {:?}", answer.refused);
        for outcome in &answer.outcomes {
            stage.count(word(outcome.outcome()), 1);
        }
    }
    Ok(())
}

/// One stream for all of it; broken off, it is opened again and everything is sent anew under the same request ids.
async fn through(
    stage: &Stage,
    requests: Vec<IngestResultsRequest>,
) -> anyhow::Result<Vec<IngestResultsResponse>> {
    for _ in 0..600 {
        let sent = futures::stream::iter(requests.clone());
        let mut labs = stage.people.laboratory.labs.clone();
        match stream(&mut labs, sent).await {
            Ok(answers) if answers.len() == requests.len() => return Ok(answers),
            Ok(_) => {}
            Err(status) if passes(&status) => {}
            Err(status) => return Err(status).context("send results"),
        }
        tokio::time::sleep(std::time::Duration::from_millis(150)).await;
    }
    anyhow::bail!("labs does not take the results of {}", stage.today())
}

async fn stream(
    labs: &mut LabsClient<Authorized>,
    sent: impl futures::Stream<Item = IngestResultsRequest> + Send + 'static,
) -> Result<Vec<IngestResultsResponse>, tonic::Status> {
    let mut heard = labs.ingest_results(sent).await?.into_inner();
    let mut answers = Vec::new();
    while let Some(answer) = heard.message().await? {
        answers.push(answer);
    }
    Ok(answers)
}

fn request(stage: &Stage, message: &Message) -> anyhow::Result<IngestResultsRequest> {
    let taken = instant(message.taken.to_datetime(TAKEN))?;
    let patient = match &message.named {
        Named::Subject(subject) => {
            Patient { trial: stage.trial.clone(), subject: subject.clone(), ..Default::default() }
        }
        Named::Stranger(number) => Patient { hospital_number: number.clone(), ..Default::default() },
    };
    let report = Report {
        message: message.id.clone(),
        patient: Some(patient),
        filler_order: message.order.clone(),
        specimen: message.order.clone(),
        taken_at: proto(taken),
        issued_at: proto(issued(stage, message, taken)),
        observations: message.analytes.iter().map(|analyte| observation(analyte, message.word)).collect(),
    };
    // The laboratory's own program names each transmission; sent twice, the second has a name of its own.
    let act = stage.people.laboratory.act("").map(|act| Act { reason: String::new(), ..act });
    Ok(IngestResultsRequest { act, report: Some(report) })
}

/// When the laboratory said it: words about one order follow each other by minutes.
fn issued(stage: &Stage, message: &Message, taken: Timestamp) -> Timestamp {
    let said = taken + 2.hours() + i64::from(message.place).minutes() + (24 * message.sent_after).hours();
    said.min(stage.now())
}

fn observation(analyte: &Analyte, word: Word) -> Observation {
    let status = match word {
        Word::Final => ResultStatus::Final,
        Word::Corrected => ResultStatus::Corrected,
        Word::Wrong => ResultStatus::Wrong,
    };
    Observation {
        code: analyte.code.clone(),
        system: "LN".to_owned(),
        value: analyte.value.to_string(),
        unit: analyte.unit.clone(),
        status: status.into(),
        ..Default::default()
    }
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted => "results",
        Outcome::Duplicate => "duplicates",
        Outcome::Corrected => "corrected",
        Outcome::Quarantined => "quarantined",
        Outcome::Refused => "refused results",
        Outcome::Kept | Outcome::Unspecified => "kept",
    }
}

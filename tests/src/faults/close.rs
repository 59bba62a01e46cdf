//! Brings a history to its end: waits until all services have heard everything, writes down what their journals and views say,
//! and judges.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, ensure};
use holdpoint::client::{Behind, Person, behind, heads, lists};
use holdpoint_api::common::v1::Head;
use holdpoint_api::journal::v1::ReadRequest;
use holdpoint_api::safety::v1::GetPermitRequest;
use tonic::Code;

use super::checker::{Verdict, check};
use super::history::{History, Outcome, Thing, What};
use super::seen::{PermitSeen, Told};
use crate::house::{PATIENCE, SERVICES, until};
use crate::story::{People, Story, TRIAL};

/// Ends the story's history. An error where a promise is broken.
pub async fn close(story: &Story) -> anyhow::Result<Verdict> {
    story.hush().await?;
    let history = end(&story.people).await?;
    let verdict = check(&history.records());
    ensure!(verdict.broken.is_empty(), "promises are broken:\n{verdict}");
    Ok(verdict)
}

/// What was read for the end of a history before: rows and permits that are written do not change, so that a house that is
/// judged again and again reads on from there.
#[derive(Default)]
pub struct Read {
    rows: BTreeMap<&'static str, (Option<Head>, Vec<What>)>,
    permits: BTreeMap<String, PermitSeen>,
}

/// A copy of the people's history with its end, with everything read anew.
pub async fn end(people: &People) -> anyhow::Result<History> {
    Read::default().end(people).await
}

impl Read {
    /// A copy of the people's history with its end.
    pub async fn end(&mut self, people: &People) -> anyhow::Result<History> {
        let history = people.history.fork();
        let auditor = &people.auditor;
        let late = late(auditor).await?;
        for service in SERVICES {
            let read = self.rows(people, service).await;
            read.with_context(|| format!("read the journal of {service}"))?
                .iter()
                .for_each(|row| history.note(row.clone()));
        }
        for record in people.history.records() {
            if let What::Answered { outcome: Outcome::Go { permit }, .. } = record.what {
                let seen = self.permit(people, &permit).await?;
                history.note(What::Permit { permit, seen });
            }
        }
        let holds = lists::holds(auditor, TRIAL).await?;
        let standing = holds.iter().filter(|hold| hold.state != "released").map(|hold| hold.hold.clone());
        history.note(What::Standing { service: "safety".to_owned(), holds: standing.collect() });
        let infusions = lists::infusions(auditor, TRIAL).await?;
        let next = infusions.iter().find(|one| ["planned", "authorized"].contains(&one.state.as_str()));
        if let Some(next) = next {
            let holds: BTreeSet<String> = next.frozen_by.iter().cloned().collect();
            history.note(What::Standing { service: "dosing".to_owned(), holds });
        }
        history.note(What::Behind(late.iter().map(ToString::to_string).collect()));
        Ok(history)
    }

    async fn rows(&mut self, people: &People, service: &'static str) -> anyhow::Result<&[What]> {
        let mut journal = people.auditor.journals.get(service).context("a journal")?.clone();
        let (after, rows) = self.rows.entry(service).or_default();
        let request = ReadRequest { chain: TRIAL.to_owned(), after: after.clone(), ..Default::default() };
        let mut stream = journal.read(request).await?.into_inner();
        while let Some(row) = stream.message().await? {
            *after = Some(Head { incarnation: row.incarnation, number: row.number, hash: row.hash.clone() });
            if let Some(told) = Told::read(&row) {
                rows.push(What::Row { service: service.to_owned(), number: row.number, told });
            }
        }
        Ok(rows)
    }

    async fn permit(&mut self, people: &People, permit: &str) -> anyhow::Result<Option<PermitSeen>> {
        if let Some(seen) = self.permits.get(permit) {
            return Ok(Some(seen.clone()));
        }
        let seen = permit_seen(people, permit).await?;
        self.permits.extend(seen.iter().map(|seen| (permit.to_owned(), seen.clone())));
        Ok(seen)
    }
}

/// Who never comes up to the heads of one look. A timer may have written a row since the hush, which is still on its way.
async fn late(auditor: &Person) -> anyhow::Result<Vec<Behind>> {
    let (heads, mut late) = (heads(auditor).await?, vec![]);
    let up = until("everybody has heard everything", PATIENCE, async || {
        late = behind(auditor, &heads).await?;
        Ok(late.is_empty().then_some(()))
    });
    match up.await {
        Err(cause) if late.is_empty() => Err(cause),
        _ => Ok(late),
    }
}

async fn permit_seen(people: &People, permit: &str) -> anyhow::Result<Option<PermitSeen>> {
    let request = GetPermitRequest { trial: TRIAL.to_owned(), permit: permit.to_owned() };
    match people.auditor.safety.clone().get_permit(request).await {
        Ok(answer) => {
            let permit = answer.into_inner();
            let number = if permit.infusion.is_empty() { 0 } else { permit.number };
            Ok(Some(PermitSeen { thing: Thing { subject: permit.subject, number } }))
        }
        Err(status) if status.code() == Code::NotFound => Ok(None),
        Err(status) => Err(status.into()),
    }
}

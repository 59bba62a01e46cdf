//! Which reports came before, and the messages that are kept beside what they became. A message that is known is answered
//! as it was then, whatever became of its findings since.

use holdpoint_chassis::error::Result;
use holdpoint_journal::Tx;
use jiff::Timestamp;
use serde_json::json;

use super::ledger::Ledger;
use super::{Answer, Taken};
use crate::domain::Refusal;
use crate::domain::message::{Code, Message};
use crate::domain::pulse::Pulse;
use crate::domain::report::Report;
use crate::events;
use crate::store::{Heard, heard_id};

impl Ledger {
    /// Reads what is known of these reports of one feed.
    pub(super) async fn read_heard(&mut self, tx: &Tx, reports: &[Report]) -> Result<()> {
        let (messages, others): (Vec<&Report>, Vec<&Report>) =
            reports.iter().partition(|report| report.message.is_some());
        let ids: Vec<String> = others.iter().map(|one| heard_id(&one.feed, &one.request)).collect();
        self.heard.take(tx.get_all::<Heard>(&ids).await?.into_values());
        let ids: Vec<String> = messages.iter().map(|one| one.request.clone()).collect();
        if !ids.is_empty() {
            self.messages.take(tx.get_all::<Message>(&ids).await?.into_values());
        }
        if let Some(first) = reports.first() {
            self.pulses.take(tx.get::<Pulse>(first.feed.as_str()).await?);
        }
        Ok(())
    }

    /// Whether it is a message that came before.
    pub(super) fn is_known(&self, report: &Report) -> bool {
        report.message.is_some() && self.messages.get(&report.request).is_some()
    }

    /// Notes the request of a report. Refused: another report came under its id.
    pub(super) fn note(&mut self, report: &Report, now: Timestamp) -> Result<()> {
        if report.message.is_some() {
            return Ok(());
        }
        let Report { feed, request, digest, .. } = report;
        let id = heard_id(feed, request);
        let (feed, request, digest) = (feed.clone(), request.clone(), digest.clone());
        let heard = self.heard.entry(&id, || Heard { feed, request, digest, at: now });
        if heard.digest != report.digest {
            return Err(Refusal::OtherReport { request: report.request.clone() }.into());
        }
        Ok(())
    }

    /// What became of a report, noted in the feed's pulse; a message is kept with it.
    pub(super) fn taken(&mut self, report: &Report, answers: Vec<Answer>, now: Timestamp) -> Taken {
        let pulse = self.pulses.entry(report.feed.as_str(), || Pulse::none(report.feed.clone()));
        let Some(arrived) = &report.message else {
            pulse.hear(now, None, Code::Aa, None);
            return Taken { answers, message: None };
        };
        if let Some(known) = self.messages.get(&report.request) {
            pulse.again(now);
            let answers = known.findings.iter().map(|(_, answer)| answer.clone()).collect();
            return Taken { answers, message: Some((known.clone(), true)) };
        }
        let places = arrived.findings.iter().map(|(place, _)| place.clone());
        let message = Message { findings: places.zip(answers.iter().cloned()).collect(), ..arrived.clone() };
        pulse.hear(now, message.sent_at, message.code, message.problems.first().map(String::as_str));
        self.kept_messages.push(json!({
            "message": message.id, "answered": message.code, "purpose": message.purpose,
            "findings": message.findings.len(), "problems": message.problems.len(),
        }));
        self.messages.entry(&report.request, || message.clone());
        Taken { answers, message: Some((message, false)) }
    }

    /// The line of the journal for the messages of this commit; none where none came for the first time.
    pub(super) fn journal_messages(&mut self) {
        let kept = std::mem::take(&mut self.kept_messages);
        if !kept.is_empty() {
            self.entries.push(events::messages_kept(kept.into()));
        }
    }
}

//! Results of a laboratory: each does the activities that yield its fact, on the day the specimen was taken. A corrected
//! or void result takes back what it did.

use std::collections::BTreeMap;

use holdpoint_api::labs::v1::{Result as PbResult, ResultsRecorded};
use holdpoint_journal::{ReactError, Tx};

use super::{find, moment};
use crate::ctx::Ctx;
use crate::domain::performed::Finding;

pub(super) async fn react(ctx: &Ctx, tx: &mut Tx, event: ResultsRecorded) -> Result<(), ReactError> {
    let mut by_subject: BTreeMap<String, Vec<Finding>> = BTreeMap::new();
    for result in event.results {
        let subject = result.subject.clone();
        by_subject.entry(subject).or_default().push(finding(result)?);
    }
    find(ctx, tx, &event.trial, by_subject).await
}

fn finding(result: PbResult) -> Result<Finding, ReactError> {
    Ok(Finding {
        taken_at: moment(result.taken_at, "taken_at")?,
        void: result.void,
        id: result.result,
        version: result.version,
        fact: result.fact,
    })
}

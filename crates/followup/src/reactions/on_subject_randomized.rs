//! An allocation was seen: it opens and ends phases, and the arm dates some events of the file.

use holdpoint_api::enrollment::v1::SubjectRandomized;
use holdpoint_journal::{ReactError, Tx};

use super::{change_subject, moment, some};
use crate::ctx::Ctx;
use crate::domain::subject::Allocation;

pub(super) async fn react(ctx: &Ctx, tx: &mut Tx, event: SubjectRandomized) -> Result<(), ReactError> {
    let at = moment(event.at, "at")?;
    let digest = event.protocol.and_then(|protocol| some(protocol.digest));
    change_subject(ctx, tx, (event.trial, event.subject), "randomization", |subject| {
        subject.allocation = Some(Allocation { arm: event.arm, cohort: some(event.cohort), at });
        subject.site = some(event.site).or_else(|| subject.site.take());
        subject.protocol = digest.or_else(|| subject.protocol.take());
    })
    .await
}

//! Something happened to a subject: runs and responses count from it.

use holdpoint_api::enrollment::v1::MilestoneRecorded;
use holdpoint_journal::{ReactError, Tx};

use super::{change_subject, moment};
use crate::ctx::Ctx;
use crate::domain::subject::{Happening, When};

pub(super) async fn react(ctx: &Ctx, tx: &mut Tx, event: MilestoneRecorded) -> Result<(), ReactError> {
    let when = match event.at {
        Some(at) => When::At(moment(Some(at), "at")?),
        None => {
            let date = event.date.parse();
            When::On(date.map_err(|_| ReactError::Park(format!("its date {:?} is none", event.date)))?)
        }
    };
    let happening = Happening { event: event.event, when, withdrawn: event.withdrawn };
    change_subject(ctx, tx, (event.trial, event.subject), |subject| {
        subject.milestones.record(event.milestone, event.replaces, happening);
    })
    .await
}

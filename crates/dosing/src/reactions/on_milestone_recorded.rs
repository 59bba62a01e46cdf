//! Something happened to a subject. Only death concerns dosing by itself: what the file's rules make of the others
//! arrives as a hold or a discontinuation.

use holdpoint_api::enrollment::v1::MilestoneRecorded;
use holdpoint_journal::{ReactError, Tx};

use super::{change_subject, moment, on_subject_discontinued::cancel_waiting};
use crate::domain::ids::{SubjectId, TrialId};
use crate::domain::subject::Milestone;
use crate::domain::treatment::{Stage, Treatment};
use crate::events;
use crate::store;

/// The dictionary's event.
const DEATH: &str = "death";

pub(super) async fn react(tx: &mut Tx, event: MilestoneRecorded) -> Result<(), ReactError> {
    let (trial, subject) = (TrialId::from(event.trial.as_str()), SubjectId::from(event.subject.as_str()));
    let at = match event.at {
        Some(_) => Some(moment(event.at, "at")?),
        None => None,
    };
    let mut dead = false;
    change_subject(tx, (event.trial, event.subject), |subject| {
        if let Some(replaced) = subject.milestones.get_mut(&event.replaces) {
            replaced.withdrawn = true;
        }
        let milestone = Milestone { event: event.event, date: event.date, at, withdrawn: event.withdrawn };
        subject.milestones.insert(event.milestone, milestone);
        dead = subject.is_dead();
    })
    .await?;
    if dead { cancel_waiting(tx, &trial, &subject, DEATH).await } else { restore(tx, &trial, &subject).await }
}

/// A death that was withdrawn: what it took off the plan is planned again.
async fn restore(tx: &mut Tx, trial: &TrialId, subject: &SubjectId) -> Result<(), ReactError> {
    for treatment in store::treatments(tx, trial, subject).await? {
        let Stage::Canceled(canceled) = &treatment.stage else { continue };
        if canceled.why != DEATH {
            continue;
        }
        let planned: Treatment = treatment.at(Stage::Planned(canceled.clone().restore()));
        let entry = events::replanned(&planned, "a death was withdrawn");
        tx.record(&treatment, planned, [entry]).await?;
    }
    Ok(())
}

//! Opens a subject's record. Personal data stays in the private part; the same patient under a second code is
//! refused, one that looks the same is asked about (field.md story 19).

use holdpoint_chassis::error::{Error, Result};
use holdpoint_journal::Tx;
use jiff::civil::Date;
use serde_json::json;

use crate::calendar;
use crate::call::Call;
use crate::ctx::Ctx;
use crate::domain::ids::{SiteId, SubjectId, TrialId};
use crate::domain::person::{Marks, Person};
use crate::domain::subject::{Course, Stage, Subject};
use crate::error::{LIKE_PATIENT, SAME_PATIENT, SUBJECT_TAKEN};
use crate::events;
use crate::store::{PersonRow, TrialKey, subject_key};

/// Whose record.
#[derive(Clone)]
pub struct ScreenSubject {
    /// The trial.
    pub trial: TrialId,
    /// The site.
    pub site: SiteId,
    /// The trial's own code.
    pub subject: SubjectId,
    /// Civil date of the first screening procedure.
    pub date: Date,
    /// Who it is; never leaves the private part.
    pub person: Person,
}

/// Opens the record.
pub async fn run(ctx: &Ctx, call: &Call, cmd: ScreenSubject) -> Result<()> {
    if let Some(kept) = call.kept(ctx).await? {
        return Ok(kept);
    }
    let (mut tx, trial) = call.begin(ctx, &cmd.trial).await?;
    call.role(&tx, &cmd.trial, Some(&cmd.site)).await?;
    let version = trial.active()?.clone();
    let zone = calendar::zone(&trial, &cmd.site)?;
    calendar::not_ahead("date", cmd.date, call.by.at, &zone)?;
    let marks = marks(&tx, &cmd).await?;
    not_here_before(&tx, &cmd.trial, &marks, call.by.reason.is_some()).await?;
    let subject = Subject {
        trial: cmd.trial.clone(),
        id: cmd.subject.clone(),
        site: cmd.site,
        screened_on: cmd.date,
        screened_under: version.version.clone(),
        stage: Stage::Screened,
        treatment: Course::Going,
        study: Course::Going,
        doses: Default::default(),
        earlier: vec![],
    };
    if tx.get::<Subject>(&subject_key(&cmd.trial, &cmd.subject)).await?.is_some() {
        return Err(SUBJECT_TAKEN.refuse(format!("subject {} has a record already", cmd.subject)).into());
    }
    let entry =
        events::subject_screened(&subject, &version, call.by.at).private(json!({ "person": cmd.person }));
    tx.record_new(&subject, [entry]).await?;
    let row = PersonRow { trial: cmd.trial, subject: cmd.subject, person: cmd.person, marks };
    tx.insert(&row).await?;
    call.finish(tx, ()).await
}

async fn marks(tx: &Tx, cmd: &ScreenSubject) -> Result<Marks> {
    let key = tx.get::<TrialKey>(cmd.trial.as_str()).await?.ok_or_else(|| {
        Error::fault(anyhow::anyhow!("trial {} has no key for its subjects' marks", cmd.trial))
    })?;
    Ok(cmd.person.marks(&key.key))
}

/// Refuses a patient with a record. After a screen failure a further screening is possible with a reason; so is
/// somebody else of the same birth date, sex and initials. The refusal names the trial's own code, nothing else.
async fn not_here_before(tx: &Tx, trial: &TrialId, marks: &Marks, reasoned: bool) -> Result<()> {
    let same = [("trial", trial.as_str()), ("number_mark", marks.number.as_str())];
    for known in tx.find::<PersonRow>(&same).await? {
        let subject = tx.get::<Subject>(&subject_key(trial, &known.subject)).await?;
        let failed = subject.is_some_and(|subject| matches!(subject.stage, Stage::ScreenFailed { .. }));
        if !(failed && reasoned) {
            let message = format!("this patient is subject {} of the trial already", known.subject);
            return Err(SAME_PATIENT.refuse(message).into());
        }
    }
    let like = [("trial", trial.as_str()), ("likeness_mark", marks.likeness.as_str())];
    let like = tx.find::<PersonRow>(&like).await?;
    match like.iter().find(|known| known.marks.number != marks.number) {
        Some(known) if !reasoned => {
            let message =
                format!("this may be subject {}: compare, and say so in the reason if not", known.subject);
            Err(LIKE_PATIENT.refuse(message).into())
        }
        _ => Ok(()),
    }
}

//! Raises what people must look at, once for what it is about, and clears it when that is over. Raised in the
//! transaction that learns of it, so that none is lost.

use holdpoint_chassis::error::Result;
use holdpoint_journal::{Stored, Tx};
use jiff::Timestamp;

use crate::domain::flag::{About, Flag};
use crate::domain::ids::{SubjectId, TrialId};
use crate::events;

/// Raises a flag. One that stands changes nothing; one that was cleared stands again.
pub async fn raise(tx: &mut Tx, trial: &TrialId, subject: &SubjectId, about: About) -> Result<()> {
    let (trial, subject, raised_at) = (trial.clone(), subject.clone(), tx.by().at);
    let flag = Flag { trial, subject, about, raised_at, cleared_at: None };
    let entry = events::flag_raised(&flag);
    match tx.get::<Flag>(&flag.id()).await? {
        Some(known) if known.stands() => Ok(()),
        Some(known) => tx.record(&known, flag, [entry]).await.map(drop),
        None => tx.record_new(&flag, [entry]).await.map(drop),
    }
}

/// Clears the flag of a thing, where it stands.
pub async fn clear(tx: &mut Tx, trial: &TrialId, subject: &SubjectId, about: &About) -> Result<()> {
    let at = tx.by().at;
    match tx.get::<Flag>(&Flag::id_of(trial, subject, about)).await? {
        Some(known) if known.stands() => cleared(tx, &known, at).await,
        _ => Ok(()),
    }
}

/// Clears every flag of a subject that a test names.
pub async fn clear_where(tx: &mut Tx, subject: &str, over: impl Fn(&About) -> bool) -> Result<()> {
    let at = tx.by().at;
    for known in tx.find::<Flag>(&[("subject", subject), ("stands", "yes")]).await? {
        if over(&known.about) {
            cleared(tx, &known, at).await?;
        }
    }
    Ok(())
}

async fn cleared(tx: &mut Tx, known: &Stored<Flag>, at: Timestamp) -> Result<()> {
    let entry = events::flag_cleared(known, at);
    let over = Flag { cleared_at: Some(at), ..known.value.clone() };
    tx.record(known, over, [entry]).await.map(drop)
}

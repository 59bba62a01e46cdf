//! A consent: the subject is in the study from the first on, and on the version consented to, until a further consent.

use holdpoint_api::enrollment::v1::ConsentRecorded;
use holdpoint_journal::{ReactError, Tx};

use super::{change_subject, date, some};
use crate::ctx::Ctx;

pub(super) async fn react(ctx: &Ctx, tx: &mut Tx, event: ConsentRecorded) -> Result<(), ReactError> {
    let day = date(&event.date, "date")?;
    let version = event.protocol.unwrap_or_default();
    let why = match version.version.as_str() {
        "" => "consent".to_owned(),
        version => format!("consent to version {version}"),
    };
    change_subject(ctx, tx, (event.trial, event.subject), &why, |subject| {
        subject.consents.insert(day);
        if let Some(digest) = some(version.digest) {
            subject.protocol = Some(digest);
        }
    })
    .await
}

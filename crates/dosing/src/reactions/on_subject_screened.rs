//! A subject's record was opened: its site is known.

use holdpoint_api::enrollment::v1::SubjectScreened;
use holdpoint_journal::{ReactError, Tx};

use super::{change_subject, moment, some};

pub(super) async fn react(tx: &mut Tx, event: SubjectScreened) -> Result<(), ReactError> {
    let digest = event.protocol.and_then(|protocol| some(protocol.digest));
    let at = moment(event.at, "at")?;
    change_subject(tx, (event.trial, event.subject), |subject| {
        subject.screened_at = Some(at);
        subject.site = some(event.site);
        if subject.protocol.is_none() {
            subject.protocol = digest;
        }
    })
    .await
}

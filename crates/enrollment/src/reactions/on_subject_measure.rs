//! A rule's own verb on a subject: fail screening, stop dosing, withdraw. The rule is the reason code. What has
//! ended before, and a screen failure of somebody who has a place on the list, change nothing.

use holdpoint_api::safety::v1::SubjectMeasure;
use holdpoint_journal::{ReactError, Tx};
use jiff::Timestamp;

use super::id;
use super::on_infusion::subject;
use crate::commands::discontinue::by_rule;
use crate::domain::ids::RuleId;
use crate::domain::subject::Axis;
use crate::events;

/// Applies it.
pub async fn run(tx: &mut Tx, said: SubjectMeasure, at: Timestamp) -> Result<(), ReactError> {
    let subject = subject(tx, &said.trial, &said.subject).await?;
    let rule: RuleId = id("rule", &said.rule)?;
    match said.verb.replace('-', " ").as_str() {
        "stop dosing" => by_rule(tx, subject, &[Axis::Treatment], &rule, at).await?,
        "withdraw subject" => by_rule(tx, subject, &[Axis::Study], &rule, at).await?,
        "fail screening" => {
            if let Ok(failed) = subject.value.clone().fail_screening(rule.clone(), at) {
                let entry = events::screen_failed(&failed, &rule);
                tx.record(&subject, failed, [entry]).await?;
            }
        }
        other => return Err(ReactError::Park(format!("verb {other} is not known"))),
    }
    Ok(())
}

//! Whole listings, page after page, for readers that want everything of a trial.

use holdpoint_api::common::v1::Page;
use holdpoint_api::dosing::v1::{Infusion, ListInfusionsRequest};
use holdpoint_api::enrollment::v1::{ListSubjectsRequest, Subject};
use holdpoint_api::followup::v1::{DueVisit, ListDueRequest};
use holdpoint_api::labs::v1::{ListResponsesRequest, SubjectResponse};
use holdpoint_api::safety::v1::{AdverseEvent, HoldView, ListAdverseEventsRequest, ListHoldsRequest};
use tonic::Status;

use super::Person;
use super::again::call;

/// The largest page that services give.
const PAGE: u32 = 500;

/// Every subject of a trial.
pub async fn subjects(reader: &Person, trial: &str) -> Result<Vec<Subject>, Status> {
    pages(async |page| {
        let request = ListSubjectsRequest { trial: trial.to_owned(), page };
        let answer = call!(reader.enrollment, list_subjects, request).await?;
        Ok((answer.subjects, answer.next))
    })
    .await
}

/// Every infusion of a trial.
pub async fn infusions(reader: &Person, trial: &str) -> Result<Vec<Infusion>, Status> {
    pages(async |page| {
        let request = ListInfusionsRequest { trial: trial.to_owned(), subject: String::new(), page };
        let answer = call!(reader.dosing, list_infusions, request).await?;
        Ok((answer.infusions, answer.next))
    })
    .await
}

/// Every hold of a trial, released ones too.
pub async fn holds(reader: &Person, trial: &str) -> Result<Vec<HoldView>, Status> {
    let request = ListHoldsRequest { trial: trial.to_owned(), include_released: true };
    Ok(call!(reader.safety, list_holds, request).await?.holds)
}

/// Every adverse event of a trial, in the order of the reports.
pub async fn adverse_events(reader: &Person, trial: &str) -> Result<Vec<AdverseEvent>, Status> {
    pages(async |page| {
        let request = ListAdverseEventsRequest { trial: trial.to_owned(), page };
        let answer = call!(reader.safety, list_adverse_events, request).await?;
        Ok((answer.adverse_events, answer.next))
    })
    .await
}

/// Every response category of a trial's subjects.
pub async fn responses(reader: &Person, trial: &str) -> Result<Vec<SubjectResponse>, Status> {
    pages(async |page| {
        let request = ListResponsesRequest { trial: trial.to_owned(), page };
        let answer = call!(reader.labs, list_responses, request).await?;
        Ok((answer.responses, answer.next))
    })
    .await
}

/// Every visit of a trial that is due from one day to another, civil dates of the sites, both inside.
pub async fn due(reader: &Person, trial: &str, from: &str, until: &str) -> Result<Vec<DueVisit>, Status> {
    pages(async |page| {
        let (trial, from, until) = (trial.to_owned(), from.to_owned(), until.to_owned());
        let request = ListDueRequest { trial, from, until, overdue_only: false, page };
        let answer = call!(reader.followup, list_due, request).await?;
        Ok((answer.visits, answer.next))
    })
    .await
}

async fn pages<T>(
    read: impl AsyncFn(Option<Page>) -> Result<(Vec<T>, String), Status>,
) -> Result<Vec<T>, Status> {
    let (mut all, mut after) = (Vec::new(), String::new());
    loop {
        let (some, next) = read(Some(Page { after, size: PAGE })).await?;
        all.extend(some);
        if next.is_empty() {
            return Ok(all);
        }
        after = next;
    }
}

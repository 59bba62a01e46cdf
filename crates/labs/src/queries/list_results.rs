//! Results of one subject, newest specimen first, each with every word of the laboratory as it was sent and what it is
//! graded as.

use holdpoint_chassis::error::Result;
use holdpoint_chassis::identity::Actor;
use jiff::Timestamp;

use crate::authority;
use crate::ctx::Ctx;
use crate::domain::grading::{Grade, Grader};
use crate::domain::identity::Whose;
use crate::domain::ids::ResultId;
use crate::domain::result::LabResult;
use crate::store::{self, of};

/// The rpc.
pub const RPC: &str = "/holdpoint.labs.v1.Labs/ListResults";

/// The place of a result in the listing: specimens by time, newest first.
pub type Place = (std::cmp::Reverse<Timestamp>, ResultId);

/// Which page.
#[derive(Clone, Debug)]
pub struct ListResults {
    /// The subject.
    pub whose: Whose,
    /// One fact; none: every analyte.
    pub fact: Option<String>,
    /// The place of the last result of the page before.
    pub after: Option<Place>,
    /// At most so many.
    pub size: usize,
}

/// A page and where the next begins.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The results, each with the grades of its words in their order.
    pub results: Vec<(LabResult, Vec<Vec<Grade>>)>,
    /// The last result's place, where there are more.
    pub next: Option<Place>,
}

/// Reads a page.
pub async fn run(ctx: &Ctx, actor: &Actor, query: ListResults) -> Result<Listed> {
    let tx = ctx.store.begin(&ctx.own()).await?;
    let subject = store::subject(&tx, &query.whose).await?;
    authority::require(&tx, actor, RPC, &query.whose.trial, subject.site.as_deref()).await?;
    let watched = ctx.protocols.of_subject(&tx, &subject).await?;
    let course = store::course(&tx, &query.whose).await?;
    tx.rollback().await?;
    let grader =
        watched.as_deref().map(|watched| Grader { watched, subject: &subject.value, course: &course });
    let graded = |result: LabResult| {
        let grades = |word| grader.map(|grader| grader.grades(&result, word)).unwrap_or_default();
        let grades = result.words.iter().map(grades).collect();
        (result, grades)
    };
    let found = ctx.store.find::<LabResult>(&[("subject", &of(&query.whose))]).await?;
    let wanted = |result: &LabResult| query.fact.is_none() || result.fact == query.fact;
    let mut results: Vec<(Place, LabResult)> = found
        .into_iter()
        .map(|one| one.value)
        .filter(wanted)
        .map(|result| (place(&result), result))
        .collect();
    results.sort_by(|one, other| one.0.cmp(&other.0));
    if let Some(after) = &query.after {
        results.retain(|(place, _)| place > after);
    }
    let next = (results.len() > query.size)
        .then(|| results.get(query.size.saturating_sub(1)).map(|one| one.0.clone()));
    results.truncate(query.size);
    Ok(Listed {
        results: results.into_iter().map(|(_, result)| graded(result)).collect(),
        next: next.flatten(),
    })
}

fn place(result: &LabResult) -> Place {
    let taken = result.words.iter().map(|word| word.taken_at).max().unwrap_or(Timestamp::MIN);
    (std::cmp::Reverse(taken), result.id.clone())
}

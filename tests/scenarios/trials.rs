//! Every trial file that is delivered, played from its file to its last visit by the program itself: the object that it prints has
//! every part, each count is what the services that are started on its databases answer one by one, and everything fits together.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, ensure};
use holdpoint::client::{Authorized, Person, lists};
use holdpoint_api::followup::v1::GetScheduleRequest;
use holdpoint_api::followup::v1::followup_client::FollowupClient;
use holdpoint_chassis::identity::Role;
use holdpoint_system_tests::house::{House, Plan, repository};
use holdpoint_system_tests::play;
use holdpoint_system_tests::story::{AUDITOR, moment};
use serde_json::{Value, json};

/// A test for each file, with how many are allocated: a whole trial of each, and no longer than it must.
macro_rules! trials {
    ($($test:ident: $trial:literal, $size:literal;)*) => {
        const TRIALS: &[&str] = &[$($trial),*];
        $(
            #[test]
            fn $test() -> anyhow::Result<()> {
                play(|| whole($trial, $size))
            }
        )*
    };
}

trials! {
    pgf_msc: "pgf-msc", 2;
    nct01254539: "nct01254539", 4;
    nct01348451: "nct01348451", 3;
    nct01494480: "nct01494480", 2;
    nct01609283: "nct01609283", 7;
    nct01640067: "nct01640067", 3;
    nct01730716: "nct01730716", 3;
    nct01933321: "nct01933321", 3;
    nct02881489: "nct02881489", 4;
    nct02987413: "nct02987413", 3;
}

/// After the last visit of any of them.
const LONG_AFTER: &str = "2045-01-02T09:00";

#[test]
fn no_file_is_left_out() -> anyhow::Result<()> {
    let files: BTreeSet<String> = std::fs::read_dir(repository().join("deploy/protocols"))?
        .filter_map(|entry| Some(entry.ok()?.file_name().to_str()?.strip_suffix(".toml")?.to_owned()))
        .collect();
    let played: BTreeSet<String> = TRIALS.iter().map(ToString::to_string).collect();
    ensure!(files == played, "the files are {files:?}, and played are {played:?}");
    Ok(())
}

async fn whole(trial: &str, size: u32) -> anyhow::Result<()> {
    let Some(mut house) = House::open(Plan::EMBEDDED, moment(LONG_AFTER)?).await? else { return Ok(()) };
    house.stop_all().await?;
    let (store, size) = (house.room_for("demo")?, size.to_string());
    let line = ["demo", "--trial", trial, "--size", &size, "--quiet", "--json", "--store", &store];
    let answer = house.ask(&line)?.expect_success()?;
    let object =
        answer.text.lines().rfind(|line| line.starts_with('{')).context("the last line is the object")?;
    let told: Value = serde_json::from_str(object)?;
    has_every_part(&told)?;
    promises(&told, &size)?;
    let verified = house.verify_at(&store)?.expect_success()?.text;
    let rows: Option<u64> = verified.split(' ').next().and_then(|many| many.parse().ok());
    // A timer may have written a row between the count and the end.
    ensure!(rows >= told["journal"]["rows"].as_u64(), "{} were told: {verified}", told["journal"]);
    house.live_in(&store).await?;
    let auditor = house.desk()?.person(AUDITOR, &[Role::Auditor])?;
    as_the_services_say(&told, &auditor, trial).await.with_context(|| format!("told was {told:#}"))?;
    let report = house.report(trial, AUDITOR, &[])?.expect_success()?.text;
    ensure!(report.contains("Everything fits together."), "{report}");
    Ok(())
}

/// The object has the parts that are promised, and no other.
fn has_every_part(told: &Value) -> anyhow::Result<()> {
    let parts: [(&str, &[&str]); 6] = [
        (
            "",
            &[
                "randomized",
                "infusions",
                "holds",
                "report_to_effective_ms",
                "journal",
                "wall_s",
                "screened",
                "results",
                "responses",
                "visits",
            ],
        ),
        ("infusions", &["planned", "completed", "refused_by_hold", "started_after_effective"]),
        ("holds", &["placed", "effective", "released"]),
        ("journal", &["rows", "verified"]),
        ("results", &["accepted", "duplicates", "corrected", "quarantined"]),
        ("visits", &["due", "done", "missed"]),
    ];
    for (part, keys) in parts {
        let of = if part.is_empty() { told } else { &told[part] };
        let found: BTreeSet<&str> = of
            .as_object()
            .with_context(|| format!("{part} is an object"))?
            .keys()
            .map(String::as_str)
            .collect();
        ensure!(found == keys.iter().copied().collect(), "the parts of `{part}` are {found:?}");
    }
    ensure!(told["wall_s"].as_f64().is_some_and(|took| took > 0.0), "the time is told: {told:#}");
    ensure!(told["report_to_effective_ms"].as_u64().is_some(), "the time to a hold is told: {told:#}");
    Ok(())
}

/// What every run keeps.
fn promises(told: &Value, size: &str) -> anyhow::Result<()> {
    let number = |part: &str, key: &str| told[part][key].as_u64().unwrap_or(u64::MAX);
    let randomized: u64 =
        told["randomized"].as_object().into_iter().flatten().filter_map(|(_, n)| n.as_u64()).sum();
    ensure!(randomized.to_string() == size, "everyone was allocated: {told:#}");
    ensure!(told["screened"].as_u64().is_some_and(|n| n >= randomized), "everyone was screened: {told:#}");
    ensure!(number("infusions", "started_after_effective") == 0, "nothing started under a hold: {told:#}");
    ensure!(number("infusions", "planned") == number("infusions", "completed"), "all was given: {told:#}");
    ensure!(
        (1..u64::MAX).contains(&number("infusions", "refused_by_hold")),
        "the evening was played: {told:#}"
    );
    ensure!(told["journal"]["verified"] == json!(true), "the journals verify: {told:#}");
    ensure!(number("holds", "placed") == number("holds", "released"), "every hold ended: {told:#}");
    let (due, done, missed) = (number("visits", "due"), number("visits", "done"), number("visits", "missed"));
    ensure!(due == done + missed, "no visit is forgotten: {told:#}");
    ensure!(missed * 10 <= due, "few miss a visit: {told:#}");
    Ok(())
}

/// The counts, counted from what the services list one by one.
async fn as_the_services_say(told: &Value, auditor: &Person, trial: &str) -> anyhow::Result<()> {
    let subjects = lists::subjects(auditor, trial).await?;
    let same = |what: &str, found: Value| {
        let told = what.split('.').fold(told, |of, key| &of[key]);
        ensure!(*told == found, "{what}: told {told}, and listed are {found}");
        Ok(())
    };
    let by_arm = subjects.iter().filter(|one| !one.arm.is_empty()).map(|one| one.arm.clone());
    same("randomized", json!(counted(by_arm)))?;
    same("screened", json!(subjects.len()))?;
    let infusions = lists::infusions(auditor, trial).await?;
    same("infusions.planned", json!(infusions.len()))?;
    same("infusions.completed", json!(infusions.iter().filter(|one| one.state == "completed").count()))?;
    same("infusions.refused_by_hold", json!(infusions.iter().filter(|one| one.refused_by_hold > 0).count()))?;
    let holds = lists::holds(auditor, trial).await?;
    same("holds.placed", json!(holds.len()))?;
    same("holds.effective", json!(holds.iter().filter(|hold| hold.effective_at.is_some()).count()))?;
    same("holds.released", json!(holds.iter().filter(|hold| hold.state == "released").count()))?;
    let responses = lists::responses(auditor, trial).await?;
    let mut by_category: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for one in responses.into_iter().filter(|one| !one.category.is_empty()) {
        *by_category.entry(one.arm).or_default().entry(one.category).or_default() += 1;
    }
    same("responses", json!(by_category))?;
    let mut states = BTreeMap::new();
    for subject in &subjects {
        for (state, many) in visits(&auditor.followup, trial, &subject.subject).await? {
            *states.entry(state).or_insert(0) += many;
        }
    }
    let of = |state: &str| states.get(state).copied().unwrap_or(0);
    same("visits.missed", json!(of("missed")))?;
    ensure!(of("scheduled") == 0, "nothing is left to come: {states:?}");
    // What was done for a plan that was made anew stays in the schedule as a record, and is no visit.
    ensure!(told["visits"]["done"].as_u64() <= Some(of("done")), "visits.done: listed are {states:?}");
    Ok(())
}

/// A subject's visits by their state.
async fn visits(
    followup: &FollowupClient<Authorized>,
    trial: &str,
    subject: &str,
) -> anyhow::Result<BTreeMap<String, u64>> {
    let request = GetScheduleRequest { trial: trial.to_owned(), subject: subject.to_owned() };
    let answer =
        followup.clone().get_schedule(request).await.with_context(|| format!("schedule of {subject}"))?;
    let schedule = answer.into_inner();
    Ok(counted(schedule.visits.into_iter().map(|visit| visit.state)))
}

fn counted(of: impl Iterator<Item = String>) -> BTreeMap<String, u64> {
    of.fold(BTreeMap::new(), |mut counts, one| {
        *counts.entry(one).or_insert(0) += 1;
        counts
    })
}

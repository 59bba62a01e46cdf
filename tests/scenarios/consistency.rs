//! The consistency report on real runs: clean after every evening in order, and after each of the planted inconsistencies it ends
//! with 1 and names the right subject, hold, event or reader, in words and as JSON. Each is planted in a copy of the same evening.

use anyhow::{Context as _, ensure};
use holdpoint_system_tests::house::{House, Plan};
use holdpoint_system_tests::play;
use holdpoint_system_tests::story::{AUDITOR, Story, TRIAL, moment};
use serde_json::Value;

use crate::evening::played;
use crate::plants::{Named, Plant, Told};
use crate::trouble::Trouble;

#[test]
fn is_clean_after_the_demo() -> anyhow::Result<()> {
    play(after_the_demo)
}

#[test]
fn names_each_inconsistency_in_sqlite_files() -> anyhow::Result<()> {
    play(|| each_is_named(Plan::EMBEDDED))
}

#[test]
fn names_each_inconsistency_in_postgresql_databases() -> anyhow::Result<()> {
    play(|| each_is_named(Plan::APART))
}

#[test]
fn is_no_report_where_a_service_is_away_or_the_trial_is_not_there() -> anyhow::Result<()> {
    play(no_report)
}

/// What `holdpoint demo` leaves in a folder, taken up by `holdpoint up`.
async fn after_the_demo() -> anyhow::Result<()> {
    let after = moment("2026-03-27T12:00")?;
    let Some(mut house) = House::open(Plan::EMBEDDED, after).await? else { return Ok(()) };
    house.stop_all().await?;
    let store = house.room_for("demo")?;
    house.ask(&["demo", "--short", "--quiet", "--store", &store])?.expect_success()?;
    house.live_in(&store).await?;
    let report = house.report(TRIAL, AUDITOR, &[])?.expect_success()?.text;
    ensure!(report.contains("Everything fits together."), "{report}");
    let idle: Vec<_> = report.lines().filter(|line| line.contains(" 0 looked at")).collect();
    ensure!(idle.is_empty(), "every check has looked at something: {report}");
    Ok(())
}

async fn each_is_named(plan: Plan) -> anyhow::Result<()> {
    let Some((mut story, cast)) = played(plan, Trouble::Nothing).await? else { return Ok(()) };
    story.is_consistent()?;
    let subject = &cast.due[0];
    let told = Told {
        subject: subject.id.clone(),
        infusion: story.infusion(subject, 1)?,
        other: cast.due[1].id.clone(),
        under_hold: "2026-03-24T08:00",
    };
    story.house.stop_all().await?;
    for plant in Plant::ALL {
        let store = story.house.copy_all().await?;
        let named = plant.put(&store, &told).await?;
        story.house.live_in(&store).await?;
        is_named(&story, &named).with_context(|| format!("plant {plant:?}"))?;
        story.house.kill_all()?;
    }
    Ok(())
}

fn is_named(story: &Story, named: &Named) -> anyhow::Result<()> {
    let report = story.report()?;
    let findings = report["findings"].as_array().context("the findings")?;
    let of = |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    let says = |what: &str| named.words.iter().all(|word| what.contains(word.as_str()));
    let found = findings.iter().any(|finding| {
        let about = (of(finding, "check"), of(finding, "subject"));
        about == (named.checks[0].to_owned(), named.subject.clone()) && says(&of(finding, "what"))
    });
    ensure!(found, "the report does not name {named:?}: {report:#}");
    let only = findings.iter().all(|finding| named.checks.contains(&of(finding, "check").as_str()));
    ensure!(only, "the report finds what was not planted beside {named:?}: {report:#}");
    let page = story.house.report(TRIAL, AUDITOR, &[])?;
    ensure!(page.code == Some(1), "the exit code is 1 where something does not fit: {page:?}");
    let line = page.text.lines().any(|line| line.contains(&named.subject) && says(line));
    ensure!(line, "the page does not name {named:?}: {}", page.text);
    Ok(())
}

async fn no_report() -> anyhow::Result<()> {
    let Some(mut story) = Story::open(Plan::APART).await? else { return Ok(()) };
    story.set_up().await?;
    let unknown = story.house.report("pgf-mcs", AUDITOR, &[])?;
    ensure!(unknown.code == Some(3), "a trial that is not there has no report: {unknown:?}");
    let stranger = story.house.report(TRIAL, "nobody", &[])?;
    ensure!(stranger.code == Some(3), "who is no auditor of the trial gets none: {stranger:?}");
    story.house.stop("labs").await?;
    let away = story.house.report(TRIAL, AUDITOR, &["--json"])?;
    ensure!(away.code == Some(3) && away.text.contains("labs"), "the silent service is named: {away:?}");
    ensure!(!away.text.contains("clean"), "and nothing looks like a report: {away:?}");
    Ok(())
}

//! A look at what followup costs once subjects have months of visits: results heard, activities recorded one by one and
//! together, the timer, the list of what is due. Ignored: it measures, and says nothing of right or wrong.
//! `cargo nextest run --release --run-ignored only -E 'test(speed)' --no-capture`

use std::time::Duration;

use holdpoint_api::common::v1 as common;
use holdpoint_api::followup::v1 as pb;
use holdpoint_api::followup::v1::followup_server::Followup as _;
use holdpoint_api::labs::v1 as labs;
use jiff::ToSpan as _;
use jiff::civil::date;

use crate::support::{Db, Doer, TRIAL, World, time};

const SUBJECTS: usize = 20;
const DAYS: usize = 60;

/// A platelet count of each subject, as labs tells those of one commit.
async fn count_all(world: &World, subjects: &[String], day: &str) {
    let result = |subject: &String| {
        let number = common::value::Of::Number("41".to_owned());
        labs::Result {
            result: format!("r-{subject}-{day}"),
            version: 1,
            subject: subject.clone(),
            fact: "platelets".to_owned(),
            value: Some(common::Value { of: Some(number), unit: "e9/L".to_owned() }),
            taken_at: time(world.local(&format!("{day}T08:00"))),
            ..labs::Result::default()
        }
    };
    let results = subjects.iter().map(result).collect();
    let event = labs::ResultsRecorded { trial: TRIAL.to_owned(), results };
    world.lab_told("ResultsRecorded", &event).await;
}

async fn record_together(world: &World, subjects: &[String], day: &str) {
    let one = |subject: &String| pb::ActivityRecord {
        subject: subject.clone(),
        activity: "vital-signs".to_owned(),
        date: day.to_owned(),
        ..pb::ActivityRecord::default()
    };
    let activities = subjects.iter().map(one).collect();
    let request = pb::RecordActivitiesRequest { act: world.act(), trial: TRIAL.to_owned(), activities };
    world.rpc.record_activities(world.request(Doer::Coordinator, request)).await.unwrap();
}

async fn look(db: Db, name: &str) {
    let world = World::new(db).await;
    let subjects: Vec<String> = (0..SUBJECTS).map(|number| format!("P-{number:03}")).collect();
    for subject in &subjects {
        world.transplanted(subject).await;
    }
    let [mut heard, mut alone, mut together, mut timer, mut listed] = [Duration::ZERO; 5];
    for (turn, day) in date(2025, 1, 7).series(1.day()).take(DAYS).enumerate() {
        let day = day.to_string();
        world.go(&day);
        count_all(&world, &subjects, &day).await;
        let before = tokio::time::Instant::now();
        world.hear().await;
        heard += before.elapsed();
        let before = tokio::time::Instant::now();
        world.look().await;
        timer += before.elapsed();
        let before = tokio::time::Instant::now();
        world.list_due(&day, &day, false).await;
        listed += before.elapsed();
        let before = tokio::time::Instant::now();
        if turn % 2 == 0 {
            record_together(&world, &subjects, &day).await;
            together += before.elapsed();
        } else {
            for subject in &subjects {
                world.record(world.activity(subject, "vital-signs", &day)).await.unwrap();
            }
            alone += before.elapsed();
        }
    }
    let ms = |took: Duration, times: usize| took.as_secs_f64() * 1000.0 / times as f64;
    println!(
        "{name}, {SUBJECTS} subjects, {DAYS} days: a result heard {:.2} ms, an activity alone {:.2} ms and together \
         {:.2} ms, a day's look {:.1} ms, a day's list {:.1} ms",
        ms(heard, SUBJECTS * DAYS),
        ms(alone, SUBJECTS * DAYS / 2),
        ms(together, SUBJECTS * DAYS / 2),
        ms(timer, DAYS),
        ms(listed, DAYS),
    );
    assert_eq!(world.count().await.done as usize / SUBJECTS / DAYS, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it measures"]
async fn speed_on_sqlite() {
    look(Db::sqlite().unwrap(), "SQLite").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it measures"]
async fn speed_on_postgres() {
    look(Db::postgres().unwrap(), "PostgreSQL").await;
}

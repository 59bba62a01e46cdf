//! A look at how many results a second go from a stream to their answers. Ignored: it measures, and says nothing of right
//! or wrong. `cargo nextest run --release --run-ignored only -E 'test(speed)' --no-capture`

use crate::support::{Analyte, Db, Said, World};

const SUBJECTS: usize = 50;
const REPORTS_EACH: usize = 40;

async fn look(db: Db, name: &str) {
    let world = World::new(db).await;
    for subject in 0..SUBJECTS {
        world.screen(&format!("S-{subject}")).await;
    }
    world.hear().await;
    let mut reports = vec![];
    for turn in 0..REPORTS_EACH {
        for subject in 0..SUBJECTS {
            let taken = format!("2026-{:02}-{:02}T01:00:00Z", 2 + turn / 28, 1 + turn % 28);
            reports.push(Said::of(&format!("S-{subject}"), &taken, &blood_count()));
        }
    }
    let results = reports.len() * blood_count().len();
    let before = tokio::time::Instant::now();
    world.sends(&reports).await;
    let took = before.elapsed();
    println!("{name}: {results} results in {took:?}: {:.0} a second", results as f64 / took.as_secs_f64());
    assert_eq!(world.counts().await[0], u64::try_from(SUBJECTS * REPORTS_EACH * 5).unwrap());
}

/// Twenty analytes, five of them facts of the trial.
fn blood_count() -> Vec<Analyte> {
    const OTHERS: [&str; 15] = [
        "789-8", "4544-3", "787-2", "785-6", "786-4", "788-0", "32623-1", "770-8", "736-9", "5905-5",
        "713-8", "706-2", "742-7", "711-2", "704-7",
    ];
    let mut counts = vec![
        Analyte::platelets("30"),
        Analyte::neutrophils("0.8"),
        Analyte::hemoglobin("90"),
        Analyte::creatinine("1.0"),
        Analyte::of("6690-2", "2.5", "10*9/L", "3.5-9.5"),
    ];
    counts.extend(OTHERS.map(|code| Analyte::of(code, "4.2", "%", "1-10")));
    counts
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

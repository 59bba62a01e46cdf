//! Rows enter the journal with the state they tell of, numbered without gaps and hashed one upon the other.

use holdpoint_journal::{Chain, Entry, Head, Report, verify};
use serde_json::json;

use crate::support::{Db, Lot, append, by, counted, map, on_both_databases, trial};

on_both_databases!(
    state_and_journal_are_one,
    a_dropped_transaction_leaves_nothing,
    chains_are_numbered_apart,
    parallel_acts_leave_no_gap,
    a_lock_first_sees_all_before_it,
    a_row_too_large_is_refused_in_words,
    many_rows_in_one_commit,
    a_page_of_large_rows_is_short,
    time_and_actor_are_kept,
);

fn lot(id: &str) -> Lot {
    Lot { id: id.to_owned(), trial: "pgf-msc".to_owned(), number: Some(format!("L-{id}")), bags: 2 }
}

async fn state_and_journal_are_one(db: Db) {
    let store = db.open("dosing").await;
    let mut tx = store.begin(&by("pharmacist.eve")).await.unwrap();
    tx.record_new(&lot("a"), [counted(&trial(), 1), counted(&Chain::Service, 2)]).await.unwrap();
    let heads = tx.commit().await.unwrap().heads;
    assert_eq!(heads[&trial()].number, 1);
    assert_eq!(store.get::<Lot>("a").await.unwrap().unwrap().value, lot("a"));
    assert_eq!(store.heads().await.unwrap(), heads);
    let row = store.row(&trial(), 1).await.unwrap().unwrap();
    assert!(row.is_intact("dosing"));
    assert!(!row.is_intact("safety"), "the service is part of the hash");
    assert_eq!(row.envelope().unwrap().data.unwrap(), 1_u32.to_be_bytes());
    assert_eq!(verify(&store, &[]).await.unwrap(), Report { rows: 2, ..Report::default() });
}

async fn a_dropped_transaction_leaves_nothing(db: Db) {
    let store = db.open("dosing").await;
    let mut tx = store.begin(&by("pharmacist.eve")).await.unwrap();
    tx.lock(&trial()).await.unwrap();
    tx.record_new(&lot("a"), [counted(&trial(), 1)]).await.unwrap();
    drop(tx);
    assert!(store.get::<Lot>("a").await.unwrap().is_none());
    assert_eq!(append(&store, &trial(), 5..6).await.number, 1);
}

async fn chains_are_numbered_apart(db: Db) {
    let store = db.open("dosing").await;
    for n in 0..3 {
        let mut tx = store.begin(&by("ann")).await.unwrap();
        tx.append(counted(&Chain::trial("b"), n));
        tx.append(counted(&Chain::trial("a"), n));
        tx.append(counted(&Chain::trial("b"), n));
        tx.commit().await.unwrap();
    }
    let heads = store.heads().await.unwrap();
    let numbers = heads.iter().map(|(chain, head)| (chain.to_string(), head.number)).collect();
    assert_eq!(map([("a", 3), ("b", 6)]), numbers);
    assert!(verify(&store, &[]).await.unwrap().is_clean());
}

async fn parallel_acts_leave_no_gap(db: Db) {
    let store = db.open("dosing").await;
    let tasks: Vec<_> = (0..8)
        .map(|task: u32| {
            let store = store.clone();
            tokio::spawn(async move { append(&store, &trial(), task * 20..task * 20 + 20).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(store.head(&trial()).await.unwrap().number, 160);
    assert_eq!(verify(&store, &[]).await.unwrap(), Report { rows: 160, ..Report::default() });
}

async fn a_lock_first_sees_all_before_it(db: Db) {
    let store = db.open("safety").await;
    let tasks: Vec<_> = (0..20)
        .map(|task: u32| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut tx = store.begin(&by("safety")).await.unwrap();
                let locked = tx.lock(&trial()).await.unwrap();
                let lots = tx.find::<Lot>(&[("trial", "pgf-msc")]).await.unwrap().len() as u64;
                assert_eq!(lots, locked.number, "everything committed before the lock is seen");
                tx.record_new(&lot(&task.to_string()), [counted(&trial(), task)]).await.unwrap();
                tx.commit().await.unwrap();
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(store.count::<Lot>(&[]).await.unwrap(), 20);
}

async fn a_row_too_large_is_refused_in_words(db: Db) {
    let store = db.open("dosing").await;
    let mut tx = store.begin(&by("feed.lis")).await.unwrap();
    tx.append(Entry::event(trial(), "test.Huge", vec![0; 512 * 1024]));
    let refused = tx.commit().await.unwrap_err();
    assert_eq!(refused.code(), Some("JRN-0003"), "{refused}");
    assert!(refused.to_string().contains("524288"), "{refused}");
    assert_eq!(store.head(&trial()).await.unwrap(), Head::default());
}

async fn many_rows_in_one_commit(db: Db) {
    let store = db.open("labs").await;
    let mut tx = store.begin(&by("feed.lis")).await.unwrap();
    for n in 0..1203 {
        tx.append(counted(&trial(), n));
    }
    assert_eq!(tx.commit().await.unwrap().heads[&trial()].number, 1203);
    assert_eq!(verify(&store, &[]).await.unwrap(), Report { rows: 1203, ..Report::default() });
}

async fn time_and_actor_are_kept(db: Db) {
    use sea_orm::ConnectionTrait as _;
    let store = db.open("dosing").await;
    let mut tx = store.begin(&by("nurse.ann").reason("weighed again")).await.unwrap();
    tx.append(Entry::audit(trial(), "test.Weighed", json!({ "initials": "M.K." })));
    tx.commit().await.unwrap();
    let row = store.row(&trial(), 1).await.unwrap().unwrap();
    let envelope = row.envelope().unwrap();
    assert_eq!((envelope.data, envelope.time_us), (None, 1_780_000_000_000_000));
    assert!(
        !String::from_utf8_lossy(&row.public).contains("M.K."),
        "personal data stays in the private part"
    );
    let raw = db.raw("dosing").await;
    let text =
        sea_orm::Statement::from_string(raw.get_database_backend(), "SELECT body FROM journal_private");
    let body: Vec<u8> = raw.query_one_raw(text).await.unwrap().unwrap().try_get_by_index(0).unwrap();
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let expected =
        json!({ "principal": "nurse.ann", "reason": "weighed again", "data": { "initials": "M.K." } });
    assert_eq!(body, expected);
}

async fn a_page_of_large_rows_is_short(db: Db) {
    let store = db.open("labs").await;
    let mut tx = store.begin(&by("feed.lis")).await.unwrap();
    for _ in 0..25 {
        tx.append(Entry::event(trial(), "test.Large", vec![7; 500 * 1024]));
    }
    tx.commit().await.unwrap();
    let (mut after, mut pages) = (0, vec![]);
    loop {
        let page = store.rows(&trial(), after, 500).await.unwrap();
        let Some(last) = page.last() else { break };
        after = last.head.number;
        pages.push(page.len());
    }
    assert_eq!(pages, [9, 9, 7], "a page ends with the row that reaches four mebibytes");
}

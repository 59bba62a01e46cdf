//! Verification names the service, the chain and the first bad row, whatever was done to the tables.

use std::sync::atomic::{AtomicBool, Ordering};

use holdpoint_journal::{By, Chain, Entry, Finding, Remembered, Request, Store, verify, witnesses};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement};

use crate::support::{Db, Service, append, at, counted, on_both_databases, trial};

on_both_databases!(
    every_altered_column_is_named,
    any_flipped_bit_is_found,
    a_cut_tail_with_its_head_is_known_by_peers,
    a_rewritten_tail_is_known_by_peers,
    altered_answers_and_cursors_are_named,
    what_is_written_while_it_is_verified_is_no_finding,
);

async fn first(store: &Store, memory: &[Remembered]) -> Vec<(String, String, u64)> {
    let report = verify(store, memory).await.unwrap();
    report
        .findings
        .into_iter()
        .map(|Finding { service, chain, number, .. }| (service, chain.to_string(), number))
        .collect()
}

fn named(number: u64) -> Vec<(String, String, u64)> {
    vec![("dosing".to_owned(), "pgf-msc".to_owned(), number)]
}

/// What is done to the tables of ten rows, and the first row that must be named.
const TAMPERED: &[(&str, u64)] = &[
    (
        "UPDATE journal_row SET public = (SELECT public FROM journal_row WHERE number = 3 AND chain = 'pgf-msc') WHERE number = 5 AND chain = 'pgf-msc'",
        5,
    ),
    ("UPDATE journal_row SET at_us = at_us + 1 WHERE number = 5 AND chain = 'pgf-msc'", 5),
    ("UPDATE journal_row SET kind = 'test.Other' WHERE number = 5 AND chain = 'pgf-msc'", 5),
    ("UPDATE journal_row SET critical = NOT critical WHERE number = 5 AND chain = 'pgf-msc'", 5),
    ("UPDATE journal_row SET incarnation = 1 WHERE number = 5 AND chain = 'pgf-msc'", 5),
    ("UPDATE journal_row SET hash = previous WHERE number = 5 AND chain = 'pgf-msc'", 5),
    ("UPDATE journal_row SET previous = hash WHERE number = 5 AND chain = 'pgf-msc'", 5),
    ("UPDATE journal_row SET private_hash = hash WHERE number = 5 AND chain = 'pgf-msc'", 5),
    ("UPDATE journal_private SET body = salt WHERE number = 5 AND chain = 'pgf-msc'", 5),
    ("UPDATE journal_private SET salt = body WHERE number = 5 AND chain = 'pgf-msc'", 5),
    ("DELETE FROM journal_private WHERE number = 5 AND chain = 'pgf-msc'", 5),
    ("DELETE FROM journal_row WHERE number = 5 AND chain = 'pgf-msc'", 5),
    ("DELETE FROM journal_row WHERE number = 1 AND chain = 'pgf-msc'", 1),
    ("DELETE FROM journal_row WHERE number = 10 AND chain = 'pgf-msc'", 10),
    ("UPDATE journal_head SET number = 9 WHERE chain = 'pgf-msc'", 11),
    ("DELETE FROM journal_head WHERE chain = 'pgf-msc'", 11),
    // Two rows swapped.
    (
        "UPDATE journal_row SET number = CASE number WHEN 5 THEN -6 ELSE -5 END WHERE number IN (5, 6) AND chain = 'pgf-msc'; UPDATE journal_row SET number = -number WHERE number < 0",
        5,
    ),
    // A copy of row 5 put behind it, the rest moved up.
    (
        "UPDATE journal_row SET number = -number - 1 WHERE number > 5 AND chain = 'pgf-msc'; UPDATE journal_row SET number = -number WHERE number < 0; \
      INSERT INTO journal_row SELECT chain, 6, incarnation, at_us, kind, critical, previous, hash, private_hash, public FROM journal_row WHERE number = 5 AND chain = 'pgf-msc'",
        6,
    ),
    // A copy put at the end.
    (
        "INSERT INTO journal_row SELECT chain, 11, incarnation, at_us, kind, critical, previous, hash, private_hash, public FROM journal_row WHERE number = 10 AND chain = 'pgf-msc'",
        11,
    ),
    // A row of another chain.
    ("UPDATE journal_row SET chain = 'pgf-msc', number = 11 WHERE chain = '-' AND number = 3", 11),
];

async fn every_altered_column_is_named(db: Db) {
    for (n, (tampering, expected)) in TAMPERED.iter().enumerate() {
        let service = format!("dosing{n}");
        let store = db.open(&service).await;
        append(&store, &trial(), 0..10).await;
        append(&store, &Chain::Service, 0..3).await;
        assert!(verify(&store, &[]).await.unwrap().is_clean());
        db.raw(&service).await.execute_unprepared(tampering).await.unwrap();
        let found = first(&store, &[]).await;
        let here: Vec<u64> =
            found.iter().filter(|(_, chain, _)| chain == "pgf-msc").map(|found| found.2).collect();
        assert_eq!(here, [*expected], "{tampering}");
        assert!(found.iter().all(|(named, _, _)| *named == service));
    }
}

async fn read_by_a_peer(db: &Db, rows: u32) -> (Service, Vec<Remembered>) {
    let (source, reader) = (Service::start(db, "dosing").await, Service::start(db, "safety").await);
    append(&source.store, &trial(), 0..rows).await;
    reader.read(&source).compare().await.unwrap();
    let memory = witnesses(&source.store, &[reader.as_peer()]).await.unwrap();
    assert!(verify(&source.store, &memory).await.unwrap().is_clean());
    (source, memory)
}

const CUT: &str = "DELETE FROM journal_row WHERE number > 6; DELETE FROM journal_private WHERE number > 6; \
    UPDATE journal_head SET number = 6, hash = (SELECT hash FROM journal_row WHERE number = 6)";

async fn a_cut_tail_with_its_head_is_known_by_peers(db: Db) {
    let (source, memory) = read_by_a_peer(&db, 10).await;
    db.raw("dosing").await.execute_unprepared(CUT).await.unwrap();
    assert!(verify(&source.store, &[]).await.unwrap().is_clean(), "nobody could tell without peers");
    assert_eq!(first(&source.store, &memory).await, named(7));
}

async fn a_rewritten_tail_is_known_by_peers(db: Db) {
    let (source, memory) = read_by_a_peer(&db, 10).await;
    db.raw("dosing").await.execute_unprepared(CUT).await.unwrap();
    // The forger has the program itself, and so makes rows with good hashes.
    append(&source.store, &trial(), 106..115).await;
    assert!(verify(&source.store, &[]).await.unwrap().is_clean(), "nobody could tell without peers");
    assert_eq!(first(&source.store, &memory).await, named(7));
}

async fn answer(store: &Store, id: &str) {
    let by = By::new("ann", at(0)).request(Request::of(id, "/x", b"body"));
    let mut tx = store.begin(&by).await.unwrap();
    tx.append(counted(&trial(), 1));
    tx.append(Entry::audit(Chain::Service, "test.Audit", serde_json::Value::Null));
    tx.answer("yes");
    tx.commit().await.unwrap();
}

async fn altered_answers_and_cursors_are_named(db: Db) {
    for (n, tampering) in [
        "UPDATE journal_answer SET answer = body_hash WHERE request = 'r-2'",
        "DELETE FROM journal_answer WHERE request = 'r-2'",
        "INSERT INTO journal_answer SELECT principal, 'r-9', rpc, body_hash, answer FROM journal_answer WHERE request = 'r-2'",
        "UPDATE journal_cursor SET number = 1",
        "DELETE FROM journal_seen",
    ]
    .iter()
    .enumerate()
    {
        let reader = Service::start(&db, &format!("reader{n}")).await;
        let source = Service::start(&db, &format!("source{n}")).await;
        append(&source.store, &trial(), 0..3).await;
        reader.read(&source).compare().await.unwrap();
        answer(&reader.store, "r-1").await;
        answer(&reader.store, "r-2").await;
        assert_eq!(verify(&reader.store, &[]).await.unwrap().findings, []);
        db.raw(&format!("reader{n}")).await.execute_unprepared(tampering).await.unwrap();
        assert_eq!(verify(&reader.store, &[]).await.unwrap().findings.len(), 1, "{tampering}");
    }
}

/// Rows and answers are written all the while, on two connections at once: each verification meets some of them half way.
async fn what_is_written_while_it_is_verified_is_no_finding(db: Db) {
    let store = db.open("dosing").await;
    append(&store, &trial(), 0..1).await;
    let stop = AtomicBool::new(false);
    let writing = async {
        let mut written = 0;
        while !stop.load(Ordering::Relaxed) {
            answer(&store, &format!("r-{written}")).await;
            append(&store, &trial(), written..written + 1).await;
            written += 1;
        }
        written
    };
    let verifying = async {
        for _ in 0..40 {
            assert_eq!(verify(&store, &[]).await.unwrap().findings, []);
        }
        stop.store(true, Ordering::Relaxed);
    };
    let (written, ()) = tokio::join!(writing, verifying);
    assert!(written >= 10, "{written} acts were written meanwhile: too few to meet any");
}

async fn any_flipped_bit_is_found(db: Db) {
    let store = db.open("dosing").await;
    append(&store, &trial(), 0..4).await;
    let raw = db.raw("dosing").await;
    let columns = [
        ("journal_row", "public"),
        ("journal_row", "previous"),
        ("journal_row", "hash"),
        ("journal_row", "private_hash"),
        ("journal_private", "salt"),
        ("journal_private", "body"),
    ];
    for (table, column) in columns {
        for number in [1, 3, 4] {
            let place = format!("FROM {table} WHERE number = {number}");
            let select =
                Statement::from_string(raw.get_database_backend(), format!("SELECT {column} {place}"));
            let good: Vec<u8> =
                raw.query_one_raw(select).await.unwrap().unwrap().try_get_by_index(0).unwrap();
            for bit in (0..good.len() * 8).step_by(37) {
                let mut bad = good.clone();
                bad[bit / 8] ^= 1 << (bit % 8);
                put(&raw, table, column, number, bad).await;
                assert_eq!(
                    first(&store, &[]).await,
                    named(number),
                    "bit {bit} of {table}.{column} of row {number}"
                );
            }
            put(&raw, table, column, number, good).await;
        }
    }
    assert!(verify(&store, &[]).await.unwrap().is_clean());
}

async fn put(raw: &DatabaseConnection, table: &str, column: &str, number: u64, bytes: Vec<u8>) {
    let text = format!("UPDATE {table} SET {column} = $1 WHERE number = {number}");
    let update = Statement::from_sql_and_values(raw.get_database_backend(), text, [bytes.into()]);
    raw.execute_raw(update).await.unwrap();
}

//! A backup's pause keeps every cursor where it is, in every copy of a service, and ends by itself; what a snapshot reads is what a
//! load writes, whichever database it is; a restored journal goes on in a further incarnation that its readers take up.

use std::collections::BTreeMap;
use std::time::Duration;

use holdpoint_journal::{Cell, Snapshot, Store, Table, load, verify, witnesses};

use crate::support::{Db, Service, append, by, numbers, on_both_databases, trial};

on_both_databases!(
    a_pause_holds_every_cursor_and_ends_when_it_is_told,
    a_pause_that_nobody_ends_ends_by_itself,
    a_pause_is_one_and_of_some_length,
    a_pause_holds_every_copy_of_the_service,
    a_snapshot_sees_nothing_of_later,
    a_copy_is_loaded_into_either_database,
    a_copy_of_another_schema_is_refused,
    a_restored_house_goes_on_and_says_so,
);

async fn a_pause_holds_every_cursor_and_ends_when_it_is_told(db: Db) {
    let (source, reader) = (Service::start(&db, "dosing").await, Service::start(&db, "safety").await);
    append(&source.store, &trial(), 0..3).await;
    let pause = reader.store.pause(8_000).await.unwrap();
    let follower = reader.read(&source);
    let reading = tokio::spawn(async move { follower.catch_up(&trial(), None).await });
    let early = tokio::time::timeout(Duration::from_millis(300), reader.until_level(&source, &trial())).await;
    assert!(early.is_err(), "a row was applied during the pause");
    assert!(reader.tally(&trial()).await.is_empty());
    append(&reader.store, &trial(), 7..8).await;
    assert!(reader.store.resume(&pause).await, "it had lasted");
    reading.await.unwrap().unwrap();
    assert_eq!(reader.tally(&trial()).await, numbers(0..3));
    assert!(!reader.store.resume(&pause).await, "it is over");
}

async fn a_pause_that_nobody_ends_ends_by_itself(db: Db) {
    let (source, reader) = (Service::start(&db, "dosing").await, Service::start(&db, "safety").await);
    append(&source.store, &trial(), 0..3).await;
    let pause = reader.store.pause(100).await.unwrap();
    reader.read(&source).catch_up(&trial(), None).await.unwrap();
    assert_eq!(reader.tally(&trial()).await, numbers(0..3));
    assert!(
        !reader.store.resume(&pause).await,
        "it had not lasted: what was opened meanwhile is of no one cut"
    );
}

async fn a_pause_is_one_and_of_some_length(db: Db) {
    let service = Service::start(&db, "dosing").await;
    for length in [0, 99, 8_001, u64::MAX] {
        assert_eq!(service.store.pause(length).await.unwrap_err().code(), Some("JRN-0014"), "{length}");
    }
    let first = service.store.pause(8_000).await.unwrap();
    assert_eq!(service.store.pause(100).await.unwrap_err().code(), Some("JRN-0006"), "one backup at a time");
    assert!(service.store.resume(&first).await);
    let second = service.store.pause(8_000).await.unwrap();
    assert!(!service.store.resume(&first).await && service.store.resume(&second).await);
}

async fn a_pause_holds_every_copy_of_the_service(db: Db) {
    if db.url.starts_with("sqlite:") {
        // One process writes a file.
        return;
    }
    let (source, reader) = (Service::start(&db, "dosing").await, Service::start(&db, "safety").await);
    let other = Service::start(&db, "safety").await;
    append(&source.store, &trial(), 0..3).await;
    reader.read(&source).catch_up(&trial(), None).await.unwrap();
    append(&source.store, &trial(), 3..5).await;
    let pause = reader.store.pause(8_000).await.unwrap();
    let refused = other.read(&source).catch_up(&trial(), None).await.unwrap_err();
    assert_eq!(refused.code(), Some("SYS-0007"), "another copy waits, and tries again: {refused}");
    assert!(reader.store.resume(&pause).await);
    other.read(&source).catch_up(&trial(), None).await.unwrap();
    assert_eq!(reader.tally(&trial()).await, numbers(0..5));
}

async fn a_snapshot_sees_nothing_of_later(db: Db) {
    let service = Service::start(&db, "dosing").await;
    append(&service.store, &trial(), 0..3).await;
    let mut snapshot = Snapshot::connect(&db.url, "dosing").await.unwrap().unwrap();
    snapshot.open().await.unwrap();
    append(&service.store, &trial(), 3..9).await;
    assert_eq!(snapshot.heads().await.unwrap()[0].1.number, 3);
    let all = copied(&mut snapshot).await;
    let rows = all.iter().find(|(table, _)| table.name == "journal_row").unwrap();
    assert_eq!(rows.1.len(), 3);
    assert!(Snapshot::connect(&db.url, "nobody").await.unwrap().is_none(), "what is absent is not made");
}

async fn copied(snapshot: &mut Snapshot) -> Vec<(Table, Vec<Vec<Cell>>)> {
    let mut all = vec![];
    for table in snapshot.tables().await.unwrap() {
        let mut rows = vec![];
        let count = snapshot
            .rows(&table, |more| {
                rows.extend(more);
                Ok(())
            })
            .await
            .unwrap();
        assert_eq!(count, rows.len() as u64);
        all.push((table, rows));
    }
    all
}

/// Loads what was copied of a service into a database of its name elsewhere.
async fn loaded(to: &Db, service: &str, all: &[(Table, Vec<Vec<Cell>>)]) -> anyhow::Result<Store> {
    let store = to.open(service).await;
    let mut made = Snapshot::connect(&to.url, service).await?.unwrap();
    assert!(made.is_empty().await?);
    let tables: Vec<Table> = all.iter().map(|(table, _)| table.clone()).collect();
    let mut left: BTreeMap<String, Vec<Vec<Cell>>> =
        all.iter().map(|(table, rows)| (table.name.clone(), rows.clone())).collect();
    load(
        &store,
        &mut made,
        &tables,
        |table| Ok(left.remove(&table.name).filter(|rows| !rows.is_empty())),
        None,
    )
    .await?;
    assert!(!made.is_empty().await?);
    Ok(store)
}

async fn a_copy_is_loaded_into_either_database(db: Db) {
    let (source, reader) = (Service::start(&db, "dosing").await, Service::start(&db, "safety").await);
    append(&source.store, &trial(), 0..40).await;
    reader.read(&source).catch_up(&trial(), None).await.unwrap();
    let mut copies = BTreeMap::new();
    for name in ["dosing", "safety"] {
        let mut snapshot = Snapshot::connect(&db.url, name).await.unwrap().unwrap();
        snapshot.open().await.unwrap();
        copies.insert(name, copied(&mut snapshot).await);
    }
    for to in [Db::sqlite(), Db::postgres()].into_iter().flatten() {
        let again = loaded(&to, "dosing", &copies["dosing"]).await.unwrap();
        let peer = loaded(&to, "safety", &copies["safety"]).await.unwrap();
        let report = verify(&again, &peer.remembers("dosing").await.unwrap()).await.unwrap();
        assert!(report.is_clean() && report.rows == 40, "{report:?}");
        assert!(verify(&peer, &[]).await.unwrap().is_clean());
        // The numbers that the sequences gave go on.
        append(&again, &trial(), 40..41).await;
        let mut snapshot = Snapshot::connect(&to.url, "safety").await.unwrap().unwrap();
        assert_eq!(copied(&mut snapshot).await.len(), copies["safety"].len());
    }
}

async fn a_copy_of_another_schema_is_refused(db: Db) {
    let service = Service::start(&db, "dosing").await;
    append(&service.store, &trial(), 0..2).await;
    let mut snapshot = Snapshot::connect(&db.url, "dosing").await.unwrap().unwrap();
    let all = copied(&mut snapshot).await;
    let Some(to) = Db::sqlite() else { return };
    let mut older = all.clone();
    older
        .iter_mut()
        .find(|(table, _)| table.name == "lot")
        .unwrap()
        .0
        .columns
        .retain(|(name, _)| name != "number");
    let said = loaded(&to, "dosing", &older).await.unwrap_err().to_string();
    assert!(said.contains("lot.number") && said.contains("another version"), "{said}");
    let mut older = all.clone();
    let (_, schema) = older.iter_mut().find(|(table, _)| table.name == "journal_schema").unwrap();
    for cell in schema.iter_mut().flatten() {
        if matches!(cell, Cell::Int(_)) {
            *cell = Cell::Int(0);
        }
    }
    let said = loaded(&to, "dosing", &older).await.unwrap_err().to_string();
    assert!(said.contains("not this program's"), "{said}");
    loaded(&to, "dosing", &all).await.unwrap();
}

async fn a_restored_house_goes_on_and_says_so(db: Db) {
    let (source, reader) = (Service::start(&db, "dosing").await, Service::start(&db, "safety").await);
    append(&source.store, &trial(), 0..4).await;
    reader.read(&source).catch_up(&trial(), None).await.unwrap();
    append(&source.store, &trial(), 4..6).await;
    let before = source.store.head(&trial()).await.unwrap();
    let opened = source.store.restored(&by("restore")).await.unwrap();
    assert_eq!(opened.len(), 2, "the trial's chain and the one of no one trial");
    let head = opened[&trial()];
    assert_eq!((head.incarnation, head.number), (before.incarnation + 1, before.number + 1));
    append(&source.store, &trial(), 6..8).await;
    reader.read(&source).compare().await.unwrap();
    assert_eq!(reader.tally(&trial()).await, numbers(0..8), "what the copy had and what came after");
    assert!(reader.told.own.lock().unwrap().is_empty() && reader.told.peer.lock().unwrap().is_empty());
    let report =
        verify(&source.store, &witnesses(&source.store, &[reader.as_peer()]).await.unwrap()).await.unwrap();
    assert!(report.is_clean(), "{:?}", report.findings);
    let gap = report.gaps.iter().find(|gap| gap.chain == trial()).unwrap();
    assert!(gap.to_string().ends_with("what was written after it is not known"), "{gap}");
}

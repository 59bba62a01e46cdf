//! A transaction that gathers: what it reads and writes is the same as one that does not, in fewer round trips.

use holdpoint_journal::{RACE, Store, Stored, TAKEN, Tx};

use crate::support::{Db, Lot, by, on_both_databases, trial};

on_both_databases!(
    what_is_gathered_is_read_at_once_and_stored_at_the_commit,
    what_is_not_committed_leaves_nothing,
    a_lost_update_is_a_race_within_and_between,
    a_taken_key_refuses_everything,
    another_chain_makes_it_read_anew,
);

fn lot(id: &str, number: Option<&str>, bags: u32) -> Lot {
    Lot { id: id.to_owned(), trial: "t".to_owned(), number: number.map(str::to_owned), bags }
}

fn more(read: &Stored<Lot>, bags: u32) -> Lot {
    Lot { bags, ..read.value.clone() }
}

async fn gathering(store: &Store) -> Tx {
    let mut tx = store.begin(&by("eve")).await.unwrap();
    tx.lock(&trial()).await.unwrap();
    tx.gather();
    tx
}

async fn keep(store: &Store, lots: &[Lot]) {
    let mut tx = gathering(store).await;
    for lot in lots {
        tx.insert(lot).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn bags(store: &Store, id: &str) -> Option<(i64, u32)> {
    let read = store.get::<Lot>(id).await.unwrap();
    read.map(|read| (read.version, read.bags))
}

async fn what_is_gathered_is_read_at_once_and_stored_at_the_commit(db: Db) {
    let store = db.open("dosing").await;
    keep(&store, &[lot("z", None, 1), lot("a \"quoted\" µ", None, 1)]).await;
    let mut tx = gathering(&store).await;
    assert!(tx.get::<Lot>("new").await.unwrap().is_none());
    assert_eq!(tx.find::<Lot>(&[("trial", "t")]).await.unwrap().len(), 2);
    let old = tx.get::<Lot>("z").await.unwrap().unwrap();
    let old = tx.update(&old, more(&old, 2)).await.unwrap();
    let old = tx.update(&old, more(&old, 3)).await.unwrap();
    let new = tx.insert(&lot("new", Some("L-1"), 1)).await.unwrap();
    let new = tx.update(&new, more(&new, 7)).await.unwrap();
    assert_eq!((old.version, new.version), (3, 2), "each change counts");
    assert_eq!(tx.get::<Lot>("new").await.unwrap().unwrap().bags, 7);
    let found: Vec<_> = tx.find::<Lot>(&[("trial", "t")]).await.unwrap();
    let found: Vec<_> = found.iter().map(|lot| (lot.id.as_str(), lot.version, lot.bags)).collect();
    assert_eq!(found, [("z", 3, 3), ("a \"quoted\" µ", 1, 1), ("new", 2, 7)], "in the order of storing");
    assert_eq!(tx.count::<Lot>(&[("number", "L-1")]).await.unwrap(), 1);
    let versions = tx.versions::<Lot>(&[("number", "L-1")]).await.unwrap();
    assert_eq!(versions, [("new".to_owned(), 2)]);
    let greatest = tx.greatest::<Lot>("number", ("L-0", "L-9")).await.unwrap();
    assert_eq!(greatest.map(|lot| lot.value.id).as_deref(), Some("new"));
    assert!(tx.greatest::<Lot>("number", ("M-0", "M-9")).await.unwrap().is_none());
    let old = tx.update(&old, more(&old, 4)).await.unwrap();
    assert_eq!(old.version, 4, "what was sent is changed again");
    tx.commit().await.unwrap();
    assert_eq!((bags(&store, "z").await, bags(&store, "new").await), (Some((4, 4)), Some((2, 7))));
}

async fn what_is_not_committed_leaves_nothing(db: Db) {
    let store = db.open("dosing").await;
    keep(&store, &[lot("z", None, 1)]).await;
    let mut tx = gathering(&store).await;
    let read = tx.get::<Lot>("z").await.unwrap().unwrap();
    tx.update(&read, more(&read, 2)).await.unwrap();
    tx.insert(&lot("new", None, 1)).await.unwrap();
    tx.send().await.unwrap();
    drop(tx);
    let mut tx = gathering(&store).await;
    tx.insert(&lot("new", None, 1)).await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!((bags(&store, "z").await, bags(&store, "new").await), (Some((1, 1)), None));
}

async fn a_lost_update_is_a_race_within_and_between(db: Db) {
    let store = db.open("dosing").await;
    keep(&store, &[lot("z", None, 1)]).await;
    let stale = store.get::<Lot>("z").await.unwrap().unwrap();
    let mut tx = gathering(&store).await;
    tx.update(&stale, more(&stale, 2)).await.unwrap();
    let within = tx.update(&stale, more(&stale, 3)).await.unwrap_err();
    assert_eq!(within.code(), Some(RACE.code), "changed since it was read");
    tx.commit().await.unwrap();
    let mut tx = gathering(&store).await;
    tx.insert(&lot("new", None, 1)).await.unwrap();
    tx.update(&stale, more(&stale, 4)).await.unwrap();
    let between = tx.commit().await.unwrap_err();
    assert_eq!(between.code(), Some(RACE.code), "told at the commit");
    assert_eq!((bags(&store, "z").await, bags(&store, "new").await), (Some((2, 2)), None));
}

async fn a_taken_key_refuses_everything(db: Db) {
    let store = db.open("dosing").await;
    keep(&store, &[lot("z", Some("L-1"), 1)]).await;
    let mut tx = gathering(&store).await;
    tx.insert(&lot("new", None, 1)).await.unwrap();
    let known = tx.insert(&lot("new", None, 1)).await.unwrap_err();
    assert_eq!(known.code(), Some(TAKEN.code), "it is known here");
    tx.insert(&lot("other", Some("L-1"), 1)).await.unwrap();
    let taken = tx.send().await.unwrap_err();
    assert_eq!(taken.code(), Some(TAKEN.code));
    drop(tx);
    assert_eq!((bags(&store, "new").await, bags(&store, "other").await), (None, None));
}

async fn another_chain_makes_it_read_anew(db: Db) {
    let store = db.open("dosing").await;
    keep(&store, &[lot("z", None, 1)]).await;
    let mut tx = gathering(&store).await;
    assert_eq!(tx.get::<Lot>("z").await.unwrap().unwrap().bags, 1);
    tx.insert(&lot("new", None, 5)).await.unwrap();
    if !db.url.starts_with("sqlite") {
        // Somebody who does not lock this chain; SQLite has one writer at a time.
        let mut other = store.begin(&by("bob")).await.unwrap();
        let read = other.get::<Lot>("z").await.unwrap().unwrap();
        other.update(&read, more(&read, 9)).await.unwrap();
        other.commit().await.unwrap();
    }
    assert_eq!(tx.get::<Lot>("z").await.unwrap().unwrap().bags, 1, "read once");
    tx.gather();
    let read = tx.get::<Lot>("z").await.unwrap().unwrap();
    assert_eq!(read.bags, if db.url.starts_with("sqlite") { 1 } else { 9 });
    assert_eq!(tx.get::<Lot>("new").await.unwrap().unwrap().bags, 5, "what waits to be written is kept");
    tx.commit().await.unwrap();
    assert_eq!(bags(&store, "new").await, Some((1, 5)));
}

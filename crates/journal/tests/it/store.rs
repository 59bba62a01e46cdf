//! Aggregates: stored, found, changed, raced for; a schema written by a later version.

use std::time::Duration;

use holdpoint_journal::{Aggregate, Key, Options, Store, Stored, TableSpec};
use sea_orm::ConnectionTrait as _;
use serde::{Deserialize, Serialize};

use crate::support::{Db, Lot, by, on_both_databases};

on_both_databases!(
    what_is_stored_is_found_again,
    a_lost_update_is_a_race,
    many_are_read_and_written_at_once,
    a_unique_key_is_taken_once,
    a_stored_value_that_does_not_parse_is_a_fault,
    a_later_schema_is_refused,
    an_added_key_is_filled,
    no_connection_in_time_is_unavailable,
);

fn lot(id: &str, trial: &str, number: Option<&str>) -> Lot {
    Lot { id: id.to_owned(), trial: trial.to_owned(), number: number.map(str::to_owned), bags: 1 }
}

async fn keep(store: &Store, lots: &[Lot]) {
    let mut tx = store.begin(&by("eve")).await.unwrap();
    for lot in lots {
        tx.insert(lot).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn what_is_stored_is_found_again(db: Db) {
    let store = db.open("dosing").await;
    let lots = [lot("z", "a", None), lot("y", "b", None), lot("x", "a", Some("L-1"))];
    keep(&store, &lots).await;
    let found: Vec<String> =
        store.find::<Lot>(&[("trial", "a")]).await.unwrap().into_iter().map(|lot| lot.value.id).collect();
    assert_eq!(found, ["z", "x"], "in the order of storing");
    let page = store.page::<Lot>(&[], 0, 2).await.unwrap();
    let rest = store.page::<Lot>(&[], page[1].order, 2).await.unwrap();
    assert_eq!((page.len(), rest.len(), rest[0].id.as_str()), (2, 1, "x"));
    assert_eq!(store.count::<Lot>(&[("trial", "a"), ("number", "L-1")]).await.unwrap(), 1);
    assert!(store.get::<Lot>("none").await.unwrap().is_none());
    let fault = store.find::<Lot>(&[("weight", "70")]).await.unwrap_err();
    assert!(fault.refused().is_none(), "an unknown key is a fault of the program: {fault}");
}

async fn many_are_read_and_written_at_once(db: Db) {
    let store = db.open("dosing").await;
    let odd = r#"a "quoted" \\ {"brace"} 'x' $1 µ"#;
    let lots: Vec<Lot> = (0..1_200).map(|n| lot(&format!("{odd}-{n}"), "t", None)).collect();
    let mut tx = store.begin(&by("eve")).await.unwrap();
    tx.insert_all(&lots).await.unwrap();
    tx.insert_all::<Lot>(&[]).await.unwrap();
    tx.commit().await.unwrap();
    let ids: Vec<String> = lots.iter().map(|lot| lot.id.clone()).chain(["none".to_owned()]).collect();
    let mut tx = store.begin(&by("eve")).await.unwrap();
    let found = tx.get_all::<Lot>(&ids).await.unwrap();
    assert_eq!(found.len(), lots.len());
    assert_eq!(
        tx.find_among::<Lot>("trial", &["s".to_owned(), "t".to_owned()]).await.unwrap().len(),
        lots.len()
    );
    assert!(tx.find_among::<Lot>("trial", &[]).await.unwrap().is_empty());
    let between = async |least, most| tx.find_between::<Lot>("trial", (least, most)).await.unwrap().len();
    assert_eq!((between("s", "t").await, between("t", "z").await, between("u", "z").await), {
        let of_t = lots.iter().filter(|lot| lot.trial == "t").count();
        (lots.len(), of_t, 0)
    });
    let stale: Vec<_> = found.values().take(2).cloned().collect();
    let changed =
        |read: &Stored<Lot>| Lot { bags: 2, number: Some(format!("L-{}", read.order)), ..read.value.clone() };
    let changes: Vec<_> = found.into_values().map(|read| (read.clone(), changed(&read))).collect();
    tx.update_all(&changes).await.unwrap();
    tx.commit().await.unwrap();
    let read = store.get::<Lot>(&lots[7].id).await.unwrap().unwrap();
    assert_eq!((read.version, read.bags, read.number.clone()), (2, 2, Some(format!("L-{}", read.order))));
    let mut tx = store.begin(&by("bob")).await.unwrap();
    let late: Vec<_> = stale.into_iter().map(|read| (read.clone(), changed(&read))).collect();
    let race = tx.update_all(&late).await.unwrap_err();
    assert_eq!(race.code(), Some(holdpoint_journal::RACE.code));
    drop(tx);
    let mut tx = store.begin(&by("bob")).await.unwrap();
    let taken = tx.insert_all(&[lot("free", "t", None), lots[0].clone()]).await.unwrap_err();
    assert_eq!(taken.code(), Some(holdpoint_journal::TAKEN.code));
    drop(tx);
    assert!(store.get::<Lot>("free").await.unwrap().is_none(), "one that is taken refuses all");
}

async fn a_lost_update_is_a_race(db: Db) {
    let store = db.open("dosing").await;
    keep(&store, &[lot("a", "t", None)]).await;
    let read = store.get::<Lot>("a").await.unwrap().unwrap();
    let mut tx = store.begin(&by("eve")).await.unwrap();
    let changed = tx.update(&read, Lot { bags: 2, ..read.value.clone() }).await.unwrap();
    assert_eq!((changed.version, changed.bags), (2, 2));
    tx.commit().await.unwrap();
    let mut tx = store.begin(&by("bob")).await.unwrap();
    let race = tx.update(&read, Lot { bags: 3, ..read.value.clone() }).await.unwrap_err();
    assert_eq!(race.code(), Some(holdpoint_journal::RACE.code));
    drop(tx);
    assert_eq!(store.get::<Lot>("a").await.unwrap().unwrap().bags, 2);
}

async fn a_unique_key_is_taken_once(db: Db) {
    let store = db.open("dosing").await;
    keep(&store, &[lot("a", "t", Some("L-1")), lot("b", "t", None), lot("c", "t", None)]).await;
    let mut tx = store.begin(&by("eve")).await.unwrap();
    let taken = tx.insert(&lot("d", "t", Some("L-1"))).await.unwrap_err();
    assert_eq!(taken.code(), Some("JRN-0004"));
}

async fn a_stored_value_that_does_not_parse_is_a_fault(db: Db) {
    let store = db.open("dosing").await;
    keep(&store, &[lot("a", "t", None)]).await;
    let raw = db.raw("dosing").await;
    raw.execute_unprepared("UPDATE lot SET body = '{\"id\":7}'").await.unwrap();
    let fault = store.get::<Lot>("a").await.unwrap_err();
    assert!(fault.refused().is_none());
    assert!(fault.to_string().contains("table lot, column body, id a"), "{fault}");
}

async fn a_later_schema_is_refused(db: Db) {
    db.open("dosing").await.close().await.unwrap();
    let raw = db.raw("dosing").await;
    raw.execute_unprepared("UPDATE journal_schema SET version = 99 WHERE name = 'journal'").await.unwrap();
    let fault = Store::open(&db.url, "dosing", vec![]).await.unwrap_err();
    assert!(fault.to_string().contains("version 99"), "{fault}");
}

/// The lot of a later version, which can also be found by its bags.
#[derive(Clone, Serialize, Deserialize)]
struct LaterLot(Lot);

impl Aggregate for LaterLot {
    const TABLE: &'static str = "lot";
    const KEYS: &'static [Key] =
        &[Key::index("trial"), Key::unique("number"), Key::number("held"), Key::index("bags")];

    fn id(&self) -> String {
        self.0.id()
    }

    fn keys(&self) -> Vec<Option<String>> {
        let bags = Some(self.0.bags.to_string());
        vec![Some(self.0.trial.clone()), self.0.number.clone(), bags.clone(), bags]
    }
}

async fn an_added_key_is_filled(db: Db) {
    let store = db.open("dosing").await;
    keep(&store, &[lot("a", "t", None)]).await;
    store.close().await.unwrap();
    let later = Store::open(&db.url, "dosing", vec![TableSpec::of::<LaterLot>()]).await.unwrap();
    assert_eq!(later.find::<LaterLot>(&[("bags", "1")]).await.unwrap().len(), 1);
    later.close().await.unwrap();
    let fault = Store::open(&db.url, "dosing", vec![TableSpec::of::<Lot>()]).await.unwrap_err();
    assert!(fault.to_string().contains("key bags of a later version"), "{fault}");
}

async fn no_connection_in_time_is_unavailable(db: Db) {
    let options = Options { acquire: Duration::from_millis(100), connections: 1, ..Options::default() };
    let store = Store::open_with(&db.url, "dosing", vec![TableSpec::of::<Lot>()], options).await.unwrap();
    let held = store.begin(&by("eve")).await.unwrap();
    let busy = store.begin(&by("bob")).await.err().unwrap();
    assert_eq!(busy.code(), Some("JRN-0006"), "{busy}");
    held.rollback().await.unwrap();
    store.begin(&by("bob")).await.unwrap();
}

#[tokio::test]
async fn a_memory_store_works_with_one_connection() {
    let store = Store::open("sqlite::memory:", "dosing", vec![TableSpec::of::<Lot>()]).await.unwrap();
    keep(&store, &[lot("a", "t", None)]).await;
    assert_eq!(store.find::<Lot>(&[("trial", "t")]).await.unwrap().len(), 1);
}

/// As a full disk does, SQLite itself gives up the transaction. One that was answered afterwards is stored, where every other
/// connection sees it, and one that was dropped is not.
#[tokio::test]
async fn a_transaction_that_sqlite_gave_up_is_not_gone_on_with() {
    let db = Db::sqlite().unwrap();
    let store = db.open("safety").await;
    let raw = db.raw("safety").await;
    let full = "CREATE TRIGGER full BEFORE INSERT ON lot BEGIN SELECT RAISE(ROLLBACK, 'full'); END";
    raw.execute_unprepared(full).await.unwrap();
    let mut tx = store.begin(&by("eve")).await.unwrap();
    assert!(tx.insert(&lot("unwritten", "t", None)).await.is_err());
    drop(tx);
    raw.execute_unprepared("DROP TRIGGER full").await.unwrap();
    let mut tx = store.begin(&by("eve")).await.unwrap();
    tx.insert(&lot("dropped", "t", None)).await.unwrap();
    drop(tx);
    keep(&store, &[lot("answered", "t", None)]).await;
    let seen: Vec<String> =
        store.find::<Lot>(&[("trial", "t")]).await.unwrap().into_iter().map(|lot| lot.value.id).collect();
    assert_eq!(seen, ["answered"]);
}

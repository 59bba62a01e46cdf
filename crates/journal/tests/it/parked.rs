//! A row that cannot be applied is parked: the rows behind it wait, nothing is skipped but by a person, with a reason.

use holdpoint_api::common::v1::Act;
use holdpoint_api::journal::v1 as pb;
use holdpoint_api::journal::v1::journal_server::Journal as _;
use holdpoint_chassis::identity::Actor;
use holdpoint_journal::{Chain, Entry, JournalService, Row};
use sea_orm::ConnectionTrait as _;
use tonic::Request;

use crate::support::{Db, Service, append, by, civil, numbers, on_both_databases, trial};

on_both_databases!(
    a_contradicting_row_parks_its_chain_only,
    an_unknown_critical_type_is_parked,
    what_a_peer_publishes_and_nobody_here_reads_is_passed_over,
    another_services_event_is_no_news_of_a_peer,
    a_parked_row_is_tried_again,
    a_person_skips_with_a_reason,
    a_forged_row_is_parked,
);

async fn pair(db: &Db) -> (Service, Service) {
    (Service::start(db, "dosing").await, Service::start(db, "safety").await)
}

async fn a_contradicting_row_parks_its_chain_only(db: Db) {
    let (source, reader) = pair(&db).await;
    append(&source.store, &trial(), 0..10).await;
    append(&source.store, &Chain::Service, 0..10).await;
    reader.counter.park.lock().unwrap().push(6);
    reader.counter.park.lock().unwrap().push(60);
    reader.read(&source).compare().await.unwrap();
    for chain in [trial(), Chain::Service] {
        assert_eq!(
            reader.tally(&chain).await,
            numbers(0..6),
            "what came before stands, nothing of the row itself"
        );
        let parked = reader.store.parked("dosing", &chain).await.unwrap().unwrap();
        assert_eq!((parked.head.number, parked.why.as_str()), (7, "6 contradicts"));
    }
    append(&source.store, &Chain::trial("other"), 0..3).await;
    reader.read(&source).compare().await.unwrap();
    assert_eq!(reader.tally(&Chain::trial("other")).await, numbers(0..3));
    let refused = reader.read(&source).catch_up(&trial(), None).await.unwrap_err();
    assert_eq!(refused.code(), Some("JRN-0008"), "{refused}");
    assert_eq!(reader.told.parked.lock().unwrap().len(), 2, "told once for each");
}

async fn an_unknown_critical_type_is_parked(db: Db) {
    let (source, reader) = pair(&db).await;
    let mut tx = source.store.begin(&by("ann")).await.unwrap();
    tx.append(Entry::event(trial(), "test.Later", vec![1]).critical());
    tx.commit().await.unwrap();
    append(&source.store, &trial(), 0..2).await;
    reader.read(&source).compare().await.unwrap();
    let parked = reader.store.parked("dosing", &trial()).await.unwrap().unwrap();
    assert!(parked.critical && parked.why.contains("not known"), "{parked:?}");
    assert!(reader.tally(&trial()).await.is_empty());
}

const INFUSION_STARTED: &str = "holdpoint.dosing.v1.InfusionStarted";
const HOLD_PLACED: &str = "holdpoint.safety.v1.HoldPlaced";

async fn what_a_peer_publishes_and_nobody_here_reads_is_passed_over(db: Db) {
    let (source, reader) = pair(&db).await;
    let mut tx = source.store.begin(&by("ann")).await.unwrap();
    tx.append(Entry::event(trial(), INFUSION_STARTED, vec![]).critical());
    tx.commit().await.unwrap();
    append(&source.store, &trial(), 0..2).await;
    let follower = reader.read(&source);
    follower.compare().await.unwrap();
    assert!(reader.store.parked("dosing", &trial()).await.unwrap().is_none());
    assert_eq!(reader.tally(&trial()).await, numbers(0..2));
    assert_eq!(follower.unknown_events(), 0);
}

async fn another_services_event_is_no_news_of_a_peer(db: Db) {
    let (source, reader) = pair(&db).await;
    let mut tx = source.store.begin(&by("ann")).await.unwrap();
    tx.append(Entry::event(trial(), HOLD_PLACED, vec![]).critical());
    tx.commit().await.unwrap();
    reader.read(&source).compare().await.unwrap();
    let parked = reader.store.parked("dosing", &trial()).await.unwrap().unwrap();
    assert_eq!(parked.kind, HOLD_PLACED);
}

async fn a_parked_row_is_tried_again(db: Db) {
    let (source, reader) = pair(&db).await;
    append(&source.store, &trial(), 0..10).await;
    reader.counter.park.lock().unwrap().push(3);
    reader.read(&source).compare().await.unwrap();
    assert!(reader.store.parked("dosing", &trial()).await.unwrap().is_some());
    reader.counter.park.lock().unwrap().clear();
    reader.read(&source).compare().await.unwrap();
    assert!(reader.store.parked("dosing", &trial()).await.unwrap().is_none());
    assert_eq!(reader.tally(&trial()).await, numbers(0..10));
}

fn skip(number: u64, reason: &str) -> Request<pb::SkipRequest> {
    let act = Act { request_id: format!("skip-{number}"), reason: reason.to_owned() };
    let chain = trial().to_string();
    let mut request =
        Request::new(pb::SkipRequest { act: Some(act), source: "dosing".to_owned(), chain, number });
    request.extensions_mut().insert(Actor::own_service("admin.zoe"));
    request
}

async fn a_person_skips_with_a_reason(db: Db) {
    let (source, reader) = pair(&db).await;
    append(&source.store, &trial(), 0..10).await;
    reader.counter.park.lock().unwrap().push(3);
    reader.read(&source).compare().await.unwrap();
    let journal = JournalService::new(reader.store.clone(), reader.told.clone(), civil());
    let listed = journal.parked(Request::new(pb::ParkedRequest {})).await.unwrap().into_inner().rows;
    assert_eq!((listed.len(), listed[0].head.as_ref().unwrap().number), (1, 4));
    assert_eq!(journal.skip(skip(4, " ")).await.unwrap_err().code(), tonic::Code::InvalidArgument);
    assert_eq!(journal.skip(skip(5, "why not")).await.unwrap_err().code(), tonic::Code::NotFound);
    journal.skip(skip(4, "entered twice, see ticket 12")).await.unwrap();
    journal.skip(skip(4, "entered twice, see ticket 12")).await.expect("a repeat hears the same");
    reader.read(&source).compare().await.unwrap();
    assert_eq!(reader.tally(&trial()).await, [0, 1, 2, 4, 5, 6, 7, 8, 9]);
    let told: Vec<Row> = reader.store.rows(&trial(), 0, 10).await.unwrap();
    let told: Vec<String> = told.iter().map(|row| row.envelope().unwrap().r#type).collect();
    let [parked, skipped] = ["RowParked", "RowSkipped"].map(|name| format!("holdpoint.journal.v1.{name}"));
    assert_eq!(told, [parked, skipped], "each journaled once");
}

async fn a_forged_row_is_parked(db: Db) {
    let (source, reader) = pair(&db).await;
    append(&source.store, &trial(), 0..6).await;
    let raw = db.raw("dosing").await;
    let flip = "UPDATE journal_row SET private_hash = hash WHERE number = 4";
    raw.execute_unprepared(flip).await.unwrap();
    reader.read(&source).compare().await.unwrap();
    let parked = reader.store.parked("dosing", &trial()).await.unwrap().unwrap();
    assert_eq!(parked.head.number, 4);
    assert!(parked.why.contains("hash"), "{parked:?}");
    assert_eq!(reader.tally(&trial()).await, numbers(0..3));
}

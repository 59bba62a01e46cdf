//! A service restored from an older copy is noticed by its neighbors and by itself, and goes on above what was lost.

use std::collections::BTreeSet;

use holdpoint_api::journal::v1 as pb;
use holdpoint_api::journal::v1::journal_server::Journal as _;
use holdpoint_chassis::identity::{Actor, Role};
use holdpoint_journal::{Chain, Head, JournalService, Known, verify, witnesses};
use tonic::Request;

use crate::support::{Copy, Db, Service, append, by, civil, numbers, on_both_databases, trial};

on_both_databases!(
    a_restored_service_is_noticed_by_heads,
    a_restored_service_is_noticed_by_a_reader,
    it_goes_on_above_what_was_lost,
    a_second_reader_that_saw_less_follows_too,
    a_reader_that_saw_more_is_heard_later,
    an_incarnation_is_taken_up_in_the_transaction,
    only_a_service_proves_a_rollback,
);

/// Ten rows, all read by `safety`; then the source is put back to seven.
async fn restored(db: &Db) -> (Service, Service, Head) {
    let (source, reader) = (Service::start(db, "dosing").await, Service::start(db, "safety").await);
    append(&source.store, &trial(), 0..7).await;
    let copy = Copy::take(db, &source).await;
    let lost = append(&source.store, &trial(), 7..10).await;
    reader.read(&source).compare().await.unwrap();
    (copy.put_back(db, source).await, reader, lost)
}

async fn a_restored_service_is_noticed_by_heads(db: Db) {
    let (source, reader, lost) = restored(&db).await;
    assert_eq!(source.store.head(&trial()).await.unwrap().number, 7);
    reader.read(&source).compare().await.unwrap();
    let told = source.told.own.lock().unwrap().clone();
    assert_eq!(told, [("pgf-msc".to_owned(), "safety".to_owned(), lost)], "it hears that it went back");
    let told = reader.told.peer.lock().unwrap().clone();
    assert_eq!(told.len(), 1, "and its neighbor knows");
    assert_eq!((told[0].2, told[0].3.number), (lost, 7));
    // The other way round: the restored service compares heads itself, before anyone asks it.
    source.told.own.lock().unwrap().clear();
    let refused = source.read(&reader).compare().await.unwrap_err();
    assert_eq!(refused.code(), Some("JRN-0007"), "{refused}");
    assert_eq!(source.told.own.lock().unwrap().len(), 1);
}

async fn a_restored_service_is_noticed_by_a_reader(db: Db) {
    let (source, reader, lost) = restored(&db).await;
    let refused = reader.read(&source).catch_up(&trial(), None).await.unwrap_err();
    assert_eq!(refused.code(), Some("JRN-0011"), "{refused}");
    assert_eq!(source.store.knows(&trial(), &lost).await.unwrap(), Known::Lacks);
    assert_eq!(source.told.own.lock().unwrap().len(), 1);
    // Even after it has written other rows in the place of the lost ones.
    append(&source.store, &trial(), 70..75).await;
    assert!(reader.read(&source).catch_up(&trial(), None).await.is_err());
    reader.read(&source).compare().await.unwrap();
    assert_eq!(source.store.knows(&trial(), &lost).await.unwrap(), Known::Lacks);
}

async fn it_goes_on_above_what_was_lost(db: Db) {
    let (source, reader, lost) = restored(&db).await;
    let opened = source.store.open_incarnation(&by("dosing"), &trial(), lost).await.unwrap();
    assert_eq!((opened.incarnation, opened.number), (1, 11), "above every number a peer has seen");
    let again = source.store.open_incarnation(&by("dosing"), &trial(), lost).await.unwrap();
    assert_eq!(again, opened, "opened once");
    assert_eq!(source.store.knows(&trial(), &lost).await.unwrap(), Known::Known);
    append(&source.store, &trial(), 20..23).await;
    reader.read(&source).catch_up(&trial(), None).await.unwrap();
    let mut expected = numbers(0..10);
    expected.extend(20..23);
    assert_eq!(reader.tally(&trial()).await, expected, "what was applied stays, what follows is applied");
    assert_eq!(
        reader.told.peer.lock().unwrap().last().unwrap().2,
        lost,
        "the reader is told of its lost rows"
    );
    let memory = witnesses(&source.store, &[reader.as_peer()]).await.unwrap();
    let report = verify(&source.store, &memory).await.unwrap();
    assert!(report.is_clean(), "the loss is accounted for: {report:?}");
    assert!(verify(&reader.store, &[]).await.unwrap().is_clean());
}

async fn a_second_reader_that_saw_less_follows_too(db: Db) {
    let (source, _, lost) = restored(&db).await;
    let slow = Service::start(&db, "followup").await;
    let seventh = source.store.head(&trial()).await.unwrap();
    slow.read(&source).catch_up(&trial(), Some(seventh)).await.unwrap();
    source.store.open_incarnation(&by("dosing"), &trial(), lost).await.unwrap();
    append(&source.store, &trial(), 20..22).await;
    slow.read(&source).compare().await.unwrap();
    let newcomer = Service::start(&db, "labs").await;
    newcomer.read(&source).compare().await.unwrap();
    let mut expected = numbers(0..7);
    expected.extend(20..22);
    assert_eq!(slow.tally(&trial()).await, expected);
    assert_eq!(newcomer.tally(&trial()).await, expected);
    assert!(slow.told.peer.lock().unwrap().is_empty(), "it lost nothing");
}

async fn a_reader_that_saw_more_is_heard_later(db: Db) {
    let (source, reader, lost) = restored(&db).await;
    // Only row 9 is claimed first.
    let mut ninth = lost;
    let remembered = reader.store.remembered("dosing", &trial()).await.unwrap();
    ninth.number = 9;
    ninth.hash = remembered.iter().flat_map(|seen| &seen.hashes).copied().nth(8).unwrap();
    source.store.open_incarnation(&by("dosing"), &trial(), ninth).await.unwrap();
    append(&source.store, &trial(), 20..22).await;
    assert_eq!(source.store.knows(&trial(), &lost).await.unwrap(), Known::Lacks);
    let second = source.store.open_incarnation(&by("dosing"), &trial(), lost).await.unwrap();
    assert_eq!(second.incarnation, 2);
    append(&source.store, &trial(), 30..31).await;
    reader.read(&source).compare().await.unwrap();
    assert_eq!(source.store.knows(&trial(), &lost).await.unwrap(), Known::Known);
    let mut expected = numbers(0..10);
    expected.extend([20, 21, 30]);
    assert_eq!(reader.tally(&trial()).await, expected);
    assert!(verify(&source.store, &[]).await.unwrap().is_clean());
    assert_eq!(source.store.head(&Chain::Service).await.unwrap(), Head::default());
}

async fn only_a_service_proves_a_rollback(db: Db) {
    let (source, _, lost) = restored(&db).await;
    let journal = JournalService::new(source.store.clone(), source.told.clone(), civil());
    let ask = |service: &str, role: Role, principal: &str| {
        let seen = vec![pb::ChainHead { chain: trial().to_string(), head: Some(lost.into()) }];
        let mut request = Request::new(pb::HeadsRequest { service: service.to_owned(), seen });
        let mut actor = Actor::own_service(principal);
        actor.roles = BTreeSet::from([role]);
        request.extensions_mut().insert(actor);
        request
    };
    journal.heads(ask("safety", Role::Auditor, "auditor.kim")).await.unwrap();
    assert!(source.told.own.lock().unwrap().is_empty(), "a person's claim holds nothing");
    let refused = journal.heads(ask("safety", Role::Service, "labs")).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::PermissionDenied);
    journal.heads(ask("safety", Role::Service, "safety")).await.unwrap();
    assert_eq!(source.told.own.lock().unwrap().len(), 1);
}

async fn an_incarnation_is_taken_up_in_the_transaction(db: Db) {
    let (source, reader, lost) = restored(&db).await;
    let seventh = source.store.head(&trial()).await.unwrap();
    let first = source.store.open_incarnation(&by("dosing"), &trial(), lost).await.unwrap();
    append(&source.store, &trial(), 20..21).await;
    reader.counter.deaf.store(true, std::sync::atomic::Ordering::SeqCst);
    reader.read(&source).catch_up(&trial(), None).await.unwrap_err();
    assert_eq!(reader.store.cursor("dosing", &trial()).await.unwrap(), lost, "not passed over");
    reader.counter.deaf.store(false, std::sync::atomic::Ordering::SeqCst);
    let newcomer = Service::start(&db, "labs").await;
    for (reader, seen) in [(&reader, lost), (&newcomer, seventh)] {
        reader.read(&source).catch_up(&trial(), None).await.unwrap();
        reader.read(&source).compare().await.unwrap();
        let opened = reader.counter.opened.lock().unwrap().clone();
        assert_eq!(opened.len(), 1, "once, whether seen rows were lost or not");
        assert_eq!((opened[0].first, opened[0].seen), (first, seen));
    }
}

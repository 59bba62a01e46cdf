//! Rows that a service does not read: the cursor moves past them, every hash is remembered, and nothing that waits is passed.

use holdpoint_chassis::clock::MachineClock;
use holdpoint_journal::{Entry, Head, Patience, Relay, verify, witnesses};
use sea_orm::ConnectionTrait as _;
use tokio_util::sync::CancellationToken;

use crate::support::{Db, Service, append, by, local, numbers, on_both_databases, trial};

on_both_databases!(
    rows_that_nobody_reads_move_the_cursor,
    nothing_passes_what_is_parked,
    rows_are_published_from_memory_in_their_order,
);

/// An event of dosing that the reader of these tests does not read.
async fn unread(service: &Service) -> Head {
    let mut tx = service.store.begin(&by("nurse.ann")).await.unwrap();
    tx.append(Entry::event(trial(), "holdpoint.dosing.v1.WeightRecorded", vec![1]));
    tx.commit().await.unwrap().heads[&trial()]
}

async fn rows_that_nobody_reads_move_the_cursor(db: Db) {
    let (source, reader) = (Service::start(&db, "dosing").await, Service::start(&db, "safety").await);
    let follower = reader.read(&source);
    append(&source.store, &trial(), 0..2).await;
    for n in 2..6 {
        let head = unread(&source).await;
        assert_eq!(follower.catch_up(&trial(), Some(head)).await.unwrap(), head);
        unread(&source).await;
        let head = append(&source.store, &trial(), n..n + 1).await;
        assert_eq!(follower.catch_up(&trial(), Some(head)).await.unwrap(), head);
    }
    assert_eq!(reader.tally(&trial()).await, numbers(0..6));
    let remembered = reader.store.remembered("dosing", &trial()).await.unwrap();
    assert_eq!(remembered.iter().map(|seen| seen.hashes.len()).sum::<usize>(), 14, "every row, once");
    let remembered = witnesses(&source.store, &[reader.as_peer()]).await.unwrap();
    assert!(verify(&source.store, &remembered).await.unwrap().is_clean());
}

async fn nothing_passes_what_is_parked(db: Db) {
    let (source, reader) = (Service::start(&db, "dosing").await, Service::start(&db, "safety").await);
    let follower = reader.read(&source);
    unread(&source).await;
    let stood = unread(&source).await;
    follower.catch_up(&trial(), None).await.unwrap();
    // Another copy of the reader parks the next row, which this one would pass.
    let next = unread(&source).await;
    let park = format!(
        "INSERT INTO journal_parked (source, chain, incarnation, number, hash, kind, critical, why, at_us) \
         SELECT 'dosing', 'pgf-msc', 0, {}, hash, '', {}, 'another copy', 0 FROM journal_cursor",
        next.number,
        if db.url.starts_with("sqlite") { "1" } else { "TRUE" }
    );
    let raw = db.raw("safety").await;
    raw.execute_unprepared(&park).await.unwrap();
    raw.close().await.unwrap();
    let refused = follower.catch_up(&trial(), None).await.unwrap_err();
    assert_eq!(refused.code(), Some("JRN-0008"), "{refused}");
    assert_eq!(reader.store.cursor("dosing", &trial()).await.unwrap(), stood);
    follower.compare().await.unwrap();
    assert_eq!(reader.store.cursor("dosing", &trial()).await.unwrap(), next, "tried again, and taken up");
    assert!(reader.store.all_parked().await.unwrap().is_empty());
}

async fn rows_are_published_from_memory_in_their_order(db: Db) {
    let ringing = local().unwrap();
    let stop = CancellationToken::new();
    let (source, reader) = (Service::start(&db, "dosing").await, Service::start(&db, "safety").await);
    // Never read from the journal by itself: what arrives was heard.
    let never = std::time::Duration::from_secs(3600);
    let patience = Patience { gap: never, compare: never };
    let follower = tokio::spawn(reader.follow(&source, ringing.bus.clone(), patience).run(stop.clone()));
    let relay = Relay::new(source.store.clone(), ringing.bus.clone(), MachineClock::new());
    append(&source.store, &trial(), 0..3).await;
    let relay = tokio::spawn(relay.run(stop.clone()));
    let writers = (0..4).map(|_| {
        let store = source.store.clone();
        tokio::spawn(async move {
            for n in 0..25 {
                append(&store, &trial(), n..n + 1).await;
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    reader.until_level(&source, &trial()).await;
    assert_eq!(reader.tally(&trial()).await.len(), 103, "each once");
    stop.cancel();
    follower.await.unwrap();
    relay.await.unwrap();
}

//! A repeated request hears the kept answer; another body under the same id is refused and journaled.

use std::collections::BTreeSet;

use holdpoint_journal::{By, Chain, Request, Store, commit_unknown, verify};

use crate::support::{Db, Lot, by, counted, on_both_databases, trial};

on_both_databases!(
    a_success_is_kept_and_repeated,
    another_body_is_refused_and_journaled,
    a_refusal_is_judged_again,
    a_thousand_at_once_are_one,
    a_refused_act_is_journaled,
    an_act_that_changed_nothing_has_a_row_too,
);

fn request(body: &str) -> By {
    by("nurse.ann").request(Request::of("r-1", "/holdpoint.dosing.v1.Dosing/ReceiveLot", body.as_bytes()))
}

async fn receive(store: &Store, by: &By, answer: &str) -> holdpoint_chassis::error::Result<Vec<u8>> {
    if let Some(kept) = store.answered(by).await? {
        return Ok(kept);
    }
    let mut tx = store.begin(by).await?;
    let lot = Lot { id: answer.to_owned(), trial: "pgf-msc".to_owned(), number: None, bags: 1 };
    tx.record_new(&lot, [counted(&trial(), 1)]).await?;
    tx.answer(answer);
    tx.commit().await?;
    Ok(answer.as_bytes().to_vec())
}

async fn a_success_is_kept_and_repeated(db: Db) {
    let store = db.open("dosing").await;
    assert_eq!(receive(&store, &request("lot 1"), "first").await.unwrap(), b"first");
    assert_eq!(receive(&store, &request("lot 1"), "second").await.unwrap(), b"first");
    let other = By { principal: "nurse.bob".to_owned(), ..request("lot 1") };
    assert_eq!(receive(&store, &other, "bob's").await.unwrap(), b"bob's", "ids are each principal's own");
    assert_eq!(store.count::<Lot>(&[]).await.unwrap(), 2);
    assert!(verify(&store, &[]).await.unwrap().is_clean());
}

async fn another_body_is_refused_and_journaled(db: Db) {
    let store = db.open("dosing").await;
    receive(&store, &request("lot 1"), "first").await.unwrap();
    let refused = receive(&store, &request("lot 2"), "second").await.unwrap_err();
    assert_eq!(refused.code(), Some("JRN-0001"), "{refused}");
    let row = store.row(&Chain::Service, 1).await.unwrap().unwrap();
    assert_eq!(row.envelope().unwrap().r#type, "holdpoint.journal.v1.RequestMismatch");
    assert_eq!(store.count::<Lot>(&[]).await.unwrap(), 1);
}

async fn an_act_that_changed_nothing_has_a_row_too(db: Db) {
    let store = db.open("dosing").await;
    for (id, locks, chain) in [("r-1", false, Chain::Service), ("r-2", true, trial())] {
        let by = by("nurse.ann").request(Request::of(id, "/holdpoint.dosing.v1.Dosing/ReceiveLot", b"lot 1"));
        let mut tx = store.begin(&by).await.unwrap();
        if locks {
            tx.lock(&trial()).await.unwrap();
        }
        tx.answer("nothing to do");
        tx.commit().await.unwrap();
        let row = store.row(&chain, 1).await.unwrap().unwrap();
        assert_eq!(row.envelope().unwrap().r#type, "holdpoint.journal.v1.NothingChanged");
        assert_eq!(store.answered(&by).await.unwrap(), Some(b"nothing to do".to_vec()));
    }
    assert_eq!(verify(&store, &[]).await.unwrap().findings, []);
}

async fn a_refusal_is_judged_again(db: Db) {
    let store = db.open("dosing").await;
    let tx = store.begin(&request("lot 1")).await.unwrap();
    drop(tx);
    assert_eq!(store.answered(&request("lot 1")).await.unwrap(), None);
    assert_eq!(receive(&store, &request("lot 1"), "now").await.unwrap(), b"now");
}

async fn a_thousand_at_once_are_one(db: Db) {
    let store = db.open("dosing").await;
    let calls: Vec<_> = (0..1000)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move {
                loop {
                    match receive(&store, &request("lot 1"), &format!("answer {n}")).await {
                        Ok(answer) => return answer,
                        Err(error) => {
                            assert!(!commit_unknown(&error));
                            assert_eq!(error.code(), Some(holdpoint_journal::RACE.code), "{error}");
                        }
                    }
                }
            })
        })
        .collect();
    let mut answers = BTreeSet::new();
    for call in calls {
        answers.insert(call.await.unwrap());
    }
    assert_eq!(answers.len(), 1, "all hear the same");
    assert_eq!(store.count::<Lot>(&[]).await.unwrap(), 1);
    assert_eq!(store.head(&trial()).await.unwrap().number, 1);
}

async fn a_refused_act_is_journaled(db: Db) {
    let store = db.open("dosing").await;
    store.refused(&request("x"), &trial(), "DOS-0011", serde_json::json!({ "infusion": 2 })).await.unwrap();
    let row = store.row(&trial(), 1).await.unwrap().unwrap();
    assert_eq!(row.envelope().unwrap().r#type, "holdpoint.journal.v1.ActRefused");
}

/// The line breaks while a commit is under way: the act hears that nobody knows, asks by its request id, and only then
/// tries again.
#[tokio::test]
async fn a_broken_line_at_commit_is_no_refusal() {
    use sea_orm::ConnectionTrait as _;
    let Some(db) = Db::postgres() else { return };
    let store = db.open("dosing").await;
    let mut tx = store.begin(&request("lot 1")).await.unwrap();
    let lot = Lot { id: "a".to_owned(), trial: "pgf-msc".to_owned(), number: None, bags: 1 };
    tx.insert(&lot).await.unwrap();
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction' \
               AND datname = current_database() AND pid <> pg_backend_pid()";
    db.raw("dosing").await.execute_unprepared(end).await.unwrap();
    let error = tx.commit().await.unwrap_err();
    assert!(error.refused().is_none() && commit_unknown(&error), "{error}");
    assert_eq!(store.answered(&request("lot 1")).await.unwrap(), None);
    assert_eq!(receive(&store, &request("lot 1"), "again").await.unwrap(), b"again");
}

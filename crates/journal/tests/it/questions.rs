//! Questions asked together: they are answered as each would be by itself, whatever is asked.

use std::collections::BTreeMap;

use holdpoint_journal::{Chain, Head, Known, Questions, Request};

use crate::support::{Db, Lot, Service, append, by, on_both_databases, trial};

on_both_databases!(
    what_is_asked_together_is_what_is_asked_alone,
    what_was_not_asked_is_asked_then,
    a_transaction_asks_together_and_writes_on,
    a_kept_answer_is_kept_with_what_was_written,
);

fn lot(id: &str, trial: &str, number: Option<&str>, bags: u32) -> Lot {
    Lot { id: id.to_owned(), trial: trial.to_owned(), number: number.map(str::to_owned), bags }
}

async fn lots(service: &Service) {
    let mut tx = service.store.begin(&by("eve")).await.unwrap();
    let all =
        [lot("z", "t", Some("L-1"), 3), lot("a \"quoted\" µ", "t", Some("L-2"), 4), lot("m", "u", None, 5)];
    tx.insert_all(&all).await.unwrap();
    tx.commit().await.unwrap();
}

async fn what_is_asked_together_is_what_is_asked_alone(db: Db) {
    let (source, reader) = (Service::start(&db, "dosing").await, Service::start(&db, "safety").await);
    lots(&reader).await;
    let theirs = append(&source.store, &trial(), 0..3).await;
    reader.read(&source).compare().await.unwrap();
    let ours = append(&reader.store, &trial(), 0..2).await;
    let by = by("eve").request(Request::of("r-1", "/a.B/C", b"body"));
    let of_trial = [("trial", "t")];
    let asked = Questions::new()
        .get::<Lot>("z")
        .get::<Lot>("absent")
        .find::<Lot>(&of_trial)
        .unwrap()
        .head(&trial())
        .head(&Chain::Service)
        .cursor("dosing", &trial())
        .parked("dosing", &trial())
        .knows(&trial(), &ours)
        .answered(&by);
    let seen = reader.store.look(asked).await.unwrap();
    assert_eq!(seen.get::<Lot>("z").await.unwrap(), reader.store.get::<Lot>("z").await.unwrap());
    assert_eq!(seen.get::<Lot>("absent").await.unwrap(), None);
    let found = seen.find::<Lot>(&of_trial).await.unwrap();
    assert_eq!(found, reader.store.find::<Lot>(&of_trial).await.unwrap());
    assert_eq!(found.len(), 2);
    assert_eq!(seen.head(&trial()).await.unwrap(), ours);
    assert_eq!(seen.head(&Chain::Service).await.unwrap(), Head::default());
    assert_eq!(seen.cursor("dosing", &trial()).await.unwrap(), theirs);
    assert_eq!(seen.parked("dosing", &trial()).await.unwrap(), None);
    assert_eq!(seen.knows(&trial(), &ours).await.unwrap(), Known::Known);
    assert_eq!(seen.answered(&by).await.unwrap(), None);
}

async fn what_was_not_asked_is_asked_then(db: Db) {
    let service = Service::start(&db, "dosing").await;
    lots(&service).await;
    let head = append(&service.store, &trial(), 0..2).await;
    let other = Head { hash: [9; 32], ..head };
    let seen = service.store.look(Questions::new().knows(&trial(), &other)).await.unwrap();
    assert_eq!(seen.get::<Lot>("z").await.unwrap().unwrap().bags, 3);
    assert_eq!(seen.find::<Lot>(&[("trial", "u")]).await.unwrap().len(), 1);
    assert_eq!(seen.head(&trial()).await.unwrap(), head);
    assert_eq!(seen.knows(&trial(), &other).await.unwrap(), Known::Lacks, "another row of the same number");
    assert_eq!(seen.knows(&trial(), &head).await.unwrap(), Known::Known);
    let none = service.store.look(Questions::new()).await.unwrap();
    assert_eq!(none.cursor("safety", &trial()).await.unwrap(), Head::default());
}

async fn a_transaction_asks_together_and_writes_on(db: Db) {
    let service = Service::start(&db, "dosing").await;
    lots(&service).await;
    let mut tx = service.store.begin(&by("eve")).await.unwrap();
    let (of_trial, ends) = ([("trial", "t")], ("L-0", "L-9"));
    let asked = Questions::new().get_all::<Lot>(["z".to_owned(), "absent".to_owned()]);
    let asked = asked.versions::<Lot>(&of_trial).unwrap().greatest::<Lot>("number", ends).unwrap();
    tx.ask(asked).await.unwrap();
    assert_eq!(tx.get::<Lot>("absent").await.unwrap(), None);
    let versions = tx.versions::<Lot>(&of_trial).await.unwrap();
    assert_eq!(versions, [("z".to_owned(), 1), ("a \"quoted\" µ".to_owned(), 1)]);
    let greatest = tx.greatest::<Lot>("number", ends).await.unwrap().unwrap();
    assert_eq!((greatest.value.bags, greatest.order), (4, versions.len() as i64));
    let z = tx.get::<Lot>("z").await.unwrap().unwrap();
    tx.update(&z, Lot { bags: 9, number: Some("L-3".to_owned()), ..z.value.clone() }).await.unwrap();
    assert_eq!(
        tx.greatest::<Lot>("number", ends).await.unwrap().unwrap().value.bags,
        9,
        "what was written counts"
    );
    tx.commit().await.unwrap();
    let sums = async |service: &Service| {
        let mut tx = service.store.begin(&by("eve")).await.unwrap();
        tx.sums::<Lot>("held", "trial", &[]).await.unwrap()
    };
    let both = BTreeMap::from([("t".to_owned(), 13), ("u".to_owned(), 5)]);
    assert_eq!(sums(&service).await, both);
}

async fn a_kept_answer_is_kept_with_what_was_written(db: Db) {
    let service = Service::start(&db, "dosing").await;
    let by = by("eve").request(Request::of("r-1", "/a.B/C", b"body"));
    let act = async |id: &str| {
        let mut tx = service.store.begin(&by).await.unwrap();
        tx.lock(&trial()).await.unwrap();
        tx.gather();
        tx.insert(&lot(id, "t", None, 1)).await.unwrap();
        tx.answer(b"done".to_vec());
        tx.commit().await
    };
    act("one").await.unwrap();
    assert_eq!(service.store.answered(&by).await.unwrap().as_deref(), Some(b"done".as_slice()));
    let asked = Questions::new().answered(&by);
    let seen = service.store.look(asked).await.unwrap();
    assert_eq!(seen.answered(&by).await.unwrap().as_deref(), Some(b"done".as_slice()));
    let again = act("two").await.unwrap_err();
    assert_eq!(again.code(), Some(holdpoint_journal::RACE.code), "the first answer stands");
    assert_eq!(service.store.get::<Lot>("two").await.unwrap(), None);
}

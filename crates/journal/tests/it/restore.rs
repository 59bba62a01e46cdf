//! Restores at any moment, again and again: the service writes on before anyone notices, and its peers remember
//! different things. All read on, nothing is applied twice, and each loss is declared once and told to who verifies.

use std::collections::BTreeSet;
use std::sync::Arc;

use holdpoint_bus::Local;
use holdpoint_journal::{
    Follower, FollowerParts, Gap, Head, JournalService, Patience, Peer, Remembered, Rollbacks, verify,
};
use proptest::prelude::*;
use sea_orm::ConnectionTrait as _;

use crate::support::{COUNTED, Copy, Db, Service, append, by, civil, numbers, on_both_databases, trial};

on_both_databases!(
    rows_of_between_reach_everyone,
    a_gap_is_told_and_nothing_else,
    what_was_restored_is_as_safe_as_before,
    who_lets_nothing_start_goes_on,
);

/// Whether the trial stands still at a service that was told of a row that it lacks.
async fn stands_still(watch: Rollbacks, service: &Service) -> bool {
    let lost = Head { incarnation: 0, number: 9, hash: [7; 32] };
    watch.own(&trial(), "safety", lost).await.unwrap();
    assert_eq!(service.store.head(&trial()).await.unwrap().incarnation, 1, "the journal goes on either way");
    let tx = service.store.begin(&by("ann")).await.unwrap();
    tx.unreconciled(&trial()).await.unwrap().is_some()
}

async fn who_lets_nothing_start_goes_on(db: Db) {
    let [dosing, labs] = [Service::start(&db, "dosing").await, Service::start(&db, "labs").await];
    assert!(stands_still(Rollbacks::new(dosing.store.clone(), civil(), &[]), &dosing).await);
    assert!(!stands_still(Rollbacks::going_on(labs.store.clone(), civil()), &labs).await);
}

/// A reader of a service that opens incarnations by itself, as the rooms do.
fn reads(reader: &Service, source: &Service) -> Follower {
    let watch = Arc::new(Rollbacks::new(source.store.clone(), civil(), &[]));
    let server = JournalService::server(source.store.clone(), watch, civil());
    Follower::new(FollowerParts {
        store: reader.store.clone(),
        peer: Peer::new(source.store.service(), server),
        bus: Arc::new(Local::default()),
        reactor: reader.counter.clone(),
        watch: reader.told.clone(),
        civil: civil(),
        patience: Patience::default(),
    })
}

/// Ten rows, read by safety; put back to seven; four rows more before anyone notices, read by labs, which had seen seven.
async fn noticed_late(db: &Db) -> (Service, [Service; 2]) {
    let source = Service::start(db, "dosing").await;
    let [safety, labs] = [Service::start(db, "safety").await, Service::start(db, "labs").await];
    append(&source.store, &trial(), 0..7).await;
    reads(&labs, &source).compare().await.unwrap();
    let copy = Copy::take(db, &source).await;
    append(&source.store, &trial(), 7..10).await;
    reads(&safety, &source).compare().await.unwrap();
    let source = copy.put_back(db, source).await;
    append(&source.store, &trial(), 70..74).await;
    reads(&labs, &source).compare().await.unwrap();
    (source, [safety, labs])
}

async fn level(source: &Service, peers: &[&Service]) {
    let head = source.store.head(&trial()).await.unwrap();
    for peer in peers {
        reads(peer, source).compare().await.unwrap();
        assert_eq!(peer.store.cursor(source.store.service(), &trial()).await.unwrap(), head);
    }
}

async fn testimony(source: &Service, peers: &[&Service]) -> Vec<Remembered> {
    let mut all = vec![];
    for peer in peers {
        all.extend(peer.store.remembers(source.store.service()).await.unwrap());
    }
    all
}

async fn rows_of_between_reach_everyone(db: Db) {
    let (source, [safety, labs]) = noticed_late(&db).await;
    reads(&safety, &source).compare().await.unwrap();
    append(&source.store, &trial(), 80..82).await;
    level(&source, &[&safety, &labs]).await;
    let written = [numbers(70..74), numbers(80..82)].concat();
    assert_eq!(safety.tally(&trial()).await, [numbers(0..10), written.clone()].concat());
    assert_eq!(labs.tally(&trial()).await, [numbers(0..7), written].concat());
    let head = source.store.head(&trial()).await.unwrap();
    assert_eq!((head.incarnation, head.number), (1, 14), "one incarnation, above row 11");
    assert_eq!(
        safety.counter.opened.lock().unwrap().len(),
        1,
        "taken up once, also where rows had to be read again"
    );
    assert_eq!(labs.counter.opened.lock().unwrap().len(), 1);
    assert_eq!(safety.told.peer.lock().unwrap().len(), 1, "who lost rows is told");
    assert!(labs.told.peer.lock().unwrap().is_empty());
}

async fn a_gap_is_told_and_nothing_else(db: Db) {
    let (source, [safety, labs]) = noticed_late(&db).await;
    let peers = [&safety, &labs];
    let unnoticed = verify(&source.store, &testimony(&source, &peers).await).await.unwrap();
    assert_eq!(
        unnoticed.findings.len(),
        1,
        "until it is noticed it looks like what it may be: {unnoticed:?}"
    );
    assert_eq!(unnoticed.findings[0].number, 8);
    let lost = safety.store.cursor("dosing", &trial()).await.unwrap();
    Rollbacks::new(source.store.clone(), civil(), &[]).own(&trial(), "safety", lost).await.unwrap();
    for when in ["before safety has read on", "and after"] {
        let report = verify(&source.store, &testimony(&source, &peers).await).await.unwrap();
        assert_eq!(report.findings, [], "{when}");
        let [gap]: [Gap; 1] = report.gaps.try_into().unwrap();
        assert_eq!((gap.opened.number, gap.base.number, gap.lost.number), (12, 11, 10), "{when}");
        assert_eq!(gap.remembered, [("safety".to_owned(), (8, 10))].into(), "{when}");
        assert!(gap.to_string().contains("dosing, chain pgf-msc, row 12: dosing was restored"), "{gap}");
        level(&source, &peers).await;
    }
    for peer in peers {
        assert_eq!(verify(&peer.store, &[]).await.unwrap().findings, []);
    }
}

/// What is done to a service that was restored to row 7, wrote 8 to 11, declared at 12, and wrote up to 16, and the first
/// row that is named; `None` where the memory of a peer was altered, which is found in the peer's own journal.
const TAMPERED: &[(&str, &str, Option<u64>)] = &[
    ("dosing", "UPDATE journal_row SET at_us = at_us + 1 WHERE number = 5", Some(5)),
    ("dosing", "UPDATE journal_row SET public = previous WHERE number = 9", Some(9)),
    ("dosing", "UPDATE journal_row SET public = previous WHERE number = 12", Some(12)),
    ("dosing", "UPDATE journal_private SET body = salt WHERE number = 12", Some(12)),
    ("dosing", "DELETE FROM journal_row WHERE number = 10", Some(10)),
    ("dosing", "DELETE FROM journal_row WHERE number = 12", Some(12)),
    (
        "dosing",
        "UPDATE journal_row SET number = CASE number WHEN 9 THEN -10 ELSE -9 END WHERE number IN (9, 10); UPDATE journal_row SET number = -number WHERE number < 0",
        Some(9),
    ),
    ("safety", "UPDATE journal_lost SET hashes = opened_hash", None),
    ("safety", "DELETE FROM journal_lost", None),
];

fn cut(last: u64) -> String {
    format!(
        "DELETE FROM journal_row WHERE number > {last}; DELETE FROM journal_private WHERE number > {last}; \
         UPDATE journal_head SET (incarnation, number, hash) = \
         (SELECT incarnation, number, hash FROM journal_row WHERE number = {last})"
    )
}

async fn what_was_restored_is_as_safe_as_before(db: Db) {
    let (mut source, [mut safety, labs]) = noticed_late(&db).await;
    reads(&safety, &source).compare().await.unwrap();
    append(&source.store, &trial(), 80..84).await;
    level(&source, &[&safety, &labs]).await;
    let copies = [Copy::take(&db, &source).await, Copy::take(&db, &safety).await];
    for (who, what, expected) in TAMPERED {
        db.raw(who).await.execute_unprepared(what).await.unwrap();
        named(&source, &[&safety, &labs], *expected, what).await;
        source = copies[0].put_back(&db, source).await;
        safety = copies[1].put_back(&db, safety).await;
    }
    for (last, rewritten) in [5, 9, 11, 12, 14].into_iter().flat_map(|last| [(last, false), (last, true)]) {
        db.raw("dosing").await.execute_unprepared(&cut(last)).await.unwrap();
        if rewritten {
            // The forger has the program itself, and so makes rows with good hashes.
            append(&source.store, &trial(), 90..102).await;
        }
        named(&source, &[&safety, &labs], Some(last + 1), &format!("cut to {last}, {rewritten}")).await;
        source = copies[0].put_back(&db, source).await;
    }
}

/// Verification names this row of the service, or, for none, the journal of the peer whose memory was altered.
async fn named(source: &Service, peers: &[&Service], expected: Option<u64>, what: &str) {
    let found = verify(&source.store, &testimony(source, peers).await).await.unwrap().findings;
    let own = verify(&peers[0].store, &[]).await.unwrap().findings;
    match expected {
        Some(_) => assert_eq!(found.first().map(|finding| finding.number), expected, "{what}: {found:?}"),
        None => assert_eq!(own.len(), 1, "{what}: {own:?}"),
    }
}

/// What happens to a service and its three peers.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// It writes this many rows.
    Writes(u32),
    /// Somebody takes a copy.
    Copy,
    /// It is put back to one of the copies.
    Restore(usize),
    /// A peer compares heads and reads.
    Reads(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (1_u32..5).prop_map(Step::Writes),
        1 => Just(Step::Copy),
        1 => any::<usize>().prop_map(Step::Restore),
        3 => (0_usize..3).prop_map(Step::Reads),
    ]
}

const PEERS: [&str; 3] = ["safety", "labs", "enrollment"];

/// A house in which steps are taken.
struct House {
    db: Db,
    source: Service,
    peers: Vec<Service>,
    copies: Vec<Copy>,
    written: u32,
    restores: usize,
}

impl House {
    async fn open() -> Self {
        let db = Db::sqlite().unwrap();
        let source = Service::start(&db, "dosing").await;
        let mut peers = vec![];
        for name in PEERS {
            peers.push(Service::start(&db, name).await);
        }
        let copies = vec![Copy::take(&db, &source).await];
        Self { db, source, peers, copies, written: 0, restores: 0 }
    }

    async fn take(mut self, step: Step) -> Self {
        match step {
            Step::Writes(rows) => {
                append(&self.source.store, &trial(), self.written..self.written + rows).await;
                self.written += rows;
            }
            Step::Copy => self.copies.push(Copy::take(&self.db, &self.source).await),
            Step::Restore(copy) => {
                self.source = self.copies[copy % self.copies.len()].put_back(&self.db, self.source).await;
                self.restores += 1;
            }
            Step::Reads(peer) => reads(&self.peers[peer], &self.source).compare().await.unwrap(),
        }
        self
    }

    /// Everyone reads until nothing changes any more.
    async fn quiet(&self) {
        let mut before = None;
        for round in 0.. {
            assert!(round < 2 * PEERS.len() + 2, "incarnations are opened again and again");
            for peer in &self.peers {
                reads(peer, &self.source).compare().await.unwrap();
            }
            let now = Some(self.source.store.head(&trial()).await.unwrap());
            if now == before {
                return;
            }
            before = now;
        }
    }

    /// The numbers that stand in the service's journal now.
    async fn standing(&self) -> Vec<u32> {
        let rows = self.source.store.rows(&trial(), 0, 10_000).await.unwrap();
        let data = rows.iter().map(|row| row.envelope().unwrap());
        let counted = data.filter(|envelope| envelope.r#type == COUNTED);
        counted.map(|envelope| u32::from_be_bytes(envelope.data.unwrap().try_into().unwrap())).collect()
    }

    async fn hold_together(&self) {
        let standing = self.standing().await;
        let head = self.source.store.head(&trial()).await.unwrap();
        for peer in &self.peers {
            let applied = peer.tally(&trial()).await;
            let once: BTreeSet<_> = applied.iter().copied().collect();
            assert_eq!(once.len(), applied.len(), "applied twice: {applied:?}");
            let kept: Vec<u32> = applied.iter().copied().filter(|n| standing.contains(n)).collect();
            let in_order: BTreeSet<_> = standing.iter().copied().collect();
            assert_eq!(
                kept.iter().copied().collect::<BTreeSet<_>>(),
                in_order,
                "everything that stands was applied"
            );
            assert_eq!(peer.store.cursor("dosing", &trial()).await.unwrap(), head);
            assert!(peer.store.parked("dosing", &trial()).await.unwrap().is_none());
            assert_eq!(verify(&peer.store, &[]).await.unwrap().findings, []);
        }
        let peers: Vec<&Service> = self.peers.iter().collect();
        let report = verify(&self.source.store, &testimony(&self.source, &peers).await).await.unwrap();
        assert_eq!(report.findings, []);
        assert!(
            report.gaps.len() <= self.restores * PEERS.len(),
            "{} of {}",
            report.gaps.len(),
            self.restores
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn any_restores_end_in_agreement(steps in prop::collection::vec(step(), 1..30)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut house = House::open().await;
            for step in steps {
                house = house.take(step).await;
            }
            house.quiet().await;
            house.hold_together().await;
        });
    }
}

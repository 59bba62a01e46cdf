//! Death and restart at each step of a start, lost answers, and journals that went back.

use std::time::Duration;

use holdpoint_api::common::v1::Activity;
use holdpoint_api::dosing::v1::{Infusion, PermitVoided};
use holdpoint_api::safety::v1::InFlight;
use holdpoint_dosing::reconcilers::{unclaimed, unconfirmed};
use holdpoint_journal::{Aggregate, By, Chain, Head, Key, Known};
use prost::Message as _;
use serde::{Deserialize, Serialize};

use crate::support::{Script, TRIAL, World, code, on_both_databases};

on_both_databases!(
    after_a_claim_a_restart_decides_nothing,
    a_permit_whose_answer_was_lost_is_voided_before_the_next,
    a_permit_nobody_claimed_holds_up_no_hold,
    one_permit_that_can_not_be_read_keeps_no_other_out,
    a_permit_of_another_infusion_is_never_voided,
    a_journal_that_went_back_starts_nothing,
    a_stop_that_can_not_be_written_opens_no_incarnation,
    after_a_restore_only_a_statement_voids_an_unknown_permit,
    a_permit_from_who_has_seen_more_is_given_back,
);

async fn after_a_claim_a_restart_decides_nothing(mut world: World) {
    let planned = world.plan("P-001").await;
    world.prepare(&planned[0]).await;
    // The Go was said into a broken line: dosing died after the claim.
    world.start(world.ask(&planned[0], 1)).await.unwrap();
    world.restart().await;
    assert_eq!(world.get(&planned[0].infusion).await.state, "starting");
    assert_eq!(unconfirmed::run(&world.service.ctx).await.unwrap(), 0);
    assert_eq!(code(&world.start(world.ask(&planned[0], 1)).await.unwrap_err()), "DOS-0011");
    assert_eq!(code(&world.start(world.ask(&planned[0], 2)).await.unwrap_err()), "DOS-0012");

    world.civil.advance(Duration::from_secs(15 * 60));
    assert_eq!(unconfirmed::run(&world.service.ctx).await.unwrap(), 1);
    assert_eq!(unconfirmed::run(&world.service.ctx).await.unwrap(), 0);
    assert_eq!(world.get(&planned[0].infusion).await.state, "unconfirmed");
    assert_eq!(world.told_of("InfusionUnconfirmed").await, 1);
    assert_eq!(world.told_of("PermitVoided").await, 0, "a restart voids nothing");
    let mut stated = world.ask(&planned[0], 2);
    stated.earlier_not_heard = "nobody heard it".to_owned();
    assert_eq!(
        code(&world.start(stated).await.unwrap_err()),
        "DOS-0012",
        "a person says given or not given first"
    );
    world.abandon(&planned[0].infusion).await.unwrap();
    assert_eq!(world.get(&planned[0].infusion).await.state, "authorized");
    world.start(world.ask(&planned[0], 2)).await.unwrap();
}

async fn a_permit_whose_answer_was_lost_is_voided_before_the_next(world: World) {
    let planned = world.plan("P-001").await;
    world.prepare(&planned[0]).await;
    world.script(Script::IssueAndLose);
    assert_eq!(code(&world.start(world.ask(&planned[0], 1)).await.unwrap_err()), "DOS-0014");
    world.script(Script::Issue);
    let go = world.start(world.ask(&planned[0], 1)).await.unwrap();
    let permits = world.peer.permits(&planned[0].infusion);
    assert_eq!(permits.len(), 2);
    assert_eq!(go.permit, permits[1]);
    assert_eq!(world.told_of("PermitVoided").await, 1, "the lost one, as never claimed");
    assert_eq!(world.told_of("InfusionStarting").await, 1);
}

async fn a_permit_nobody_claimed_holds_up_no_hold(world: World) {
    let planned = world.plan("P-001").await;
    world.prepare(&planned[0]).await;
    world.script(Script::IssueAndLose);
    world.start(world.ask(&planned[0], 1)).await.unwrap_err();
    let lost = world.peer.permits(&planned[0].infusion).remove(0);
    let (out, settled) = (out(&planned[0], &lost), out(&planned[0], "settled"));
    world.hold_with("h-1", vec![out, InFlight { settled: true, ..settled }]).await;
    assert_eq!(unclaimed::run(&world.service.ctx, &world.service.safety).await.unwrap(), 1);
    assert_eq!(unclaimed::run(&world.service.ctx, &world.service.safety).await.unwrap(), 0);
    assert_eq!(world.told_of("PermitVoided").await, 1);
}

async fn a_journal_that_went_back_starts_nothing(world: World) {
    let planned = world.plan("P-001").await;
    world.prepare(&planned[0]).await;
    let chain = Chain::trial(TRIAL);
    let store = &world.service.ctx.store;
    let lost = Head {
        number: store.head(&chain).await.unwrap().number + 7,
        ..Head { hash: [7; 32], ..Head::default() }
    };
    assert_eq!(store.knows(&chain, &lost).await.unwrap(), Known::Lacks);
    world.went_back(&chain, lost).await;
    assert_eq!(
        store.knows(&chain, &lost).await.unwrap(),
        Known::Known,
        "a further incarnation accounts for it"
    );
    assert_eq!(code(&world.start(world.ask(&planned[0], 1)).await.unwrap_err()), "DOS-0017");
    assert!(world.peer.asks().is_empty());
    world.reconcile("h-e", "enrollment").await;
    let still = world.start(world.ask(&planned[0], 1)).await.unwrap_err();
    assert_eq!(code(&still), "DOS-0017", "another service's reconciliation says nothing about dosing");
    world.reconcile("h-r", "dosing").await;
    world.start(world.ask(&planned[0], 1)).await.unwrap();
}

async fn a_permit_from_who_has_seen_more_is_given_back(world: World) {
    let planned = world.plan("P-001").await;
    world.prepare(&planned[0]).await;
    world.script(Script::SeenMore);
    assert_eq!(code(&world.start(world.ask(&planned[0], 1)).await.unwrap_err()), "DOS-0017");
    assert_eq!(world.told_of("PermitReturned").await, 1);
    assert_eq!(world.get(&planned[0].infusion).await.state, "authorized");
}

fn out(infusion: &Infusion, permit: &str) -> InFlight {
    InFlight {
        permit: permit.to_owned(),
        activity: Activity::FirstDose as i32,
        subject: infusion.subject.clone(),
        infusion: infusion.infusion.clone(),
        number: infusion.number,
        settled: false,
    }
}

/// A row that its table's own reader can not read.
macro_rules! garbled {
    ($kind:ident, $table:literal, $key:literal) => {
        #[derive(Clone, Serialize, Deserialize)]
        struct $kind {
            id_of_garbled: String,
        }

        impl Aggregate for $kind {
            const TABLE: &'static str = $table;
            const KEYS: &'static [Key] = &[Key::index($key)];

            fn id(&self) -> String {
                self.id_of_garbled.clone()
            }

            fn keys(&self) -> Vec<Option<String>> {
                vec![None]
            }
        }
    };
}
garbled!(GarbledPermit, "permit", "infusion");
garbled!(GarbledRollback, "journal_rollback", "chain");

async fn garble<A: Aggregate>(world: &World, row: A) {
    let mut tx = world.service.ctx.store.begin(&By::new("dosing", world.now())).await.unwrap();
    tx.insert(&row).await.unwrap();
    tx.commit().await.unwrap();
}

async fn one_permit_that_can_not_be_read_keeps_no_other_out(world: World) {
    let planned = world.plan("P-001").await;
    garble(&world, GarbledPermit { id_of_garbled: "p-a".to_owned() }).await;
    world.hold_with("h-1", vec![out(&planned[0], "p-a"), out(&planned[1], "p-b")]).await;
    unclaimed::run(&world.service.ctx, &world.service.safety).await.unwrap_err();
    assert_eq!(world.told_of("PermitVoided").await, 1, "the other had its turn");
}

async fn a_permit_of_another_infusion_is_never_voided(world: World) {
    let planned = world.plan("P-001").await;
    world.prepare(&planned[0]).await;
    for infusion in [planned[1].infusion.clone(), String::new()] {
        world.script(Script::BarredBy { permit: "p-other".to_owned(), infusion });
        let refused = world.start(world.ask(&planned[0], 1)).await.unwrap_err();
        assert_eq!(code(&refused), "DOS-0015");
        assert!(refused.message().contains("p-other"), "{}", refused.message());
    }
    assert_eq!(world.told_of("PermitVoided").await, 0);
    assert_eq!(world.peer.asks().len(), 2, "and safety is not asked again");
}

async fn a_stop_that_can_not_be_written_opens_no_incarnation(world: World) {
    let chain = Chain::trial(TRIAL);
    garble(&world, GarbledRollback { id_of_garbled: format!("{TRIAL}/dosing") }).await;
    let store = &world.service.ctx.store;
    let lost =
        Head { number: store.head(&chain).await.unwrap().number + 7, hash: [7; 32], ..Head::default() };
    world.went_back(&chain, lost).await;
    assert_eq!(store.head(&chain).await.unwrap().incarnation, 0);
    let known = store.knows(&chain, &lost).await.unwrap();
    assert_eq!(known, Known::Lacks, "the peer shows it again, and the stop is tried again");
}

async fn after_a_restore_only_a_statement_voids_an_unknown_permit(world: World) {
    let planned = world.plan("P-001").await;
    world.prepare(&planned[0]).await;
    // Safety gave it to a dosing that may have claimed it; the dosing restored from an older copy knows nothing of it.
    world.script(Script::IssueAndLose);
    world.start(world.ask(&planned[0], 1)).await.unwrap_err();
    let unknown = world.peer.permits(&planned[0].infusion).remove(0);
    let chain = Chain::trial(TRIAL);
    let number = world.service.ctx.store.head(&chain).await.unwrap().number + 7;
    world.went_back(&chain, Head { number, hash: [7; 32], ..Head::default() }).await;
    world.hold_with("h-1", vec![out(&planned[0], &unknown)]).await;
    world.reconcile("h-r", "dosing").await;
    assert_eq!(unclaimed::run(&world.service.ctx, &world.service.safety).await.unwrap(), 0);
    world.release("h-1").await;

    world.script(Script::Issue);
    let refused = world.start(world.ask(&planned[0], 1)).await.unwrap_err();
    assert_eq!(code(&refused), "DOS-0012", "{}", refused.message());
    assert!(refused.message().contains(&unknown), "{}", refused.message());
    assert_eq!(world.told_of("PermitVoided").await, 0, "nothing is voided on dosing's own word");
    let mut stated = world.ask(&planned[0], 1);
    stated.earlier_not_heard = "the bag of Monday was never hung".to_owned();
    world.start(stated).await.unwrap();
    assert_eq!(world.told_of("PermitVoided").await, 1);
    assert!(voids(&world).await.remove(0).stated);
}

async fn voids(world: &World) -> Vec<PermitVoided> {
    let rows = world.service.ctx.store.rows(&Chain::trial(TRIAL), 0, 10_000).await.unwrap();
    rows.iter()
        .map(|row| row.envelope().unwrap())
        .filter(|envelope| envelope.r#type == "holdpoint.dosing.v1.PermitVoided")
        .map(|envelope| PermitVoided::decode(envelope.data.unwrap().as_slice()).unwrap())
        .collect()
}

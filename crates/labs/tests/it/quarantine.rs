//! What waits for a person: nobody by that number, somebody else by it, a decision, and being taken up once only.

use holdpoint_api::labs::v1 as pb;
use holdpoint_api::labs::v1::Outcome;
use holdpoint_api::labs::v1::labs_server::Labs as _;
use holdpoint_journal::Chain;

use crate::support::{Analyte, Db, Doer, Said, TRIAL, World, code, on_both_databases, stored};

on_both_databases!(
    an_unknown_number_waits_for_its_link,
    an_unknown_code_waits_for_its_subject,
    what_disagrees_waits_for_a_person,
    a_person_takes_up_or_throws_away,
    a_number_is_one_subjects,
);

const TAKEN: &str = "2026-04-01T01:00:00Z";

fn two() -> [Analyte; 2] {
    [Analyte::platelets("12"), Analyte::neutrophils("0.3")]
}

async fn an_unknown_number_waits_for_its_link(world: World) {
    let said = Said::by_number("ZY0012345", TAKEN, &two());
    for _ in 0..2 {
        let answers = world.sends(std::slice::from_ref(&said)).await;
        assert_eq!(answers[0].outcomes.len(), 2);
        assert!(answers[0].outcomes.iter().all(|outcome| outcome.quarantine.starts_with("q-")));
    }
    assert_eq!(world.counts().await, [0, 2, 0, 2, 0], "the repeat is a duplicate of what waits");
    assert_eq!(world.quarantine().await.len(), 2);
    let told: Vec<pb::ReportQuarantined> = world.told(&Chain::Service, "ReportQuarantined").await;
    assert_eq!((told.len(), told[0].why.as_str()), (2, "unknown subject"));
    assert_eq!(world.link("P-001", " zy0012345 ").await.unwrap(), 2);
    assert!(world.quarantine().await.is_empty());
    assert_eq!(world.results("P-001").await.len(), 2);
    assert_eq!(world.counts().await, [0, 2, 0, 2, 0], "once each, whatever was taken up later");
    let resolved: Vec<pb::QuarantineResolved> = world.told(&Chain::trial(TRIAL), "QuarantineResolved").await;
    assert_eq!((resolved.len(), resolved[0].how.as_str()), (2, "linked"));
    let later =
        world.says(Said::by_number("ZY0012345", "2026-04-02T01:00:00Z", &[Analyte::platelets("13")])).await;
    assert_eq!(later.outcome(), Outcome::Accepted);
}

async fn an_unknown_code_waits_for_its_subject(world: World) {
    let waits = world.says(Said::of("P-077", TAKEN, &[Analyte::platelets("12")])).await;
    assert_eq!(waits.outcome(), Outcome::Quarantined);
    world.screen("P-077").await;
    world.hear().await;
    assert_eq!(world.stands("P-077").await, "12");
    assert!(world.quarantine().await.is_empty());
}

/// A count of P-001 with something else said of the patient.
fn said(hour: usize, change: &dyn Fn(&mut pb::Patient)) -> Said {
    let taken = format!("2026-04-01T{hour:02}:00:00Z");
    Said::of("P-001", &taken, &[Analyte::platelets("12")]).patient(change)
}

async fn what_disagrees_waits_for_a_person(world: World) {
    world.link("P-001", "ZY1").await.unwrap();
    world.link("P-002", "ZY2").await.unwrap();
    let number = |number: &'static str| move |p: &mut pb::Patient| p.hospital_number = number.to_owned();
    let (other, unknown) = (number("ZY2"), number("ZY9"));
    let (male, younger) =
        (|p: &mut pb::Patient| p.sex = "M".to_owned(), |p: &mut pb::Patient| p.birth_year = 1979);
    type Change<'a> = &'a dyn Fn(&mut pb::Patient);
    let changes: [(&str, Change<'_>); 4] = [
        ("identities disagree", &other),
        ("identities disagree", &unknown),
        ("sex disagrees", &male),
        ("year of birth disagrees", &younger),
    ];
    for (hour, (why, change)) in changes.iter().enumerate() {
        let waits = world.says(said(hour, change)).await;
        assert!(waits.reason.starts_with(why), "{}", waits.reason);
    }
    let agrees = said(9, &|p: &mut pb::Patient| {
        p.hospital_number = "zy1".to_owned();
        p.sex = "Female".to_owned();
        p.birth_year = 1980;
    });
    assert_eq!(world.says(agrees).await.outcome(), Outcome::Accepted);
    let future = Said::of("P-001", "2026-07-01T01:00:00Z", &[Analyte::platelets("12")]);
    assert!(world.says(future).await.reason.starts_with("taken in the future"));
}

async fn decide(
    world: &World,
    quarantine: &str,
    subject: &str,
) -> Result<Vec<pb::ObservationOutcome>, tonic::Status> {
    let request = pb::ResolveQuarantinedRequest {
        act: world.act(),
        quarantine: quarantine.to_owned(),
        trial: TRIAL.to_owned(),
        subject: subject.to_owned(),
        discard: subject.is_empty(),
    };
    let answer = world.rpc.resolve_quarantined(world.request(Doer::Coordinator, request)).await?;
    Ok(answer.into_inner().outcomes)
}

async fn a_person_takes_up_or_throws_away(world: World) {
    let waiting = world.sends(&[Said::by_number("ZY7", TAKEN, &two())]).await.pop().unwrap().outcomes;
    let taken = decide(&world, &waiting[0].quarantine, "P-001").await.unwrap();
    assert_eq!(taken[0].outcome(), Outcome::Accepted);
    assert_eq!(world.stands("P-001").await, "12");
    assert!(decide(&world, &waiting[1].quarantine, "").await.unwrap().is_empty());
    let again = decide(&world, &waiting[1].quarantine, "P-001").await.unwrap_err();
    assert_eq!(code(&again), "LAB-0012");
    assert_eq!(code(&decide(&world, "q-none", "P-001").await.unwrap_err()), "LAB-0002");
    assert!(world.quarantine().await.is_empty());
    // A unit that is not on the list is not mended by a decision on the person.
    let unit = world.says(Said::of("P-002", TAKEN, &[Analyte::of("777-3", "12", "g/L", "")])).await;
    let still = decide(&world, &unit.quarantine, "P-002").await.unwrap();
    assert_eq!(still[0].outcome(), Outcome::Quarantined);
    assert_eq!(world.quarantine().await.len(), 1);
}

async fn a_number_is_one_subjects(world: World) {
    world.link("P-001", "ZY1").await.unwrap();
    assert_eq!(code(&world.link("P-002", "zy1").await.unwrap_err()), "LAB-0011");
    assert_eq!(world.link("P-001", "ZY3").await.unwrap(), 0, "a typing error is mended");
    assert_eq!(world.link("P-002", "ZY1").await.unwrap(), 0);
}

/// Nothing that labs stores holds the number: not the tables, not the journal's public or private part.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_number_is_kept() {
    const NUMBER: &str = "ZY99887766";
    let world = World::new(Db::sqlite().unwrap()).await;
    world.sends(&[Said::by_number(NUMBER, TAKEN, &two()).order("o1")]).await;
    world.link("P-001", NUMBER).await.unwrap();
    world.sends(&[Said::by_number(NUMBER, "2026-04-02T01:00:00Z", &two()).order("o2")]).await;
    let stored = stored(&world.db, "labs");
    assert!(
        stored.contains("ReportQuarantined") && stored.contains("SubjectLinked"),
        "what is stored is read"
    );
    assert!(!stored.contains(NUMBER), "the number is kept somewhere");
}

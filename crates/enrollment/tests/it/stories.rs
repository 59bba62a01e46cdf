//! Failure stories of other trials and systems, each as a test that ours ends otherwise.

use holdpoint_api::common::v1::{Act, Role as PbRole, Value};
use holdpoint_api::enrollment::v1 as pb;
use holdpoint_chassis::error::{code_of, detail_of};
use holdpoint_chassis::identity::Role;
use holdpoint_journal::Chain;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::house::{House, TRIAL, on_both_databases, small_file_of, small_trial_file};
use crate::person::{Person, code, number, word, yes};

on_both_databases!(
    story_4_nobody_is_allocated_before_consent_and_an_edited_consent_keeps_its_old_value,
    story_4_a_registration_in_error_is_voided_before_the_allocation_and_never_deleted_after,
    story_6_there_is_no_waiver,
    story_7_random_wrong_input_ends_as_a_refusal_and_leaves_nothing,
    story_14_a_blinded_role_sees_no_arm,
    story_16_only_a_delegated_role_allocates_and_a_replay_allocates_nobody,
    story_19_the_same_number_however_typed_is_refused_and_a_likely_second_allocation_is_marked,
    story_34_a_mandatory_amendment_behind_an_optional_one_blocks,
    a_report_can_see_that_who_was_allocated_had_consented_and_was_eligible,
);

async fn story_4_nobody_is_allocated_before_consent_and_an_edited_consent_keeps_its_old_value(house: House) {
    let gao = house.small_trial().await;
    gao.screen("P-001").await.unwrap();
    assert_eq!(code(gao.randomize("P-001", 1).await), "ENR-0022");
    gao.consent("P-001", "2026-02-27").await.unwrap();
    gao.fact_at("P-001", "kps", number("80", ""), "2026-02-28T09:00:00+08:00", true).await.unwrap();
    assert_eq!(code(gao.correct_consent("P-001", "2026-03-01", "").await), "ENR-0009", "it needs a reason");
    gao.correct_consent("P-001", "2026-03-01", "the form is dated 1 March").await.unwrap();
    let consents = gao.subject("P-001").await.consents;
    let told: Vec<_> = consents.iter().map(|each| (each.date.as_str(), each.corrected)).collect();
    assert_eq!(told, [("2026-02-27", true), ("2026-03-01", false)]);
    assert_eq!(gao.flags().await, [("order-of-consent".to_owned(), "P-001".to_owned())]);
    let later = gao.fact_at("P-001", "kps", number("80", ""), "2026-02-28T10:00:00+08:00", true).await;
    assert_eq!(code(later), "ENR-0020", "the corrected date is the one that counts");
    gao.correct_consent("P-001", "2026-02-28", "28 February after all").await.unwrap();
    assert!(gao.flags().await.is_empty());
    gao.allocate("P-001").await.unwrap();
    gao.correct_consent("P-001", "2026-03-02", "signed on 2 March").await.unwrap();
    assert_eq!(gao.flags().await.len(), 1, "after the allocation the order is looked at as well");
    let told: Vec<pb::ConsentRecorded> = house.events_of("ConsentRecorded").await;
    assert_eq!(told.iter().filter(|each| each.corrects).count(), 3);
}

async fn story_4_a_registration_in_error_is_voided_before_the_allocation_and_never_deleted_after(
    house: House,
) {
    let gao = house.small_trial().await;
    gao.ready("P-001").await;
    assert_eq!(code(gao.fail_screening("P-001", " ").await), "ENR-0009");
    gao.fail_screening("P-001", "entered under the wrong trial").await.unwrap();
    assert_eq!(gao.subject("P-001").await.state, "screen-failed");
    assert_eq!(code(gao.randomize("P-001", 1).await), "ENR-0022");
    gao.ready("P-002").await;
    gao.randomize("P-002", 1).await.unwrap();
    assert_eq!(code(gao.fail_screening("P-002", "entered in error").await), "ENR-0022", "its place stays");
    let failed: Vec<pb::ScreenFailed> = house.events_of("ScreenFailed").await;
    assert_eq!((failed.len(), failed[0].why.as_str()), (1, "screen-failure"));
}

async fn story_6_there_is_no_waiver(house: House) {
    let gao = house.whole_trial().await;
    gao.ready("P-001").await;
    gao.fact("P-001", "kps", number("60", "")).await.unwrap();
    assert_eq!(
        code(gao.attest("P-001", "include.performance", true).await),
        "ENR-0025",
        "no word makes it true"
    );
    assert_eq!(code(gao.attest("P-001", "include.consent", true).await), "ENR-0025");
    let act = gao.act_because("the monitor allows it, by telephone");
    let request = pb::RandomizeRequest {
        act,
        trial: TRIAL.into(),
        subject: "P-001".into(),
        attempt: 1,
        ..Default::default()
    };
    let refused = gao.client().randomize(request).await.unwrap_err();
    let detail = detail_of(&refused).unwrap();
    assert_eq!(detail.code, "ENR-0026");
    let performance = detail.fields.iter().find(|field| field.field == "include.performance").unwrap();
    assert_eq!(performance.found, "false", "{performance:?}");
    assert_eq!(gao.list().await.used, 0);
}

/// Every wrong word ends as a refusal with a code, never as a fault, and the journal has at most the refused act more.
async fn story_7_random_wrong_input_ends_as_a_refusal_and_leaves_nothing(house: House) {
    let gao = house.whole_trial().await;
    gao.ready("P-001").await;
    let chain = Chain::trial(TRIAL);
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let mut refusals = 0;
    for turn in 0..150 {
        let before = house.store.head(&chain).await.unwrap().number;
        let answer = wrong_act(&gao, &mut rng).await;
        let after = house.store.head(&chain).await.unwrap().number;
        let Err(status) = answer else { continue };
        assert_ne!(status.code(), tonic::Code::Internal, "turn {turn}: {status:?}");
        assert!(code_of(&status).is_some(), "turn {turn}: {status:?}");
        assert!(after - before <= 1, "turn {turn} left {} rows: {status:?}", after - before);
        if after > before {
            let (kind, _) = house.events().await.pop().unwrap();
            assert_eq!(kind, "holdpoint.journal.v1.ActRefused", "turn {turn}");
        }
        refusals += 1;
    }
    assert!(refusals > 100, "most of it was wrong: {refusals}");
    assert_eq!(gao.list().await.used, 0, "nobody was allocated by accident");
    assert_eq!(gao.subject("P-001").await.state, "consented");
}

/// One act with something wrong in it, as a tired hand or a broken program would send it.
async fn wrong_act(gao: &Person, rng: &mut ChaCha20Rng) -> Result<(), tonic::Status> {
    let any = |rng: &mut ChaCha20Rng, of: &[&str]| of[rng.next_u32() as usize % of.len()].to_owned();
    let subject = any(rng, &["P-001", "P-404", "", "P 001", "p-001\u{0}", "'; DROP TABLE subject; --"]);
    let date = any(rng, &["2026-13-01", "2026-03-03", "01.03.2026", "", "9999-12-31", "2026-02-30"]);
    let fact = any(rng, &["kps", "shoe-size", "", "age", "grade", "platelets"]);
    let event = any(rng, &["dose", "pgf", "moonrise", "", "randomization", "cytopenia"]);
    let criterion = any(rng, &["include.age", "organs", "", "exclude.nothing", "event.pgf"]);
    let value = wrong_value(rng);
    let attempt = [0, 1, u32::MAX][rng.next_u32() as usize % 3];
    match rng.next_u32() % 9 {
        0 => gao.randomize(&subject, attempt).await.map(drop),
        1 => gao.randomize_naming(&subject, "msc", &event).await.map(drop),
        2 => gao.consent(&subject, &date).await.map(drop),
        3 => gao.fact(&subject, &fact, value).await.map(drop),
        4 => gao.milestone(&subject, &event, &date).await.map(drop),
        5 => gao.attest(&subject, &criterion, true).await.map(drop),
        6 => gao.acknowledge(&subject, &event).await.map(drop),
        7 => gao.discontinue(&subject, &criterion).await.map(drop),
        _ => gao.confirm_event(&subject, &event).await.map(drop),
    }
}

fn wrong_value(rng: &mut ChaCha20Rng) -> Value {
    match rng.next_u32() % 7 {
        0 => number("NaN", ""),
        1 => number("1e400", "e9/L"),
        2 => number("-5", "kg"),
        3 => number("75", ""),
        4 => word("\u{202e}sdrawkcab"),
        5 => yes(true),
        _ => Value::default(),
    }
}

const ARMS: [&str; 4] = ["intraspinal", "intrathecal", "placebo", "saline"];

async fn story_14_a_blinded_role_sees_no_arm(house: House) {
    let trial = "nct01254539";
    let gao = house.in_force(small_file_of(trial)).await;
    gao.delegate("cora", PbRole::Coordinator).await.unwrap();
    gao.delegate("iris", PbRole::Auditor).await.unwrap();
    let cora = house.person("cora", &[Role::Coordinator]).in_trial(trial);
    let iris = house.person("iris", &[Role::Auditor]).in_trial(trial);
    let mut seen = String::new();
    for n in 1..=6 {
        let subject = format!("P-{n:03}");
        cora.ready(&subject).await;
        let shown = cora.randomize(&subject, 1).await.unwrap();
        assert!(shown.arm.is_empty() && shown.arm_sealed);
        seen.push_str(&format!("{shown:?}"));
        seen.push_str(&format!("{:?}", cora.randomize(&subject, 1).await.unwrap_err()));
        seen.push_str(&format!("{:?}", cora.randomize(&subject, 2).await.unwrap_err()));
        cora.acknowledge(&subject, &shown.permit).await.unwrap();
        let record = gao.randomize_again(&subject, 2, "lost the paper").await.unwrap();
        assert!(record.record_only && record.arm.is_empty());
        for person in [&gao, &cora] {
            let view = person.subject(&subject).await;
            assert!(view.arm_sealed && view.arm.is_empty(), "{view:?}");
            seen.push_str(&format!("{view:?}"));
            seen.push_str(&format!("{:?}", person.list().await));
            seen.push_str(&format!("{:?}", person.flags().await));
        }
        assert!(ARMS.contains(&iris.subject(&subject).await.arm.as_str()), "who verifies sees it");
    }
    let listed = pb::ListSubjectsRequest { trial: trial.into(), page: None };
    seen.push_str(&format!("{:?}", cora.client().list_subjects(listed).await.unwrap().into_inner()));
    seen.push_str(&format!("{:?}", cora.assess("P-001", "randomization").await.unwrap()));
    for arm in ARMS {
        assert!(!seen.contains(arm), "{arm} is seen by a blinded role");
    }
    for (kind, data) in house.events_in(trial).await {
        let about_one = !kind.ends_with("ProtocolActivated") && !kind.ends_with("SubjectRandomized");
        let text = String::from_utf8_lossy(&data).into_owned();
        assert!(!about_one || ARMS.iter().all(|arm| !text.contains(arm)), "{kind} tells an arm");
    }
    let asked = house.safety.asked();
    assert!(asked.iter().all(|ask| ask.possible_arms.len() == 3), "nor does the ask for a permit");
}

async fn story_16_only_a_delegated_role_allocates_and_a_replay_allocates_nobody(house: House) {
    let gao = house.small_trial().await;
    gao.ready("P-001").await;
    for role in
        [Role::BedsideNurse, Role::Statistician, Role::Auditor, Role::Administrator, Role::SafetyOfficer]
    {
        let person = house.person("ann", &[role]);
        let refused = person.randomize("P-001", 1).await.unwrap_err();
        assert_eq!(refused.code(), tonic::Code::PermissionDenied, "{role}");
    }
    let undelegated = house.person("eve", &[Role::Coordinator]);
    assert_eq!(undelegated.randomize("P-001", 1).await.unwrap_err().code(), tonic::Code::PermissionDenied);
    let request = pb::RandomizeRequest {
        act: Some(Act { request_id: "replayed".into(), reason: String::new() }),
        trial: TRIAL.into(),
        subject: "P-001".into(),
        attempt: 1,
        ..Default::default()
    };
    let nobody = house.nobody().randomize(request.clone()).await.unwrap_err();
    assert_eq!(nobody.code(), tonic::Code::Unauthenticated);
    assert!(house.safety.asked().is_empty());
    let shown = gao.client().randomize(request.clone()).await.unwrap().into_inner();
    for _ in 0..5 {
        assert_eq!(code(gao.client().randomize(request.clone()).await.map(drop)), "ENR-0030");
    }
    gao.acknowledge("P-001", &shown.permit).await.unwrap();
    let record = gao.client().randomize(request).await.unwrap().into_inner();
    assert_eq!((record.record_only, record.permit), (true, shown.permit), "the record of it, no second one");
    assert_eq!((gao.list().await.used, house.safety.asked().len()), (1, 1));
}

async fn story_19_the_same_number_however_typed_is_refused_and_a_likely_second_allocation_is_marked(
    house: House,
) {
    let gao = house.small_trial().await;
    gao.ready("P-001").await;
    gao.allocate("P-001").await.unwrap();
    for typed in ["hn-p-001", " HN P 001 ", "Hn.P.001", "ＨＮ－Ｐ－００１"] {
        let twice = pb::ScreenSubjectRequest { hospital_number: typed.into(), ..gao.screening("P-002") };
        let because = pb::ScreenSubjectRequest { act: gao.act_because("another person"), ..twice.clone() };
        for request in [twice, because] {
            assert_eq!(code(gao.client().screen_subject(request).await.map(drop)), "ENR-0018", "{typed}");
        }
    }
    let typo = pb::ScreenSubjectRequest {
        hospital_number: "HN-P-0O1".into(),
        initials: "XP001".into(),
        act: gao.act_because("a twin, seen together"),
        ..gao.screening("P-003")
    };
    gao.client().screen_subject(typo).await.unwrap();
    gao.consent("P-003", "2026-03-01").await.unwrap();
    assert!(gao.flags().await.is_empty());
    gao.allocate("P-003").await.unwrap();
    assert_eq!(gao.flags().await, [("like-patient".to_owned(), "P-003".to_owned())]);
    let marked = gao.subject("P-003").await;
    assert_eq!(
        (marked.state.as_str(), marked.like),
        ("randomized", vec!["P-001".to_owned()]),
        "kept and marked"
    );
    assert_eq!(gao.list().await.used, 2);
}

/// The small trial in a further version.
fn amended(version: &str, replaces: &str, substantial: bool) -> String {
    let file = small_trial_file().replace("version = \"1.0\"", &format!("version = \"{version}\""));
    let amendment = format!(
        "[amendment]\nref = \"9.3\"\nreplaces = \"{replaces}\"\nreason = \"x\"\nsections = []\nsubstantial = {substantial}\n\n[study]"
    );
    file.replacen("[study]", &amendment, 1)
}

async fn story_34_a_mandatory_amendment_behind_an_optional_one_blocks(house: House) {
    let gao = house.small_trial().await;
    for subject in ["P-001", "P-002", "P-003"] {
        gao.ready(subject).await;
    }
    gao.allocate("P-001").await.unwrap();
    house.amended(amended("1.1", "1.0", false)).await;
    gao.allocate("P-002").await.unwrap();
    assert!(gao.flags().await.is_empty(), "an optional amendment asks nothing of who consented before");
    house.amended(amended("1.2", "1.1", true)).await;
    let due: Vec<_> =
        ["P-001", "P-002", "P-003"].map(|subject| ("consent-due".to_owned(), subject.to_owned())).into();
    assert_eq!(gao.flags().await, due, "everybody in the study is shown");
    assert_eq!(code(gao.randomize("P-003", 1).await), "ENR-0043");
    assert_eq!(gao.subject("P-003").await.consent_due_to, "1.2");
    let optional = pb::RecordConsentRequest {
        act: gao.act(),
        trial: TRIAL.into(),
        subject: "P-003".into(),
        date: "2026-03-02".into(),
        version: "1.1".into(),
        documents: vec!["informed-consent-form".into(), "screening-form".into()],
        corrects: false,
    };
    gao.client().record_consent(optional).await.unwrap();
    assert_eq!(code(gao.randomize("P-003", 1).await), "ENR-0043", "the optional one hides nothing");
    gao.consent("P-003", "2026-03-02").await.unwrap();
    assert_eq!(gao.subject("P-003").await.protocol_version, "1.2");
    assert_eq!(gao.flags().await, due[..2]);
    gao.allocate("P-003").await.unwrap();
}

async fn a_report_can_see_that_who_was_allocated_had_consented_and_was_eligible(house: House) {
    let gao = house.small_trial().await;
    gao.ready("P-001").await;
    assert!(gao.subject("P-001").await.allocation.is_none());
    gao.allocate("P-001").await.unwrap();
    let subject = gao.subject("P-001").await;
    let allocation = subject.allocation.unwrap();
    let protocol = allocation.protocol.unwrap();
    assert!(allocation.eligible && !allocation.criteria.is_empty());
    assert_eq!((protocol.version.as_str(), protocol.digest.len()), ("1.0", 64));
    assert_eq!(subject.consents[0].protocol.as_ref().unwrap().digest, protocol.digest);
    assert_eq!(allocation.consent_date, subject.consents[0].date);
    assert_eq!(subject.consents[0].documents, ["informed-consent-form", "screening-form"]);
    assert_eq!(allocation.permit, house.safety.given("P-001"));
    assert!(allocation.randomized_at.is_some() && allocation.judged_at.is_some());
}

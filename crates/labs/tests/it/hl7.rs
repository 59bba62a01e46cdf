//! Messages of HL7 through the same command as reports: F26 to F30 of the reliability plan, and what is kept of a message.

use holdpoint_api::labs::v1 as pb;
use holdpoint_api::labs::v1::labs_server::Labs as _;
use holdpoint_api::labs::v1::{Acknowledgment, Outcome};
use holdpoint_journal::Chain;
use holdpoint_labs::domain::message::Message;

use crate::support::messages::{count, merge, obr, pid, platelets, results};
use crate::support::{Analyte, Db, Doer, FEED, Said, TRIAL, World, on_both_databases, stored};

on_both_databases!(
    f26_what_can_not_be_read_is_answered_and_the_stream_goes_on,
    f27_a_resend_is_answered_the_same_and_counts_once,
    f28_any_order_of_words_ends_the_same,
    f29_units_and_values_are_read_or_wait,
    f30_a_merge_moves_the_number,
    f30_a_merge_that_brings_two_subjects_together_makes_them_wait,
    f30_a_merge_reaches_no_farther_than_its_feed,
    f30_nobody_is_made_of_an_unknown_number,
    a_message_and_a_report_meet_in_one_result,
    story30_each_word_is_graded_with_a_line_that_says_why,
    quality_control_is_kept_and_counts_nothing,
    a_code_of_the_trial_is_enough,
    an_unregistered_feed_is_rejected,
    a_feeds_health_is_told,
);

async fn f26_what_can_not_be_read_is_answered_and_the_stream_goes_on(world: World) {
    world.link("P-001", "ZY1").await.unwrap();
    let bad = |control: &str| {
        results(control, &["PID|1||ZY1||||Aug 15, 1942|F", &obr("F1", 20), &platelets("12", "10*9/L", 'F')])
    };
    let utf16: Vec<u8> = "MSH|^~\\&|A".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let answers = world
        .messages(&[
            b"PID|1||ZY1".to_vec(),
            b"MSH|~\\&|LIS||||20260401||ORU^R01|C1|P|2.4\rPID|1".to_vec(),
            bad("C2"),
            utf16,
            results("C3", &[&pid("ZY1"), &platelets("12", "10*9/L", 'F')]),
            [results("C4", &[]), results("C5", &[])].join(&b'\r'),
            results(
                "C6",
                &[
                    &pid("ZY1"),
                    &obr("F1", 20),
                    "OBX|1|NM|777-3^^LN||5|10*9/L|||||F",
                    "OBX|2|XX|751-8^^LN||5||||||F",
                ],
            ),
            count("C7", "ZY1", "F2", "12"),
        ])
        .await;
    let said: Vec<_> = answers.iter().map(|one| (one.acknowledgment(), control_of(one))).collect();
    let error = Acknowledgment::Error;
    let id = |text: &str| text.to_owned();
    assert_eq!(
        said,
        [
            (error, id("")),
            (error, id("C1")),
            (error, id("C2")),
            (error, id("")),
            (error, id("C3")),
            (error, id("C4")),
            (error, id("C6")),
            (Acknowledgment::Accept, id("C7")),
        ]
    );
    let partly = &answers[6].findings;
    assert_eq!(partly.iter().map(|one| one.place.as_str()).collect::<Vec<_>>(), ["OBX[1]", "OBX[2]"]);
    let outcomes: Vec<_> = partly.iter().map(|one| one.outcome.as_ref().unwrap().outcome()).collect();
    assert_eq!(outcomes, [Outcome::Accepted, Outcome::Refused], "what can be read is taken");
    assert_eq!(world.results("P-001").await.len(), 2);
}

/// MSA-2 of an answer.
fn control_of(answer: &pb::IngestHl7Response) -> String {
    let text = String::from_utf8(answer.answer.clone()).unwrap();
    let msa = text.split('\r').find(|line| line.starts_with("MSA")).unwrap().to_owned();
    msa.split('|').nth(2).unwrap_or_default().to_owned()
}

async fn f27_a_resend_is_answered_the_same_and_counts_once(world: World) {
    world.link("P-001", "ZY1").await.unwrap();
    let sent = count("C1", "ZY1", "F1", "12");
    let first = world.message(&sent).await;
    assert_eq!((first.acknowledgment(), first.repeated_message), (Acknowledgment::Accept, false));
    world.civil.advance(std::time::Duration::from_secs(9_000 * 3_600));
    for again in world.messages(&[sent.clone(), sent.clone(), sent]).await {
        assert!(again.repeated_message);
        assert_eq!((again.answer, again.findings), (first.answer.clone(), first.findings.clone()));
    }
    assert_eq!(world.counts().await, [1, 0, 0, 0, 0]);
    let otherwise = world.message(&count("C2", "ZY1", "F1", "12")).await;
    assert_eq!(outcome(&otherwise), Outcome::Duplicate, "the same word in another message");
    let anew = world.message(&count("C1", "ZY1", "F9", "14")).await;
    assert_eq!(outcome(&anew), Outcome::Accepted, "an analyzer that counts anew loses nothing");
    assert_eq!(world.results("P-001").await.len(), 2);
}

fn outcome(answer: &pb::IngestHl7Response) -> Outcome {
    answer.findings[0].outcome.as_ref().unwrap().outcome()
}

async fn f28_any_order_of_words_ends_the_same(world: World) {
    world.link("P-001", "ZY1").await.unwrap();
    let said = |control: &str, order: &str, value: &str, status: char, minute: u8| {
        results(control, &[&pid("ZY1"), &obr(order, minute), &platelets(value, "10*9/L", status)])
    };
    let orders = [[0, 1, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1], [0, 2, 1], [1, 0, 2]];
    for (number, places) in orders.iter().enumerate() {
        let order = format!("F{number}");
        let words = [("10", 'P', 10), ("11", 'F', 20), ("15", 'C', 30)];
        for place in places {
            let (value, status, minute) = words[*place];
            world.message(&said(&format!("{order}-{place}"), &order, value, status, minute)).await;
        }
    }
    for view in world.results("P-001").await {
        let standing = view.standing.unwrap();
        assert!(format!("{:?}", standing.value).contains("\"15\""), "{standing:?}");
        assert_eq!(view.versions.len(), 3, "the chain is visible");
    }
    world.message(&said("w", "F0", "15", 'W', 40)).await;
    let voids =
        world.results("P-001").await.iter().filter(|view| view.standing.as_ref().unwrap().void).count();
    assert_eq!(voids, 1);
}

async fn f29_units_and_values_are_read_or_wait(world: World) {
    world.link("P-001", "ZY1").await.unwrap();
    for (number, (value, unit, expected, why)) in [
        ("0.5", "10*9/L", Outcome::Accepted, ""),
        ("500", "/uL", Outcome::Accepted, ""),
        ("<0.1", "10*9/L", Outcome::Accepted, ""),
        ("*****", "10*9/L", Outcome::Accepted, ""),
        ("12,5", "10*9/L", Outcome::Accepted, ""),
        ("NaN", "", Outcome::Accepted, ""),
        ("12", "", Outcome::Quarantined, "unit missing"),
        ("12", "g/L", Outcome::Quarantined, "unit not allowed"),
        ("99999", "10*9/L", Outcome::Quarantined, "implausible value"),
    ]
    .into_iter()
    .enumerate()
    {
        let order = format!("F{number}");
        let sent = results(&order, &[&pid("ZY1"), &obr(&order, 20), &platelets(value, unit, 'F')]);
        let answer = world.message(&sent).await;
        assert_eq!(
            (answer.acknowledgment(), outcome(&answer)),
            (Acknowledgment::Accept, expected),
            "{value} {unit}"
        );
        assert!(answer.findings[0].outcome.as_ref().unwrap().reason.starts_with(why));
    }
    let gram = "OBX|1|NM|718-7^HGB^LN||12.5|g/mL|115-150||||F";
    let answer = world.message(&results("gram", &[&pid("ZY1"), &obr("gram", 20), gram])).await;
    assert_eq!(outcome(&answer), Outcome::Quarantined);
    let views = world.results("P-001").await;
    let zero = views.iter().filter(|view| format!("{:?}", view.standing).contains("\"0\"")).count();
    assert_eq!((views.len(), zero), (6, 0), "never 0");
    let words = views.iter().filter(|view| view.standing.as_ref().unwrap().unquantified).count();
    assert_eq!(words, 4, "kept as they were printed, and no number");
}

async fn f30_a_merge_moves_the_number(world: World) {
    world.link("P-001", "ZY2").await.unwrap();
    let waits = world.message(&count("C1", "ZY1", "F1", "12")).await;
    assert_eq!(outcome(&waits), Outcome::Quarantined, "nobody is linked to it");
    let merged = world.message(&merge("A1", "ZY1", "ZY2")).await;
    assert_eq!((merged.acknowledgment(), merged.purpose.as_str()), (Acknowledgment::Accept, "merge"));
    assert!(world.quarantine().await.is_empty(), "what waited is taken up");
    for (control, number) in [("C2", "ZY1"), ("C3", "ZY2")] {
        let answer = world.message(&count(control, number, control, "13")).await;
        assert_eq!(outcome(&answer), Outcome::Accepted, "{number} is the subject's, also late");
    }
    assert_eq!(world.results("P-001").await.len(), 3);
    world.message(&merge("A2", "ZY0", "ZY1")).await;
    assert_eq!(
        outcome(&world.message(&count("C4", "ZY2", "F4", "13")).await),
        Outcome::Accepted,
        "two steps"
    );
    let rows = world.service.ctx.store.rows(&Chain::trial(TRIAL), 0, 10_000).await.unwrap();
    let kinds = rows.iter().map(|row| row.envelope().unwrap().r#type);
    assert_eq!(kinds.filter(|kind| kind.ends_with("NumberMerged")).count(), 2, "each has its row");
    world.link("P-002", "ZY8").await.unwrap();
    world.message(&merge("A3", "ZY9", "ZY8")).await;
    assert_eq!(world.link("P-002", "ZY8").await.unwrap(), 0, "a chart with the old number finds the new one");
    assert_eq!(outcome(&world.message(&count("C5", "ZY9", "F5", "13")).await), Outcome::Accepted);
}

async fn f30_a_merge_that_brings_two_subjects_together_makes_them_wait(world: World) {
    world.link("P-001", "ZY1").await.unwrap();
    world.link("P-002", "ZY2").await.unwrap();
    world.message(&merge("A1", "ZY1", "ZY2")).await;
    let answer = world.message(&count("C1", "ZY2", "F1", "12")).await;
    assert!(answer.findings[0].outcome.as_ref().unwrap().reason.starts_with("two candidates"));
    world.message(&merge("A2", "ZY2", "ZY1")).await;
    assert!(world.results("P-001").await.is_empty() && world.results("P-002").await.is_empty());
    assert_eq!(world.quarantine().await.len(), 1, "a person decides");
}

async fn f30_a_merge_reaches_no_farther_than_its_feed(world: World) {
    world.link("P-001", "ZY2").await.unwrap();
    world.register("lis-other", &["pgf-msc/bj1"]).await.unwrap();
    let merged = world.messages_of("lis-other", &[merge("A1", "ZY1", "ZY2")]).await;
    assert_eq!(merged[0].acknowledgment(), Acknowledgment::Accept);
    let own = world.message(&count("C1", "ZY2", "F1", "12")).await;
    assert_eq!(outcome(&own), Outcome::Accepted, "another hospital's numbers are its own");
}

async fn f30_nobody_is_made_of_an_unknown_number(world: World) {
    let nobody = results("C1", &[&obr("F1", 20), &platelets("12", "10*9/L", 'F')]);
    let unknown = count("C2", "ZY77", "F2", "12");
    let male = count("C3", "ZY1", "F3", "12");
    let male = String::from_utf8(male).unwrap().replace("|19800102|F", "|19800102|M").into_bytes();
    world.link("P-001", "ZY1").await.unwrap();
    let answers = world.messages(&[nobody, unknown, male]).await;
    for (answer, why) in answers.iter().zip(["unknown subject", "unknown subject", "sex disagrees"]) {
        assert_eq!(answer.acknowledgment(), Acknowledgment::Accept, "it is kept, and waits");
        assert!(answer.findings[0].outcome.as_ref().unwrap().reason.starts_with(why), "{answer:?}");
    }
    assert_eq!(world.quarantine().await.len(), 3);
    assert!(world.results("P-001").await.is_empty());
}

async fn a_message_and_a_report_meet_in_one_result(world: World) {
    world.link("P-001", "ZY1").await.unwrap();
    let mut said = Said::by_number("ZY1", "2026-04-01T01:00:00Z", &[Analyte::platelets("12")]).order("F1");
    said.report.specimen = String::new();
    assert_eq!(world.says(said.issued("2026-04-01T01:20:00Z")).await.outcome(), Outcome::Accepted);
    let again =
        results("C1", &[&pid("ZY1"), &obr("F1", 20), "OBX|1|NM|777-3^PLT^LN||12|10*9/L|125-350||||F"]);
    assert_eq!(outcome(&world.message(&again).await), Outcome::Duplicate, "one path, one result");
}

async fn story30_each_word_is_graded_with_a_line_that_says_why(world: World) {
    world.link("P-001", "ZY1").await.unwrap();
    for (number, (value, expected)) in [
        ("12", "CTCAE 5.0, Platelet count decreased, grade 4: 12 e9/L is below 25"),
        ("<0.1", "CTCAE 5.0, Platelet count decreased, grade 4 at least: <0.1 10*9/L"),
        ("<500", "CTCAE 5.0, Platelet count decreased, not gradable: <500 10*9/L may as well be normal"),
        ("*****", "CTCAE 5.0, Platelet count decreased, not gradable: the laboratory printed no number"),
    ]
    .into_iter()
    .enumerate()
    {
        let order = format!("F{number}");
        world
            .message(&results(&order, &[&pid("ZY1"), &obr(&order, 20), &platelets(value, "10*9/L", 'F')]))
            .await;
        let views = world.results("P-001").await;
        let version = views.iter().flat_map(|view| &view.versions).find(|version| version.value == value);
        let grades = &version.unwrap().grades;
        let [grade] = grades.as_slice() else { panic!("{grades:?}") };
        assert!(grade.because.starts_with(expected), "{}", grade.because);
        assert_eq!((grade.gradable, grade.scale.as_str()), (!expected.contains("not gradable"), "CTCAE 5.0"));
    }
}

async fn quality_control_is_kept_and_counts_nothing(world: World) {
    world.link("P-001", "ZY1").await.unwrap();
    let control = String::from_utf8(count("C1", "ZY1", "F1", "200")).unwrap();
    let control = control.replace("LIS|XQ", "Mindray|BC").replace("|P|2.5.1", "|P|2.5.1||||2");
    let answer = world.message(control.as_bytes()).await;
    assert_eq!(
        (answer.acknowledgment(), answer.purpose.as_str()),
        (Acknowledgment::Accept, "quality-control")
    );
    assert!(answer.findings.is_empty() && world.results("P-001").await.is_empty());
    assert_eq!(world.counts().await, [0; 5]);
    let kept = world.service.ctx.store.get::<Message>(&answer.message).await.unwrap().unwrap();
    assert!(kept.text.contains("|200|10*9/L|"), "recorded: {}", kept.text);
}

async fn a_code_of_the_trial_is_enough(world: World) {
    let by_code = "PID|1||P-001^^^pgf-msc^ANON||||1980|F";
    let answer =
        world.message(&results("C1", &[by_code, &obr("F1", 20), &platelets("12", "10*9/L", 'F')])).await;
    assert_eq!(outcome(&answer), Outcome::Accepted);
    assert_eq!(world.stands("P-001").await, "12");
}

async fn an_unregistered_feed_is_rejected(world: World) {
    let answers = world.messages_of("lis-nobody", &[count("C1", "ZY1", "F1", "12")]).await;
    assert_eq!(
        (answers[0].acknowledgment(), control_of(&answers[0])),
        (Acknowledgment::Reject, "C1".to_owned())
    );
    assert!(String::from_utf8_lossy(&answers[0].answer).contains("is not registered"));
}

async fn a_feeds_health_is_told(world: World) {
    world.link("P-001", "ZY1").await.unwrap();
    world
        .messages(&[count("C1", "ZY1", "F1", "12"), b"MSH|x".to_vec(), count("C1", "ZY1", "F1", "12")])
        .await;
    let request = pb::GetFeedHealthRequest { trial: TRIAL.to_owned() };
    let told = world.rpc.get_feed_health(world.request(Doer::Coordinator, request.clone())).await.unwrap();
    let feeds = told.into_inner().feeds;
    let [feed] = feeds.as_slice() else { panic!("{feeds:?}") };
    assert_eq!((feed.feed.as_str(), feed.accepted, feed.errors, feed.repeated), (FEED, 1, 1, 1));
    assert!(feed.last_refused.starts_with("MSH[1]") && !feed.silent && feed.usual_silence.is_none());
    let refused = world.rpc.get_feed_health(world.request(Doer::Stranger, request)).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::PermissionDenied);
}

/// Nothing of the person is in the database after messages, merges and links.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_of_a_message_names_nobody() {
    let world = World::new(Db::sqlite().unwrap()).await;
    world.link("P-001", "ZY1004477").await.unwrap();
    world.message(&count("C1", "ZY1004477", "F1", "12")).await;
    world.message(&count("C2", "ZY1004478", "F2", "12")).await;
    world.message(&merge("A1", "ZY1004477", "ZY1004478")).await;
    let text = stored(&world.db, "labs");
    assert!(text.contains("777-3"), "there is something to be seen");
    for hidden in ["ZY100447", "张三", "19800102"] {
        assert!(!text.contains(hidden), "{hidden}");
    }
}

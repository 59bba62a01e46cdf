//! Five hundred invented people go through everything that takes a name, a birth date or a hospital number, rightly and wrongly, and
//! every rpc is asked with such words in every field: nothing of them is in a log, a trace, a figure, an event, or the words of a
//! refusal of a personal field. reliability.md A8.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use futures::StreamExt as _;
use holdpoint::client::Person;
use holdpoint_api::enrollment::v1::*;
use holdpoint_api::labs::v1::*;
use holdpoint_api::{DESCRIPTOR, METHODS};
use holdpoint_chassis::clock::MachineClock;
use holdpoint_chassis::identity::Role;
use holdpoint_chassis::ids::Ids;
use holdpoint_system_tests::collector::Collector;
use holdpoint_system_tests::house::{Plan, SERVICES, free_ports};
use holdpoint_system_tests::journal::Database;
use holdpoint_system_tests::play;
use holdpoint_system_tests::raw::unary;
use holdpoint_system_tests::story::{SITE, Story, TRIAL, proto};
use jiff::ToSpan as _;
use jiff::civil::date;
use prost::Message as _;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, FileDescriptorSet};

const PEOPLE: usize = 500;
/// Everything that our own crates say.
const LEVEL: &str = "info,holdpoint_chassis=debug,holdpoint_journal=debug,holdpoint_bus=debug,holdpoint_enrollment=debug,\
                     holdpoint_dosing=debug,holdpoint_safety=debug,holdpoint_labs=debug,holdpoint_followup=debug";
/// People who are gone through beside one another.
const AT_ONCE: usize = 8;
/// An answer that has not come by then is a stream's.
const LEFT: Duration = Duration::from_secs(2);
/// Of requests within requests, so deep.
const DEEP: usize = 4;

/// How each word of a person begins, and how long it is.
const BEGINNINGS: [(&str, usize); 4] = [("1931-", 10), ("1932-", 10), ("CANARY4711", 13), ("QXZ", 5)];

/// One invented person.
struct Invented {
    subject: String,
    birth_date: String,
    hospital_number: String,
    initials: String,
}

impl Invented {
    fn of(number: usize) -> anyhow::Result<Self> {
        let born = date(1931, 1, 1).checked_add(i64::try_from(number)?.days())?;
        let letters: Vec<u8> =
            [number / 26 % 26, number % 26].iter().map(|at| b'A' + u8::try_from(*at).unwrap_or(0)).collect();
        Ok(Self {
            subject: format!("C-{number:04}"),
            birth_date: born.to_string(),
            hospital_number: format!("CANARY4711{number:03}"),
            initials: format!("QXZ{}", String::from_utf8(letters)?),
        })
    }

    fn words(&self) -> [&str; 3] {
        [&self.birth_date, &self.hospital_number, &self.initials]
    }
}

#[test]
fn a8_no_word_of_a_person_leaves_its_place() -> anyhow::Result<()> {
    play(|| nobody_is_told(Plan::EMBEDDED))
}

#[test]
fn a8_no_word_of_a_person_leaves_its_place_on_postgresql_and_nats() -> anyhow::Result<()> {
    play(|| nobody_is_told(Plan::APART))
}

async fn nobody_is_told(plan: Plan) -> anyhow::Result<()> {
    let (collector, address) = Collector::open().await?;
    let ports = free_ports(1)?;
    let port = ports.first();
    let mut told = super::telemetry::told(&address);
    told.push(("HOLDPOINT__TELEMETRY__LEVEL", LEVEL.to_owned()));
    told.push(("HOLDPOINT__TELEMETRY__FORMAT", "json".to_owned()));
    let one_process = plan.kind == Plan::EMBEDDED.kind;
    if one_process {
        told.push(("HOLDPOINT__SERVER__OPERATIONS_PORT", port.to_string()));
    }
    let Some(mut story) = Story::open_told(plan, &told).await? else { return Ok(()) };
    story.set_up().await?;
    story.at("2026-03-10T10:00")?;
    let people = (0..PEOPLE).map(Invented::of).collect::<anyhow::Result<Vec<_>>>()?;
    let laboratory = let_in(&story).await?;
    let mut refusals = String::new();
    let of = &story;
    let through = people.iter().enumerate().map(|(turn, person)| async move {
        go_through(of, turn, person).await.with_context(|| person.subject.clone())
    });
    let mut through = futures::stream::iter(through).buffer_unordered(AT_ONCE);
    while let Some(said) = through.next().await {
        refusals.push_str(&said?);
    }
    drop(through);
    reports(&story, &laboratory, &people, &mut refusals).await?;
    everywhere(&story, &people).await?;
    story.hush().await?;
    let figures = if one_process { super::telemetry::get(port, "metrics").await? } else { String::new() };
    let events = events(&story).await?;
    story.house.stop_all().await?;
    let (logs, traces) = (story.house.logs()?, collector.text());
    ensure!(logs.lines().count() > PEOPLE, "the refusals were logged");
    ensure!(collector.spans().len() > PEOPLE, "the calls were traced");
    ensure!(events.len() > 50_000, "the events were read");
    ensure!(refusals.len() > 10 * PEOPLE, "wrong inputs were refused");
    let places = [
        ("a log", &logs),
        ("a trace", &traces),
        ("a figure", &figures),
        ("an event", &events),
        ("a refusal", &refusals),
    ];
    let words: BTreeMap<&str, &Invented> =
        people.iter().flat_map(|person| person.words().map(|word| (word, person))).collect();
    for word in words.keys() {
        ensure!(first_of(&format!("?{word}?"), &words).is_some(), "{word} would be found");
    }
    for (place, text) in places {
        if let Some((at, word, person)) = first_of(text, &words) {
            let around = text.get(at.saturating_sub(200)..at + 60).unwrap_or("(cut)");
            bail!("{word} of {} is in {place}: {around}", person.subject);
        }
    }
    Ok(())
}

/// The first word of a person in a text, which may be a hundred million signs long: it is gone through once for each beginning.
fn first_of<'a>(
    text: &str,
    words: &BTreeMap<&'a str, &'a Invented>,
) -> Option<(usize, &'a str, &'a Invented)> {
    BEGINNINGS.iter().find_map(|(beginning, length)| {
        text.match_indices(beginning).find_map(|(at, _)| {
            let (word, person) = words.get_key_value(text.get(at..at + length)?)?;
            Some((at, *word, *person))
        })
    })
}

/// The laboratory, whose feed is registered.
async fn let_in(story: &Story) -> anyhow::Result<Person> {
    let laboratory = story.house.desk()?.person("lis", &[Role::LaboratoryFeed])?;
    let admin = &story.people.administrator;
    let request = RegisterFeedRequest {
        act: admin.act("the hospital's laboratory"),
        feed: laboratory.name.clone(),
        name: "Laboratory information system".to_owned(),
        sites: vec![format!("{TRIAL}/{SITE}")],
        time_zone: "Asia/Shanghai".to_owned(),
    };
    admin.labs.clone().register_feed(request).await.context("register the feed")?;
    Ok(laboratory)
}

/// Screened rightly, after one wrong way; linked wrongly in one way, and rightly. The ways are taken in turn, so that a hundred
/// people and more go each.
async fn go_through(story: &Story, turn: usize, person: &Invented) -> anyhow::Result<String> {
    let mut refusals = String::new();
    let coordinator = &story.people.coordinator;
    let right = || ScreenSubjectRequest {
        act: coordinator.act("referred by the ward"),
        trial: TRIAL.to_owned(),
        site: SITE.to_owned(),
        subject: person.subject.clone(),
        date: "2026-03-10".to_owned(),
        birth_date: person.birth_date.clone(),
        sex: "female".to_owned(),
        hospital_number: person.hospital_number.clone(),
        initials: person.initials.clone(),
    };
    let many = |text: &str| text.repeat(100);
    let wrong = [
        ScreenSubjectRequest { birth_date: format!("{} ", person.birth_date.replace('-', "/")), ..right() },
        ScreenSubjectRequest { birth_date: person.hospital_number.clone(), ..right() },
        ScreenSubjectRequest { hospital_number: many(&person.hospital_number), ..right() },
        ScreenSubjectRequest { initials: many(&person.initials), ..right() },
        ScreenSubjectRequest {
            initials: format!("{}\r\n", person.initials),
            site: "elsewhere".to_owned(),
            ..right()
        },
    ];
    let mut enrollment = coordinator.enrollment.clone();
    if let Err(status) = enrollment.screen_subject(wrong[turn % wrong.len()].clone()).await {
        refusals.push_str(&format!("{status:?}\n"));
    }
    // A wrong way may have been a right one; then the right one is refused.
    if let Err(status) = enrollment.screen_subject(right()).await {
        refusals.push_str(&format!("{status:?}\n"));
    }
    let link = |subject: &str, number: &str| LinkSubjectRequest {
        act: coordinator.act("as the ward's list says"),
        trial: TRIAL.to_owned(),
        subject: subject.to_owned(),
        hospital_number: number.to_owned(),
        sex: "female".to_owned(),
        birth_year: 1931,
    };
    let mut labs = coordinator.labs.clone();
    let wrong = [
        ("C-unknown", many(&person.hospital_number)),
        ("C-unknown", person.hospital_number.clone()),
        (person.subject.as_str(), many(&person.hospital_number)),
        (person.subject.as_str(), format!("{}\u{1b}", person.hospital_number)),
    ];
    let (subject, number) = &wrong[turn % wrong.len()];
    for (subject, number) in [(*subject, number), (person.subject.as_str(), &person.hospital_number)] {
        if let Err(status) = labs.link_subject(link(subject, number)).await {
            refusals.push_str(&format!("{status:?}\n"));
        }
    }
    Ok(refusals)
}

/// Results under hospital numbers, with names where a value belongs.
async fn reports(
    story: &Story,
    laboratory: &Person,
    people: &[Invented],
    refusals: &mut String,
) -> anyhow::Result<()> {
    let requests: Vec<IngestResultsRequest> =
        people.iter().map(|person| report(story, laboratory, person)).collect();
    let mut answers =
        laboratory.labs.clone().ingest_results(futures::stream::iter(requests)).await?.into_inner();
    let mut count = 0;
    while let Some(answer) = answers.message().await? {
        count += 1;
        refusals.push_str(&format!("{answer:?}\n"));
    }
    ensure!(count == people.len(), "every report was answered: {count}");
    let request = ListQuarantineRequest { ..Default::default() };
    let listed = story.people.coordinator.labs.clone().list_quarantine(request).await;
    refusals.push_str(&format!("{listed:?}\n"));
    Ok(())
}

fn report(story: &Story, laboratory: &Person, person: &Invented) -> IngestResultsRequest {
    let observation = |code: &str, value: &str| Observation {
        code: code.to_owned(),
        system: "LN".to_owned(),
        value: value.to_owned(),
        unit: "10*9/L".to_owned(),
        status: ResultStatus::Final.into(),
        ..Default::default()
    };
    let patient = Patient {
        hospital_number: person.hospital_number.clone(),
        sex: "female".to_owned(),
        birth_year: 1931,
        ..Default::default()
    };
    let act = laboratory.act("").map(|act| holdpoint_api::common::v1::Act { reason: String::new(), ..act });
    let report = Report {
        message: format!("m-{}", person.subject),
        patient: Some(patient),
        filler_order: format!("o-{}", person.subject),
        specimen: format!("s-{}", person.subject),
        taken_at: proto(story.now()),
        issued_at: proto(story.now()),
        observations: vec![observation("777-3", "42"), observation("777-3", "clotted")],
    };
    IngestResultsRequest { act, report: Some(report) }
}

/// Every rpc, asked by somebody who has every role, with a person's word in every field that takes a text. What it answers goes to
/// the asker alone; what it says elsewhere is looked at.
async fn everywhere(story: &Story, people: &[Invented]) -> anyhow::Result<()> {
    let set = FileDescriptorSet::decode(DESCRIPTOR)?;
    let messages: BTreeMap<String, &DescriptorProto> = set
        .file
        .iter()
        .flat_map(|file| {
            file.message_type
                .iter()
                .map(move |message| (format!("{}.{}", file.package(), message.name()), message))
        })
        .collect();
    let roles = Role::ALL.iter().copied().filter(|role| *role != Role::Service);
    let life = Duration::from_secs(600);
    let token = story.house.issuer()?.issue("canary", roles, life, &MachineClock::new(), &Ids::random())?;
    let addresses = story.house.addresses();
    let mut asked = vec![];
    for (number, method) in METHODS.iter().enumerate() {
        let service = method.path.trim_start_matches("/holdpoint.").split('.').next().unwrap_or_default();
        let places: Vec<&String> = match service {
            "journal" => addresses.values().collect(),
            other => addresses.get(other).into_iter().collect(),
        };
        for (place, address) in places.into_iter().enumerate() {
            let person = &people[(number * SERVICES.len() + place) % people.len()];
            for word in person.words() {
                let body = filled(&messages, method.input, word, DEEP);
                // A stream that goes on is left.
                let token = &token;
                asked.push(async move {
                    tokio::time::timeout(LEFT, unary(address, token, method.path, body)).await
                });
            }
        }
    }
    ensure!(asked.len() > 3 * 80, "every rpc is asked: {}", asked.len());
    futures::stream::iter(asked).for_each_concurrent(AT_ONCE, |answer| async { drop(answer.await) }).await;
    Ok(())
}

/// A message of this type whose every text is the word, encoded.
fn filled(messages: &BTreeMap<String, &DescriptorProto>, name: &str, word: &str, deep: usize) -> Vec<u8> {
    let mut body = vec![];
    let Some(message) = messages.get(name.trim_start_matches('.')).filter(|_| deep > 0) else { return body };
    for field in &message.field {
        let content = match field.r#type() {
            Type::String => word.as_bytes().to_vec(),
            Type::Message if field.label() != Label::Repeated || deep > 1 => {
                filled(messages, field.type_name(), word, deep - 1)
            }
            _ => continue,
        };
        let tag = (u64::try_from(field.number()).unwrap_or_default() << 3) | 2;
        prost::encoding::encode_varint(tag, &mut body);
        prost::encoding::encode_varint(content.len() as u64, &mut body);
        body.extend(content);
    }
    body
}

/// The public part of every row, as its bytes read.
async fn events(story: &Story) -> anyhow::Result<String> {
    let mut all = String::new();
    for service in SERVICES {
        let mut db = Database::open(story.house.store(), service).await?;
        let text =
            format!("SELECT {} FROM journal_row WHERE kind NOT LIKE '%ProtocolActivated'", db.hex("public"));
        for row in db.texts(&text, 1).await? {
            let bytes = hex::decode(row.first().context("a column")?)?;
            all.push_str(&String::from_utf8_lossy(&bytes));
            all.push('\n');
        }
        db.close().await?;
    }
    Ok(all)
}

//! A laboratory's system on the listener and on the folder: what is accepted is committed, what is broken is answered, and
//! nothing is lost or counted twice. reliability.md F26, F27, F30, F31; field.md story 24.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use holdpoint::lis::{Client, Heard};
use holdpoint_api::labs::v1::{CountResultsRequest, LinkSubjectRequest, RegisterFeedRequest, ResultCounts};
use holdpoint_system_tests::house::{PATIENCE, Plan, until};
use holdpoint_system_tests::play;
use holdpoint_system_tests::story::{SITE, Story, TRIAL};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::python::{interpreter, talk};

/// The feed.
pub const FEED: &str = "lis-xinqiao";
/// Of the bus that doubles and shuffles.
const SEED: u64 = 17;

#[test]
fn story24_one_result_of_many_repeats_by_ours_and_by_a_strangers_client() -> anyhow::Result<()> {
    play(|| repeats(Plan::EMBEDDED))
}

#[test]
fn story24_one_result_of_many_repeats_apart_with_every_event_twice_and_shuffled() -> anyhow::Result<()> {
    play(|| repeats(Plan::APART.shuffled(SEED)))
}

#[test]
fn f26_broken_frames_are_answered_and_the_connection_is_kept() -> anyhow::Result<()> {
    play(broken)
}

#[test]
fn f27_accepted_is_never_said_before_the_commit() -> anyhow::Result<()> {
    play(commits)
}

#[test]
fn f31_a_gigabyte_in_one_frame_is_refused_with_memory_flat() -> anyhow::Result<()> {
    play(gigabyte)
}

#[test]
fn a_folder_of_files_is_emptied_and_nothing_is_lost() -> anyhow::Result<()> {
    play(folder)
}

#[test]
fn whoever_is_not_on_the_list_is_turned_away() -> anyhow::Result<()> {
    play(turned_away)
}

/// A story with one subject screened and linked to number H00001, and the feed registered.
pub async fn linked(plan: Plan) -> anyhow::Result<Option<Story>> {
    let Some(mut story) = Story::open(plan).await? else { return Ok(None) };
    story.set_up().await?;
    story.at("2026-03-10T10:00")?;
    story.open_record("P-001", 1).await?;
    story.hush().await?;
    let admin = &story.people.administrator;
    let feed = RegisterFeedRequest {
        act: admin.act("the hospital's laboratory"),
        feed: FEED.to_owned(),
        name: "Laboratory".to_owned(),
        sites: vec![format!("{TRIAL}/{SITE}")],
        time_zone: "Asia/Shanghai".to_owned(),
    };
    admin.labs.clone().register_feed(feed).await.context("register the feed")?;
    let coordinator = &story.people.coordinator;
    let link = LinkSubjectRequest {
        act: coordinator.act("read off the chart"),
        trial: TRIAL.to_owned(),
        subject: "P-001".to_owned(),
        hospital_number: "H00001".to_owned(),
        sex: "F".to_owned(),
        birth_year: 1980,
    };
    coordinator.labs.clone().link_subject(link).await.context("link the subject")?;
    Ok(Some(story))
}

/// One platelet count of the subject.
fn count(control: &str, order: &str, value: &str) -> String {
    [
        &format!("MSH|^~\\&|LIS|XQ|HP|XQ|20260310093000||ORU^R01^ORU_R01|{control}|P|2.5.1"),
        "PID|1||H00001^^^XQ^MR||张三^San||19800102|F",
        &format!("OBR|1||{order}|CBC^血常规|||20260310090000|||||||||||||||20260310092500|||F"),
        &format!("OBX|1|NM|777-3^PLT^LN||{value}|10*9/L|125-350|L|||F"),
    ]
    .join("\r")
}

async fn counts(story: &Story) -> anyhow::Result<ResultCounts> {
    let request = CountResultsRequest { trial: TRIAL.to_owned() };
    Ok(story.people.coordinator.labs.clone().count_results(request).await?.into_inner())
}

fn client(address: &str) -> Client {
    Client::new(address, None, Duration::from_secs(60))
}

fn accepted(control: &str) -> Heard {
    Heard { code: "AA".to_owned(), control: control.to_owned(), errors: vec![] }
}

/// The same message again and again, on several connections, by our client and by python-hl7.
async fn repeats(plan: Plan) -> anyhow::Result<()> {
    let Some(story) = linked(plan).await? else { return Ok(()) };
    let listener = story.house.listener(FEED, &[]).await?;
    let text = count("C1", "F1", "12");
    for _ in 0..2 {
        let mut client = client(&listener.address);
        for _ in 0..3 {
            ensure!(client.send(text.as_bytes(), 1).await? == accepted("C1"));
        }
    }
    ensure!(
        client(&listener.address).send(&encoded(&text), 1).await? == accepted("C1"),
        "the same in GB18030"
    );
    match interpreter() {
        None => println!("skipped: python-hl7; there is no Python environment under target/python"),
        Some(python) => {
            let messages = [
                count("C1", "F1", "12"),
                count("C2", "F2", "13"),
                "MSH|^~\\&|x||||1||ORM^O01|C3|P|2.5".to_owned(),
            ];
            let told = json!({ "address": listener.address, "messages": messages });
            let heard: Value = talk(&python, "laboratory.py", &told).await?;
            ensure!(heard == json!([["AA", "C1"], ["AA", "C2"], ["AR", "C3"]]), "{heard}");
        }
    }
    ensure!(client(&listener.address).send(count("C2", "F2", "13").as_bytes(), 1).await? == accepted("C2"));
    let counts = counts(&story).await?;
    ensure!(
        (counts.accepted, counts.duplicates) == (2, 1),
        "two results, and one word in another charset: {counts:?}"
    );
    let status = story.house.ask(&[
        "lis",
        "status",
        "--trial",
        TRIAL,
        "--principal",
        &story.people.coordinator.name,
        "--keys",
        &story.house.keys(),
        "--port",
        &story.house.first_port().to_string(),
        "--json",
    ])?;
    let status: Value = serde_json::from_str(status.expect_success()?.text.trim())?;
    ensure!(status[0]["feed"] == FEED && status[0]["silent"] == false, "{status}");
    Ok(())
}

/// 张三 and 血常规 as a laboratory in China writes them.
fn encoded(text: &str) -> Vec<u8> {
    let words: [(&str, &[u8]); 2] =
        [("张三", &[0xD5, 0xC5, 0xC8, 0xFD]), ("血常规", &[0xD1, 0xAA, 0xB3, 0xA3, 0xB9, 0xE6])];
    let mut bytes = text.as_bytes().to_vec();
    for (word, gb) in words {
        if let Some(at) = bytes.windows(word.len()).position(|piece| piece == word.as_bytes()) {
            bytes.splice(at..at + word.len(), gb.iter().copied());
        }
    }
    bytes
}

async fn broken() -> anyhow::Result<()> {
    let Some(story) = linked(Plan::EMBEDDED).await? else { return Ok(()) };
    let listener = story.house.listener(FEED, &["--longest", "4096", "--patience", "5"]).await?;
    let mut line = TcpStream::connect(&listener.address).await?;
    let whole = count("C9", "F9", "12");
    let long = format!("{}\rNTE|1||{}", count("C4", "F4", "12"), "x".repeat(8_192));
    for (bytes, heard) in [
        (b"GET / HTTP/1.1\r\n\r\n".to_vec(), vec![]),
        (
            format!("\u{b}{}\u{b}{}\u{1c}\r", &count("C1", "F1", "12")[..80], count("C2", "F2", "12"))
                .into_bytes(),
            vec!["AR|C1", "AA|C2"],
        ),
        (format!("\u{b}{}\u{1c}", count("C3", "F3", "12").replace('\r', "\n")).into_bytes(), vec!["AA|C3"]),
        (format!("\u{b}{long}\u{1c}\r").into_bytes(), vec!["AE|C4"]),
        (
            format!("\u{b}{}\r{}\u{1c}\r", count("C5", "F5", "12"), count("C6", "F6", "12")).into_bytes(),
            vec!["AE|C5"],
        ),
        (b"\x0b\x1c\r".to_vec(), vec!["AE|"]),
        (format!("\u{b}{whole}\u{1c}\r\u{b}{whole}\u{1c}\r").into_bytes(), vec!["AA|C9", "AA|C9"]),
    ] {
        line.write_all(&bytes).await?;
        for expected in heard {
            let answer = frame(&mut line).await?;
            let msa = answer.split('\r').find(|line| line.starts_with("MSA|")).context("an answer")?;
            ensure!(
                msa.trim_end_matches('|') == format!("MSA|{expected}").trim_end_matches('|'),
                "{expected}: {answer:?}"
            );
        }
    }
    let mut half = TcpStream::connect(&listener.address).await?;
    half.write_all(b"\x0bMSH|^~\\&|").await?;
    let mut rest = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(20), half.read_to_end(&mut rest)).await;
    ensure!(ended.is_ok() && rest.is_empty(), "who stands still in the middle of a frame is cut off");
    Ok(())
}

async fn frame(line: &mut TcpStream) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\x1c\r") {
        let byte = tokio::time::timeout(PATIENCE, line.read_u8()).await.context("no answer came")??;
        bytes.push(byte);
    }
    Ok(String::from_utf8(bytes)?.trim_matches(['\u{b}', '\u{1c}', '\r']).to_owned())
}

/// Labs is killed before, and right after, the commit of a message: nobody hears AA of the first, and both are kept once.
async fn commits() -> anyhow::Result<()> {
    let Some(mut story) = linked(Plan::APART).await? else { return Ok(()) };
    let listener = story.house.listener(FEED, &["--wait", "1"]).await?;
    for (number, step) in ["labs.ingest.before-commit", "labs.ingest.after-commit"].into_iter().enumerate() {
        let sent = count(&format!("C{number}"), &format!("F{number}"), "12");
        story.house.kill("labs")?;
        story.house.start_armed("labs", &format!("{step}=return")).await?;
        let mut client = client(&listener.address);
        let heard = client.send(sent.as_bytes(), 1).await?;
        ensure!(heard.code == "AR", "{step}: nothing was committed that anybody knows of: {heard:?}");
        story.house.falls("labs").await.with_context(|| format!("labs at {step}"))?;
        let heard = client.send(sent.as_bytes(), 1).await?;
        ensure!(heard.code == "AR", "{step}: labs is away: {heard:?}");
        story.house.start("labs").await?;
        let heard = until("labs takes it", PATIENCE, async || {
            let heard = client.send(sent.as_bytes(), 1).await?;
            Ok(Some(heard).filter(|heard| heard.code != "AR"))
        });
        ensure!(heard.await? == accepted(&format!("C{number}")), "{step}");
        let counts = counts(&story).await?;
        let expected = u64::try_from(number)? + 1;
        ensure!((counts.accepted, counts.duplicates) == (expected, 0), "{step}: once: {counts:?}");
    }
    Ok(())
}

/// A gigabyte in one frame, and then a message on the same connection.
async fn gigabyte() -> anyhow::Result<()> {
    let Some(story) = linked(Plan::EMBEDDED).await? else { return Ok(()) };
    let listener = story.house.listener(FEED, &[]).await?;
    let before = listener.most_memory()?;
    let mut line = TcpStream::connect(&listener.address).await?;
    line.write_all(format!("\u{b}{}\rNTE|1||", count("C1", "F1", "12")).as_bytes()).await?;
    let piece = vec![b'x'; 1 << 20];
    for _ in 0..1_024 {
        line.write_all(&piece).await?;
    }
    line.write_all(format!("\u{1c}\r\u{b}{}\u{1c}\r", count("C2", "F2", "12")).as_bytes()).await?;
    let (refused, taken) = (frame(&mut line).await?, frame(&mut line).await?);
    ensure!(refused.contains("MSA|AE|C1"), "{refused:?}");
    ensure!(taken.contains("MSA|AA|C2"), "{taken:?}");
    let after = listener.most_memory()?;
    println!("most memory of the listener: {before} MiB before, {after} MiB after a gigabyte");
    ensure!(after < before + 24, "{before} MiB before, {after} MiB after");
    ensure!(counts(&story).await?.accepted == 1);
    Ok(())
}

async fn folder() -> anyhow::Result<()> {
    let Some(mut story) = linked(Plan::APART).await? else { return Ok(()) };
    let inbox = story.house.beside("inbox")?;
    let path = inbox.display().to_string();
    let put = |name: &str, text: &str| std::fs::write(inbox.join(name), text);
    put("1.hl7", &count("C1", "F1", "12"))?;
    put("2.hl7", &count("C2", "F2", "12").replace("19800102", "Jan 2, 1980"))?;
    put("3.hl7", &format!("\u{b}{}\u{1c}\r", count("C3", "F3", "12")))?;
    put(".4.hl7", "half a fi")?;
    put("5.hl7.part", "half a fi")?;
    let look = ["watch", path.as_str(), "--once", "--wait", "2"];
    let answer = story.house.lis(FEED, &look)?;
    ensure!(answer.code == Some(1) && answer.text.contains("2 done, 1 failed, 0 waiting"), "{}", answer.text);
    ensure!(names(&inbox)? == [".4.hl7", "5.hl7.part"]);
    ensure!(names(&inbox.join("done"))? == ["1.hl7", "1.hl7.ack", "3.hl7", "3.hl7.ack"]);
    ensure!(names(&inbox.join("failed"))? == ["2.hl7", "2.hl7.ack"]);
    ensure!(std::fs::read_to_string(inbox.join("failed/2.hl7.ack"))?.contains("PID^1^7"), "with its place");
    // Labs away: the file stays. Killed after the commit, it stays too, and is kept once.
    put("1.hl7", &count("C6", "F6", "12"))?;
    story.house.kill("labs")?;
    let answer = story.house.lis(FEED, &look)?;
    ensure!(answer.code == Some(1) && answer.text.contains("1 waiting"), "{}", answer.text);
    story.house.start_armed("labs", "labs.ingest.after-commit=return").await?;
    let answer = story.house.lis(FEED, &look)?;
    ensure!(answer.text.contains("1 waiting"), "{}", answer.text);
    story.house.falls("labs").await?;
    story.house.start("labs").await?;
    story.house.lis(FEED, &look)?.expect_success()?;
    ensure!(
        names(&inbox.join("done"))?.contains(&"1.hl7.1".to_owned()),
        "no file takes the place of another"
    );
    let counts = counts(&story).await?;
    ensure!((counts.accepted, counts.duplicates) == (3, 0), "{counts:?}");
    Ok(())
}

fn names(folder: &std::path::Path) -> anyhow::Result<Vec<String>> {
    let mut names = vec![];
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

async fn turned_away() -> anyhow::Result<()> {
    let Some(story) = linked(Plan::EMBEDDED).await? else { return Ok(()) };
    let strict = story.house.listener(FEED, &["--peer", "10.20.0.0/16"]).await?;
    let mut short = Client::new(&strict.address, None, Duration::from_secs(10));
    ensure!(
        short.send(count("C1", "F1", "12").as_bytes(), 1).await.is_err(),
        "this machine is not on the list"
    );
    let nobody = story.house.listener("lis-nobody", &[]).await?;
    let heard = client(&nobody.address).send(count("C1", "F1", "12").as_bytes(), 1).await?;
    ensure!(heard.code == "AR" && heard.errors[0].contains("not registered"), "{heard:?}");
    ensure!(counts(&story).await?.accepted == 0);
    Ok(())
}

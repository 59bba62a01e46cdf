//! One trace from the report of an event to the last service's check, through gRPC, journal and bus, and figures on the operations
//! port that say what a person on call asks.

use std::collections::BTreeSet;

use anyhow::{Context as _, ensure};
use holdpoint_system_tests::collector::{Collector, Span};
use holdpoint_system_tests::house::{PATIENCE, Plan, free_ports, until};
use holdpoint_system_tests::play;
use holdpoint_system_tests::story::Story;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::ready::{made_ready, was_given};

/// The reporter's own trace.
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CHECKED: [&str; 4] = ["dosing", "enrollment", "labs", "followup"];

#[test]
fn one_trace_leads_from_the_report_to_the_last_check_over_nats() -> anyhow::Result<()> {
    play(|| traced(Plan::APART))
}

#[test]
fn one_trace_leads_from_the_report_to_the_last_check_in_one_process() -> anyhow::Result<()> {
    play(|| traced(Plan::EMBEDDED))
}

#[test]
fn figures_carry_units_and_tell_no_arm() -> anyhow::Result<()> {
    play(figures)
}

/// What a house is told so that its spans come soon.
pub(crate) fn told(collector: &str) -> Vec<(&'static str, String)> {
    vec![
        ("HOLDPOINT__TELEMETRY__OTLP_ENDPOINT", collector.to_owned()),
        ("OTEL_BSP_SCHEDULE_DELAY", "100".to_owned()),
    ]
}

async fn traced(plan: Plan) -> anyhow::Result<()> {
    let (collector, address) = Collector::open().await?;
    let Some(mut story) = Story::open_told(plan, &told(&address)).await? else { return Ok(()) };
    let [subject] = made_ready(&mut story).await?;
    was_given(&mut story, &subject).await?;
    story.hush().await?;
    let mut report = tonic::Request::new(story.ventilation(&subject.id).request);
    report.metadata_mut().insert("traceparent", format!("00-{TRACE}-b7ad6b7169203331-01").parse()?);
    let held = story.people.investigator.safety.clone().report_adverse_event(report).await?.into_inner();
    ensure!(held.holds.len() == 1, "the report places a hold");
    story.hush().await?;
    let mut seen: Vec<Span> = vec![];
    let whole = until("the trace is whole", PATIENCE, async || {
        seen = collector.spans().into_iter().filter(|span| span.trace == TRACE).collect();
        Ok(is_whole(&seen).then_some(()))
    })
    .await;
    whole.with_context(|| format!("the trace so far: {:#?}", seen.iter().map(short).collect::<Vec<_>>()))?;
    let processes: BTreeSet<&str> = seen.iter().map(|span| span.process.as_str()).collect();
    let wanted = if plan.kind == holdpoint_system_tests::house::Kind::Apart { 5 } else { 1 };
    ensure!(processes.len() == wanted, "the trace is of {processes:?}");
    Ok(())
}

/// The call, each service's check of the hold, and safety's taking up of each check.
fn is_whole(spans: &[Span]) -> bool {
    let call = spans.iter().any(|span| span.name.ends_with("Safety/ReportAdverseEvent"));
    let reacted = |service: &str, source: &str, kind: &str| {
        spans.iter().any(|span| {
            span.name.ends_with(kind)
                && span.get("service") == Some(service)
                && span.get("source") == Some(source)
        })
    };
    let checked = CHECKED
        .iter()
        .all(|service| reacted(service, "safety", "HoldPlaced") && reacted("safety", service, "HoldChecked"));
    call && checked
}

fn short(span: &Span) -> String {
    format!("{} {} {:?} {:?}", span.process, span.name, span.get("service"), span.get("source"))
}

async fn figures() -> anyhow::Result<()> {
    let ports = free_ports(1)?;
    let port = ports.first();
    let told = [("HOLDPOINT__SERVER__OPERATIONS_PORT", port.to_string())];
    let Some(mut story) = Story::open_told(Plan::EMBEDDED, &told).await? else { return Ok(()) };
    story.set_up().await?;
    story.enroll(1, 1).await?;
    let held = story.place_hold("a figure is wanted").await?;
    until("one hold stands in the figures", PATIENCE, async || {
        let text = get(port, "metrics").await?;
        Ok(text.contains("holdpoint_holds_standing{trial=\"pgf-msc\"} 1").then_some(()))
    })
    .await?;
    story.release(&held.hold.hold).await?;
    story.hush().await?;
    let text = get(port, "metrics").await?;
    for name in [
        "holdpoint_rpc_duration_seconds_count{rpc=\"/holdpoint.safety.v1.Safety/IssuePermit\"",
        "holdpoint_journal_lag_rows{service=\"safety\",source=\"enrollment\"}",
        "holdpoint_journal_applied_rows_total{service=\"safety\",source=\"enrollment\"}",
        "holdpoint_journal_unpublished_rows{service=\"safety\"}",
        "holdpoint_permits_given_total{trial=\"pgf-msc\"}",
        "holdpoint_build_info{version=",
    ] {
        ensure!(text.contains(name), "{name} is missing in\n{text}");
    }
    for arm in ["msc\"", "control"] {
        let told = text.lines().find(|line| line.replace("pgf-msc", "").contains(arm));
        ensure!(told.is_none(), "a figure tells of an arm: {told:?}");
    }
    ensure!(get(port, "readyz").await?.contains("\"ready\":true"), "the house is ready");
    Ok(())
}

/// A path of the operations port.
pub(crate) async fn get(port: u16, path: &str) -> anyhow::Result<String> {
    let mut line = TcpStream::connect(("127.0.0.1", port)).await?;
    line.write_all(
        format!("GET /{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").as_bytes(),
    )
    .await?;
    let mut text = String::new();
    line.read_to_string(&mut text).await?;
    Ok(text)
}

//! The schedules of five invented subjects, written out by hand from sections 6.1, 6.5 and 6.6 (golden/README.md), and
//! what followup makes of the same events.

use std::collections::BTreeMap;

use holdpoint_api::followup::v1 as pb;
use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Span, Timestamp};
use serde::Deserialize;

use crate::support::{Db, World, day};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Golden {
    as_of: String,
    told: Vec<Told>,
    line: Vec<Line>,
    #[serde(default)]
    infusion: Vec<Infusion>,
    #[serde(default)]
    canceled: Vec<Canceled>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    on: String,
    what: String,
    date: Option<String>,
    at: Option<toml::Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    phase: String,
    #[serde(default)]
    opening: Option<u32>,
    activities: Vec<String>,
    line: Option<u32>,
    #[serde(default = "one")]
    first_number: u32,
    #[serde(default)]
    spans: Vec<String>,
    every: Option<String>,
    times: Option<i64>,
    #[serde(default)]
    due_on: Vec<i64>,
    #[serde(default)]
    days: Vec<String>,
    #[serde(default)]
    reach: i64,
    #[serde(default)]
    at: Vec<String>,
    #[serde(default)]
    minutes: i64,
    #[serde(default)]
    optional: bool,
    #[serde(default)]
    waivable: bool,
    why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Infusion {
    visit: String,
    due: String,
    state: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Canceled {
    visits: String,
    why: String,
}

fn one() -> u32 {
    1
}

/// What is compared of a visit: its days and window, to the moment where there is one, how firmly, and how it stands.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    due: String,
    window: String,
    firmness: &'static str,
    state: String,
}

async fn compare(name: &str) {
    let path = format!("{}/tests/golden/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    let golden: Golden = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let world = World::new(Db::sqlite().unwrap()).await;
    for told in &golden.told {
        tell(&world, told).await;
    }
    world.go(&golden.as_of);
    world.look().await;
    let expected = expected(&world, &golden);
    let found = seen(&world.schedule("P-001").await);
    let missing: Vec<_> = expected.iter().filter(|(name, seen)| found.get(*name) != Some(seen)).collect();
    let extra: Vec<_> = found.iter().filter(|(name, _)| !expected.contains_key(*name)).collect();
    let at = |name: &String| format!("{name}: by hand {:?}, found {:?}", expected.get(name), found.get(name));
    let wrong: Vec<String> =
        missing.iter().map(|(name, _)| at(name)).chain(extra.iter().map(|(name, _)| at(name))).collect();
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong[..wrong.len().min(12)].join("\n"));
}

async fn tell(world: &World, told: &Told) {
    world.go(&told.on);
    let moments: Vec<Timestamp> = match &told.at {
        Some(toml::Value::String(at)) => vec![world.local(at)],
        Some(toml::Value::Array(all)) => all.iter().map(|at| world.local(at.as_str().unwrap())).collect(),
        _ => vec![],
    };
    let date = told.date.as_deref().unwrap_or(&told.on);
    match told.what.split_once(' ') {
        None if told.what == "screening" => world.screened("P-001").await,
        None if told.what == "consent" => world.consented("P-001", date).await,
        None if told.what == "infusions" => {
            for (number, at) in (1..).zip(&moments) {
                world.infusion_planned("P-001", number, *at).await;
            }
        }
        None => world.milestone("P-001", &told.what, date).await,
        Some(("randomization", arm)) => {
            world.randomized("P-001", arm.trim_start_matches("to "), moments[0]).await
        }
        Some(("dose", number)) => world.infused("P-001", number.parse().unwrap(), moments[0]).await,
        Some(("found", event)) => world.found("P-001", event, date, false).await,
        Some(("treatment", rule)) => {
            world.discontinued("P-001", "treatment", rule.trim_start_matches("ended by ")).await;
        }
        Some(other) => panic!("the golden file says {other:?}"),
    }
    world.hear().await;
}

fn expected(world: &World, golden: &Golden) -> BTreeMap<String, Seen> {
    let as_of = day(&golden.as_of);
    let consent = golden.told.iter().find(|told| told.what == "consent").map(|told| day(&told.on)).unwrap();
    let mut all = BTreeMap::new();
    for line in &golden.line {
        assert!(!line.why.is_empty());
        for activity in &line.activities {
            for (name, seen) in of_line(world, line, activity, (consent, as_of)) {
                assert!(all.insert(name.clone(), seen).is_none(), "{name} stands twice in the golden file");
            }
        }
    }
    for infusion in &golden.infusion {
        let due = day(&infusion.due);
        let window = format!("{}..{}", due.yesterday().unwrap(), due.tomorrow().unwrap());
        let seen = Seen { due: infusion.due.clone(), window, firmness: "", state: infusion.state.clone() };
        all.insert(infusion.visit.clone(), seen);
    }
    for canceled in &golden.canceled {
        assert!(!canceled.why.is_empty());
        for name in names(&canceled.visits) {
            let (due, window) = (String::new(), String::new());
            all.insert(name, Seen { due, window, firmness: "", state: "canceled".to_owned() });
        }
    }
    all
}

fn of_line(world: &World, line: &Line, activity: &str, days: (Date, Date)) -> Vec<(String, Seen)> {
    let opening = line.opening.map(|opening| format!(".{opening}")).unwrap_or_default();
    let prefix = line.line.map(|line| format!("{line}.")).unwrap_or_default();
    let firmness = match (line.optional, line.waivable) {
        (true, _) => "optional",
        (_, true) => "waivable",
        _ => "",
    };
    let windows = windows(world, line);
    (line.first_number..)
        .zip(windows)
        .map(|(number, (due, window, closes))| {
            let state = state(closes, line.optional, days);
            let name = format!("{}{opening}/{activity}/{prefix}{number}", line.phase);
            (name, Seen { due: due.to_string(), window, firmness, state: state.to_owned() })
        })
        .collect()
}

fn state(closes: Date, optional: bool, (consent, as_of): (Date, Date)) -> &'static str {
    match (closes < consent, closes < as_of, optional) {
        (true, ..) | (_, true, true) => "not-applicable",
        (_, true, false) => "missed",
        _ => "scheduled",
    }
}

/// Due day, window in words and the day it closes, of each visit of a line.
fn windows(world: &World, line: &Line) -> Vec<(Date, String, Date)> {
    let plus = |day: Date, days: i64| day.checked_add(Span::new().days(days)).unwrap();
    let around = |due: Date, first: Date, last: Date| {
        let (opens, closes) = (plus(first, -line.reach), plus(last, line.reach));
        (due, format!("{opens}..{closes}"), closes)
    };
    let mut all = vec![];
    let mut spans: Vec<(Date, Date)> = line.spans.iter().map(|span| range(span)).collect();
    if let (Some(every), Some(times)) = (&line.every, line.times) {
        let step: i64 = every.split(' ').next().unwrap().parse().unwrap();
        let (first, last) = spans[0];
        spans = (0..times).map(|turn| (plus(first, turn * step), plus(last, turn * step))).collect();
    }
    for (first, last) in spans {
        let dues: Vec<Date> = line.due_on.iter().map(|day| plus(first, day - 1)).collect();
        let dues = if dues.is_empty() { vec![last] } else { dues };
        all.extend(dues.into_iter().map(|due| around(due, first, last)));
    }
    all.extend(line.days.iter().map(|text| around(day(text), day(text), day(text))));
    for text in &line.at {
        let (at, reach) = (world.local(text), SignedDuration::from_mins(line.minutes));
        let due = text.parse::<DateTime>().unwrap().date();
        let closes = (at + reach).to_zoned(world.zone.clone()).date();
        all.push((due, format!("{}..{}", at - reach, at + reach), closes));
    }
    all
}

fn range(text: &str) -> (Date, Date) {
    let (first, last) = text.split_once("..").unwrap();
    (day(first), day(last))
}

/// `pgf/cbc/22..58` and `long-term/cbc/1.1..1.4`.
fn names(text: &str) -> Vec<String> {
    let (path, numbers) = text.rsplit_once('/').unwrap();
    let (first, last) = numbers.split_once("..").unwrap();
    let (prefix, first) = match first.split_once('.') {
        Some((line, first)) => (format!("{line}."), first),
        None => (String::new(), first),
    };
    let last = last.rsplit('.').next().unwrap();
    let numbers = first.parse::<u32>().unwrap()..=last.parse::<u32>().unwrap();
    numbers.map(|number| format!("{path}/{prefix}{number}")).collect()
}

fn seen(schedule: &pb::Schedule) -> BTreeMap<String, Seen> {
    let of = |visit: &pb::Visit| {
        let canceled = visit.state == "canceled" && visit.activity != "infusion";
        let window = match &visit.exact {
            Some(exact) => {
                let moment = |at: &Option<prost_types::Timestamp>| {
                    let at = at.unwrap();
                    Timestamp::new(at.seconds, at.nanos).unwrap()
                };
                format!("{}..{}", moment(&exact.opens), moment(&exact.closes))
            }
            None => format!("{}..{}", visit.earliest, visit.latest),
        };
        let firmness = match (visit.optional, visit.waivable) {
            (true, _) => "optional",
            (_, true) => "waivable",
            _ => "",
        };
        let state = visit.state.clone();
        if canceled {
            assert!(!visit.reason.is_empty() && !visit.history.is_empty(), "{visit:?}");
            return Seen { due: String::new(), window: String::new(), firmness: "", state };
        }
        Seen { due: visit.due.clone(), window, firmness, state }
    };
    let mut all = BTreeMap::new();
    for visit in &schedule.visits {
        assert!(
            all.insert(visit.visit.clone(), of(visit)).is_none(),
            "two visits are called {}",
            visit.visit
        );
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_early_responder() {
    compare("early-responder").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_non_responder() {
    compare("non-responder").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relapse_at_week_3() {
    compare("relapse-week-3").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_death_on_day_40() {
    compare("death-day-40").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_withdrawal_of_treatment() {
    compare("treatment-withdrawn").await;
}

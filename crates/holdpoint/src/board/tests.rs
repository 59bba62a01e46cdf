//! The document of an invented hold: what it says where the promise was kept and where it was not, and that words of people stay
//! words on the page.

use holdpoint_api::common::v1 as common;
use holdpoint_api::safety::v1 as pb;

use super::{Document, html};

fn at(seconds: i64) -> Option<prost_types::Timestamp> {
    Some(prost_types::Timestamp { seconds: 1_774_260_000 + seconds, nanos: 250_000_000 })
}

/// Effective 40 ms after its placing, with one infusion in flight and one service silent.
fn board() -> pb::SuspensionBoard {
    let hold = pb::HoldView {
        trial: "pgf-msc".to_owned(),
        hold: "h-1".to_owned(),
        scope: Some(common::Scope { of: Some(common::scope::Of::Trial(true)) }),
        activities: vec![common::Activity::Randomization.into(), common::Activity::Dosing.into()],
        kind: pb::HoldKind::PendingBoardDecision.into(),
        reason: "rule suspend-ventilation (Protocol 7.3.1)".to_owned(),
        state: "effective".to_owned(),
        placed_at: at(0),
        effective_at: at(1),
        effective_after_ms: 40,
        ..Default::default()
    };
    let flight = pb::Flight {
        subject: "P-002".to_owned(),
        infusion: "i2".to_owned(),
        number: 2,
        state: "settled".to_owned(),
        began_at: at(-600),
        heard_at: at(-620),
        ..Default::default()
    };
    let check = |service: &str, state: &str| pb::ServiceCheck {
        service: service.to_owned(),
        state: state.to_owned(),
        ..Default::default()
    };
    pb::SuspensionBoard {
        hold: Some(hold),
        reported_at: at(0),
        checks: vec![check("dosing", "waiting"), check("labs", "silent")],
        placed_by: "safety".to_owned(),
        effective_how: "settled".to_owned(),
        last_go: Some(flight.clone()),
        flights: vec![flight],
        ..Default::default()
    }
}

fn document(change: impl FnOnce(&mut pb::SuspensionBoard)) -> Document {
    let mut board = board();
    change(&mut board);
    Document::of(&board).unwrap()
}

#[test]
fn it_says_what_was_in_flight_and_that_nothing_began_after() {
    let kept = document(|_| {});
    assert!(kept.is_kept() && !kept.is_over());
    assert_eq!(
        (kept.in_flight[0].what.as_str(), kept.in_flight[0].became.as_str()),
        ("infusion 2", "running")
    );
    let page = html(&kept, "Asia/Shanghai").unwrap();
    for words in
        ["0 starts after the hold was effective", "2026-03-23 18:00:01.250", "the hold stands", "silent"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert_eq!(page, html(&kept, "Asia/Shanghai").unwrap(), "the same document is the same page");
    let lines = kept.to_string();
    assert!(lines.contains("labs        SILENT") && lines.contains("infusion 2 P-002: running"), "{lines}");
}

#[test]
fn a_broken_promise_is_told_as_one() {
    let broken = document(|board| board.gos_after_effective = 1);
    assert!(!broken.is_kept());
    let page = html(&broken, "UTC").unwrap();
    assert!(page.contains("The promise was not kept") && !page.contains("0 starts after"), "{page}");
}

#[test]
fn what_is_not_effective_is_not_said_to_be() {
    let waiting = document(|board| board.hold.as_mut().unwrap().effective_at = None);
    let page = html(&waiting, "UTC").unwrap();
    assert!(page.contains("placed and not effective yet") && !page.contains("0 starts after"), "{page}");
    assert!(waiting.to_string().contains("NOT YET"));
}

#[test]
fn words_of_people_stay_words() {
    let evil = "<script>alert(1)</script><img src=x onerror=alert(1)>";
    let page = document(|board| board.hold.as_mut().unwrap().reason = evil.to_owned());
    let page = html(&page, "UTC").unwrap();
    assert!(!page.contains("<script") && !page.contains("<img"), "{page}");
}

#[test]
fn an_unknown_zone_is_refused_by_name() {
    let refused = html(&document(|_| {}), "Mars/Olympus").unwrap_err();
    assert!(refused.to_string().contains("Mars/Olympus is no time zone"), "{refused}");
}

#[test]
fn a_board_without_its_hold_is_no_document() {
    assert!(Document::of(&pb::SuspensionBoard::default()).is_err());
}

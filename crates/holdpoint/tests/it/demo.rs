//! The demo from beginning to end: the counts that its last line reports, and that a seed repeats them.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use super::program::{Ran, holdpoint};

fn played(seed: &str) -> Value {
    let ran = holdpoint(&["demo", "--short", "--seed", seed, "--json"]);
    assert_eq!(ran.code, 0, "{}\n{}", ran.out, ran.err);
    serde_json::from_str(ran.out.lines().last().unwrap()).unwrap()
}

#[test]
fn the_evening_before_holds_and_a_seed_repeats_it() {
    let told = played("7");
    let (msc, control) =
        (told["randomized"]["msc"].as_u64().unwrap(), told["randomized"]["control"].as_u64().unwrap());
    assert_eq!(msc + control, 12);
    assert!((5..=7).contains(&msc));
    assert_eq!(told["infusions"]["planned"].as_u64().unwrap() % 4, 0);
    assert_eq!(told["infusions"]["refused_by_hold"], 3);
    assert_eq!(told["infusions"]["started_after_effective"], 0);
    assert_eq!(told["holds"], serde_json::json!({"placed": 2, "effective": 2, "released": 2}));
    assert_eq!(told["journal"]["verified"], true);
    assert!(told["journal"]["rows"].as_u64().unwrap() > 200);
    let again = played("7");
    // Not the rows: what timers of machine time write (a reminder, a second look) depends on how fast the machine is.
    for key in ["randomized", "infusions", "holds"] {
        assert_eq!(told[key], again[key], "{key}");
    }
    for key in ["screened", "results", "responses", "visits"] {
        assert!(told.get(key).is_none(), "`{key}` belongs to the whole trial");
    }
}

#[test]
fn the_timeline_tells_the_story() {
    let ran = holdpoint(&["demo", "--short", "--seed", "3"]);
    assert_eq!(ran.code, 0, "{}\n{}", ran.out, ran.err);
    for words in
        ["mechanical ventilation", "HOLD", "in flight", "REFUSED", "the second hold stands", "late-dose rule"]
    {
        assert!(ran.out.contains(words), "`{words}` is missing in:\n{}", ran.out);
    }
}

/// So many are allocated, and the story breaks off after so many days: candidates, counts, doses, the evening before, visits.
const SMALL: [&str; 7] = ["demo", "--seed", "7", "--size", "4", "--days", "60"];

/// What a run told: the timeline, and the object without what a seed does not repeat.
fn told(ran: &Ran) -> (Vec<String>, Value) {
    assert_eq!(ran.code, 0, "{}\n{}", ran.out, ran.err);
    let mut lines: Vec<String> = ran.out.lines().map(str::to_owned).collect();
    let mut object: Value = serde_json::from_str(&lines.pop().unwrap()).unwrap();
    let parts = object.as_object_mut().unwrap();
    for aside in ["wall_s", "report_to_effective_ms"] {
        assert!(parts.remove(aside).is_some(), "{aside} is told");
    }
    assert!(parts["journal"].as_object_mut().unwrap().remove("rows").is_some(), "rows are told");
    // The closing table has these figures too.
    lines.retain(|line| {
        !["report to effective ", "journal "].iter().any(|of| line.trim_start().starts_with(of))
    });
    (lines, object)
}

#[test]
fn a_seed_repeats_the_timeline_and_the_object_of_a_whole_trial_also_on_a_busy_machine() {
    let whole = || holdpoint(&[&SMALL[..], &["--json"]].concat());
    let first = told(&whole());
    assert!(first.0.iter().any(|line| line.contains("REFUSED")), "the evening was played:\n{:#?}", first.0);
    let over = AtomicBool::new(false);
    let second = std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        let second = whole();
        over.store(true, Ordering::Relaxed);
        told(&second)
    });
    assert_eq!(first.1, second.1, "the object");
    for (one, other) in first.0.iter().zip(&second.0) {
        assert_eq!(one, other, "the timeline");
    }
    assert_eq!(first.0.len(), second.0.len(), "the timeline's length");
}

#[test]
fn the_short_demo_takes_no_trial_and_no_size_and_the_whole_one_has_no_flag() {
    for further in [&["--trial", "nct01609283"][..], &["--size", "4"], &["--days", "9"]] {
        let ran = holdpoint(&[&["demo", "--short"][..], further].concat());
        assert_ne!(ran.code, 0, "{further:?}");
        assert!(ran.err.contains("--short") && ran.err.contains(further[0]), "{}", ran.err);
    }
    let ran = holdpoint(&["demo", "--whole"]);
    assert_ne!(ran.code, 0);
    assert!(ran.err.contains("--whole"), "{}", ran.err);
}

//! The demo from beginning to end: the counts that its last line reports, and that a seed repeats them.

use serde_json::Value;

use super::program::holdpoint;

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

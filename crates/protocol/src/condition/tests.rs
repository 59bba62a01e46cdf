//! Conditions read back as they are written, in any nesting; and what is no condition is answered.

use std::sync::Arc;

use proptest::prelude::*;

use super::{Condition, FactScope, Test, parse};
use crate::dictionary::{Fact, FactDomain, FactKind, Since};

fn fact(id: &str, kind: FactKind, unit: Option<&str>) -> Fact {
    Fact {
        id: id.parse().unwrap(),
        domain: FactDomain::Subject,
        kind,
        unit: unit.map(|unit| unit.parse().unwrap()),
        loinc: None,
        range: None,
        step: None,
        derive: None,
        unset: None,
        many: false,
        judged: false,
        label: None,
        scale: None,
        by: None,
        part_of: None,
    }
}

fn scope() -> FactScope {
    let words = |words: &[&str]| words.iter().map(|word| word.parse().unwrap()).collect();
    let since = || Since("birth".parse().unwrap());
    let facts = [
        fact("platelets", FactKind::Quantity, Some("e9/L")),
        fact("pressure", FactKind::Quantity, Some("mm[Hg]")),
        fact("duration", FactKind::Elapsed(since()), Some("months")),
        fact("age", FactKind::Completed(since()), Some("years")),
        fact("doses", FactKind::Count, None),
        fact("donor", FactKind::Choice(words(&["sibling", "unrelated"])), None),
        fact("grade", FactKind::Ordered(words(&["none", "I", "II", "III"])), None),
        fact("relapsed", FactKind::YesNo, None),
    ];
    facts.into_iter().map(|fact| (fact.id.clone(), Arc::new(fact))).collect()
}

fn read(text: &str) -> Condition {
    parse(text, &scope()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn a_condition_reads_back_as_written() {
    for text in [
        "relapsed",
        "not relapsed",
        "platelets >= 50 e9/L",
        "pressure < 90 mm[Hg]",
        "age in 18..60 years",
        "age = 1 year",
        "duration < 2 years",
        "doses != 2",
        "donor in [sibling, unrelated]",
        "grade < III and not relapsed or doses = 0",
        "(relapsed or doses = 1) and not (donor = sibling and grade >= II)",
        "not (not relapsed)",
        "(relapsed or relapsed) or relapsed",
    ] {
        assert_eq!(read(text).to_string(), text);
    }
}

#[test]
fn and_binds_closer_than_or() {
    assert_eq!(read("relapsed or relapsed and relapsed"), read("relapsed or (relapsed and relapsed)"));
    assert_ne!(read("relapsed or relapsed and relapsed"), read("(relapsed or relapsed) and relapsed"));
}

#[test]
fn numbers_are_exact() {
    let Condition::Atom(atom) = read("platelets > 0.10000000000000000000000001 e9/L") else {
        panic!("one question")
    };
    let Test::Number { value, .. } = atom.test else { panic!("a number") };
    assert_eq!(value.to_string(), "0.10000000000000000000000001");
}

#[test]
fn what_is_no_condition_says_why() {
    for (text, says) in [
        ("platelet >= 50 e9/L", "unknown fact 'platelet'"),
        ("platelets >= 50 g/L", "platelets is in e9/L, found g/L"),
        ("platelets >= 50", "found no unit"),
        ("duration < 1 year", "duration is in months, found year"),
        ("platelets", "platelets is quantity, not yes-no"),
        ("relapsed = yes", "relapsed takes no operator"),
        ("donor > sibling", "donor has no order"),
        ("grade > IV", "'IV' is no value of grade"),
        ("doses >= -1", "'-1' is no number"),
        ("doses >= 99999999999999999999999999999999", "is no number"),
        ("relapsed and", "expected a fact"),
        ("relapsed relapsed", "unknown operator"),
        ("(relapsed", "expected )"),
        ("relapsed)", "left over"),
        ("donor in []", "']' is no value of donor"),
    ] {
        let error = parse(text, &scope()).unwrap_err();
        assert!(error.what.contains(says), "{text}: {error}");
    }
}

fn condition() -> impl Strategy<Value = String> {
    let op = || prop::sample::select(vec!["<", "<=", "=", "!=", ">=", ">"]);
    let atom = prop_oneof![
        Just("relapsed".to_owned()),
        (op(), 0..10_000_u32, 0..100_u32).prop_map(|(op, n, f)| format!("platelets {op} {n}.{f} e9/L")),
        (0..50_u32, 0..50_u32).prop_map(|(low, more)| format!("duration in {low}..{} weeks", low + more)),
        (op(), "none|I|II|III").prop_map(|(op, word)| format!("grade {op} {word}")),
        prop::collection::vec("sibling|unrelated", 1..4)
            .prop_map(|words| format!("donor in [{}]", words.join(","))),
    ];
    atom.prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| format!("({})", parts.join(" or "))),
            prop::collection::vec(inner.clone(), 2..4)
                .prop_map(|parts| format!("({})", parts.join("  and "))),
            inner.prop_map(|part| format!("not ({part})")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn conditions_read_back(text in condition()) {
        let condition = read(&text);
        prop_assert_eq!(read(&condition.to_string()), condition);
    }

    #[test]
    fn any_text_is_answered(text in "[a-z0-9()\\[\\]<>=!.,% -]{0,60}|\\PC{0,30}") {
        let _ = parse(&text, &scope());
    }
}

//! The checker sees each promise broken: a good history, and one bad one planted for each way to break a rule.

use super::super::history::What;
use super::super::seen::{Covers, HoldSeen, PermitSeen};
use super::*;

/// Builds a history, a second an entry.
#[derive(Default)]
struct Builder(Vec<Record>);

impl Builder {
    fn note(&mut self, what: What) -> &mut Self {
        let at = self.0.len() as u64 * 1_000_000;
        self.0.push(Record { at, what });
        self
    }

    fn call(&mut self, deed: Deed, outcome: Outcome) -> &mut Self {
        let call = self.0.len();
        self.note(What::Sent { call, deed }).note(What::Answered { call, outcome })
    }

    fn go(&mut self, thing: &Thing, statement: bool, permit: &str) -> &mut Self {
        let begin = Deed::Begin { thing: thing.clone(), statement };
        self.call(begin, Outcome::Go { permit: permit.to_owned() })
    }

    fn acknowledged(&mut self, permit: &str) -> &mut Self {
        self.call(Deed::Acknowledge { permit: permit.to_owned() }, Outcome::Done)
    }

    fn row(&mut self, service: &str, told: Told) -> &mut Self {
        let number = self.0.len() as u64;
        self.note(What::Row { service: service.to_owned(), number, told })
    }

    fn look(&mut self, epoch: u64, holds: Vec<HoldSeen>) -> &mut Self {
        self.call(Deed::Look, Outcome::Holds { epoch: Some(epoch), holds })
    }
}

fn dose(subject: &str) -> Thing {
    Thing { subject: subject.to_owned(), number: 1 }
}

fn hold(state: &str, in_flight: &[&str]) -> HoldSeen {
    HoldSeen {
        hold: "h".to_owned(),
        reason: "why".to_owned(),
        state: state.to_owned(),
        stops_allocations: true,
        stops_doses: true,
        stops_first_doses: false,
        covers: Covers::Trial,
        in_flight: in_flight.iter().map(|permit| (*permit).to_owned()).collect(),
    }
}

/// A dose is begun, a hold finds it in flight and is released, a second dose is begun and given.
fn good() -> Builder {
    let mut built = Builder::default();
    built.go(&dose("A"), false, "a").acknowledged("a");
    let placed = Outcome::Holds { epoch: None, holds: vec![hold("effective", &["a"])] };
    built.call(Deed::Place { reason: "why".to_owned() }, placed).look(11, vec![hold("effective", &["a"])]);
    sign(&mut built, false);
    sign(&mut built, true);
    built.go(&dose("B"), false, "b").acknowledged("b");
    built.call(Deed::Confirm(dose("B")), Outcome::Done).call(Deed::Complete(dose("B")), Outcome::Done);
    built.look(12, vec![hold("released", &["a"])]);
    let report = Deed::Report { term: "fever".to_owned() };
    built.call(report, Outcome::Reported { event: "e".to_owned(), holds: vec![] });
    end(&mut built);
    built
}

fn sign(built: &mut Builder, last: bool) {
    built.call(Deed::Sign { hold: "h".to_owned(), last }, Outcome::Signed { released: last });
}

fn end(built: &mut Builder) {
    for permit in ["a", "b"] {
        built.row("dosing", Told::Heard { permit: permit.to_owned() });
        let seen = Some(PermitSeen { thing: dose(&permit.to_uppercase()) });
        built.note(What::Permit { permit: permit.to_owned(), seen });
    }
    let h = || "h".to_owned();
    built.row("safety", Told::Placed { hold: h(), reason: "why".to_owned(), epoch: 10 });
    built.row("safety", Told::Effective { hold: h(), epoch: 11 });
    built.row("safety", Told::Released { hold: h(), epoch: 12 });
    built.row("safety", Told::Reported { event: "e".to_owned(), term: "fever".to_owned() });
    built.row("dosing", Told::Began { thing: dose("B"), permit: "b".to_owned() });
    built.row("dosing", Told::Completed { thing: dose("B") });
    for service in OTHERS {
        built.row(service, Told::Checked { hold: h() });
    }
    built.note(What::Standing { service: "safety".to_owned(), holds: BTreeSet::new() });
    built.note(What::Behind(vec![]));
}

/// The rules that a history breaks.
fn broken(records: &[Record]) -> BTreeSet<&'static str> {
    check(records).broken.into_iter().map(|broken| broken.rule).collect()
}

/// The good history with something done to it breaks this rule.
fn breaks(rule: &str, plant: impl FnOnce(&mut Builder)) {
    let mut built = good();
    plant(&mut built);
    let found = broken(&built.0);
    assert!(found.contains(rule), "{rule} was not found broken, but {found:?}");
}

/// Takes the rows away that are asked for.
fn without(built: &mut Builder, wanted: impl Fn(&Told) -> bool) {
    built.0.retain(|record| !matches!(&record.what, What::Row { told, .. } if wanted(told)));
}

#[test]
fn a_good_history_is_clean_and_every_rule_looked_at_something() {
    let verdict = check(&good().0);
    assert!(verdict.broken.is_empty(), "{verdict}");
    for rule in RULES {
        assert!(verdict.looked_at[rule.name] > 0, "{} looked at nothing", rule.name);
    }
}

#[test]
fn a_go_under_an_effective_hold_is_found() {
    breaks("stopped", |built| {
        let mut early = Builder::default();
        early.look(11, vec![hold("effective", &["c"])]).go(&dose("C"), false, "c");
        std::mem::swap(&mut built.0, &mut early.0);
    });
    // One whose release was asked for, or that covers somebody else, stops nothing.
    let mut fine = Builder::default();
    let other = HoldSeen { covers: Covers::Subject("D".to_owned()), ..hold("effective", &[]) };
    fine.look(11, vec![other]).go(&dose("C"), false, "c");
    assert!(!broken(&fine.0).contains("stopped"));
}

#[test]
fn a_go_without_a_permit_of_its_own_is_found() {
    breaks("permitted", |built| {
        built.go(&dose("C"), false, "unknown");
    });
    breaks("permitted", |built| {
        built.go(&dose("C"), false, "b");
    });
    breaks("permitted", |built| {
        let seen = Some(PermitSeen { thing: dose("D") });
        built.note(What::Permit { permit: "c".to_owned(), seen }).go(&dose("C"), false, "c");
    });
}

#[test]
fn a_second_go_without_a_persons_word_is_found() {
    breaks("once", |built| {
        built.go(&dose("B"), false, "c");
    });
    // A statement does not take back what was acknowledged.
    breaks("once", |built| {
        built.go(&dose("B"), true, "c");
    });
    let mut stated = Builder::default();
    stated.go(&dose("B"), false, "b").go(&dose("B"), true, "c");
    assert!(!broken(&stated.0).contains("once"));
    let mut abandoned = Builder::default();
    abandoned.go(&dose("B"), false, "b").acknowledged("b").call(Deed::Abandon(dose("B")), Outcome::Done);
    abandoned.go(&dose("B"), false, "c");
    assert!(!broken(&abandoned.0).contains("once"));
}

#[test]
fn a_number_that_is_given_twice_is_found() {
    breaks("once", |built| {
        built.row("dosing", Told::Completed { thing: dose("B") });
    });
    let again = || Told::Began { thing: dose("B"), permit: "c".to_owned() };
    breaks("once", |built| {
        built.row("dosing", again());
    });
}

#[test]
fn a_list_that_misses_what_is_in_flight_is_found() {
    breaks("in flight", |built| {
        for record in &mut built.0 {
            if let What::Answered { outcome: Outcome::Holds { holds, .. }, .. } = &mut record.what {
                holds.iter_mut().for_each(|hold| hold.in_flight.clear());
            }
        }
    });
}

#[test]
fn a_second_effect_is_found() {
    let again = || Told::Reported { event: "f".to_owned(), term: "fever".to_owned() };
    breaks("one effect", |built| {
        built.row("safety", again());
    });
    let again = || Told::Placed { hold: "i".to_owned(), reason: "why".to_owned(), epoch: 13 };
    breaks("one effect", |built| {
        built.row("safety", again());
    });
}

#[test]
fn an_answer_that_no_journal_keeps_is_found() {
    breaks("kept", |built| without(built, |told| matches!(told, Told::Reported { .. })));
    breaks("kept", |built| without(built, |told| matches!(told, Told::Placed { .. })));
    breaks("kept", |built| without(built, |told| matches!(told, Told::Released { .. })));
    breaks("kept", |built| without(built, |told| matches!(told, Told::Heard { .. })));
    breaks("kept", |built| without(built, |told| matches!(told, Told::Began { .. })));
    breaks("kept", |built| without(built, |told| matches!(told, Told::Completed { .. })));
}

#[test]
fn an_epoch_that_goes_down_is_found() {
    breaks("epochs", |built| {
        built.look(11, vec![]);
    });
    let late = || Told::Effective { hold: "i".to_owned(), epoch: 12 };
    breaks("epochs", |built| {
        built.row("safety", late());
    });
}

#[test]
fn a_hold_that_ends_twice_or_unsigned_is_found() {
    let again = || Told::Released { hold: "h".to_owned(), epoch: 13 };
    breaks("one hold", |built| {
        built.row("safety", again());
    });
    breaks("one hold", |built| {
        let last = |deed: &Deed| matches!(deed, Deed::Sign { last: true, .. });
        built.0.retain(|record| !matches!(&record.what, What::Sent { deed, .. } if last(deed)));
    });
}

#[test]
fn services_that_disagree_at_the_end_are_found() {
    breaks("agreed", |built| {
        built.note(What::Behind(vec!["labs is at row 3 of 4".to_owned()]));
    });
    breaks("agreed", |built| built.0.retain(|record| !matches!(record.what, What::Behind(_))));
    breaks("agreed", |built| without(built, |told| matches!(told, Told::Checked { .. })));
    let holds = BTreeSet::from(["h".to_owned()]);
    breaks("agreed", |built| {
        built.note(What::Standing { service: "dosing".to_owned(), holds });
    });
}

#[test]
fn a_history_comes_back_from_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("history.jsonl");
    let records = good().0;
    super::super::history::save(&records, &file).unwrap();
    assert_eq!(super::super::history::load(&file).unwrap(), records);
}

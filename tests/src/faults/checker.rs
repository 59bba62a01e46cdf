//! Judges a history by the promises alone: what was heard, answered and written must fit together, however the services came to
//! it. holds.md H1, H2, H4 to H7, H9, H10; reliability.md F5.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::history::{Deed, Outcome, Record, Thing};
use super::index::{Go, Index, Known};
use super::seen::Told;

/// One promise.
pub struct Rule {
    /// "stopped"
    pub name: &'static str,
    /// What must be so.
    pub must: &'static str,
    run: for<'a> fn(&Index<'a>) -> Found,
}

/// How many things a rule looked at, and what does not fit.
type Found = (usize, Vec<String>);

/// Every promise.
pub const RULES: &[Rule] = &[
    Rule { name: "stopped", must: "nothing is heard that an effective hold covers", run: stopped },
    Rule { name: "permitted", must: "every Go has a permit of its own, for that very thing", run: permitted },
    Rule { name: "once", must: "nothing is begun twice without a person's word in between", run: once },
    Rule {
        name: "in flight",
        must: "what was heard before a hold and is not over is on its list",
        run: in_flight,
    },
    Rule { name: "one effect", must: "one call has one effect, however often it was sent", run: one_effect },
    Rule { name: "kept", must: "what was answered is in the journal", run: kept },
    Rule { name: "epochs", must: "the epoch never goes down", run: epochs },
    Rule {
        name: "one hold",
        must: "a hold is placed, effective and released once, by two people",
        run: one_hold,
    },
    Rule { name: "agreed", must: "at the end all five know the same", run: agreed },
];

/// What is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The rule.
    pub rule: &'static str,
    /// In words.
    pub what: String,
}

/// What the checker says.
#[derive(Debug, Clone, Default)]
pub struct Verdict {
    /// How much each rule looked at.
    pub looked_at: BTreeMap<&'static str, usize>,
    /// What is broken.
    pub broken: Vec<Broken>,
}

/// Judges a history.
pub fn check(records: &[Record]) -> Verdict {
    let index = Index::of(records);
    let mut verdict = Verdict::default();
    for rule in RULES {
        let (looked_at, found) = (rule.run)(&index);
        verdict.looked_at.insert(rule.name, looked_at);
        verdict.broken.extend(found.into_iter().map(|what| Broken { rule: rule.name, what }));
    }
    verdict
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Rule { name, must, .. } in RULES {
            let looked_at = self.looked_at.get(name).copied().unwrap_or_default();
            let broken = self.broken.iter().filter(|broken| broken.rule == *name).count();
            writeln!(f, "  {name:<11} {looked_at:>6} looked at  {broken:>3} broken  {must}")?;
        }
        self.broken.iter().try_for_each(|broken| writeln!(f, "  {}: {}", broken.rule, broken.what))
    }
}

fn stopped(index: &Index<'_>) -> Found {
    let mut found = Vec::new();
    for known in index.holds.values() {
        let Some(from) = known.effective else { continue };
        let to = known.release_asked.unwrap_or(u64::MAX);
        let heard = index.gos.iter().filter(|go| from < go.heard && go.heard < to);
        for go in heard.filter(|go| known.hold.stops(go.thing)) {
            found.push(format!("{} was heard under hold {}", told(go), known.hold.hold));
        }
    }
    (index.gos.len() * index.holds.len(), found)
}

fn permitted(index: &Index<'_>) -> Found {
    let mut used = BTreeSet::new();
    let mut found = Vec::new();
    for go in &index.gos {
        if !used.insert(go.permit) {
            found.push(format!("{} was heard on a permit that was heard before", told(go)));
        }
        match index.permits.get(go.permit) {
            Some(Some(permit)) if permit.thing == *go.thing => {}
            Some(Some(permit)) => {
                found.push(format!("{} was heard on a permit of {}", told(go), named(&permit.thing)));
            }
            _ => found.push(format!("{} was heard on a permit that safety does not know", told(go))),
        }
    }
    (index.gos.len(), found)
}

fn once(index: &Index<'_>) -> Found {
    let mut last: BTreeMap<&Thing, &Go<'_>> = BTreeMap::new();
    let mut found = Vec::new();
    for go in &index.gos {
        if let Some(before) = last.insert(go.thing, go)
            && !given_up(index, before, go)
        {
            found.push(format!(
                "{} was heard although {} was, and nobody said that it was not begun",
                told(go),
                told(before)
            ));
        }
    }
    for (what, rows) in [
        (
            "begun",
            by_thing(index, |told| match told {
                Told::Began { thing, .. } => Some(thing),
                _ => None,
            }),
        ),
        (
            "completed",
            by_thing(index, |told| match told {
                Told::Completed { thing } => Some(thing),
                _ => None,
            }),
        ),
    ] {
        let twice = rows.into_iter().filter(|(_, count)| *count > 1);
        found.extend(twice.map(|(thing, count)| format!("{} was {what} {count} times", named(thing))));
    }
    (index.gos.len(), found)
}

/// A person's word between two Gos: that nothing was begun; or with the second ask, where the first was not acknowledged.
fn given_up(index: &Index<'_>, before: &Go<'_>, after: &Go<'_>) -> bool {
    let abandoned = index
        .sent_between(before.heard, after.heard)
        .any(|call| matches!(call.deed, Deed::Abandon(thing) if thing == after.thing));
    abandoned || (after.statement && !acknowledged(index, before.permit, after.asked))
}

/// Whether somebody knew before a moment that a Go's acknowledgement had got through.
fn acknowledged(index: &Index<'_>, permit: &str, before: u64) -> bool {
    index.calls.iter().any(|call| {
        matches!(call.deed, Deed::Acknowledge { permit: of } if of == permit)
            && matches!(call.answer, Some((at, Outcome::Done)) if at < before)
    })
}

fn by_thing<'a>(index: &Index<'a>, of: impl Fn(&'a Told) -> Option<&'a Thing>) -> BTreeMap<&'a Thing, usize> {
    let mut counts = BTreeMap::new();
    for thing in index.rows.iter().filter_map(|row| of(row.told)) {
        *counts.entry(thing).or_default() += 1;
    }
    counts
}

fn in_flight(index: &Index<'_>) -> Found {
    let (mut looked_at, mut found) = (0, Vec::new());
    for known in index.holds.values() {
        let Some(effective) = known.effective else { continue };
        let before = index.gos.iter().filter(|go| go.heard < effective && known.hold.stops(go.thing));
        for go in before.filter(|go| !may_be_over(index, go, effective)) {
            looked_at += 1;
            if !lists(known, go) {
                found.push(format!("{} is not on the list of hold {}", told(go), known.hold.hold));
            }
        }
    }
    (looked_at, found)
}

fn lists(known: &Known<'_>, go: &Go<'_>) -> bool {
    known.in_flight.contains(go.permit)
}

/// Somebody said before the hold was known to be effective that it was over, or not begun.
fn may_be_over(index: &Index<'_>, go: &Go<'_>, effective: u64) -> bool {
    index.sent_between(go.heard, effective).any(|call| match call.deed {
        Deed::Abandon(thing) | Deed::Complete(thing) => thing == go.thing,
        Deed::Begin { thing, statement } => *statement && thing == go.thing,
        // An allocation is over when it was seen.
        Deed::Acknowledge { permit } => go.thing.number == 0 && permit == go.permit,
        _ => false,
    })
}

fn one_effect(index: &Index<'_>) -> Found {
    let mut asked: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for call in &index.calls {
        match call.deed {
            Deed::Report { term } => *asked.entry(("event", term)).or_default() += 1,
            Deed::Place { reason } => *asked.entry(("hold", reason)).or_default() += 1,
            _ => {}
        }
    }
    let mut found = Vec::new();
    for ((what, words), calls) in &asked {
        let rows = index.told(|told| match told {
            Told::Reported { term, .. } => *what == "event" && term == words,
            Told::Placed { reason, .. } => *what == "hold" && reason == words,
            _ => false,
        });
        if rows > *calls {
            found.push(format!("`{words}` was asked {calls} times and there are {rows} of this {what}"));
        }
    }
    (asked.len(), found)
}

fn kept(index: &Index<'_>) -> Found {
    let (mut looked_at, mut found) = (0, Vec::new());
    for call in &index.calls {
        let Some((_, outcome)) = call.answer else { continue };
        for (what, rows) in promised(index, call.deed, outcome) {
            looked_at += 1;
            if rows == 0 {
                found.push(format!("{what} was answered, and no journal has it"));
            }
        }
    }
    (looked_at, found)
}

/// What an answer promised, and how many rows keep it.
fn promised(index: &Index<'_>, deed: &Deed, outcome: &Outcome) -> Vec<(String, usize)> {
    let placed = |id: &str| index.told(|told| matches!(told, Told::Placed { hold, .. } if hold == id));
    match (deed, outcome) {
        (Deed::Report { term }, Outcome::Reported { event: id, holds }) => {
            let rows = index.told(|told| matches!(told, Told::Reported { event, .. } if event == id));
            let holds = holds.iter().map(|hold| (format!("hold {}", hold.hold), placed(&hold.hold)));
            [(format!("report `{term}`"), rows)].into_iter().chain(holds).collect()
        }
        (Deed::Place { reason }, Outcome::Holds { holds, .. }) => {
            holds.iter().map(|hold| (format!("hold `{reason}`"), placed(&hold.hold))).collect()
        }
        (Deed::Sign { hold: id, .. }, Outcome::Signed { released: true }) => {
            let rows = index.told(|told| matches!(told, Told::Released { hold, .. } if hold == id));
            vec![(format!("the release of {id}"), rows)]
        }
        (Deed::Acknowledge { permit: id }, Outcome::Done) => {
            let rows = index.told(|told| matches!(told, Told::Heard { permit } if permit == id));
            vec![(format!("the acknowledgement of {id}"), rows)]
        }
        (Deed::Confirm(of), Outcome::Done) => {
            let rows = index.told(|told| matches!(told, Told::Began { thing, .. } if thing == of));
            vec![(format!("the start of {}", named(of)), rows)]
        }
        (Deed::Complete(of), Outcome::Done) => {
            let rows = index.told(|told| matches!(told, Told::Completed { thing } if thing == of));
            vec![(format!("the end of {}", named(of)), rows)]
        }
        _ => Vec::new(),
    }
}

fn epochs(index: &Index<'_>) -> Found {
    let mut found = Vec::new();
    let looks: Vec<(u64, u64, u64)> = index
        .calls
        .iter()
        .filter_map(|call| match call.answer {
            Some((at, Outcome::Holds { epoch: Some(epoch), .. })) => Some((call.sent, at, *epoch)),
            _ => None,
        })
        .collect();
    let mut answered = looks.clone();
    answered.sort_by_key(|(_, at, _)| *at);
    let (mut next, mut highest) = (0, 0);
    for (sent, _, epoch) in &looks {
        while let Some((_, _, seen)) = answered.get(next).filter(|(_, at, _)| at < sent) {
            highest = highest.max(*seen);
            next += 1;
        }
        if *epoch < highest {
            found.push(format!("epoch {epoch} was answered after epoch {highest}"));
        }
    }
    let mut last = 0;
    for row in index.rows.iter().filter(|row| row.service == "safety") {
        let (Told::Placed { epoch, .. } | Told::Effective { epoch, .. } | Told::Released { epoch, .. }) =
            row.told
        else {
            continue;
        };
        if *epoch <= last {
            found.push(format!("row {} has epoch {epoch} after epoch {last}", row.number));
        }
        last = *epoch;
    }
    (looks.len() + index.rows.len(), found)
}

fn one_hold(index: &Index<'_>) -> Found {
    let mut counts: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for row in &index.rows {
        let (id, at) = match row.told {
            Told::Placed { hold, .. } => (hold, 0),
            Told::Effective { hold, .. } => (hold, 1),
            Told::Released { hold, .. } => (hold, 2),
            _ => continue,
        };
        counts.entry(id).or_default()[at] += 1;
    }
    let mut found = Vec::new();
    for (id, [placed, effective, released]) in &counts {
        if *placed != 1 || *effective > 1 || *released > 1 {
            found.push(format!(
                "hold {id} was placed {placed}, effective {effective} and released {released} times"
            ));
        }
        let signed = |wanted: bool| {
            let of = |deed: &Deed| matches!(deed, Deed::Sign { hold, last } if hold == id && *last == wanted);
            index.calls.iter().any(|call| of(call.deed))
        };
        if *released > 0 && !(signed(false) && signed(true)) {
            found.push(format!("hold {id} was released and not signed by two"));
        }
    }
    (counts.len(), found)
}

/// Who checks each hold.
const OTHERS: [&str; 4] = ["enrollment", "dosing", "labs", "followup"];

fn agreed(index: &Index<'_>) -> Found {
    let mut found: Vec<String> = match index.behind {
        None => vec!["the history was not brought to its end".to_owned()],
        Some(behind) => behind.to_vec(),
    };
    let mut standing = BTreeSet::new();
    for row in &index.rows {
        match row.told {
            Told::Placed { hold, .. } => {
                standing.insert(hold.clone());
                found.extend(unchecked(index, hold));
            }
            Told::Released { hold, .. } => {
                standing.remove(hold);
            }
            _ => {}
        }
    }
    for (service, holds) in &index.standing {
        if **holds != standing {
            found.push(format!("{service} sees the holds {holds:?} stand; {standing:?} do"));
        }
    }
    (index.rows.len() + index.standing.len(), found)
}

fn unchecked(index: &Index<'_>, id: &str) -> Vec<String> {
    let checks = |service: &str| {
        let of = index.rows.iter().filter(|row| row.service == service);
        of.filter(|row| matches!(row.told, Told::Checked { hold } if hold == id)).count()
    };
    let wrong = OTHERS.into_iter().map(|service| (service, checks(service))).filter(|(_, count)| *count != 1);
    wrong.map(|(service, count)| format!("{service} checked hold {id} {count} times")).collect()
}

fn told(go: &Go<'_>) -> String {
    format!("a Go for {} (permit {})", named(go.thing), go.permit)
}

fn named(thing: &Thing) -> String {
    match thing.number {
        0 => format!("the allocation of {}", thing.subject),
        number => format!("infusion {number} of {}", thing.subject),
    }
}

#[cfg(test)]
#[path = "checker_tests.rs"]
mod tests;

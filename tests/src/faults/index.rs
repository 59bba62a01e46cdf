//! A history put in order for the rules: calls with their answers, what was heard, when each hold was known to be effective and
//! its release asked for.

use std::collections::{BTreeMap, BTreeSet};

use super::history::{Deed, Outcome, Record, Thing, What};
use super::seen::{HoldSeen, PermitSeen, Told};

/// A call.
pub(super) struct Call<'a> {
    pub sent: u64,
    pub deed: &'a Deed,
    pub answer: Option<(u64, &'a Outcome)>,
}

/// A valid Go, at the moment it was heard.
pub(super) struct Go<'a> {
    pub thing: &'a Thing,
    pub permit: &'a str,
    pub asked: u64,
    pub heard: u64,
    /// The ask carried a person's word on the Go before.
    pub statement: bool,
}

/// A hold as people knew it.
pub(super) struct Known<'a> {
    pub hold: &'a HoldSeen,
    pub in_flight: BTreeSet<&'a str>,
    /// When an answer first showed it effective.
    pub effective: Option<u64>,
    /// When the signature that may release it was first sent.
    pub release_asked: Option<u64>,
}

/// A row of a journal.
pub(super) struct Row<'a> {
    pub service: &'a str,
    pub number: u64,
    pub told: &'a Told,
}

#[derive(Default)]
pub(super) struct Index<'a> {
    pub calls: Vec<Call<'a>>,
    pub gos: Vec<Go<'a>>,
    pub holds: BTreeMap<&'a str, Known<'a>>,
    pub rows: Vec<Row<'a>>,
    pub permits: BTreeMap<&'a str, Option<&'a PermitSeen>>,
    pub standing: BTreeMap<&'a str, &'a BTreeSet<String>>,
    /// None where the history was not brought to its end.
    pub behind: Option<&'a [String]>,
}

impl<'a> Index<'a> {
    pub fn of(records: &'a [Record]) -> Self {
        let mut index = Self::default();
        let mut by_call = BTreeMap::new();
        for record in records {
            match &record.what {
                What::Sent { call, deed } => {
                    by_call.insert(*call, index.calls.len());
                    index.calls.push(Call { sent: record.at, deed, answer: None });
                }
                What::Answered { call, outcome } => {
                    if let Some(call) = by_call.get(call).and_then(|at| index.calls.get_mut(*at)) {
                        call.answer = Some((record.at, outcome));
                    }
                }
                What::Row { service, number, told } => {
                    index.rows.push(Row { service, number: *number, told });
                }
                What::Permit { permit, seen } => {
                    index.permits.insert(permit, seen.as_ref());
                }
                What::Standing { service, holds } => {
                    index.standing.insert(service, holds);
                }
                What::Behind(behind) => index.behind = Some(behind),
            }
        }
        index.hear();
        index.know();
        index
    }

    fn hear(&mut self) {
        for call in &self.calls {
            if let (Deed::Begin { thing, statement }, Some((heard, Outcome::Go { permit }))) =
                (call.deed, call.answer)
            {
                let (asked, statement) = (call.sent, *statement);
                self.gos.push(Go { thing, permit, asked, heard, statement });
            }
        }
        self.gos.sort_by_key(|go| go.heard);
    }

    fn know(&mut self) {
        for call in &self.calls {
            let Some((at, Outcome::Reported { holds, .. } | Outcome::Holds { holds, .. })) = call.answer
            else {
                continue;
            };
            for hold in holds {
                let known = self.holds.entry(&hold.hold).or_insert_with(|| Known {
                    hold,
                    in_flight: BTreeSet::new(),
                    effective: None,
                    release_asked: None,
                });
                known.in_flight.extend(hold.in_flight.iter().map(String::as_str));
                if hold.state == "effective" {
                    known.effective = Some(known.effective.map_or(at, |before| before.min(at)));
                }
            }
        }
        for call in &self.calls {
            if let Deed::Sign { hold, last: true } = call.deed
                && let Some(known) = self.holds.get_mut(hold.as_str())
            {
                known.release_asked.get_or_insert(call.sent);
            }
        }
    }

    /// Calls that were sent between two moments, both left out.
    pub fn sent_between(&self, from: u64, to: u64) -> impl Iterator<Item = &Call<'a>> {
        self.calls.iter().filter(move |call| from < call.sent && call.sent < to)
    }

    /// How many rows of a service tell what is asked for.
    pub fn told(&self, wanted: impl Fn(&Told) -> bool) -> usize {
        self.rows.iter().filter(|row| wanted(row.told)).count()
    }
}

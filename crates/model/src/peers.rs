//! How the services read each other: row by row, at a gate, and when heads are compared. What each makes of a row, or of a
//! journal that went back, stands in its own file; the order is the follower's and the journal service's.

use std::collections::BTreeSet;
use std::sync::Arc;

use holdpoint_journal::Head;
use holdpoint_safety::domain as safe;
use safe::hold::HoldState;
use safe::ids::HoldId;

use crate::journal::{Cursor, Event, Journal, Next};
use crate::mutation::Mutation;
use crate::names::Service;
use crate::safety::Acting;
use crate::state::State;

/// Which service reads which.
pub const READERS: [(Service, Service); 5] = [
    (Service::Safety, Service::Dosing),
    (Service::Safety, Service::Enrollment),
    (Service::Dosing, Service::Safety),
    (Service::Dosing, Service::Enrollment),
    (Service::Enrollment, Service::Safety),
];

impl State {
    /// Safety at work in one of its instances, and then whatever the witness sees of it.
    pub fn safety<T>(
        &mut self,
        instance: usize,
        mutation: Option<Mutation>,
        act: impl FnOnce(&mut Acting<'_>) -> T,
    ) -> T {
        let db = Arc::make_mut(&mut self.safety);
        let done = act(&mut Acting { db, instance: &mut self.instances[instance], mutation });
        self.see_holds();
        done
    }

    /// The journal of a service.
    pub fn journal(&self, of: Service) -> &Journal {
        match of {
            Service::Safety => &self.safety.journal,
            Service::Dosing => &self.dosing.journal,
            Service::Enrollment => &self.enrollment.journal,
        }
    }

    /// How far one service has read another.
    pub fn cursor(&self, reader: Service, source: Service) -> Cursor {
        let known = match reader {
            Service::Safety => self.safety.cursors.get(&source).cloned(),
            Service::Dosing => self.dosing.cursors.get(&source).cloned(),
            Service::Enrollment if source == Service::Safety => Some(self.enrollment.cursor.clone()),
            Service::Enrollment => None,
        };
        known.unwrap_or_default()
    }

    fn set_cursor(&mut self, reader: Service, source: Service, cursor: Cursor) {
        match reader {
            Service::Safety => drop(Arc::make_mut(&mut self.safety).cursors.insert(source, cursor)),
            Service::Dosing => drop(Arc::make_mut(&mut self.dosing).cursors.insert(source, cursor)),
            Service::Enrollment => Arc::make_mut(&mut self.enrollment).cursor = cursor,
        }
    }

    /// Whether the reader has something to read that it may act on. Where rows can be lost, each counts, whatever it says: it
    /// is by having seen one that a peer notices.
    pub fn is_behind(&self, reader: Service, source: Service) -> bool {
        let cursor = self.cursor(reader, source);
        if cursor.parked {
            return false;
        }
        let lossless = self.left.restores == 0 && !self.has_restored();
        match cursor.next(self.journal(source)) {
            Next::Nothing => false,
            Next::Row(row) if lossless && row.event == Event::Other => {
                self.journal(source).after(row.head.number).any(|later| later.event != Event::Other)
            }
            _ => true,
        }
    }

    /// The reader takes up the next row of the source that it may act on, and those before it.
    pub fn follow_on(&mut self, pair: (Service, Service), instance: usize, mutation: Option<Mutation>) {
        loop {
            let next = self.cursor(pair.0, pair.1).next(self.journal(pair.1));
            let passed_over = matches!(&next, Next::Row(row) if row.event == Event::Other);
            if !self.follow(pair, None, instance, mutation) || !passed_over {
                return;
            }
        }
    }

    /// The reader takes up the next row of the source, no further than `up_to`. False: there was none that it could apply.
    pub fn follow(
        &mut self,
        (reader, source): (Service, Service),
        up_to: Option<u64>,
        instance: usize,
        mutation: Option<Mutation>,
    ) -> bool {
        let cursor = self.cursor(reader, source);
        let (row, lost) = match cursor.next(self.journal(source)) {
            Next::Nothing => return false,
            Next::Row(row) => (row, false),
            Next::Opening(row) => (row, false),
            Next::Lost(row) => (row, true),
            Next::Lacks => {
                self.went_back(source, cursor.head, instance, mutation);
                return false;
            }
            Next::Contradiction => {
                self.peer_went_back(reader, source, instance, mutation);
                return false;
            }
        };
        if up_to.is_some_and(|number| row.head.number > number) {
            return false;
        }
        let applied = match reader {
            Service::Safety => self.safety(instance, mutation, |safety| safety.apply(source, &row)),
            Service::Dosing => Arc::make_mut(&mut self.dosing).apply(source, &row),
            Service::Enrollment => Arc::make_mut(&mut self.enrollment).apply(&row),
        };
        if applied && lost {
            // The incarnation is taken up first; then the reader goes on along the rows that the source has now.
            let journal = self.journal(source).clone();
            let mut back = cursor;
            back.back(&journal, &row);
            self.set_cursor(reader, source, back);
            self.peer_went_back(reader, source, instance, mutation);
        }
        applied
    }

    /// Reads on to the end, or to `up_to`.
    pub fn catch_up(
        &mut self,
        pair: (Service, Service),
        up_to: Option<Head>,
        instance: usize,
        mutation: Option<Mutation>,
    ) {
        while up_to.is_none_or(|wanted| !self.cursor(pair.0, pair.1).has_reached(&wanted))
            && self.follow(pair, up_to.map(|head| head.number), instance, mutation)
        {}
    }

    /// One service tells another what it has seen, hears the same, and reads on. False: the reader's own journal lacks a
    /// row that the source has seen.
    pub fn compare(
        &mut self,
        (reader, source): (Service, Service),
        instance: usize,
        mutation: Option<Mutation>,
    ) -> bool {
        if mutation == Some(Mutation::NoHeadComparison) {
            return true;
        }
        let seen = self.cursor(reader, source);
        if !self.journal(source).knows(&seen.head) {
            self.went_back(source, seen.head, instance, mutation);
        }
        let (offered, heard) = (self.journal(source).head(), self.cursor(source, reader).head);
        let whole = self.journal(reader).knows(&heard);
        if !whole {
            self.went_back(reader, heard, instance, mutation);
        }
        if seen.finds_gone_back(&offered) {
            self.peer_went_back(reader, source, instance, mutation);
        }
        self.catch_up((reader, source), None, instance, mutation);
        whole
    }

    /// A service is told that it lacks a row which a peer has seen.
    pub fn went_back(&mut self, who: Service, lost: Head, instance: usize, mutation: Option<Mutation>) {
        if mutation == Some(Mutation::NoHeadComparison) {
            return;
        }
        match who {
            Service::Safety => self.safety(instance, mutation, |safety| safety.went_back(lost)),
            Service::Dosing => {
                let before = self.released();
                Arc::make_mut(&mut self.dosing).went_back(lost, before);
            }
            Service::Enrollment => {
                let before = self.released();
                Arc::make_mut(&mut self.enrollment).went_back(lost, before);
            }
        }
    }

    /// A reader finds that a peer's journal does not continue what was seen of it.
    fn peer_went_back(
        &mut self,
        reader: Service,
        source: Service,
        instance: usize,
        mutation: Option<Mutation>,
    ) {
        match reader {
            Service::Safety => self.safety(instance, mutation, |safety| safety.peer_went_back(source)),
            Service::Dosing => {
                let before = self.released();
                Arc::make_mut(&mut self.dosing).peer_went_back(source, before);
            }
            Service::Enrollment => {}
        }
    }

    /// The holds that are released by now.
    fn released(&self) -> BTreeSet<HoldId> {
        let released = |hold: &&safe::hold::Hold| matches!(hold.state, HoldState::Released { .. });
        self.safety.holds.values().filter(released).map(|hold| hold.id.clone()).collect()
    }

    /// What the witness notes of holds, after safety did something.
    fn see_holds(&mut self) {
        let fresh = |state: &Self| {
            let known = |hold: &safe::hold::Hold| match hold.state {
                _ if state.witness.released.contains(&hold.id) => true,
                HoldState::Placed => state.witness.waiting.contains_key(&hold.id),
                HoldState::Effective { .. } => {
                    state.witness.effective.contains(&hold.id)
                        && !state.witness.waiting.contains_key(&hold.id)
                }
                HoldState::Released { .. } => false,
            };
            state.safety.holds.values().any(|hold| !known(hold))
        };
        if !fresh(self) {
            return;
        }
        let witness = Arc::make_mut(&mut self.witness);
        for hold in self.safety.holds.values() {
            let id = &hold.id;
            if witness.released.contains(id) {
                continue;
            }
            if hold.stands() && witness.standing.insert(id.clone()) {
                // From here on safety knows that it was restored, and waits for the longest life.
                if hold.stands_for_gap_of(&safe::ids::Peer::from(Service::Safety.name())) {
                    witness.waiting.values_mut().for_each(|age| *age = 0);
                }
                for (permit, known) in &witness.permits {
                    let own = self.safety.subjects.get(&known.placement.subject);
                    if covers(hold, known.activity, &known.placement, own) {
                        witness.covered.insert((id.clone(), permit.clone()));
                    }
                }
            }
            match hold.state {
                HoldState::Placed => drop(witness.waiting.entry(id.clone()).or_insert(0)),
                HoldState::Effective { .. } => {
                    witness.waiting.remove(id);
                    witness.effective.insert(id.clone());
                }
                HoldState::Released { .. } => {
                    witness.waiting.remove(id);
                    witness.effective.remove(id);
                    witness.standing.remove(id);
                    witness.released.insert(id.clone());
                }
            }
        }
    }
}

/// Whether a hold covers an activity in either side's view, in the witness's own words.
pub fn covers(
    hold: &safe::hold::Hold,
    activity: safe::scope::Activity,
    asked: &safe::scope::Placement,
    own: Option<&safe::scope::Placement>,
) -> bool {
    let stops = hold.activities.iter().any(|stops| stops.stops(activity));
    let within = |view: &safe::scope::Placement| hold.scope.covers(view);
    stops && (within(asked) || own.is_some_and(within))
}

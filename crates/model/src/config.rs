//! The named configurations: which small world is explored to its end, and what may go wrong in it.

use std::sync::Arc;

use crate::dosing::{Dosing, Stands};
use crate::enrollment::Enrollment;
use crate::mutation::Mutation;
use crate::names::{FIRST, OTHER, Planned, Service, Wanted};
use crate::peers::READERS;
use crate::safety::{Instance, Safety};
use crate::state::{Copies, Device, Hearing, Left, Line, Of, State, Witness};
use holdpoint_safety::domain::scope::Placement;

/// One configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// Its name.
    pub name: &'static str,
    /// Instances of safety.
    pub instances: usize,
    /// What each device asks for.
    pub devices: Vec<Of>,
    /// How many attempts each device makes.
    pub attempts: u8,
    /// How often each ask of a device can arrive.
    pub copies: u8,
    /// The holds that may be placed, once each.
    pub holds: Vec<Wanted>,
    /// What may go wrong, and how often.
    pub left: Left,
    /// The services that may be restored.
    pub restores: Vec<Service>,
    /// A restore may lose rows that nobody has seen.
    pub unseen: bool,
    /// A hold may be placed by a restored safety that has not heard of it from its peers yet.
    pub early: bool,
    /// The services do not hear each other at first, and do again later.
    pub cut: bool,
    /// People open the line, confirm and complete.
    pub given: bool,
    /// People abandon a start.
    pub abandoned: bool,
    /// Services read each other's journals on their own, besides at a gate.
    pub follow: bool,
    /// What is broken on purpose.
    pub mutation: Option<Mutation>,
}

const NOTHING: Left =
    Left { crashes: 0, restarts: 0, dosing_restarts: 0, clocks: 0, moves: 0, releases: 0, restores: 0 };

impl Config {
    /// One bedside, one hold, nothing goes wrong but the network.
    pub fn plain() -> Self {
        Self {
            name: "plain",
            instances: 1,
            devices: vec![Of::Dose(FIRST)],
            attempts: 1,
            copies: 1,
            holds: vec![Wanted::Suspension],
            left: NOTHING,
            restores: vec![],
            unseen: false,
            early: false,
            cut: false,
            given: false,
            abandoned: false,
            follow: true,
            mutation: None,
        }
    }

    /// Asks that arrive twice, second attempts with a person's statement, handlers that die at every step.
    pub fn retries_and_crashes() -> Self {
        let left = Left { crashes: 1, ..NOTHING };
        Self { name: "retries-and-crashes", attempts: 2, copies: 2, left, ..Self::plain() }
    }

    /// Two instances of safety, one of which restarts, and two devices at one infusion: two handlers of dosing.
    pub fn two_instances() -> Self {
        let left = Left { restarts: 1, ..NOTHING };
        let devices = vec![Of::Dose(FIRST), Of::Dose(FIRST)];
        Self { name: "two-instances", instances: 2, devices, left, ..Self::plain() }
    }

    /// Two holds, of which one is released while the other is placed; the line is opened.
    pub fn two_holds_and_a_release() -> Self {
        let left = Left { releases: 1, ..NOTHING };
        let holds = vec![Wanted::Suspension, Wanted::SiteOne];
        Self { name: "two-holds-and-a-release", holds, left, given: true, abandoned: true, ..Self::plain() }
    }

    /// One service is restored from an older copy: the name says which.
    pub fn restores(of: Service) -> Self {
        let name = match of {
            Service::Safety => "restores-safety",
            Service::Dosing => "restores-dosing",
            Service::Enrollment => "restores-enrollment",
        };
        let devices = if of == Service::Enrollment { vec![Of::Arm("A")] } else { vec![Of::Dose(FIRST)] };
        let left = Left { restores: 1, releases: 1, ..NOTHING };
        Self { name, devices, restores: vec![of], left, given: true, ..Self::plain() }
    }

    /// The services are cut off from each other, and hear each other again.
    pub fn partitions() -> Self {
        let left = Left { restarts: 1, ..NOTHING };
        Self { name: "partitions", attempts: 2, cut: true, left, ..Self::plain() }
    }

    /// The subject moves to another site while a hold on one of the two is placed.
    pub fn scope_change() -> Self {
        let left = Left { moves: 1, ..NOTHING };
        let holds = vec![Wanted::SiteOne, Wanted::SiteTwo];
        Self { name: "scope-change", holds, left, ..Self::plain() }
    }

    /// An allocation with its sealed place, next to a dose of another subject.
    pub fn sealed_slot() -> Self {
        let left = Left { crashes: 1, ..NOTHING };
        Self {
            name: "sealed-slot",
            devices: vec![Of::Arm("A")],
            attempts: 2,
            copies: 2,
            left,
            ..Self::plain()
        }
    }

    /// Clocks that are stepped or stand still.
    pub fn clocks() -> Self {
        let left = Left { clocks: 1, ..NOTHING };
        Self { name: "clocks", attempts: 2, left, ..Self::plain() }
    }

    /// What `cargo xtask model` explores.
    pub fn small() -> Vec<Self> {
        vec![
            Self::plain(),
            Self::retries_and_crashes(),
            Self::two_instances(),
            Self::two_holds_and_a_release(),
            Self::restores(Service::Safety),
            Self::restores(Service::Dosing),
            Self::restores(Service::Enrollment),
            Self::partitions(),
            Self::scope_change(),
            Self::sealed_slot(),
            Self::clocks(),
        ]
    }

    /// What `--deep` explores besides: larger ones, and pairs of what may go wrong.
    pub fn deep() -> Vec<Self> {
        let crash = |config: Self| Self { left: Left { crashes: 1, ..config.left.clone() }, ..config };
        let two = vec![Of::Dose(FIRST), Of::Dose(OTHER)];
        vec![
            Self { name: "two-subjects", devices: two, ..Self::two_holds_and_a_release() },
            Self {
                name: "dose-and-allocation",
                devices: vec![Of::Dose(FIRST), Of::Arm("B")],
                ..Self::plain()
            },
            Self { name: "two-instances-retries-crashes", attempts: 2, ..crash(Self::two_instances()) },
            Self { name: "restores-safety-retries", attempts: 2, ..Self::restores(Service::Safety) },
            Self { name: "restores-dosing-retries", attempts: 2, ..Self::restores(Service::Dosing) },
            Self { name: "restores-enrollment-retries", attempts: 2, ..Self::restores(Service::Enrollment) },
            Self { name: "partitions-crashes", ..crash(Self::partitions()) },
            Self { name: "scope-change-retries", attempts: 2, ..crash(Self::scope_change()) },
        ]
    }

    /// Which service reads which. Enrollment takes part where it is asked for something, where it says where subjects
    /// stand, where it is restored, and where all must agree: elsewhere its rows say nothing of permits.
    pub fn readers(&self) -> Vec<(Service, Service)> {
        let asked = self.devices.iter().any(|of| matches!(of, Of::Arm(_)));
        let takes_part = asked || self.cut || self.restores.contains(&Service::Enrollment);
        let says = takes_part || self.left.moves > 0;
        let mine = |pair: &(Service, Service)| match pair {
            (Service::Enrollment, _) => takes_part,
            (_, Service::Enrollment) => says,
            _ => true,
        };
        READERS.into_iter().filter(mine).collect()
    }

    /// The same with one change to the protocol.
    pub fn with(self, mutation: Mutation) -> Self {
        Self { mutation: Some(mutation), ..self }
    }

    /// The infusions that the devices ask for, each once.
    pub fn infusions(&self) -> Vec<Planned> {
        let mut all: Vec<Planned> = self
            .devices
            .iter()
            .filter_map(|of| match of {
                Of::Dose(planned) => Some(*planned),
                Of::Arm(_) => None,
            })
            .collect();
        all.sort();
        all.dedup();
        all
    }

    /// The state in which nothing has happened.
    pub fn start(&self) -> State {
        let infusions = self.infusions();
        let mut dosing = Dosing::with(&infusions);
        let mut safety = Safety::default();
        for planned in &infusions {
            dosing.subjects.insert(planned.subject, Stands { site: Some("s1"), arm: Some("x") });
            let subject = planned.subject.into();
            let stands = Placement {
                subject,
                site: Some("s1".into()),
                arms: [holdpoint_safety::domain::ids::ArmId::from("x")].into(),
                cohorts: Default::default(),
            };
            safety.subjects.insert(stands.subject.clone(), stands);
        }
        let arms: Vec<&'static str> = self
            .devices
            .iter()
            .filter_map(|of| match of {
                Of::Arm(subject) => Some(*subject),
                Of::Dose(_) => None,
            })
            .collect();
        let idle = |of: &Of| Device { of: *of, attempt: 0, age: 0, hearing: Hearing::Nothing };
        State {
            safety: Arc::new(safety),
            instances: vec![Instance::new(); self.instances],
            dosing: Arc::new(dosing),
            enrollment: Arc::new(Enrollment::with(&arms)),
            copies: Copies::default(),
            calls: vec![],
            asking: vec![],
            going: vec![],
            devices: self.devices.iter().map(idle).collect(),
            witness: Arc::new(Witness::default()),
            left: self.left.clone(),
            line: if self.cut { Line::Cut } else { Line::Up },
        }
    }
}

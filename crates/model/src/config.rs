//! The named configurations: which small world is explored to its end, and what may go wrong in it.

use std::sync::Arc;

use crate::dosing::{Dosing, Stands};
use crate::enrollment::Enrollment;
use crate::mutation::Mutation;
use crate::names::{FIRST, OTHER, Planned, Service, Wanted};
use crate::peers::READERS;
use crate::safety::{Instance, Safety};
use crate::state::{Copies, Device, Hearing, Left, Line, Of, State};
use crate::witness::Witness;
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
    /// A database is put back beneath running instances, as by a failover to an older copy.
    pub beneath: bool,
    /// At some moment the services hear each other again, in time.
    pub heals: bool,
    /// People open the line, confirm and complete.
    pub given: bool,
    /// People abandon a start.
    pub abandoned: bool,
    /// A service that reads another reads all that is there at once. What it would know after fewer rows it knows in the
    /// states in which it read sooner.
    pub in_batches: bool,
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
            beneath: false,
            heals: false,
            given: false,
            abandoned: false,
            in_batches: false,
            mutation: None,
        }
    }

    /// A second attempt with a person's statement, and handlers that die at every step.
    pub fn retries_and_crashes() -> Self {
        let left = Left { crashes: 1, ..NOTHING };
        Self { name: "retries-and-crashes", attempts: 2, left, in_batches: true, ..Self::plain() }
    }

    /// An ask that arrives twice and runs in two instances of dosing, each of which can die at every step.
    pub fn doubled_asks() -> Self {
        let left = Left { crashes: 1, ..NOTHING };
        Self { name: "doubled-asks", copies: 2, left, in_batches: true, ..Self::plain() }
    }

    /// Two instances of safety, one of which restarts, and two of dosing.
    pub fn two_instances() -> Self {
        let left = Left { restarts: 1, ..NOTHING };
        Self { name: "two-instances", instances: 2, copies: 2, left, in_batches: true, ..Self::plain() }
    }

    /// Two holds, of which one is released while the other is placed; the line is opened.
    pub fn two_holds_and_a_release() -> Self {
        let left = Left { releases: 1, ..NOTHING };
        let holds = vec![Wanted::Suspension, Wanted::SiteOne];
        Self {
            name: "two-holds-and-a-release",
            holds,
            left,
            given: true,
            abandoned: true,
            in_batches: true,
            ..Self::plain()
        }
    }

    /// One service is restored from an older copy: the name says which.
    pub fn restores(of: Service) -> Self {
        let name = match of {
            Service::Safety => "restores-safety",
            Service::Dosing => "restores-dosing",
            Service::Enrollment => "restores-enrollment",
        };
        let devices = if of == Service::Enrollment { vec![Of::Arm("A")] } else { vec![Of::Dose(FIRST)] };
        let left = Left { restores: 1, ..NOTHING };
        let given = of == Service::Dosing;
        Self { name, devices, restores: vec![of], left, given, in_batches: true, ..Self::plain() }
    }

    /// The services do not hear each other, whenever and for however long, and then do again.
    pub fn partitions() -> Self {
        let left = Left { restarts: 1, ..NOTHING };
        Self { name: "partitions", heals: true, left, in_batches: true, ..Self::plain() }
    }

    /// The subject moves to another site while a hold on one of the two is placed.
    pub fn scope_change() -> Self {
        let left = Left { moves: 1, ..NOTHING };
        let holds = vec![Wanted::SiteOne, Wanted::SiteTwo];
        Self { name: "scope-change", holds, left, in_batches: true, ..Self::plain() }
    }

    /// An allocation with its sealed place, next to a dose of another subject.
    pub fn sealed_slot() -> Self {
        let left = Left { crashes: 1, ..NOTHING };
        Self {
            name: "sealed-slot",
            devices: vec![Of::Arm("A")],
            attempts: 2,
            left,
            in_batches: true,
            ..Self::plain()
        }
    }

    /// Clocks that are stepped or stand still.
    pub fn clocks() -> Self {
        let left = Left { clocks: 1, ..NOTHING };
        Self { name: "clocks", attempts: 2, left, in_batches: true, ..Self::plain() }
    }

    /// What `cargo xtask model` explores.
    pub fn small() -> Vec<Self> {
        vec![
            Self::plain(),
            Self::retries_and_crashes(),
            Self::doubled_asks(),
            Self::two_holds_and_a_release(),
            Self::partitions(),
            Self::scope_change(),
            Self::clocks(),
            Self::sealed_slot(),
        ]
    }

    /// What `--deep` explores besides: larger ones, and pairs of what may go wrong.
    pub fn deep() -> Vec<Self> {
        let crash = |config: Self| Self { left: Left { crashes: 1, ..config.left.clone() }, ..config };
        let (first, other) = (Of::Dose(FIRST), Of::Dose(OTHER));
        let again = |name, config| Self { name, attempts: 2, ..config };
        let reconciled = |name, of| {
            let left = Left { restores: 1, releases: 1, ..NOTHING };
            Self { name, left, given: true, ..Self::restores(of) }
        };
        vec![
            Self::two_instances(),
            Self { name: "restores-safety-unheld", holds: vec![], ..Self::restores(Service::Safety) },
            Self::restores(Service::Safety),
            Self::restores(Service::Dosing),
            Self::restores(Service::Enrollment),
            again("doubled-asks-retries", Self::doubled_asks()),
            Self { name: "two-bedsides", devices: vec![first, first], ..Self::two_instances() },
            Self { name: "two-subjects", devices: vec![first, other], ..Self::two_holds_and_a_release() },
            Self {
                name: "dose-and-allocation",
                devices: vec![first, Of::Arm("B")],
                in_batches: true,
                ..Self::plain()
            },
            again("two-instances-retries-crashes", crash(Self::two_instances())),
            reconciled("reconciles-safety", Service::Safety),
            reconciled("reconciles-dosing", Service::Dosing),
            reconciled("reconciles-enrollment", Service::Enrollment),
            again("restores-safety-retries", Self::restores(Service::Safety)),
            again("restores-dosing-retries", Self::restores(Service::Dosing)),
            again("restores-enrollment-retries", Self::restores(Service::Enrollment)),
            again("partitions-retries-crashes", crash(Self::partitions())),
            again("scope-change-retries", crash(Self::scope_change())),
        ]
    }

    /// Which service reads which. Dosing and enrollment take part where they are asked for something, where they are restored,
    /// where all must agree, and where safety may be restored, which is told again by each of the holds that it has forgotten;
    /// enrollment is read besides where a subject moves. Elsewhere their rows say nothing of permits.
    pub fn readers(&self) -> Vec<(Service, Service)> {
        let asked = |service| self.devices.iter().any(|of| of.service() == service);
        let all = self.heals || self.restores.contains(&Service::Safety);
        let takes_part =
            |service| all || asked(service) || self.restores.contains(&service) || service == Service::Safety;
        let says = |service| takes_part(service) || self.left.moves > 0;
        READERS.into_iter().filter(|(reader, source)| takes_part(*reader) && says(*source)).collect()
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
            instances: vec![Instance::running(); self.instances],
            dosing: Arc::new(dosing),
            enrollment: Arc::new(Enrollment::with(&arms)),
            copies: Copies::default(),
            calls: vec![],
            asking: vec![],
            going: vec![],
            devices: self.devices.iter().map(idle).collect(),
            witness: Arc::new(Witness::default()),
            left: self.left.clone(),
            line: Line::Any,
        }
    }
}

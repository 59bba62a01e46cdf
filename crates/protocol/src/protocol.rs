//! One version of one trial, read and checked: the values that every decision of the platform asks.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::blocks::Blocks;
use crate::condition::FactScope;
use crate::dictionary::{Activity, DictionaryRef, Fact};
use crate::document::Table;
use crate::hash::{Digest, ProtocolRef};
use crate::ids::{
    ActivityId, ArmId, CohortId, CriterionId, EndpointId, EventId, OpenId, PhaseId, ProductId, RegimenId,
    ReportId, ResponseId, RuleId, TrialId,
};
use crate::load::Tally;
use crate::model::{
    AdverseEvents, Allocation, Amendment, Analysis, Arm, Changes, Cohort, Criterion, Endpoint, Escalation,
    Ethics, Event, OpenQuestion, Phase, Product, Records, Regimen, RegimenRole, Report, Response, Rule,
    SampleSize, Source, Stagger, Study, Windows,
};

/// A trial file that was accepted. Made by [`crate::load`] only, so that every value in it has been checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Protocol {
    /// The trial.
    pub id: TrialId,
    /// The version of this file.
    pub version: String,
    /// The full title.
    pub title: String,
    /// SHA-256 over the file and its dictionaries.
    pub digest: Digest,
    /// The dictionaries it uses.
    pub uses: Vec<DictionaryRef>,
    /// What a `ref` may name.
    pub source: Source,
    /// The title page.
    pub study: Study,
    /// Inclusion criteria.
    pub include: Blocks<CriterionId, Criterion>,
    /// Exclusion criteria.
    pub exclude: Blocks<CriterionId, Criterion>,
    /// Arms.
    pub arms: Blocks<ArmId, Arm>,
    /// How subjects come into them.
    pub allocation: Allocation,
    /// How many.
    pub sample_size: Option<SampleSize>,
    /// Investigational products.
    pub products: Blocks<ProductId, Product>,
    /// Regimens.
    pub regimens: Blocks<RegimenId, Regimen>,
    /// Cohorts.
    pub cohorts: Blocks<CohortId, Cohort>,
    /// How cohorts follow each other.
    pub escalation: Option<Escalation>,
    /// How far apart subjects are treated.
    pub stagger: Option<Stagger>,
    /// Events that the trial derives or adds; the dictionaries' are in `recorded_events`.
    pub events: Blocks<EventId, Event>,
    /// Windows by cadence.
    pub windows: Option<Windows>,
    /// Phases of the schedule.
    pub phases: Blocks<PhaseId, Phase>,
    /// Responses.
    pub responses: Blocks<ResponseId, Response>,
    /// Endpoints.
    pub endpoints: Blocks<EndpointId, Endpoint>,
    /// Adverse events, by the trial or by house policy.
    pub adverse_events: AdverseEvents,
    /// Safety and discontinuation rules.
    pub rules: Blocks<RuleId, Rule>,
    /// Reports, of the trial and of the house policy that it does not replace.
    pub reports: Blocks<ReportId, Report>,
    /// Records, by the trial or by house policy.
    pub records: Records,
    /// Who approves changes.
    pub changes: Option<Changes>,
    /// Ethics.
    pub ethics: Option<Ethics>,
    /// Analysis.
    pub analysis: Option<Analysis>,
    /// What this version changes.
    pub amendment: Option<Amendment>,
    /// What the paper leaves open.
    pub open: Blocks<OpenId, OpenQuestion>,
    /// Facts of a subject.
    pub facts: FactScope,
    /// Facts of one adverse event.
    pub adverse_event_facts: FactScope,
    /// Facts of one lot.
    pub lot_facts: FactScope,
    /// Events of the dictionaries, with what each means.
    pub recorded_events: BTreeMap<EventId, String>,
    /// Activities of the dictionaries.
    pub activities: BTreeMap<ActivityId, Activity>,
    /// Counts of what was read.
    pub tally: Tally,
    /// The name of the file, as the caller gave it.
    pub(crate) file: String,
    /// The text of the file.
    pub(crate) text: Arc<str>,
    /// The file as it stands, for comparing, explaining and naming what is assumed.
    pub(crate) document: Table,
    /// The dictionaries as they stand.
    pub(crate) dictionaries: BTreeMap<String, Table>,
}

impl Protocol {
    /// Trial, version and digest: what every decision records.
    pub fn reference(&self) -> ProtocolRef {
        ProtocolRef { id: self.id.clone(), version: self.version.clone(), digest: self.digest.clone() }
    }

    /// The text of the file, letter by letter.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The rule of this id.
    pub fn rule(&self, id: &RuleId) -> Option<&Rule> {
        self.rules.get(id)
    }

    /// The arm of this id.
    pub fn arm(&self, id: &ArmId) -> Option<&Arm> {
        self.arms.get(id)
    }

    /// The cohort of this id.
    pub fn cohort(&self, id: &CohortId) -> Option<&Cohort> {
        self.cohorts.get(id)
    }

    /// The regimen of this id.
    pub fn regimen(&self, id: &RegimenId) -> Option<&Regimen> {
        self.regimens.get(id)
    }

    /// The product of this id.
    pub fn product(&self, id: &ProductId) -> Option<&Product> {
        self.products.get(id)
    }

    /// The derived or added event of this id; none for one of a dictionary.
    pub fn event(&self, id: &EventId) -> Option<&Event> {
        self.events.get(id)
    }

    /// Whether an event of this id exists, in the trial or in a dictionary.
    pub fn knows_event(&self, id: &EventId) -> bool {
        self.events.contains(id) || self.recorded_events.contains_key(id)
    }

    /// The declaration of a fact, whosever it is.
    pub fn fact(&self, id: &str) -> Option<&Arc<Fact>> {
        [&self.facts, &self.adverse_event_facts, &self.lot_facts].into_iter().find_map(|scope| scope.get(id))
    }

    /// The regimens that an arm gives, in the order it names them.
    pub fn regimens_of<'a>(&'a self, arm: &'a Arm) -> impl Iterator<Item = &'a Regimen> {
        arm.gives.iter().filter_map(|id| self.regimens.get(id))
    }

    /// The investigational regimen of an arm, if it gives one.
    pub fn investigational_of<'a>(&'a self, arm: &'a Arm) -> Option<&'a Regimen> {
        self.regimens_of(arm).find(|regimen| regimen.role == RegimenRole::Investigational)
    }

    /// The largest number of doses that anyone is planned to receive; at least 1.
    pub fn most_doses(&self) -> u32 {
        let regimens = self.regimens.values().filter_map(|regimen| regimen.times);
        let cohorts = self.cohorts.values().filter_map(|cohort| cohort.times);
        regimens.chain(cohorts).max().unwrap_or(1).max(1)
    }
}

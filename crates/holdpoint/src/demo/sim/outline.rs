//! What of a trial file drives the story: arms and their expected shares, how many are allocated, what a laboratory sends for which
//! activity, how far apart first doses must be. No figure of a trial stands in the code.

use std::collections::{BTreeMap, BTreeSet};

use holdpoint_protocol::Protocol;
use holdpoint_protocol::dictionary::FactKind;
use holdpoint_protocol::ids::{ActivityId, CohortId, EventId, FactId};
use holdpoint_protocol::model::{CategoryTest, RegimenRole, RuleScope, Verb};
use holdpoint_protocol::scalar::{Anchor, Dose, Moment, PhaseEnd, Span};
use jiff::civil::Date;

use super::chart::confirmed_before_allocation;

/// An analyte as a laboratory prints it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Printed {
    pub fact: FactId,
    /// LOINC.
    pub code: String,
    /// UCUM.
    pub unit: String,
}

/// The story of a file.
#[derive(Debug, Clone)]
pub(crate) struct Outline {
    /// How many the file wants allocated.
    pub places: u32,
    /// How many are allocated.
    pub size: u32,
    /// Percent of each arm expected to reach the endpoint.
    pub expected: BTreeMap<String, u32>,
    /// What an investigator confirms before an allocation.
    pub confirmed: Vec<EventId>,
    /// Whether events of the file are found in counts: then counts are those of a failing graft.
    pub counts_decide: bool,
    /// Days from the allocation to the assessment of a response; 0 where none is assessed.
    pub assessed_after_days: i64,
    /// Categories of those who reached no other: no response.
    pub otherwise: BTreeSet<String>,
    /// What happens to the disease and ends a treatment that is not over, by the file's rules: a relapse.
    pub setbacks: Vec<EventId>,
    /// Activities that a laboratory does by itself, with what it prints.
    pub laboratory: BTreeMap<ActivityId, Vec<Printed>>,
    /// The activity whose analytes decide, where counts do.
    pub counted: Option<ActivityId>,
    /// Facts that people write down with an activity.
    pub by_hand: BTreeMap<ActivityId, Vec<FactId>>,
    /// The gap between first doses of different subjects.
    pub gap: Option<Span>,
    /// So many days somebody is observed before the first dose: the longest of the file's phases that are counted back from it.
    pub run_in_days: i64,
    /// Cohorts in the order in which they open.
    pub cohorts: Vec<CohortId>,
    /// Whether a dose is reckoned by the kilogram.
    pub by_weight: bool,
    /// The last visit is so long after its anchor, in the file's words: what the story's end waits for.
    pub horizon: Vec<String>,
    /// The longest of these that the file writes as a span, in days.
    pub horizon_days: i64,
}

/// Where the file gives no number.
const SOME: u32 = 12;

impl Outline {
    /// Reads it off the file.
    pub fn of(protocol: &Protocol) -> Self {
        let laboratory = laboratory(protocol);
        let counts = facts_of_runs(protocol);
        let counted = laboratory
            .iter()
            .find(|(_, printed)| printed.iter().any(|one| counts.contains(&one.fact)))
            .map(|(activity, _)| activity.clone());
        Self {
            places: size(protocol),
            size: size(protocol),
            expected: expected(protocol),
            confirmed: confirmed_before_allocation(protocol).into_iter().cloned().collect(),
            counts_decide: counted.is_some(),
            assessed_after_days: assessed_after_days(protocol),
            otherwise: otherwise(protocol),
            setbacks: setbacks(protocol),
            by_hand: by_hand(protocol, &laboratory),
            laboratory,
            counted,
            gap: protocol.stagger.as_ref().map(|stagger| stagger.gap),
            run_in_days: run_in_days(protocol),
            cohorts: cohorts(protocol),
            by_weight: by_weight(protocol),
            horizon: horizon(protocol),
            horizon_days: horizon_days(protocol),
        }
    }
}

fn size(protocol: &Protocol) -> u32 {
    let arms: u32 = protocol.arms.values().filter_map(|arm| arm.size).sum();
    let known = protocol.cohorts.values().filter(|cohort| cohort.returns.is_none());
    let cohorts: u32 = known.filter_map(|cohort| Some(cohort.size?.most)).sum();
    let stated = protocol.sample_size.as_ref().and_then(|size| size.enroll.total);
    let number =
        stated.or(Some(arms).filter(|n| *n > 0)).or(Some(cohorts).filter(|n| *n > 0)).unwrap_or(SOME);
    if cohorts > 0 { number.min(cohorts) } else { number }
}

fn run_in_days(protocol: &Protocol) -> i64 {
    let before = protocol.phases.values().filter_map(|phase| match &phase.from {
        Moment::Before(span, Anchor::Dose(1)) => Some(days(*span)),
        _ => None,
    });
    before.max().unwrap_or(0)
}

/// The groups of an escalation in which somebody comes for the first time.
fn cohorts(protocol: &Protocol) -> Vec<CohortId> {
    let order = protocol.escalation.iter().flat_map(|rule| &rule.order);
    let first = |id: &&CohortId| protocol.cohorts.get(id.as_str()).is_some_and(|one| one.returns.is_none());
    order.filter(first).cloned().collect()
}

fn expected(protocol: &Protocol) -> BTreeMap<String, u32> {
    let figures = protocol.sample_size.as_ref().and_then(|size| size.figures.as_ref());
    let shares = figures.into_iter().flat_map(|figures| figures.expected.iter());
    shares.map(|(arm, share)| (arm.to_string(), share.number())).collect()
}

/// The longest of the responses' assessments, counted from the allocation.
fn assessed_after_days(protocol: &Protocol) -> i64 {
    let at = protocol.responses.values().filter_map(|response| response.at.as_ref());
    at.filter_map(|moment| match moment {
        Moment::After(span, _) => Some(days(*span)),
        _ => None,
    })
    .max()
    .unwrap_or(0)
}

fn otherwise(protocol: &Protocol) -> BTreeSet<String> {
    let categories = protocol.responses.values().flat_map(|response| &response.categories);
    let rest = categories.filter(|category| category.test == CategoryTest::Otherwise);
    rest.map(|category| category.id.to_string()).collect()
}

/// What wakes a rule by itself that stops the subject's doses, and after the last of them stops nothing. Adverse events are drawn
/// elsewhere.
fn setbacks(protocol: &Protocol) -> Vec<EventId> {
    let rules = protocol.rules.values().filter(|rule| {
        let by_itself = rule.when.is_none() && rule.attest.is_none() && rule.threshold.is_none();
        by_itself
            && rule.before.is_some()
            && rule.scope == RuleScope::Subject
            && rule.then == [Verb::StopDosing]
    });
    let events: BTreeSet<&EventId> = rules.filter_map(|rule| rule.on.as_ref()).collect();
    events.into_iter().filter(|event| event.as_str() != super::adverse::ADVERSE_EVENT).cloned().collect()
}

/// A span in days, months and years by the calendar from an ordinary day.
pub(crate) fn days(span: Span) -> i64 {
    let start = Date::constant(2026, 1, 1);
    match (span.exact(), span.calendar()) {
        (Some(exact), _) => exact.as_secs() / 86_400,
        (None, Some(calendar)) => {
            let months = jiff::Span::new().months(i64::from(calendar.months)).days(i64::from(calendar.days));
            start.checked_add(months).map_or(0, |end| super::days_from(start, end))
        }
        (None, None) => 0,
    }
}

fn laboratory(protocol: &Protocol) -> BTreeMap<ActivityId, Vec<Printed>> {
    let printed = |fact: &FactId| {
        let fact = protocol.facts.get(fact.as_str())?;
        let unit = fact.unit.as_ref()?.as_str();
        Some(Printed { fact: fact.id.clone(), code: fact.loinc.clone()?, unit: ucum(unit) })
    };
    let activities = protocol.activities.iter().filter_map(|(id, activity)| {
        let all: Option<Vec<Printed>> = activity.yields.iter().map(printed).collect();
        all.filter(|all| !all.is_empty()).map(|all| (id.clone(), all))
    });
    activities.collect()
}

/// The dictionary's word for powers of ten in UCUM's: "e9/L" is printed "10*9/L".
fn ucum(unit: &str) -> String {
    match unit.strip_prefix('e') {
        Some(power) if power.starts_with(|c: char| c.is_ascii_digit()) => format!("10*{power}"),
        _ => unit.to_owned(),
    }
}

/// What the runs of events and responses look at.
fn facts_of_runs(protocol: &Protocol) -> BTreeSet<FactId> {
    let events = protocol.events.values().filter(|event| event.on.is_none() && event.all_of.is_empty());
    let conditions = events.filter_map(|event| event.run.as_ref()).filter(|run| run.lasts.is_some());
    conditions.flat_map(|run| run.when.facts().into_iter().cloned()).collect()
}

/// Facts that no laboratory sends and no formula reckons.
fn by_hand(
    protocol: &Protocol,
    laboratory: &BTreeMap<ActivityId, Vec<Printed>>,
) -> BTreeMap<ActivityId, Vec<FactId>> {
    let written = |id: &&FactId| {
        protocol.facts.get(id.as_str()).is_some_and(|fact| {
            fact.derive.is_none() && !matches!(fact.kind, FactKind::Elapsed(_) | FactKind::Completed(_))
        })
    };
    let others = protocol.activities.iter().filter(|(id, _)| !laboratory.contains_key(*id));
    others
        .map(|(id, activity)| (id.clone(), activity.yields.iter().filter(written).cloned().collect()))
        .collect()
}

fn by_weight(protocol: &Protocol) -> bool {
    let regimens = protocol.regimens.values().filter(|regimen| regimen.role == RegimenRole::Investigational);
    let doses =
        regimens.filter_map(|regimen| regimen.dose).chain(protocol.cohorts.values().filter_map(|c| c.dose));
    doses.into_iter().any(|dose: Dose| dose.is_per_kilogram())
}

fn horizon(protocol: &Protocol) -> Vec<String> {
    let ends = protocol.phases.values().map(|phase| {
        let ends: Vec<String> = phase.until.iter().map(ToString::to_string).collect();
        format!("{}: {}", phase.id, if ends.is_empty() { "no end".to_owned() } else { ends.join(" or ") })
    });
    ends.collect()
}

fn horizon_days(protocol: &Protocol) -> i64 {
    let ends = protocol.phases.values().flat_map(|phase| &phase.until);
    let spans = ends.filter_map(|end| match end {
        PhaseEnd::Lasting(span) | PhaseEnd::Moment(Moment::After(span, _)) => Some(days(*span)),
        PhaseEnd::Moment(_) => None,
    });
    spans.max().unwrap_or(0)
}

/// The first rule that suspends the whole trial by what an adverse event is, not by a count or a person's word.
pub(crate) fn suspending_rule(protocol: &Protocol) -> Option<&holdpoint_protocol::model::Rule> {
    protocol.rules.values().find(|rule| {
        rule.then.contains(&Verb::SuspendTrial)
            && rule.on.as_ref().is_some_and(|event| event.as_str() == super::adverse::ADVERSE_EVENT)
            && rule.when.is_some()
            && rule.threshold.is_none()
            && rule.attest.is_none()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial_file;

    fn outline(trial: &str) -> Outline {
        Outline::of(&trial_file::read(trial).unwrap().protocol().unwrap())
    }

    #[test]
    fn the_first_trial_is_driven_by_its_counts_and_its_expected_shares() {
        let outline = outline("pgf-msc");
        assert_eq!(outline.size, 68);
        assert_eq!(outline.expected, [("msc".to_owned(), 76), ("control".to_owned(), 38)].into());
        assert_eq!((outline.assessed_after_days, outline.horizon_days), (56, 5 * 365 + 1));
        assert!(outline.counts_decide && outline.by_weight);
        assert_eq!(outline.otherwise, ["NR".to_owned()].into());
        let setbacks: Vec<&str> = outline.setbacks.iter().map(EventId::as_str).collect();
        assert_eq!(setbacks, ["relapse"]);
        assert_eq!(outline.counted.as_ref().unwrap().as_str(), "cbc");
        let cbc = &outline.laboratory["cbc"];
        assert!(cbc.iter().any(|one| one.code == "777-3" && one.unit == "10*9/L"));
        assert!(outline.by_hand["marrow"].iter().any(|fact| fact.as_str() == "marrow-cellularity"));
        assert!(!outline.by_hand.contains_key("cbc"));
    }

    #[test]
    fn an_escalation_has_its_cohorts_and_its_gap() {
        let outline = outline("nct01609283");
        assert_eq!((outline.size, outline.cohorts.len()), (25, 5));
        assert_eq!(days(outline.gap.unwrap()), 7);
        assert!(!outline.counts_decide && outline.expected.is_empty() && !outline.by_weight);
    }

    #[test]
    fn who_is_observed_before_the_first_dose_is_given_it_after_that() {
        let run_in = |trial| outline(trial).run_in_days;
        assert!((181..=184).contains(&run_in("nct01254539")), "six months");
        assert!((89..=92).contains(&run_in("nct01348451")), "three months");
        assert_eq!(run_in("pgf-msc"), 0);
    }

    #[test]
    fn a_cohort_of_people_who_return_takes_nobody_for_the_first_time() {
        let outline = outline("nct01348451");
        assert_eq!((outline.size, outline.cohorts.len()), (15, 5));
    }

    #[test]
    fn every_trial_has_somebody_to_allocate() {
        for trial in trial_file::known() {
            assert!(outline(trial).size > 0, "{trial}");
        }
    }
}

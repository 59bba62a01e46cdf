//! What each word of the laboratory is graded as, with a line that says why: against the laboratory's own limits and the
//! subject's baseline, on the scale of its trial file. A comparator is graded as the least that it may be; words are not.

use holdpoint_clinical::ctcae::{self, Against, Scale, Term};
use holdpoint_clinical::{Comparator, Printed, ReferenceRange};
use rust_decimal::Decimal;

use super::candidate;
use super::course::{Course, Point};
use super::reading::{Measured, Reading};
use super::result::{LabResult, Word};
use super::subject::Subject;
use super::watched::{LaboratoryFact, Watched};

/// A grade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grade {
    /// The scale's term.
    pub term: &'static str,
    /// The scale with its version.
    pub scale: &'static str,
    /// 0 is measured and not abnormal; none where it is not gradable.
    pub grade: Option<u8>,
    /// Why, in a line.
    pub because: String,
}

/// By what the words of one subject are graded.
#[derive(Clone, Copy, Debug)]
pub struct Grader<'a> {
    /// The trial file.
    pub watched: &'a Watched,
    /// The subject.
    pub subject: &'a Subject,
    /// Its counts, of which one is the baseline.
    pub course: &'a Course,
}

impl Grader<'_> {
    /// The grades of one word, a term each. None where the trial has no use for the analyte, or the scale no term.
    pub fn grades(&self, result: &LabResult, word: &Word) -> Vec<Grade> {
        let events = &self.watched.protocol.adverse_events;
        let scale = ctcae::scale(&events.scale.to_string());
        let fact = self.watched.fact(&result.system, &result.code);
        let (Some(scale), Some(fact)) = (scale, fact) else { return vec![] };
        let spares = events.laboratory.as_ref().map(|laboratory| laboratory.spare.as_slice());
        let spared = spares.unwrap_or_default().iter().any(|spare| spare.as_str() == fact.fact);
        let unit = fact.unit.as_deref().unwrap_or_default();
        let terms = scale.terms_of(&fact.fact).filter(|term| term.is_in(unit));
        let graded = terms.filter_map(|term| self.grade(scale, term, fact, word));
        graded.map(|grade| if spared { raises_nothing(grade) } else { grade }).collect()
    }

    fn grade(&self, scale: &Scale, term: &'static Term, fact: &LaboratoryFact, word: &Word) -> Option<Grade> {
        let grade = |grade, because| Some(Grade { term: term.name, scale: scale.name, grade, because });
        match &word.reading {
            Reading::Nothing => None,
            Reading::Number(measured) => {
                let against = self.against(&fact.fact, word, measured.lower, measured.upper);
                let assessment = scale.assess(term, measured.value, &against);
                grade(assessment.worst, assessment.because)
            }
            Reading::Words => {
                let known = beyond(fact, word);
                let least = known.and_then(|(comparator, limit, range)| {
                    let against = self.against(&fact.fact, word, range.lower, range.upper);
                    let least = term.grade_beyond(comparator, limit, &against)?;
                    // 0 at least says nothing where farther on it may be worse.
                    let open = least == 0 && term.grade(far(comparator, limit), &against) != Some(0);
                    (!open).then_some(least)
                });
                let said = match (known, least) {
                    (Some(_), Some(least)) => format!("grade {least} at least: {} {}", word.value, word.unit),
                    (Some(_), None) => {
                        format!("not gradable: {} {} may as well be normal", word.value, word.unit)
                    }
                    (None, _) => "not gradable: the laboratory printed no number".to_owned(),
                };
                grade(least, format!("{}, {}, {said}", scale.name, term.name))
            }
        }
    }

    /// The laboratory's own limits, and the baseline of a word that was said of a later specimen.
    fn against(&self, fact: &str, word: &Word, lower: Option<Decimal>, upper: Option<Decimal>) -> Against {
        let points = self.course.points.get(fact).map_or(&[][..], Vec::as_slice);
        let (baseline, _) = candidate::baseline(self.subject, points);
        let before = baseline.filter(|point| point.taken_at < word.taken_at);
        let before: Option<&Measured> = before.and_then(|point: &Point| point.measured.as_ref());
        Against {
            lower,
            upper,
            baseline: before.map(|before| before.value),
            baseline_upper: before.and_then(|before| before.upper),
            ..Against::default()
        }
    }
}

/// A value that lies far on the side of the comparator.
fn far(comparator: Comparator, limit: Decimal) -> Decimal {
    match comparator {
        Comparator::Below | Comparator::AtMost => Decimal::ZERO,
        Comparator::Above | Comparator::AtLeast => limit.saturating_mul(Decimal::ONE_THOUSAND),
    }
}

/// A comparator with its number and range in the unit of the dictionary.
fn beyond(fact: &LaboratoryFact, word: &Word) -> Option<(Comparator, Decimal, ReferenceRange)> {
    let Printed::Beyond(comparator, limit) = Printed::read(&word.value) else { return None };
    let range = ReferenceRange::read(&word.range).unwrap_or_default();
    match fact.units() {
        None => (fact.unit.as_deref() == Some(word.unit.trim())).then_some((comparator, limit, range)),
        Some((analyte, to)) => {
            let from = analyte.unit(&word.unit)?;
            Some((comparator, from.convert(limit, to)?, range.map(|limit| from.convert(limit, to))))
        }
    }
}

fn raises_nothing(grade: Grade) -> Grade {
    Grade { because: format!("{}; the trial file lets it raise no adverse event", grade.because), ..grade }
}

//! The twelve nouns of a trial file as typed values, one file a noun (format 3.2 and 3.3).

mod adverse_events;
mod allocation;
mod amendment;
mod arm;
mod cohort;
mod criterion;
mod endpoint;
mod escalation;
mod event;
mod governance;
mod head;
mod inject;
mod ladder;
mod open;
mod phase;
mod product;
mod regimen;
mod report;
mod response;
mod role;
mod rule;
mod run;
mod sample_size;
mod stagger;
mod study;
mod windows;

pub use adverse_events::{AdverseEvents, Collect, LaboratoryFindings};
pub use allocation::{Allocation, AllocationMethod, Blinding};
pub use amendment::Amendment;
pub use arm::{Arm, ArmRole};
pub use cohort::{Cohort, CohortSize};
pub use criterion::{Criterion, CriterionKind, CriterionStep};
pub use endpoint::{Endpoint, EndpointRank, Measure, Subject};
pub use escalation::{Escalation, EscalationRule, Gate, NextCohort};
pub use event::Event;
pub use governance::{Analysis, Changes, Ethics, Interim, Records};
pub use head::{Assumed, Head, Origin};
pub use inject::Inject;
pub use ladder::{DrugVerb, Ladder, Titration};
pub use open::OpenQuestion;
pub use phase::{Phase, ScheduledActivity};
pub use product::Product;
pub use regimen::{Give, Regimen, RegimenRole, Step};
pub use report::Report;
pub use response::{Category, CategoryTest, Response};
pub use role::Role;
pub use rule::{Rule, RuleScope, Threshold, Verb};
pub use run::Run;
pub use sample_size::{Correction, Enrollment, Figures, SampleSize, SampleSizeTest};
pub use stagger::Stagger;
pub use study::{Source, Study, TimelinePeriod};
pub use windows::Windows;

/// Gives an enumeration of words its text, its reading and the list of what is allowed.
macro_rules! words {
    ($type:ty { $($variant:ident = $text:literal),+ $(,)? }) => {
        impl $type {
            /// The words of the file, in the order of the list.
            pub const WORDS: &'static [&'static str] = &[$($text),+];

            /// The word in the file.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text),+
                }
            }

            /// Reads the word of the file.
            pub fn from_word(word: &str) -> Option<Self> {
                match word {
                    $($text => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(crate) use words;

//! The scalars of a trial file: one newtype each, read from text and written back to the same meaning.
//! Numbers are exact decimals. A text that does not fit is refused with what would have fitted.

mod amount;
mod cadence;
mod dose;
mod error;
mod first;
mod interval;
mod late;
mod level;
mod line;
mod moment;
mod percent;
mod run_for;
mod scale;
mod scan;
mod span;
mod until;
mod weigh;
mod window;
mod within;
mod without;

pub use amount::Amount;
pub use cadence::Cadence;
pub use dose::{Dose, DoseAmount, DosePer, DoseUnit};
pub use error::ScalarError;
pub use first::First;
pub use interval::Interval;
pub use late::Late;
pub use level::{Level, LevelPart};
pub use line::{Duty, Line, LineKind, LinePart};
pub use moment::{Anchor, Moment};
pub use percent::{Percent, Tolerance};
pub use run_for::RunFor;
pub use scale::Scale;
pub use span::{CalendarSpan, Span, SpanUnit};
pub use until::{CollectEnd, PhaseEnd};
pub use weigh::Weigh;
pub use window::Window;
pub use within::Within;
pub use without::Without;

pub(crate) use error::Scalar;
pub(crate) use scan::Scan;

#[cfg(test)]
mod tests;

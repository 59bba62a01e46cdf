//! Advice on a drug's ladder: asked at each result, the first line that holds decides (semantics 18 to 21).
//! Advice only: people prescribe.

use jiff::civil::Date;

use super::chart::Chart;
use super::runs::Runs;
use super::time::{day_after, days_between};
use crate::model::{DrugVerb, Ladder, Run, Titration};

/// Where a subject stands on a ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrugState {
    /// The level, from 1; of a stopped drug the last one.
    pub level: u32,
    /// The day the level was last changed or the drug was started; none while it never changed.
    pub since: Option<Date>,
    /// Whether it is taken.
    pub standing: DrugStanding,
}

/// Whether a drug is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DrugStanding {
    /// It is.
    Taken,
    /// It was stopped and may be resumed.
    Stopped,
    /// It was ended for good.
    Ended,
}

/// What is advised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Advice {
    /// Leave it as it is.
    NoChange,
    /// Go to this level.
    Step(u32),
    /// Stop it.
    Stop,
    /// End it for good.
    End,
    /// Start it again at this level.
    Resume(u32),
}

/// Advice with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advised {
    /// What is advised.
    pub advice: Advice,
    /// The line of the ladder that decided, from 1; none when none held.
    pub line: Option<usize>,
    /// Why.
    pub reason: String,
}

/// Why a change is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeRefused {
    /// The ladder has no such level.
    #[error("there is no level {level}; allowed: 1 to {highest}")]
    NoLevel {
        /// What was asked.
        level: u32,
        /// The highest.
        highest: u32,
    },
    /// No line of the ladder proposes it.
    #[error("no line of the ladder proposes level {level}: {reason}")]
    NotProposed {
        /// What was asked.
        level: u32,
        /// What the ladder says instead.
        reason: String,
    },
}

/// A count older than this advises nothing: no two values of a run are further apart (semantics 24).
const FRESH_DAYS: i64 = 7;

/// What is advised on a day, at the newest results up to it.
pub fn advise_on(ladder: &Ladder, state: &DrugState, chart: &Chart, today: Date) -> Advised {
    match last_result(ladder, chart, today) {
        Some(on) if days_between(on, today) <= FRESH_DAYS => advise(ladder, state, chart, on),
        Some(on) => unchanged(
            None,
            format!(
                "the newest result is of {on}, more than {FRESH_DAYS} days before {today}: no advice without a fresh one"
            ),
        ),
        None => unchanged(None, format!("no result is known up to {today}")),
    }
}

/// What is advised at the results of one day.
pub fn advise(ladder: &Ladder, state: &DrugState, chart: &Chart, on: Date) -> Advised {
    if state.standing == DrugStanding::Ended {
        return unchanged(None, "the drug was ended and is asked no more".to_owned());
    }
    let mut lines = ladder.lines.iter().enumerate();
    let Some((place, line)) = lines.find(|(_, line)| holds(line, state, chart, on)) else {
        return unchanged(None, format!("no line of the ladder holds on {on}: no change"));
    };
    let number = place + 1;
    for verb in &line.then {
        let advised = obey(*verb, ladder, state, on).map_err(|why| unchanged(Some(number), why));
        match advised {
            Ok(Advice::NoChange) => {}
            Ok(advice) => {
                let lasting = line.lasts.map_or(String::new(), |lasts| format!(" for {lasts}"));
                let reason = format!("{}{lasting} on {on}: {verb}", line.when);
                return Advised { advice, line: Some(number), reason };
            }
            Err(unchanged) => return unchanged,
        }
    }
    unchanged(Some(number), format!("{} on {on}, and the ladder has no level further", line.when))
}

fn unchanged(line: Option<usize>, reason: String) -> Advised {
    Advised { advice: Advice::NoChange, line, reason }
}

fn holds(line: &Titration, state: &DrugState, chart: &Chart, on: Date) -> bool {
    let stopped = state.standing == DrugStanding::Stopped;
    let lasted = |after| state.since.is_none_or(|since| day_after(since, after) <= on);
    if line.while_stopped != stopped
        || line.level.is_some_and(|level| level != state.level)
        || line.after.is_some_and(|after| !lasted(after))
    {
        return false;
    }
    // Only days since the change count towards `for`, as a run begins on a later day than its event.
    let begin = line.lasts.and(state.since).and_then(|since| since.tomorrow().ok());
    let run = Run { when: line.when.clone(), lasts: line.lasts, bridge_one_day: false, without: None };
    Runs::of(chart).standing_on(&run, begin, on).is_some()
}

/// A verb as advice; a step waits for `again`, stopping and ending never do.
fn obey(verb: DrugVerb, ladder: &Ladder, state: &DrugState, on: Date) -> Result<Advice, String> {
    let highest = u32::try_from(ladder.levels.len()).unwrap_or(u32::MAX);
    let (to, resumes) = match verb {
        DrugVerb::Stop => return Ok(Advice::Stop),
        DrugVerb::End => return Ok(Advice::End),
        DrugVerb::StepUp(levels) => (state.level.checked_add(levels), false),
        DrugVerb::StepDown(levels) => (state.level.checked_sub(levels), false),
        DrugVerb::ResumeLower(levels) => (state.level.checked_sub(levels), true),
    };
    let Some(to) = to.filter(|to| (1..=highest).contains(to)) else { return Ok(Advice::NoChange) };
    if resumes {
        return Ok(Advice::Resume(to));
    }
    match (ladder.again, state.since) {
        (Some(again), Some(since)) if on < day_after(since, again) => {
            Err(format!("the level was changed on {since}; no step before {}", day_after(since, again)))
        }
        _ => Ok(Advice::Step(to)),
    }
}

/// Whether people may do what they want to. They may step down or stop at any time; a step up that no line
/// proposes is refused.
///
/// # Errors
/// Why it is refused.
pub fn judge_change(
    ladder: &Ladder,
    state: &DrugState,
    advised: &Advised,
    wanted: Advice,
) -> Result<(), ChangeRefused> {
    let highest = u32::try_from(ladder.levels.len()).unwrap_or(u32::MAX);
    match wanted {
        _ if wanted == advised.advice => Ok(()),
        Advice::NoChange | Advice::Stop | Advice::End => Ok(()),
        Advice::Step(level) | Advice::Resume(level) if level < 1 || level > highest => {
            Err(ChangeRefused::NoLevel { level, highest })
        }
        Advice::Step(level) if level <= state.level && state.standing == DrugStanding::Taken => Ok(()),
        Advice::Step(level) | Advice::Resume(level) => {
            Err(ChangeRefused::NotProposed { level, reason: advised.reason.clone() })
        }
    }
}

/// The day of the newest result that the ladder's lines name, up to a day.
pub fn last_result(ladder: &Ladder, chart: &Chart, today: Date) -> Option<Date> {
    let runs = Runs::of(chart);
    ladder.lines.iter().filter_map(|line| runs.last_measured(&line.when, today)).max()
}

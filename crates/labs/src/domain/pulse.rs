//! How a feed does: what it was answered, how late its messages come, and whether it is silent against its own past. A
//! laboratory at night is silent for hours and nothing is wrong; the same silence of an analyzer that sends every minute is
//! a broken line.

use std::collections::BTreeMap;

use jiff::fmt::serde::timestamp::microsecond as micros;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::ids::FeedId;
use super::message::Code;

/// A feed's pulse.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pulse {
    /// The feed.
    pub feed: FeedId,
    /// When its last message came.
    #[serde(with = "micros::optional")]
    pub last_at: Option<Timestamp>,
    /// When that one was sent, where it says so.
    #[serde(with = "micros::optional")]
    pub last_sent: Option<Timestamp>,
    /// Messages and reports that were accepted.
    pub accepted: u64,
    /// Those with something wrong in them.
    pub errors: u64,
    /// Those that were not taken.
    pub rejected: u64,
    /// The same again.
    pub repeated: u64,
    /// The last that was not accepted, with the first thing that was wrong.
    pub refused: Option<Refused>,
    /// Silences between messages: how many lasted less than two to the power of this many seconds.
    pub silences: BTreeMap<u8, u64>,
}

/// What was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// When.
    #[serde(with = "micros::required")]
    pub at: Timestamp,
    /// What was wrong first.
    pub what: String,
}

/// Fewer silences make no past.
const FEWEST: u64 = 20;
/// A silence that is usual is longer than so many of a hundred.
const USUAL: u64 = 99;

impl Pulse {
    /// Nothing came.
    pub fn none(feed: FeedId) -> Self {
        Self {
            feed,
            last_at: None,
            last_sent: None,
            accepted: 0,
            errors: 0,
            rejected: 0,
            repeated: 0,
            refused: None,
            silences: BTreeMap::new(),
        }
    }

    /// Something came: when, when it says it was sent, how it is answered, and what was wrong with it first.
    pub fn hear(&mut self, at: Timestamp, sent: Option<Timestamp>, code: Code, wrong: Option<&str>) {
        if let Some(last) = self.last_at {
            *self.silences.entry(power(at.duration_since(last))).or_insert(0) += 1;
        }
        // Clocks that are set back make no silence.
        self.last_at = self.last_at.max(Some(at));
        self.last_sent = sent;
        *match code {
            Code::Aa => &mut self.accepted,
            Code::Ae => &mut self.errors,
            Code::Ar => &mut self.rejected,
        } += 1;
        if code != Code::Aa {
            self.refused = Some(Refused { at, what: wrong.unwrap_or_default().to_owned() });
        }
    }

    /// Something came again.
    pub fn again(&mut self, at: Timestamp) {
        self.repeated += 1;
        self.last_at = self.last_at.max(Some(at));
    }

    /// How late the last message came, where it says when it was sent.
    pub fn lag(&self) -> Option<SignedDuration> {
        Some(self.last_at?.duration_since(self.last_sent?))
    }

    /// The longest silence that is usual; none while too little is known.
    pub fn usual_silence(&self) -> Option<SignedDuration> {
        let all: u64 = self.silences.values().sum();
        if all < FEWEST {
            return None;
        }
        let mut shorter = 0;
        let enough = |power: &(&u8, &u64)| {
            shorter += power.1;
            shorter * 100 >= all * USUAL
        };
        let longest = self.silences.iter().find(enough)?.0;
        Some(SignedDuration::from_secs(1_i64.checked_shl(u32::from(*longest)).unwrap_or(i64::MAX)))
    }

    /// Whether it is silent against its own past.
    pub fn is_silent(&self, now: Timestamp) -> bool {
        let since = self.last_at.map(|last| now.duration_since(last));
        since.zip(self.usual_silence()).is_some_and(|(since, usual)| since > usual.saturating_mul(2))
    }
}

/// The least power of two seconds that a silence is shorter than; 40 is beyond any trial.
fn power(silence: SignedDuration) -> u8 {
    let seconds = silence.as_secs();
    (0..40).find(|power| seconds < (1_i64 << power)).unwrap_or(40)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn beats(every: &[i64]) -> (Pulse, i64) {
        let mut pulse = Pulse::none("lis".into());
        let mut now = 0;
        for pause in every {
            now += pause;
            pulse.hear(at(now), Some(at(now - 3)), Code::Aa, None);
        }
        (pulse, now)
    }

    #[test]
    fn silence_is_judged_by_the_feeds_own_past() {
        let (busy, end) = beats(&[50; 200]);
        assert_eq!(busy.usual_silence(), Some(SignedDuration::from_secs(64)));
        assert!(!busy.is_silent(at(end + 128)) && busy.is_silent(at(end + 129)));
        let nights: Vec<i64> = (0..200).map(|place| if place % 20 == 0 { 40_000 } else { 50 }).collect();
        let (calm, end) = beats(&nights);
        assert!(!calm.is_silent(at(end + 50_000)), "a night is no silence");
        let (new, end) = beats(&[50; 10]);
        assert!(new.usual_silence().is_none() && !new.is_silent(at(end + 1_000_000)));
    }

    #[test]
    fn it_counts_what_was_answered_and_how_late_it_came() {
        let (mut pulse, end) = beats(&[50; 2]);
        pulse.hear(at(end + 5), None, Code::Ae, Some("OBX[1]-11: no status"));
        pulse.again(at(end + 6));
        assert_eq!((pulse.accepted, pulse.errors, pulse.rejected, pulse.repeated), (2, 1, 0, 1));
        assert_eq!(pulse.refused.as_ref().unwrap().what, "OBX[1]-11: no status");
        assert_eq!((pulse.lag(), pulse.last_at), (None, Some(at(end + 6))));
        let (pulse, _) = beats(&[50]);
        assert_eq!(pulse.lag(), Some(SignedDuration::from_secs(3)));
    }
}

//! Visits that have come due, closed or must be planned further, day by day from the last day that was looked at. Days
//! begin at their sites: a day is looked at as long as it may begin somewhere.

use std::sync::{Mutex, PoisonError};

use holdpoint_chassis::error::Result;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use jiff::{Span, Timestamp};

use crate::commands::look;
use crate::ctx::Ctx;

/// The days that a day may still begin in the west, and one for a commit that came late.
const BEHIND_DAYS: i64 = 2;
/// Hours by which the earliest calendar on earth is ahead of UTC.
const AHEAD_HOURS: i8 = 14;

/// Remembers how far it has looked.
#[derive(Default)]
pub struct Due {
    next: Mutex<Option<Date>>,
}

impl Due {
    /// Looks once; answers how many courses were judged.
    pub async fn run(&self, ctx: &Ctx) -> Result<usize> {
        let newest = newest_day(ctx.now());
        let Some(mut day) = self.first(ctx).await? else { return Ok(0) };
        let mut judged = 0;
        while day <= newest {
            let found = look::run(ctx, day).await?;
            judged += found;
            let Ok(next) = day.tomorrow() else { break };
            day = if found == 0 { look::next_day(ctx, next, newest).await? } else { next };
        }
        self.remember(newest.checked_sub(Span::new().days(BEHIND_DAYS)).unwrap_or(newest));
        Ok(judged)
    }

    async fn first(&self, ctx: &Ctx) -> Result<Option<Date>> {
        let known = *self.next.lock().unwrap_or_else(PoisonError::into_inner);
        match known {
            Some(day) => Ok(Some(day)),
            None => look::first_day(ctx).await,
        }
    }

    fn remember(&self, day: Date) {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = Some(day);
    }
}

/// The newest day that has begun anywhere.
fn newest_day(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::fixed(Offset::constant(AHEAD_HOURS))).date()
}

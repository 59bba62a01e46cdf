//! What goes wrong while the evening is played, and when.

use holdpoint_system_tests::house::Passage;
use holdpoint_system_tests::story::Story;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing.
    Nothing,
    /// NATS is down from 17:00 to 09:00.
    BusDown,
    /// Dosing is killed -9 overnight and started again.
    DosingKilled,
    /// Safety cannot be reached by the other services at 08:00.
    SafetyUnreachable,
    /// Everything is killed -9 at 20:00 and started again.
    AllKilled,
}

/// Hours at which something may go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hour {
    /// 17:00
    Five,
    /// 20:00
    EightInTheEvening,
    /// 23:00
    Night,
    /// 04:00
    Dawn,
    /// 08:00
    EightInTheMorning,
    /// 08:30
    HalfPastEight,
    /// 09:00
    Nine,
}

impl Trouble {
    /// Does to the house what belongs to the hour.
    pub async fn strike(self, story: &mut Story, hour: Hour) -> anyhow::Result<()> {
        let house = &mut story.house;
        match (self, hour) {
            (Self::BusDown, Hour::Five) => house.nats()?.kill(),
            (Self::BusDown, Hour::Nine) => house.nats()?.start().await,
            (Self::DosingKilled, Hour::Night) => house.kill("dosing"),
            (Self::DosingKilled, Hour::Dawn) => house.start("dosing").await,
            (Self::SafetyUnreachable, Hour::EightInTheMorning) => {
                house.before("safety", Passage::Shut);
                Ok(())
            }
            (Self::SafetyUnreachable, Hour::HalfPastEight) => {
                house.before("safety", Passage::Open);
                Ok(())
            }
            (Self::AllKilled, Hour::EightInTheEvening) => {
                house.kill("safety")?;
                house.start("safety").await
            }
            _ => Ok(()),
        }
    }

    /// Whether at eight a start may be refused because safety is silent, without naming a hold.
    pub fn silences_safety(self) -> bool {
        self == Self::SafetyUnreachable
    }
}

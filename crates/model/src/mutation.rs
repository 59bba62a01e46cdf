//! Single changes to the protocol, each of which must break a property: what proves that the model can fail. Each names the
//! world in which it shows, and what it breaks there.

use clap::ValueEnum;

use crate::config::Config;
use crate::names::Service;
use crate::state::Left;

/// One change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, ValueEnum)]
pub enum Mutation {
    /// A permit is given without looking at the holds.
    NoHoldCheck,
    /// The listener counts a life from the answer instead of from its ask.
    LifeFromAnswer,
    /// The handler does not look at its clocks again after the commit of the claim.
    NoSecondLook,
    /// The `Go` is kept as the answer of the attempt, and a repeat hears it again.
    GoKept,
    /// Safety takes the claim for the acknowledgement.
    SettledByClaim,
    /// A hold is effective at once, with permits out.
    EffectiveAtOnce,
    /// Safety judges by the asker's view of the subject alone.
    OnlyAskersView,
    /// Safety judges by its own view of the subject alone.
    OnlySafetysView,
    /// Safety answers an ask with the permit that it gave for an earlier one.
    PermitFromMemory,
    /// A restart of dosing voids the starts that it finds claimed.
    RestartVoids,
    /// A release lifts every hold.
    ReleaseClearsAll,
    /// Nobody compares heads after a restore.
    NoHeadComparison,
    /// Safety counts lives by its wall clock.
    WallClockForLives,
    /// Dosing counts a permit's life by its boot clock alone, which a sleeping machine may hold still.
    BootClockForGo,
    /// A hold lists only the permits whose `Go` is not settled.
    ListOfLivingOnly,
    /// A restored safety does not wait for the permits that it has forgotten.
    RestoreForgetsToWait,
    /// An instance that began takes itself for whole before its peers have shown their heads.
    SureAtStart,
    /// A restored safety passes over what its peers say of permits that it has forgotten.
    ForgottenNotAdopted,
    /// A void and a late claim of one permit do not meet in one row.
    NoUniqueFate,
}

impl Mutation {
    /// Every one.
    pub fn all() -> &'static [Self] {
        Self::value_variants()
    }

    /// Its name, as the command line takes it.
    pub fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// The smallest world in which it shows.
    pub fn world(self) -> Config {
        let plain = Config::plain();
        let clocks = Left { clocks: 1, ..plain.left.clone() };
        let config = match self {
            Self::NoHoldCheck
            | Self::LifeFromAnswer
            | Self::NoSecondLook
            | Self::SettledByClaim
            | Self::EffectiveAtOnce
            | Self::ListOfLivingOnly => plain,
            Self::GoKept => Config { copies: 2, ..plain },
            Self::PermitFromMemory | Self::NoUniqueFate => Config { attempts: 2, ..plain },
            Self::WallClockForLives | Self::BootClockForGo => Config { left: clocks, ..plain },
            Self::RestartVoids => Config { left: Left { dosing_restarts: 1, ..plain.left.clone() }, ..plain },
            Self::OnlyAskersView | Self::OnlySafetysView => Config::scope_change(),
            Self::ReleaseClearsAll => Config::two_holds_and_a_release(),
            Self::NoHeadComparison | Self::SureAtStart | Self::RestoreForgetsToWait => {
                Config::restores(Service::Safety)
            }
            // The hold of the gap is the one that does not list it.
            Self::ForgottenNotAdopted => Config { holds: vec![], ..Config::restores(Service::Safety) },
        };
        config.with(self)
    }

    /// What it breaks there, any of these.
    pub fn breaks(self) -> &'static [&'static str] {
        match self {
            // The life of a permit that is handed out again counts from its first ask.
            Self::LifeFromAnswer | Self::PermitFromMemory => &["H1", "H3"],
            Self::RestartVoids | Self::RestoreForgetsToWait | Self::NoUniqueFate => &["H1", "H2"],
            Self::ReleaseClearsAll => &["H5"],
            Self::NoHeadComparison => &["H1", "H7"],
            Self::ListOfLivingOnly => &["H2"],
            Self::ForgottenNotAdopted => &["H1", "H2", "H7"],
            _ => &["H1"],
        }
    }
}

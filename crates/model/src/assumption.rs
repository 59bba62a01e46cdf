//! What the protocol rests on and cannot make true itself. Each, taken away, breaks a property: that is why docs/holds.md
//! states it, and an operator must see to it.

use clap::ValueEnum;

use crate::config::Config;
use crate::names::Service;

/// One assumption.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Assumption {
    /// A row of safety's that was committed, and that no peer has read yet, is not lost.
    SafetyKeepsUnread,
    /// The same of dosing.
    DosingKeepsUnread,
    /// Whoever puts safety's database back to an older copy starts safety anew.
    RestoreRestarts,
}

impl Assumption {
    /// Every one.
    pub fn all() -> &'static [Self] {
        Self::value_variants()
    }

    /// Its name, as the command line takes it.
    pub fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// A world without it.
    pub fn world(self) -> Config {
        match self {
            Self::SafetyKeepsUnread => Config { unseen: true, ..Config::restores(Service::Safety) },
            Self::DosingKeepsUnread => Config { unseen: true, ..Config::restores(Service::Dosing) },
            Self::RestoreRestarts => Config { beneath: true, ..Config::restores(Service::Safety) },
        }
    }

    /// What breaks there, any of these.
    pub fn breaks(self) -> &'static [&'static str] {
        match self {
            Self::DosingKeepsUnread => &["H2", "H10"],
            Self::SafetyKeepsUnread | Self::RestoreRestarts => &["H1", "H7"],
        }
    }
}

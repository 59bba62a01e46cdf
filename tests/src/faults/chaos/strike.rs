//! What goes wrong in a round: processes killed or stopped, servers killed, lines cut; when, and for how long.

use std::fmt;
use std::time::Duration;

use super::chance::Chance;
use crate::house::{House, NATS, POSTGRES, Passage, SERVICES};

/// What is struck.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// kill -9 of these, and of the servers named.
    Kill { services: Vec<&'static str>, nats: bool, postgres: bool },
    /// SIGSTOP of one, then SIGCONT.
    Stop(&'static str),
    /// A line is cut, late or slow.
    Line { from: &'static str, to: &'static str, passage: Passage },
}

/// A strike: what, how long after the load began, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Strike {
    pub what: What,
    pub after: Duration,
    pub lasts: Duration,
}

impl Strike {
    /// Draws one. Permits of these houses live two seconds, so a stop or a cut may outlast them.
    pub fn drawn(chance: &mut Chance) -> Self {
        let after = Duration::from_millis(chance.below(400));
        let long = if chance.below(6) == 0 { 3_000 } else { 400 };
        let lasts = Duration::from_millis(chance.below(long));
        Self { what: What::drawn(chance), after, lasts }
    }

    pub async fn hit(&self, house: &mut House) -> anyhow::Result<()> {
        match &self.what {
            What::Kill { services, nats, postgres } => {
                services.iter().try_for_each(|service| house.kill(service))?;
                if *nats {
                    house.nats()?.kill()?;
                }
                if *postgres {
                    house.postgres()?.kill()?;
                }
            }
            What::Stop(service) => house.freeze(service)?,
            What::Line { from, to, passage } => house.link(from, to)?.set(*passage),
        }
        Ok(())
    }

    pub async fn mend(&self, house: &mut House) -> anyhow::Result<()> {
        match &self.what {
            What::Kill { services, nats, postgres } => {
                if *postgres {
                    house.postgres()?.start().await?;
                }
                if *nats {
                    house.nats()?.start().await?;
                }
                house.start_all(services).await?;
            }
            What::Stop(service) => house.thaw(service)?,
            What::Line { .. } => house.mend(),
        }
        Ok(())
    }
}

impl What {
    fn drawn(chance: &mut Chance) -> Self {
        let kill = |services: &[&'static str], nats, postgres| Self::Kill {
            services: services.to_vec(),
            nats,
            postgres,
        };
        let gates = ["safety", "dosing"];
        match chance.below(20) {
            0..=6 => kill(&[chance.of_these(&gates)], false, false),
            7 | 8 => kill(&[chance.of_these(&SERVICES)], false, false),
            9 => kill(&SERVICES, false, false),
            10 => kill(&[], true, false),
            11 => kill(&[], false, true),
            12 => kill(&SERVICES, true, true),
            13 | 14 => Self::Stop(chance.of_these(&SERVICES)),
            _ => Self::line(chance),
        }
    }

    fn line(chance: &mut Chance) -> Self {
        let from = chance.of_these(&SERVICES);
        let ends: Vec<_> = SERVICES.into_iter().chain([POSTGRES, NATS]).filter(|to| *to != from).collect();
        let to = chance.of_these(&ends);
        let passages = [
            Passage::Shut,
            Passage::Mute,
            Passage::MuteThere,
            Passage::MuteBack,
            Passage::Late(Duration::from_millis(60)),
            Passage::Slow(50_000),
        ];
        Self::Line { from, to, passage: chance.of_these(&passages) }
    }
}

impl fmt::Display for Strike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Kill { services, nats, postgres } => {
                write!(f, "kill {}", services.join(" "))?;
                for (server, killed) in [(NATS, nats), (POSTGRES, postgres)] {
                    if *killed {
                        write!(f, " {server}")?;
                    }
                }
            }
            What::Stop(service) => write!(f, "stop {service}")?,
            What::Line { from, to, passage } => write!(f, "line {from} to {to} {passage:?}")?,
        }
        write!(f, " after {} ms for {} ms", self.after.as_millis(), self.lasts.as_millis())
    }
}

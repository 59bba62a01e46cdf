//! The board on a screen: what a safety officer looks for first stands first.

use std::fmt;

use super::{Check, Document, Flight};

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "hold {} on {} of {}: {}", self.hold, self.covers, self.trial, self.state)?;
        writeln!(f, "  why         {}", self.reason)?;
        writeln!(f, "  stops       {}; {}", self.stops.join(", "), self.kind)?;
        for (what, at) in [("reported", self.reported_at), ("placed", self.placed_at)] {
            writeln!(f, "  {what:<11} {}", moment(at))?;
        }
        match self.effective_at {
            Some(at) => {
                writeln!(f, "  effective   {at} ({}, {} ms)", self.effective_how, self.effective_after_ms)?
            }
            None => writeln!(f, "  effective   NOT YET: a Go may still be heard")?,
        }
        writeln!(
            f,
            "  Gos after   {}; permits given meanwhile {}",
            self.gos_after_effective, self.permits_while_held
        )?;
        if let Some(last) = &self.last_go_before {
            writeln!(f, "  last Go     {} {} at {}", last.what, last.subject, moment(last.heard_at))?;
        }
        writeln!(f, "  in flight   {}", self.in_flight.len())?;
        self.in_flight.iter().try_for_each(|flight| flight.line(f))?;
        self.checks.iter().try_for_each(|check| check.line(f))?;
        for notice in self.alerts.iter().filter(|notice| notice.acknowledged_by.is_empty()) {
            writeln!(f, "  ALERT       {}: {}", notice.number, notice.text)?;
        }
        for signature in &self.signatures {
            writeln!(f, "  signed      {} as {}: {}", signature.by, signature.role, signature.reason)?;
        }
        match self.released_at {
            Some(at) => write!(f, "  released    {at}"),
            None => write!(f, "  stands"),
        }
    }
}

impl Flight {
    fn line(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "    {} {}: {}", self.what, self.subject, self.became)
    }
}

impl Check {
    fn line(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.state.as_str() {
            "checked" => writeln!(f, "  {:<11} {}: {}", self.service, moment(self.at), self.summary),
            "silent" => writeln!(f, "  {:<11} SILENT for ten seconds", self.service),
            _ => writeln!(f, "  {:<11} waiting", self.service),
        }
    }
}

fn moment(at: Option<jiff::Timestamp>) -> String {
    at.map_or_else(|| "unknown".to_owned(), |at| at.to_string())
}

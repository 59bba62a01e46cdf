//! A laboratory that may send results, and on whom.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::ids::{FeedId, TrialId};
use super::refusal::Refusal;

/// A registered feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feed {
    /// The principal of its token.
    pub id: FeedId,
    /// Its name for people.
    pub name: String,
    /// Sites it may report on, `trial/site`; none: all.
    pub sites: Vec<String>,
    /// IANA name: where it reads a time without a zone.
    pub time_zone: String,
}

impl Feed {
    /// Checks that the zone has a calendar.
    pub fn checked(self) -> Result<Self, Refusal> {
        match TimeZone::get(&self.time_zone) {
            Ok(_) => Ok(self),
            Err(_) => Err(Refusal::UnknownZone { found: self.time_zone }),
        }
    }

    /// Whether it may report on subjects of a site; an unknown site is none of its own.
    pub fn covers(&self, trial: &TrialId, site: Option<&str>) -> bool {
        self.sites.is_empty()
            || site.is_some_and(|site| self.sites.iter().any(|own| *own == format!("{trial}/{site}")))
    }

    /// Whether it may report on anybody of a trial.
    pub fn serves(&self, trial: &TrialId) -> bool {
        let prefix = format!("{trial}/");
        self.sites.is_empty() || self.sites.iter().any(|own| own.starts_with(&prefix))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_reports_on_its_sites_alone() {
        let feed = |sites: &[&str]| Feed {
            id: "lis".into(),
            name: String::new(),
            sites: sites.iter().map(|site| (*site).to_owned()).collect(),
            time_zone: "Asia/Shanghai".to_owned(),
        };
        let own = feed(&["pgf-msc/cq2"]);
        assert!(own.covers(&"pgf-msc".into(), Some("cq2")));
        assert!(!own.covers(&"pgf-msc".into(), Some("bj1")));
        assert!(!own.covers(&"pgf-msc".into(), None));
        assert!(own.serves(&"pgf-msc".into()) && !own.serves(&"pgf".into()));
        assert!(feed(&[]).covers(&"any".into(), None));
        assert!(Feed { time_zone: "Asia/Chongqin".to_owned(), ..feed(&[]) }.checked().is_err());
        assert!(feed(&[]).checked().is_ok());
    }
}

//! A trial and the versions of its protocol: registered, its assumed items confirmed one by one by the principal
//! investigator, approved by the ethics committee, put in force. Nothing assumed is in force unconfirmed
//! (protocols/README 3.2: the activation gate).

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Refusal;
use super::ids::{SiteId, TrialId};

/// One thing that a file had to choose because the paper is silent: a whole block, or one key of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Item {
    /// "regimen.msc"
    pub block: String,
    /// Empty: the whole block.
    pub key: String,
}

impl std::fmt::Display for Item {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.key.as_str() {
            "" => write!(f, "[{}]", self.block),
            key => write!(f, "[{}] {key}", self.block),
        }
    }
}

/// An assumed item, and who took it upon themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assumption {
    /// Which.
    #[serde(flatten)]
    pub item: Item,
    /// What the file says there.
    pub text: String,
    /// None until it is confirmed.
    pub confirmed: Option<Confirmation>,
}

/// A principal investigator's word for one item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// Who.
    pub by: String,
    /// Why, in their words.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// The ethics committee's approval of one version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EthicsApproval {
    /// Which committee.
    pub committee: String,
    /// Its reference.
    pub reference: String,
    /// Civil date of the approval.
    pub date: Date,
}

/// Where a version stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Stage {
    /// Known, not in force.
    Registered,
    /// In force for those who consent from here on.
    Active {
        /// Since when.
        since: Timestamp,
    },
    /// Followed by another; in force only for subjects who consented to it.
    Superseded {
        /// From when.
        since: Timestamp,
    },
}

/// One version of a trial's protocol, by content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// The file's own version.
    pub version: String,
    /// SHA-256 of file and dictionaries, lower-case hexadecimal.
    pub digest: String,
    /// What is assumed in it.
    pub assumed: Vec<Assumption>,
    /// None until it is recorded.
    pub ethics: Option<EthicsApproval>,
    /// Where it stands.
    pub stage: Stage,
    /// A substantial amendment: who is not allocated yet consents to it first.
    #[serde(default)]
    pub substantial: bool,
    /// Place in the order in which versions were put in force, from 1; none before.
    #[serde(default)]
    pub activation: Option<u32>,
}

impl Version {
    /// A version as registered: nothing confirmed, not approved, not in force.
    pub fn registered(
        version: String,
        digest: String,
        assumed: Vec<(Item, String)>,
        substantial: bool,
    ) -> Self {
        let assumed =
            assumed.into_iter().map(|(item, text)| Assumption { item, text, confirmed: None }).collect();
        let stage = Stage::Registered;
        Self { version, digest, assumed, ethics: None, stage, substantial, activation: None }
    }

    /// The items that nobody confirmed.
    pub fn unconfirmed(&self) -> impl Iterator<Item = &Item> {
        self.assumed.iter().filter(|assumption| assumption.confirmed.is_none()).map(|a| &a.item)
    }

    /// Confirms one item. A confirmation stands: a second one of the same item changes nothing and is refused.
    pub fn confirm(mut self, item: &Item, confirmation: Confirmation) -> Result<Self, Refusal> {
        if confirmation.reason.trim().is_empty() {
            return Err(Refusal::ReasonMissing);
        }
        let unconfirmed = self.unconfirmed().cloned().collect();
        let assumption = self
            .assumed
            .iter_mut()
            .find(|assumption| &assumption.item == item)
            .ok_or_else(|| Refusal::NotAssumed { item: item.clone(), unconfirmed })?;
        if assumption.confirmed.is_some() {
            return Err(Refusal::ConfirmedBefore { item: item.clone() });
        }
        assumption.confirmed = Some(confirmation);
        Ok(self)
    }

    /// Records the approval; a later one of the same version replaces it only before the version is in force.
    pub fn approve(mut self, approval: EthicsApproval) -> Result<Self, Refusal> {
        if self.stage != Stage::Registered {
            return Err(Refusal::ApprovedAndInForce { version: self.version });
        }
        self.ethics = Some(approval);
        Ok(self)
    }

    fn activate(mut self, activation: u32, at: Timestamp) -> Result<Self, Refusal> {
        match self.stage {
            Stage::Registered => {}
            Stage::Active { .. } => return Err(Refusal::ActiveBefore { version: self.version }),
            Stage::Superseded { .. } => return Err(Refusal::Superseded { version: self.version }),
        }
        let unconfirmed: Vec<Item> = self.unconfirmed().cloned().collect();
        if !unconfirmed.is_empty() {
            return Err(Refusal::Unconfirmed { version: self.version, items: unconfirmed });
        }
        if self.ethics.is_none() {
            return Err(Refusal::EthicsMissing { version: self.version });
        }
        self.stage = Stage::Active { since: at };
        self.activation = Some(activation);
        Ok(self)
    }

    /// Whether it is or was in force: only such a version can be consented to.
    pub fn was_in_force(&self) -> bool {
        self.stage != Stage::Registered
    }
}

/// Where subjects are treated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Short id.
    pub id: SiteId,
    /// Its name.
    pub name: String,
    /// IANA name; a clinical day is the calendar day there.
    pub time_zone: String,
}

/// A trial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// Its id, the same in all versions.
    pub id: TrialId,
    /// The full title, of the newest version registered.
    pub title: String,
    /// By version.
    pub versions: BTreeMap<String, Version>,
    /// By id.
    pub sites: BTreeMap<SiteId, Site>,
}

impl Trial {
    /// A trial without a version in force.
    pub fn registered(id: TrialId, title: String, version: Version) -> Self {
        let versions = BTreeMap::from([(version.version.clone(), version)]);
        Self { id, title, versions, sites: BTreeMap::new() }
    }

    /// A further version. The same version with other content is refused: what is registered is never edited.
    pub fn add_version(mut self, title: String, version: Version) -> Result<Self, Refusal> {
        if let Some(known) = self.versions.get(&version.version) {
            let same = known.digest == version.digest;
            return Err(Refusal::VersionTaken { version: version.version, same });
        }
        self.title = title;
        self.versions.insert(version.version.clone(), version);
        Ok(self)
    }

    /// A version by its name.
    pub fn version(&self, version: &str) -> Result<&Version, Refusal> {
        self.versions.get(version).ok_or_else(|| Refusal::UnknownVersion {
            version: version.to_owned(),
            known: self.versions.keys().cloned().collect(),
        })
    }

    /// The version in force for new subjects.
    pub fn active(&self) -> Result<&Version, Refusal> {
        self.versions
            .values()
            .find(|version| matches!(version.stage, Stage::Active { .. }))
            .ok_or(Refusal::NothingInForce)
    }

    /// The version that somebody who consented to another must consent to before an allocation: the newest substantial
    /// one that came into force after it. An optional amendment in between, consented to or not, does not hide it
    /// (field.md story 34).
    pub fn consent_due(&self, consented: &str) -> Result<Option<&Version>, Refusal> {
        let since = self.version(consented)?.activation;
        let later =
            self.versions.values().filter(|version| version.substantial && version.activation > since);
        Ok(later.max_by_key(|version| version.activation))
    }

    /// Puts a version in force and the one before it out of force for new subjects.
    pub fn activate(mut self, version: &str, at: Timestamp) -> Result<Self, Refusal> {
        let before = self.versions.values().filter_map(|version| version.activation).max();
        let activated = self.version(version)?.clone().activate(before.unwrap_or_default() + 1, at)?;
        for earlier in self.versions.values_mut() {
            if matches!(earlier.stage, Stage::Active { .. }) {
                earlier.stage = Stage::Superseded { since: at };
            }
        }
        self.versions.insert(version.to_owned(), activated);
        Ok(self)
    }

    /// Changes one version by a transition of its own.
    pub fn with_version(
        mut self,
        version: &str,
        change: impl FnOnce(Version) -> Result<Version, Refusal>,
    ) -> Result<Self, Refusal> {
        let changed = change(self.version(version)?.clone())?;
        self.versions.insert(version.to_owned(), changed);
        Ok(self)
    }

    /// A site by its id.
    pub fn site(&self, site: &SiteId) -> Result<&Site, Refusal> {
        self.sites.get(site).ok_or_else(|| Refusal::UnknownSite {
            site: site.clone(),
            known: self.sites.keys().cloned().collect(),
        })
    }

    /// A further site.
    pub fn add_site(mut self, site: Site) -> Result<Self, Refusal> {
        if self.sites.contains_key(&site.id) {
            return Err(Refusal::SiteTaken { site: site.id });
        }
        self.sites.insert(site.id.clone(), site);
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const AT: Timestamp = Timestamp::UNIX_EPOCH;

    fn item(block: &str, key: &str) -> Item {
        Item { block: block.into(), key: key.into() }
    }

    fn version(name: &str) -> Version {
        let assumed = vec![
            (item("include.pgf", ""), "on = pgf".into()),
            (item("allocation", "blocks"), "[4, 6]".into()),
        ];
        Version::registered(name.into(), name.repeat(3), assumed, name.ends_with("-safety"))
    }

    fn confirmed(version: Version, block: &str, key: &str) -> Version {
        let word = Confirmation { by: "gao".into(), reason: "as section 8".into(), at: AT };
        version.confirm(&item(block, key), word).unwrap()
    }

    fn approval() -> EthicsApproval {
        EthicsApproval { committee: "EC".into(), reference: "2023-401".into(), date: date(2023, 11, 1) }
    }

    fn ready(name: &str) -> Version {
        let both = confirmed(confirmed(version(name), "include.pgf", ""), "allocation", "blocks");
        both.approve(approval()).unwrap()
    }

    fn trial(version: Version) -> Trial {
        Trial::registered("pgf-msc".parse().unwrap(), "title".into(), version)
    }

    #[test]
    fn an_unconfirmed_item_keeps_a_version_out_of_force_and_is_named() {
        let one = confirmed(version("1.0"), "include.pgf", "").approve(approval()).unwrap();
        let refused = trial(one).activate("1.0", AT).unwrap_err();
        let items = vec![item("allocation", "blocks")];
        assert_eq!(refused, Refusal::Unconfirmed { version: "1.0".into(), items });
        assert!(refused.to_string().contains("[allocation] blocks"));
    }

    #[test]
    fn the_ethics_approval_is_needed_as_well() {
        let both = confirmed(confirmed(version("1.0"), "include.pgf", ""), "allocation", "blocks");
        let refused = trial(both).activate("1.0", AT).unwrap_err();
        assert_eq!(refused, Refusal::EthicsMissing { version: "1.0".into() });
        assert!(trial(ready("1.0")).activate("1.0", AT).unwrap().active().is_ok());
    }

    #[test]
    fn a_confirmation_names_a_reason_and_an_item_once() {
        let word = |reason: &str| Confirmation { by: "gao".into(), reason: reason.into(), at: AT };
        let refused = version("1.0").confirm(&item("allocation", "blocks"), word(" ")).unwrap_err();
        assert_eq!(refused, Refusal::ReasonMissing);
        let refused = version("1.0").confirm(&item("allocation", "seed"), word("x")).unwrap_err();
        assert!(matches!(refused, Refusal::NotAssumed { .. }));
        let again = confirmed(version("1.0"), "allocation", "blocks");
        let refused = again.confirm(&item("allocation", "blocks"), word("x")).unwrap_err();
        assert!(matches!(refused, Refusal::ConfirmedBefore { .. }));
    }

    #[test]
    fn a_further_version_takes_the_place_of_the_first_and_content_is_never_replaced() {
        let active = trial(ready("1.0")).activate("1.0", AT).unwrap();
        let refused =
            active.clone().add_version("t".into(), Version { digest: "x".into(), ..version("1.0") });
        assert_eq!(refused, Err(Refusal::VersionTaken { version: "1.0".into(), same: false }));
        let both = active.add_version("t".into(), ready("1.1")).unwrap().activate("1.1", AT).unwrap();
        assert_eq!(both.active().unwrap().version, "1.1");
        assert_eq!(both.versions["1.0"].stage, Stage::Superseded { since: AT });
        assert!(both.versions["1.0"].was_in_force());
        assert!(matches!(both.activate("1.0", AT), Err(Refusal::Superseded { .. })));
    }

    #[test]
    fn an_optional_amendment_in_between_hides_no_substantial_one() {
        let mut trial = trial(ready("1.0")).activate("1.0", AT).unwrap();
        let due = |trial: &Trial, from: &str| trial.consent_due(from).unwrap().map(|due| due.version.clone());
        for (version, place) in [("1.1", 2), ("1.2-safety", 3), ("1.3", 4)] {
            trial = trial.add_version("t".into(), ready(version)).unwrap();
            trial = trial.activate(version, AT).unwrap();
            let expected = (place >= 3).then(|| "1.2-safety".to_owned());
            assert_eq!(due(&trial, "1.0"), expected, "{version} in force");
        }
        assert_eq!(due(&trial, "1.1"), Some("1.2-safety".to_owned()));
        assert_eq!((due(&trial, "1.2-safety"), due(&trial, "1.3")), (None, None));
    }
}

//! `holdpoint trial`: what brings a trial into force in a running house, for whoever installs it and for the principal
//! investigator: register its file, its sites and people, confirm what the file assumed, record the approval, activate.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use holdpoint_api::common::v1::Role as RoleNumber;
use holdpoint_api::enrollment::v1::*;
use holdpoint_chassis::clock::MachineClock;
use holdpoint_chassis::identity::Role;
use tonic::{Code, Status};

use super::reading::Speaking;
use crate::trial_file;

/// How `trial show` writes what is to be confirmed, and `trial confirm --listed` reads it.
const TO_CONFIRM: &str = "  to confirm: --block ";
const AND_KEY: &str = " --key '";

/// What to do with a trial.
#[derive(Debug, Subcommand)]
pub(super) enum Trial {
    /// Registers a trial file, or a new version of one, as an administrator
    Register(Register),
    /// Registers a site, as an administrator
    Site(Site),
    /// Gives a person or a feed a role in the trial, as an administrator or principal investigator
    Delegate(Delegate),
    /// Shows versions, sites, and what the file assumed and nobody has confirmed
    Show(Show),
    /// Confirms one thing that the file assumed, as the principal investigator
    Confirm(Confirm),
    /// Records the ethics committee's approval of a version, as the principal investigator
    Approve(Approve),
    /// Puts a version in force, as the principal investigator
    Activate(Activate),
}

/// The flags of `trial register`.
#[derive(Debug, Args)]
pub(super) struct Register {
    #[command(flatten)]
    speaking: Speaking,
    /// A path ending in .toml, or the id of a trial that the program carries
    #[arg(required = true)]
    trials: Vec<String>,
    /// Leaves a trial alone that is registered already
    #[arg(long)]
    if_absent: bool,
}

/// The flags of `trial site`.
#[derive(Debug, Args)]
pub(super) struct Site {
    #[command(flatten)]
    speaking: Speaking,
    /// The trial
    #[arg(long)]
    trial: String,
    /// Short id: cq2
    #[arg(long)]
    site: String,
    /// The hospital's name
    #[arg(long)]
    name: String,
    /// Asia/Shanghai
    #[arg(long)]
    time_zone: String,
}

/// The flags of `trial delegate`.
#[derive(Debug, Args)]
pub(super) struct Delegate {
    #[command(flatten)]
    speaking: Speaking,
    /// The trial
    #[arg(long)]
    trial: String,
    /// Account of the person or feed, as tokens name it
    #[arg(long)]
    person: String,
    /// The role
    #[arg(long)]
    role: Role,
    /// One site only; else every site
    #[arg(long, default_value = "")]
    site: String,
    /// As which role the one speaks who delegates: administrator or principal-investigator
    #[arg(long = "as", default_value = "principal-investigator")]
    acting: Role,
}

/// The flags of `trial show`.
#[derive(Debug, Args)]
pub(super) struct Show {
    #[command(flatten)]
    speaking: Speaking,
    /// The trial
    #[arg(long)]
    trial: String,
    /// In which role
    #[arg(long = "as", default_value = "administrator")]
    acting: Role,
}

/// The flags that name one version.
#[derive(Debug, Args)]
struct Of {
    #[command(flatten)]
    speaking: Speaking,
    /// The trial
    #[arg(long)]
    trial: String,
    /// The version: 1.0
    #[arg(long)]
    version: String,
}

/// The flags of `trial confirm`.
#[derive(Debug, Args)]
pub(super) struct Confirm {
    #[command(flatten)]
    of: Of,
    /// The block, as `trial show` lists it
    #[arg(long, required_unless_present = "listed")]
    block: Option<String>,
    /// The key in it; none for the whole block
    #[arg(long, default_value = "")]
    key: String,
    /// Confirms every line of standard input that `trial show` printed and nobody struck
    #[arg(long, conflicts_with = "block")]
    listed: bool,
    /// Against what it was read
    #[arg(long)]
    reason: String,
}

/// The flags of `trial approve`.
#[derive(Debug, Args)]
pub(super) struct Approve {
    #[command(flatten)]
    of: Of,
    /// The committee
    #[arg(long)]
    committee: String,
    /// Its reference
    #[arg(long)]
    reference: String,
    /// Day of the approval: 2026-01-05
    #[arg(long)]
    date: String,
}

/// The flags of `trial activate`.
#[derive(Debug, Args)]
pub(super) struct Activate {
    #[command(flatten)]
    of: Of,
}

impl Trial {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Register(asked) => asked.run().await?,
            Self::Site(asked) => asked.run().await?,
            Self::Delegate(asked) => asked.run().await?,
            Self::Show(asked) => asked.run().await?,
            Self::Confirm(asked) => asked.run().await?,
            Self::Approve(asked) => asked.run().await?,
            Self::Activate(asked) => asked.run().await?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Register {
    async fn run(self) -> anyhow::Result<()> {
        let admin = self.speaking.person(Role::Administrator)?;
        let mut enrollment = admin.enrollment.clone();
        for trial in &self.trials {
            let file = trial_file::read(trial)?;
            let id = file.protocol()?.id.as_str().to_owned();
            let known = enrollment.get_trial(GetTrialRequest { trial: id.clone() }).await;
            match known {
                Ok(_) if self.if_absent => {
                    println!("{id} is registered already");
                    continue;
                }
                Err(status) if status.code() != Code::NotFound => return Err(told(status)),
                _ => {}
            }
            let request = RegisterTrialRequest {
                act: admin.act("registered from its file"),
                trial_file: file.text,
                dictionaries: file.dictionaries.into_iter().collect(),
            };
            let answer = enrollment.register_trial(request).await.map_err(told)?.into_inner();
            let version = answer.protocol.context("the version registered")?.version;
            println!(
                "{id} {version} is registered; {} things that it assumes await confirmation",
                answer.assumed.len()
            );
        }
        Ok(())
    }
}

impl Site {
    async fn run(self) -> anyhow::Result<()> {
        let admin = self.speaking.person(Role::Administrator)?;
        let request = RegisterSiteRequest {
            act: admin.act("a site of the trial"),
            trial: self.trial,
            site: self.site.clone(),
            name: self.name,
            time_zone: self.time_zone,
        };
        admin.enrollment.clone().register_site(request).await.map_err(told)?;
        println!("site {} is registered", self.site);
        Ok(())
    }
}

impl Delegate {
    async fn run(self) -> anyhow::Result<()> {
        let by = self.speaking.person(self.acting)?;
        let at = MachineClock::new().wall();
        let name = format!("ROLE_{}", self.role.as_str().replace('-', "_").to_uppercase());
        let request = DelegateRoleRequest {
            act: by.act("delegation log"),
            trial: self.trial,
            site: self.site,
            person: self.person.clone(),
            role: RoleNumber::from_str_name(&name).unwrap_or_default().into(),
            from: Some(prost_types::Timestamp { seconds: at.as_second(), nanos: 0 }),
            until: None,
        };
        let answer = by.enrollment.clone().delegate_role(request).await.map_err(told)?.into_inner();
        println!("{} is {} (delegation {})", self.person, self.role, answer.delegation);
        Ok(())
    }
}

impl Show {
    async fn run(self) -> anyhow::Result<()> {
        let reader = self.speaking.person(self.acting)?;
        let request = GetTrialRequest { trial: self.trial };
        let trial = reader.enrollment.clone().get_trial(request).await.map_err(told)?.into_inner();
        println!("{}  {}", trial.trial, trial.title);
        for site in &trial.sites {
            println!("site     {}", site.site);
        }
        for of in &trial.versions {
            let version = of.protocol.as_ref().map(|protocol| protocol.version.as_str()).unwrap_or_default();
            let (approved, active) =
                (if of.ethics_approved { "approved" } else { "not approved" }, of.active);
            println!("version  {version}  {approved}{}", if active { ", in force" } else { "" });
            for item in of.assumed.iter().filter(|item| !item.confirmed) {
                println!("{TO_CONFIRM}{}{AND_KEY}{}'  {}", item.block, item.key, item.text);
            }
        }
        Ok(())
    }
}

impl Confirm {
    async fn run(self) -> anyhow::Result<()> {
        let principal = self.of.speaking.person(Role::PrincipalInvestigator)?;
        let items = match self.block {
            Some(block) => vec![(block, self.key)],
            None => std::io::stdin().lines().map_while(Result::ok).filter_map(|line| listed(&line)).collect(),
        };
        for (block, key) in &items {
            let request = ConfirmAssumptionRequest {
                act: principal.act(&self.reason),
                trial: self.of.trial.clone(),
                version: self.of.version.clone(),
                block: block.clone(),
                key: key.clone(),
            };
            principal.enrollment.clone().confirm_assumption(request).await.map_err(told)?;
        }
        println!("{} confirmed", items.len());
        Ok(())
    }
}

impl Approve {
    async fn run(self) -> anyhow::Result<()> {
        let principal = self.of.speaking.person(Role::PrincipalInvestigator)?;
        let request = RecordEthicsApprovalRequest {
            act: principal.act("approval received"),
            trial: self.of.trial,
            version: self.of.version.clone(),
            committee: self.committee,
            reference: self.reference,
            date: self.date,
        };
        principal.enrollment.clone().record_ethics_approval(request).await.map_err(told)?;
        println!("the approval of version {} is recorded", self.of.version);
        Ok(())
    }
}

impl Activate {
    async fn run(self) -> anyhow::Result<()> {
        let principal = self.of.speaking.person(Role::PrincipalInvestigator)?;
        let request = ActivateProtocolRequest {
            act: principal.act("all confirmed and approved"),
            trial: self.of.trial.clone(),
            version: self.of.version.clone(),
        };
        principal.enrollment.clone().activate_protocol(request).await.map_err(told)?;
        println!("{} {} is in force", self.of.trial, self.of.version);
        Ok(())
    }
}

/// One line of `trial show`: the block and the key.
fn listed(line: &str) -> Option<(String, String)> {
    let (block, rest) = line.strip_prefix(TO_CONFIRM)?.split_once(AND_KEY)?;
    let (key, _) = rest.split_once('\'')?;
    Some((block.to_owned(), key.to_owned()))
}

fn told(status: Status) -> anyhow::Error {
    anyhow::anyhow!("enrollment did not do it: {}", status.message())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_show_prints_is_what_confirm_reads() {
        let line = format!("{TO_CONFIRM}regimen.msc{AND_KEY}interval'  every seven days, \'about\'");
        assert_eq!(listed(&line), Some(("regimen.msc".to_owned(), "interval".to_owned())));
        assert_eq!(listed("version  1.0  approved"), None);
    }
}

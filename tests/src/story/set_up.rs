//! From an empty house to a trial in force: registered from its file, assumptions confirmed one by one, ethics approval recorded,
//! version activated, roles delegated, site and lot registered.

use anyhow::Context as _;
use holdpoint::client::Person;
use holdpoint_api::common::v1::Role as RoleNumber;
use holdpoint_api::enrollment::v1::*;
use holdpoint_chassis::identity::Role;

use super::{SITE, Story, TRIAL, proto};
use crate::house::repository;

impl Story {
    /// Puts the trial in force.
    pub async fn set_up(&mut self) -> anyhow::Result<()> {
        self.put_in_force(trial_of(&self.people.administrator)?).await
    }

    /// The same with so many places in each arm: for what needs more subjects than the trial has.
    pub async fn set_up_with(&mut self, places: usize) -> anyhow::Result<()> {
        let mut trial = trial_of(&self.people.administrator)?;
        let total = 2 * places;
        trial.trial_file = trial.trial_file.replace("size  = 34", &format!("size  = {places}")).replace(
            "msc = 34, control = 34, total = 68",
            &format!("msc = {places}, control = {places}, total = {total}"),
        );
        self.put_in_force(trial).await
    }

    async fn put_in_force(&mut self, trial: RegisterTrialRequest) -> anyhow::Result<()> {
        let registered = self.register(trial).await?;
        let version = registered.protocol.context("the protocol registered")?.version;
        self.delegate_all().await?;
        self.activate(&version, &registered.assumed).await?;
        self.hush().await
    }

    async fn register(&self, trial: RegisterTrialRequest) -> anyhow::Result<RegisterTrialResponse> {
        let admin = &self.people.administrator;
        let mut enrollment = admin.enrollment.clone();
        let answer = enrollment.register_trial(trial).await.context("register the trial")?;
        let request = RegisterSiteRequest {
            act: admin.act("the single centre"),
            trial: TRIAL.to_owned(),
            site: SITE.to_owned(),
            name: "Second Affiliated Hospital of Army Medical University".to_owned(),
            time_zone: "Asia/Shanghai".to_owned(),
        };
        enrollment.register_site(request).await.context("register the site")?;
        Ok(answer.into_inner())
    }

    async fn delegate_all(&self) -> anyhow::Result<()> {
        let (admin, principal) = (&self.people.administrator, &self.people.principal);
        self.delegate(admin, principal, Role::PrincipalInvestigator).await?;
        for (person, role) in self.people.delegated() {
            self.delegate(principal, person, role).await?;
        }
        Ok(())
    }

    async fn delegate(&self, by: &Person, to: &Person, role: Role) -> anyhow::Result<()> {
        let request = DelegateRoleRequest {
            act: by.act("delegation log"),
            trial: TRIAL.to_owned(),
            site: String::new(),
            person: to.name.clone(),
            role: number(role).into(),
            from: proto(self.now()),
            until: None,
        };
        let answer = by.enrollment.clone().delegate_role(request).await;
        answer.with_context(|| format!("delegate {role} to {}", to.name))?;
        Ok(())
    }

    async fn activate(&self, version: &str, assumed: &[AssumedItem]) -> anyhow::Result<()> {
        let principal = &self.people.principal;
        let mut enrollment = principal.enrollment.clone();
        for item in assumed {
            let request = ConfirmAssumptionRequest {
                act: principal.act("read against the paper protocol"),
                trial: TRIAL.to_owned(),
                version: version.to_owned(),
                block: item.block.clone(),
                key: item.key.clone(),
            };
            let answer = enrollment.confirm_assumption(request).await;
            answer.with_context(|| format!("confirm {} {}", item.block, item.key))?;
        }
        let request = RecordEthicsApprovalRequest {
            act: principal.act("approval received"),
            trial: TRIAL.to_owned(),
            version: version.to_owned(),
            committee: "Ethics committee of the hospital".to_owned(),
            reference: "2026-001-01".to_owned(),
            date: "2026-01-05".to_owned(),
        };
        enrollment.record_ethics_approval(request).await.context("record the ethics approval")?;
        let (act, trial) = (principal.act("all confirmed and approved"), TRIAL.to_owned());
        let request = ActivateProtocolRequest { act, trial, version: version.to_owned() };
        enrollment.activate_protocol(request).await.context("activate the protocol")?;
        Ok(())
    }
}

/// The request that registers the trial from the repository's file.
pub(super) fn trial_of(admin: &Person) -> anyhow::Result<RegisterTrialRequest> {
    let folder = repository().join("deploy/protocols");
    let read = |name: &str| {
        let path = folder.join(name);
        std::fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))
    };
    let dictionaries = ["common", "hsct", "ich"];
    let texts = dictionaries.map(|name| Ok((name.to_owned(), read(&format!("dictionary/{name}.toml"))?)));
    Ok(RegisterTrialRequest {
        act: admin.act("the first trial of this house"),
        trial_file: read("pgf-msc.toml")?,
        dictionaries: texts.into_iter().collect::<anyhow::Result<_>>()?,
    })
}

fn number(role: Role) -> RoleNumber {
    let name = format!("ROLE_{}", role.as_str().replace('-', "_").to_uppercase());
    RoleNumber::from_str_name(&name).unwrap_or_default()
}

//! From an empty house to a trial in force: the file registered with its site, roles delegated, what the file assumed confirmed item by
//! item, the ethics approval recorded, the version activated.

use anyhow::Context as _;
use holdpoint_api::common::v1::{ProtocolRef, Role as RoleNumber};
use holdpoint_api::enrollment::v1::*;
use holdpoint_chassis::identity::Role;
use jiff::Timestamp;

use super::people::People;
use super::time::proto;
use crate::client::{Person, call};
use crate::trial_file::TrialFile;

/// The id of the demo's one site.
pub(crate) const SITE: &str = "cq2";

/// Registers a trial and its site.
pub(crate) async fn register(
    people: &People,
    file: TrialFile,
    site_name: &str,
) -> anyhow::Result<RegisterTrialResponse> {
    let admin = &people.administrator;
    let request = RegisterTrialRequest {
        act: admin.act("a trial of this house"),
        trial_file: file.text,
        dictionaries: file.dictionaries.into_iter().collect(),
    };
    let registered = call!(admin.enrollment, register_trial, request).await;
    let registered = registered.context("register the trial")?;
    let trial = registered.protocol.as_ref().context("the protocol registered")?.trial.clone();
    let request = RegisterSiteRequest {
        act: admin.act("the single center"),
        trial,
        site: SITE.to_owned(),
        name: site_name.to_owned(),
        time_zone: "Asia/Shanghai".to_owned(),
    };
    call!(admin.enrollment, register_site, request).await.context("register the site")?;
    Ok(registered)
}

/// The administrator names the principal investigator, who delegates every other role. Answers how many.
pub(crate) async fn delegate(people: &People, trial: &str, from: Timestamp) -> anyhow::Result<usize> {
    let principal = &people.principal;
    delegate_one(&people.administrator, trial, (principal, Role::PrincipalInvestigator), from).await?;
    let delegated = people.delegated();
    for to in delegated {
        delegate_one(principal, trial, to, from).await?;
    }
    Ok(delegated.len())
}

async fn delegate_one(by: &Person, trial: &str, to: (&Person, Role), from: Timestamp) -> anyhow::Result<()> {
    let (person, role) = to;
    let request = DelegateRoleRequest {
        act: by.act("delegation log"),
        trial: trial.to_owned(),
        site: String::new(),
        person: person.name.clone(),
        role: number(role).into(),
        from: proto(from),
        until: None,
    };
    let done = call!(by.enrollment, delegate_role, request).await;
    done.with_context(|| format!("delegate {role} to {}", person.name)).map(drop)
}

fn number(role: Role) -> RoleNumber {
    RoleNumber::from_str_name(&format!("ROLE_{}", role.as_str().replace('-', "_").to_uppercase()))
        .unwrap_or_default()
}

/// The principal investigator confirms each assumed item, records the approval and puts the version in force.
pub(crate) async fn activate(
    principal: &Person,
    registered: &RegisterTrialResponse,
    approved_on: &str,
) -> anyhow::Result<ProtocolRef> {
    let protocol = registered.protocol.clone().context("the protocol registered")?;
    for item in &registered.assumed {
        let request = ConfirmAssumptionRequest {
            act: principal.act("read against the paper protocol, and right for this site"),
            trial: protocol.trial.clone(),
            version: protocol.version.clone(),
            block: item.block.clone(),
            key: item.key.clone(),
        };
        let done = call!(principal.enrollment, confirm_assumption, request).await;
        done.with_context(|| format!("confirm {}", item.block))?;
    }
    let request = RecordEthicsApprovalRequest {
        act: principal.act("approval received"),
        trial: protocol.trial.clone(),
        version: protocol.version.clone(),
        committee: "Ethics committee of the hospital".to_owned(),
        reference: "2026-001-01".to_owned(),
        date: approved_on.to_owned(),
    };
    let done = call!(principal.enrollment, record_ethics_approval, request).await;
    done.context("record the ethics approval")?;
    let request = ActivateProtocolRequest {
        act: principal.act("all confirmed and approved"),
        trial: protocol.trial.clone(),
        version: protocol.version.clone(),
    };
    let active = call!(principal.enrollment, activate_protocol, request).await;
    active.context("activate the protocol")?.protocol.context("the active protocol")
}

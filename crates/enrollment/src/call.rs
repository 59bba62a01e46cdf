//! One person's call: who, in which roles the rpc allows, under which request id. Every command begins with it:
//! kept answer, transaction, delegation; and ends with it: answer kept, committed.

use std::collections::BTreeSet;

use holdpoint_api::METHODS;
use holdpoint_chassis::delegation;
use holdpoint_chassis::error::{Error, OrFault as _, Result};
use holdpoint_chassis::identity::{Actor, Role};
use holdpoint_journal::{By, Chain, RACE, Stored, Tx};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::ctx::Ctx;
use crate::domain::Refusal;
use crate::domain::delegation::Delegated;
use crate::domain::ids::{SiteId, SubjectId, TrialId};
use crate::domain::subject::Subject;
use crate::domain::trial::Trial;
use crate::error::{UNKNOWN_SUBJECT, UNKNOWN_TRIAL};
use crate::store::subject_key;

/// One call.
#[derive(Clone)]
pub struct Call {
    /// Who calls.
    pub actor: Actor,
    /// The roles that the rpc names, in its order.
    pub roles: Vec<Role>,
    /// Who, when, why, under which request.
    pub by: By,
}

impl Call {
    /// A call of an rpc of this service, by its name.
    pub fn new(actor: Actor, rpc: &str, by: By) -> Self {
        let path = path(rpc);
        let method = METHODS.iter().find(|method| method.path == path);
        let numbers = method.map_or(&[][..], |method| method.roles);
        let roles = numbers.iter().filter_map(|number| Role::from_number(*number)).collect();
        Self { actor, roles, by }
    }

    /// The answer of this request, where it was answered before.
    pub async fn kept<T: DeserializeOwned>(&self, ctx: &Ctx) -> Result<Option<T>> {
        let kept = ctx.store.answered(&self.by).await?;
        kept.map(|bytes| serde_json::from_slice(&bytes).or_fault("reading a kept answer")).transpose()
    }

    /// A transaction on a trial, its chain locked first: what is read in it stands until it commits.
    pub async fn begin(&self, ctx: &Ctx, trial: &TrialId) -> Result<(Tx, Stored<Trial>)> {
        let mut tx = ctx.store.begin(&self.by).await?;
        tx.lock(&chain(trial)).await?;
        let trial = tx
            .get::<Trial>(trial.as_str())
            .await?
            .ok_or_else(|| Error::from(UNKNOWN_TRIAL.refuse(format!("trial {trial} is not registered"))))?;
        Ok((tx, trial))
    }

    /// The role in which the caller may act here: one of the rpc's, in the token and delegated.
    pub async fn role(&self, tx: &Tx, trial: &TrialId, site: Option<&SiteId>) -> Result<Role> {
        let given = tx.find::<Delegated>(&self.delegated(trial)).await?;
        self.require(&given, trial, site)
    }

    /// The same for a question, asked outside of a transaction.
    pub async fn may_read(&self, ctx: &Ctx, trial: &TrialId, site: Option<&SiteId>) -> Result<Role> {
        let given = ctx.store.find::<Delegated>(&self.delegated(trial)).await?;
        self.require(&given, trial, site)
    }

    /// The sites of a trial where the caller may ask this; refused where there is none.
    pub async fn part_in(&self, ctx: &Ctx, trial: &Trial) -> Result<BTreeSet<SiteId>> {
        let given = ctx.store.find::<Delegated>(&self.delegated(&trial.id)).await?;
        let may = |site: &&SiteId| self.require(&given, &trial.id, Some(site)).is_ok();
        let sites: BTreeSet<SiteId> = trial.sites.keys().filter(may).cloned().collect();
        if sites.is_empty() {
            self.require(&given, &trial.id, None)?;
        }
        Ok(sites)
    }

    fn delegated<'a>(&'a self, trial: &'a TrialId) -> [(&'static str, &'a str); 2] {
        [("trial", trial.as_str()), ("person", self.actor.principal.as_str())]
    }

    fn require(&self, given: &[Stored<Delegated>], trial: &TrialId, site: Option<&SiteId>) -> Result<Role> {
        let delegations: Vec<_> = given.iter().map(|given| given.delegation()).collect();
        let site = site.map(SiteId::as_str);
        Ok(delegation::require(&delegations, &self.actor, &self.roles, trial.as_str(), site, self.by.at)?)
    }

    /// The person's reason, where the act needs one.
    pub fn reason(&self) -> Result<String> {
        Ok(self.by.reason.clone().ok_or(Refusal::ReasonMissing)?)
    }

    /// Journals a person's refused act at a gate (activate, randomize), with its code; nothing else is written. A
    /// lost race is judged again, and is no refusal yet.
    pub async fn at_gate<T>(&self, ctx: &Ctx, trial: &TrialId, what: Value, done: Result<T>) -> Result<T> {
        let Err(Error::Refused(refused)) = &done else { return done };
        if refused.code == RACE.code {
            return done;
        }
        let known = ctx.store.get::<Trial>(trial.as_str()).await?.is_some();
        let chain = if known { chain(trial) } else { Chain::Service };
        ctx.store.refused(&self.by, &chain, refused.code, what).await?;
        done
    }

    /// Keeps the answer for repeats of this request, and commits.
    pub async fn finish<T: Serialize>(&self, mut tx: Tx, answer: T) -> Result<T> {
        if self.by.request.is_some() {
            tx.answer(serde_json::to_vec(&answer).or_fault("keeping an answer")?);
        }
        tx.commit().await?;
        Ok(answer)
    }
}

/// The path of an rpc of this service.
pub fn path(rpc: &str) -> String {
    format!("/holdpoint.enrollment.v1.Enrollment/{rpc}")
}

/// The chain of a trial.
pub fn chain(trial: &TrialId) -> Chain {
    Chain::trial(trial.as_str())
}

/// A subject of a trial.
pub async fn subject(tx: &Tx, trial: &TrialId, subject: &SubjectId) -> Result<Stored<Subject>> {
    let found = tx.get::<Subject>(&subject_key(trial, subject)).await?;
    found.ok_or_else(|| UNKNOWN_SUBJECT.refuse(format!("trial {trial} has no subject {subject}")).into())
}

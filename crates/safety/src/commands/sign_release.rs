//! One of the two signatures that a hold's kind asks for; the second, by another person in the other role, releases
//! that hold and no other. holds.md "Who may place and release", H5. Refusals SAF-0004, SAF-0014 to SAF-0021.

use holdpoint_chassis::error::{Error, Result};
use holdpoint_chassis::faults::reached;
use holdpoint_chassis::identity::Role;
use holdpoint_journal::{Chain, Stored};
use serde::{Deserialize, Serialize};

use super::report_adverse_event::shown;
use super::settling::note_row;
use super::{Call, HoldShown, keep};
use crate::ctx::{Ctx, Place};
use crate::domain::board::Rows;
use crate::domain::hold::{Hold, HoldKind, HoldState};
use crate::domain::ids::{HoldId, SiteId, TrialId};
use crate::domain::release::{Papers, Signature, SignerRole};
use crate::domain::scope::Scope;
use crate::error::NO_HOLD;
use crate::events;
use crate::peers::Followers;
use crate::store::{Subject, Trial, in_trial};

/// A signature.
#[derive(Debug, Clone)]
pub struct SignRelease {
    /// The trial.
    pub trial: TrialId,
    /// The hold.
    pub hold: HoldId,
    /// In which role.
    pub role: SignerRole,
    /// What it rests on.
    pub papers: Papers,
}

/// What a signature came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// The hold as it stands.
    pub hold: HoldShown,
    /// Whether it was released by this signature.
    pub released: bool,
    /// The roles whose signature is still missing.
    pub missing: Vec<SignerRole>,
}

/// Signs.
pub async fn run(ctx: &Ctx, followers: &Followers, call: &Call, cmd: SignRelease) -> Result<Signed> {
    if let Some(kept) = call.kept(ctx).await? {
        return Ok(kept);
    }
    let hold = ctx.store.get::<Hold>(cmd.hold.as_str()).await?.filter(|hold| hold.trial == cmd.trial);
    let hold = hold.map(|hold| hold.value);
    signer_may_act(ctx, call, &cmd, hold.as_ref()).await?;
    if hold.is_some_and(|hold| hold.kind == HoldKind::Reconciliation) {
        // The statement is about what the peers know, so each of them is heard first.
        followers.reconciled(ctx, &Chain::trial(cmd.trial.as_str())).await?;
    }
    let mut tx = ctx.store.begin(&call.by).await?;
    let mut trial = Trial::lock(&mut tx, &cmd.trial).await?;
    let stored = find(&trial, &cmd.hold).await?;
    let signature = Signature {
        by: trial.by(),
        role: cmd.role,
        at: trial.now(),
        reason: call.reason().to_owned(),
        papers: cmd.papers,
    };
    let signed = stored.value.clone().sign(signature, trial.next_number()).map_err(refused)?;
    trial.tell(match &signed.state {
        HoldState::Released { release, .. } => events::hold_released(&signed, release),
        _ => events::release_signed(&signed),
    });
    trial.tx.update(&stored, signed.clone()).await?;
    if !signed.stands() {
        note_row(&mut trial, &signed, |rows| Rows { released: Some(signed.epoch), ..rows }).await?;
    }
    let answer = Signed {
        released: !signed.stands(),
        missing: signed.missing_roles(),
        hold: shown(ctx, &trial, signed).await?,
    };
    keep(&mut tx, &answer)?;
    reached("safety.release.before-commit");
    tx.commit().await?;
    reached("safety.release.after-commit");
    Ok(answer)
}

fn refused(refusal: crate::domain::release::NotSigned) -> Error {
    holdpoint_chassis::error::Refused::from(refusal).into()
}

/// The trial's hold of this id. One of another trial is unknown, in the same words.
pub(super) async fn find(trial: &Trial<'_>, id: &HoldId) -> Result<Stored<Hold>> {
    let found = trial.tx.get::<Hold>(id.as_str()).await?.filter(|hold| hold.trial == trial.id);
    Ok(found.ok_or_else(|| NO_HOLD.refuse("the trial has no hold of this id"))?)
}

/// The signer has the role by token and by delegation: at the hold's own site where it has one, for the whole trial
/// otherwise.
async fn signer_may_act(ctx: &Ctx, call: &Call, cmd: &SignRelease, hold: Option<&Hold>) -> Result<()> {
    let site: Option<SiteId> = match hold.map(|hold| &hold.scope) {
        Some(Scope::Site(site)) => Some(site.clone()),
        Some(Scope::Subject(subject)) => {
            let subject = ctx.store.get::<Subject>(&in_trial(&cmd.trial, subject)).await?;
            subject.and_then(|subject| subject.value.site)
        }
        Some(Scope::Trial | Scope::Arm(_) | Scope::Cohort(_)) | None => None,
    };
    let place = site.as_ref().map_or(Place::WholeTrial, Place::Site);
    ctx.allowed(&call.actor, &[role(cmd.role)], &cmd.trial, place).await?;
    Ok(())
}

fn role(role: SignerRole) -> Role {
    match role {
        SignerRole::BoardMember => Role::BoardMember,
        SignerRole::PrincipalInvestigator => Role::PrincipalInvestigator,
        SignerRole::Investigator => Role::Investigator,
        SignerRole::SafetyOfficer => Role::SafetyOfficer,
        SignerRole::Administrator => Role::Administrator,
    }
}

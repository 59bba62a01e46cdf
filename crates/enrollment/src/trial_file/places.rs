//! How the file gives places: a sealed list, the cohort that is open, or the investigator's choice; and whom it keeps
//! from knowing the arm.

use std::collections::BTreeMap;

use holdpoint_chassis::error::Result;
use holdpoint_protocol::Protocol;
use holdpoint_protocol::ids::ArmId;
use holdpoint_protocol::model::AllocationMethod;
use jiff::Timestamp;

use crate::domain::choices::Choices;
use crate::domain::cohorts::{Cohorts, Group};
use crate::domain::list::RandomizationList;
use crate::domain::places::Places;
use crate::domain::randomization::{Design, Seed, Share};
use crate::error::DESIGN;

/// The places of a trial before its first subject. The seed is used where a list is drawn, and sealed in it.
pub fn begin(protocol: &Protocol, seed: Seed, at: Timestamp) -> Result<Places> {
    let trial = protocol.id.clone();
    Ok(match protocol.allocation.method {
        AllocationMethod::PermutedBlocks | AllocationMethod::SingleArm => {
            Places::List(RandomizationList::seal(trial, design(protocol)?, seed))
        }
        AllocationMethod::NextCohort => {
            Places::Cohorts(Cohorts::begin(trial, only_arm(protocol)?, groups(protocol), at))
        }
        AllocationMethod::InvestigatorChoice => {
            let arms: BTreeMap<_, _> = protocol.arms.iter().map(|(id, arm)| (id.clone(), arm.size)).collect();
            Places::Choices(Choices::begin(trial, arms, total(protocol)))
        }
    })
}

/// The cohorts in the order in which they open: the escalation's, else the file's.
pub fn groups(protocol: &Protocol) -> Vec<Group> {
    let order: Vec<_> = match &protocol.escalation {
        Some(escalation) => escalation.order.clone(),
        None => protocol.cohorts.ids().cloned().collect(),
    };
    let group = |id| {
        let cohort = protocol.cohort(&id)?;
        let (most, returns) = (cohort.size.map(|size| size.most), cohort.returns.clone());
        Some(Group { cohort: id, most, returns, opened: None })
    };
    order.into_iter().filter_map(group).collect()
}

fn design(protocol: &Protocol) -> Result<Design> {
    if let Some(unknown) = protocol.allocation.strata.iter().find(|fact| !is_factor(protocol, fact)) {
        let message =
            format!("{unknown} is no fact with words, nor yes or no: nobody can be stratified by it");
        return Err(DESIGN.refuse(message).into());
    }
    let drawn = match protocol.allocation.method {
        AllocationMethod::PermutedBlocks => {
            Design::new(shares(protocol)?, protocol.allocation.blocks.clone())
        }
        _ => {
            let arm = only_arm(protocol)?;
            let size = size(protocol, &arm)?;
            Design::single(arm, size)
        }
    };
    Ok(drawn.map_err(|cause| DESIGN.refuse(cause.to_string()))?)
}

/// A factor has few values: the words of a fact, or yes and no.
fn is_factor(protocol: &Protocol, fact: &str) -> bool {
    let declared = protocol.facts.get(fact);
    declared.is_some_and(|fact| !fact.kind.is_number() && !fact.many && fact.derive.is_none())
}

fn only_arm(protocol: &Protocol) -> Result<ArmId> {
    match protocol.arms.ids().collect::<Vec<_>>().as_slice() {
        [arm] => Ok((*arm).clone()),
        arms => {
            let message = format!("this method puts everybody into one arm, and the file has {}", arms.len());
            Err(DESIGN.refuse(message).into())
        }
    }
}

fn shares(protocol: &Protocol) -> Result<Vec<Share>> {
    let share = |(arm, ratio): (&ArmId, &u32)| {
        Ok(Share { arm: arm.clone(), ratio: *ratio, size: size(protocol, arm)? })
    };
    protocol.allocation.ratio.iter().map(share).collect()
}

fn size(protocol: &Protocol, arm: &ArmId) -> Result<u32> {
    let stated = protocol.arm(arm).and_then(|arm| arm.size);
    let of_all = total(protocol).filter(|_| protocol.arms.len() == 1);
    let no_size = "the file gives no size of the arms: without one the list has no end";
    Ok(stated.or(of_all).ok_or_else(|| DESIGN.refuse(no_size))?)
}

fn total(protocol: &Protocol) -> Option<u32> {
    protocol.sample_size.as_ref().and_then(|size| size.enroll.total)
}

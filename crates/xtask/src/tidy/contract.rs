//! Each rpc states its permission and its roles beside it; one that changes something carries an `Act` (request id, reason),
//! except a permit's ask, whose fresh ask id takes that place and which is never kept (holds.md step 1).

use std::collections::BTreeMap;

use anyhow::Context as _;
use prost::Message as _;
use prost_types::{DescriptorProto, FileDescriptorSet};

use super::Finding;

const CHECK: &str = "contract";
const ACT: &str = ".holdpoint.common.v1.Act";

/// What tidy needs to know of one rpc.
#[derive(Debug, Clone)]
pub struct Rpc {
    /// "/holdpoint.dosing.v1.Dosing/StartInfusion"
    pub path: String,
    /// "dosing.infusion.start"; empty when none is stated.
    pub permission: String,
    /// How many roles may call it.
    pub roles: usize,
    /// It changes something.
    pub mutating: bool,
    /// Its request has a field of type `Act`.
    pub has_act: bool,
}

/// Every rpc of the contract that this program was built with.
pub fn rpcs() -> anyhow::Result<Vec<Rpc>> {
    let set =
        FileDescriptorSet::decode(holdpoint_api::DESCRIPTOR).context("the descriptor set does not decode")?;
    let messages: BTreeMap<String, &DescriptorProto> = set
        .file
        .iter()
        .flat_map(|file| {
            file.message_type
                .iter()
                .map(move |message| (format!("{}.{}", file.package(), message.name()), message))
        })
        .collect();
    let has_act = |input: &str| {
        messages.get(input).is_some_and(|message| message.field.iter().any(|field| field.type_name() == ACT))
    };
    Ok(holdpoint_api::METHODS
        .iter()
        .map(|method| Rpc {
            path: method.path.to_owned(),
            permission: method.permission.to_owned(),
            roles: method.roles.len(),
            mutating: method.mutating,
            has_act: has_act(method.input),
        })
        .collect())
}

/// Every rpc that anyone or no one may call, or that changes something without saying who asked what.
pub fn check(rpcs: &[Rpc]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut find = |rpc: &Rpc, what: &str| findings.push(Finding::new(CHECK, &rpc.path, what));
    for rpc in rpcs {
        if rpc.permission.is_empty() {
            find(rpc, "states no permission beside it, so nobody could call it");
        }
        if rpc.roles == 0 {
            find(rpc, "names no role that may call it");
        }
        if rpc.mutating && !rpc.has_act {
            find(rpc, "changes something and takes no Act: a repeat could not be told from a second wish");
        }
        if !rpc.mutating && rpc.has_act {
            find(rpc, "takes an Act and does not say that it changes something");
        }
    }
    if rpcs.is_empty() {
        findings.push(Finding::new(CHECK, "proto/", "no rpc was found"));
    }
    findings
}

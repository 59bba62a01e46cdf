//! Whether the five services serve, and whether one was forgotten at an upgrade.

use std::collections::BTreeSet;
use std::time::Duration;

use holdpoint_api::journal::v1::journal_client::JournalClient;
use holdpoint_api::journal::v1::{AboutRequest, AboutResponse};
use holdpoint_chassis::client::ServiceChannel;

use crate::doctor::{Found, House};
use crate::host::names;

const DEADLINE: Duration = Duration::from_secs(3);

pub(super) type Client = JournalClient<ServiceChannel>;

/// Each service, to be asked.
pub(super) fn each(house: &House) -> anyhow::Result<Vec<(String, Client)>> {
    let Some(running) = &house.running else { return Ok(vec![]) };
    names().map(|name| Ok((name.to_owned(), running.journal(name, DEADLINE)?))).collect()
}

pub(super) async fn about(client: &mut Client) -> Result<AboutResponse, tonic::Status> {
    Ok(client.about(AboutRequest {}).await?.into_inner())
}

pub(super) async fn serve(house: &House, found: &mut Found) -> anyhow::Result<()> {
    let mut versions = BTreeSet::from([env!("CARGO_PKG_VERSION").to_owned()]);
    if house.running.is_none() {
        found.warning(
            "no key of the issuer is here, so the services were not asked",
            "give the folder that holds issuer.key with --keys",
        );
    }
    for (name, mut client) in each(house)? {
        match about(&mut client).await {
            Ok(said) if said.service != name => {
                let what = format!("where {name} should be, {} answers", said.service);
                found.problem(what, format!("correct the address `peers.{name}`"));
            }
            Ok(said) => drop(versions.insert(said.version)),
            Err(status) => {
                let what = format!("{name} does not answer: {} ({})", status.message(), status.code());
                found.problem(
                    what,
                    format!("start {name}, or look at its log; the address is `peers.{name}`"),
                );
            }
        }
    }
    if versions.len() > 1 {
        let all: Vec<String> = versions.into_iter().collect();
        let what =
            format!("releases {} run beside one another, this program's among them", all.join(" and "));
        found.warning(what, "finish the upgrade: one release for all services");
    }
    Ok(())
}

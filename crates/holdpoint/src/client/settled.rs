//! Whether everybody has heard everything: each service's cursor of each other's journal equals that journal's head.
//! Civil time may only be moved on in that state (architecture, "Three clocks").

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, bail};
use holdpoint_api::common::v1::Head;
use holdpoint_api::journal::v1::{CursorsRequest, HeadsRequest};
use holdpoint_chassis::clock::MachineClock;

use super::Person;

/// Who follows whom: the reader and its source.
const FOLLOWS: &[(&str, &str)] = &[
    ("safety", "enrollment"),
    ("safety", "dosing"),
    ("dosing", "enrollment"),
    ("dosing", "safety"),
    ("enrollment", "safety"),
    ("enrollment", "dosing"),
];

/// How often heads and cursors are compared while waiting.
const PAUSE: Duration = Duration::from_millis(3);

/// A chain of a service: ("dosing", "pgf-msc").
type ChainOf = (String, String);

/// Head of every chain of every service. The reader needs the role of an auditor.
pub async fn heads(reader: &Person) -> anyhow::Result<BTreeMap<ChainOf, Head>> {
    let mut heads = BTreeMap::new();
    for (service, journal) in &reader.journals {
        let answer = journal
            .clone()
            .heads(HeadsRequest::default())
            .await
            .with_context(|| format!("heads of {service}"))?;
        for chain in answer.into_inner().heads {
            heads.insert((service.clone(), chain.chain), chain.head.unwrap_or_default());
        }
    }
    Ok(heads)
}

/// Waits until every cursor equals its head, and nothing was written meanwhile.
pub async fn settled(reader: &Person, patience: Duration) -> anyhow::Result<()> {
    let clock = MachineClock::new();
    let begun = clock.mark();
    loop {
        let before = heads(reader).await?;
        let behind = behind(reader, &before).await?;
        if behind.is_none() && heads(reader).await? == before {
            return Ok(());
        }
        if clock.since(&begun) > patience {
            let behind = behind.unwrap_or_else(|| "the journals keep growing".to_owned());
            bail!("the services did not settle within {} s: {behind}", patience.as_secs());
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// The first cursor that does not stand at its head.
async fn behind(reader: &Person, heads: &BTreeMap<ChainOf, Head>) -> anyhow::Result<Option<String>> {
    for (service, source) in FOLLOWS {
        let journal = reader.journals.get(*service).with_context(|| format!("no journal of {service}"))?;
        let request = CursorsRequest { source: (*source).to_owned() };
        let answer =
            journal.clone().cursors(request).await.with_context(|| format!("cursors of {service}"))?;
        let cursors: BTreeMap<String, Head> =
            answer.into_inner().cursors.into_iter().map(|c| (c.chain, c.head.unwrap_or_default())).collect();
        for ((_, chain), head) in heads.iter().filter(|((of, _), head)| of == source && head.number > 0) {
            if cursors.get(chain) != Some(head) {
                let at = cursors.get(chain).map_or(0, |head| head.number);
                return Ok(Some(format!(
                    "{service} is at row {at} of {} of {source}, chain {chain}",
                    head.number
                )));
            }
        }
    }
    Ok(None)
}

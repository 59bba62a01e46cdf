//! `holdpoint journal verify` recomputes every journal and names the first bad row of each chain; `journal parked` lists the rows of
//! peers that a service could not apply, and `journal skip` passes over one of them, on an administrator's word, and is itself
//! journaled.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::{Args, Subcommand};
use holdpoint_api::common::v1::Act;
use holdpoint_api::journal::v1::journal_client::JournalClient;
use holdpoint_api::journal::v1::{ParkedRequest, SkipRequest};
use holdpoint_chassis::client::{Caller, ServiceChannel, connect};
use holdpoint_chassis::clock::MachineClock;
use holdpoint_chassis::identity::{ISSUER, Role, Signer};
use holdpoint_chassis::ids::Ids;

use super::common::Common;
use crate::host::{ROOMS, Verified, open_stores, store_url, verify_all};

/// What to do with journals.
#[derive(Debug, Subcommand)]
pub(super) enum Journal {
    /// Recomputes every row of every service's journal
    Verify(Verify),
    /// Lists the rows of peers' journals that a service could not apply; the rows behind each of them wait
    Parked(Ask),
    /// Passes over one parked row of a peer's journal
    Skip(Skip),
}

/// The flags of `journal verify`.
#[derive(Debug, Args)]
pub(super) struct Verify {
    #[command(flatten)]
    common: Common,
    /// Compares every row with what the other services remember of it: finds a tail that was cut, or rewritten with fresh hashes
    #[arg(long)]
    peers: bool,
}

/// Whom to ask, and who asks.
#[derive(Debug, Args)]
pub(super) struct Ask {
    /// Address of the service that parked the row
    #[arg(long)]
    address: String,
    /// Who asks
    #[arg(long)]
    principal: String,
    /// Folder of the keys, the issuer's among them
    #[arg(long, value_name = "DIR", default_value = "holdpoint-data/keys")]
    keys: PathBuf,
}

/// The flags of `journal skip`.
#[derive(Debug, Args)]
pub(super) struct Skip {
    #[command(flatten)]
    ask: Ask,
    /// The service whose journal the row is of
    #[arg(long)]
    source: String,
    /// The trial, or - for the service's own chain
    #[arg(long)]
    chain: String,
    /// Number of the parked row
    #[arg(long)]
    number: u64,
    /// Why it may be passed over
    #[arg(long)]
    reason: String,
}

impl Journal {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Verify(verify) => verify.run().await,
            Self::Parked(ask) => parked(&ask).await,
            Self::Skip(skip) => skip.run().await,
        }
    }
}

impl Verify {
    async fn run(self) -> anyhow::Result<ExitCode> {
        let settings = self.common.settings()?;
        let url = store_url(settings.store.url.expose())?;
        all_there(&url)?;
        let verified = verify_all(&open_stores(&url).await?, self.peers).await?;
        for finding in &verified.findings {
            println!("{finding}");
        }
        for gap in &verified.gaps {
            println!("note: {gap}");
        }
        let with = if self.peers { ", compared with what peers remember" } else { "" };
        match verified.findings.len() {
            0 => println!(
                "{} rows verified{with}: every one is what was written{}",
                verified.rows,
                apart(&verified)
            ),
            n => println!("{n} findings in the journals{with}"),
        }
        Ok(if verified.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn apart(verified: &Verified) -> String {
    match verified.gaps.len() {
        0 => String::new(),
        n => format!(
            "; the {n} gaps above were declared when restores were noticed, and are to be reconciled by people"
        ),
    }
}

/// A missing file is a finding of its own; it must not be made anew and then be found empty and well.
fn all_there(url: &str) -> anyhow::Result<()> {
    let Some(folder) = url.strip_prefix("sqlite://") else { return Ok(()) };
    for room in ROOMS {
        let file = format!("{folder}{}.db", room.name);
        ensure!(
            std::path::Path::new(&file).is_file(),
            "there is no {file}: the journal of {} is not here",
            room.name
        );
    }
    Ok(())
}

async fn parked(ask: &Ask) -> anyhow::Result<ExitCode> {
    let answer = ask.client()?.parked(ParkedRequest {}).await;
    let rows = answer.map_err(|status| anyhow::anyhow!("{}", status.message()))?.into_inner().rows;
    for row in &rows {
        let number = row.head.as_ref().map_or(0, |head| head.number);
        println!("{}, chain {}, row {number}, {}: {}", row.source, row.chain, row.r#type, row.why);
    }
    println!("{} rows are parked", rows.len());
    Ok(ExitCode::SUCCESS)
}

impl Ask {
    fn client(&self) -> anyhow::Result<JournalClient<ServiceChannel>> {
        let (ids, life) = (Ids::random(), Duration::from_secs(60));
        let issuer = Signer::load(&self.keys.join(format!("{ISSUER}.key")))?;
        let token = issuer.issue(&self.principal, [Role::Administrator], life, &MachineClock::new(), &ids)?;
        let channel = connect(&self.address, Caller::bearer(&token)?, Duration::from_secs(10))?;
        Ok(JournalClient::new(channel))
    }
}

impl Skip {
    async fn run(self) -> anyhow::Result<ExitCode> {
        let request = SkipRequest {
            act: Some(Act { request_id: Ids::random().next().to_string(), reason: self.reason }),
            source: self.source,
            chain: self.chain,
            number: self.number,
        };
        let answer = self.ask.client()?.skip(request).await;
        answer
            .map_err(|status| anyhow::anyhow!("{}", status.message()))
            .context("the row was not passed over")?;
        println!("row {} is passed over, and the journal says by whom and why", self.number);
        Ok(ExitCode::SUCCESS)
    }
}

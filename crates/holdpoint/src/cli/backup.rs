//! `holdpoint backup` takes a backup of a house, running or stopped, and verifies it; `backup verify` verifies one that is there;
//! `backup key` makes the key. `holdpoint restore` puts one into an empty stack. 0 well, 1 refused or not as it must be.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::common::{Databases, SPEAKER, running};
use crate::backup::{self, Checked, Key};
use crate::host::jetstream;

/// What to do with backups.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Backup {
    #[command(subcommand)]
    other: Option<Other>,
    #[command(flatten)]
    take: Take,
}

#[derive(Debug, Subcommand)]
enum Other {
    /// Opens a backup, loads it where nobody sees it, and verifies it against itself
    Verify(Verify),
    /// Makes a key for backups in a file that does not exist yet
    Key {
        /// The file
        file: PathBuf,
    },
}

/// The flags of `backup`.
#[derive(Debug, Args)]
struct Take {
    #[command(flatten)]
    databases: Databases,
    /// The file to write
    #[arg(long, value_name = "FILE", required = true)]
    to: Option<PathBuf>,
    /// The file of the backup key
    #[arg(long, value_name = "FILE", required = true)]
    key: Option<PathBuf>,
    /// The services are stopped: nobody is asked to pause
    #[arg(long)]
    stopped: bool,
    /// First of the ports of `holdpoint up`; without it the services are where `[peers]` says
    #[arg(long)]
    port: Option<u16>,
    /// Who takes it, in the services' logs
    #[arg(long, default_value = "backup")]
    principal: String,
    /// Folder of the keys, the issuer's among them; it goes into the backup
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,
}

/// The flags of `backup verify`.
#[derive(Debug, Args)]
struct Verify {
    /// The backup
    file: PathBuf,
    /// The file of the backup key
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
}

/// The flags of `restore`.
#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The backup
    file: PathBuf,
    #[command(flatten)]
    databases: Databases,
    /// The file of the backup key
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Folder of the keys; those of the backup are put there
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,
}

impl Backup {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        match self.other {
            None => self.take.run().await,
            Some(Other::Verify(verify)) => {
                let checked = backup::verify(&verify.file, &Key::read(&verify.key)?).await?;
                println!("{}", told(&verify.file, &checked));
                Ok(ExitCode::SUCCESS)
            }
            Some(Other::Key { file }) => {
                backup::make_key(&file)?;
                println!(
                    "made {}; keep a copy of it away from this machine: without it no backup can be read",
                    file.display()
                );
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

impl Take {
    async fn run(self) -> anyhow::Result<ExitCode> {
        let to = self.to.context("say with --to where the backup is written")?;
        let key = Key::read(&self.key.context("say with --key where the backup key is")?)?;
        let settings = self.databases.common.settings()?;
        let keys = self.keys.unwrap_or_else(|| settings.identity.keys.clone());
        let running = match self.stopped {
            true => None,
            false => Some(running(&settings, self.port, &keys, &self.principal)?),
        };
        let at = settings.clock.open()?.now();
        let from = backup::From { stores: self.databases.stores(&settings)?, running, keys, at };
        let taken = backup::take(&from, &to, &key).await?;
        println!("{}; {} bytes", told(&to, &taken.checked), taken.bytes);
        Ok(ExitCode::SUCCESS)
    }
}

fn told(file: &Path, checked: &Checked) -> String {
    let Checked { manifest, rows, journal_rows, permits, files } = checked;
    format!(
        "{} holds the house of {}, made by version {}: {rows} rows, {journal_rows} of them journal rows, every one what was written; \
         {permits} permits of starts, each in safety; {files} files of keys",
        file.display(),
        manifest.taken_at,
        manifest.version
    )
}

impl Restore {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let key = Key::read(&self.key)?;
        let settings = self.databases.common.settings()?;
        let into = backup::Into {
            stores: self.databases.stores(&settings)?,
            bus: settings.bus.url.expose().to_owned(),
            nats: jetstream(SPEAKER, &settings),
            keys: self.keys.unwrap_or_else(|| settings.identity.keys.clone()),
            at: settings.clock.open()?.now(),
        };
        let restored = backup::restore(&self.file, &key, &into).await?;
        println!("{}", told(&self.file, &restored.checked));
        println!("restored; every journal goes on in a further incarnation");
        for trial in &restored.trials {
            println!(
                "{trial} comes up held: nothing starts in it until an administrator and the principal investigator have released the hold"
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}

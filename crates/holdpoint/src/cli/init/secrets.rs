//! `holdpoint init secrets`: every key and password of an installation, random, one file each with mode 600. Nothing is ever
//! overwritten: a file that is there stops the whole before anything is written, since half of an installation's secrets would
//! not fit the other half.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;

use anyhow::{Context as _, ensure};
use clap::Args;
use holdpoint_chassis::identity::{ISSUER, generate};
use holdpoint_chassis::ids::random_bytes;
use nkeys::{KeyPair, KeyPairType};

use crate::host::names;

/// What everybody may read, in a folder of its own.
const PUBLIC: &str = "public";
/// The public halves of the services' NATS keys, as nats.conf includes them.
const NATS_KEYS: &str = "nats-keys.conf";
/// The superuser of the database, for `holdpoint migrate` alone.
const SUPERUSER: &str = "postgres";
const POSTGRES_PASSWORD: &str = "postgres.password";
const GRAFANA_PASSWORD: &str = "grafana.password";
/// The key under which labs hashes hospital numbers.
const NUMBERS: &str = "labs-numbers.secret";
const DOCTOR: &str = "doctor";
/// Opens the backups, and lies beside none of them.
const BACKUP_KEY: &str = "backup.key";
/// How the servers of a NATS cluster find and know each other.
const ROUTES: &str = "nats-routes.conf";

/// A user and group that a file is to belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Owner {
    user: u32,
    group: u32,
}

impl FromStr for Owner {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (user, group) = text.split_once(':').unwrap_or((text, text));
        match (user.parse(), group.parse()) {
            (Ok(user), Ok(group)) => Ok(Self { user, group }),
            _ => {
                Err(format!("`{text}` is no owner; one is a number such as 65532, or user:group in numbers"))
            }
        }
    }
}

/// The flags of `init secrets`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Secrets {
    /// Folder of the secrets; made where absent
    #[arg(value_name = "DIR", default_value = "secrets")]
    folder: PathBuf,
    /// Who the services run as; the files are given to them. Needs the right to give files away
    #[arg(long, value_name = "UID[:GID]")]
    owner: Option<Owner>,
    /// Who PostgreSQL runs as; its one password is given to it
    #[arg(long, value_name = "UID[:GID]")]
    postgres_owner: Option<Owner>,
    /// Who Grafana runs as; its administrator's password is given to it
    #[arg(long, value_name = "UID[:GID]")]
    grafana_owner: Option<Owner>,
    /// Where the services find PostgreSQL
    #[arg(long, value_name = "HOST:PORT", default_value = "postgres:5432")]
    postgres: String,
    /// What is added to its addresses: sslmode=verify-full&sslrootcert=/run/holdpoint/ca.crt
    #[arg(long, value_name = "QUERY")]
    postgres_options: Option<String>,
}

/// One file to be made.
struct Secret {
    name: String,
    text: String,
    owner: Option<Owner>,
}

impl Secrets {
    pub fn run(self) -> anyhow::Result<ExitCode> {
        self.must_be_new()?;
        let public = self.folder.join(PUBLIC);
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.folder)
            .with_context(|| format!("cannot make the folder {}", self.folder.display()))?;
        fs::create_dir_all(&public).with_context(|| format!("cannot make {}", public.display()))?;
        fs::set_permissions(&public, fs::Permissions::from_mode(0o755))?;
        for name in names().chain([ISSUER]) {
            self.signing_key(name, &public)?;
        }
        let (secrets, keys) = self.random()?;
        for secret in &secrets {
            self.keep(secret)?;
        }
        let path = public.join(NATS_KEYS);
        fs::write(&path, keys).with_context(|| format!("cannot write {}", path.display()))?;
        println!("made {} secrets in {}", secrets.len() + names().count() + 1, self.folder.display());
        println!("Keep a copy where you keep other keys: without them a backup cannot be brought to life.");
        Ok(ExitCode::SUCCESS)
    }

    fn must_be_new(&self) -> anyhow::Result<()> {
        let keys = names().chain([ISSUER]).map(|name| format!("{name}.key"));
        let urls = names().chain([SUPERUSER]).map(|name| format!("{name}.store-url"));
        let nkeys = speakers().map(|name| format!("{name}.nkey"));
        let rest = [POSTGRES_PASSWORD, GRAFANA_PASSWORD, NUMBERS, ROUTES, BACKUP_KEY].map(str::to_owned);
        let all = keys.chain(urls).chain(nkeys).chain(rest);
        let there: Vec<String> = all.filter(|name| self.folder.join(name).exists()).collect();
        ensure!(
            there.is_empty(),
            "{} holds secrets already ({}); they are never overwritten: name another folder, or move this one away and \
             know that databases made with it open with it only",
            self.folder.display(),
            there.join(", ")
        );
        Ok(())
    }

    /// A service's own key stays private; its public half lies where every service reads it.
    fn signing_key(&self, name: &str, public: &Path) -> anyhow::Result<()> {
        let private = generate(&self.folder, name)?;
        let half = self.folder.join(format!("{name}.pub"));
        let shown = public.join(format!("{name}.pub"));
        fs::rename(&half, &shown).with_context(|| format!("cannot move {}", half.display()))?;
        fs::set_permissions(&shown, fs::Permissions::from_mode(0o644))?;
        give(&private, self.owner)
    }

    /// Everything that is random, and the file that tells NATS who is who.
    fn random(&self) -> anyhow::Result<(Vec<Secret>, String)> {
        let superuser = password();
        let secret = |name: &str, text: String, owner| Secret { name: name.to_owned(), text, owner };
        let url = self.url(SUPERUSER, &superuser, SUPERUSER);
        let mut secrets = vec![
            secret(POSTGRES_PASSWORD, superuser, self.postgres_owner.or(self.owner)),
            secret(&format!("{SUPERUSER}.store-url"), url, self.owner),
            secret(GRAFANA_PASSWORD, password(), self.grafana_owner.or(self.owner)),
            secret(NUMBERS, password(), self.owner),
            secret(ROUTES, routes(), self.owner),
            secret(BACKUP_KEY, hex::encode(random_bytes::<32>()), self.owner),
        ];
        for name in names() {
            let url = self.url(&format!("holdpoint_{name}"), &password(), "holdpoint");
            secrets.push(secret(&format!("{name}.store-url"), url, self.owner));
        }
        let mut keys = String::from("# Public halves of the NATS keys, made by `holdpoint init secrets`.\n");
        for name in speakers() {
            let pair = KeyPair::new_from_raw(KeyPairType::User, random_bytes::<32>());
            let pair = pair.map_err(|cause| anyhow::anyhow!("make the NATS key of {name}: {cause}"))?;
            let seed =
                pair.seed().map_err(|cause| anyhow::anyhow!("write the NATS key of {name}: {cause}"))?;
            secrets.push(secret(&format!("{name}.nkey"), seed, self.owner));
            writeln!(keys, "{}_NKEY: {}", name.to_uppercase(), pair.public_key())?;
        }
        Ok((secrets, keys))
    }

    fn url(&self, user: &str, password: &str, database: &str) -> String {
        let options = self.postgres_options.as_ref().map(|options| format!("?{options}")).unwrap_or_default();
        format!("postgres://{user}:{password}@{}/{database}{options}", self.postgres)
    }

    fn keep(&self, secret: &Secret) -> anyhow::Result<()> {
        let path = self.folder.join(&secret.name);
        let open = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        let mut file = open.with_context(|| format!("cannot make {}", path.display()))?;
        writeln!(file, "{}", secret.text)
            .and_then(|()| file.sync_all())
            .with_context(|| format!("cannot write {}", path.display()))?;
        give(&path, secret.owner)
    }
}

fn give(path: &Path, owner: Option<Owner>) -> anyhow::Result<()> {
    let Some(Owner { user, group }) = owner else { return Ok(()) };
    chown(path, Some(user), Some(group)).with_context(|| {
        format!(
            "cannot give {} to user {user}; run this as root, or as that user without --owner",
            path.display()
        )
    })
}

/// Who is known to NATS: the services, and the doctor, who looks and changes nothing.
fn speakers() -> impl Iterator<Item = &'static str> {
    names().chain([DOCTOR])
}

fn routes() -> String {
    let password = password();
    let route = |name: &str| format!("nats-route://route:{password}@{name}:6222");
    let routes = ["nats", "nats-2", "nats-3"].map(route).join(", ");
    format!(
        "cluster {{ name: holdpoint, listen: \"0.0.0.0:6222\", authorization {{ user: route, password: {password} }}, \
         routes: [ {routes} ] }}"
    )
}

/// 192 random bits, in letters and digits that need no quoting anywhere.
fn password() -> String {
    hex::encode(random_bytes::<24>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_is_one_number_or_two() {
        assert_eq!("65532".parse(), Ok(Owner { user: 65_532, group: 65_532 }));
        assert_eq!("7:8".parse(), Ok(Owner { user: 7, group: 8 }));
        assert!("root".parse::<Owner>().unwrap_err().contains("in numbers"));
    }
}

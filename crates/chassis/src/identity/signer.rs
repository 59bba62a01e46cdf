//! Private keys: one for the issuer of people's tokens, one for each service. A private file belongs to its owner
//! alone; one that others may read is refused.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey};
use jsonwebtoken::{Algorithm, EncodingKey, Header};

use super::{Claims, Role};
use crate::clock::MachineClock;
use crate::ids::{self, Ids};

/// Signs tokens with one Ed25519 key, whose name is the token's `kid`. Clones share the key.
#[derive(Clone)]
pub struct Signer {
    name: Arc<str>,
    key: Arc<EncodingKey>,
    public: [u8; 32],
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Signer {
    /// Reads `<name>.key` (PKCS #8 PEM). Refused where others than the owner may read it.
    pub fn load(file: &Path) -> anyhow::Result<Self> {
        let name = key_name(file)?;
        let pem = read_private(file)?;
        let key = SigningKey::from_pkcs8_pem(&pem).ok().with_context(|| {
            format!("{} holds no Ed25519 private key in PKCS #8 PEM form", file.display())
        })?;
        Self::from_key(&name, &key)
    }

    /// A key for tests and the demo, kept in memory only.
    pub fn random(name: &str) -> anyhow::Result<Self> {
        Self::from_key(name, &SigningKey::from_bytes(&ids::random_bytes()))
    }

    fn from_key(name: &str, key: &SigningKey) -> anyhow::Result<Self> {
        let der = key.to_pkcs8_der().context("cannot encode the private key")?;
        Ok(Self {
            name: name.into(),
            key: Arc::new(EncodingKey::from_ed_der(der.as_bytes())),
            public: key.verifying_key().to_bytes(),
        })
    }

    /// The key's name: `issuer`, or the service's.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public half, 32 bytes.
    pub fn public(&self) -> [u8; 32] {
        self.public
    }

    #[cfg(test)]
    pub(super) fn key(&self) -> &EncodingKey {
        &self.key
    }

    /// Signs the claims as they are. What may be claimed is judged by whoever verifies.
    pub fn sign(&self, claims: &Claims) -> anyhow::Result<String> {
        let header = Header { kid: Some(self.name.to_string()), ..Header::new(Algorithm::EdDSA) };
        jsonwebtoken::encode(&header, claims, &self.key).context("cannot sign the token")
    }

    /// A token for a person or a feed, as the issuer gives it.
    pub fn issue(
        &self,
        principal: &str,
        roles: impl IntoIterator<Item = Role>,
        life: Duration,
        clock: &MachineClock,
        ids: &Ids,
    ) -> anyhow::Result<String> {
        self.sign(&Claims::new(principal, roles, clock.wall(), life, ids.next()))
    }

    /// A token with which a service speaks for itself.
    pub fn own_token(&self, life: Duration, clock: &MachineClock) -> anyhow::Result<String> {
        let id = hex::encode(ids::random_bytes::<16>());
        self.sign(&Claims::new(self.name(), [Role::Service], clock.wall(), life, id))
    }
}

/// The text of a private key's file. Refused where others than the owner may read it.
pub fn read_private(file: &Path) -> anyhow::Result<String> {
    let mode = fs::metadata(file)
        .with_context(|| format!("cannot find the private key {}", file.display()))?
        .permissions()
        .mode();
    ensure!(
        mode & 0o077 == 0,
        "the private key {} may be read by others (mode {:03o}); make it its owner's alone: chmod 600",
        file.display(),
        mode & 0o777
    );
    fs::read_to_string(file).with_context(|| format!("cannot read the private key {}", file.display()))
}

/// Makes `<name>.key` (mode 600) and `<name>.pub` in the folder. An existing key is never overwritten.
pub fn generate(folder: &Path, name: &str) -> anyhow::Result<PathBuf> {
    ensure!(is_key_name(name), "`{name}` is no key name: lower-case letters, digits and `-`, at most 64");
    fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let (private, public) = (folder.join(format!("{name}.key")), folder.join(format!("{name}.pub")));
    let key = SigningKey::from_bytes(&ids::random_bytes());
    let private_pem = key.to_pkcs8_pem(LineEnding::LF).context("cannot encode the private key")?;
    let public_pem =
        key.verifying_key().to_public_key_pem(LineEnding::LF).context("cannot encode the public key")?;
    let mut file =
        fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&private).with_context(
            || format!("cannot make the private key {}; does it exist already?", private.display()),
        )?;
    file.write_all(private_pem.as_bytes())
        .and_then(|()| file.sync_all())
        .with_context(|| format!("cannot write the private key {}", private.display()))?;
    fs::write(&public, public_pem)
        .with_context(|| format!("cannot write the public key {}", public.display()))?;
    Ok(private)
}

/// The name a key file gives its key: the file's name without its ending.
pub(super) fn key_name(file: &Path) -> anyhow::Result<String> {
    match file.file_stem().and_then(|stem| stem.to_str()) {
        Some(name) if is_key_name(name) => Ok(name.to_owned()),
        _ => bail!("{} is no key file: its name must be lower-case letters, digits and `-`", file.display()),
    }
}

fn is_key_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

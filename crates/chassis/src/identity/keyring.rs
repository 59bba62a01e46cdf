//! Decides whether a token is valid and who it speaks for. One algorithm, keys by name from a map, every claim of one
//! form; a service's key speaks for that service alone, the issuer's for everyone but the services.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, ensure};
use ed25519_dalek::VerifyingKey;
use ed25519_dalek::pkcs8::DecodePublicKey;
use jiff::Timestamp;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};

use super::signer::key_name;
use super::token::{AUDIENCE, LONGEST_LIFE};
use super::{Actor, Claims, Role, Signer};
use crate::error::{Refused, catalog};

/// Name of the key that signs the tokens of people and feeds.
pub const ISSUER: &str = "issuer";

/// No token of ours comes near this; longer ones are not looked at.
const LONGEST_TOKEN_BYTES: usize = 4096;
/// Two machines' clocks may differ by this much before a token made by the one is too early for the other.
const SKEW_SECONDS: i64 = 5;

/// The public keys that are trusted, by name. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Keyring {
    keys: Arc<BTreeMap<String, DecodingKey>>,
}

impl Keyring {
    /// Reads every `<name>.pub` (SPKI PEM) of the folder.
    pub fn load(folder: &Path) -> anyhow::Result<Self> {
        let read = fs::read_dir(folder)
            .with_context(|| format!("cannot read the key folder {}", folder.display()))?;
        let mut keys = BTreeMap::new();
        for entry in read {
            let file =
                entry.with_context(|| format!("cannot read the key folder {}", folder.display()))?.path();
            if file.extension().is_some_and(|ending| ending == "pub") {
                keys.insert(key_name(&file)?, public_key(&file)?);
            }
        }
        ensure!(!keys.is_empty(), "the key folder {} holds no public key (`<name>.pub`)", folder.display());
        Ok(Self { keys: Arc::new(keys) })
    }

    /// Trusts the public halves of these signers: for tests and the demo.
    pub fn of<'a>(signers: impl IntoIterator<Item = &'a Signer>) -> Self {
        let keys = signers
            .into_iter()
            .map(|signer| (signer.name().to_owned(), DecodingKey::from_ed_der(&signer.public())))
            .collect();
        Self { keys: Arc::new(keys) }
    }

    /// The names of the trusted keys.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.keys.keys().map(String::as_str)
    }

    /// Judges a token at the given moment of the machine's wall clock.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Actor, Refused> {
        if token.len() > LONGEST_TOKEN_BYTES {
            return Err(unauthenticated("the token is too long"));
        }
        let Ok(header) = jsonwebtoken::decode_header(token) else {
            return Err(unauthenticated("the token is not a signed token of this system"));
        };
        if header.alg != Algorithm::EdDSA || header.crit.is_some() {
            return Err(unauthenticated("the token is signed in a way that is not accepted"));
        }
        let Some((name, key)) = header.kid.as_deref().and_then(|kid| self.keys.get_key_value(kid)) else {
            return Err(unauthenticated("the token does not name a key that is trusted here"));
        };
        let claims =
            jsonwebtoken::decode::<Claims>(token, key, &form()).map_err(|error| bad(error.kind()))?.claims;
        timely(&claims, now)?;
        self.speaks_for(name, &claims)?;
        actor(claims)
    }

    /// Whose words a key may sign.
    fn speaks_for(&self, key: &str, claims: &Claims) -> Result<(), Refused> {
        let serves = claims.roles.contains(&Role::Service);
        if key == ISSUER {
            if serves || self.keys.contains_key(&claims.sub) {
                return Err(unauthenticated("only a service's own key speaks for that service"));
            }
        } else if claims.sub != key || !serves || claims.roles.len() != 1 {
            return Err(unauthenticated("a service's key speaks for that service only"));
        }
        Ok(())
    }
}

/// Form, issuer and audience are checked by the library; times are not, since it would read a clock of its own.
fn form() -> Validation {
    let mut form = Validation::new(Algorithm::EdDSA);
    form.set_required_spec_claims(&["exp", "nbf", "aud", "iss", "sub"]);
    form.set_audience(&[AUDIENCE]);
    form.set_issuer(&[AUDIENCE]);
    form.validate_exp = false;
    form.validate_nbf = false;
    form
}

fn timely(claims: &Claims, now: Timestamp) -> Result<(), Refused> {
    let (now, longest) = (now.as_second(), LONGEST_LIFE.as_secs());
    if claims.nbf > now.saturating_add(SKEW_SECONDS) || claims.iat > now.saturating_add(SKEW_SECONDS) {
        return Err(unauthenticated("the token is not valid yet; compare the clocks of the two machines"));
    }
    if claims.exp <= now {
        return Err(unauthenticated("the token has expired; get another with `holdpoint token`"));
    }
    let life = claims.exp.saturating_sub(claims.iat.min(claims.nbf));
    if u64::try_from(life).map_or(true, |life| life > longest) {
        return Err(unauthenticated("the token lives longer than the 15 minutes that are accepted"));
    }
    Ok(())
}

fn actor(claims: Claims) -> Result<Actor, Refused> {
    let named = |text: &str, longest| {
        (1..=longest).contains(&text.len()) && !text.chars().any(|c| c.is_control() || c.is_whitespace())
    };
    if !named(&claims.sub, 128) || !named(&claims.jti, 64) || claims.roles.is_empty() {
        return Err(unauthenticated("the token names no principal, no role or no id of its own"));
    }
    let Ok(expires) = Timestamp::from_second(claims.exp) else {
        return Err(unauthenticated("the token's times are out of range"));
    };
    Ok(Actor { principal: claims.sub, roles: claims.roles, token_id: claims.jti, expires })
}

/// What the library found, in plain words and without its own.
fn bad(kind: &ErrorKind) -> Refused {
    let words = match kind {
        ErrorKind::InvalidSignature => "the token's signature does not fit its content",
        ErrorKind::InvalidIssuer | ErrorKind::InvalidAudience => "the token was not made for this system",
        _ => "the token's content does not have the form that is accepted",
    };
    unauthenticated(words)
}

fn unauthenticated(words: &str) -> Refused {
    catalog::UNAUTHENTICATED.refuse(words)
}

fn public_key(file: &Path) -> anyhow::Result<DecodingKey> {
    let pem =
        fs::read_to_string(file).with_context(|| format!("cannot read the public key {}", file.display()))?;
    let key = VerifyingKey::from_public_key_pem(&pem)
        .ok()
        .with_context(|| format!("{} holds no Ed25519 public key in SPKI PEM form", file.display()))?;
    Ok(DecodingKey::from_ed_der(&key.to_bytes()))
}

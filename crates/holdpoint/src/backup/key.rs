//! The key of backups: 32 random bytes in a file of its own, as 64 hexadecimal characters. Who has it reads every backup made with it;
//! who has lost it reads none.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context as _, ensure};
use holdpoint_chassis::ids::random_bytes;
use ring::hkdf;

/// What the key is used for, so that the same bytes used elsewhere make other keys.
const PURPOSE: &[u8] = b"holdpoint backup 1";

/// The key.
pub struct Key([u8; 32]);

/// Makes a key in a file that does not exist yet, readable by its owner alone.
pub fn make(path: &Path) -> anyhow::Result<()> {
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).with_context(|| {
            format!("cannot make {}; a key that exists is never overwritten", path.display())
        })?;
    writeln!(file, "{}", hex::encode(random_bytes::<32>()))
        .and_then(|()| file.sync_all())
        .with_context(|| format!("cannot write {}", path.display()))
}

impl Key {
    /// Reads a key from its file.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| {
            format!("cannot read the backup key {}; `holdpoint backup key FILE` makes one", path.display())
        })?;
        let bytes = hex::decode(text.trim()).ok().and_then(|bytes| bytes.try_into().ok());
        ensure!(bytes.is_some(), "{} is no backup key; one is 64 hexadecimal characters", path.display());
        Ok(Self(bytes.unwrap_or_default()))
    }

    /// The key of one file, by its salt.
    pub(super) fn of_file(&self, salt: &[u8]) -> anyhow::Result<[u8; 32]> {
        struct Length;
        impl hkdf::KeyType for Length {
            fn len(&self) -> usize {
                32
            }
        }
        let mut key = [0; 32];
        let extracted = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(&self.0);
        let expanded = extracted.expand(&[PURPOSE], Length).and_then(|okm| okm.fill(&mut key));
        expanded.map_err(|_| anyhow::anyhow!("the key of the file cannot be made"))?;
        Ok(key)
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(hidden)")
    }
}

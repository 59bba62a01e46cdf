//! A secret that belongs to one installation and is no signing key: random, in the folder of the keys, readable by its
//! owner alone, made where there is none. Whoever restores the database needs the same folder.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context as _, ensure};

use crate::ids::random_bytes;

/// Shorter than this could be found by trying.
const SHORTEST: usize = 32;

/// The secret of this name, `<name>.secret`. Made at the first call; never changed after.
pub fn secret(folder: &Path, name: &str) -> anyhow::Result<String> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let path = folder.join(format!("{name}.secret"));
    match fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
        Ok(mut file) => {
            let made = hex::encode(random_bytes::<32>());
            file.write_all(made.as_bytes())
                .and_then(|()| file.sync_all())
                .with_context(|| format!("cannot write the secret {}", path.display()))?;
            Ok(made)
        }
        Err(cause) if cause.kind() == ErrorKind::AlreadyExists => {
            let text = fs::read_to_string(&path)
                .with_context(|| format!("cannot read the secret {}", path.display()))?;
            let text = text.trim().to_owned();
            ensure!(
                text.len() >= SHORTEST,
                "the secret {} is shorter than {SHORTEST} characters; put back the one that was there",
                path.display()
            );
            Ok(text)
        }
        Err(cause) => Err(cause).with_context(|| format!("cannot make the secret {}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn it_is_made_once_and_kept_from_others() {
        let folder = tempfile::tempdir().unwrap();
        let made = secret(folder.path(), "numbers").unwrap();
        assert_eq!(made.len(), 64);
        assert_eq!(secret(folder.path(), "numbers").unwrap(), made);
        assert_ne!(secret(folder.path(), "other").unwrap(), made);
        let file = folder.path().join("numbers.secret");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(&file, "short").unwrap();
        assert!(secret(folder.path(), "numbers").is_err(), "a key that was cut off is not taken for another");
    }
}

//! The keys folder beside the databases: the services' keys and the secret that hospital numbers are hashed with. Without that secret
//! a restored house finds no subject by number. Only files of these names and this size are taken, and none is ever overwritten.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context as _, ensure};

const ENDINGS: [&str; 3] = [".key", ".pub", ".secret"];
const LARGEST: usize = 64 * 1024;

/// A name that cannot lead out of a folder.
fn is_ours(name: &str) -> bool {
    let stem = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending));
    stem.is_some_and(|stem| {
        !stem.is_empty()
            && stem.len() <= 64
            && stem.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    })
}

/// The files of the folder, by name. None where there is no folder: keys may be kept elsewhere.
pub(super) fn read(folder: &Path) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let mut files = vec![];
    if !folder.is_dir() {
        return Ok(files);
    }
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !is_ours(&name) || !entry.file_type()?.is_file() {
            continue;
        }
        let content =
            fs::read(entry.path()).with_context(|| format!("cannot read {}", entry.path().display()))?;
        ensure!(content.len() <= LARGEST, "{} is too large for a key", entry.path().display());
        files.push((name, content));
    }
    files.sort();
    Ok(files)
}

/// Judges the names and sizes of files that came out of a backup.
pub(super) fn check(files: &[(String, Vec<u8>)]) -> anyhow::Result<()> {
    for (name, content) in files {
        ensure!(
            is_ours(name) && content.len() <= LARGEST,
            "the backup holds a file `{}`, which is no key of a house",
            name.escape_debug()
        );
    }
    Ok(())
}

/// None of the files must be there with another content.
pub(super) fn free(folder: &Path, files: &[(String, Vec<u8>)]) -> anyhow::Result<()> {
    for (name, content) in files {
        let path = folder.join(name);
        let there = fs::symlink_metadata(&path).is_ok();
        ensure!(
            !there || fs::read(&path).is_ok_and(|found| found == *content),
            "{} is there already and is another one; restore into an empty folder of keys",
            path.display()
        );
    }
    Ok(())
}

/// Writes those that are missing, readable by their owner alone.
pub(super) fn write(folder: &Path, files: &[(String, Vec<u8>)]) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    for (name, content) in files {
        let path = folder.join(name);
        if fs::symlink_metadata(&path).is_ok() {
            continue;
        }
        let mode = if name.ends_with(".pub") { 0o644 } else { 0o600 };
        let made = OpenOptions::new().write(true).create_new(true).mode(mode).open(&path);
        let mut file = made.with_context(|| format!("cannot make {}", path.display()))?;
        file.write_all(content)
            .and_then(|()| file.sync_all())
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn no_name_leads_out_of_the_folder() {
        for name in [
            "../issuer.key",
            "/etc/passwd",
            "a/b.key",
            ".key",
            "issuer.key/..",
            "issuer.sh",
            "..\\x.key",
            "x\0.key",
        ] {
            assert!(check(&[(name.to_owned(), vec![])]).is_err(), "{name:?}");
        }
        assert!(
            check(&[("issuer.key".to_owned(), vec![]), ("labs-numbers.secret".to_owned(), vec![])]).is_ok()
        );
        assert!(check(&[("issuer.key".to_owned(), vec![0; LARGEST + 1])]).is_err());
    }

    #[test]
    fn links_are_neither_followed_nor_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        let target = outside.path().join("target");
        symlink(&target, folder.path().join("issuer.key")).unwrap();
        let files = [("issuer.key".to_owned(), b"new".to_vec())];
        assert!(free(folder.path(), &files).is_err(), "a link that leads nowhere is something that is there");
        write(folder.path(), &files).unwrap();
        assert!(!target.exists());
        fs::write(&target, b"secret of another").unwrap();
        assert_eq!(read(folder.path()).unwrap(), []);
    }

    #[test]
    fn what_is_there_stays() {
        let folder = tempfile::tempdir().unwrap();
        let files = [("issuer.key".to_owned(), b"old".to_vec()), ("labs.pub".to_owned(), b"pub".to_vec())];
        write(folder.path(), &files[..1]).unwrap();
        assert!(free(folder.path(), &files).is_ok());
        assert!(free(folder.path(), &[("issuer.key".to_owned(), b"new".to_vec())]).is_err());
        write(folder.path(), &files).unwrap();
        assert_eq!(read(folder.path()).unwrap(), files);
    }
}

//! Decides how a backup lies in its file: a head with a salt, then pieces of 64 KiB, each sealed with ChaCha20-Poly1305 under a key of
//! this file alone (HKDF-SHA256 of the backup key and the salt). A piece's nonce is its number and whether it is the last, as in the
//! STREAM construction, so that pieces cannot be changed, swapped, doubled or cut off unseen.

use std::io::{BufReader, BufWriter, ErrorKind, Read, Write};

use anyhow::{Context as _, bail, ensure};
use holdpoint_chassis::ids::random_bytes;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};

use super::Key;

/// Begins every file. The number is the format's.
const MAGIC: &[u8] = b"holdpoint backup 1\n";
const SALT: usize = 32;
const PIECE: usize = 64 * 1024;
const TAG: usize = 16;

/// Seals what is written to it.
pub(super) struct Sealer<W: Write> {
    to: BufWriter<W>,
    pieces: Pieces,
    open: Vec<u8>,
}

/// Opens what it reads.
pub(super) struct Opener<R: Read> {
    from: BufReader<R>,
    pieces: Pieces,
    ahead: Vec<u8>,
    open: Vec<u8>,
    at: usize,
    ended: bool,
}

/// The key, the head that every piece is bound to, and the next piece's number.
struct Pieces {
    key: LessSafeKey,
    head: Vec<u8>,
    number: u64,
}

impl Pieces {
    fn of(key: &Key, salt: &[u8]) -> anyhow::Result<Self> {
        let key = UnboundKey::new(&CHACHA20_POLY1305, &key.of_file(salt)?);
        let key = LessSafeKey::new(key.map_err(|_| anyhow::anyhow!("the key cannot be used"))?);
        Ok(Self { key, head: [MAGIC, salt].concat(), number: 0 })
    }

    fn nonce(&mut self, last: bool) -> Nonce {
        let mut bytes = [0; 12];
        bytes[3..11].copy_from_slice(&self.number.to_be_bytes());
        bytes[11] = u8::from(last);
        self.number += 1;
        Nonce::assume_unique_for_key(bytes)
    }
}

impl<W: Write> Sealer<W> {
    pub(super) fn new(key: &Key, to: W) -> anyhow::Result<Self> {
        let salt = random_bytes::<SALT>();
        let pieces = Pieces::of(key, &salt)?;
        let mut to = BufWriter::new(to);
        to.write_all(&pieces.head)?;
        Ok(Self { to, pieces, open: Vec::with_capacity(PIECE) })
    }

    pub(super) fn write(&mut self, mut bytes: &[u8]) -> anyhow::Result<()> {
        while !bytes.is_empty() {
            if self.open.len() == PIECE {
                self.seal(false)?;
            }
            let (now, rest) = bytes.split_at(bytes.len().min(PIECE - self.open.len()));
            self.open.extend_from_slice(now);
            bytes = rest;
        }
        Ok(())
    }

    /// Seals the last piece. Answers what was written to.
    pub(super) fn end(mut self) -> anyhow::Result<W> {
        self.seal(true)?;
        self.to
            .into_inner()
            .map_err(|cause| anyhow::Error::from(cause.into_error()))
            .context("writing the end of the backup")
    }

    fn seal(&mut self, last: bool) -> anyhow::Result<()> {
        let nonce = self.pieces.nonce(last);
        let sealed =
            self.pieces.key.seal_in_place_append_tag(nonce, Aad::from(&self.pieces.head), &mut self.open);
        sealed.map_err(|_| anyhow::anyhow!("a piece could not be sealed"))?;
        self.to.write_all(&self.open)?;
        self.open.clear();
        Ok(())
    }
}

impl<R: Read> Opener<R> {
    pub(super) fn new(key: &Key, from: R) -> anyhow::Result<Self> {
        let mut from = BufReader::new(from);
        let mut head = vec![0; MAGIC.len() + SALT];
        let read = from.read_exact(&mut head);
        ensure!(
            read.is_ok() && head.starts_with(MAGIC),
            "this is no backup that this version reads: it does not begin with `{}`",
            String::from_utf8_lossy(MAGIC).trim()
        );
        let pieces = Pieces::of(key, &head[MAGIC.len()..])?;
        let ahead = piece(&mut from)?;
        Ok(Self { from, pieces, ahead, open: vec![], at: 0, ended: false })
    }

    /// Exactly so many bytes; none at the end.
    pub(super) fn read(&mut self, length: usize) -> anyhow::Result<Option<Vec<u8>>> {
        let mut bytes = Vec::with_capacity(length.min(PIECE));
        while bytes.len() < length {
            if self.at == self.open.len() && !self.next()? {
                ensure!(bytes.is_empty(), "the backup ends in the middle of something");
                return Ok(None);
            }
            let take = (length - bytes.len()).min(self.open.len() - self.at);
            bytes.extend_from_slice(&self.open[self.at..self.at + take]);
            self.at += take;
        }
        Ok(Some(bytes))
    }

    fn next(&mut self) -> anyhow::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        let mut sealed = std::mem::take(&mut self.ahead);
        self.ahead = piece(&mut self.from)?;
        self.ended = self.ahead.is_empty();
        let number = self.pieces.number;
        let nonce = self.pieces.nonce(self.ended);
        let Ok(open) = self.pieces.key.open_in_place(nonce, Aad::from(&self.pieces.head), &mut sealed) else {
            if number == 0 {
                bail!(
                    "the backup cannot be opened: this is not the key that it was made with, or its beginning was changed"
                );
            }
            bail!(
                "the backup was changed or cut off: piece {number}, byte {} of the file, is not what was written",
                self.offset(number)
            );
        };
        self.open = open.to_vec();
        self.at = 0;
        Ok(!self.open.is_empty() || !self.ended)
    }

    fn offset(&self, number: u64) -> u64 {
        (MAGIC.len() + SALT) as u64 + number * (PIECE + TAG) as u64
    }
}

/// The next piece as it lies in the file; empty at its end.
fn piece(from: &mut impl Read) -> anyhow::Result<Vec<u8>> {
    let mut bytes = vec![0; PIECE + TAG];
    let mut filled = 0;
    while filled < bytes.len() {
        match from.read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(more) => filled += more,
            Err(cause) if cause.kind() == ErrorKind::Interrupted => {}
            Err(cause) => return Err(cause).context("reading the backup"),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(folder: &std::path::Path, name: &str) -> Key {
        let path = folder.join(name);
        super::super::make_key(&path).unwrap();
        Key::read(&path).unwrap()
    }

    fn sealed(key: &Key, bytes: &[u8]) -> Vec<u8> {
        let mut sealer = Sealer::new(key, vec![]).unwrap();
        for some in bytes.chunks(1000) {
            sealer.write(some).unwrap();
        }
        sealer.end().unwrap()
    }

    fn opened(key: &Key, file: &[u8], length: usize) -> anyhow::Result<Vec<u8>> {
        let mut opener = Opener::new(key, file)?;
        let bytes = opener.read(length)?.unwrap_or_default();
        ensure!(opener.read(1)?.is_none(), "there is more");
        Ok(bytes)
    }

    #[test]
    fn what_was_sealed_is_opened_whatever_its_length() {
        let folder = tempfile::tempdir().unwrap();
        let key = key(folder.path(), "k");
        for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE + 17] {
            let bytes: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
            let file = sealed(&key, &bytes);
            assert_eq!(opened(&key, &file, length).unwrap(), bytes, "{length}");
            assert_ne!(sealed(&key, &bytes), file, "two files never share a key");
        }
    }

    #[test]
    fn a_changed_swapped_or_cut_file_and_another_key_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (mine, other) = (key(folder.path(), "a"), key(folder.path(), "b"));
        let length = 3 * PIECE + 100;
        let file = sealed(&mine, &vec![7; length]);
        assert!(opened(&other, &file, length).unwrap_err().to_string().contains("not the key"));
        for at in [0, 5, MAGIC.len() + 3, 100, PIECE * 2, file.len() - 1] {
            let mut changed = file.clone();
            changed[at] ^= 1;
            assert!(opened(&mine, &changed, length).is_err(), "byte {at}");
        }
        let start = MAGIC.len() + SALT;
        let piece = PIECE + TAG;
        for cut in [10, start, start + piece, start + 2 * piece, start + 3 * piece, file.len() - 1] {
            assert!(opened(&mine, &file[..cut], length).is_err(), "cut at {cut}");
        }
        let mut swapped = file.clone();
        let (one, two) =
            (file[start..start + piece].to_vec(), file[start + piece..start + 2 * piece].to_vec());
        swapped[start..start + piece].copy_from_slice(&two);
        swapped[start + piece..start + 2 * piece].copy_from_slice(&one);
        assert!(opened(&mine, &swapped, length).is_err());
        let longer = [file.clone(), file[start..].to_vec()].concat();
        assert!(opened(&mine, &longer, length).is_err(), "something was appended");
        assert!(opened(&mine, b"PK\x03\x04", 1).unwrap_err().to_string().contains("no backup"));
    }
}

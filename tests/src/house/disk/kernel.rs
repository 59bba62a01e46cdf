//! What the kernel asks of a file system that a process keeps (FUSE, protocol 7.31), and how the store answers. Only what
//! databases do to their files: the rest is answered as not implemented, and the kernel does without.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::io::Errno;

use super::store::{Done, Kind, Node, Store};
use super::words::{Answer, Question};

/// The most bytes of one write.
const LARGEST_WRITE: u32 = 128 * 1024;
/// Room for a question: its head, and the bytes of a write.
const ROOM: usize = LARGEST_WRITE as usize + 8 * 1024;
/// Nobody but the kernel changes anything, so that it may remember what it was told: seconds.
const REMEMBERED: u64 = 3_600;
const BLOCK: u32 = 4096;
/// Blocks that a disk says it has, and has free: 16 GiB.
const BLOCKS: u64 = 4 * 1024 * 1024;

const FOLDER: u32 = 0o040_000;
const FILE: u32 = 0o100_000;
const LINK: u32 = 0o120_000;
const PERMISSIONS: u32 = 0o7777;

/// Answers the kernel until the file system is unmounted.
pub(super) fn serve(mut device: File, store: &Arc<Mutex<Store>>) {
    let mut room = vec![0; ROOM];
    loop {
        let length = match device.read(&mut room) {
            Ok(length) => length,
            // A question that was taken back, or a signal.
            Err(error)
                if [Errno::NOENT, Errno::INTR, Errno::AGAIN]
                    .iter()
                    .any(|e| error.raw_os_error() == Some(e.raw_os_error())) =>
            {
                continue;
            }
            Err(_) => return,
        };
        let Some(answer) = answered(&room[..length], store) else { continue };
        // An answer to a question that was taken back is refused, and nobody waits for it.
        let _ = device.write_all(&answer);
    }
}

/// The whole answer to a question; none where the kernel wants none.
fn answered(question: &[u8], store: &Mutex<Store>) -> Option<Vec<u8>> {
    let mut words = Question(question);
    words.skip(4).ok()?;
    let (code, id, node) = (words.small().ok()?, words.large().ok()?, words.large().ok()?);
    let asker = (words.small().ok()?, words.small().ok()?);
    words.skip(8).ok()?;
    // FORGET, INTERRUPT, BATCH_FORGET
    if [2, 36, 42].contains(&code) {
        return None;
    }
    let mut store = store.lock().unwrap_or_else(PoisonError::into_inner);
    let (error, body) = match (Asked { node, asker, store: &mut store }).answer(code, words) {
        Ok(answer) => (0, answer.0),
        Err(error) => (-error.raw_os_error(), Vec::new()),
    };
    let length = u32::try_from(16 + body.len()).ok()?;
    Some(Answer::default().small(length).bytes(&error.to_ne_bytes()).large(id).bytes(&body).0)
}

/// One question about one node.
struct Asked<'a> {
    node: u64,
    asker: (u32, u32),
    store: &'a mut Store,
}

impl Asked<'_> {
    fn answer(&mut self, code: u32, mut words: Question<'_>) -> Done<Answer> {
        match code {
            26 => hello(&mut words),
            1 => self.named(&words.text()?),
            3 => self.attributes(),
            4 => self.change(&mut words),
            17 => Ok(room()),
            5 => self.leads_to(),
            6 | 8 | 9 | 35 => self.make(code, &mut words),
            10 | 11 => self.store.remove(self.node, &words.text()?).map(nothing),
            12 | 45 => self.rename(code, &mut words),
            13 => {
                let (node, name) = (words.large()?, words.text()?);
                self.store.name(node, self.node, &name)?;
                self.entry(node)
            }
            // OPEN, OPENDIR: no handle, and what the kernel remembers of a file may stay.
            14 | 27 => Ok(Answer::default().large(0).small(2).zeros(4)),
            15 => {
                words.skip(8)?;
                let (from, length) = (words.count()?, words.small()?);
                Ok(Answer::default().bytes(self.store.read(self.node, from, length as usize)?))
            }
            16 => {
                words.skip(8)?;
                let (from, length) = (words.count()?, words.small()?);
                words.skip(20)?;
                self.store.write(self.node, from, words.0.get(..length as usize).ok_or(Errno::PROTO)?)?;
                Ok(Answer::default().small(length).zeros(4))
            }
            20 => self.store.flush(self.node).map(nothing),
            30 => self.store.flush_names().map(nothing),
            28 => self.list(&mut words),
            // RELEASE, FLUSH, RELEASEDIR, ACCESS, DESTROY
            18 | 25 | 29 | 34 | 38 => Ok(Answer::default()),
            _ => Err(Errno::NOSYS),
        }
    }

    fn named(&self, name: &[u8]) -> Done<Answer> {
        self.entry(self.store.find(self.node, name)?)
    }

    fn entry(&self, node: u64) -> Done<Answer> {
        let answer = Answer::default().large(node).large(0).large(REMEMBERED).large(REMEMBERED).zeros(8);
        self.described(answer, node)
    }

    fn attributes(&self) -> Done<Answer> {
        self.described(Answer::default().large(REMEMBERED).zeros(8), self.node)
    }

    fn described(&self, answer: Answer, node: u64) -> Done<Answer> {
        let Node { kind, mode, user, group } = self.store.node(node)?;
        let (kind, size) = (kind_of(kind), self.store.size(node) as u64);
        let answer = answer.large(node).large(size).large(size.div_ceil(512)).zeros(3 * 8 + 3 * 4);
        Ok(answer.small(kind | mode).small(1).small(*user).small(*group).small(0).small(BLOCK).zeros(4))
    }

    fn change(&mut self, words: &mut Question<'_>) -> Done<Answer> {
        let valid = words.small()?;
        words.skip(4 + 8)?;
        let size = words.count()?;
        words.skip(4 * 8 + 3 * 4)?;
        let mode = words.small()? & PERMISSIONS;
        words.skip(4)?;
        let (user, group) = (words.small()?, words.small()?);
        if valid & 8 != 0 {
            self.store.resize(self.node, size)?;
        }
        if valid & 7 != 0 {
            self.store.change(self.node, |node| {
                node.mode = if valid & 1 != 0 { mode } else { node.mode };
                node.user = if valid & 2 != 0 { user } else { node.user };
                node.group = if valid & 4 != 0 { group } else { node.group };
            })?;
        }
        self.attributes()
    }

    fn leads_to(&self) -> Done<Answer> {
        match &self.store.node(self.node)?.kind {
            Kind::Link(to) => Ok(Answer::default().bytes(to)),
            _ => Err(Errno::INVAL),
        }
    }

    /// SYMLINK, MKNOD, MKDIR, CREATE
    fn make(&mut self, code: u32, words: &mut Question<'_>) -> Done<Answer> {
        let (user, group) = self.asker;
        let (name, kind, mode) = match code {
            6 => (words.text()?, Kind::Link(words.text()?), 0o777),
            9 => {
                let mode = words.small()?;
                words.skip(4)?;
                (words.text()?, Kind::Folder(Default::default()), mode)
            }
            _ => {
                let first = words.small()?;
                let mode = if code == 8 { first } else { words.small()? };
                words.skip(if code == 8 { 12 } else { 8 })?;
                if code == 8 && mode & !PERMISSIONS != FILE {
                    return Err(Errno::PERM);
                }
                (words.text()?, Kind::File, mode)
            }
        };
        let made = self.store.make(self.node, &name, Node { kind, mode: mode & PERMISSIONS, user, group })?;
        let answer = self.entry(made)?;
        Ok(if code == 35 { answer.large(0).small(2).zeros(4) } else { answer })
    }

    fn rename(&mut self, code: u32, words: &mut Question<'_>) -> Done<Answer> {
        let folder = words.large()?;
        let flags = if code == 45 { words.small()? } else { 0 };
        words.skip(if code == 45 { 4 } else { 0 })?;
        let (from, to) = (words.text()?, words.text()?);
        if flags > 1 {
            return Err(Errno::INVAL);
        }
        self.store.rename((self.node, &from), (folder, &to), flags == 0).map(nothing)
    }

    /// From a place in the order of names on, as many as there is room for.
    fn list(&self, words: &mut Question<'_>) -> Done<Answer> {
        words.skip(8)?;
        let (from, room) = (words.count()?, words.small()? as usize);
        let dots = [(b".".to_vec(), self.node), (b"..".to_vec(), self.node)];
        let names = self.store.folder(self.node)?.iter().map(|(name, node)| (name.clone(), *node));
        let mut answer = Answer::default();
        for (place, (name, node)) in dots.into_iter().chain(names).enumerate().skip(from) {
            let length = u32::try_from(name.len()).map_err(|_| Errno::NAMETOOLONG)?;
            if answer.0.len() + (24 + name.len()).next_multiple_of(8) > room {
                break;
            }
            let kind = kind_of(&self.store.node(node)?.kind) >> 12;
            answer = answer.large(node).large(place as u64 + 1).small(length).small(kind).bytes(&name);
            let padding = answer.0.len().next_multiple_of(8) - answer.0.len();
            answer = answer.zeros(padding);
        }
        Ok(answer)
    }
}

fn nothing((): ()) -> Answer {
    Answer::default()
}

fn kind_of(kind: &Kind) -> u32 {
    match kind {
        Kind::Folder(_) => FOLDER,
        Kind::File => FILE,
        Kind::Link(_) => LINK,
    }
}

/// INIT: what is spoken, and how much at once.
fn hello(words: &mut Question<'_>) -> Done<Answer> {
    let (major, _minor, ahead) = (words.small()?, words.small()?, words.small()?);
    if major != 7 {
        return Err(Errno::PROTO);
    }
    const BIG_WRITES: u32 = 1 << 5;
    let answer = Answer::default().small(7).small(31).small(ahead).small(BIG_WRITES);
    // Background questions, then the largest write and the grain of times in nanoseconds.
    Ok(answer.zeros(4).small(LARGEST_WRITE).small(1).zeros(64 - 28))
}

/// STATFS: room enough.
fn room() -> Answer {
    let answer = Answer::default().large(BLOCKS).large(BLOCKS).large(BLOCKS).large(BLOCKS).large(BLOCKS);
    answer.small(BLOCK).small(255).small(BLOCK).zeros(4 + 24)
}

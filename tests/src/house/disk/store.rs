//! What a disk holds, and what it would hold after a power cut: a file keeps what it had when it was last flushed, names what
//! they were when anything was. As on the strictest of real disks, and stricter than most: nothing is written by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustix::io::Errno;

/// What a write is flushed by.
const PAGE: usize = 4096;
/// The number of the root, as the kernel has it.
pub(super) const ROOT: u64 = 1;

/// A name in a folder.
pub(super) type Name = Vec<u8>;

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A folder.
    Folder(BTreeMap<Name, u64>),
    /// A file.
    File,
    /// A symbolic link.
    Link(Vec<u8>),
}

/// A file, folder or link, without the bytes of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    pub kind: Kind,
    /// Permissions alone.
    pub mode: u32,
    pub user: u32,
    pub group: u32,
}

/// The bytes of a file.
#[derive(Debug, Clone, Default)]
struct Bytes {
    written: Vec<u8>,
    flushed: Vec<u8>,
    /// Pages that were written since.
    dirty: BTreeSet<usize>,
}

type Tree = BTreeMap<u64, Arc<Node>>;
pub(super) type Done<T> = Result<T, Errno>;

/// What of the unflushed is on the disk when the power fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Torn {
    /// Nothing.
    Nothing,
    /// Every page that is written in the turn of this number, of two: a write of many pages is there in part.
    EveryOther(usize),
}

/// Everything.
pub(super) struct Store {
    tree: Arc<Tree>,
    flushed: Arc<Tree>,
    files: BTreeMap<u64, Bytes>,
    next: u64,
    off: bool,
}

impl Store {
    /// An empty disk.
    pub fn new() -> Self {
        let root = Node { kind: Kind::Folder(BTreeMap::new()), mode: 0o755, user: 0, group: 0 };
        let tree = Arc::new(BTreeMap::from([(ROOT, Arc::new(root))]));
        Self { flushed: tree.clone(), tree, files: BTreeMap::new(), next: ROOT + 1, off: false }
    }

    /// From here on nothing reaches the disk, and who asks hears of a broken one.
    pub fn power_off(&mut self) {
        self.off = true;
    }

    /// The power is back: the disk holds what was flushed, and what was torn.
    pub fn power_on(&mut self, torn: Torn) {
        self.tree = self.flushed.clone();
        let tree = &self.tree;
        self.files.retain(|node, _| tree.contains_key(node));
        self.files.values_mut().for_each(|file| file.fall_back(torn));
        self.off = false;
    }

    pub fn node(&self, node: u64) -> Done<&Node> {
        self.tree.get(&node).map(AsRef::as_ref).ok_or(Errno::NOENT)
    }

    pub fn size(&self, node: u64) -> usize {
        match self.tree.get(&node).map(|node| &node.kind) {
            Some(Kind::Link(to)) => to.len(),
            _ => self.files.get(&node).map_or(0, |file| file.written.len()),
        }
    }

    pub fn folder(&self, node: u64) -> Done<&BTreeMap<Name, u64>> {
        match &self.node(node)?.kind {
            Kind::Folder(names) => Ok(names),
            _ => Err(Errno::NOTDIR),
        }
    }

    pub fn find(&self, folder: u64, name: &[u8]) -> Done<u64> {
        self.folder(folder)?.get(name).copied().ok_or(Errno::NOENT)
    }

    pub fn make(&mut self, folder: u64, name: &[u8], node: Node) -> Done<u64> {
        if self.find(folder, name).is_ok() {
            return Err(Errno::EXIST);
        }
        let made = self.next;
        self.names_of(folder)?.insert(name.to_vec(), made);
        self.next += 1;
        if node.kind == Kind::File {
            self.files.insert(made, Bytes::default());
        }
        Arc::make_mut(&mut self.tree).insert(made, Arc::new(node));
        Ok(made)
    }

    /// A further name of a node.
    pub fn name(&mut self, node: u64, folder: u64, name: &[u8]) -> Done<()> {
        if self.find(folder, name).is_ok() {
            return Err(Errno::EXIST);
        }
        self.names_of(folder)?.insert(name.to_vec(), node);
        Ok(())
    }

    /// Takes a name away. What has none left stays for those who have it open.
    pub fn remove(&mut self, folder: u64, name: &[u8]) -> Done<()> {
        let node = self.find(folder, name)?;
        if matches!(&self.node(node)?.kind, Kind::Folder(names) if !names.is_empty()) {
            return Err(Errno::NOTEMPTY);
        }
        self.names_of(folder)?.remove(name);
        Ok(())
    }

    /// Moves a name, in place of what was there. `may_replace`: otherwise only where nothing was.
    pub fn rename(&mut self, from: (u64, &[u8]), to: (u64, &[u8]), may_replace: bool) -> Done<()> {
        let node = self.find(from.0, from.1)?;
        match self.find(to.0, to.1) {
            Ok(_) if !may_replace => return Err(Errno::EXIST),
            Ok(other) if other == node => return Ok(()),
            Ok(_) => self.remove(to.0, to.1)?,
            Err(_) => {}
        }
        self.names_of(to.0)?.insert(to.1.to_vec(), node);
        self.names_of(from.0)?.remove(from.1);
        Ok(())
    }

    /// Changes who may do what with a node.
    pub fn change(&mut self, node: u64, change: impl FnOnce(&mut Node)) -> Done<()> {
        self.runs()?;
        let of = Arc::make_mut(&mut self.tree).get_mut(&node).ok_or(Errno::NOENT)?;
        change(Arc::make_mut(of));
        Ok(())
    }

    pub fn resize(&mut self, node: u64, size: usize) -> Done<()> {
        let file = self.file(node)?;
        let before = file.written.len();
        file.written.resize(size, 0);
        file.touch(before.min(size), before.max(size));
        Ok(())
    }

    pub fn read(&self, node: u64, from: usize, length: usize) -> Done<&[u8]> {
        let file = self.files.get(&node).ok_or(Errno::ISDIR)?;
        let to = from.saturating_add(length).min(file.written.len());
        Ok(file.written.get(from..to).unwrap_or_default())
    }

    pub fn write(&mut self, node: u64, from: usize, bytes: &[u8]) -> Done<()> {
        let file = self.file(node)?;
        let (before, to) = (file.written.len(), from + bytes.len());
        if before < to {
            file.written.resize(to, 0);
        }
        file.written[from..to].copy_from_slice(bytes);
        file.touch(from.min(before), to);
        Ok(())
    }

    /// Flushes a file, and the names with it, as a journaling file system does.
    pub fn flush(&mut self, node: u64) -> Done<()> {
        self.file(node)?.flush();
        self.flush_names()
    }

    pub fn flush_names(&mut self) -> Done<()> {
        self.runs()?;
        self.flushed = self.tree.clone();
        Ok(())
    }

    fn runs(&self) -> Done<()> {
        if self.off { Err(Errno::IO) } else { Ok(()) }
    }

    fn file(&mut self, node: u64) -> Done<&mut Bytes> {
        self.runs()?;
        self.files.get_mut(&node).ok_or(Errno::ISDIR)
    }

    fn names_of(&mut self, folder: u64) -> Done<&mut BTreeMap<Name, u64>> {
        self.runs()?;
        self.folder(folder)?;
        let node = Arc::make_mut(&mut self.tree).get_mut(&folder).ok_or(Errno::NOENT)?;
        match &mut Arc::make_mut(node).kind {
            Kind::Folder(names) => Ok(names),
            _ => Err(Errno::NOTDIR),
        }
    }
}

impl Bytes {
    fn touch(&mut self, from: usize, to: usize) {
        self.dirty.extend(from / PAGE..=to.saturating_sub(1).max(from) / PAGE);
    }

    fn flush(&mut self) {
        self.flushed.resize(self.written.len(), 0);
        for page in std::mem::take(&mut self.dirty) {
            self.keep(page);
        }
    }

    /// A page is on the disk, as far as the disk knows the file to reach.
    fn keep(&mut self, page: usize) {
        let end = ((page + 1) * PAGE).min(self.written.len()).min(self.flushed.len());
        if let (Some(to), Some(from)) =
            (self.flushed.get_mut(page * PAGE..end), self.written.get(page * PAGE..end))
        {
            to.copy_from_slice(from);
        }
    }

    fn fall_back(&mut self, torn: Torn) {
        if let Torn::EveryOther(turn) = torn {
            self.flushed.resize(self.flushed.len().max(self.written.len()), 0);
            let dirty: Vec<usize> = self.dirty.iter().copied().filter(|page| page % 2 == turn % 2).collect();
            dirty.into_iter().for_each(|page| self.keep(page));
        }
        self.dirty.clear();
        self.written.clone_from(&self.flushed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> Node {
        Node { kind: Kind::File, mode: 0o600, user: 0, group: 0 }
    }

    fn disk_with(name: &[u8], bytes: &[u8]) -> (Store, u64) {
        let mut disk = Store::new();
        let node = disk.make(ROOT, name, file()).unwrap();
        disk.write(node, 0, bytes).unwrap();
        (disk, node)
    }

    fn cut(disk: &mut Store, torn: Torn) {
        disk.power_off();
        disk.power_on(torn);
    }

    #[test]
    fn what_was_flushed_is_there_after_a_power_cut_and_nothing_else() {
        let (mut disk, node) = disk_with(b"log", b"first ");
        disk.flush(node).unwrap();
        disk.write(node, 6, b"second").unwrap();
        assert_eq!(disk.read(node, 0, 99), Ok(b"first second".as_slice()));
        cut(&mut disk, Torn::Nothing);
        assert_eq!(disk.read(node, 0, 99), Ok(b"first ".as_slice()));
    }

    #[test]
    fn a_file_that_was_never_flushed_is_gone_with_its_name() {
        let (mut disk, _) = disk_with(b"log", b"bytes");
        cut(&mut disk, Torn::Nothing);
        assert_eq!(disk.find(ROOT, b"log"), Err(Errno::NOENT));
    }

    #[test]
    fn a_new_name_is_there_once_anything_was_flushed_after_it() {
        let (mut disk, node) = disk_with(b"part", b"bytes");
        disk.flush(node).unwrap();
        disk.rename((ROOT, b"part"), (ROOT, b"whole"), true).unwrap();
        cut(&mut disk, Torn::Nothing);
        assert_eq!(disk.find(ROOT, b"part"), Ok(node));
        disk.rename((ROOT, b"part"), (ROOT, b"whole"), true).unwrap();
        disk.flush_names().unwrap();
        cut(&mut disk, Torn::Nothing);
        assert_eq!((disk.find(ROOT, b"whole"), disk.size(node)), (Ok(node), 5));
    }

    #[test]
    fn after_the_cut_nothing_is_taken_until_the_power_is_back() {
        let (mut disk, node) = disk_with(b"log", b"bytes");
        disk.flush(node).unwrap();
        disk.power_off();
        assert_eq!(disk.write(node, 0, b"x"), Err(Errno::IO));
        assert_eq!(disk.flush(node), Err(Errno::IO));
        assert_eq!(disk.make(ROOT, b"other", file()), Err(Errno::IO));
        disk.power_on(Torn::Nothing);
        assert_eq!(disk.write(node, 0, b"x"), Ok(()));
    }

    #[test]
    fn a_write_of_many_pages_is_torn() {
        let (mut disk, node) = disk_with(b"log", &[1; 4 * PAGE]);
        disk.flush(node).unwrap();
        disk.write(node, 0, &[2; 4 * PAGE]).unwrap();
        cut(&mut disk, Torn::EveryOther(1));
        let pages: Vec<u8> = (0..4).map(|page| disk.read(node, page * PAGE, 1).unwrap()[0]).collect();
        assert_eq!(pages, [1, 2, 1, 2]);
    }

    #[test]
    fn what_was_cut_off_and_not_flushed_is_there_again() {
        let (mut disk, node) = disk_with(b"log", b"bytes");
        disk.flush(node).unwrap();
        disk.resize(node, 2).unwrap();
        cut(&mut disk, Torn::Nothing);
        assert_eq!(disk.read(node, 0, 99), Ok(b"bytes".as_slice()));
        disk.resize(node, 2).unwrap();
        disk.flush(node).unwrap();
        cut(&mut disk, Torn::Nothing);
        assert_eq!(disk.read(node, 0, 99), Ok(b"by".as_slice()));
    }
}

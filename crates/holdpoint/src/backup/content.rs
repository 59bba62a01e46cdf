//! Decides what follows what inside a backup: the manifest, the tables of each service in the manifest's order with their rows in
//! portions, the files of the keys folder, and the sums. Each part says what it is and how long it is.

use std::io::{Read, Write};

use anyhow::{Context as _, bail, ensure};
use holdpoint_journal::Cell;
use prost::Message;
use sha2::{Digest as _, Sha256};

use super::archive::{Opener, Sealer};
use super::manifest::{Manifest, Sum, Sums};

/// No part is longer: a row of a journal is at most 512 KiB, and a portion ends soon after its first MiB.
const LONGEST: usize = 64 << 20;

/// One part.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Part {
    /// What follows.
    Manifest(Box<Manifest>),
    /// Some rows of the current table.
    Rows(Vec<Vec<Cell>>),
    /// The current table ends.
    TableEnd,
    /// A file of the keys folder: its name and what it holds.
    File(String, Vec<u8>),
    /// The end.
    Sums(Box<Sums>),
}

#[derive(Clone, PartialEq, Message)]
struct Rows {
    #[prost(message, repeated, tag = "1")]
    rows: Vec<Row>,
}

#[derive(Clone, PartialEq, Message)]
struct Row {
    #[prost(message, repeated, tag = "1")]
    cells: Vec<Value>,
}

#[derive(Clone, PartialEq, Message)]
struct Value {
    #[prost(oneof = "Of", tags = "1, 2, 3, 4")]
    of: Option<Of>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum Of {
    #[prost(sint64, tag = "1")]
    Int(i64),
    #[prost(bool, tag = "2")]
    Bool(bool),
    #[prost(string, tag = "3")]
    Text(String),
    #[prost(bytes, tag = "4")]
    Bytes(Vec<u8>),
}

#[derive(Clone, PartialEq, Message)]
struct File {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(bytes, tag = "2")]
    content: Vec<u8>,
}

impl From<Cell> for Value {
    fn from(cell: Cell) -> Self {
        Self {
            of: match cell {
                Cell::Null => None,
                Cell::Int(number) => Some(Of::Int(number)),
                Cell::Bool(yes) => Some(Of::Bool(yes)),
                Cell::Text(text) => Some(Of::Text(text)),
                Cell::Bytes(bytes) => Some(Of::Bytes(bytes)),
            },
        }
    }
}

impl From<Value> for Cell {
    fn from(value: Value) -> Self {
        match value.of {
            None => Self::Null,
            Some(Of::Int(number)) => Self::Int(number),
            Some(Of::Bool(yes)) => Self::Bool(yes),
            Some(Of::Text(text)) => Self::Text(text),
            Some(Of::Bytes(bytes)) => Self::Bytes(bytes),
        }
    }
}

/// Writes parts.
pub(super) struct Writer<W: Write> {
    to: Sealer<W>,
    sums: Sums,
    table: Option<(u64, Sha256)>,
}

impl<W: Write> Writer<W> {
    pub(super) fn begin(mut to: Sealer<W>, manifest: &Manifest) -> anyhow::Result<Self> {
        part(&mut to, b'M', &serde_json::to_vec(manifest)?)?;
        Ok(Self { to, sums: Sums::default(), table: None })
    }

    pub(super) fn rows(&mut self, rows: Vec<Vec<Cell>>) -> anyhow::Result<()> {
        let (count, digest) = self.table.get_or_insert_with(|| (0, Sha256::new()));
        *count += rows.len() as u64;
        let rows = rows.into_iter().map(|row| Row { cells: row.into_iter().map(Value::from).collect() });
        let bytes = Rows { rows: rows.collect() }.encode_to_vec();
        digest.update(&bytes);
        part(&mut self.to, b'R', &bytes)
    }

    pub(super) fn table_end(&mut self, service: &str, table: &str) -> anyhow::Result<()> {
        let (rows, digest) = self.table.take().unwrap_or_default();
        let sum = Sum { rows, sha256: hex::encode(digest.finalize()) };
        self.sums.tables.entry(service.to_owned()).or_default().insert(table.to_owned(), sum);
        part(&mut self.to, b'E', &[])
    }

    pub(super) fn file(&mut self, name: &str, content: Vec<u8>) -> anyhow::Result<()> {
        self.sums.files.insert(name.to_owned(), hex::encode(Sha256::digest(&content)));
        part(&mut self.to, b'F', &File { name: name.to_owned(), content }.encode_to_vec())
    }

    pub(super) fn end(mut self) -> anyhow::Result<(W, Sums)> {
        part(&mut self.to, b'S', &serde_json::to_vec(&self.sums)?)?;
        Ok((self.to.end()?, self.sums))
    }
}

fn part(to: &mut Sealer<impl Write>, kind: u8, bytes: &[u8]) -> anyhow::Result<()> {
    let length = u32::try_from(bytes.len()).ok().filter(|length| *length as usize <= LONGEST);
    let length = length.context("a part of the backup is too long")?;
    to.write(&[kind])?;
    to.write(&length.to_be_bytes())?;
    to.write(bytes)
}

/// Reads parts, and counts what the sums at the end must say.
pub(super) struct Reader<R: Read> {
    from: Opener<R>,
    counted: Sums,
    table: (u64, Sha256),
}

impl<R: Read> Reader<R> {
    pub(super) fn new(from: Opener<R>) -> Self {
        Self { from, counted: Sums::default(), table: Default::default() }
    }

    pub(super) fn manifest(&mut self) -> anyhow::Result<Manifest> {
        match self.part()? {
            Part::Manifest(manifest) => Ok(*manifest),
            _ => bail!("the backup does not begin with its manifest"),
        }
    }

    /// The next rows of the current table; none at its end, where what was read is noted under its name.
    pub(super) fn rows(&mut self, service: &str, table: &str) -> anyhow::Result<Option<Vec<Vec<Cell>>>> {
        match self.part()? {
            Part::Rows(rows) => {
                self.table.0 += rows.len() as u64;
                Ok(Some(rows))
            }
            Part::TableEnd => {
                let (rows, digest) = std::mem::take(&mut self.table);
                let sum = Sum { rows, sha256: hex::encode(digest.finalize()) };
                self.counted.tables.entry(service.to_owned()).or_default().insert(table.to_owned(), sum);
                Ok(None)
            }
            _ => bail!("the backup holds something else where rows of {service}'s {table} should be"),
        }
    }

    /// The files of the keys folder, and then the end: everything must be what the sums say.
    pub(super) fn rest(&mut self) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
        let mut files = vec![];
        loop {
            match self.part()? {
                Part::File(name, content) => {
                    self.counted.files.insert(name.clone(), hex::encode(Sha256::digest(&content)));
                    files.push((name, content));
                }
                Part::Sums(sums) => {
                    ensure!(
                        *sums == self.counted,
                        "the sums at the end of the backup are not those of what it holds"
                    );
                    ensure!(self.from.read(1)?.is_none(), "something follows the end of the backup");
                    return Ok(files);
                }
                _ => bail!("the backup holds something else where its end should be"),
            }
        }
    }

    /// What was counted so far.
    pub(super) fn counted(&self) -> &Sums {
        &self.counted
    }

    fn part(&mut self) -> anyhow::Result<Part> {
        let head = self.from.read(5)?.context("the backup ends before its end")?;
        let [kind, length @ ..] = <[u8; 5]>::try_from(head).unwrap_or_default();
        let length = u32::from_be_bytes(length) as usize;
        ensure!(
            length <= LONGEST,
            "a part of the backup says that it has {length} bytes; at most {LONGEST} are allowed"
        );
        let bytes = self.from.read(length)?.filter(|bytes| bytes.len() == length);
        let bytes =
            if length == 0 { vec![] } else { bytes.context("the backup ends in the middle of a part")? };
        Ok(match kind {
            b'M' => Part::Manifest(serde_json::from_slice(&bytes).context("reading the manifest")?),
            b'R' => {
                self.table.1.update(&bytes);
                let rows = Rows::decode(bytes.as_slice()).context("reading rows")?.rows.into_iter();
                Part::Rows(rows.map(|row| row.cells.into_iter().map(Cell::from).collect()).collect())
            }
            b'E' => Part::TableEnd,
            b'F' => {
                let file = File::decode(bytes.as_slice()).context("reading a file of the keys folder")?;
                Part::File(file.name, file.content)
            }
            b'S' => Part::Sums(serde_json::from_slice(&bytes).context("reading the sums")?),
            other => bail!("the backup holds a part of the unknown kind {other}"),
        })
    }
}

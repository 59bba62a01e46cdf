//! A folder into which a laboratory's system puts files, a message each. A file goes to `done` when labs has committed it,
//! and to `failed` when it was refused, each with its answer beside it; until then it stays where it is. What was committed
//! and not moved, because the machine stopped in between, is sent again and answered the same.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use holdpoint_api::labs::v1::{Acknowledgment, FrameFault, IngestHl7Response};
use holdpoint_chassis::error::code_of;
use holdpoint_hl7::mllp::{Decoder, Frame};

use super::{LONGEST, Line};

/// A folder that is watched.
pub struct Folder {
    inbox: PathBuf,
    done: PathBuf,
    failed: PathBuf,
    line: Line,
}

/// What a look at the folder came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// Files that were kept.
    pub done: usize,
    /// Files with something wrong.
    pub failed: usize,
    /// Files that labs did not take yet.
    pub waiting: usize,
}

impl Folder {
    /// Watches a folder, and makes `done` and `failed` in it.
    pub fn open(inbox: &Path, line: Line) -> anyhow::Result<Self> {
        let [done, failed] = ["done", "failed"].map(|name| inbox.join(name));
        for folder in [&done, &failed] {
            fs::create_dir_all(folder)
                .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        }
        Ok(Self { inbox: inbox.to_owned(), done, failed, line })
    }

    /// Takes what is there, in the order of names, until labs takes no more.
    pub async fn look(&mut self) -> anyhow::Result<Looked> {
        let mut looked = Looked::default();
        let files = self.files()?;
        for (place, file) in files.iter().enumerate() {
            let Some(answer) = self.take(file).await? else {
                looked.waiting = files.len() - place;
                return Ok(looked);
            };
            let kept = answer.acknowledgment() == Acknowledgment::Accept;
            *if kept { &mut looked.done } else { &mut looked.failed } += 1;
            self.put_away(file, if kept { &self.done } else { &self.failed }, &answer.answer)?;
        }
        Ok(looked)
    }

    /// Files whose names end in `.hl7` and begin with no point: others are still being written.
    fn files(&self) -> anyhow::Result<Vec<PathBuf>> {
        let mut files = vec![];
        let entries = fs::read_dir(&self.inbox);
        for entry in entries.with_context(|| format!("cannot read the folder {}", self.inbox.display()))? {
            let path = entry?.path();
            let hidden = path.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'));
            if !hidden && path.extension().is_some_and(|end| end == "hl7") && path.is_file() {
                files.push(path);
            }
        }
        files.sort();
        Ok(files)
    }

    /// Hands a file over. None where labs took it not, and it is to be tried again.
    async fn take(&mut self, file: &Path) -> anyhow::Result<Option<IngestHl7Response>> {
        let long = fs::metadata(file)?.len() > LONGEST as u64;
        let (bytes, fault) = match long {
            true => (beginning(file)?, FrameFault::TooLong),
            false => message(fs::read(file)?),
        };
        match self.line.tell(&bytes, fault).await {
            // Rejected and not kept: labs could not take it.
            Ok(answer) if answer.message.is_empty() => {
                tracing::error!("labs takes nothing of this feed: its log names the code of the refusal");
                Ok(None)
            }
            Ok(answer) => Ok(Some(answer)),
            Err(status) => {
                tracing::error!(grpc = ?status.code(), code = code_of(&status), "labs did not take a file");
                Ok(None)
            }
        }
    }

    /// The answer first, so that a file in `done` or `failed` always has one; then the file, under a name that is free.
    fn put_away(&self, file: &Path, folder: &Path, answer: &[u8]) -> anyhow::Result<()> {
        let name = file.file_name().context("a file has a name")?.to_string_lossy().into_owned();
        for number in 0..10_000 {
            let to = folder.join(if number == 0 { name.clone() } else { format!("{name}.{number}") });
            let part = folder.join(format!(".{name}.{number}.ack"));
            fs::write(&part, answer)?;
            // A link, unlike a move, never takes the place of a file that is there.
            match fs::hard_link(file, &to) {
                Err(cause) if cause.kind() == ErrorKind::AlreadyExists && !is_same(file, &to) => {
                    fs::remove_file(&part)?
                }
                Err(cause) if cause.kind() != ErrorKind::AlreadyExists => {
                    return Err(cause)
                        .with_context(|| format!("cannot put {name} into {}", folder.display()));
                }
                // Linked; or it was before the machine stopped, and this is that very file.
                _ => {
                    fs::rename(&part, to.with_file_name(with_end(&to, "ack")))?;
                    return fs::remove_file(file)
                        .with_context(|| format!("cannot remove {}", file.display()));
                }
            }
        }
        anyhow::bail!("{} is full of files named {name}", folder.display())
    }
}

fn is_same(one: &Path, other: &Path) -> bool {
    let id = |path| fs::metadata(path).map(|found| (found.dev(), found.ino())).ok();
    id(one).is_some() && id(one) == id(other)
}

fn with_end(path: &Path, end: &str) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    format!("{name}.{end}")
}

/// The message of a file: with or without a frame around it.
fn message(bytes: Vec<u8>) -> (Vec<u8>, FrameFault) {
    if !bytes.starts_with(&[holdpoint_hl7::mllp::START]) {
        return (bytes, FrameFault::Unspecified);
    }
    let mut decoder = Decoder::new(LONGEST);
    let mut rest = bytes.as_slice();
    match decoder.take(&mut rest).or_else(|| decoder.finish()) {
        // More than one: told as one, whose second header is refused.
        Some(Frame::Message(message)) if decoder.take(&mut rest).is_none() => {
            (message, FrameFault::Unspecified)
        }
        Some(Frame::Broken(begun)) => (begun, FrameFault::Broken),
        _ => (bytes, FrameFault::Unspecified),
    }
}

/// Enough of a file for the header that an answer needs.
fn beginning(file: &Path) -> anyhow::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    fs::File::open(file)?.take(1 << 10).read_to_end(&mut bytes)?;
    Ok(bytes)
}

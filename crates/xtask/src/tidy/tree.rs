//! The files that people wrote: everything under the root but build output, version control and hidden folders.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::lexer::{self, Parts};

/// Folders that hold nothing hand-written. A name that begins with a dot is read only when it is one of ours.
const SKIPPED: &[&str] = &["target", "data", "node_modules", "__pycache__"];
const HIDDEN_BUT_OURS: &[&str] = &[".ci", ".config", ".cargo", ".github"];

/// A text file, by its path from the root with `/` between names.
#[derive(Debug, Clone)]
pub struct Source {
    /// "crates/dosing/src/lib.rs"
    pub path: String,
    /// The whole text.
    pub text: String,
}

impl Source {
    /// Whether the file is Rust.
    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Code and comments of a Rust file, apart.
    pub fn parts(&self) -> Parts {
        lexer::split(&self.text)
    }
}

/// All text files of the workspace, in order of path.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// The files.
    pub sources: Vec<Source>,
}

impl Tree {
    /// Reads the tree under `root`. Files that are not UTF-8 are no text and are left out.
    pub fn read(root: &Path) -> anyhow::Result<Self> {
        let mut sources = Vec::new();
        let mut folders = vec![root.to_path_buf()];
        while let Some(folder) = folders.pop() {
            for path in entries(&folder)? {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                if skipped(&name) {
                    continue;
                }
                if path.is_dir() {
                    folders.push(path);
                } else if let Ok(text) = std::fs::read_to_string(&path) {
                    sources.push(Source { path: relative(root, &path), text });
                }
            }
        }
        sources.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self { sources })
    }

    /// The Rust files.
    pub fn rust(&self) -> impl Iterator<Item = &Source> {
        self.sources.iter().filter(|source| source.is_rust())
    }

    /// Whether a file of this path exists, or a folder of this name with any file in it.
    pub fn has(&self, path: &str) -> bool {
        let folder = format!("{path}/");
        self.sources.iter().any(|source| source.path == path || source.path.starts_with(&folder))
    }
}

fn entries(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let read = std::fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    read.map(|entry| Ok(entry?.path())).collect()
}

fn skipped(name: &str) -> bool {
    SKIPPED.contains(&name) || (name.starts_with('.') && !HIDDEN_BUT_OURS.contains(&name))
}

fn relative(root: &Path, path: &Path) -> String {
    let inside = path.strip_prefix(root).unwrap_or(path);
    inside.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

//! Lists the trial files and dictionaries of `deploy/protocols`, so that the program carries every one of them and names none.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let protocols = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/protocols").canonicalize()?;
    println!("cargo::rerun-if-changed={}", protocols.display());
    let mut text = table("TRIALS", &protocols)?;
    text += &table("DICTIONARIES", &protocols.join("dictionary"))?;
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?;
    fs::write(PathBuf::from(out).join("trial_files.rs"), text)
}

/// A constant of (name, text) for every file of a folder, by name.
fn table(name: &str, folder: &Path) -> io::Result<String> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|ending| ending == "toml"));
    files.sort();
    let mut text = format!("const {name}: &[(&str, &str)] = &[\n");
    for file in files {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        writeln!(text, "    ({stem:?}, include_str!({file:?})),").map_err(io::Error::other)?;
    }
    text.push_str("];\n");
    Ok(text)
}

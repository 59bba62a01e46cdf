//! The images: ours from the Dockerfile, and stand-ins for what a machine with a registry pulls, made from Debian packages. The
//! stand-ins are kept by the engine between runs; ours is made anew each time.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail, ensure};

use super::engine::{docker, said};
use crate::steps::{answers, command};

/// A Debian whose nats-server takes everything that our configuration says.
const SUITE: &str = "trixie";
const MIRROR: &str = "http://deb.debian.org/debian";
const OURS: &str = "holdpoint:compose-test";

const POSTGRES: &str = include_str!("standin/postgres.dockerfile");
const POSTGRES_ENTRYPOINT: &str = include_str!("standin/postgres-entrypoint.sh");
const NATS: &str = include_str!("standin/nats.dockerfile");

/// Names of the images to run.
pub(super) struct Images {
    pub(super) ours: String,
    pub(super) postgres: String,
    pub(super) nats: String,
}

/// Makes what is missing, and ours.
pub(super) fn make(root: &Path, binary: Option<&Path>, builder: Option<&str>) -> anyhow::Result<Images> {
    let base = format!("holdpoint-standin/base:{SUITE}");
    if !exists(&base) {
        debian(&root.join("target/standin"), &base)?;
    }
    let postgres = standin("postgres", &base, POSTGRES, &[("postgres-entrypoint.sh", POSTGRES_ENTRYPOINT)])?;
    let nats = standin("nats", &base, NATS, &[])?;
    match builder {
        Some(builder) => from_source(root, &base, builder)?,
        None => prebuilt(root, &base, &program(root, binary)?)?,
    }
    Ok(Images { ours: OURS.to_owned(), postgres, nats })
}

fn exists(image: &str) -> bool {
    answers("docker", &["image", "inspect", image])
}

/// The smallest Debian, as an image.
fn debian(folder: &Path, image: &str) -> anyhow::Result<()> {
    ensure!(
        answers("debootstrap", &["--version"]),
        "stand-in images are made with debootstrap: apt-get install -y debootstrap"
    );
    fs::create_dir_all(folder)?;
    let tree = tempfile::tempdir_in(folder)?;
    let mut make = Command::new("debootstrap");
    make.args(["--variant=minbase", "--include=ca-certificates", SUITE]).arg(tree.path()).arg(MIRROR);
    said(&mut make).context("a base image could not be made")?;
    let mut tar = Command::new("tar")
        .arg("-C")
        .arg(tree.path())
        .args(["--exclude=./var/cache/apt/archives/*", "--exclude=./dev/*", "--exclude=./proc/*", "-c", "."])
        .stdout(Stdio::piped())
        .spawn()?;
    let stream = tar.stdout.take().context("the archive's stream")?;
    let done = Command::new("docker").args(["import", "-", image]).stdin(stream).status()?;
    ensure!(tar.wait()?.success() && done.success(), "{image} could not be imported");
    Ok(())
}

/// A stand-in is made again when its recipe changes.
fn standin(name: &str, base: &str, recipe: &str, files: &[(&str, &str)]) -> anyhow::Result<String> {
    let mut hasher = DefaultHasher::new();
    (recipe, files).hash(&mut hasher);
    let image = format!("holdpoint-standin/{name}:{SUITE}-{:016x}", hasher.finish());
    if exists(&image) {
        return Ok(image);
    }
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("Dockerfile"), recipe)?;
    for (file, text) in files {
        fs::write(folder.path().join(file), text)?;
        said(Command::new("chmod").arg("755").arg(folder.path().join(file)))?;
    }
    build(folder.path(), &image, &["--build-arg", &format!("BASE={base}")])?;
    Ok(image)
}

fn build(folder: &Path, image: &str, words: &[&str]) -> anyhow::Result<()> {
    let mut build = Command::new("docker");
    build.args(["build", "--tag", image]).args(words).arg(folder);
    if !answers("docker", &["buildx", "version"]) {
        build.env("DOCKER_BUILDKIT", "0");
    }
    said(&mut build).with_context(|| format!("{image} could not be built")).map(drop)
}

/// The program to put in: the one named, else this workspace's newest build.
fn program(root: &Path, binary: Option<&Path>) -> anyhow::Result<PathBuf> {
    if let Some(binary) = binary {
        ensure!(binary.is_file(), "{} is no file", binary.display());
        return Ok(binary.to_owned());
    }
    let built =
        ["dist", "release", "debug"].map(|profile| root.join("target").join(profile).join("holdpoint"));
    let age = |path: &PathBuf| fs::metadata(path).and_then(|meta| meta.modified()).ok();
    match built.iter().filter(|path| path.is_file()).max_by_key(|path| age(path)) {
        Some(path) => Ok(path.clone()),
        None => {
            let words = ["build", "--release", "--locked", "--package", "holdpoint"];
            command(Command::new("cargo").args(words).current_dir(root))?;
            Ok(root.join("target/release/holdpoint"))
        }
    }
}

/// Only what the image takes is sent to the engine.
fn prebuilt(root: &Path, base: &str, program: &Path) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    for part in ["Dockerfile", "deploy"] {
        copy(&root.join(part), folder.path())?;
    }
    let stripped = folder.path().join("holdpoint");
    fs::copy(program, &stripped)?;
    // A debug build carries a hundred megabytes of symbols; where strip is missing they only cost time.
    let _ = Command::new("strip").arg(&stripped).status();
    let base = format!("RUNTIME_BASE={base}");
    build(folder.path(), OURS, &["--target", "prebuilt", "--build-arg", &base])?;
    println!("{OURS} holds {}", program.display());
    Ok(())
}

fn from_source(root: &Path, base: &str, builder: &str) -> anyhow::Result<()> {
    if !exists(builder) {
        bail!("there is no image {builder} here; nothing is pulled");
    }
    let (runtime, builder) = (format!("RUNTIME_BASE={base}"), format!("BUILDER_BASE={builder}"));
    build(root, OURS, &["--build-arg", &runtime, "--build-arg", &builder])
}

/// Copies a file or folder into a folder.
pub(super) fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    said(Command::new("cp").args(["-a", "--no-preserve=ownership"]).arg(from).arg(to)).map(drop)
}

/// What the engine knows of an image or container, as JSON.
pub(super) fn inspect(what: &str) -> anyhow::Result<serde_json::Value> {
    let text = docker(&["inspect", what])?;
    let all: serde_json::Value = serde_json::from_str(&text).context("docker inspect prints JSON")?;
    all.get(0).cloned().with_context(|| format!("docker knows no {what}"))
}

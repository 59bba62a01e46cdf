//! What `--store` and `--bus` mean: a folder of SQLite files or a PostgreSQL server; delivery in process or NATS.

use std::path::{Path, absolute};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use holdpoint_bus::{Bus, JetStream, JetStreamOptions, Local, SharedBus, Shuffled};
use holdpoint_chassis::config::Settings;

/// The address of the databases: a PostgreSQL server as given, or a folder, which is made.
pub fn store_url(store: &str) -> anyhow::Result<String> {
    if store.starts_with("postgres://") || store.starts_with("postgresql://") {
        return Ok(store.to_owned());
    }
    let folder = store.strip_prefix("sqlite:").unwrap_or(store);
    let folder = folder.strip_prefix("//").unwrap_or(folder);
    if folder.is_empty() || folder.contains("://") {
        bail!("`{store}` is no store; one is a folder, sqlite:<folder> or postgres://user@host/");
    }
    let folder = absolute(Path::new(folder)).with_context(|| format!("cannot tell where {folder} is"))?;
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    Ok(format!("sqlite://{}/", folder.display()))
}

/// Opens the bus. A NATS server that is down is waited for later; one that cannot be used as asked is an error here. With a
/// seed, every event is delivered twice and shuffled.
pub async fn open_bus(bus: &str, speaker: &str, settings: &Settings) -> anyhow::Result<SharedBus> {
    let shuffle_seed = settings.bus.shuffle_seed;
    match bus {
        "local" => Ok(shared(Local::default(), shuffle_seed)),
        url if url.starts_with("nats://") || url.starts_with("tls://") => {
            let stream = JetStream::connect(url, jetstream(speaker, settings)).await;
            Ok(shared(stream.with_context(|| format!("cannot use the bus at {url}"))?, shuffle_seed))
        }
        other => bail!("`{other}` is no bus; one is local or nats://host:4222"),
    }
}

/// How `speaker` is known to NATS by these settings.
pub fn jetstream(speaker: &str, settings: &Settings) -> JetStreamOptions {
    JetStreamOptions {
        speaker: speaker.to_owned(),
        nkey: settings.bus.nkey.as_ref().map(|seed| seed.expose().to_owned()),
        ca: settings.tls.ca.clone(),
        replicas: settings.bus.replicas,
        ..JetStreamOptions::default()
    }
}

fn shared(bus: impl Bus, shuffle_seed: Option<u64>) -> SharedBus {
    match shuffle_seed {
        Some(seed) => Arc::new(Shuffled::new(bus, seed)),
        None => Arc::new(bus),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_a_folder_or_a_server() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("deep/down");
        let wanted = format!("sqlite://{}/", folder.display());
        for store in [
            format!("{}", folder.display()),
            format!("sqlite:{}", folder.display()),
            format!("sqlite://{}", folder.display()),
        ] {
            assert_eq!(store_url(&store).unwrap(), wanted);
        }
        assert!(folder.is_dir());
        assert_eq!(store_url("postgres://h/").unwrap(), "postgres://h/");
        assert!(store_url("mysql://h/").is_err() && store_url("").is_err());
    }
}

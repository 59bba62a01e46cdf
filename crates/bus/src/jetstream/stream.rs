//! Decides what the stream must be, makes it, and refuses a server that made something else.

use std::time::Duration;

use async_nats::jetstream::context::CreateStreamErrorKind;
use async_nats::jetstream::stream::{Config, DiscardPolicy, StorageType};

use super::JetStream;
use crate::BusError;

/// Repeats within this time are dropped by the server: a courtesy, nothing depends on it.
const DUPLICATES: Duration = Duration::from_secs(120);
const FLOOR: (u64, u64, u64) = (2, 9, 10);

impl JetStream {
    pub(super) fn stream_name(&self) -> String {
        self.options.root.to_uppercase()
    }

    /// Makes the stream where it is absent and compares it with what was asked.
    pub(super) async fn ensure_stream(&self) -> Result<(), BusError> {
        let wanted = Config {
            name: self.stream_name(),
            subjects: vec![format!("{}.>", self.options.root)],
            max_bytes: self.options.max_bytes,
            max_age: self.options.max_age,
            discard: DiscardPolicy::Old,
            storage: StorageType::File,
            num_replicas: self.options.replicas,
            duplicate_window: DUPLICATES,
            ..Config::default()
        };
        let stream =
            self.context.get_or_create_stream(wanted.clone()).await.map_err(|cause| match cause.kind() {
                CreateStreamErrorKind::TimedOut | CreateStreamErrorKind::Response => {
                    BusError::Unreachable(cause.to_string())
                }
                CreateStreamErrorKind::JetStream(_) => BusError::Misconfigured(cause.to_string()),
                _ => BusError::Unreachable(cause.to_string()),
            })?;
        self.check_version()?;
        let made = &stream.cached_info().config;
        same("subjects", &wanted.subjects, &made.subjects)?;
        same("storage", &wanted.storage, &made.storage)?;
        same("discard", &wanted.discard, &made.discard)?;
        same("max_bytes", &wanted.max_bytes, &made.max_bytes)?;
        same("max_age", &wanted.max_age, &made.max_age)?;
        same("replicas", &wanted.num_replicas, &made.num_replicas)?;
        same("duplicate_window", &wanted.duplicate_window, &made.duplicate_window)
    }

    fn check_version(&self) -> Result<(), BusError> {
        let version = self.client.server_info().version;
        let mut parts = version.split(['.', '-']).map(|part| part.parse::<u64>().unwrap_or(0));
        let mut next = || parts.next().unwrap_or(0);
        let found = (next(), next(), next());
        if found < FLOOR {
            let (major, minor, patch) = FLOOR;
            let message = format!("nats-server {version} is older than {major}.{minor}.{patch}");
            return Err(BusError::Misconfigured(message));
        }
        Ok(())
    }
}

/// Compares one setting as asked and as made.
pub(super) fn same<T: PartialEq + std::fmt::Debug>(name: &str, asked: &T, made: &T) -> Result<(), BusError> {
    if asked == made {
        return Ok(());
    }
    Err(BusError::Misconfigured(format!("{name} was asked as {asked:?} and is {made:?}")))
}

//! Decides what the stream must be, makes it, and refuses a server that made something else.

use std::time::Duration;

use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::{CreateStreamError, CreateStreamErrorKind};
use async_nats::jetstream::stream::{Config, DiscardPolicy, StorageType, Stream};

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
        let stream = match self.context.get_or_create_stream(wanted.clone()).await {
            Err(cause) => self.made_by_another(&wanted.name, &cause).await?,
            Ok(stream) => stream,
        };
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

    /// Two services that begin at the same moment both make the stream, and the server may tell one of them that its subjects are
    /// taken: by this very stream.
    async fn made_by_another(&self, name: &str, cause: &CreateStreamError) -> Result<Stream, BusError> {
        let words = cause.to_string();
        match cause.kind() {
            CreateStreamErrorKind::JetStream(told)
                if told.error_code() == ErrorCode::STREAM_SUBJECT_OVERLAP =>
            {
                self.context.get_stream(name).await.map_err(|_| BusError::Misconfigured(words))
            }
            CreateStreamErrorKind::JetStream(_) => Err(BusError::Misconfigured(words)),
            _ => Err(BusError::Unreachable(words)),
        }
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

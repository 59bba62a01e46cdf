//! What operations ask of a server: what it is, and whether anything of ours waits in it. Makes nothing.

use std::time::Duration;

use async_nats::jetstream;
use async_nats::jetstream::context::GetStreamErrorKind;
use tokio::time::timeout;

use super::{JetStream, JetStreamOptions, known_as};
use crate::BusError;

const WITHIN: Duration = Duration::from_secs(5);

/// What a server says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerSays {
    /// "2.11.16"
    pub version: String,
    /// Events can be stored there.
    pub jetstream: bool,
}

impl JetStream {
    /// How many messages wait in our stream; none where there is no stream.
    pub async fn waiting(url: &str, options: &JetStreamOptions) -> Result<u64, BusError> {
        let client = reached(url, options).await?;
        let mut context = jetstream::new(client);
        context.set_timeout(WITHIN);
        match context.get_stream(options.root.to_uppercase()).await {
            Ok(stream) => Ok(stream.cached_info().state.messages),
            Err(cause) => match cause.kind() {
                GetStreamErrorKind::JetStream(inner) if inner.code() == 404 => Ok(0),
                _ => Err(BusError::Unreachable(cause.to_string())),
            },
        }
    }

    /// What the server says of itself.
    pub async fn ask(url: &str, options: &JetStreamOptions) -> Result<ServerSays, BusError> {
        let client = reached(url, options).await?;
        let version = client.server_info().version;
        // Asked in the wire's own words: the form of this answer differs among releases, an error in it does not.
        let answer = timeout(WITHIN, client.request("$JS.API.INFO", "".into())).await;
        let jetstream = matches!(answer, Ok(Ok(answer)) if is_account(&answer.payload));
        Ok(ServerSays { version, jetstream })
    }
}

fn is_account(answer: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Value>(answer).is_ok_and(|told| told["error"].is_null())
}

async fn reached(url: &str, options: &JetStreamOptions) -> Result<async_nats::Client, BusError> {
    let connecting = known_as(options).connection_timeout(WITHIN).connect(url);
    connecting.await.map_err(|cause| BusError::Unreachable(cause.to_string()))
}

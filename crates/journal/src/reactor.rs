//! Decides what a service must say about a peer's event, and what it is told when journals disagree.

use futures::future::BoxFuture;
use holdpoint_api::journal::v1 as pb;
use holdpoint_chassis::error::{Error, Reason};
use jiff::Timestamp;

use crate::chain::{Chain, Head};
use crate::store::Parked;
use crate::tx::Tx;

/// One event of a peer, in the order its journal gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The peer.
    pub source: String,
    /// The chain of its journal.
    pub chain: Chain,
    /// The row: the cursor stands here once the event is applied.
    pub head: Head,
    /// Unique for ever.
    pub id: String,
    /// Full proto name of the message in `data`.
    pub kind: String,
    /// Civil time of the act.
    pub at: Timestamp,
    /// Nobody may pass it over.
    pub critical: bool,
    /// W3C `traceparent` of the act, where there was one.
    pub trace: Option<String>,
    /// The encoded message.
    pub data: Vec<u8>,
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was applied.
    Applied,
    /// It is of a type that this service does not read, whatever it says: it may not be asked about that type again. Passed
    /// over, where the contract that this program was built with knows the type as one of the peer's. Any other is a later
    /// version's: counted and passed over, unless it is critical: then it is parked.
    NotRead,
}

/// A peer's chain goes on in a later incarnation: the peer was restored from an older copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The peer.
    pub source: String,
    /// The chain of its journal.
    pub chain: Chain,
    /// The incarnation's first row.
    pub first: Head,
    /// How far the chain had been applied. Rows up to here may be among the lost ones.
    pub seen: Head,
}

/// Why an event was not applied.
#[derive(Debug)]
pub enum ReactError {
    /// It cannot be decoded or contradicts what is known: it is parked, with these words, and the rows behind it wait.
    Park(String),
    /// It could not be applied this time.
    Retry(Error),
}

impl From<Error> for ReactError {
    /// A fault, a race and a database that is too busy pass by themselves. Any other refusal is a judgement on the
    /// row: it is parked, so that somebody is told of it. A parked row is tried again with each comparison of heads.
    fn from(error: Error) -> Self {
        match error.refused() {
            Some(refused) if !matches!(refused.reason, Reason::Aborted | Reason::Unavailable) => {
                Self::Park(format!("{}: {}", refused.code, refused.message))
            }
            _ => Self::Retry(error),
        }
    }
}

impl From<prost::DecodeError> for ReactError {
    fn from(error: prost::DecodeError) -> Self {
        Self::Park(format!("cannot be decoded: {error}"))
    }
}

/// Applies peers' events. Implemented once per service. What it writes is committed together with the cursor, or
/// not at all; it may be called again for the same event.
pub trait Reactor: Send + Sync + 'static {
    /// Applies one event within the transaction.
    fn react<'a>(&'a self, tx: &'a mut Tx, event: &'a Event) -> BoxFuture<'a, Result<Outcome, ReactError>>;

    /// Takes up a peer's later incarnation within the transaction that moves the cursor past its first row, whether
    /// rows that this service has seen were lost or not. Once for each (source, chain, incarnation) and database.
    fn opened<'a>(&'a self, _tx: &'a mut Tx, _opened: &'a Opened) -> BoxFuture<'a, Result<(), ReactError>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// What a service wants to be told of its journals. Each may be told more than once.
pub trait Watch: Send + Sync + 'static {
    /// A peer has seen a row that this service's journal lacks: it was restored from an older copy. Refuse permits,
    /// hold, and open an incarnation.
    fn on_own_rollback<'a>(&'a self, chain: &'a Chain, claimed_by: &'a str, head: Head) -> BoxFuture<'a, ()>;

    /// A peer's journal does not continue what was seen of it: it was restored, or rewritten.
    fn on_peer_rollback<'a>(
        &'a self,
        source: &'a str,
        chain: &'a Chain,
        seen: Head,
        offered: Head,
    ) -> BoxFuture<'a, ()>;

    /// A row of a peer could not be applied; the rows behind it wait.
    fn on_parked<'a>(&'a self, parked: &'a Parked) -> BoxFuture<'a, ()>;
}

/// Reads an envelope whose row was checked.
pub(crate) fn event(
    source: &str,
    chain: &Chain,
    head: Head,
    envelope: pb::Envelope,
) -> Result<Event, ReactError> {
    let at = Timestamp::from_microsecond(envelope.time_us)
        .map_err(|cause| ReactError::Park(format!("its time is none: {cause}")))?;
    Ok(Event {
        source: source.to_owned(),
        chain: chain.clone(),
        head,
        id: envelope.id,
        kind: envelope.r#type,
        at,
        critical: envelope.critical,
        trace: Some(envelope.traceparent).filter(|text| !text.is_empty()),
        data: envelope.data.unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{BUSY, PARKED, RACE, TAKEN};

    #[test]
    fn only_what_passes_by_itself_is_tried_again() {
        for (entry, parks) in [(TAKEN, true), (PARKED, true), (RACE, false), (BUSY, false)] {
            let error = ReactError::from(Error::from(entry.refuse("a refusal")));
            assert_eq!(matches!(error, ReactError::Park(_)), parks, "{}", entry.code);
        }
        let fault = ReactError::from(Error::fault(anyhow::anyhow!("a fault")));
        assert!(matches!(fault, ReactError::Retry(_)));
    }
}

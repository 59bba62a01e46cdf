//! Decides how rows a to b of a peer are applied: the cursor locked first, duplicates passed over, every hash checked,
//! what the service makes of each event and the cursor's move in one transaction. A row that cannot be applied is
//! parked in a transaction of its own, after the rows before it.

use futures::FutureExt as _;
use futures::future::BoxFuture;
use holdpoint_api::journal::v1 as pb;
use holdpoint_chassis::error::{Error, Result};
use holdpoint_chassis::faults::reached;
use holdpoint_chassis::metrics::METRICS;
use holdpoint_chassis::telemetry::propagation;
use prost::Message as _;
use tracing::Instrument as _;

use super::Follower;
use super::link::{Link, link};
use crate::by::By;
use crate::chain::{Chain, Head};
use crate::incarnation::Opening;
use crate::reactor::{Event, Opened, Outcome, ReactError, event};
use crate::row::{Entry, Row};
use crate::store::{Parked, cursors, lost};
use crate::tx::Tx;

/// Type of the row that says that a peer's row is parked.
const ROW_PARKED: &str = "holdpoint.journal.v1.RowParked";
/// What every journal says of itself.
const OWN: &str = "holdpoint.journal.v1.";

/// How far rows could be applied.
#[derive(Debug)]
pub(super) enum Applied {
    /// All of them; the cursor stands here.
    Up(Head),
    /// Rows between the cursor and the first row left are missing.
    Gap(Head),
    /// The source lost rows that were applied; the cursor was put back, and the source is to be read anew from there.
    WentBack,
    /// A row of this chain is parked.
    Parked(Box<Parked>),
}

/// Where rows came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Via {
    /// Heard on the bus.
    Bus,
    /// Read from the peer's journal, which judged where the reader goes on.
    Journal,
    /// The same, and a parked row is tried again.
    JournalAgain,
}

/// Why a batch stopped at its n-th row.
struct Stop {
    at: usize,
    why: Why,
}

pub(super) enum Why {
    Park(String),
    /// It does not follow this cursor.
    Contradiction(Head),
    /// It opens an incarnation that accounts for the loss of the cursor's row.
    Lost(Opening),
    Retry(Error),
}

impl Why {
    /// With these words the row is parked.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Park(words) => words.clone(),
            Self::Contradiction(cursor) => {
                format!("it does not follow {cursor}, the last row that was applied")
            }
            Self::Lost(_) => "it accounts for rows that were applied".to_owned(),
            Self::Retry(error) => error.to_string(),
        }
    }
}

/// What one transaction did.
enum Pass {
    /// All rows are passed.
    Up(Head),
    /// Rows between are missing.
    Gap(Head),
    /// A row is parked, and all behind it wait.
    Waits(Head),
}

impl Follower {
    /// Applies rows of one chain, sorted by number.
    pub(super) fn apply<'a>(
        &'a self,
        chain: &'a Chain,
        rows: &'a [Row],
        via: Via,
    ) -> BoxFuture<'a, Result<Applied>> {
        async move {
            if let Some(cursor) = self.pass_over(chain, rows, via).await? {
                return Ok(Applied::Up(cursor));
            }
            self.stands(chain, None);
            match self.pass(chain, rows, via).await? {
                Ok(Pass::Up(cursor)) => Ok(Applied::Up(cursor)),
                Ok(Pass::Gap(cursor)) => Ok(Applied::Gap(cursor)),
                Ok(Pass::Waits(cursor)) => {
                    let parked = self.inner.store.parked(&self.inner.source, chain).await?;
                    // Taken up meanwhile: what waits behind it is read from the journal.
                    Ok(parked.map_or(Applied::Gap(cursor), |parked| Applied::Parked(Box::new(parked))))
                }
                Err(stop) => self.stopped(chain, rows, stop, via).await,
            }
        }
        .boxed()
    }

    async fn stopped(&self, chain: &Chain, rows: &[Row], stop: Stop, via: Via) -> Result<Applied> {
        let (before, rest) = rows.split_at(stop.at);
        if !before.is_empty() {
            self.apply(chain, before, via).await?;
        }
        let Some(row) = rest.first() else { return Ok(Applied::Up(self.cursor(chain).await?)) };
        match stop.why {
            Why::Retry(error) => Err(error),
            Why::Lost(opening) => self.go_back(chain, row, opening).await,
            Why::Park(_) => self.park(chain, row, stop.why.words()).await,
            Why::Contradiction(cursor) => {
                self.inner.watch.on_peer_rollback(&self.inner.source, chain, cursor, row.head).await;
                self.park(chain, row, stop.why.words()).await
            }
        }
    }

    /// One transaction over the rows. Nothing of it stays where it stops.
    async fn pass(&self, chain: &Chain, rows: &[Row], via: Via) -> Result<std::result::Result<Pass, Stop>> {
        let inner = &self.inner;
        let _applying = inner.store.applying().await;
        let mut tx = inner.store.begin(&By::new(inner.store.service(), inner.civil.now())).await?;
        let place = cursors::lock_place(tx.connection(), &inner.source, chain).await?;
        if place.parked && via != Via::JournalAgain {
            tx.rollback().await?;
            return Ok(Ok(Pass::Waits(place.cursor)));
        }
        if place.put_back && via == Via::Bus {
            // On the way back to an incarnation, what the bus still rings of may be rows that were lost.
            tx.rollback().await?;
            return Ok(Ok(Pass::Gap(place.cursor)));
        }
        let ahead = match place.put_back {
            true => lost::ahead(tx.connection(), &inner.source, chain, &place.cursor).await?,
            false => lost::Ahead::default(),
        };
        let (mut cursor, mut gap, mut passed) = (place.cursor, false, vec![]);
        for (at, row) in rows.iter().enumerate() {
            let opening = row.envelope().ok().as_ref().and_then(Opening::read);
            let done = match (link(&cursor, row, opening), opening) {
                (Link::Duplicate, _) => continue,
                (Link::Next | Link::Opening, _) if ahead.knows(&row.head) => Ok(()),
                (Link::Next, _) => self.react(&mut tx, row).await,
                (Link::Opening, _) => self.opened(&mut tx, row, cursor).await,
                (Link::Lost, Some(opening)) if via != Via::Bus => Err(Why::Lost(opening)),
                (Link::Gap | Link::Lost, _) => {
                    gap = true;
                    break;
                }
                (Link::Contradiction, _) => Err(Why::Contradiction(cursor)),
            };
            if let Err(why) = done {
                tx.rollback().await?;
                return Ok(Err(Stop { at, why }));
            }
            cursor = row.head;
            passed.push(row.head);
        }
        if passed.is_empty() {
            tx.rollback().await?;
        } else {
            if place.parked {
                cursors::unpark(tx.connection(), &inner.source, chain).await?;
            }
            let lasts = tx.must_last();
            cursors::move_cursor(tx.connection(), (&inner.source, chain), &passed, lasts).await?;
            reached("journal.follower.before-commit");
            tx.commit().await?;
            METRICS.applied(inner.store.service(), &inner.source, passed.len());
            reached("journal.follower.after-commit");
        }
        self.stands(chain, Some(cursor).filter(|_| !place.put_back));
        Ok(Ok(if gap { Pass::Gap(cursor) } else { Pass::Up(cursor) }))
    }

    /// The row's envelope, where the row is what its hash says and stands where it says.
    pub(super) fn checked(&self, row: &Row) -> std::result::Result<pb::Envelope, Why> {
        let source = &self.inner.source;
        if !row.is_intact(source) {
            return Err(Why::Park("its hash is not the hash of what it holds".to_owned()));
        }
        let envelope =
            row.envelope().map_err(|cause| Why::Park(format!("its envelope cannot be read: {cause}")))?;
        let named =
            (envelope.source.as_str(), envelope.chain.as_str(), envelope.incarnation, envelope.number);
        if named != (source, row.chain.as_str(), row.head.incarnation, row.head.number) {
            return Err(Why::Park("its envelope names another place than its own".to_owned()));
        }
        Ok(envelope)
    }

    /// Tells the service of a later incarnation in the transaction that takes it up.
    pub(super) async fn opened(&self, tx: &mut Tx, row: &Row, seen: Head) -> std::result::Result<(), Why> {
        self.checked(row)?;
        let source = self.inner.source.clone();
        let opened = Opened { source, chain: row.chain.clone(), first: row.head, seen };
        self.inner.reactor.opened(tx, &opened).await.map_err(Why::from)
    }

    async fn react(&self, tx: &mut Tx, row: &Row) -> std::result::Result<(), Why> {
        let inner = &self.inner;
        let envelope = self.checked(row)?;
        if envelope.data.is_none() {
            return Ok(());
        }
        let event = event(&inner.source, &row.chain, row.head, envelope).map_err(Why::from)?;
        let outcome =
            inner.reactor.react(tx, &event).instrument(self.span(&event)).await.map_err(Why::from)?;
        // What cannot be written is this event's fault, and not that of those behind it.
        tx.end_reaction().await.map_err(|error| Why::from(ReactError::from(error)))?;
        match outcome {
            Outcome::Applied => Ok(()),
            // What a journal says of itself is for those who ask for it.
            Outcome::NotRead
                if event.kind.starts_with(OWN) || holdpoint_api::is_event_of(&inner.source, &event.kind) =>
            {
                self.is_not_read(&event.kind);
                Ok(())
            }
            Outcome::NotRead if event.critical => {
                Err(Why::Park(format!("{} is critical and not known to this version", event.kind)))
            }
            Outcome::NotRead => {
                inner.unknown.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                tracing::warn!(
                    kind = event.kind,
                    source = inner.source,
                    "passed over an event of unknown type"
                );
                Ok(())
            }
        }
    }

    /// What is done with an event belongs to the trace of the act that it tells of.
    fn span(&self, event: &Event) -> tracing::Span {
        let (service, source, chain) = (self.inner.store.service(), &self.inner.source, event.chain.as_str());
        let (kind, number) = (&event.kind, event.head.number);
        let span = tracing::info_span!("react", otel.name = %kind, service, source, chain, number);
        propagation::follow(&span, event.trace.as_deref());
        span
    }

    pub(super) async fn park(&self, chain: &Chain, row: &Row, why: String) -> Result<Applied> {
        let inner = &self.inner;
        let envelope = row.envelope();
        let now = inner.civil.now();
        let parked = Parked {
            source: inner.source.clone(),
            chain: chain.clone(),
            head: row.head,
            kind: envelope.as_ref().map(|envelope| envelope.r#type.clone()).unwrap_or_default(),
            // What cannot even be read may be anything.
            critical: envelope.map_or(true, |envelope| envelope.critical),
            why,
            at_us: now.as_microsecond(),
        };
        let mut tx = inner.store.begin(&By::new(inner.store.service(), now)).await?;
        let cursor = cursors::lock_cursor(tx.connection(), &inner.source, chain).await?;
        if cursor == row.head || (cursor.incarnation, cursor.number) > (row.head.incarnation, row.head.number)
        {
            // Another copy of this service has applied it meanwhile.
            tx.rollback().await?;
            return Ok(Applied::Up(cursor));
        }
        let first = cursors::park(tx.connection(), &parked).await?;
        if first {
            tx.append(row_parked(&parked));
        }
        tx.commit().await?;
        if first {
            METRICS.parked(inner.store.service(), &inner.source);
            tracing::error!(source = parked.source, %chain, row = %parked.head, why = parked.why, "a row is parked");
            inner.watch.on_parked(&parked).await;
        }
        Ok(Applied::Parked(Box::new(parked)))
    }
}

/// Tells the others, so that somebody is told of it who has people to tell.
fn row_parked(parked: &Parked) -> Entry {
    let said = pb::RowParked {
        source: parked.source.clone(),
        chain: parked.chain.to_string(),
        head: Some(parked.head.into()),
        r#type: parked.kind.clone(),
        critical: parked.critical,
        why: parked.why.clone(),
    };
    Entry::event(parked.chain.clone(), ROW_PARKED, said.encode_to_vec())
}

impl From<ReactError> for Why {
    fn from(error: ReactError) -> Self {
        match error {
            ReactError::Park(why) => Self::Park(why),
            ReactError::Retry(error) => Self::Retry(error),
        }
    }
}

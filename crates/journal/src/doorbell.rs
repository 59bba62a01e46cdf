//! Decides how a row travels on the bus: CloudEvents 1.0 attributes in the headers, the stored public bytes as the
//! body. What is heard is only believed after the row's own hash was checked.

use std::collections::BTreeMap;

use holdpoint_bus::Message;
use jiff::Timestamp;

use crate::chain::{Chain, Hash, Head};
use crate::row::Row;

/// The message that tells of a row.
pub(crate) fn ring(service: &str, row: &Row) -> Message {
    let envelope = row.envelope().unwrap_or_default();
    let time = Timestamp::from_microsecond(envelope.time_us).map(|at| at.to_string()).unwrap_or_default();
    let mut headers: BTreeMap<String, String> = [
        ("ce-specversion", "1.0".to_owned()),
        ("ce-id", envelope.id.clone()),
        ("ce-source", service.to_owned()),
        ("ce-type", envelope.r#type),
        ("ce-time", time),
        ("ce-subject", row.chain.as_str().to_owned()),
        ("ce-hpincarnation", row.head.incarnation.to_string()),
        ("ce-hpnumber", row.head.number.to_string()),
        ("ce-hpprev", hex::encode(row.previous)),
        ("ce-hphash", hex::encode(row.head.hash)),
        ("ce-hpprivate", hex::encode(row.private_hash)),
        ("ce-hpcritical", envelope.critical.to_string()),
        ("content-type", "application/protobuf".to_owned()),
        ("Nats-Msg-Id", format!("{}:{}", envelope.id, hex::encode(&row.head.hash[..8]))),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    if !envelope.traceparent.is_empty() {
        headers.insert("traceparent".to_owned(), envelope.traceparent);
    }
    Message {
        service: service.to_owned(),
        chain: row.chain.as_str().to_owned(),
        headers,
        body: row.public.clone(),
    }
}

/// Reads a message back, or nothing where it is no intact row of its service: then the doorbell has rung, no more.
pub(crate) fn hear(message: Message) -> Option<Row> {
    let number = |name: &str| message.headers.get(name)?.parse::<u64>().ok();
    let hash = |name: &str| -> Option<Hash> { hex::decode(message.headers.get(name)?).ok()?.try_into().ok() };
    let row = Row {
        chain: Chain::trial(message.chain.as_str()),
        head: Head {
            incarnation: u32::try_from(number("ce-hpincarnation")?).ok()?,
            number: number("ce-hpnumber")?,
            hash: hash("ce-hphash")?,
        },
        previous: hash("ce-hpprev")?,
        private_hash: hash("ce-hpprivate")?,
        public: message.body,
    };
    row.is_intact(&message.service).then_some(row)
}

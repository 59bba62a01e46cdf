//! What does harm, told in plain words with a code: no token, huge and broken messages, too much of everything.

use std::sync::Arc;
use std::time::Duration;

use holdpoint_api::safety::v1::{ListHoldsRequest, ListHoldsResponse};
use holdpoint_chassis::client::Caller;
use holdpoint_chassis::error::{RETRY_AFTER_KEY, code_of, detail_of};
use holdpoint_chassis::server::MAX_REQUEST_BYTES;
use tokio::sync::Semaphore;
use tonic::codec::{BufferSettings, Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::{Code, Request, Status};

use crate::stub::*;

/// Sends bytes as they are.
struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = ();
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, dst: &mut EncodeBuf<'_>) -> Result<(), Status> {
        bytes_put(dst, &item);
        Ok(())
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::default()
    }
}

fn bytes_put(dst: &mut EncodeBuf<'_>, item: &[u8]) {
    use prost::bytes::BufMut;
    dst.put_slice(item);
}

impl Decoder for Raw {
    type Item = ();
    type Error = Status;

    fn decode(&mut self, _: &mut DecodeBuf<'_>) -> Result<Option<()>, Status> {
        Ok(Some(()))
    }
}

async fn raw(running: &Running, body: Vec<u8>) -> Result<(), Status> {
    let mut grpc = tonic::client::Grpc::new(running.person().0);
    grpc.ready().await.map_err(|cause| Status::unavailable(cause.to_string()))?;
    grpc.unary(Request::new(body), http::uri::PathAndQuery::from_static(HOLDS), Raw).await.map(drop)
}

#[tokio::test]
async fn without_a_good_token_nothing_is_answered() {
    let running = run(Handlers::quick(), |_| {}).await;
    let none = Client(running.channel(Caller::Nobody)).call(HOLDS).await.unwrap_err();
    assert_eq!((none.code(), code_of(&none)), (Code::Unauthenticated, Some("SYS-0004")));
    for token in ["x", "a.b.c", &"A".repeat(8_000)] {
        let refused = Client(running.channel(Caller::bearer(token).unwrap())).call(HOLDS).await.unwrap_err();
        assert_eq!((refused.code(), code_of(&refused)), (Code::Unauthenticated, Some("SYS-0004")));
        assert!(detail_of(&refused).unwrap().message.starts_with("the token"), "{}", refused.message());
    }
    let absent = running.person().call("/holdpoint.safety.v1.Safety/DropEverything").await.unwrap_err();
    assert_eq!((absent.code(), code_of(&absent)), (Code::Unimplemented, Some("SYS-0003")));
}

#[tokio::test]
async fn a_huge_header_never_reaches_a_handler_and_the_server_lives() {
    let running = run(Handlers::quick(), |_| {}).await;
    let token = "A".repeat(1 << 20);
    Client(running.channel(Caller::bearer(&token).unwrap())).call(HOLDS).await.unwrap_err();
    running.person().call(HOLDS).await.unwrap();
}

#[tokio::test]
async fn a_message_over_the_limit_is_the_callers_to_mend() {
    let running = run(Handlers::quick(), |_| {}).await;
    // Field 15 is unknown to the message and passed over; 6 bytes of tag and length come before it.
    let padded = |length: usize| {
        let mut body = Vec::new();
        prost::encoding::encode_key(15, prost::encoding::WireType::LengthDelimited, &mut body);
        let inner = length - 5;
        prost::encoding::encode_varint(inner as u64, &mut body);
        body.resize(length, 0);
        body
    };
    raw(&running, padded(MAX_REQUEST_BYTES)).await.unwrap();
    for length in [MAX_REQUEST_BYTES + 1, 5 * 1024 * 1024] {
        let refused = raw(&running, padded(length)).await.unwrap_err();
        assert_eq!(
            (refused.code(), code_of(&refused)),
            (Code::InvalidArgument, Some("SYS-0009")),
            "{refused:?}"
        );
        assert!(refused.message().contains("4 MiB"));
    }
}

#[tokio::test]
async fn bytes_that_are_no_message_are_an_invalid_argument() {
    let running = run(Handlers::quick(), |_| {}).await;
    for body in [
        vec![0xff; 40],
        vec![0x0a, 0x02, 0xc3, 0x28],
        vec![0x0a, 0xff, 0xff, 0xff, 0xff, 0x7f],
        vec![0x0b, 0x0b, 0x0b],
    ] {
        let refused = raw(&running, body.clone()).await.unwrap_err();
        assert_eq!(
            (refused.code(), code_of(&refused)),
            (Code::InvalidArgument, Some("SYS-0010")),
            "{body:?} {refused:?}"
        );
        for internal in ["Protobuf", "prost", "wire type", "ListHolds"] {
            assert!(!refused.message().contains(internal), "{}", refused.message());
        }
    }
}

#[tokio::test]
async fn load_over_the_limits_is_shed_and_told_when_to_come_back() {
    for (max_calls, max_each, words) in [(2, 2, "the server has too many"), (9, 2, "m.okafor has 2 calls")] {
        let (started, go) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let running = run(
            Handlers::unary({
                let (started, go) = (started.clone(), go.clone());
                move |_| {
                    let (started, go) = (started.clone(), go.clone());
                    async move {
                        started.add_permits(1);
                        go.acquire().await.unwrap().forget();
                        Ok(ListHoldsResponse::default())
                    }
                }
            }),
            |settings| {
                settings.max_calls = max_calls;
                settings.max_calls_per_principal = max_each;
                settings.retry_after_ms = 750;
            },
        )
        .await;
        let person = running.person();
        let waiting: Vec<_> = (0..2)
            .map(|_| {
                let person = person.clone();
                tokio::spawn(async move { person.call(HOLDS).await })
            })
            .collect();
        started.acquire_many(2).await.unwrap().forget();
        let shed = person.call(HOLDS).await.unwrap_err();
        assert_eq!((shed.code(), code_of(&shed)), (Code::ResourceExhausted, Some("SYS-0008")));
        assert!(shed.message().contains(words), "{}", shed.message());
        assert_eq!(shed.metadata().get(RETRY_AFTER_KEY).unwrap(), "750");
        assert_eq!(detail_of(&shed).unwrap().retry_after_ms, 750);

        go.add_permits(3);
        for call in waiting {
            call.await.unwrap().unwrap();
        }
        person.call(HOLDS).await.unwrap();
    }
}

#[tokio::test]
async fn every_call_ends_by_its_deadline_and_what_it_began_is_finished() {
    let (go, done) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let running = run(
        Handlers::unary({
            let (go, done) = (go.clone(), done.clone());
            move |_| {
                let (go, done) = (go.clone(), done.clone());
                async move {
                    go.acquire().await.unwrap().forget();
                    done.add_permits(1);
                    Ok(ListHoldsResponse::default())
                }
            }
        }),
        |settings| settings.deadline_cap_ms = 300,
    )
    .await;
    let mut asked = Request::new(ListHoldsRequest::default());
    asked.set_timeout(Duration::from_secs(3_600));
    let late = running.person().send(PLACE, asked).await.unwrap_err();
    assert_eq!(
        (late.code(), code_of(&late)),
        (Code::DeadlineExceeded, Some("SYS-0002")),
        "the server caps: {late:?}"
    );
    let mut asked = Request::new(ListHoldsRequest::default());
    asked.set_timeout(Duration::from_millis(100));
    let late = running.person().send(PLACE, asked).await.unwrap_err();
    assert!(matches!(late.code(), Code::DeadlineExceeded | Code::Cancelled), "{late:?}");
    go.add_permits(2);
    done.acquire_many(2).await.unwrap().forget();
}

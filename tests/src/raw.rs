//! A call whose body is any bytes: what a broken or hostile program sends.

use std::str::FromStr as _;

use anyhow::Context as _;
use prost::bytes::BufMut as _;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::Endpoint;
use tonic::{Request, Response, Status};

/// Sends bytes as they are, and passes over what is answered.
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

    fn encode(&mut self, item: Vec<u8>, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = ();
    type Error = Status;

    fn decode(&mut self, _: &mut DecodeBuf<'_>) -> Result<Option<()>, Status> {
        Ok(Some(()))
    }
}

/// Sends bytes to a method, with a token.
pub async fn unary(address: &str, token: &str, path: &str, body: Vec<u8>) -> Result<Response<()>, Status> {
    send(address, token, path, body).await.map_err(|cause| Status::unknown(format!("{cause:#}")))?
}

async fn send(
    address: &str,
    token: &str,
    path: &str,
    body: Vec<u8>,
) -> anyhow::Result<Result<Response<()>, Status>> {
    let channel = Endpoint::from_shared(address.to_owned())?.connect().await?;
    let mut grpc = tonic::client::Grpc::new(channel);
    grpc.ready().await.context("the channel is ready")?;
    let mut request = Request::new(body);
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse()?);
    Ok(grpc.unary(request, PathAndQuery::from_str(path)?, Raw).await)
}

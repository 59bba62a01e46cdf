//! One question over plain HTTP to a server's monitor: no redirects, an answer of bounded length, in bounded time.

use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const WITHIN: Duration = Duration::from_secs(5);
const LONGEST: u64 = 4 << 20;

/// The body of the answer.
pub(super) async fn get(url: &str) -> anyhow::Result<String> {
    let asked = tokio::time::timeout(WITHIN, ask(url)).await;
    asked.with_context(|| format!("{url} did not answer within {} s", WITHIN.as_secs()))?
}

async fn ask(url: &str) -> anyhow::Result<String> {
    let rest = url
        .strip_prefix("http://")
        .with_context(|| format!("`{url}` is no address; one looks like http://nats:8222"))?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    ensure!(!host.is_empty() && host.contains(':'), "`{url}` names no host and port");
    let mut line = TcpStream::connect(host).await.with_context(|| format!("cannot reach {host}"))?;
    line.write_all(format!("GET /{path} HTTP/1.0\r\nHost: {host}\r\n\r\n").as_bytes()).await?;
    let mut answer = Vec::new();
    line.take(LONGEST).read_to_end(&mut answer).await?;
    let text = String::from_utf8(answer).context("the answer is no text")?;
    let Some((head, body)) = text.split_once("\r\n\r\n") else { bail!("{url} does not answer as HTTP does") };
    ensure!(
        head.split(' ').nth(1) == Some("200"),
        "{url} answers {}",
        head.lines().next().unwrap_or_default()
    );
    Ok(body.to_owned())
}

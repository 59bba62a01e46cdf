//! A17 (reliability.md): deploy/nats/nats.conf as published, on the nats-server of this machine. Each service does its work with
//! its own key, and nothing else.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use async_nats::jetstream;
use holdpoint_bus::{Bus as _, JetStream, JetStreamOptions};
use holdpoint_testkit::servers;
use nkeys::KeyPair;
use tempfile::TempDir;

use crate::suite::{listen, message, next};

const SERVICES: [&str; 5] = ["enrollment", "dosing", "safety", "labs", "followup"];
const SPEAKERS: [&str; 6] = ["enrollment", "dosing", "safety", "labs", "followup", "doctor"];
/// A denied publication is answered on the connection; the next round trip comes after it.
const SOON: Duration = Duration::from_secs(10);

/// A server under the published configuration, and everybody's key.
struct Server {
    folder: TempDir,
    process: Child,
    seeds: Vec<(&'static str, String)>,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Server {
    /// None where this machine has no nats-server.
    async fn start() -> Option<Self> {
        let program = servers::nats_program()?;
        let folder = tempfile::tempdir().unwrap();
        let mut keys = String::new();
        let seeds = SPEAKERS.map(|name| {
            let pair = KeyPair::new_user();
            keys.push_str(&format!("{}_NKEY: {}\n", name.to_uppercase(), pair.public_key()));
            (name, pair.seed().unwrap())
        });
        std::fs::write(folder.path().join("keys.conf"), keys).unwrap();
        std::fs::write(folder.path().join("nats.conf"), configuration(&program, folder.path())).unwrap();
        let process = Command::new(&program)
            .args(["--config", "nats.conf", "--ports_file_dir", "."])
            .current_dir(folder.path())
            .env("NATS_NAME", "test")
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { folder, process, seeds: seeds.into() };
        for _ in 0..200 {
            if server.address().is_some() {
                return Some(server);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("nats-server does not start with the published configuration");
    }

    fn address(&self) -> Option<String> {
        let file = self.folder.path().join(format!("test_{}.ports", self.process.id()));
        let file = if file.exists() {
            file
        } else {
            self.folder.path().join(format!("nats-server_{}.ports", self.process.id()))
        };
        let text = std::fs::read_to_string(file).ok()?;
        let at = text.find("nats://")?;
        Some(text[at..].split('"').next()?.to_owned())
    }

    fn seed(&self, name: &str) -> String {
        self.seeds.iter().find(|(speaker, _)| *speaker == name).unwrap().1.clone()
    }

    async fn bus(&self, name: &str) -> JetStream {
        let options = JetStreamOptions {
            speaker: name.to_owned(),
            nkey: Some(self.seed(name)),
            ..JetStreamOptions::default()
        };
        JetStream::connect(&self.address().unwrap(), options).await.unwrap()
    }

    /// A bare client with a service's key, as somebody who stole it would use.
    async fn thief(&self, name: &str) -> async_nats::Client {
        async_nats::ConnectOptions::with_nkey(self.seed(name))
            .custom_inbox_prefix(format!("_INBOX_{name}"))
            .connect(self.address().unwrap())
            .await
            .unwrap()
    }
}

/// The published file, in a folder of the test and on free ports. A server before 2.10 refuses the line that syncs, so it is left
/// out there; the compose test runs it as it stands.
fn configuration(program: &Path, folder: &Path) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let published = std::fs::read_to_string(root.join("deploy/nats/nats.conf")).unwrap();
    let version = Command::new(program).arg("--version").output().unwrap();
    let old = String::from_utf8_lossy(&version.stdout).contains("v2.9.");
    let lines = published.lines().filter(|line| !(old && line.contains("sync_interval: always")));
    lines
        .collect::<Vec<_>>()
        .join("\n")
        .replace("\"0.0.0.0:4222\"", "\"127.0.0.1:-1\"")
        .replace("http: \"127.0.0.1:8222\"", "")
        .replace("\"/data\"", &format!("\"{}\"", folder.join("data").display()))
}

#[tokio::test]
async fn a17_each_service_does_its_work_with_its_own_key() {
    let Some(server) = Server::start().await else { return };
    let safety = server.bus("safety").await;
    for reader in SERVICES.iter().filter(|name| **name != "safety") {
        let mut heard = listen(&server.bus(reader).await, reader, "safety").await;
        safety.publish(&[message("safety", "pgf-msc", 1)]).await.unwrap();
        assert_eq!(next(&mut heard).await.service, "safety", "{reader} hears safety");
    }
    for name in SERVICES {
        server.bus(name).await.publish(&[message(name, "-", 7)]).await.unwrap();
    }
}

#[tokio::test]
async fn a17_a_stolen_key_opens_its_own_subject_and_nothing_else() {
    let Some(server) = Server::start().await else { return };
    for name in SERVICES {
        server.bus(name).await.publish(&[message(name, "pgf-msc", 1)]).await.unwrap();
    }
    let before = stored(&server).await;
    futures::future::join_all(SERVICES.map(|name| robs(&server, name))).await;
    assert!(stored(&server).await >= before + 5, "nothing was purged");
}

/// Tries everything that a service may not do.
async fn robs(server: &Server, name: &'static str) {
    let thief = server.thief(name).await;
    let context = jetstream::new(thief.clone());
    for victim in SERVICES.iter().filter(|victim| **victim != name) {
        let forged = context.publish(format!("holdpoint.{victim}.pgf-msc"), "forged".into()).await.unwrap();
        assert!(refused(forged.into_future()).await, "{name} publishes for {victim}");
        let peeped =
            thief.request(format!("$JS.API.CONSUMER.MSG.NEXT.HOLDPOINT.{victim}-from-{name}"), "".into());
        assert!(refused(peeped).await, "{name} reads as {victim}");
    }
    for forbidden in [
        "STREAM.PURGE.HOLDPOINT",
        "STREAM.DELETE.HOLDPOINT",
        "STREAM.UPDATE.HOLDPOINT",
        "STREAM.MSG.DELETE.HOLDPOINT",
        "STREAM.MSG.GET.HOLDPOINT",
        "CONSUMER.DELETE.HOLDPOINT.dosing-from-safety",
        "STREAM.CREATE.MINE",
        "INFO",
    ] {
        let asked = thief.request(format!("$JS.API.{forbidden}"), "{}".into());
        assert!(refused(asked).await, "{name} may {forbidden}");
    }
    for (number, everything) in (2_u32..).zip([">", "holdpoint.>", "_INBOX.>", "_INBOX_other.>"]) {
        let mut heard = thief.subscribe(everything).await.unwrap();
        server.bus("safety").await.publish(&[message("safety", name, number)]).await.unwrap();
        let heard = tokio::time::timeout(Duration::from_millis(150), futures::StreamExt::next(&mut heard));
        assert!(!matches!(heard.await, Ok(Some(_))), "{name} listens to {everything}");
    }
}

#[tokio::test]
async fn a17_who_has_no_key_is_not_let_in() {
    let Some(server) = Server::start().await else { return };
    let stranger = async_nats::connect(server.address().unwrap()).await;
    assert!(stranger.is_err(), "a stranger is let in");
    let other = async_nats::ConnectOptions::with_nkey(KeyPair::new_user().seed().unwrap());
    assert!(other.connect(server.address().unwrap()).await.is_err(), "another's key is let in");
}

/// Refused or never answered; a denied request has no answer.
async fn refused<T, E>(asked: impl Future<Output = Result<T, E>>) -> bool {
    !matches!(tokio::time::timeout(Duration::from_millis(300), asked).await, Ok(Ok(_)))
}

/// How many messages the stream holds, as the doctor sees it.
async fn stored(server: &Server) -> u64 {
    let context = jetstream::new(server.thief("doctor").await);
    let mut stream = tokio::time::timeout(SOON, context.get_stream("HOLDPOINT"))
        .await
        .expect("the doctor is answered")
        .unwrap();
    stream.info().await.unwrap().state.messages
}

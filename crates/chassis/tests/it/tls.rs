//! TLS by an authority of the test's own, made with openssl: who is checked is answered, and nobody else.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use holdpoint_chassis::client::{Caller, connect, connect_with};
use holdpoint_chassis::clock::MachineClock;
use holdpoint_chassis::config::{ClientCertificates, Section as _, ServerSettings, TlsSettings};
use holdpoint_chassis::identity::{ISSUER, Keyring, Role, Signer, USUAL_LIFE};
use holdpoint_chassis::ids::Ids;
use holdpoint_chassis::lifecycle::Shutdown;
use holdpoint_chassis::server::Server;
use holdpoint_chassis::tls;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tonic::transport::ClientTlsConfig;

use crate::stub::{Client, HOLDS, Handlers};

const DEADLINE: Duration = Duration::from_secs(5);

/// A folder with an authority and certificates of it.
struct Authority(TempDir);

impl Authority {
    /// None, said in words, where this machine has no openssl.
    fn new() -> Option<Self> {
        if Command::new("openssl").arg("version").output().is_err() {
            println!("skipped: this machine has no openssl");
            return None;
        }
        let this = Self(tempfile::tempdir().unwrap());
        this.openssl("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=Hospital -keyout ca.key -out ca.crt");
        Some(this)
    }

    fn openssl(&self, words: &str) {
        let ran = Command::new("openssl").args(words.split(' ')).current_dir(self.0.path()).output().unwrap();
        assert!(ran.status.success(), "openssl {words}: {}", String::from_utf8_lossy(&ran.stderr));
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Settings of who shows a certificate of this name.
    fn of(&self, name: &str) -> TlsSettings {
        let new = format!("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN={name}");
        self.openssl(&format!("{new} -keyout {name}.key -out {name}.csr"));
        std::fs::write(self.path("ext"), "subjectAltName=DNS:safety,IP:127.0.0.1\n").unwrap();
        self.openssl(&format!(
            "x509 -req -in {name}.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out {name}.crt"
        ));
        private(&self.path(&format!("{name}.key")), 0o600);
        TlsSettings {
            certificate: Some(self.path(&format!("{name}.crt"))),
            key: Some(self.path(&format!("{name}.key"))),
            ca: Some(self.path("ca.crt")),
            ..TlsSettings::default()
        }
    }
}

fn private(file: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// A server under these settings: its address without a scheme, and a token that it takes.
async fn serve(settings: &TlsSettings) -> (String, String) {
    let issuer = Signer::random(ISSUER).unwrap();
    let clock = MachineClock::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = Server::new(&ServerSettings::default(), Keyring::of([&issuer]), clock.clone()).unwrap();
    let server = server.add(Handlers::quick()).tls(tls::server(settings).unwrap());
    tokio::spawn(async move { server.serve(listener, &Shutdown::new()).await });
    let token = issuer.issue("m.okafor", [Role::SafetyOfficer], USUAL_LIFE, &clock, &Ids::random()).unwrap();
    (address, token)
}

async fn answered(address: &str, token: &str, tls: Option<&ClientTlsConfig>) -> bool {
    let channel = connect_with(address, tls, Caller::bearer(token).unwrap(), DEADLINE).unwrap();
    Client(channel).call(HOLDS).await.is_ok()
}

#[tokio::test]
async fn a_caller_checks_the_server_and_plain_text_is_not_answered() {
    let (Some(ours), Some(another)) = (Authority::new(), Authority::new()) else { return };
    let server = ours.of("server");
    let (address, token) = serve(&server).await;
    let secure = format!("https://{address}");
    let trusted = TlsSettings { ca: server.ca.clone(), ..TlsSettings::default() };
    let trusted = tls::client(&trusted).unwrap().unwrap();
    assert!(answered(&secure, &token, Some(&trusted)).await, "the authority's server is answered");
    assert!(
        answered(&secure, &token, Some(&trusted.clone().domain_name("safety"))).await,
        "by its other name"
    );
    assert!(!answered(&secure, &token, Some(&trusted.domain_name("dosing"))).await, "not by another's");
    let stranger = TlsSettings { ca: Some(another.path("ca.crt")), ..TlsSettings::default() };
    assert!(
        !answered(&secure, &token, tls::client(&stranger).unwrap().as_ref()).await,
        "not by another authority"
    );
    assert!(!answered(&format!("http://{address}"), &token, None).await, "nor in plain text");
    let blind = connect(&secure, Caller::Nobody, DEADLINE).map(drop).unwrap_err().to_string();
    assert!(blind.contains("tls.ca"), "{blind}");
}

#[tokio::test]
async fn a_caller_shows_a_certificate_where_one_is_asked_for_and_a_token_all_the_same() {
    let Some(ours) = Authority::new() else { return };
    let server = TlsSettings { clients: ClientCertificates::Required, ..ours.of("server") };
    let (address, token) = serve(&server).await;
    let secure = format!("https://{address}");
    let bare = TlsSettings { ca: server.ca.clone(), ..TlsSettings::default() };
    assert!(!answered(&secure, &token, tls::client(&bare).unwrap().as_ref()).await, "without a certificate");
    let shown = tls::client(&ours.of("bedside")).unwrap();
    assert!(answered(&secure, &token, shown.as_ref()).await, "with one");
    assert!(!answered(&secure, "a.b.c", shown.as_ref()).await, "with one and no token");
}

#[test]
fn a_key_that_others_may_read_and_halves_of_settings_are_refused() {
    let Some(ours) = Authority::new() else { return };
    let server = ours.of("server");
    private(server.key.as_deref().unwrap(), 0o644);
    let told = tls::server(&server).unwrap_err().to_string();
    assert!(told.contains("chmod 600"), "{told}");
    let no_key = TlsSettings { key: None, ..server.clone() };
    assert_eq!(no_key.check(Default::default())[0].0, "key");
    let unchecked = TlsSettings { clients: ClientCertificates::Required, ..TlsSettings::default() };
    assert_eq!(unchecked.check(Default::default())[0].0, "clients");
    let no_pem = TlsSettings { ca: server.key.clone(), ..TlsSettings::default() };
    assert!(tls::client(&no_pem).unwrap_err().to_string().contains("BEGIN CERTIFICATE"));
}

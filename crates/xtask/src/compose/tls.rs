//! The overlay `hospital-ca`: an authority of this run's own signs a certificate for each service, and everything speaks TLS to
//! everything. Without the authority, and in plain text, nobody is answered.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};

use super::engine::said;
use super::house::{House, SERVICES};

/// As with the published file alone.
const WITHIN_S: u64 = 180;

/// Boots with the overlay, waits until the services' own health checks pass over TLS, and asks each from the tools.
pub(super) fn with_the_hospitals_authority(house: &House) -> anyhow::Result<()> {
    house.down()?;
    let secrets = house.folder().join("secrets");
    authority(&secrets)?;
    for name in SERVICES.iter().chain(&["tools", "nats"]) {
        certificate(&secrets, name).with_context(|| format!("the certificate of {name}"))?;
    }
    house.up(&["hospital-ca"])?;
    house.healthy(WITHIN_S)?;
    for name in SERVICES {
        let ask = |address: String| house.tool(&["healthcheck", "--address", &address]);
        ask(format!("https://{name}:7400")).with_context(|| format!("{name} over TLS"))?;
        ensure!(ask(format!("http://{name}:7400")).is_err(), "{name} answers in plain text beside TLS");
    }
    println!("hospital-ca: five services, NATS and the tools speak TLS, and nothing else");
    Ok(())
}

fn authority(folder: &Path) -> anyhow::Result<()> {
    let words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=Hospital -keyout ca.key -out ca.crt";
    openssl(folder, words)?;
    said(Command::new("chmod").arg("644").arg(folder.join("ca.crt"))).map(drop)
}

fn certificate(folder: &Path, name: &str) -> anyhow::Result<()> {
    let request = format!(
        "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN={name} -keyout {name}.tls-key -out {name}.csr"
    );
    openssl(folder, &request)?;
    let extensions = folder.join(format!("{name}.ext"));
    std::fs::write(&extensions, format!("subjectAltName=DNS:{name},DNS:localhost,IP:127.0.0.1\n"))?;
    let sign = format!(
        "x509 -req -in {name}.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile {name}.ext -out {name}.crt"
    );
    openssl(folder, &sign)?;
    let (key, certificate) = (folder.join(format!("{name}.tls-key")), folder.join(format!("{name}.crt")));
    said(Command::new("chmod").arg("600").arg(&key))?;
    said(Command::new("chmod").arg("644").arg(certificate))?;
    said(Command::new("chown").arg("65532:65532").arg(key)).map(drop)
}

fn openssl(folder: &Path, words: &str) -> anyhow::Result<()> {
    said(Command::new("openssl").args(words.split(' ')).current_dir(folder)).map(drop)
}

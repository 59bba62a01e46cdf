//! Certificates as the server and the channels take them. TLS 1.2 and 1.3 by rustls; what is checked is the chain to one
//! authority and the name in the address. Who a caller is, its token says: a certificate alone opens nothing.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use tonic::transport::{Certificate, ClientTlsConfig, Identity, ServerTlsConfig};

use crate::config::{ClientCertificates, TlsSettings};
use crate::identity::read_private;

/// A caller that begins a handshake and falls silent is let go after this.
const HANDSHAKE: Duration = Duration::from_secs(5);

/// How this process's server is reached; none where the settings name no certificate.
pub fn server(settings: &TlsSettings) -> anyhow::Result<Option<ServerTlsConfig>> {
    let Some(identity) = identity(settings)? else { return Ok(None) };
    let mut config = ServerTlsConfig::new().identity(identity).timeout(HANDSHAKE);
    if settings.clients != ClientCertificates::None
        && let Some(ca) = authority(settings)?
    {
        let optional = settings.clients == ClientCertificates::Optional;
        config = config.client_ca_root(ca).client_auth_optional(optional);
    }
    Ok(Some(config))
}

/// How this process calls others; none where the settings name no authority.
pub fn client(settings: &TlsSettings) -> anyhow::Result<Option<ClientTlsConfig>> {
    let Some(ca) = authority(settings)? else { return Ok(None) };
    let config = ClientTlsConfig::new().ca_certificate(ca);
    Ok(Some(match identity(settings)? {
        Some(identity) => config.identity(identity),
        None => config,
    }))
}

fn identity(settings: &TlsSettings) -> anyhow::Result<Option<Identity>> {
    let (Some(certificate), Some(key)) = (&settings.certificate, &settings.key) else { return Ok(None) };
    Ok(Some(Identity::from_pem(pem(certificate, "CERTIFICATE")?, read_private(key)?)))
}

fn authority(settings: &TlsSettings) -> anyhow::Result<Option<Certificate>> {
    let ca = settings.ca.as_deref().map(|file| pem(file, "CERTIFICATE")).transpose()?;
    Ok(ca.map(Certificate::from_pem))
}

fn pem(file: &Path, what: &str) -> anyhow::Result<String> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let begin = format!("-----BEGIN {what}-----");
    ensure!(
        text.contains(&begin),
        "{} holds no `{begin}`; a certificate in PEM form is wanted",
        file.display()
    );
    Ok(text)
}

//! TLS of the listener and of its test client, from files: a certificate with its chain, its key, and whom to trust.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// Takes connections with this certificate and key; with `clients`, only of those whose certificate one of these signed.
pub fn acceptor(certificate: &Path, key: &Path, clients: Option<&Path>) -> anyhow::Result<TlsAcceptor> {
    let builder = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(clients) => {
            let trusted = Arc::new(trusted(clients)?);
            let verifier = WebPkiClientVerifier::builder_with_provider(trusted, provider()).build()?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let private = PrivateKeyDer::from_pem_file(key)
        .with_context(|| format!("{} holds no private key in PEM", key.display()))?;
    let config = builder.with_single_cert(certificates(certificate)?, private);
    let config = config.with_context(|| format!("{} and its key do not fit", certificate.display()))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Connects to those whose certificate one of these signed.
pub fn connector(trust: &Path) -> anyhow::Result<TlsConnector> {
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
    let config = builder.with_root_certificates(trusted(trust)?).with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn certificates(file: &Path) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let all = read.with_context(|| format!("{} holds no certificates in PEM", file.display()))?;
    ensure!(!all.is_empty(), "{} holds no certificate in PEM", file.display());
    Ok(all)
}

fn trusted(file: &Path) -> anyhow::Result<RootCertStore> {
    let mut store = RootCertStore::empty();
    for certificate in certificates(file)? {
        store.add(certificate).with_context(|| format!("a certificate of {} is none", file.display()))?;
    }
    Ok(store)
}

//! Which certificates a process shows and trusts. None by default: within one machine's private network the addresses say
//! `http://`; where calls leave it, `https://` and this section belong together.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Mode, Section};

/// Whether callers must show a certificate of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClientCertificates {
    /// Callers show none; their token says who they are.
    #[default]
    None,
    /// One that is shown must be of the authority; a token is needed all the same.
    Optional,
    /// Nobody is heard without one; a token is needed all the same.
    Required,
}

/// Section `tls`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TlsSettings {
    /// The server's certificate and those between it and the authority, PEM.
    pub certificate: Option<PathBuf>,
    /// Its private key, PEM, readable by its owner alone.
    pub key: Option<PathBuf>,
    /// The authority that other services, NATS and callers are checked against, PEM.
    pub ca: Option<PathBuf>,
    /// A name in this process's own certificate: by it the health check calls its own server.
    pub name: Option<String>,
    /// Whether callers must show a certificate of the authority.
    pub clients: ClientCertificates,
}

impl Section for TlsSettings {
    const NAME: &'static str = "tls";

    fn check(&self, _: Mode) -> Vec<(&'static str, String)> {
        let mut wrong = Vec::new();
        if self.certificate.is_some() != self.key.is_some() {
            let missing = if self.key.is_none() { "key" } else { "certificate" };
            wrong
                .push((missing, "a certificate and its key belong together; set both or neither".to_owned()));
        }
        if self.clients != ClientCertificates::None && (self.ca.is_none() || self.certificate.is_none()) {
            let words = "callers' certificates are checked by a TLS server with an authority; set tls.certificate, tls.key and tls.ca";
            wrong.push(("clients", words.to_owned()));
        }
        wrong
    }
}

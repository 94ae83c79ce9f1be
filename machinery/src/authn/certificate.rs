//! Client certificates: chain verification per request, against one CA or the other.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls_pki_types::{CertificateDer, UnixTime};
use sha2::{Digest, Sha256};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::{AuthnError, Peer, User};

const CREDENTIAL_ID: &str = "authentication.kubernetes.io/credential-id";

/// The certificates that one CA bundle vouches for.
#[derive(Clone, Debug, Default)]
pub(crate) enum Verifier {
    /// No CA is known: nobody is vouched for.
    #[default]
    Nobody,
    Chain(Arc<dyn ClientCertVerifier>),
}

impl Verifier {
    /// Errors: a bundle that is no PEM, or has no usable certificate.
    pub(crate) fn from_pem(what: &'static str, pem: &str) -> Result<Self, AuthnError> {
        use rustls_pki_types::pem::PemObject;
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let certificate = certificate.map_err(|_| AuthnError::Bundle { what })?;
            roots.add(certificate).map_err(|_| AuthnError::Bundle { what })?;
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let chain = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
        Ok(Self::Chain(chain.map_err(|_| AuthnError::Bundle { what })?))
    }
}

/// A leaf certificate whose chain holds.
#[derive(Debug)]
pub(crate) struct Leaf {
    pub common_name: String,
    organizations: Vec<String>,
    fingerprint: String,
}

impl Leaf {
    /// Common name as user, organizations as groups; `None` without a common name.
    pub(crate) fn into_user(self) -> Option<User> {
        let id = format!("X509SHA256={}", self.fingerprint);
        let extra = BTreeMap::from([(CREDENTIAL_ID.to_owned(), vec![id])]);
        User::new(self.common_name, String::new(), self.organizations, extra)
    }
}

/// The peer's leaf, if it chains to the verifier's CA, is valid now and made for client authentication.
pub(crate) fn verified(verifier: &Verifier, peer: &Peer) -> Option<Leaf> {
    let Verifier::Chain(chain) = verifier else { return None };
    let (leaf, intermediates) = peer.certificates.split_first()?;
    chain.verify_client_cert(leaf, intermediates, UnixTime::now()).ok()?;
    let (_, parsed) = X509Certificate::from_der(leaf).ok()?;
    let subject = parsed.subject();
    let common_name = subject.iter_common_name().next().and_then(|name| name.as_str().ok()).unwrap_or_default();
    let organizations = subject.iter_organization().filter_map(|name| name.as_str().ok());
    let mut fingerprint = String::with_capacity(64);
    for byte in Sha256::digest(leaf) {
        // Writing to a String cannot fail.
        let _ = write!(fingerprint, "{byte:02x}");
    }
    Some(Leaf {
        common_name: common_name.to_owned(),
        organizations: organizations.map(str::to_owned).collect(),
        fingerprint,
    })
}

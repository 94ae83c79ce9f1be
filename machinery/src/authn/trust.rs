//! Whose certificates count: ConfigMap `kube-system/extension-apiserver-authentication`, followed as it changes.

use std::pin::pin;
use std::sync::Arc;

use arc_swap::ArcSwap;
use futures::TryStreamExt;
use http::HeaderName;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::Api;
use kube::runtime::{WatchStreamExt, watcher};

use super::certificate::Verifier;
use super::front_proxy::HeaderNames;

const NAMESPACE: &str = "kube-system";
const NAME: &str = "extension-apiserver-authentication";

/// Why it cannot be told whom to trust.
#[derive(Debug, thiserror::Error)]
pub enum AuthnError {
    #[error(
        "cannot read ConfigMap {NAMESPACE}/{NAME}: {0} (the role extension-apiserver-authentication-reader allows it)"
    )]
    Read(#[source] Box<kube::Error>),
    #[error("{what} of ConfigMap {NAMESPACE}/{NAME} holds no usable PEM certificate")]
    Bundle { what: &'static str },
    #[error("{what} of ConfigMap {NAMESPACE}/{NAME} is no JSON array of header names")]
    Names { what: &'static str },
    #[error(
        "the front-proxy CA of ConfigMap {NAMESPACE}/{NAME} is also the client CA and requestheader-allowed-names is \
         empty: any client certificate could name any user; set --requestheader-allowed-names on kube-apiserver"
    )]
    SharedCa,
}

/// What the ConfigMap says at one moment.
#[derive(Debug, Default)]
pub(super) struct Anchors {
    pub(super) front_proxy: Verifier,
    pub(super) clients: Verifier,
    pub(super) headers: HeaderNames,
}

/// The trust anchors in force; clones share them.
#[derive(Clone)]
pub struct Trust {
    anchors: Arc<ArcSwap<Anchors>>,
}

impl Trust {
    /// Reads the ConfigMap once. Errors: it cannot be read or makes no sense; a server must not start then.
    pub async fn read(client: kube::Client) -> Result<Self, AuthnError> {
        let api: Api<ConfigMap> = Api::namespaced(client, NAMESPACE);
        let map = api.get(NAME).await.map_err(|error| AuthnError::Read(Box::new(error)))?;
        Self::from_config_map(&map)
    }

    /// The anchors of a ConfigMap with the keys of `extension-apiserver-authentication`.
    pub fn from_config_map(map: &ConfigMap) -> Result<Self, AuthnError> {
        Ok(Self { anchors: Arc::new(ArcSwap::from_pointee(parse(map)?)) })
    }

    /// Follows the ConfigMap for ever; run it as a task. Contents that make no sense leave the last good ones in force.
    pub async fn follow(self, client: kube::Client) {
        let api: Api<ConfigMap> = Api::namespaced(client, NAMESPACE);
        let config = watcher::Config::default().fields(&format!("metadata.name={NAME}"));
        let mut maps = pin!(watcher(api, config).default_backoff().applied_objects());
        loop {
            match maps.try_next().await {
                Ok(Some(map)) => self.replace(&map),
                Ok(None) => return,
                Err(error) => tracing::warn!(%error, "cannot watch ConfigMap {NAMESPACE}/{NAME}; trying again"),
            }
        }
    }

    /// Puts other anchors in force, unless they make no sense.
    pub fn replace(&self, map: &ConfigMap) {
        match parse(map) {
            Ok(anchors) => self.anchors.store(Arc::new(anchors)),
            Err(error) => tracing::error!(%error, "keeping the previous trust anchors"),
        }
    }

    pub(super) fn current(&self) -> Arc<Anchors> {
        self.anchors.load_full()
    }
}

fn parse(map: &ConfigMap) -> Result<Anchors, AuthnError> {
    let empty = std::collections::BTreeMap::new();
    let data = map.data.as_ref().unwrap_or(&empty);
    let bundle = |what: &'static str| match data.get(what).filter(|pem| !pem.trim().is_empty()) {
        Some(pem) => Verifier::from_pem(what, pem),
        None => Ok(Verifier::Nobody),
    };
    let texts = |what: &'static str| -> Result<Vec<String>, AuthnError> {
        let text = data.get(what).map_or("[]", String::as_str);
        serde_json::from_str(text).map_err(|_| AuthnError::Names { what })
    };
    let headers = |what: &'static str| -> Result<Vec<HeaderName>, AuthnError> {
        let names = texts(what)?.into_iter().map(|name| HeaderName::from_bytes(name.as_bytes()));
        names.collect::<Result<_, _>>().map_err(|_| AuthnError::Names { what })
    };
    let (front_proxy_ca, client_ca) = (data.get("requestheader-client-ca-file"), data.get("client-ca-file"));
    let names = HeaderNames {
        allowed_names: texts("requestheader-allowed-names")?,
        users: headers("requestheader-username-headers")?,
        uids: headers("requestheader-uid-headers")?,
        groups: headers("requestheader-group-headers")?,
        extra_prefixes: texts("requestheader-extra-headers-prefix")?.iter().map(|p| p.to_ascii_lowercase()).collect(),
    };
    if names.allowed_names.is_empty() && front_proxy_ca.is_some() && shares_certificate(front_proxy_ca, client_ca) {
        return Err(AuthnError::SharedCa);
    }
    Ok(Anchors {
        front_proxy: bundle("requestheader-client-ca-file")?,
        clients: bundle("client-ca-file")?,
        headers: names,
    })
}

/// Whether two bundles have a certificate in common.
fn shares_certificate(one: Option<&String>, other: Option<&String>) -> bool {
    use rustls_pki_types::CertificateDer;
    use rustls_pki_types::pem::PemObject;
    let read = |pem: Option<&String>| -> Vec<CertificateDer<'static>> {
        let pem = pem.map(String::as_bytes).unwrap_or_default();
        CertificateDer::pem_slice_iter(pem).filter_map(Result::ok).collect()
    };
    let other = read(other);
    read(one).iter().any(|certificate| other.contains(certificate))
}

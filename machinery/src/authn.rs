//! Headers and the peer's certificate become a [`User`]: front proxy, client certificate or bearer token.
//!
//! Order and rules of k8s.io/apiserver `pkg/authentication/authenticatorfactory/delegating.go`. Identity headers are
//! believed only from a client whose certificate chains to the front-proxy CA and has an allowed name, and are taken
//! off the request in any case.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use rustls_pki_types::CertificateDer;

use crate::status::{Reason, Result, Status};

mod certificate;
mod front_proxy;
mod token;
mod trust;

pub use trust::{AuthnError, Trust};

use token::TokenReviewer;

const ANONYMOUS: &str = "system:anonymous";
const AUTHENTICATED: &str = "system:authenticated";

/// Who sends a request. Made only here.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct User {
    name: String,
    uid: String,
    groups: Vec<String>,
    extra: BTreeMap<String, Vec<String>>,
}

impl User {
    /// `None` without a name: an empty name sent on as an impersonation would mean "whoever the server is".
    fn new(name: String, uid: String, groups: Vec<String>, extra: BTreeMap<String, Vec<String>>) -> Option<Self> {
        (!name.is_empty()).then_some(Self { name, uid, groups, extra })
    }

    /// Never empty.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Empty when the authenticator gave none.
    pub fn uid(&self) -> &str {
        &self.uid
    }

    /// All groups, in the order received; includes `system:authenticated`.
    pub fn groups(&self) -> &[String] {
        &self.groups
    }

    pub fn extra(&self) -> &BTreeMap<String, Vec<String>> {
        &self.extra
    }

    /// Whether the core forwarded somebody it does not know. Who comes directly and unknown is refused.
    pub fn is_anonymous(&self) -> bool {
        self.name == ANONYMOUS
    }

    fn authenticated(mut self) -> Self {
        if !self.is_anonymous() && !self.groups.iter().any(|group| group == AUTHENTICATED) {
            self.groups.push(AUTHENTICATED.to_owned());
        }
        self
    }
}

/// Extras may hold credentials' ids and claims: only the name is shown.
impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The other end of a connection.
#[derive(Clone, Debug)]
pub struct Peer {
    pub address: SocketAddr,
    /// The chain the client proved to hold the key of, leaf first; not verified against any CA yet.
    pub certificates: Arc<[CertificateDer<'static>]>,
}

/// Tells who sends a request.
pub struct Authenticator {
    trust: Trust,
    tokens: TokenReviewer,
}

impl Authenticator {
    /// `client` needs the right to create `tokenreviews`; `trust` says whose certificates count.
    pub fn new(client: kube::Client, trust: Trust) -> Self {
        Self { trust, tokens: TokenReviewer::new(client) }
    }

    /// The user behind a request; removes everything identifying from `headers`.
    ///
    /// Errors: 401 without credentials or with some that do not hold, 403 for impersonation headers of a direct client, 500 when the
    /// core cannot be asked about a token.
    pub(crate) async fn user(&self, headers: &mut HeaderMap, peer: &Peer) -> Result<User> {
        let trust = self.trust.current();
        let claimed = front_proxy::take(headers, &trust.headers);
        let bearer = headers.remove(AUTHORIZATION);
        refuse_impersonation(headers)?;
        if let Some(leaf) = certificate::verified(&trust.front_proxy, peer)
            && trust.headers.allows(&leaf.common_name)
            && let Some(user) = claimed
        {
            return Ok(user.authenticated());
        }
        if let Some(leaf) = certificate::verified(&trust.clients, peer)
            && let Some(user) = leaf.into_user()
        {
            return Ok(user.authenticated());
        }
        if let Some(bearer) = bearer {
            let user = self.tokens.user(&bearer).await?.ok_or_else(Status::unauthorized)?;
            return Ok(user.authenticated());
        }
        Err(Status::unauthorized())
    }
}

/// The core resolves impersonation before it forwards; a direct client's must not be ignored silently.
fn refuse_impersonation(headers: &HeaderMap) -> Result<()> {
    let found = headers.keys().find(|name| name.as_str().starts_with("impersonate-"));
    match found {
        None => Ok(()),
        Some(name) => Err(Status::new(
            Reason::Forbidden,
            format!("impersonation ({name}) is not supported on a direct connection; go through kube-apiserver"),
        )),
    }
}

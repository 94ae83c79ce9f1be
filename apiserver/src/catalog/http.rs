//! Requests to repositories, bounded and with credentials for their own host only.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use reqwest::{Certificate, Client, StatusCode, Url};
use sha2::{Digest as _, Sha256};

use super::repository::{Repository, Scope};

/// Helm's own timeout for repositories.
const TIMEOUT: Duration = Duration::from_secs(120);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
const MAX_REDIRECTS: usize = 5;
/// An index beyond this is refused: the largest public ones are below 30 MB.
pub const MAX_INDEX_BYTES: usize = 256 << 20;
/// An archive beyond this is refused; unpacked, Helm takes 100 MiB.
pub const MAX_ARCHIVE_BYTES: usize = 100 << 20;

/// What a repository asks for before it answers.
#[derive(Clone, Default)]
pub enum Credentials {
    /// Nothing.
    #[default]
    None,
    /// `Authorization: Basic`.
    Basic {
        /// The user.
        username: String,
        /// The password.
        password: String,
    },
    /// `Authorization: Bearer`.
    Bearer(String),
}

/// Who may be reached: a tenant must not make the server look behind the firewall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Any address (declared by an administrator).
    Anywhere,
    /// Public addresses only.
    Public,
}

impl Reach {
    /// What the declaring object's scope allows.
    pub fn of(scope: &Scope, private_for_tenants: bool) -> Self {
        match scope {
            Scope::Namespace(_) if !private_for_tenants => Self::Public,
            Scope::Cluster | Scope::Namespace(_) => Self::Anywhere,
        }
    }
}

/// A client for one repository.
pub struct Fetcher {
    client: Client,
    credentials: Credentials,
    host: String,
    pass_credentials: bool,
    reach: Reach,
}

/// What the server remembers of the last answer, to ask whether it changed.
#[derive(Clone, Debug, Default)]
pub struct Validators {
    etag: Option<String>,
    last_modified: Option<String>,
}

/// An answer to a conditional request.
pub enum Answer {
    /// What is known is still current.
    NotModified,
    /// A new document.
    Document {
        /// Its bytes.
        bytes: Vec<u8>,
        /// What to ask with next time.
        validators: Validators,
    },
}

impl Fetcher {
    /// A client with the repository's authorities and credentials.
    ///
    /// # Errors
    /// Certificates that cannot be read, a URL that cannot be used.
    pub fn new(
        repository: &Repository,
        credentials: Credentials,
        authorities: &[String],
        reach: Reach,
    ) -> Result<Self, String> {
        let url = repository.index_url()?;
        let redirects = reqwest::redirect::Policy::custom(move |attempt| {
            let allowed = attempt.previous().len() < MAX_REDIRECTS && is_reachable(attempt.url(), reach);
            if allowed { attempt.follow() } else { attempt.error("too many redirects, or one to a forbidden address") }
        });
        let mut builder = Client::builder()
            .user_agent(concat!("helmx/", env!("CARGO_PKG_VERSION")))
            .timeout(TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(redirects)
            .dns_resolver(Arc::new(Resolver(reach)));
        if !authorities.is_empty() {
            let mut certificates = Vec::new();
            for pem in authorities {
                let found =
                    Certificate::from_pem_bundle(pem.as_bytes()).map_err(|error| format!("spec.caBundle: {error}"))?;
                if found.is_empty() {
                    return Err("spec.caBundle (or ca.crt of the Secret) holds no PEM certificate".into());
                }
                certificates.extend(found);
            }
            builder = builder.tls_certs_only(certificates);
        }
        let client = builder.build().map_err(|error| format!("cannot set up TLS: {error}"))?;
        let host = host(&url);
        Ok(Self { client, credentials, host, pass_credentials: repository.spec.pass_credentials, reach })
    }

    /// Fetches a document unless it is the one that the validators describe.
    ///
    /// # Errors
    /// One sentence without credentials: unreachable, refused, too large, cut off.
    pub async fn get(&self, url: Url, validators: &Validators, limit: usize) -> Result<Answer, String> {
        if !is_reachable(&url, self.reach) {
            return Err(format!("{}: tenants' repositories must have public addresses", shown(&url)));
        }
        let mut request = self.client.get(url.clone());
        if self.pass_credentials || host(&url) == self.host {
            request = match &self.credentials {
                Credentials::None => request,
                Credentials::Basic { username, password } => request.basic_auth(username, Some(password)),
                Credentials::Bearer(token) => request.bearer_auth(token),
            };
        }
        if let Some(etag) = &validators.etag {
            request = request.header(IF_NONE_MATCH, etag);
        }
        if let Some(time) = &validators.last_modified {
            request = request.header(IF_MODIFIED_SINCE, time);
        }
        let response =
            request.send().await.map_err(|error| format!("{} cannot be reached: {}", shown(&url), root(&error)))?;
        match response.status() {
            StatusCode::NOT_MODIFIED => Ok(Answer::NotModified),
            status if status.is_success() => {
                let header =
                    |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
                let validators = Validators { etag: header(ETAG), last_modified: header(LAST_MODIFIED) };
                let bytes = read(response, limit).await.map_err(|error| format!("{}: {error}", shown(&url)))?;
                Ok(Answer::Document { bytes, validators })
            }
            status => Err(format!("{} answered {status}", shown(&url))),
        }
    }
}

/// Reads a body whole; a cut-off or too long one is an error, never a short document.
async fn read(mut response: reqwest::Response, limit: usize) -> Result<Vec<u8>, String> {
    let announced = response.content_length();
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(format!("larger than {limit} bytes"));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| format!("the answer broke off: {}", root(&error)))? {
        if bytes.len() + chunk.len() > limit {
            return Err(format!("larger than {limit} bytes"));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Scheme, host and port: where credentials may go.
fn host(url: &Url) -> String {
    format!(
        "{}://{}:{}",
        url.scheme(),
        url.host_str().unwrap_or_default(),
        url.port_or_known_default().unwrap_or_default()
    )
}

/// A URL without user, password and query: those may be secrets.
fn shown(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path())
}

/// The innermost cause: reqwest's own text repeats the URL with its query.
fn root(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

/// `sha256` in hex.
pub fn digest(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Literal addresses are checked here; names when they are resolved.
fn is_reachable(url: &Url, reach: Reach) -> bool {
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    match (reach, host.parse::<IpAddr>()) {
        (Reach::Public, Ok(address)) => is_public(address),
        (Reach::Public | Reach::Anywhere, _) => true,
    }
}

/// Neither loopback, private, link-local (cloud metadata!), shared, multicast nor unspecified.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [a, b, ..] = address.octets();
            let shared = a == 100 && (64..128).contains(&b);
            !(address.is_loopback()
                || address.is_private()
                || address.is_link_local()
                || address.is_unspecified()
                || address.is_multicast()
                || address.is_broadcast()
                || shared
                || a == 0
                || a >= 240)
        }
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(mapped) => is_public(IpAddr::V4(mapped)),
            None => {
                let first = address.segments()[0];
                let local = (first & 0xfe00) == 0xfc00 || (first & 0xffc0) == 0xfe80;
                !(address.is_loopback() || address.is_unspecified() || address.is_multicast() || local)
            }
        },
    }
}

/// The system's resolver, less the addresses that may not be reached.
struct Resolver(Reach);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> =
                found.filter(|found| reach == Reach::Anywhere || is_public(found.ip())).collect();
            if allowed.is_empty() {
                return Err("no address that tenants' repositories may have".into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Reach, Url, is_public, is_reachable, shown};

    #[test]
    fn addresses_behind_the_firewall_are_not_public() {
        let cases = [
            ("8.8.8.8", true),
            ("2606:4700::1", true),
            ("127.0.0.1", false),
            ("169.254.169.254", false),
            ("10.1.2.3", false),
            ("172.16.0.1", false),
            ("192.168.1.1", false),
            ("100.64.0.1", false),
            ("0.0.0.0", false),
            ("255.255.255.255", false),
            ("::1", false),
            ("::ffff:10.0.0.1", false),
            ("fd00::1", false),
            ("fe80::1", false),
        ];
        for (address, public) in cases {
            assert_eq!(is_public(address.parse().expect("an address")), public, "{address}");
        }
    }

    #[test]
    fn a_literal_private_address_is_refused_for_tenants_only() {
        let url: Url = "http://[::1]:8080/".parse().expect("a URL");
        assert!(!is_reachable(&url, Reach::Public));
        assert!(is_reachable(&url, Reach::Anywhere));
    }

    #[test]
    fn messages_show_no_credentials() {
        let url: Url = "https://user:secret@h:8443/charts/index.yaml?token=abc".parse().expect("a URL");
        assert_eq!(shown(&url), "https://h:8443/charts/index.yaml");
    }
}

//! Indexes and archives of chart repositories over HTTP, for commands that ask no cluster.

use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use helmx_chart::index::{ChartVersion, Index, MAX_INDEX_BYTES};
use reqwest::{Certificate, Client, Url};
use sha2::{Digest as _, Sha256};
use tokio::runtime::Runtime;

use crate::args::Access;
use crate::local;

/// Helm's own timeout for repositories.
const TIMEOUT: Duration = Duration::from_secs(120);
const MAX_REDIRECTS: usize = 5;
/// The largest certificate file.
const MAX_CERTIFICATES: u64 = 4 << 20;

/// A repository and the means to ask it.
pub struct Repository {
    client: Client,
    runtime: Runtime,
    /// With a slash at its end, so that relative URLs are below it.
    base: Url,
    access: Access,
}

impl Repository {
    /// Prepares to ask the repository at `url`; sends nothing.
    ///
    /// # Errors
    /// A URL that is none, certificates that cannot be read.
    pub fn new(url: &str, access: &Access) -> Result<Self> {
        let mut base: Url = url.parse().with_context(|| format!("repository {url:?} is no URL"))?;
        if !matches!(base.scheme(), "http" | "https") {
            bail!("repository {url:?}: only http, https and file URLs are supported here");
        }
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let mut builder = Client::builder()
            .user_agent(concat!("helmx/", env!("CARGO_PKG_VERSION")))
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::limited(MAX_REDIRECTS));
        if let Some(path) = &access.ca_file {
            let pem = local::bytes(path, MAX_CERTIFICATES).context("--ca-file")?;
            builder = builder.tls_certs_only(Certificate::from_pem_bundle(&pem).context("--ca-file")?);
        }
        let client = builder.build().context("cannot set up TLS")?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Self { client, runtime, base, access: access.clone() })
    }

    /// The repository's index.
    ///
    /// # Errors
    /// No answer, or one that is no index.
    pub fn index(&self) -> Result<Index> {
        let mut url = self.base.join("index.yaml")?;
        url.set_query(self.base.query());
        let bytes = self.get(&url, MAX_INDEX_BYTES)?;
        Index::parse(&bytes).with_context(|| format!("{} is no index of a repository", shown(&url)))
    }

    /// The archive of a version with its file name. Checked against the index's digest, where it has one.
    ///
    /// # Errors
    /// No answer, or another archive than the index promises.
    pub fn archive(&self, version: &ChartVersion) -> Result<(String, Vec<u8>)> {
        let url = self.address(version)?;
        let file = url.path_segments().and_then(|mut parts| parts.next_back()).unwrap_or_default().to_owned();
        if file.is_empty() {
            bail!("{} names no file", shown(&url));
        }
        let limit = usize::try_from(local::MAX_ARCHIVE).unwrap_or(usize::MAX);
        let bytes = self.get(&url, limit).with_context(|| format!("could not download {}", shown(&url)))?;
        let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes));
        let promised = version.digest.strip_prefix("sha256:").unwrap_or(&version.digest);
        if !promised.is_empty() && promised != digest {
            bail!("{}: the archive's SHA-256 is {digest}, the index says {promised}", shown(&url));
        }
        Ok((file, bytes))
    }

    /// The provenance file beside the archive of a version.
    ///
    /// # Errors
    /// There is none, or no answer.
    pub fn provenance(&self, version: &ChartVersion) -> Result<Vec<u8>> {
        let mut url = self.address(version)?;
        url.set_path(&format!("{}.prov", url.path()));
        let limit = usize::try_from(helmx_provenance::MAX_PROVENANCE_BYTES).unwrap_or(usize::MAX);
        self.get(&url, limit).with_context(|| format!("failed to fetch provenance {:?}", shown(&url)))
    }

    /// Where the archive of a version is.
    fn address(&self, version: &ChartVersion) -> Result<Url> {
        let name = format!("{}-{}", version.metadata.name, version.metadata.version);
        let first = version.urls.first().with_context(|| format!("the index has no URL for {name}"))?;
        let mut url = self.base.join(first).with_context(|| format!("the index has a bad URL for {name}"))?;
        if url.query().is_none() {
            url.set_query(self.base.query());
        }
        Ok(url)
    }

    /// GET of at most `limit` bytes. Credentials go to the repository's own host only.
    fn get(&self, url: &Url, limit: usize) -> Result<Vec<u8>> {
        let mut request = self.client.get(url.clone());
        let own = (url.scheme(), url.host_str(), url.port_or_known_default());
        let base = (self.base.scheme(), self.base.host_str(), self.base.port_or_known_default());
        if let (Some(user), true) = (&self.access.username, own == base) {
            request = request.basic_auth(user, self.access.password.as_ref());
        }
        self.runtime.block_on(async {
            // The URL is named by the caller, without credentials that may be in it.
            let mut response = request.send().await.map_err(|error| unreachable(url, error))?;
            if !response.status().is_success() {
                bail!("failed to fetch {} : {}", shown(url), response.status());
            }
            let mut bytes = Vec::new();
            while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(url, error))? {
                if bytes.len() + chunk.len() > limit {
                    bail!("{} is larger than {limit} bytes", shown(url));
                }
                bytes.extend_from_slice(&chunk);
            }
            Ok(bytes)
        })
    }
}

/// The innermost cause, which says what happened.
fn unreachable(url: &Url, error: reqwest::Error) -> anyhow::Error {
    let error = anyhow::Error::from(error.without_url());
    anyhow!("{}: {}", shown(url), error.root_cause())
}

/// A URL without user, password and query.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // Only URLs without a host have none to remove.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.into()
}

#[cfg(test)]
mod tests {
    use super::{Access, Repository, Url, shown};

    #[test]
    fn urls_are_shown_without_secrets() {
        let url: Url = "https://user:secret@charts.example/a/index.yaml?token=secret".parse().unwrap();
        assert_eq!(shown(&url), "https://charts.example/a/index.yaml");
    }

    #[test]
    fn what_is_no_repository() {
        for url in ["oci://registry.example/charts", "charts", "ftp://x/"] {
            assert!(Repository::new(url, &Access::default()).is_err(), "{url}");
        }
    }
}

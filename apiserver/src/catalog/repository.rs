//! A repository as declared, and the index that was last good.

use std::sync::Arc;
use std::time::Duration;

use helmx_api::config::RepositorySpec;
use helmx_chart::index::Index;
use helmx_machinery::parse_duration;
use reqwest::Url;

use super::http::Fetcher;

/// Default and lowest pause between two looks at an index.
const DEFAULT_INTERVAL: Duration = Duration::from_secs(600);
const SHORTEST_INTERVAL: Duration = Duration::from_secs(10);

/// Who sees a repository.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// A ClusterRepository: every namespace.
    Cluster,
    /// A Repository: its own namespace.
    Namespace(String),
}

/// A repository and its newest good index.
#[derive(Clone)]
pub struct Repository {
    /// Who sees it.
    pub scope: Scope,
    /// Its name.
    pub name: String,
    /// Its UID: the seed of its charts' UIDs.
    pub uid: String,
    /// The resource version of the object that declares it.
    pub version: u64,
    /// Its generation, for conditions.
    pub generation: i64,
    /// The request for a look at once that this one answers ([`helmx_api::config::SYNC_REQUESTED`]).
    pub sync_request: Option<String>,
    /// As declared.
    pub spec: RepositorySpec,
    /// The index in use; `None` before the first one was read.
    pub index: Option<Arc<Index>>,
    /// The client with its authorities and credentials; `None` before the first look.
    pub fetcher: Option<Arc<Fetcher>>,
    /// Why there is no newer index.
    pub message: String,
}

impl Repository {
    /// `Repository` or `ClusterRepository`.
    pub fn kind(&self) -> &'static str {
        match self.scope {
            Scope::Cluster => "ClusterRepository",
            Scope::Namespace(_) => "Repository",
        }
    }

    /// The pause between two looks at the index.
    pub fn interval(&self) -> Duration {
        self.spec.interval.as_deref().and_then(parse_duration).unwrap_or(DEFAULT_INTERVAL).max(SHORTEST_INTERVAL)
    }

    /// Where `index.yaml` is.
    ///
    /// # Errors
    /// Why the URL cannot be used.
    pub fn index_url(&self) -> Result<Url, String> {
        self.base_url()?.join("index.yaml").map_err(|error| format!("spec.url: {error}"))
    }

    /// Where an archive is that the index names: relative names are below the repository, with its query.
    ///
    /// # Errors
    /// Why the URL cannot be used.
    pub fn archive_url(&self, name: &str) -> Result<Url, String> {
        let base = self.base_url()?;
        let mut url = base.join(name).map_err(|error| format!("the index names an unusable URL: {error}"))?;
        if url.host_str() == base.host_str() && url.query().is_none() {
            url.set_query(base.query());
        }
        Ok(url)
    }

    /// The repository's folder: with a trailing `/`, so that names are joined below it.
    fn base_url(&self) -> Result<Url, String> {
        let mut url = Url::parse(&self.spec.url).map_err(|error| format!("spec.url: {error}"))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err("spec.url: only http and https URLs with a host are repositories".into());
        }
        if !url.path().ends_with('/') {
            let path = format!("{}/", url.path());
            url.set_path(&path);
        }
        Ok(url)
    }
}

#[cfg(test)]
mod tests {
    use super::{Repository, RepositorySpec, Scope};

    fn repository(url: &str) -> Repository {
        Repository {
            scope: Scope::Cluster,
            name: "r".into(),
            uid: String::new(),
            version: 1,
            generation: 1,
            sync_request: None,
            spec: RepositorySpec { url: url.into(), ..RepositorySpec::default() },
            index: None,
            fetcher: None,
            message: String::new(),
        }
    }

    #[test]
    fn archives_are_found_below_the_repository_or_where_the_index_says() {
        let cases = [
            ("https://h/charts", "a-1.tgz", "https://h/charts/a-1.tgz"),
            ("https://h/charts/?token=1", "a-1.tgz", "https://h/charts/a-1.tgz?token=1"),
            ("https://h/charts", "https://other/a-1.tgz", "https://other/a-1.tgz"),
            ("https://h/charts", "/a-1.tgz", "https://h/a-1.tgz"),
        ];
        for (base, name, expected) in cases {
            assert_eq!(repository(base).archive_url(name).map(|url| url.to_string()), Ok(expected.into()));
        }
        for bad in ["ftp://h/", "file:///etc", "nonsense", "https://"] {
            assert!(repository(bad).index_url().is_err(), "{bad}");
        }
    }
}

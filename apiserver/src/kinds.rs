//! What the cluster knows: kinds, their paths and scopes, and the capabilities that templates ask for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use helmx_chart::Capabilities;
use helmx_chart::capabilities::KubeVersion;
use kube::core::{ApiResource, GroupVersionKind};
use kube::discovery::{Discovery, Scope};

use crate::error::Error;
use crate::requester::Own;

/// How long a discovery answer is used; an unknown kind asks again at once.
const FRESH: Duration = Duration::from_secs(30);
/// Unknown kinds do not ask more often than this.
const RETRY: Duration = Duration::from_secs(2);

/// A kind that the cluster serves.
#[derive(Clone, Debug)]
pub struct Kind {
    /// Group, version, kind and plural.
    pub resource: ApiResource,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
}

/// One answer of discovery.
#[derive(Debug, Default)]
pub struct Snapshot {
    kinds: HashMap<(String, String), Kind>,
    /// Group versions and kinds, as `.Capabilities.APIVersions` lists them.
    api_versions: Vec<String>,
    /// `v1.37.2`, `1`, `37`.
    version: [String; 3],
}

/// The cluster's kinds, asked for on demand and kept for a while.
pub struct Kinds {
    own: Own,
    cached: Mutex<Option<(Instant, Arc<Snapshot>)>>,
}

impl Kinds {
    /// Nothing is asked before the first use.
    pub fn new(own: Own) -> Self {
        Self { own, cached: Mutex::new(None) }
    }

    /// What the cluster serves now, at most [`FRESH`] old.
    pub async fn snapshot(&self) -> Result<Arc<Snapshot>, Error> {
        self.not_older_than(FRESH).await
    }

    /// Asks again unless that was just done: after an unknown kind, after CRDs were installed.
    pub async fn refreshed(&self) -> Result<Arc<Snapshot>, Error> {
        self.not_older_than(RETRY).await
    }

    /// Forgets the answer: CRDs were installed.
    pub fn forget(&self) {
        if let Ok(mut cached) = self.cached.lock() {
            *cached = None;
        }
    }

    async fn not_older_than(&self, age: Duration) -> Result<Arc<Snapshot>, Error> {
        if let Ok(cached) = self.cached.lock()
            && let Some((asked, snapshot)) = cached.as_ref()
            && asked.elapsed() < age
        {
            return Ok(Arc::clone(snapshot));
        }
        let snapshot = Arc::new(self.ask().await?);
        if let Ok(mut cached) = self.cached.lock() {
            *cached = Some((Instant::now(), Arc::clone(&snapshot)));
        }
        Ok(snapshot)
    }

    async fn ask(&self) -> Result<Snapshot, Error> {
        let discovery = Discovery::new(self.own.client().clone()).run_aggregated().await.map_err(Error::discovery)?;
        let info = self.own.client().apiserver_version().await.map_err(Error::discovery)?;
        let mut snapshot = Snapshot { version: [info.git_version, info.major, info.minor], ..Snapshot::default() };
        for group in discovery.groups() {
            for version in group.versions() {
                let resources = group.versioned_resources(version);
                let api_version =
                    if group.name().is_empty() { version.into() } else { format!("{}/{version}", group.name()) };
                snapshot.api_versions.push(api_version.clone());
                for (resource, capabilities) in resources {
                    snapshot.api_versions.push(format!("{api_version}/{}", resource.kind));
                    let key = (api_version.clone(), resource.kind.clone());
                    let namespaced = capabilities.scope == Scope::Namespaced;
                    snapshot.kinds.entry(key).or_insert(Kind { resource, namespaced });
                }
            }
        }
        snapshot.api_versions.sort();
        snapshot.api_versions.dedup();
        Ok(snapshot)
    }
}

impl Snapshot {
    /// The kind of an `apiVersion` and `kind`.
    pub fn find(&self, api_version: &str, kind: &str) -> Option<&Kind> {
        self.kinds.get(&(api_version.to_owned(), kind.to_owned()))
    }

    /// What templates see as `.Capabilities`.
    pub fn capabilities(&self) -> Capabilities {
        let [version, major, minor] = &self.version;
        Capabilities {
            kube_version: KubeVersion {
                normalized: version.clone(),
                version: version.clone(),
                major: major.clone(),
                minor: minor.clone(),
            },
            api_versions: self.api_versions.clone(),
            ..Capabilities::default()
        }
    }
}

/// The kind that a CustomResourceDefinition of a chart will define, one for each version.
pub fn of_definition(definition: &serde_json::Value) -> Vec<Kind> {
    let text = |path: &str| definition.pointer(path).and_then(|value| value.as_str()).unwrap_or_default();
    let (group, kind, plural) = (text("/spec/group"), text("/spec/names/kind"), text("/spec/names/plural"));
    let namespaced = text("/spec/scope") == "Namespaced";
    let versions = definition.pointer("/spec/versions").and_then(|versions| versions.as_array());
    let names = versions.into_iter().flatten().filter_map(|version| version.get("name")?.as_str());
    names
        .map(|version| {
            let gvk = GroupVersionKind::gvk(group, version, kind);
            Kind { resource: ApiResource::from_gvk_with_plural(&gvk, plural), namespaced }
        })
        .collect()
}

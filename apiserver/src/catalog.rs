//! Charts that can be installed: repositories, their indexes, their archives.

/// Chart archives by digest, on disk and parsed in memory.
pub mod archive;
/// Requests to repositories, bounded and with credentials for their own host only.
pub mod http;
/// A repository as declared, and the index that was last good.
pub mod repository;
/// Keeps indexes current and says so in the repositories' status.
pub mod sync;

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

use helmx_chart::index::ChartVersion;
use helmx_machinery::{Cause, Status};

use archive::Archives;
use repository::{Repository, Scope};

/// Names that an error offers when there is no exact match.
const SUGGESTIONS: usize = 3;

/// All repositories with their indexes. `sync` writes, resources read.
pub struct Catalog {
    repositories: RwLock<BTreeMap<(Scope, String), Arc<Repository>>>,
    archives: Archives,
}

/// A chart version that was found.
pub struct Found {
    /// Where.
    pub repository: Arc<Repository>,
    /// What the index says of it.
    pub entry: ChartVersion,
}

impl Catalog {
    /// An empty catalogue that keeps its archives with `archives`.
    pub fn new(archives: Archives) -> Self {
        Self { repositories: RwLock::new(BTreeMap::new()), archives }
    }

    /// Chart archives.
    pub fn archives(&self) -> &Archives {
        &self.archives
    }

    pub(crate) fn set(&self, repository: Arc<Repository>) {
        if let Ok(mut repositories) = self.repositories.write() {
            repositories.insert((repository.scope.clone(), repository.name.clone()), repository);
        }
    }

    pub(crate) fn remove(&self, scope: &Scope, name: &str) {
        if let Ok(mut repositories) = self.repositories.write() {
            repositories.remove(&(scope.clone(), name.to_owned()));
        }
    }

    pub(crate) fn get(&self, scope: &Scope, name: &str) -> Option<Arc<Repository>> {
        self.repositories.read().ok()?.get(&(scope.clone(), name.to_owned())).cloned()
    }

    /// The repositories that a namespace sees, by name: its own, and the cluster's that no own one hides.
    pub fn visible(&self, namespace: &str) -> Vec<Arc<Repository>> {
        let Ok(repositories) = self.repositories.read() else { return Vec::new() };
        let mut visible = BTreeMap::new();
        for repository in repositories.values() {
            match &repository.scope {
                Scope::Cluster => visible.entry(repository.name.clone()).or_insert_with(|| Arc::clone(repository)),
                Scope::Namespace(own) if own == namespace => {
                    visible.insert(repository.name.clone(), Arc::clone(repository));
                    continue;
                }
                Scope::Namespace(_) => continue,
            };
        }
        visible.into_values().collect()
    }

    /// The highest resource version among the repositories: the version of lists of charts.
    pub fn version(&self) -> u64 {
        let Ok(repositories) = self.repositories.read() else { return 1 };
        repositories.values().map(|repository| repository.version).max().unwrap_or(1)
    }

    /// One repository by name, as a namespace sees it.
    ///
    /// # Errors
    /// 404 that offers the nearest names.
    pub fn repository(&self, namespace: &str, name: &str) -> Result<Arc<Repository>, Status> {
        let visible = self.visible(namespace);
        if let Some(found) = visible.iter().find(|repository| repository.name == name) {
            return Ok(Arc::clone(found));
        }
        let names = visible.iter().map(|repository| repository.name.as_str());
        Err(unknown(
            "spec.chart.repository",
            &format!("repository \"{name}\" is not known in namespace \"{namespace}\""),
            name,
            names,
        ))
    }

    /// The newest version of a chart that satisfies a constraint (empty: the newest that is no pre-release).
    ///
    /// # Errors
    /// 422 for an unknown repository, chart or version, with the nearest names; 503 for a repository whose index was
    /// never read.
    pub fn find(&self, namespace: &str, repository: &str, chart: &str, version: &str) -> Result<Found, Status> {
        let repository = self.repository(namespace, repository)?;
        let Some(index) = repository.index.as_ref() else {
            return Err(Status::unavailable(format!(
                "repository \"{}\" has no index yet: {}",
                repository.name, repository.message
            )));
        };
        let Some(versions) = index.entries.get(chart).filter(|versions| !versions.is_empty()) else {
            let message = format!("chart \"{chart}\" not found in repository \"{}\"", repository.name);
            return Err(unknown("spec.chart.name", &message, chart, index.entries.keys().map(String::as_str)));
        };
        match index.get(chart, version) {
            Ok(entry) => Ok(Found { entry: entry.clone(), repository: Arc::clone(&repository) }),
            Err(error) => {
                let message = format!("chart \"{chart}\" of repository \"{}\": {error}", repository.name);
                let versions = versions.iter().map(|entry| entry.metadata.version.as_str());
                Err(unknown("spec.chart.version", &message, version, versions.take(50)))
            }
        }
    }
}

/// 422 on a field, with the nearest known names.
fn unknown<'n>(field: &str, message: &str, wanted: &str, known: impl Iterator<Item = &'n str>) -> Status {
    let nearest = nearest(wanted, known);
    let offer = if nearest.is_empty() { String::new() } else { format!("; did you mean {}?", nearest.join(", ")) };
    let cause = Cause::new("FieldValueNotFound", field, format!("{message}{offer}"));
    Status::invalid(helmx_api::GROUP, helmx_api::release::KIND, wanted, vec![cause])
}

/// The known names most like a wanted one.
fn nearest<'n>(wanted: &str, known: impl Iterator<Item = &'n str>) -> Vec<&'n str> {
    let mut scored: Vec<_> =
        known.map(|name| (strsim::jaro_winkler(wanted, name), name)).filter(|(score, _)| *score > 0.7).collect();
    scored.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    scored.into_iter().take(SUGGESTIONS).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn offers_the_nearest_names_and_nothing_far_fetched() {
        let known = ["nginx", "nginx-ingress", "redis", "kafka"];
        assert_eq!(nearest("nginz", known.into_iter()), ["nginx", "nginx-ingress"]);
        assert!(nearest("zzz", known.into_iter()).is_empty());
    }
}

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

    /// Every repository that belongs to a namespace, with that namespace.
    pub fn namespaced(&self) -> Vec<(String, Arc<Repository>)> {
        let Ok(repositories) = self.repositories.read() else { return Vec::new() };
        let own = repositories.values().filter_map(|repository| match &repository.scope {
            Scope::Namespace(namespace) => Some((namespace.clone(), Arc::clone(repository))),
            Scope::Cluster => None,
        });
        own.collect()
    }

    /// The highest resource version among the repositories: the version of lists of charts.
    pub fn version(&self) -> u64 {
        let Ok(repositories) = self.repositories.read() else { return 1 };
        repositories.values().map(|repository| repository.version).max().unwrap_or(1)
    }

    /// The newest version of a chart that satisfies a constraint (empty: the newest that is no pre-release).
    ///
    /// Without a repository, the one that has the chart is meant: releases of stock helm name none.
    ///
    /// # Errors
    /// 422 for an unknown repository, chart or version, with the nearest names; 503 for a repository whose index was
    /// never read.
    pub fn find(&self, wanted: &Wanted<'_>) -> Result<Found, Status> {
        let repository = self.repository(wanted)?;
        let Some(index) = repository.index.as_ref() else {
            let message = format!("repository \"{}\" has no index yet: {}", repository.name, repository.message);
            return Err(Status::unavailable(message));
        };
        let Some(versions) = index.entries.get(wanted.chart).filter(|versions| !versions.is_empty()) else {
            let message = format!("chart \"{}\" not found in repository \"{}\"", wanted.chart, repository.name);
            return Err(wanted.unknown(
                "spec.chart.name",
                &message,
                wanted.chart,
                index.entries.keys().map(String::as_str),
            ));
        };
        match index.get(wanted.chart, wanted.version) {
            Ok(entry) => Ok(Found { entry: entry.clone(), repository: Arc::clone(&repository) }),
            Err(error) => {
                let chart = format!("chart \"{}\" of repository \"{}\"", wanted.chart, repository.name);
                let message = match versions.first().filter(|_| wanted.version.is_empty()) {
                    Some(newest) => {
                        format!("{chart} has pre-releases only; name one, such as {}", newest.metadata.version)
                    }
                    None => format!("{chart}: {error}"),
                };
                let known = versions.iter().map(|entry| entry.metadata.version.as_str());
                Err(wanted.unknown("spec.chart.version", &message, wanted.version, known.take(50)))
            }
        }
    }

    fn repository(&self, wanted: &Wanted<'_>) -> Result<Arc<Repository>, Status> {
        let visible = self.visible(wanted.namespace);
        if wanted.repository.is_empty() {
            return wanted.only_one(&visible);
        }
        if let Some(found) = visible.iter().find(|repository| repository.name == wanted.repository) {
            return Ok(Arc::clone(found));
        }
        let message =
            format!("repository \"{}\" is not known in namespace \"{}\"", wanted.repository, wanted.namespace);
        let known = visible.iter().map(|repository| repository.name.as_str());
        Err(wanted.unknown("spec.chart.repository", &message, wanted.repository, known))
    }
}

/// A chart that a release asks for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The release's namespace.
    pub namespace: &'a str,
    /// The release's name, for errors.
    pub release: &'a str,
    /// The repository; empty for the only one that has the chart.
    pub repository: &'a str,
    /// The chart.
    pub chart: &'a str,
    /// A version or a constraint.
    pub version: &'a str,
}

impl Wanted<'_> {
    /// The only repository that has the chart.
    fn only_one(&self, visible: &[Arc<Repository>]) -> Result<Arc<Repository>, Status> {
        let has = |repository: &&Arc<Repository>| {
            repository.index.as_ref().is_some_and(|index| index.entries.contains_key(self.chart))
        };
        let holders: Vec<_> = visible.iter().filter(has).collect();
        match holders.as_slice() {
            [only] => Ok(Arc::clone(only)),
            [] => {
                let message =
                    format!("no repository that namespace \"{}\" sees has chart \"{}\"", self.namespace, self.chart);
                let indexes = visible.iter().filter_map(|repository| repository.index.as_ref());
                let known = indexes.flat_map(|index| index.entries.keys().map(String::as_str));
                Err(self.unknown("spec.chart.name", &message, self.chart, known))
            }
            several => {
                let names: Vec<_> = several.iter().map(|repository| repository.name.as_str()).collect();
                let message =
                    format!("chart \"{}\" is in several repositories: {}; name one", self.chart, names.join(", "));
                Err(self.unknown("spec.chart.repository", &message, "", std::iter::empty()))
            }
        }
    }

    /// 422 on a field, with the nearest known names.
    fn unknown<'n>(&self, field: &str, message: &str, wanted: &str, known: impl Iterator<Item = &'n str>) -> Status {
        let nearest = nearest(wanted, known);
        let offer = if nearest.is_empty() { String::new() } else { format!("; did you mean {}?", nearest.join(", ")) };
        let cause = Cause::new("FieldValueNotFound", field, format!("{message}{offer}"));
        Status::invalid(helmx_api::GROUP, helmx_api::release::KIND, self.release, vec![cause])
    }
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

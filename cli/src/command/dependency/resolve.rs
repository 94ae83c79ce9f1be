//! What `Chart.yaml` asks for, to exact versions (`internal/resolver/resolver.go`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use helmx_chart::index::{ChartVersion, Index};
use helmx_chart::metadata::Dependency;
use helmx_chart::semver::{Constraint, Version};
use helmx_chart::{Chart, directory};

use super::{Means, Say};
use crate::fetch::Repository;
use crate::local;

/// Where a dependency comes from.
pub enum Source<'d> {
    /// The folder of this name in charts/.
    Charts,
    /// A chart folder: what follows `file://`.
    Folder(&'d str),
    /// An HTTP repository.
    Repository(&'d str),
}

impl<'d> Source<'d> {
    /// By the entry's `repository`.
    ///
    /// # Errors
    /// Names of repositories and registries: this program knows URLs only.
    pub fn of(entry: &'d Dependency) -> Result<Self> {
        let repository = entry.repository.as_str();
        match repository.split_once("://") {
            None if repository.is_empty() => Ok(Self::Charts),
            Some(("file", path)) => Ok(Self::Folder(path)),
            Some(("http" | "https", _)) => Ok(Self::Repository(repository)),
            Some(("oci", _)) => bail!(
                "dependency {:?}: charts of OCI registries are not supported here; use `helm dependency update`",
                entry.name
            ),
            _ => bail!(
                "no repository definition for {repository}. Repositories must be URLs here: write https://… or \
                 file://… into Chart.yaml, or use `helm dependency update`, which knows `helm repo add`"
            ),
        }
    }
}

/// Checks that every dependency comes from somewhere this program can reach.
///
/// # Errors
/// As [`Source::of`]; a folder that does not exist.
pub fn check_sources(folder: &Path, entries: &[Dependency]) -> Result<()> {
    for entry in entries {
        if let Source::Folder(path) = Source::of(entry)? {
            local_path(path, folder)?;
        }
    }
    Ok(())
}

/// A path relative to the chart (`GetLocalPath`).
pub fn local_path(path: &str, folder: &Path) -> Result<PathBuf> {
    let place = local::clean(&folder.join(path));
    match std::fs::metadata(&place) {
        Ok(_) => Ok(place),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => bail!("directory {} not found", place.display()),
        Err(error) => Err(anyhow!(local::reason("stat", &place, &error))),
    }
}

/// The repositories of one run, each asked for its index once.
pub struct Sources<'a> {
    pub folder: &'a Path,
    pub means: &'a Means<'a>,
    repositories: BTreeMap<String, Known>,
}

struct Known {
    repository: Repository,
    index: Index,
}

impl<'a> Sources<'a> {
    pub fn new(folder: &'a Path, means: &'a Means<'a>) -> Self {
        Self { folder, means, repositories: BTreeMap::new() }
    }

    /// Fetches the indexes of all repositories that `entries` name.
    pub fn refresh(&mut self, entries: &[Dependency], say: Say<'_>) -> Result<()> {
        for entry in entries {
            let Source::Repository(url) = Source::of(entry)? else { continue };
            if self.repositories.contains_key(key(url)) {
                continue;
            }
            if self.repositories.is_empty() {
                say(&"Getting updates for unmanaged Helm repositories...");
            }
            let repository = Repository::new(url, self.means.access)?;
            let index = repository.index()?;
            say(&format!("...Successfully got an update from the {url:?} chart repository"));
            self.repositories.insert(key(url).to_owned(), Known { repository, index });
        }
        Ok(())
    }

    /// The exact version of each entry.
    ///
    /// # Errors
    /// Constraints that cannot be read, and those that nothing satisfies.
    pub fn resolve(&self, wanted: &[Dependency]) -> Result<Vec<Dependency>> {
        let (mut locked, mut missing) = (Vec::new(), Vec::new());
        for entry in wanted {
            match self.exact(entry)? {
                Some(version) => locked.push(Dependency {
                    name: entry.name.clone(),
                    repository: entry.repository.clone(),
                    version,
                    ..Dependency::default()
                }),
                None => missing
                    .push(format!("{:?} (repository {:?}, version {:?})", entry.name, entry.repository, entry.version)),
            }
        }
        if missing.is_empty() {
            return Ok(locked);
        }
        bail!(
            "can't get a valid version for {} subchart(s): {}. Make sure a matching chart version exists in the repo, \
             or change the version constraint in Chart.yaml",
            missing.len(),
            missing.join(", ")
        )
    }

    fn exact(&self, entry: &Dependency) -> Result<Option<String>> {
        let range = constraint(entry)?;
        match Source::of(entry)? {
            Source::Charts => {
                local_path(&format!("charts/{}", entry.name), self.folder)?;
                Ok(Some(entry.version.clone()))
            }
            Source::Folder(path) => {
                let chart = self.chart(path)?;
                let version = Version::parse(&chart.metadata.version)
                    .with_context(|| format!("version of the chart in {}", entry.repository))?;
                Ok(range.check(&version).then(|| chart.metadata.version.clone()))
            }
            Source::Repository(url) => {
                let versions = self.versions(entry, url)?;
                let fits = |one: &&ChartVersion| {
                    !one.urls.is_empty() && Version::parse(&one.metadata.version).is_ok_and(|one| range.check(&one))
                };
                Ok(versions.iter().find(fits).map(|one| one.metadata.version.clone()))
            }
        }
    }

    /// The chart in a folder of this machine.
    pub fn chart(&self, path: &str) -> Result<Chart> {
        Ok(directory::load_any_api(&local_path(path, self.folder)?)?)
    }

    /// The repository that has an exact version, and what its index says about it.
    pub fn found(&self, entry: &Dependency, url: &str) -> Result<(&Repository, &ChartVersion)> {
        let version = Version::parse(&entry.version);
        let same = |one: &&ChartVersion| match (&version, Version::parse(&one.metadata.version)) {
            (Ok(wanted), Ok(one)) => wanted.compare(&one).is_eq(),
            _ => one.metadata.version == entry.version,
        };
        let found = self.versions(entry, url)?.iter().filter(|one| !one.urls.is_empty()).find(same);
        let found =
            found.with_context(|| format!("could not find {} {}: no matching version", entry.name, entry.version))?;
        Ok((&self.known(url)?.repository, found))
    }

    fn versions(&self, entry: &Dependency, url: &str) -> Result<&[ChartVersion]> {
        let versions = self.known(url)?.index.entries.get(&entry.name);
        Ok(versions.with_context(|| format!("{} chart not found in repo {url}", entry.name))?)
    }

    fn known(&self, url: &str) -> Result<&Known> {
        self.repositories.get(key(url)).with_context(|| format!("no index of {url}"))
    }
}

/// The entry's version as a constraint.
pub fn constraint(entry: &Dependency) -> Result<Constraint> {
    Constraint::parse(&entry.version)
        .map_err(|error| anyhow!("dependency {:?} has an invalid version/constraint format: {error}", entry.name))
}

/// Repositories are the same with and without a slash at the end.
fn key(url: &str) -> &str {
    url.trim_end_matches('/')
}

//! `index.yaml` of a chart repository: loading, order, selection (`pkg/repo/v1/index.go`).

mod read;

use std::collections::BTreeMap;
use std::fmt;

use crate::metadata::Metadata;
use crate::semver::{Constraint, ConstraintError, Version};

pub use read::IndexError;

/// The largest index that is read. The largest public ones have about 30 MB.
pub const MAX_INDEX_BYTES: usize = 268_435_456;

/// The charts of a repository.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Index {
    pub api_version: String,
    /// RFC 3339, as written.
    pub generated: String,
    /// Versions of each chart, newest first; those that are no versions last.
    pub entries: BTreeMap<String, Vec<ChartVersion>>,
    /// Entries that were left out. They harm no other.
    pub skipped: Vec<Skipped>,
}

/// One version of a chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChartVersion {
    pub metadata: Metadata,
    /// Where the archive is; relative ones to the repository. Only the first is used.
    pub urls: Vec<String>,
    /// RFC 3339, as written.
    pub created: String,
    pub removed: bool,
    /// SHA-256 of the archive, in hexadecimal.
    pub digest: String,
}

/// An entry that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    pub chart: String,
    pub version: String,
    pub reason: String,
}

impl fmt::Display for Skipped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Skipped { chart, version, reason } = self;
        write!(formatter, "skipping loading invalid entry for chart: name={chart} version={version} error={reason}")
    }
}

/// No chart or version answers a request. `Display` is Helm's text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SelectError {
    #[error("no chart name found")]
    NoChart,
    #[error("no chart version found for {chart}-{version}")]
    NoVersion { chart: String, version: String },
    #[error(transparent)]
    Constraint(#[from] ConstraintError),
}

impl Index {
    /// Reads an index: JSON if it is valid JSON, else YAML without unknown and repeated keys.
    ///
    /// # Errors
    /// [`IndexError`] for an index that is empty, no index, or too large. Single bad entries are [`Index::skipped`].
    pub fn parse(text: &[u8]) -> Result<Index, IndexError> {
        read::parse(text, read::BadEntries::End)
    }

    /// Reads an index of which single entries may be of a wrong shape: those are [`Index::skipped`], too.
    ///
    /// # Errors
    /// As [`Index::parse`], for what is wrong with the index as a whole.
    pub fn parse_tolerant(text: &[u8]) -> Result<Index, IndexError> {
        read::parse(text, read::BadEntries::Skip)
    }

    /// The newest version of `chart` that `version` allows: empty for the newest release, else an exact version or a
    /// constraint.
    pub fn get(&self, chart: &str, version: &str) -> Result<&ChartVersion, SelectError> {
        let versions = self.entries.get(chart).filter(|versions| !versions.is_empty()).ok_or(SelectError::NoChart)?;
        let constraint = Constraint::parse(if version.is_empty() { "*" } else { version })?;
        let exact = versions.iter().find(|entry| !version.is_empty() && entry.metadata.version == version);
        let fits = |entry: &&ChartVersion| {
            Version::parse(&entry.metadata.version).is_ok_and(|version| constraint.check(&version))
        };
        exact
            .or_else(|| versions.iter().find(fits))
            .ok_or_else(|| SelectError::NoVersion { chart: chart.to_owned(), version: version.to_owned() })
    }

    /// Puts the versions of every chart into order.
    pub(crate) fn sort(&mut self) {
        for versions in self.entries.values_mut() {
            versions.sort_by_cached_key(|entry| {
                let version = Version::parse(&entry.metadata.version).ok();
                std::cmp::Reverse(version.map(Precedence))
            });
        }
    }
}

/// A version as a sort key.
struct Precedence(Version);

impl PartialEq for Precedence {
    fn eq(&self, other: &Precedence) -> bool {
        self.0.compare(&other.0).is_eq()
    }
}

impl Eq for Precedence {}

impl PartialOrd for Precedence {
    fn partial_cmp(&self, other: &Precedence) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Precedence {
    fn cmp(&self, other: &Precedence) -> std::cmp::Ordering {
        self.0.compare(&other.0)
    }
}

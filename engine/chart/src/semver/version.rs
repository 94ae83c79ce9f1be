//! One version: loose and strict reading, precedence, increments.

use std::cmp::Ordering;
use std::fmt;

/// A version as parsed. `Display` is the normalised form (`1.2.0`), [`Version::original`] what was given (`v1.2`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    pub major: u64,
    pub minor: u64,
    pub patch: u64,
    pub prerelease: String,
    pub metadata: String,
    original: String,
}

/// Why a text is no version, in the words of the Go library.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct VersionError(pub(crate) String);

impl Version {
    /// Reads `v1`, `1.2`, `1.2.3-rc.1+build`: a leading `v` and missing parts are allowed.
    pub fn parse(text: &str) -> Result<Version, VersionError> {
        Err(VersionError(text.to_owned()))
    }

    /// Reads SemVer 2 only.
    pub fn parse_strict(text: &str) -> Result<Version, VersionError> {
        Err(VersionError(text.to_owned()))
    }

    pub fn original(&self) -> &str {
        &self.original
    }

    /// Precedence: build metadata does not count.
    pub fn compare(&self, other: &Version) -> Ordering {
        self.major.cmp(&other.major)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

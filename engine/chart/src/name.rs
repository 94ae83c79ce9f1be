//! Names that Helm and Kubernetes accept (`pkg/chart/v2/util/validate_name.go`).

use std::fmt;

/// The longest release name, in bytes: names of objects are often the release name and a suffix, 63 together.
pub const MAX_RELEASE_NAME: usize = 53;

const PATTERN: &str = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";

/// A valid release name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReleaseName(String);

/// Why a name is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    #[error("no name provided")]
    Missing,
    #[error(
        "invalid release name, must match regex {PATTERN} and the length must not be longer than {MAX_RELEASE_NAME}"
    )]
    Release,
    #[error("invalid metadata name, must match regex {PATTERN} and the length must not be longer than {0}")]
    Metadata(usize),
}

impl ReleaseName {
    pub fn parse(name: &str) -> Result<ReleaseName, NameError> {
        if name.is_empty() {
            return Err(NameError::Missing);
        }
        if name.len() > MAX_RELEASE_NAME || !is_dns_subdomain(name) {
            return Err(NameError::Release);
        }
        Ok(ReleaseName(name.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ReleaseName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The longest name of an object.
const MAX_METADATA_NAME: usize = 253;

/// Checks a `metadata.name` (Helm's `ValidateMetadataName`).
pub fn check_metadata_name(name: &str) -> Result<(), NameError> {
    if name.is_empty() || name.len() > MAX_METADATA_NAME || !is_dns_subdomain(name) {
        return Err(NameError::Metadata(MAX_METADATA_NAME));
    }
    Ok(())
}

/// Whether every part between dots is made of small letters, digits and inner dashes.
pub(crate) fn is_dns_subdomain(name: &str) -> bool {
    name.split('.').all(|part| {
        let is_end = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        let bytes = part.as_bytes();
        is_end(bytes.first())
            && is_end(bytes.last())
            && bytes.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-')
    })
}

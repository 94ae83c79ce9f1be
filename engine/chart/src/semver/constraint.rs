//! A range of versions such as `>=1.2, <2 || ^3.1`.

use super::Version;

/// A parsed constraint. `Display` is the normalised text of the Go library.
#[derive(Clone, Debug)]
pub struct Constraint {}

/// Why a text is no constraint, in the words of the Go library.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConstraintError(pub(crate) String);

impl Constraint {
    pub fn parse(_text: &str) -> Result<Constraint, ConstraintError> {
        Ok(Constraint {})
    }

    pub fn check(&self, _version: &Version) -> bool {
        false
    }

    /// Whether `version` fits and, if not, one message per failed comparison.
    pub fn validate(&self, _version: &Version) -> Result<(), Vec<String>> {
        Ok(())
    }
}

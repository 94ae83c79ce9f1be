//! Versions and constraints by the rules of Masterminds/semver v3.5, which are neither cargo's nor npm's.

mod constraint;
mod version;

pub use constraint::{Constraint, ConstraintError};
pub use version::{Part, Version, VersionError};

//! The served resources: what Kubernetes verbs mean for Helm.

/// Catalogue entries.
pub mod chart;
/// Versions of charts, and what is in their archives.
pub mod chart_version;
/// Releases.
pub mod release;
/// The description of releases.
pub mod release_info;
/// Values, manifest, notes and hooks of a release.
pub mod release_part;
/// Stored revisions.
pub mod revision;
/// The rollback of a release.
pub mod rollback;

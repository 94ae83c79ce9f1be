//! Revisions: what was installed before.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::release::InstalledChart;

/// Kind of a revision.
pub const KIND: &str = "Revision";

/// One stored revision of a release; its name is `RELEASE.vN`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RevisionStatus {
    /// The release.
    #[serde(default)]
    pub release: String,
    /// The number of this revision.
    #[serde(default)]
    pub revision: u32,
    /// Helm's status of this revision.
    #[serde(default)]
    pub phase: String,
    /// The chart that was installed.
    #[serde(default)]
    pub chart: InstalledChart,
    /// The version of the application in the chart.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub app_version: String,
    /// Helm's words on it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// When it was made (RFC 3339).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub deployed: String,
    /// The revision that a rollback went back to; 0 for other operations.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rollback_revision: u32,
}

fn is_zero(value: &u32) -> bool {
    *value == 0
}

/// A revision without its metadata.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Revision {
    /// What was installed.
    #[serde(default)]
    pub status: RevisionStatus,
}

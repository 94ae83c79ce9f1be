//! Charts and their versions: what can be installed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::schema;

/// Kind of a catalogue entry.
pub const KIND: &str = "Chart";
/// Kind of a version of a chart.
pub const VERSION_KIND: &str = "ChartVersion";

/// What a repository's index says of a chart. Of a [`KIND`]: of its newest version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChartStatus {
    /// The repository's name.
    #[serde(default)]
    pub repository: String,
    /// `Repository` (of the namespace) or `ClusterRepository`.
    #[serde(default)]
    pub repository_kind: String,
    /// The chart's name.
    #[serde(default)]
    pub name: String,
    /// The version.
    #[serde(default)]
    pub version: String,
    /// The version of the application in the chart.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub app_version: String,
    /// What it is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Words to find it by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    pub keywords: Vec<String>,
    /// The project's page.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub home: String,
    /// `application` or `library`.
    #[serde(default, rename = "type", skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// The Kubernetes versions that it takes.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kube_version: String,
    /// Its authors discourage its use.
    #[serde(default, skip_serializing_if = "is_false")]
    pub deprecated: bool,
    /// SHA-256 of the archive, as the index has it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub digest: String,
    /// When it was published, as the index has it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub created: String,
    /// How many versions the repository has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub versions: Option<u32>,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// A catalogue entry without its metadata.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Chart {
    /// What the index says.
    #[serde(default)]
    pub status: ChartStatus,
}

/// Body and answer of `chartversions/render`: what an install would be, without doing it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Render {
    /// What to render with.
    #[serde(default)]
    pub spec: RenderSpec,
    /// What came out.
    #[serde(default)]
    pub status: RenderStatus,
}

/// What to render with.
#[expect(clippy::struct_excessive_bools, reason = "the wire format has switches, as Helm's flags are")]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RenderSpec {
    /// The release's name. Default: `release-name`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub release_name: String,
    /// Values that are laid over the chart's defaults.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    #[schemars(schema_with = "schema::any_object")]
    pub values: Map<String, Value>,
    /// Render as an upgrade.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_upgrade: bool,
    /// Put the files of `crds/` first.
    #[serde(default, skip_serializing_if = "is_false")]
    pub include_crds: bool,
    /// Leave hooks out.
    #[serde(default, skip_serializing_if = "is_false")]
    pub disable_hooks: bool,
    /// Do not check the values against the chart's schema.
    #[serde(default, skip_serializing_if = "is_false")]
    pub skip_schema_validation: bool,
}

/// What came out of a render.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RenderStatus {
    /// The objects as YAML documents, as `helm template` prints them.
    #[serde(default)]
    pub manifest: String,
    /// The notes.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notes: String,
}

//! `Chart.yaml` and `Chart.lock`: reading them, and the rules a chart must meet.

mod read;
mod validate;

use std::collections::BTreeMap;

use helmx_yaml::Data;
use serde::Serialize;

pub use crate::fields::TypeError;
pub(crate) use read::{parse_api_version, parse_requirements};
pub use validate::ValidationError;

/// The content of `Chart.yaml`. Serialises in Go's field order, empty fields left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub home: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub maintainers: Vec<Maintainer>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub icon: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub api_version: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub condition: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tags: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub app_version: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub deprecated: bool,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kube_version: String,
    /// `None` when the key is absent: dependency processing then leaves sub-charts alone.
    #[serde(skip_serializing_if = "no_entries")]
    pub dependencies: Option<Vec<Dependency>>,
    /// `application`, `library` or empty.
    #[serde(rename = "type", skip_serializing_if = "String::is_empty")]
    pub kind: String,
}

impl Metadata {
    /// The keys of `Chart.yaml`.
    pub const KEYS: [&str; 17] = [
        "name",
        "home",
        "sources",
        "version",
        "description",
        "keywords",
        "maintainers",
        "icon",
        "apiVersion",
        "condition",
        "tags",
        "appVersion",
        "deprecated",
        "annotations",
        "kubeVersion",
        "dependencies",
        "type",
    ];
}

fn no_entries(dependencies: &Option<Vec<Dependency>>) -> bool {
    dependencies.as_ref().is_none_or(Vec::is_empty)
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Maintainer {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub email: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub url: String,
}

impl Maintainer {
    /// All keys.
    pub const KEYS: [&str; 3] = ["name", "email", "url"];
}

/// One entry of `dependencies:`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Dependency {
    pub name: String,
    /// A version or a range.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    pub repository: String,
    /// Paths into the values, separated by commas; the first that holds a boolean decides.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub condition: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub enabled: bool,
    /// Texts (`exports` keys) or `{child, parent}` maps.
    #[serde(rename = "import-values", skip_serializing_if = "Vec::is_empty")]
    pub import_values: Vec<Data>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub alias: String,
}

impl Dependency {
    /// All keys.
    pub const KEYS: [&str; 8] =
        ["name", "version", "repository", "condition", "tags", "enabled", "import-values", "alias"];
}

/// `Chart.lock`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Lock {
    /// RFC 3339, as written.
    pub generated: String,
    pub digest: String,
    pub dependencies: Vec<Dependency>,
}

/// Why `Chart.yaml` or a lock file was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error("{0}")]
    Yaml(#[from] helmx_yaml::Error),
    #[error("error unmarshaling JSON: while decoding JSON: {0}")]
    Type(#[from] TypeError),
    #[error(transparent)]
    Invalid(#[from] ValidationError),
}

//! Custom resources: repositories and tenants.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::condition::Condition;
use crate::schema;

/// Annotation of repositories: set to any new text, it makes the server look at the index at once.
pub const SYNC_REQUESTED: &str = "helmx.dev/sync-requested";

/// Where charts come from. `Repository` is seen in its namespace, `ClusterRepository` in all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RepositorySpec {
    /// `https://…` or `http://…` of the folder that holds `index.yaml`.
    #[schemars(length(max = 2048), regex(pattern = "^https?://.+"))]
    pub url: String,
    /// How often to look for a new index, as a Go duration (`10m`). Default: `10m`; at least 10 s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$"))]
    pub interval: Option<String>,
    /// Credentials: a Secret of type `kubernetes.io/basic-auth` or `helmx.dev/repository` in the repository's
    /// namespace (for a ClusterRepository: the server's namespace), with `username` and `password`, or `token`, and
    /// optionally `ca.crt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<LocalReference>,
    /// PEM certificates of the authorities to trust, instead of the system's. A `ca.crt` in the Secret is added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_bundle: Option<String>,
    /// Send the credentials to other hosts too, where the index names charts there.
    #[serde(default, skip_serializing_if = "is_false")]
    pub pass_credentials: bool,
    /// Keep the last index and look for no new one.
    #[serde(default, skip_serializing_if = "is_false")]
    pub suspend: bool,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// An object of the same namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LocalReference {
    /// The object's name.
    pub name: String,
}

/// How the synchronisation of a repository goes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RepositoryStatus {
    /// `Ready`: whether the newest look at the index succeeded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
    /// The `metadata.generation` that this was computed from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// The value of the annotation `helmx.dev/sync-requested` that the newest look answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handled_sync_request: Option<String>,
    /// When the index was last found to be current (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_sync: Option<String>,
    /// `sha256:…` of the index in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// How many charts the index has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charts: Option<u32>,
    /// How many versions the index has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub versions: Option<u32>,
    /// Entries of the index that were left out, with the reason (the first few).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    pub skipped: Vec<String>,
}

/// A tenant: the namespaces that belong to it and what holds there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TenantSpec {
    /// The namespaces that belong to the tenant.
    #[serde(default, skip_serializing_if = "TenantNamespaces::is_empty")]
    pub namespaces: TenantNamespaces,
    /// Labels that every object of the tenant's releases gets.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "schema::text_map")]
    pub labels: BTreeMap<String, String>,
    /// Annotations that the chart and every object of the tenant's releases get.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "schema::text_map")]
    pub annotations: BTreeMap<String, String>,
}

/// Namespaces by name, by label, or both (either suffices).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TenantNamespaces {
    /// Names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "set"), length(max = 1000))]
    pub names: Vec<String>,
    /// Labels that a namespace must all carry.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "schema::text_map")]
    pub match_labels: BTreeMap<String, String>,
}

impl TenantNamespaces {
    /// Whether it names nothing.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty() && self.match_labels.is_empty()
    }

    /// Whether a namespace with these labels belongs to it.
    pub fn contains(&self, name: &str, labels: &BTreeMap<String, String>) -> bool {
        let labelled = !self.match_labels.is_empty()
            && self.match_labels.iter().all(|(key, value)| labels.get(key) == Some(value));
        labelled || self.names.iter().any(|member| member == name)
    }
}

/// What the server found about a tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TenantStatus {
    /// `Ready`: whether every namespace belongs to this tenant alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
    /// The namespaces that exist and belong to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "set"))]
    pub namespaces: Vec<String>,
    /// The `metadata.generation` that this was computed from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
}

//! Releases: what is installed.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::condition::Condition;
use crate::schema;

/// Kind of a release.
pub const KIND: &str = "Release";

/// What a release should be. Creating it installs, changing it upgrades, deleting it uninstalls.
#[expect(clippy::struct_excessive_bools, reason = "the wire format has switches, as Helm's flags are")]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReleaseSpec {
    /// The chart to install.
    pub chart: ChartReference,
    /// Values that are laid over the chart's defaults, as `helm install --values` takes them.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    #[schemars(schema_with = "schema::any_object")]
    pub values: Map<String, Value>,
    /// Values from Secrets and ConfigMaps of the release's namespace, read as the requester, laid under `values` in
    /// the given order (later wins).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    pub values_from: Vec<ValuesSource>,
    /// The tenant that the release belongs to. Normally follows from the namespace; a claim is checked and refused
    /// when false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// How long an operation may take, as a Go duration (`5m0s`). Default: `5m0s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<String>,
    /// Wait for the objects to be ready before the release counts as deployed (Helm's `--wait`).
    #[serde(default, skip_serializing_if = "is_false")]
    pub wait: bool,
    /// With `wait`: wait for Jobs to complete too.
    #[serde(default, skip_serializing_if = "is_false")]
    pub wait_for_jobs: bool,
    /// Do not install the files of the chart's `crds/` folder.
    #[serde(default, skip_serializing_if = "is_false")]
    pub skip_crds: bool,
    /// Do not run hooks.
    #[serde(default, skip_serializing_if = "is_false")]
    pub disable_hooks: bool,
    /// Do not check the values against the chart's `values.schema.json`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub skip_schema_validation: bool,
    /// After a failure: uninstall a first install, roll an upgrade back.
    #[serde(default, skip_serializing_if = "is_false")]
    pub rollback_on_failure: bool,
    /// Adopt objects that exist already, whoever made them.
    #[serde(default, skip_serializing_if = "is_false")]
    pub take_ownership: bool,
    /// Take fields over that another field manager owns.
    #[serde(default, skip_serializing_if = "is_false")]
    pub force_conflicts: bool,
    /// How many revisions to keep; 0 keeps all. Default: 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1000))]
    pub history_max: Option<u32>,
    /// A description of the next operation, instead of the standard one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub description: Option<String>,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// Which chart: a version of a repository's chart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChartReference {
    /// The repository: a Repository of the release's namespace, else a ClusterRepository.
    /// Empty on releases that were installed by `helm`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub repository: String,
    /// The chart's name in the repository.
    pub name: String,
    /// A version or a constraint such as `^1.2`. Default: the newest version that is no pre-release.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
}

/// A Secret or ConfigMap that holds values; exactly one of the two.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ValuesSource {
    /// A key of a Secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_key_ref: Option<KeyReference>,
    /// A key of a ConfigMap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_map_key_ref: Option<KeyReference>,
}

/// A key of an object of the same namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeyReference {
    /// The object's name.
    pub name: String,
    /// The key; its value is YAML. Default: `values.yaml`.
    #[serde(default = "values_key")]
    pub key: String,
    /// Take a missing object or key for no values.
    #[serde(default, skip_serializing_if = "is_false")]
    pub optional: bool,
}

fn values_key() -> String {
    "values.yaml".into()
}

/// What a release is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReleaseStatus {
    /// Helm's status: `deployed`, `failed`, `pending-install`, `pending-upgrade`, `pending-rollback`, `uninstalling`,
    /// `uninstalled`, `superseded`, `unknown`.
    #[serde(default)]
    pub phase: String,
    /// The newest revision.
    #[serde(default)]
    pub revision: u32,
    /// The `metadata.generation` that the newest revision was made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// The chart that is installed.
    #[serde(default)]
    pub chart: InstalledChart,
    /// The version of the application in the chart.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub app_version: String,
    /// Helm's words on the newest revision.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// When revision 1 was installed (RFC 3339).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub first_deployed: String,
    /// When the newest revision was made (RFC 3339).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub last_deployed: String,
    /// The tenant, as the chart's annotations carry it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tenant: String,
    /// Fields of this object that the reader may not see, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    pub hidden: Vec<String>,
    /// `Ready`, `Reconciling` and `Stalled` (kstatus).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
    /// The objects that the release owns, as last seen with the requester's rights.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    pub resources: Vec<OwnedObject>,
    /// The operation that runs or ran last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<Operation>,
}

/// A chart and the version that was resolved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InstalledChart {
    /// The chart's name.
    #[serde(default)]
    pub name: String,
    /// The chart's version.
    #[serde(default)]
    pub version: String,
}

/// An object of a release.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OwnedObject {
    /// `group/version`.
    pub api_version: String,
    /// The kind.
    pub kind: String,
    /// The namespace; empty for cluster-scoped kinds.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// The name.
    pub name: String,
    /// `Current`, `InProgress`, `Failed`, `Terminating`, `NotFound` or `Unknown` (kstatus).
    #[serde(default)]
    pub status: String,
    /// Why it is not `Current`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}

/// An operation on a release.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    /// `Install`, `Upgrade`, `Rollback` or `Uninstall`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The step it is in: `Checking`, `InstallingCRDs`, `RunningHooks`, `Applying`, `Waiting`, `Deleting`,
    /// `Succeeded` or `Failed`.
    pub phase: String,
    /// Who asked for it.
    #[serde(default)]
    pub requester: String,
    /// When it began (RFC 3339).
    #[serde(default)]
    pub started_at: String,
    /// The server that carries it out.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub holder: String,
    /// What it does now, or why it failed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}

/// A release with its metadata left as JSON.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Release {
    /// What the release should be.
    #[serde(default)]
    pub spec: ReleaseSpec,
    /// What the release is.
    #[serde(default)]
    pub status: ReleaseStatus,
}

/// Body of `releases/rollback`: make a former revision the newest one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RollbackSpec {
    /// The revision to go back to; 0 or absent: the one before the newest.
    #[serde(default)]
    pub revision: u32,
    /// Wait for the objects to be ready before the release counts as deployed.
    #[serde(default, skip_serializing_if = "is_false")]
    pub wait: bool,
    /// Do not run hooks.
    #[serde(default, skip_serializing_if = "is_false")]
    pub disable_hooks: bool,
    /// Take fields over that another field manager owns.
    #[serde(default, skip_serializing_if = "is_false")]
    pub force_conflicts: bool,
    /// How long it may take, as a Go duration. Default: `5m0s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<String>,
    /// A description instead of `Rollback to N`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub description: Option<String>,
}

/// Labels as a plain map.
pub type Labels = BTreeMap<String, String>;

//! What templates may know about the cluster and about Helm.

/// The Kubernetes version that Helm v4.3.1 assumes without a cluster.
pub const DEFAULT_KUBE_VERSION: &str = "v1.37.0";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    pub kube_version: KubeVersion,
    /// `group/version` and, from a live cluster, `group/version/Kind`.
    pub api_versions: Vec<String>,
    pub helm_version: HelmVersion,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KubeVersion {
    /// The full version as the server gives it: `v1.33.4-gke.1`.
    pub version: String,
    /// What `{{ .Capabilities.KubeVersion }}` prints and constraints are checked against.
    pub normalized: String,
    pub major: String,
    pub minor: String,
}

/// `.Capabilities.HelmVersion`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelmVersion {
    pub version: String,
    pub git_commit: String,
    pub git_tree_state: String,
    pub go_version: String,
    pub kube_client_version: String,
}

impl Capabilities {
    /// Whether `.Capabilities.APIVersions.Has` finds `version` (`apps/v1` or `apps/v1/Deployment`).
    pub fn has(&self, version: &str) -> bool {
        self.api_versions.iter().any(|known| known == version)
    }
}

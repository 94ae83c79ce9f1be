//! What templates may know about the cluster and about Helm.

/// The Kubernetes version that Helm v4.3.1 assumes without a cluster.
pub const DEFAULT_KUBE_VERSION: &str = "v1.37.0";

/// The Helm version that charts see.
pub const HELM_VERSION: &str = "v4.3.1";

/// The group versions of client-go v0.37 and apiextensions, in the order in which Helm v4.3.1 lists them.
const DEFAULT_API_VERSIONS: [&str; 55] = [
    "v1",
    "admissionregistration.k8s.io/v1",
    "admissionregistration.k8s.io/v1alpha1",
    "admissionregistration.k8s.io/v1beta1",
    "internal.apiserver.k8s.io/v1alpha1",
    "apps/v1",
    "apps/v1beta1",
    "apps/v1beta2",
    "authentication.k8s.io/v1",
    "authentication.k8s.io/v1alpha1",
    "authentication.k8s.io/v1beta1",
    "authorization.k8s.io/v1",
    "authorization.k8s.io/v1beta1",
    "autoscaling/v1",
    "autoscaling/v2",
    "batch/v1",
    "batch/v1beta1",
    "certificates.k8s.io/v1",
    "certificates.k8s.io/v1beta1",
    "certificates.k8s.io/v1alpha1",
    "coordination.k8s.io/v1alpha2",
    "coordination.k8s.io/v1beta1",
    "coordination.k8s.io/v1",
    "discovery.k8s.io/v1",
    "discovery.k8s.io/v1beta1",
    "events.k8s.io/v1",
    "events.k8s.io/v1beta1",
    "extensions/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1",
    "flowcontrol.apiserver.k8s.io/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1beta2",
    "flowcontrol.apiserver.k8s.io/v1beta3",
    "lifecycle.k8s.io/v1alpha1",
    "networking.k8s.io/v1",
    "networking.k8s.io/v1beta1",
    "node.k8s.io/v1",
    "node.k8s.io/v1alpha1",
    "node.k8s.io/v1beta1",
    "policy/v1",
    "policy/v1beta1",
    "rbac.authorization.k8s.io/v1",
    "rbac.authorization.k8s.io/v1beta1",
    "rbac.authorization.k8s.io/v1alpha1",
    "resource.k8s.io/v1",
    "resource.k8s.io/v1beta2",
    "resource.k8s.io/v1beta1",
    "resource.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1beta1",
    "scheduling.k8s.io/v1",
    "storage.k8s.io/v1beta1",
    "storage.k8s.io/v1",
    "storage.k8s.io/v1alpha1",
    "storagemigration.k8s.io/v1",
    "storagemigration.k8s.io/v1beta1",
];

const API_EXTENSIONS: [&str; 2] = ["apiextensions.k8s.io/v1beta1", "apiextensions.k8s.io/v1"];

/// `.Capabilities`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    pub kube_version: KubeVersion,
    /// `group/version` and, from a live cluster, `group/version/Kind`.
    pub api_versions: Vec<String>,
    pub helm_version: HelmVersion,
}

/// `.Capabilities.KubeVersion`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KubeVersion {
    /// The full version as the server gives it: `v1.33.4-gke.1`.
    pub version: String,
    /// What `{{ .Capabilities.KubeVersion }}` prints and constraints are checked against.
    pub normalized: String,
    pub major: String,
    pub minor: String,
}

/// `.Capabilities.HelmVersion`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelmVersion {
    pub version: String,
    pub git_commit: String,
    pub git_tree_state: String,
    pub go_version: String,
    pub kube_client_version: String,
}

/// A version given with `--kube-version` that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KubeVersionError {
    #[error("invalid kube version '{0}': could not parse {0:?} as version")]
    Unreadable(String),
    #[error("invalid kube version '{0}': illegal version string {0:?}")]
    Incomplete(String),
}

/// A chart that does not run on this cluster.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("chart requires kubeVersion: {constraint} which is incompatible with Kubernetes {version}")]
pub struct IncompatibleKubeVersion {
    pub constraint: String,
    pub version: String,
}

impl KubeVersion {
    /// Reads `--kube-version`: at least two numbers, whatever else follows them.
    pub fn parse(text: &str) -> Result<KubeVersion, KubeVersionError> {
        let digits = text.trim_start().trim_start_matches('v');
        let end = digits.find(|character: char| !character.is_ascii_digit() && character != '.');
        let numbers = digits.get(..end.unwrap_or(digits.len())).unwrap_or_default().trim_end_matches('.');
        let numbers: Result<Vec<u64>, _> = numbers.split('.').map(str::parse).collect();
        let numbers = numbers.map_err(|_| KubeVersionError::Unreadable(text.to_owned()))?;
        let [major, minor, ..] = numbers.as_slice() else { return Err(KubeVersionError::Incomplete(text.to_owned())) };
        let version = if text.starts_with('v') { text.to_owned() } else { format!("v{text}") };
        let parts: Vec<String> = numbers.iter().map(u64::to_string).collect();
        let (major, minor) = (major.to_string(), minor.to_string());
        Ok(KubeVersion { version, normalized: format!("v{}", parts.join(".")), major, minor })
    }

    /// Checks the `kubeVersion` of a chart; empty fits every cluster.
    pub fn check(&self, constraint: &str) -> Result<(), IncompatibleKubeVersion> {
        if constraint.is_empty() || crate::dependency::is_compatible(constraint, &self.normalized) {
            return Ok(());
        }
        Err(IncompatibleKubeVersion { constraint: constraint.to_owned(), version: self.version.clone() })
    }
}

impl Capabilities {
    /// Whether `.Capabilities.APIVersions.Has` finds `version` (`apps/v1` or `apps/v1/Deployment`).
    pub fn has(&self, version: &str) -> bool {
        self.api_versions.iter().any(|known| known == version)
    }
}

/// What Helm assumes without a cluster.
impl Default for Capabilities {
    fn default() -> Capabilities {
        let kube_version = KubeVersion {
            version: DEFAULT_KUBE_VERSION.to_owned(),
            normalized: DEFAULT_KUBE_VERSION.to_owned(),
            major: "1".to_owned(),
            minor: "37".to_owned(),
        };
        let api_versions = DEFAULT_API_VERSIONS.into_iter().chain(API_EXTENSIONS).map(str::to_owned).collect();
        let helm_version = HelmVersion {
            version: HELM_VERSION.to_owned(),
            git_commit: String::new(),
            git_tree_state: String::new(),
            go_version: "go1.27.3".to_owned(),
            kube_client_version: "v1.37".to_owned(),
        };
        Capabilities { kube_version, api_versions, helm_version }
    }
}

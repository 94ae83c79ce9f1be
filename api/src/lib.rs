//! The resources of helmx as they go over the wire.
//!
//! Two groups: [`GROUP`] is served by helmx-apiserver (releases, revisions, charts), [`CONFIG_GROUP`] holds ordinary
//! custom resources that the core stores (repositories, tenants). The types here are the one source of both OpenAPI
//! documents and the CRDs.

/// Charts and their versions: what can be installed.
pub mod chart;
/// Conditions as every Kubernetes kind has them.
pub mod condition;
/// Custom resources: repositories and tenants.
pub mod config;
/// CustomResourceDefinitions made from the types of `config`.
pub mod crd;
/// Releases: what is installed.
pub mod release;
/// Revisions: what was installed before.
pub mod revision;
/// JSON schemas in the form that OpenAPI and CRDs want.
pub mod schema;

/// The API group that helmx-apiserver serves.
pub const GROUP: &str = "helmx.dev";
/// The API group of the custom resources.
pub const CONFIG_GROUP: &str = "config.helmx.dev";
/// The version of both groups.
pub const VERSION: &str = "v1alpha1";
/// `GROUP/VERSION`.
pub const API_VERSION: &str = "helmx.dev/v1alpha1";
/// `CONFIG_GROUP/VERSION`.
pub const CONFIG_API_VERSION: &str = "config.helmx.dev/v1alpha1";
/// The label and annotation that names the tenant: on the chart before rendering, and on every object.
pub const TENANT: &str = "helmx.dev/tenant";
/// An annotation of a Release: a new text makes a new revision although `spec` is the same (to try a failed one again).
pub const REQUESTED_AT: &str = "helmx.dev/requested-at";

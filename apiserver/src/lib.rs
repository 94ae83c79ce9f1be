//! helmx-apiserver: charts and releases as Kubernetes resources.
//!
//! `helmx-machinery` speaks the Kubernetes protocol and hands each authorized request to a resource; the modules here
//! stand in the order in which a request then meets them.

/// Flags as typed.
mod args;
/// Builds the parts, runs them, stops them.
mod run;

/// Objects of a release into the cluster, as the requester.
mod apply;
/// Charts that can be installed.
mod catalog;
/// Operations on releases: prepared completely, recorded, then carried out.
mod operation;
/// Runs the engine off the async threads.
mod render;
/// The served resources: what Kubernetes verbs mean for Helm.
mod resource;
/// Releases as Helm keeps them.
mod store;
/// Whose namespace it is, and the marks of its releases.
mod tenant;
/// A release's own values.
mod values;

/// The server's own certificate.
mod certificate;
/// The status of declared resources.
mod declared;
/// What can fail between a request and the cluster.
mod error;
/// Events on releases.
mod events;
/// Who carries out an operation.
mod holder;
/// What the cluster serves.
mod kinds;
/// The two identities of the server, as types.
mod requester;

pub use args::Args;
pub use run::run;

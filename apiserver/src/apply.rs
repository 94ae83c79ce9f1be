//! Objects of a release into the cluster, as the requester: planned as data, then executed.

/// Which rights a plan needs, and which of them are missing.
pub mod access;
/// Why an object is not ready, from its pods.
pub mod diagnose;
/// One planned step after another, as the requester.
pub mod execute;
/// Hooks of one event, in order.
pub mod hook;
/// What the cluster holds, asked as the requester.
pub mod live;
/// A document of a manifest as an object with a known path.
pub mod object;
/// Ownership metadata and the rules of adoption.
pub mod ownership;
/// Old and new manifest to steps.
pub mod plan;
/// Readiness of a live object (kstatus).
pub mod readiness;
/// Waits until objects are ready, and tells what is not.
pub mod wait;

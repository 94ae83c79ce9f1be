//! Who a namespace belongs to, and the marks that a tenant's releases carry.

/// Follows Tenant objects and Namespaces.
pub mod binding;
/// What a client may say about its tenant.
pub mod claim;
/// Writes the marks into manifests without touching anything else in them.
pub mod stamp;

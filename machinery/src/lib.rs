//! The Kubernetes side of an extension API server: everything an API server owes its clients, for any resource.
//!
//! An embedder describes its kinds as [`ResourceInfo`], implements [`Resource`] over its own store (usually with a
//! [`Cache`] for reads), builds a [`Server`] and hands it to [`serve()`]. The modules below stand in the order in
//! which a request meets them.

// What arrives and what goes back.
mod body;
mod object;
mod status;

// From bytes to an authorized question.
mod authn;
mod authz;
mod request;

// What an embedder supplies.
mod options;
mod resource;
mod selector;

pub use authn::{Authenticator, AuthnError, Peer, Trust, User};
pub use authz::{Attributes, Authorizer, Grant};
pub use body::{Body, BoxError};
pub use object::{Key, ManagedFields, Object, OwnerReference};
pub use options::{
    DeleteOptions, FieldValidation, ListOptions, Match, Page, Preconditions, Propagation, WatchOptions, WriteOptions,
};
pub use request::{RequestInfo, ResourceRequest, Target, Verb};
pub use resource::{
    Call, Change, Column, Deleted, List, Part, Reply, Resource, ResourceInfo, Row, Subresource, SubresourceInfo, Watch,
    WatchEvent,
};
pub use selector::{FieldSelector, LabelSelector};
pub use status::{Cause, Reason, Result, Status, Subject};

//! The Kubernetes side of an extension API server: everything an API server owes its clients, for any resource.
//!
//! An embedder describes its kinds as [`ResourceInfo`], implements [`Resource`] over its own store (usually with a
//! [`Cache`] for reads), builds a [`Server`] and hands it to [`serve()`]. The modules below stand in the order in
//! which a request meets them.

// The connection, and the path of a request.
mod handle;
mod serve;
mod server;

// From bytes to an authorized question.
mod authn;
mod authz;
mod dispatch;
mod request;

// Verbs, and what they read and write.
mod decode;
mod duration;
mod fields;
mod negotiate;
mod options;
mod schema;
mod selector;
mod verb;

// What an embedder supplies, and what it is made of.
mod cache;
mod object;
mod resource;
mod status;
mod time;

// Answers.
mod body;
mod discovery;
mod health;
mod metrics;
mod openapi;
mod present;
mod respond;

pub use authn::{Authenticator, AuthnError, Peer, Trust, User};
pub use authz::{Attributes, Authorizer, Grant};
pub use body::{Body, BoxError};
pub use cache::{Cache, CacheOptions, Visibility};
pub use duration::parse_duration;
pub use health::Check;
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
pub use serve::{Drain, Tls, TlsError, certified_key, serve};
pub use server::{BuildError, Server, ServerBuilder};
pub use status::{Cause, Reason, Result, Status, Subject};
pub use time::{age, now};

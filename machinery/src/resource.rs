//! What an embedder supplies: the description of a resource and its meaning.
//!
//! Verbs (in `verb/`) know the Kubernetes protocol; a [`Resource`] knows what its objects mean. Every method takes a
//! [`Grant`], which only a passed authorization can make.

use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::BoxStream;
use http::{Method, StatusCode};
use serde_json::Value;

use crate::authz::Grant;
use crate::body::BoxError;
use crate::object::{Key, Object};
use crate::options::{DeleteOptions, ListOptions, WatchOptions, WriteOptions};
use crate::status::{Result, Status, Subject};

mod info;

pub use info::{Column, ResourceInfo, Row, SubresourceInfo};

/// Objects of one list, in the order of namespace and name.
#[derive(Clone, Debug, Default)]
pub struct List {
    pub items: Vec<Arc<Object>>,
    /// The version of the snapshot the list was taken from.
    pub version: u64,
    /// Token of the next page, if there is one.
    pub continue_token: Option<String>,
    /// How many items follow; unknown when a selector is used.
    pub remaining: Option<u64>,
}

/// One line of a watch.
#[derive(Clone, Debug)]
pub enum WatchEvent {
    Added(Arc<Object>),
    Modified(Arc<Object>),
    /// The last state that the watcher could see, under the version of the deletion.
    Deleted(Arc<Object>),
    Bookmark {
        version: u64,
        /// The state before the watch has been sent completely.
        initial_events_end: bool,
    },
    /// The watch ends; the client starts again.
    Error(Status),
}

/// An open watch; ends by itself at its timeout.
pub type Watch = BoxStream<'static, WatchEvent>;

/// Which part of an object a write is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Everything but `status`.
    Main,
    /// `status` only (the `/status` subresource).
    Status,
}

/// A write that passed every check of the protocol; what is left is its meaning.
#[derive(Clone, Debug)]
pub struct Change {
    pub part: Part,
    /// As the caller saw it (after [`Resource::present`]); its version is the optimistic lock.
    pub old: Object,
    /// As it shall be: system fields kept, generation and managedFields brought up to date.
    pub new: Object,
}

/// The outcome of a delete.
#[derive(Clone, Debug)]
pub enum Deleted {
    /// The object is gone; its last state.
    Gone(Object),
    /// Finalizers hold it: it is marked and stays visible.
    Marked(Object),
}

/// One resource of one version of a group.
///
/// Errors: whatever a method returns goes to the client as it is. A method that is not implemented answers 405.
#[async_trait]
pub trait Resource: Send + Sync + 'static {
    /// The description; must not change while the server runs.
    fn info(&self) -> &ResourceInfo;

    /// Whether requests can be answered at all. Asked before every one: an embedder that does not know its objects yet
    /// must say 503, for "not found" is a fact that the garbage collector acts upon.
    async fn ready(&self) -> Result<()> {
        Ok(())
    }

    /// One object as stored.
    async fn get(&self, grant: &Grant, key: &Key) -> Result<Object> {
        let _ = (grant, key);
        Err(self.info().unsupported("get"))
    }

    /// The objects of one namespace, or of all (`None`); usually [`crate::Cache::list`].
    async fn list(&self, grant: &Grant, namespace: Option<&str>, options: &ListOptions) -> Result<List> {
        let _ = (grant, namespace, options);
        Err(self.info().unsupported("list"))
    }

    /// Changes of one namespace, or of all, of the same objects as [`Resource::list`] shows; usually
    /// [`crate::Cache::watch`].
    async fn watch(&self, grant: &Grant, namespace: Option<&str>, options: WatchOptions) -> Result<Watch> {
        let _ = (grant, namespace, options);
        Err(self.info().unsupported("watch"))
    }

    /// Stores a new object and returns it as stored, with uid, creationTimestamp and resourceVersion. With `dry_run`
    /// everything is checked, nothing written, and the answer has no resourceVersion.
    async fn create(&self, grant: &Grant, object: Object, options: &WriteOptions) -> Result<Object> {
        let _ = (grant, object, options);
        Err(self.info().unsupported("create"))
    }

    /// Replaces an object if it still has the version of `change.old`, else answers [`Status::modified`].
    async fn update(&self, grant: &Grant, key: &Key, change: Change, options: &WriteOptions) -> Result<Object> {
        let _ = (grant, key, change, options);
        Err(self.info().unsupported("update"))
    }

    /// Deletes an object if the preconditions hold at that moment.
    async fn delete(&self, grant: &Grant, key: &Key, options: &DeleteOptions) -> Result<Deleted> {
        let _ = (grant, key, options);
        Err(self.info().unsupported("delete"))
    }

    /// Deletes what a list with `selection` shows. Objects that vanish meanwhile are no error.
    async fn delete_collection(
        &self,
        grant: &Grant,
        namespace: Option<&str>,
        selection: &ListOptions,
        options: &DeleteOptions,
    ) -> Result<Vec<Object>> {
        let list = self.list(grant, namespace, selection).await?;
        let mut deleted = Vec::with_capacity(list.items.len());
        for item in list.items {
            match self.delete(grant, &item.key(), options).await {
                Ok(Deleted::Gone(object) | Deleted::Marked(object)) => deleted.push(object),
                Err(status) if status.code() == StatusCode::NOT_FOUND => {}
                Err(status) => return Err(status),
            }
        }
        Ok(deleted)
    }

    /// The object as this caller may see it in full. Not called for Tables and `PartialObjectMetadata`, and always
    /// before a patch is applied, so that a patch cannot read what its sender cannot.
    async fn present(&self, grant: &Grant, object: Arc<Object>) -> Result<Arc<Object>> {
        let _ = grant;
        Ok(object)
    }

    /// A subresource of [`ResourceInfo::subresources`], other than `status`.
    fn subresource(&self, name: &str) -> Option<&dyn Subresource> {
        let _ = name;
        None
    }
}

/// A request to a subresource.
#[derive(Debug)]
pub struct Call {
    pub method: Method,
    /// Decoded query parameters, in order.
    pub query: Vec<(String, String)>,
    /// The body, decoded; null when there is none.
    pub body: Value,
    /// From the query or the body's options.
    pub dry_run: bool,
}

impl Call {
    /// The first value of a query parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// The answer of a subresource.
pub enum Reply {
    Object(StatusCode, Object),
    /// A document that is no object.
    Raw {
        content_type: String,
        bytes: bytes::Bytes,
    },
    /// A document that grows while it is read; each piece is flushed.
    Stream {
        content_type: String,
        pieces: BoxStream<'static, std::result::Result<bytes::Bytes, BoxError>>,
    },
}

/// A part or an action of an object, reached at `…/NAME/SUBRESOURCE`. A GET must not change anything.
#[async_trait]
pub trait Subresource: Send + Sync {
    /// Answers a request whose method is among the verbs of the subresource's [`SubresourceInfo`].
    async fn connect(&self, grant: &Grant, key: &Key, call: Call) -> Result<Reply>;
}

impl ResourceInfo {
    /// How errors name this resource.
    pub fn subject(&self) -> Subject<'_> {
        Subject { group: &self.group, resource: &self.plural }
    }

    pub(crate) fn unsupported(&self, action: &str) -> Status {
        Status::method_not_allowed(self.subject(), action)
    }

    /// `releases.helmx.dev "web" not found`.
    pub fn not_found(&self, name: &str) -> Status {
        Status::not_found(self.subject(), name)
    }
}

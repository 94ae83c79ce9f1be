//! `Server`: everything a request needs, put together once.

use std::collections::BTreeMap;
use std::sync::Arc;

use prometheus_client::registry::Registry;
use serde_json::Value;
use tokio::sync::{Semaphore, watch};
use tokio_util::task::TaskTracker;

use crate::authn::Authenticator;
use crate::authz::Authorizer;
use crate::discovery::Discovery;
use crate::health::{Check, Health};
use crate::metrics::Metrics;
use crate::openapi::OpenApi;
use crate::resource::{Resource, ResourceInfo};
use crate::schema::Schema;

/// Requests in work at one time (defaults of k8s.io/apiserver); watches and members of `system:masters` not counted.
const MAX_READS: usize = 400;
const MAX_WRITES: usize = 200;

/// A resource and its schema.
#[derive(Clone)]
pub(crate) struct Route {
    pub resource: Arc<dyn Resource>,
    pub schema: Arc<Schema>,
}

/// An extension API server without its sockets.
pub struct Server {
    pub(crate) authenticator: Authenticator,
    pub(crate) authorizer: Authorizer,
    /// By group, version and plural.
    routes: BTreeMap<(String, String, String), Route>,
    pub(crate) discovery: Discovery,
    pub(crate) openapi: OpenApi,
    pub(crate) health: Health,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) version: Value,
    pub(crate) reads: Arc<Semaphore>,
    pub(crate) writes: Arc<Semaphore>,
    /// Writes in work.
    pub(crate) tasks: TaskTracker,
    /// Becomes true when watches shall end.
    pub(crate) stopping: watch::Sender<bool>,
}

/// Why a server cannot be built: the embedder described its resources wrongly.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error("the resource {0} is registered twice")]
    Twice(String),
    #[error("the resource {resource} cannot be served: {why}")]
    Description { resource: String, why: String },
}

/// Collects the parts of a [`Server`].
pub struct ServerBuilder {
    authenticator: Authenticator,
    authorizer: Authorizer,
    resources: Vec<Arc<dyn Resource>>,
    health: Health,
    registry: Registry,
    version: Value,
    max_reads: usize,
    max_writes: usize,
}

impl Server {
    /// A server needs to know whom to believe and whom to ask; there is none without.
    pub fn builder(authenticator: Authenticator, authorizer: Authorizer) -> ServerBuilder {
        ServerBuilder {
            authenticator,
            authorizer,
            resources: Vec::new(),
            health: Health::default(),
            registry: Registry::default(),
            version: Value::Null,
            max_reads: MAX_READS,
            max_writes: MAX_WRITES,
        }
    }

    pub(crate) fn route(&self, group: &str, version: &str, plural: &str) -> Option<&Route> {
        self.routes.get(&(group.to_owned(), version.to_owned(), plural.to_owned()))
    }

    /// `/readyz` fails from now on, so that no new clients come.
    pub fn begin_shutdown(&self) {
        self.health.drain();
    }

    /// Waits until all writes in work have ended; called when no new ones can come.
    pub async fn writes_ended(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Ends all watches, spread over some seconds.
    pub fn end_watches(&self) {
        self.stopping.send_replace(true);
    }
}

impl ServerBuilder {
    #[must_use]
    pub fn resource(mut self, resource: Arc<dyn Resource>) -> Self {
        self.resources.push(resource);
        self
    }

    /// Adds a sub-check of `/readyz` and `/healthz`.
    #[must_use]
    pub fn ready_check(mut self, name: &str, check: Check) -> Self {
        self.health.add(name, check);
        self
    }

    /// The document at `/version`: `major`, `minor`, `gitVersion`, … all texts.
    #[must_use]
    pub fn version(mut self, version: Value) -> Self {
        self.version = version;
        self
    }

    /// Metrics of the embedder, shown at `/metrics` with the server's own.
    #[must_use]
    pub fn metrics(mut self, registry: Registry) -> Self {
        self.registry = registry;
        self
    }

    /// Requests in work at one time; more are answered with 429.
    #[must_use]
    pub fn max_in_flight(mut self, reads: usize, writes: usize) -> Self {
        (self.max_reads, self.max_writes) = (reads, writes);
        self
    }

    /// Errors: resources that are described wrongly.
    pub fn build(self) -> Result<Server, BuildError> {
        let mut routes = BTreeMap::new();
        for resource in &self.resources {
            let info = resource.info();
            check(info)?;
            let key = (info.group.clone(), info.version.clone(), info.plural.clone());
            let route = Route { resource: Arc::clone(resource), schema: Arc::new(Schema::new(&info.schema)) };
            if routes.insert(key, route).is_some() {
                return Err(BuildError::Twice(info.subject().to_string()));
            }
        }
        let infos: Vec<&ResourceInfo> = self.resources.iter().map(|resource| resource.info()).collect();
        Ok(Server {
            authenticator: self.authenticator,
            authorizer: self.authorizer,
            discovery: Discovery::new(&infos),
            openapi: OpenApi::new(&infos),
            routes,
            health: self.health,
            metrics: Arc::new(Metrics::new(self.registry)),
            version: self.version,
            reads: Arc::new(Semaphore::new(self.max_reads)),
            writes: Arc::new(Semaphore::new(self.max_writes)),
            tasks: TaskTracker::new(),
            stopping: watch::Sender::new(false),
        })
    }
}

fn check(info: &ResourceInfo) -> Result<(), BuildError> {
    let wrong = |why: &str| Err(BuildError::Description { resource: info.subject().to_string(), why: why.to_owned() });
    if info.group.is_empty() || info.version.is_empty() || info.plural.is_empty() || info.kind.is_empty() {
        return wrong("group, version, plural and kind must be set");
    }
    if info.columns.is_empty() {
        return wrong("a Table needs at least one column");
    }
    if info.schema.get("properties").is_none() {
        return wrong("its schema has no properties");
    }
    Ok(())
}

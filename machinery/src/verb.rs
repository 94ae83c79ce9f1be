//! The verbs: the protocol of each, on top of a [`Resource`].

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use http::header::USER_AGENT;
use http::{HeaderMap, Response, StatusCode};

use crate::authz::Grant;
use crate::body::Body;
use crate::metrics::{Metrics, ResourceLabels};
use crate::negotiate::{self, Answer};
use crate::object::{Key, Object};
use crate::options::parse::random_fraction;
use crate::options::{ListOptions, WatchOptions};
use crate::present::Presenter;
use crate::request::{RequestInfo, ResourceRequest};
use crate::resource::{Resource, ResourceInfo};
use crate::respond;
use crate::schema::Schema;
use crate::server::Server;
use crate::status::{Reason, Result, Status};

pub(crate) mod create;
pub(crate) mod delete;
mod incoming;
pub(crate) mod patch;
mod prepare;
pub(crate) mod subresource;
pub(crate) mod update;

/// Watches end within this time when the server stops.
const STOP_SPREAD: Duration = Duration::from_secs(5);

/// An authorized request for a resource, with its body.
pub(crate) struct Inbound {
    pub resource: Arc<dyn Resource>,
    pub schema: Arc<Schema>,
    pub grant: Grant,
    pub info: RequestInfo,
    pub request: ResourceRequest,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Inbound {
    pub(crate) fn about(&self) -> &ResourceInfo {
        self.resource.info()
    }

    fn namespace(&self) -> Option<&str> {
        self.request.namespace.as_deref()
    }

    fn key(&self) -> Key {
        Key::new(self.namespace().unwrap_or_default(), self.request.name.as_str())
    }

    fn presenter(&self, answer: Answer) -> Result<Presenter> {
        let format = negotiate::format(&self.headers, &self.info, answer)?;
        Ok(Presenter { resource: Arc::clone(&self.resource), grant: self.grant.clone(), format })
    }

    fn user_agent(&self) -> &str {
        self.headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    async fn answer(&self, code: StatusCode, object: Object) -> Result<Response<Body>> {
        self.presenter(Answer::One)?.object(code, Arc::new(object), &self.headers).await
    }
}

/// `GET …/NAME`, also of `/status`. A `resourceVersion` in the future is answered as the list does.
pub(crate) async fn get(inbound: &Inbound) -> Result<Response<Body>> {
    let presenter = inbound.presenter(Answer::One)?;
    let object = inbound.resource.get(&inbound.grant, &inbound.key()).await?;
    presenter.object(StatusCode::OK, Arc::new(object), &inbound.headers).await
}

/// `GET …/PLURAL`.
pub(crate) async fn list(inbound: &Inbound) -> Result<Response<Body>> {
    let presenter = inbound.presenter(Answer::List)?;
    let options = ListOptions::parse(&inbound.info, &inbound.about().selectable_fields)?;
    let list = inbound.resource.list(&inbound.grant, inbound.namespace(), &options).await?;
    presenter.list(list, &inbound.headers).await
}

/// `GET …/PLURAL?watch=true`. The headers are sent at once, the events as they come; ends when the server stops.
pub(crate) async fn watch(inbound: &Inbound, server: &Server) -> Result<Response<Body>> {
    let presenter = inbound.presenter(Answer::One)?;
    if presenter.format.encoding == negotiate::Encoding::Yaml {
        let message = "only the following media types are accepted: application/json;stream=watch";
        return Err(Status::new(Reason::NotAcceptable, message));
    }
    let options = WatchOptions::parse(&inbound.info, &inbound.about().selectable_fields)?;
    let events = inbound.resource.watch(&inbound.grant, inbound.namespace(), options).await?;
    let about = inbound.about();
    let labels = ResourceLabels { group: about.group.clone(), resource: about.plural.clone() };
    let open = OpenWatch::new(Arc::clone(&server.metrics), labels);
    let events = events.take_until(stopped(server.stopping.subscribe())).inspect(move |_| open.count());
    Ok(respond::streaming("application/json", presenter.watch(events.boxed())))
}

/// Resolves when the server stops, for each watch at another time, so that clients do not all come back at once.
async fn stopped(mut stopping: tokio::sync::watch::Receiver<bool>) {
    // A server that is gone has stopped too.
    let _ = stopping.wait_for(|stopping| *stopping).await;
    tokio::time::sleep(STOP_SPREAD.mul_f64(random_fraction())).await;
}

/// Counts a watch as long as it is open.
struct OpenWatch {
    metrics: Arc<Metrics>,
    labels: ResourceLabels,
}

impl OpenWatch {
    fn new(metrics: Arc<Metrics>, labels: ResourceLabels) -> Self {
        metrics.watches.get_or_create(&labels).inc();
        Self { metrics, labels }
    }

    fn count(&self) {
        self.metrics.watch_events.get_or_create(&self.labels).inc();
    }
}

impl Drop for OpenWatch {
    fn drop(&mut self) {
        self.metrics.watches.get_or_create(&self.labels).dec();
    }
}

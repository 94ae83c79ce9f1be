//! The request path, in order: request line, health, identity, permission, body, dispatch.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use http::header::{HeaderName, WARNING};
use http::{HeaderMap, HeaderValue, Request, Response};
use tokio::time::Instant;

use crate::authn::Peer;
use crate::authz::Grant;
use crate::body::{Body, BoxError};
use crate::decode;
use crate::duration::parse_duration;
use crate::metrics::RequestLabels;
use crate::request::{RequestInfo, Target};
use crate::respond;
use crate::server::Server;
use crate::status::{Result, Status};

const AUDIT_ID: HeaderName = HeaderName::from_static("audit-id");
/// The core cuts requests at 60 s, and gives writes 34 s.
const READ_DEADLINE: Duration = Duration::from_secs(60);
const WRITE_DEADLINE: Duration = Duration::from_secs(34);
/// Longest item of a `Warning` header, in characters, and all of them together, in bytes.
const MAX_WARNING: usize = 256;
const MAX_WARNINGS: usize = 4096;

impl Server {
    /// Answers one request. Never fails: whatever goes wrong becomes a Status, panics too.
    pub async fn handle<B>(self: &Arc<Self>, request: Request<B>, peer: &Peer) -> Response<Body>
    where
        B: http_body::Body<Data = Bytes> + Send,
        B::Error: Into<BoxError>,
    {
        let started = Instant::now();
        let audit_id = audit_id(request.headers());
        let info = RequestInfo::parse(request.method(), request.uri());
        let labels = info.as_ref().ok().and_then(labels);
        let work = async { self.answer(info?, request, peer, &audit_id).await };
        let mut response = match AssertUnwindSafe(work).catch_unwind().await {
            Ok(Ok(response)) => response,
            Ok(Err(status)) => respond::status(&status),
            Err(_panic) => {
                tracing::error!(audit_id, "a request handler panicked");
                respond::status(&panicked())
            }
        };
        if let Ok(id) = HeaderValue::from_str(&audit_id) {
            response.headers_mut().insert(AUDIT_ID, id);
        }
        if let Some(labels) = labels.filter(|labels| self.knows(labels)) {
            let code = u32::from(response.status().as_u16());
            self.metrics.observe(&RequestLabels { code, ..labels }, started.elapsed());
        }
        response
    }

    async fn answer<B>(
        self: &Arc<Self>,
        info: RequestInfo,
        request: Request<B>,
        peer: &Peer,
        audit_id: &str,
    ) -> Result<Response<Body>>
    where
        B: http_body::Body<Data = Bytes> + Send,
        B::Error: Into<BoxError>,
    {
        if let Target::Path(path) = &info.target
            && let Some(response) = self.health.answer(path, &info.query)
        {
            return Ok(response);
        }
        let (mut parts, body) = request.into_parts();
        let deadline = deadline(&info)?;
        let work = async {
            let user = self.authenticator.user(&mut parts.headers, peer).await?;
            let grant = self.authorizer.grant(user, &info, audit_id).await?;
            let body = decode::read(body).await?;
            let warned = grant.clone();
            let mut outcome =
                self.granted(grant, info, parts.headers, body).await.unwrap_or_else(|s| respond::status(&s));
            warn(outcome.headers_mut(), warned.take_warnings());
            Ok(outcome)
        };
        match tokio::time::timeout(deadline, work).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Status::timeout(format!("request did not complete within {deadline:?}"))),
        }
    }

    /// Reads end when nobody waits for them any more. Writes are tasks of the server and run to their end, whatever
    /// happens to the connection or the deadline: half a write would be worse than an unheard answer.
    async fn granted(
        self: &Arc<Self>,
        grant: Grant,
        info: RequestInfo,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Response<Body>> {
        let is_read = match &info.target {
            Target::Resource(request) => request.verb.is_read(),
            Target::Path(_) => true,
        };
        if is_read {
            return self.dispatch(grant, info, headers, body).await;
        }
        let server = Arc::clone(self);
        let work = self.tasks.spawn(async move { server.dispatch(grant, info, headers, body).await });
        work.await.unwrap_or_else(|failure| {
            tracing::error!(%failure, "a write ended without an answer");
            Err(panicked())
        })
    }

    /// Labels come from the request line: only those of resources that exist are counted, so that nobody can fill the
    /// registry.
    fn knows(&self, labels: &RequestLabels) -> bool {
        self.route(&labels.group, &labels.version, &labels.resource).is_some_and(|route| {
            labels.subresource.is_empty() || route.resource.info().subresource_info(&labels.subresource).is_some()
        })
    }
}

fn panicked() -> Status {
    Status::internal("the server failed to handle the request")
}

/// The core's id of the request, or a new one.
fn audit_id(headers: &HeaderMap) -> String {
    let given = headers.get(AUDIT_ID).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let sound = (1..=128).contains(&given.len()) && given.bytes().all(|byte| byte.is_ascii_graphic());
    if sound { given.to_owned() } else { uuid::Uuid::new_v4().to_string() }
}

fn labels(info: &RequestInfo) -> Option<RequestLabels> {
    let Target::Resource(request) = &info.target else { return None };
    Some(RequestLabels {
        verb: request.verb.as_str(),
        group: request.group.clone(),
        version: request.version.clone(),
        resource: request.resource.clone(),
        subresource: request.subresource.clone(),
        code: 0,
    })
}

/// How long the head of the answer may take. Errors: 400 for a `timeout` that is no duration.
fn deadline(info: &RequestInfo) -> Result<Duration> {
    let longest = match &info.target {
        Target::Resource(request) if !request.verb.is_read() && request.subresource.is_empty() => WRITE_DEADLINE,
        Target::Resource(_) | Target::Path(_) => READ_DEADLINE,
    };
    let Some(text) = info.parameter("timeout").filter(|text| !text.is_empty()) else { return Ok(longest) };
    match parse_duration(text) {
        Some(asked) if !asked.is_zero() => Ok(asked.min(longest)),
        Some(_) => Ok(longest),
        None => Err(Status::bad_request(format!("invalid timeout specified in the request URL - {text:?}"))),
    }
}

/// `Warning: 299 - "text"`, each once, within the limits.
fn warn(headers: &mut HeaderMap, warnings: Vec<String>) {
    let mut seen = Vec::new();
    let mut size = 0;
    for text in warnings {
        let text: String = text.chars().filter(|c| !c.is_control()).take(MAX_WARNING).collect();
        let quoted = text.replace('\\', "\\\\").replace('"', "\\\"");
        size += quoted.len();
        if seen.contains(&text) || size > MAX_WARNINGS {
            continue;
        }
        if let Ok(value) = HeaderValue::from_bytes(format!("299 - \"{quoted}\"").as_bytes()) {
            headers.append(WARNING, value);
        }
        seen.push(text);
    }
}

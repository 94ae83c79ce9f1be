//! The whole URL space on one page: (path) or (resource, subresource, verb) to what answers it.

use bytes::Bytes;
use http::{HeaderMap, Method, Response, StatusCode};
use serde_json::json;

use crate::authz::Grant;
use crate::body::Body;
use crate::request::{RequestInfo, ResourceRequest, Target, Verb};
use crate::resource::{Part, ResourceInfo};
use crate::respond;
use crate::server::Server;
use crate::status::{Reason, Result, Status};
use crate::verb::{self, Inbound};

impl Server {
    pub(crate) async fn dispatch(
        &self,
        grant: Grant,
        info: RequestInfo,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Response<Body>> {
        let request = match &info.target {
            Target::Path(path) => return self.document(path, &info, &headers),
            Target::Resource(request) => request.clone(),
        };
        let route = self.route(&request.group, &request.version, &request.resource);
        let route = route.ok_or_else(Status::no_such_path)?.clone();
        check_scope(route.resource.info(), &request)?;
        route.resource.ready().await?;
        let _permit = self.admit(&grant, request.verb)?;
        let inbound = Inbound { resource: route.resource, schema: route.schema, grant, info, request, headers, body };
        self.resource(&inbound).await
    }

    async fn resource(&self, inbound: &Inbound) -> Result<Response<Body>> {
        let about = inbound.about();
        let (verb, name) = (inbound.request.verb, inbound.request.subresource.as_str());
        match name {
            "" if !about.supports(verb) => return Err(about.unsupported(verb.as_str())),
            "" => {}
            "status" => match about.subresource_info("status") {
                None => return Err(Status::no_such_path()),
                Some(status) if !status.verbs.contains(&verb) => return Err(about.unsupported(verb.as_str())),
                Some(_) => {}
            },
            _ => return verb::subresource::connect(inbound).await,
        }
        let part = if name.is_empty() { Part::Main } else { Part::Status };
        match verb {
            Verb::Get => verb::get(inbound).await,
            Verb::List => verb::list(inbound).await,
            Verb::Watch => verb::watch(inbound, self).await,
            Verb::Create => verb::create::create(inbound).await,
            Verb::Update => verb::update::update(inbound, part).await,
            Verb::Patch => verb::patch::patch(inbound, part).await,
            Verb::Delete => verb::delete::one(inbound).await,
            Verb::DeleteCollection => verb::delete::collection(inbound).await,
        }
    }

    /// Everything that is no resource; read only.
    fn document(&self, path: &str, info: &RequestInfo, headers: &HeaderMap) -> Result<Response<Body>> {
        if !matches!(info.method, Method::GET | Method::HEAD) {
            let message = "the server does not allow this method on the requested resource";
            return Err(Status::new(Reason::MethodNotAllowed, message));
        }
        if let Some(response) = self.discovery.answer(path, headers) {
            return Ok(response);
        }
        if let Some(response) = self.openapi.answer(path, info, headers) {
            return Ok(response);
        }
        let json = |value: &serde_json::Value| {
            respond::bytes_with(StatusCode::OK, "application/json", value.to_string().into_bytes(), headers)
        };
        match path {
            "/" => Ok(json(&json!({"paths": self.paths()}))),
            "/version" | "/version/" => Ok(json(&self.version)),
            "/metrics" => {
                let media = "application/openmetrics-text; version=1.0.0; charset=utf-8";
                Ok(respond::bytes_with(StatusCode::OK, media, self.metrics.encode().into_bytes(), headers))
            }
            _ => Err(Status::no_such_path()),
        }
    }

    fn paths(&self) -> Vec<&str> {
        let mut paths: Vec<&str> = self.discovery.paths().collect();
        paths.extend(["/healthz", "/livez", "/metrics", "/openapi/v2", "/openapi/v3", "/readyz", "/version"]);
        paths.sort_unstable();
        paths
    }

    /// A place among the requests in work. Errors: 429 when there is none; members of `system:masters` always get
    /// one, so that the aggregator's probes cannot fail, and watches need none.
    fn admit(&self, grant: &Grant, verb: Verb) -> Result<Option<tokio::sync::SemaphorePermit<'_>>> {
        if verb == Verb::Watch || grant.user().groups().iter().any(|group| group == "system:masters") {
            return Ok(None);
        }
        let places = if verb.is_read() { &self.reads } else { &self.writes };
        let full = || Status::too_many_requests("too many requests, please try again later");
        places.try_acquire().map(Some).map_err(|_| full())
    }
}

/// Errors: 404 for a namespace where there are none, 405 for a verb that needs one.
fn check_scope(about: &ResourceInfo, request: &ResourceRequest) -> Result<()> {
    match (&request.namespace, about.namespaced, request.verb) {
        (Some(_), true, _) | (None, false, _) | (None, true, Verb::List | Verb::Watch) => Ok(()),
        (Some(_), false, _) => Err(Status::no_such_path()),
        (None, true, verb) if request.name.is_empty() => Err(about.unsupported(verb.as_str())),
        (None, true, _) => Err(Status::no_such_path()),
    }
}

//! Method and URI become a [`RequestInfo`]: what authorization and dispatch decide on. Pure.
//!
//! Rules of k8s.io/apiserver `pkg/endpoints/request/requestinfo.go`.

use http::{Method, Uri};
use percent_encoding::percent_decode_str;

use crate::selector::FieldSelector;
use crate::status::{Result, Status};

/// Longest query string that is read, in bytes.
const MAX_QUERY: usize = 64 * 1024;

/// What a request wants to do with a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verb {
    Get,
    List,
    Watch,
    Create,
    Update,
    Patch,
    Delete,
    DeleteCollection,
}

impl Verb {
    /// As RBAC rules and discovery write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::List => "list",
            Self::Watch => "watch",
            Self::Create => "create",
            Self::Update => "update",
            Self::Patch => "patch",
            Self::Delete => "delete",
            Self::DeleteCollection => "deletecollection",
        }
    }

    /// Whether the verb leaves everything as it is.
    pub fn is_read(self) -> bool {
        matches!(self, Self::Get | Self::List | Self::Watch)
    }
}

/// A request below `/apis/GROUP/VERSION/` (or `/api/VERSION/`) for a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceRequest {
    pub verb: Verb,
    pub group: String,
    pub version: String,
    pub resource: String,
    /// Empty when not given.
    pub subresource: String,
    /// `None` for all namespaces and for cluster-scoped resources.
    pub namespace: Option<String>,
    /// Empty for collections.
    pub name: String,
}

/// Where a request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    Resource(ResourceRequest),
    /// Everything else: discovery, OpenAPI, health; the path as sent.
    Path(String),
}

/// A parsed request line.
#[derive(Clone, Debug)]
pub struct RequestInfo {
    pub method: Method,
    pub target: Target,
    /// Decoded query parameters in order.
    pub query: Vec<(String, String)>,
}

impl RequestInfo {
    /// Errors: 400 for a path or query that cannot be read, 405 for a method that Kubernetes does not use.
    pub fn parse(method: &Method, uri: &Uri) -> Result<Self> {
        let query = parse_query(uri.query().unwrap_or_default())?;
        let mut parts = Vec::new();
        for part in uri.path().split('/').filter(|part| !part.is_empty()) {
            parts.push(decode_part(part)?);
        }
        let target = match resource_request(method, &parts, &query)? {
            Some(request) => Target::Resource(request),
            None => Target::Path(uri.path().to_owned()),
        };
        Ok(Self { method: method.clone(), target, query })
    }

    /// The first value of a query parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        parameter(&self.query, name)
    }
}

fn parameter<'a>(query: &'a [(String, String)], name: &str) -> Option<&'a str> {
    query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn parse_query(query: &str) -> Result<Vec<(String, String)>> {
    if query.len() > MAX_QUERY {
        return Err(Status::bad_request(format!("the query string is longer than {MAX_QUERY} bytes")));
    }
    Ok(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
}

/// One path segment. A segment that decodes to something with a slash, or to `.` or `..`, is refused, so that the
/// path that is authorized and the path that is served cannot differ.
fn decode_part(part: &str) -> Result<String> {
    let decoded = percent_decode_str(part)
        .decode_utf8()
        .map_err(|_| Status::bad_request(format!("the path segment {part:?} is not UTF-8")))?;
    if decoded.contains('/') || decoded == "." || decoded == ".." || decoded.chars().any(char::is_control) {
        return Err(Status::bad_request(format!("the path segment {part:?} is not allowed")));
    }
    Ok(decoded.into_owned())
}

fn resource_request(method: &Method, parts: &[String], query: &[(String, String)]) -> Result<Option<ResourceRequest>> {
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let (group, version, rest) = match parts.as_slice() {
        ["apis", group, version, rest @ ..] if !rest.is_empty() => (*group, *version, rest),
        ["api", version, rest @ ..] if !rest.is_empty() => ("", *version, rest),
        _ => return Ok(None),
    };
    let (watch_prefix, rest) = match rest {
        ["watch", rest @ ..] if !rest.is_empty() => (true, rest),
        _ => (false, rest),
    };
    let (namespace, rest) = match rest {
        ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (Some((*namespace).to_owned()), rest),
        _ => (None, rest),
    };
    let (resource, name, subresource) = match rest {
        [resource] => (*resource, "", ""),
        [resource, name] => (*resource, *name, ""),
        [resource, name, subresource] => (*resource, *name, *subresource),
        _ => return Ok(None),
    };
    let verb = verb(method, name, query, watch_prefix)?;
    let mut name = name.to_owned();
    if name.is_empty() && matches!(verb, Verb::List | Verb::Watch) {
        name = selected_name(query);
    }
    Ok(Some(ResourceRequest {
        verb,
        group: group.to_owned(),
        version: version.to_owned(),
        resource: resource.to_owned(),
        subresource: subresource.to_owned(),
        namespace,
        name,
    }))
}

fn verb(method: &Method, name: &str, query: &[(String, String)], watch_prefix: bool) -> Result<Verb> {
    let collection = name.is_empty();
    let verb = match method.as_str() {
        "GET" | "HEAD" if watch_prefix => Verb::Watch,
        "GET" | "HEAD" if !collection => Verb::Get,
        "GET" | "HEAD" if is_set(parameter(query, "watch")) => Verb::Watch,
        "GET" | "HEAD" => Verb::List,
        "POST" => Verb::Create,
        "PUT" => Verb::Update,
        "PATCH" => Verb::Patch,
        "DELETE" if collection => Verb::DeleteCollection,
        "DELETE" => Verb::Delete,
        other => {
            let message = format!("the server does not allow the method {other:?} on the requested resource");
            return Err(Status::new(crate::Reason::MethodNotAllowed, message));
        }
    };
    Ok(verb)
}

/// Kubernetes' reading of a boolean parameter: given and neither `false` nor `0`.
pub(crate) fn is_set(value: Option<&str>) -> bool {
    value.is_some_and(|value| value != "false" && value != "0")
}

/// The name that `fieldSelector=metadata.name=x` restricts a collection to, which authorization looks at; a selector
/// that cannot be read restricts nothing here and is refused later.
fn selected_name(query: &[(String, String)]) -> String {
    let selector = FieldSelector::parse(parameter(query, "fieldSelector").unwrap_or_default());
    selector.ok().and_then(|selector| selector.required("metadata.name").map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(method: &str, uri: &str) -> String {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        match RequestInfo::parse(&method, &uri.parse().unwrap()) {
            Ok(info) => match info.target {
                Target::Resource(r) => {
                    let namespace = r.namespace.as_deref().unwrap_or("*");
                    let verb = r.verb.as_str();
                    format!("{verb} {}/{} {namespace} {}/{}/{}", r.group, r.version, r.resource, r.name, r.subresource)
                }
                Target::Path(path) => format!("path {path}"),
            },
            Err(status) => format!("error {}", status.code().as_u16()),
        }
    }

    #[test]
    fn z1_attributes_follow_the_request_line() {
        let cases = [
            ("GET", "/apis/g/v1/rels", "list g/v1 * rels//"),
            ("GET", "/apis/g/v1/rels?watch=1", "watch g/v1 * rels//"),
            ("GET", "/apis/g/v1/rels?watch=false", "list g/v1 * rels//"),
            ("GET", "/apis/g/v1/watch/namespaces/n/rels", "watch g/v1 n rels//"),
            ("GET", "/apis/g/v1/namespaces/n/rels?fieldSelector=metadata.name%3Dweb", "list g/v1 n rels/web/"),
            ("GET", "/apis/g/v1/namespaces/n/rels/web?watch=true", "get g/v1 n rels/web/"),
            ("GET", "/apis/g/v1/namespaces/n/rels/web/status", "get g/v1 n rels/web/status"),
            ("POST", "/apis/g/v1/namespaces/n/rels", "create g/v1 n rels//"),
            ("PUT", "/apis/g/v1/namespaces/n/rels/a%20b", "update g/v1 n rels/a b/"),
            ("PATCH", "/apis/g/v1/namespaces/n/rels/web", "patch g/v1 n rels/web/"),
            ("DELETE", "/apis/g/v1/namespaces/n/rels/web", "delete g/v1 n rels/web/"),
            ("DELETE", "/apis/g/v1/namespaces/n/rels", "deletecollection g/v1 n rels//"),
            ("GET", "/api/v1/pods", "list /v1 * pods//"),
            ("GET", "/apis/g/v1/namespaces/n", "get g/v1 * namespaces/n/"),
            ("GET", "/apis/g/v1", "path /apis/g/v1"),
            ("GET", "/readyz", "path /readyz"),
            ("GET", "/apis/g/v1/namespaces/n/rels/a/b/c", "path /apis/g/v1/namespaces/n/rels/a/b/c"),
            ("GET", "/apis/g/v1/rels/a%2Fb", "error 400"),
            ("GET", "/apis/g/v1/rels/%2E%2E", "error 400"),
            ("GET", "/apis/g/v1/rels/%00", "error 400"),
            ("GET", "/apis/g/v1/rels/%FF", "error 400"),
            ("OPTIONS", "/apis/g/v1/rels", "error 405"),
            ("BREW", "/apis/g/v1/rels/x", "error 405"),
        ];
        for (method, uri, expected) in cases {
            assert_eq!(parsed(method, uri), expected, "{method} {uri}");
        }
    }
}

//! Discovery documents: `/api`, `/apis`, `/apis/G`, `/apis/G/V`, and the aggregated form.

use std::collections::BTreeMap;

use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha512};

use crate::body::{self, Body};
use crate::resource::{ResourceInfo, SubresourceInfo};
use crate::respond;

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/// All documents, made once.
pub(crate) struct Discovery {
    /// By path without trailing slash.
    documents: BTreeMap<String, Vec<u8>>,
    aggregated: Aggregated,
    /// The aggregated form of `/api`: this server has no core group.
    aggregated_core: Aggregated,
}

struct Aggregated {
    bytes: Vec<u8>,
    etag: String,
}

impl Discovery {
    /// Groups in alphabetical order; versions of a group in Kubernetes' order of versions.
    pub(crate) fn new(infos: &[&ResourceInfo]) -> Self {
        let mut groups: BTreeMap<&str, BTreeMap<&str, Vec<&ResourceInfo>>> = BTreeMap::new();
        for info in infos {
            groups.entry(&info.group).or_default().entry(&info.version).or_default().push(info);
        }
        let mut documents = BTreeMap::new();
        let mut listed = Vec::new();
        let mut items = Vec::new();
        for (group, versions) in &groups {
            let mut names: Vec<&str> = versions.keys().copied().collect();
            names.sort_by_key(|name| std::cmp::Reverse(version_rank(name)));
            let group_document = group_document(group, &names);
            listed.push(group_document.clone());
            documents.insert(format!("/apis/{group}"), with_type(group_document, "APIGroup"));
            for (version, infos) in versions {
                let resources: Vec<Value> = infos.iter().flat_map(|info| resources(info)).collect();
                let list = json!({"groupVersion": format!("{group}/{version}"), "resources": resources});
                documents.insert(format!("/apis/{group}/{version}"), with_type(list, "APIResourceList"));
            }
            let versions = names.iter().filter_map(|name| Some(aggregated_version(name, versions.get(name)?)));
            items.push(json!({"metadata": {"name": group}, "versions": versions.collect::<Vec<_>>()}));
        }
        documents.insert("/apis".to_owned(), with_type(json!({"groups": listed}), "APIGroupList"));
        documents.insert("/api".to_owned(), with_type(json!({"versions": []}), "APIVersions"));
        let documents = documents.into_iter().map(|(path, value)| (path, bytes(&value))).collect();
        Self { documents, aggregated: Aggregated::new(&items), aggregated_core: Aggregated::new(&[]) }
    }

    /// The paths of all documents, for the index at `/`.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.documents.keys().map(String::as_str)
    }

    /// The document of a path, in the form that the client prefers; `None` if there is none.
    pub(crate) fn answer(&self, path: &str, headers: &HeaderMap) -> Option<Response<Body>> {
        let path = path.trim_end_matches('/');
        let document = self.documents.get(path)?;
        let prefers_aggregated = prefers_aggregated(headers);
        match path {
            "/apis" if prefers_aggregated => Some(self.aggregated.answer(headers)),
            "/api" if prefers_aggregated => Some(self.aggregated_core.answer(headers)),
            _ => {
                let mut response = respond::bytes_with(StatusCode::OK, "application/json", document.clone(), headers);
                if matches!(path, "/apis" | "/api") {
                    response.headers_mut().insert(VARY, HeaderValue::from_static("Accept"));
                }
                Some(response)
            }
        }
    }
}

impl Aggregated {
    fn new(items: &[Value]) -> Self {
        let document = json!({
            "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items,
        });
        let bytes = bytes(&document);
        Self { etag: quoted_hash(&bytes), bytes }
    }

    fn answer(&self, headers: &HeaderMap) -> Response<Body> {
        let known = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
        let unchanged = known.is_some_and(|known| known.split(',').any(|tag| tag.trim() == self.etag));
        let mut response = if unchanged {
            let mut response = Response::new(body::full(""));
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response
        } else {
            respond::bytes_with(StatusCode::OK, AGGREGATED, self.bytes.clone(), headers)
        };
        let out = response.headers_mut();
        if let Ok(etag) = HeaderValue::from_str(&self.etag) {
            out.insert(ETAG, etag);
        }
        out.insert(CONTENT_TYPE, HeaderValue::from_static(AGGREGATED));
        out.insert(VARY, HeaderValue::from_static("Accept"));
        out.insert(CACHE_CONTROL, HeaderValue::from_static("public"));
        response
    }
}

/// SHA-512 in upper-case hexadecimal, in quotes: how Kubernetes tags documents.
pub(crate) fn quoted_hash(bytes: &[u8]) -> String {
    format!("\"{}\"", hash(bytes))
}

pub(crate) fn hash(bytes: &[u8]) -> String {
    Sha512::digest(bytes).iter().map(|byte| format!("{byte:02X}")).collect()
}

/// Whether the aggregated form stands before plain JSON.
fn prefers_aggregated(headers: &HeaderMap) -> bool {
    let accept = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let clauses = accept.flat_map(|value| value.split(','));
    for clause in clauses {
        let mut parts = clause.split(';').map(str::trim);
        if parts.next() != Some("application/json") {
            continue;
        }
        let parameters: Vec<&str> = parts.collect();
        let has = |wanted: &str| parameters.contains(&wanted);
        if has("g=apidiscovery.k8s.io") && has("v=v2") && has("as=APIGroupDiscoveryList") {
            return true;
        }
        if !parameters.iter().any(|parameter| parameter.starts_with("as=")) {
            return false;
        }
    }
    false
}

/// `v2` before `v1` before `v2beta1` before `v1alpha1` before anything else.
fn version_rank(version: &str) -> (u32, u32, u32) {
    let digits = |text: &str| text.parse::<u32>().ok();
    let Some(rest) = version.strip_prefix('v') else { return (0, 0, 0) };
    for (stage, word) in [(2, "beta"), (1, "alpha")] {
        if let Some((major, minor)) = rest.split_once(word) {
            return digits(major).zip(digits(minor)).map_or((0, 0, 0), |(major, minor)| (stage, major, minor));
        }
    }
    digits(rest).map_or((0, 0, 0), |major| (3, major, 0))
}

fn bytes(value: &Value) -> Vec<u8> {
    let mut bytes = value.to_string().into_bytes();
    bytes.push(b'\n');
    bytes
}

fn with_type(mut document: Value, kind: &str) -> Value {
    document["kind"] = kind.into();
    document["apiVersion"] = "v1".into();
    document
}

fn group_document(group: &str, versions: &[&str]) -> Value {
    let version = |version: &&str| json!({"groupVersion": format!("{group}/{version}"), "version": version});
    json!({
        "name": group,
        "versions": versions.iter().map(version).collect::<Vec<_>>(),
        "preferredVersion": versions.first().map(version),
    })
}

/// The entry of a resource and those of its subresources.
fn resources(info: &ResourceInfo) -> Vec<Value> {
    let mut entry = json!({
        "name": info.plural, "singularName": info.singular, "namespaced": info.namespaced, "kind": info.kind,
        "verbs": info.verbs.iter().map(|verb| verb.as_str()).collect::<Vec<_>>(),
    });
    if !info.short_names.is_empty() {
        entry["shortNames"] = json!(info.short_names);
    }
    if !info.categories.is_empty() {
        entry["categories"] = json!(info.categories);
    }
    let mut entries = vec![entry];
    entries.extend(info.subresources.iter().map(|sub| subresource(info, sub)));
    entries
}

fn subresource(info: &ResourceInfo, sub: &SubresourceInfo) -> Value {
    let mut entry = json!({
        "name": format!("{}/{}", info.plural, sub.name), "singularName": "", "namespaced": info.namespaced,
        "kind": sub.kind, "verbs": sub.verbs.iter().map(|verb| verb.as_str()).collect::<Vec<_>>(),
    });
    if !sub.group.is_empty() {
        entry["group"] = sub.group.into();
        entry["version"] = sub.version.into();
    }
    entry
}

fn aggregated_version(version: &str, infos: &[&ResourceInfo]) -> Value {
    let resources: Vec<Value> = infos.iter().map(|info| aggregated_resource(info)).collect();
    json!({"version": version, "resources": resources, "freshness": "Current"})
}

fn aggregated_resource(info: &ResourceInfo) -> Value {
    let kind = |group: &str, version: &str, kind: &str| json!({"group": group, "version": version, "kind": kind});
    let mut entry = Map::new();
    let mut add = |key: &str, value: Value| entry.insert(key.to_owned(), value);
    add("resource", info.plural.as_str().into());
    add("responseKind", kind(&info.group, &info.version, &info.kind));
    add("scope", if info.namespaced { "Namespaced" } else { "Cluster" }.into());
    add("singularResource", info.singular.as_str().into());
    add("verbs", info.verbs.iter().map(|verb| verb.as_str()).collect());
    if !info.short_names.is_empty() {
        add("shortNames", json!(info.short_names));
    }
    if !info.categories.is_empty() {
        add("categories", json!(info.categories));
    }
    let subresources = info.subresources.iter().map(|sub| {
        let (group, version) =
            if sub.group.is_empty() { (info.group.as_str(), info.version.as_str()) } else { (sub.group, sub.version) };
        let verbs: Vec<&str> = sub.verbs.iter().map(|verb| verb.as_str()).collect();
        json!({"subresource": sub.name, "responseKind": kind(group, version, sub.kind), "verbs": verbs})
    });
    let subresources: Vec<Value> = subresources.collect();
    if !subresources.is_empty() {
        add("subresources", subresources.into());
    }
    Value::Object(entry)
}

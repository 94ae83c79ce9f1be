//! OpenAPI documents, built once from the descriptions of the resources.
//!
//! `/openapi/v3` is an index of one document per group and version; `/openapi/v2` is one document for all, which the
//! aggregator merges into the core's.

use std::collections::{BTreeMap, BTreeSet};

use http::header::{ACCEPT, CACHE_CONTROL, ETAG, EXPIRES, IF_NONE_MATCH, VARY};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use crate::body::Body;
use crate::discovery::hash;
use crate::request::RequestInfo;
use crate::resource::ResourceInfo;
use crate::respond;
use crate::status::{Reason, Status};

mod definitions;
pub(crate) mod meta;
mod operation;
mod paths;

/// The dialect of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    V2,
    V3,
}

/// All documents, made once.
pub(crate) struct OpenApi {
    documents: BTreeMap<String, Document>,
}

struct Document {
    bytes: Vec<u8>,
    hash: String,
    /// Whether a client that names the hash may keep the document for ever.
    is_immutable: bool,
}

impl OpenApi {
    pub(crate) fn new(infos: &[&ResourceInfo]) -> Self {
        let versions: BTreeSet<(&str, &str)> =
            infos.iter().map(|info| (info.group.as_str(), info.version.as_str())).collect();
        let mut documents = BTreeMap::new();
        let mut index = serde_json::Map::new();
        for (group, version) in versions {
            let inside: Vec<&ResourceInfo> =
                infos.iter().copied().filter(|info| info.group == group && info.version == version).collect();
            let path = format!("apis/{group}/{version}");
            let document = Document::new(&v3(&inside), true);
            let url = format!("/openapi/v3/{path}?hash={}", document.hash);
            documents.insert(format!("/openapi/v3/{path}"), document);
            index.insert(path, json!({"serverRelativeURL": url}));
        }
        documents.insert("/openapi/v3".to_owned(), Document::new(&json!({"paths": index}), false));
        documents.insert("/openapi/v2".to_owned(), Document::new(&v2(infos), false));
        Self { documents }
    }

    /// The document of a path; `None` if there is none.
    pub(crate) fn answer(&self, path: &str, info: &RequestInfo, headers: &HeaderMap) -> Option<Response<Body>> {
        let document = self.documents.get(path.trim_end_matches('/'))?;
        if !accepts_json(headers) {
            let message = "only the following media types are accepted: application/json";
            return Some(respond::status(&Status::new(Reason::NotAcceptable, message)));
        }
        Some(document.answer(info.parameter("hash"), headers))
    }
}

impl Document {
    fn new(value: &Value, is_immutable: bool) -> Self {
        let bytes = value.to_string().into_bytes();
        Self { hash: hash(&bytes), bytes, is_immutable }
    }

    /// A stale hash gets the current document: the aggregator does not let redirects pass.
    fn answer(&self, named: Option<&str>, headers: &HeaderMap) -> Response<Body> {
        let etag = format!("\"{}\"", self.hash);
        let known = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
        let unchanged = known.is_some_and(|known| known.split(',').any(|tag| tag.trim() == etag));
        let (code, bytes) =
            if unchanged { (StatusCode::NOT_MODIFIED, Vec::new()) } else { (StatusCode::OK, self.bytes.clone()) };
        let mut response = respond::bytes_with(code, "application/json", bytes, headers);
        let out = response.headers_mut();
        if let Ok(etag) = HeaderValue::from_str(&etag) {
            out.insert(ETAG, etag);
        }
        out.append(VARY, HeaderValue::from_static("Accept"));
        if self.is_immutable && named == Some(self.hash.as_str()) {
            out.insert(CACHE_CONTROL, HeaderValue::from_static("public, immutable"));
            if let Some(expires) = next_year() {
                out.insert(EXPIRES, expires);
            }
        }
        response
    }
}

fn next_year() -> Option<HeaderValue> {
    let then = Timestamp::now().checked_add((24 * 365).hours()).ok()?;
    HeaderValue::from_str(&then.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()).ok()
}

/// Whether JSON is among what the client accepts; nothing accepted means anything is.
fn accepts_json(headers: &HeaderMap) -> bool {
    let values: Vec<&str> = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    let mut clauses = values.iter().flat_map(|value| value.split(',')).filter(|clause| !clause.trim().is_empty());
    let media = |clause: &str| clause.split(';').next().unwrap_or_default().trim().to_owned();
    clauses.clone().next().is_none()
        || clauses.any(|clause| matches!(media(clause).as_str(), "application/json" | "application/*" | "*/*"))
}

fn v3(infos: &[&ResourceInfo]) -> Value {
    let schemas = definitions::all(infos, Dialect::V3);
    json!({
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes extension API", "version": "unversioned"},
        "paths": paths::all(infos, Dialect::V3),
        "components": {"schemas": schemas},
    })
}

fn v2(infos: &[&ResourceInfo]) -> Value {
    json!({
        "swagger": "2.0",
        "info": {"title": "Kubernetes extension API", "version": "unversioned"},
        "paths": paths::all(infos, Dialect::V2),
        "definitions": definitions::all(infos, Dialect::V2),
    })
}

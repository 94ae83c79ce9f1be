//! OpenAPI documents, built once from the descriptions of the resources.

use http::{HeaderMap, Response};

use crate::body::Body;
use crate::request::RequestInfo;
use crate::resource::ResourceInfo;

pub(crate) mod meta;

/// All documents, made once.
pub(crate) struct OpenApi;

impl OpenApi {
    pub(crate) fn new(_infos: &[&ResourceInfo]) -> Self {
        let _ = meta::definitions();
        Self
    }

    pub(crate) fn answer(&self, _path: &str, _info: &RequestInfo, _headers: &HeaderMap) -> Option<Response<Body>> {
        None
    }
}

//! Values become HTTP responses: encoding, indentation, gzip, headers.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER, VARY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use serde::Serialize;

use crate::body::{self, Body};
use crate::negotiate::{Encoding, Format};
use crate::status::{Result, Status};

/// Documents from this size on are compressed for clients that ask for gzip.
const GZIP_FROM: usize = 128 * 1024;
const NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache, private");

/// Encodes a value as negotiated. Errors: 500 when it cannot be encoded.
pub(crate) fn value(
    code: StatusCode,
    value: &impl Serialize,
    format: Format,
    headers: &HeaderMap,
) -> Result<Response<Body>> {
    let failed = |error: &dyn std::fmt::Display| Status::internal(format!("the answer cannot be encoded: {error}"));
    let (bytes, media) = match format.encoding {
        Encoding::Json => (json(value, format.pretty).map_err(|error| failed(&error))?, "application/json"),
        Encoding::Yaml => {
            (serde_saphyr::to_string(value).map_err(|error| failed(&error))?.into_bytes(), "application/yaml")
        }
    };
    Ok(bytes_with(code, media, bytes, headers))
}

fn json(value: &impl Serialize, pretty: bool) -> serde_json::Result<Vec<u8>> {
    let mut bytes = if pretty { serde_json::to_vec_pretty(value)? } else { serde_json::to_vec(value)? };
    bytes.push(b'\n');
    Ok(bytes)
}

/// A finished document; compressed if it is large and the client asked for it.
pub(crate) fn bytes_with(code: StatusCode, media: &str, bytes: Vec<u8>, headers: &HeaderMap) -> Response<Body> {
    let zipped = (bytes.len() >= GZIP_FROM && accepts_gzip(headers)).then(|| gzip(&bytes)).flatten();
    let compressed = zipped.is_some();
    let mut response = Response::new(body::full(zipped.unwrap_or(bytes)));
    *response.status_mut() = code;
    let out = response.headers_mut();
    if let Ok(media) = HeaderValue::from_str(media) {
        out.insert(CONTENT_TYPE, media);
    }
    out.insert(CACHE_CONTROL, NO_CACHE);
    if compressed {
        out.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        out.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    }
    response
}

/// A document that is sent while it is made.
pub(crate) fn streaming(media: &str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    if let Ok(media) = HeaderValue::from_str(media) {
        response.headers_mut().insert(CONTENT_TYPE, media);
    }
    response.headers_mut().insert(CACHE_CONTROL, NO_CACHE);
    response
}

/// An error; always JSON, whatever the client accepts.
pub(crate) fn status(status: &Status) -> Response<Body> {
    let mut bytes = status.to_value().to_string().into_bytes();
    bytes.push(b'\n');
    let mut response = bytes_with(status.code(), "application/json", bytes, &HeaderMap::new());
    if let Some(seconds) = status.retry_after() {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    if status.code() == StatusCode::FORBIDDEN {
        response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    }
    response
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(http::header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|coding| {
        let (name, parameters) = coding.split_once(';').unwrap_or((coding, ""));
        name.trim().eq_ignore_ascii_case("gzip") && parameters.trim() != "q=0"
    })
}

fn gzip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 4), Compression::fast());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

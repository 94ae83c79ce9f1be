//! `/livez`, `/readyz` and `/healthz` with their sub-checks.

use std::sync::atomic::{AtomicBool, Ordering};

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use crate::body::Body;
use crate::respond;

/// A sub-check: `Err` says in a few words, without secrets, what is not ready.
pub type Check = Box<dyn Fn() -> std::result::Result<(), String> + Send + Sync>;

/// The sub-checks of readiness, and whether the server is going away.
#[derive(Default)]
pub(crate) struct Health {
    checks: Vec<(String, Check)>,
    draining: AtomicBool,
}

impl Health {
    pub(crate) fn add(&mut self, name: &str, check: Check) {
        self.checks.push((name.to_owned(), check));
    }

    /// From now on the server is not ready.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Release);
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }

    /// Answers a health path; `None` for any other. Nobody needs to be authenticated for it.
    pub(crate) fn answer(&self, path: &str, query: &[(String, String)]) -> Option<Response<Body>> {
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        let (endpoint, wanted) = (parts.next()?, parts.next());
        let is_health = matches!(endpoint, "livez" | "readyz" | "healthz") && parts.next().is_none();
        if !is_health {
            return None;
        }
        let mut results = vec![("ping", Ok(()))];
        if endpoint == "readyz" {
            let gone = if self.is_draining() { Err("the server is shutting down".to_owned()) } else { Ok(()) };
            results.push(("shutdown", gone));
        }
        if endpoint != "livez" {
            results.extend(self.checks.iter().map(|(name, check)| (name.as_str(), check())));
        }
        let excluded = |name: &str| query.iter().any(|(key, value)| key == "exclude" && value == name);
        results.retain(|(name, _)| wanted.map_or(!excluded(name), |wanted| wanted == *name));
        if results.is_empty() {
            return Some(text(StatusCode::NOT_FOUND, "no such check\n".to_owned()));
        }
        Some(report(endpoint, &results, query.iter().any(|(key, _)| key == "verbose")))
    }
}

fn report(endpoint: &str, results: &[(&str, std::result::Result<(), String>)], verbose: bool) -> Response<Body> {
    let failed = results.iter().any(|(_, result)| result.is_err());
    if !failed && !verbose {
        return text(StatusCode::OK, "ok".to_owned());
    }
    let mut lines = String::new();
    for (name, result) in results {
        match result {
            Ok(()) => lines.push_str(&format!("[+]{name} ok\n")),
            Err(why) => lines.push_str(&format!("[-]{name} failed: {why}\n")),
        }
    }
    let verdict = if failed { "failed" } else { "passed" };
    lines.push_str(&format!("{endpoint} check {verdict}\n"));
    text(if failed { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK }, lines)
}

fn text(code: StatusCode, text: String) -> Response<Body> {
    let mut response = respond::bytes_with(code, "text/plain; charset=utf-8", text.into_bytes(), &HeaderMap::new());
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

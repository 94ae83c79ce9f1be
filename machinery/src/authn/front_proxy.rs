//! Identity headers set by kube-apiserver, under the names its ConfigMap gives.

use std::collections::BTreeMap;

use http::{HeaderMap, HeaderName};
use percent_encoding::percent_decode;

use super::User;

/// Which headers carry an identity, and who may send them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct HeaderNames {
    /// Common names of the front proxy's certificate; empty allows any name under the front-proxy CA.
    pub allowed_names: Vec<String>,
    pub users: Vec<HeaderName>,
    pub uids: Vec<HeaderName>,
    pub groups: Vec<HeaderName>,
    /// Lower case.
    pub extra_prefixes: Vec<String>,
}

/// Removed from every request even when the ConfigMap does not name them, so that nothing behind can believe them.
const ALWAYS_REMOVED: &str = "x-remote-";

impl HeaderNames {
    pub(crate) fn allows(&self, common_name: &str) -> bool {
        self.allowed_names.is_empty() || self.allowed_names.iter().any(|name| name == common_name)
    }
}

/// Takes all identity headers off the request and returns the user they name. Whether to believe it is decided by the
/// caller, from the certificate. `None` when no user is named.
pub(crate) fn take(headers: &mut HeaderMap, names: &HeaderNames) -> Option<User> {
    let all = |wanted: &[HeaderName]| -> Vec<String> {
        let values = wanted.iter().flat_map(|name| headers.get_all(name));
        values.filter_map(|value| value.to_str().ok()).map(str::to_owned).collect()
    };
    let name = all(&names.users).into_iter().find(|name| !name.is_empty());
    let uid = all(&names.uids).into_iter().find(|uid| !uid.is_empty()).unwrap_or_default();
    let groups = all(&names.groups);
    let extra = extra(headers, &names.extra_prefixes);
    remove(headers, names);
    User::new(name?, uid, groups, extra)
}

fn extra(headers: &HeaderMap, prefixes: &[String]) -> BTreeMap<String, Vec<String>> {
    let mut extra: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in headers {
        let Some(key) = prefixes.iter().find_map(|prefix| name.as_str().strip_prefix(prefix.as_str())) else {
            continue;
        };
        let decoded = percent_decode(key.as_bytes()).decode_utf8_lossy().to_lowercase();
        if let Ok(text) = value.to_str() {
            extra.entry(decoded).or_default().push(text.to_owned());
        }
    }
    extra
}

fn remove(headers: &mut HeaderMap, names: &HeaderNames) {
    let identity = |name: &HeaderName| {
        name.as_str().starts_with(ALWAYS_REMOVED)
            || names.users.contains(name)
            || names.uids.contains(name)
            || names.groups.contains(name)
            || names.extra_prefixes.iter().any(|prefix| name.as_str().starts_with(prefix.as_str()))
    };
    let found: Vec<HeaderName> = headers.keys().filter(|name| identity(name)).cloned().collect();
    for name in found {
        headers.remove(name);
    }
}

//! The `continue` token of a list: self-contained, opaque to clients, and bound to who asks for what.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::authz::Grant;
use crate::object::Key;
use crate::options::ListOptions;
use crate::status::{Result, Status};

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Token {
    /// Version of the state that is read; 0 for whatever is current.
    #[serde(rename = "v")]
    pub version: u64,
    #[serde(rename = "ns")]
    namespace: String,
    #[serde(rename = "n")]
    name: String,
    /// Of user, scope and selectors.
    #[serde(rename = "b")]
    binding: String,
}

impl Token {
    /// The token with which a list goes on after `last`.
    pub(super) fn after(last: &Key, version: u64, binding: String) -> Self {
        Self { version, namespace: last.namespace.clone(), name: last.name.clone(), binding }
    }

    pub(super) fn last(&self) -> Key {
        Key::new(self.namespace.as_str(), self.name.as_str())
    }

    pub(super) fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// Errors: 400 for a token that this server did not make, or made for another request.
    pub(super) fn decode(text: &str, binding: &str) -> Result<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok();
        let token: Option<Self> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        match token {
            Some(token) if token.binding == binding => Ok(token),
            Some(_) => Err(Status::bad_request("continue key is not valid: it belongs to another request")),
            None => Err(Status::bad_request("continue key is not valid")),
        }
    }
}

/// What a token is good for.
pub(super) fn binding(grant: &Grant, namespace: Option<&str>, options: &ListOptions) -> String {
    let described = format!("{:?}", (grant.user().name(), namespace, &options.labels, &options.fields));
    let hash = Sha256::digest(described);
    URL_SAFE_NO_PAD.encode(hash.get(..12).unwrap_or_default())
}

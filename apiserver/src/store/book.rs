//! What Helm's record has no field for, in one small Secret a release: `sh.helmx.release.v1.NAME`.
//!
//! It survives stock `helm`, which rewrites its own Secrets without foreign metadata. Losing it loses no release: all
//! of it has a default.

use std::collections::{BTreeMap, BTreeSet};

use helmx_api::condition::Condition;
use helmx_api::release::{Operation, OwnedObject, ReleaseSpec};
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The label value that marks bookkeeping, next to Helm's `owner=helm`.
pub const OWNER: &str = "helmx";
const TYPE: &str = "helmx.dev/release.v1";
const KEY: &str = "book";
const PREFIX: &str = "sh.helmx.release.v1.";

/// The bookkeeping of one release.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Book {
    /// `metadata.generation` of the newest spec that was written through the API.
    pub generation: i64,
    /// The revision that was made from that spec; 0 before there is one.
    pub revision: u32,
    /// The spec as written. Its values are kept only where the record cannot give them back: with `valuesFrom`.
    pub spec: ReleaseSpec,
    /// Revisions that were refused before any object was touched: they own nothing.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub unapplied: BTreeSet<u32>,
    /// `metadata.labels`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// `metadata.annotations`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// `metadata.ownerReferences`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub owner_references: Vec<Value>,
    /// `metadata.finalizers`, of others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub finalizers: Vec<String>,
    /// `metadata.managedFields`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub managed_fields: Vec<Value>,
    /// `metadata.deletionTimestamp`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_timestamp: Option<String>,
    /// `status.observedGeneration`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// `status.conditions`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// `status.resources`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<OwnedObject>,
    /// `status.operation`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<Operation>,
}

/// The Secret's name.
pub fn name(release: &str) -> String {
    format!("{PREFIX}{release}")
}

/// The release whose bookkeeping a Secret of that name is.
pub fn release_of(secret: &str) -> Option<&str> {
    secret.strip_prefix(PREFIX)
}

impl Book {
    /// Reads a Secret; bookkeeping that cannot be read is as good as none.
    pub fn read(secret: &Secret) -> Self {
        let bytes = secret.data.as_ref().and_then(|data| data.get(KEY));
        bytes.and_then(|bytes| serde_json::from_slice(&bytes.0).ok()).unwrap_or_default()
    }

    /// The Secret that holds it; `version` is the optimistic lock.
    pub fn secret(&self, namespace: &str, release: &str, version: Option<String>) -> Secret {
        let labels = [("owner", OWNER), ("name", release)].map(|(key, value)| (key.to_owned(), value.to_owned()));
        let metadata = ObjectMeta {
            name: Some(name(release)),
            namespace: Some(namespace.into()),
            labels: Some(labels.into()),
            resource_version: version,
            ..ObjectMeta::default()
        };
        // Serialising plain data cannot fail.
        let bytes = serde_json::to_vec(self).unwrap_or_default();
        Secret {
            metadata,
            data: Some([(KEY.to_owned(), ByteString(bytes))].into()),
            type_: Some(TYPE.into()),
            ..Secret::default()
        }
    }
}

//! `Object`: a JSON object with typed access to what Kubernetes puts into every object.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::options::Propagation;
use crate::time;

/// What names an object within its resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Empty for cluster-scoped objects.
    pub namespace: String,
    pub name: String,
}

impl Key {
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }
}

/// `metadata.ownerReferences[]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnerReference {
    pub api_version: String,
    pub kind: String,
    pub name: String,
    pub uid: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub controller: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block_owner_deletion: Option<bool>,
}

/// `metadata.managedFields[]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ManagedFields {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub manager: String,
    /// `Apply` or `Update`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub operation: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub api_version: String,
    /// RFC 3339, seconds, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub fields_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "fieldsV1")]
    pub fields: Option<Value>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subresource: String,
}

/// A Kubernetes object as JSON. Whatever it holds that this crate does not know, it keeps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Object(pub Map<String, Value>);

impl Object {
    /// An object with nothing but its type.
    pub fn new(api_version: &str, kind: &str) -> Self {
        let mut map = Map::new();
        map.insert("apiVersion".to_owned(), api_version.into());
        map.insert("kind".to_owned(), kind.into());
        Self(map)
    }

    /// `None` unless the value is a JSON object.
    pub fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Object(map) => Some(Self(map)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => None,
        }
    }

    pub fn into_value(self) -> Value {
        Value::Object(self.0)
    }

    pub fn get(&self, field: &str) -> Option<&Value> {
        self.0.get(field)
    }

    pub fn set(&mut self, field: &str, value: impl Into<Value>) {
        self.0.insert(field.to_owned(), value.into());
    }

    pub fn remove(&mut self, field: &str) -> Option<Value> {
        self.0.remove(field)
    }

    /// The value at a path of field names.
    pub fn at(&self, path: &[&str]) -> Option<&Value> {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(self.0.get(*first)?, |value, field| value.get(field))
    }

    /// The text at a path of field names; empty when there is none.
    pub fn text(&self, path: &[&str]) -> &str {
        self.at(path).and_then(Value::as_str).unwrap_or_default()
    }

    pub fn api_version(&self) -> &str {
        self.text(&["apiVersion"])
    }

    pub fn kind(&self) -> &str {
        self.text(&["kind"])
    }

    pub fn metadata(&self) -> Option<&Map<String, Value>> {
        self.0.get("metadata").and_then(Value::as_object)
    }

    /// The metadata for writing; made if absent, replaced if it is no object.
    pub fn metadata_mut(&mut self) -> &mut Map<String, Value> {
        let slot = self.0.entry("metadata").or_insert_with(|| Value::Object(Map::new()));
        as_map_mut(slot)
    }

    /// Sets a metadata field; an empty text, list or object, or null, removes it.
    pub fn set_metadata(&mut self, field: &str, value: impl Into<Value>) {
        let value = value.into();
        let empty = match &value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(map) => map.is_empty(),
            Value::Bool(_) | Value::Number(_) => false,
        };
        if empty {
            self.metadata_mut().remove(field);
        } else {
            self.metadata_mut().insert(field.to_owned(), value);
        }
    }

    fn metadata_text(&self, field: &str) -> &str {
        self.text(&["metadata", field])
    }

    pub fn name(&self) -> &str {
        self.metadata_text("name")
    }

    pub fn generate_name(&self) -> &str {
        self.metadata_text("generateName")
    }

    pub fn namespace(&self) -> &str {
        self.metadata_text("namespace")
    }

    pub fn key(&self) -> Key {
        Key::new(self.namespace(), self.name())
    }

    pub fn uid(&self) -> &str {
        self.metadata_text("uid")
    }

    /// The version as text; empty when the object has none.
    pub fn resource_version(&self) -> &str {
        self.metadata_text("resourceVersion")
    }

    /// The version as a number; 0 when there is none or it is not a decimal number.
    pub fn version(&self) -> u64 {
        self.resource_version().parse().unwrap_or(0)
    }

    pub fn set_version(&mut self, version: u64) {
        self.set_metadata("resourceVersion", version.to_string());
    }

    pub fn generation(&self) -> i64 {
        self.at(&["metadata", "generation"]).and_then(Value::as_i64).unwrap_or(0)
    }

    pub fn set_generation(&mut self, generation: i64) {
        self.set_metadata("generation", generation);
    }

    /// RFC 3339; empty when unset.
    pub fn creation_timestamp(&self) -> &str {
        self.metadata_text("creationTimestamp")
    }

    pub fn deletion_timestamp(&self) -> Option<&str> {
        let text = self.metadata_text("deletionTimestamp");
        (!text.is_empty()).then_some(text)
    }

    pub fn labels(&self) -> Option<&Map<String, Value>> {
        self.at(&["metadata", "labels"]).and_then(Value::as_object)
    }

    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels()?.get(name)?.as_str()
    }

    pub fn annotations(&self) -> Option<&Map<String, Value>> {
        self.at(&["metadata", "annotations"]).and_then(Value::as_object)
    }

    pub fn annotation(&self, name: &str) -> Option<&str> {
        self.annotations()?.get(name)?.as_str()
    }

    pub fn finalizers(&self) -> Vec<&str> {
        let list = self.at(&["metadata", "finalizers"]).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// The owners that can be read as such; malformed ones are left out.
    pub fn owner_references(&self) -> Vec<OwnerReference> {
        self.metadata_list("ownerReferences")
    }

    /// The field managers that can be read as such; malformed ones are left out.
    pub fn managed_fields(&self) -> Vec<ManagedFields> {
        self.metadata_list("managedFields")
    }

    pub fn set_managed_fields(&mut self, entries: &[ManagedFields]) {
        let list = entries.iter().filter_map(|entry| serde_json::to_value(entry).ok()).collect::<Vec<_>>();
        self.set_metadata("managedFields", list);
    }

    fn metadata_list<T: serde::de::DeserializeOwned>(&self, field: &str) -> Vec<T> {
        let list = self.at(&["metadata", field]).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(|item| T::deserialize(item).ok()).collect()
    }

    /// Marks the object as being deleted, as C7 of aggregated-api.md has it: the first time, the deletion time and one
    /// generation more; always the finalizer that goes with the propagation.
    pub fn mark_deleted(&mut self, propagation: Option<Propagation>) {
        if self.deletion_timestamp().is_none() {
            self.set_metadata("deletionTimestamp", time::now());
            self.set_metadata("deletionGracePeriodSeconds", 0);
            self.set_generation(self.generation().saturating_add(1));
        }
        let finalizer = match propagation {
            Some(Propagation::Foreground) => "foregroundDeletion",
            Some(Propagation::Orphan) => "orphan",
            Some(Propagation::Background) | None => return,
        };
        let mut finalizers: Vec<String> = self.finalizers().into_iter().map(str::to_owned).collect();
        if !finalizers.iter().any(|known| known == finalizer) {
            finalizers.push(finalizer.to_owned());
            self.set_metadata("finalizers", finalizers);
        }
    }

    /// Only type and metadata, as `PartialObjectMetadata`.
    pub fn to_partial(&self) -> Self {
        let mut partial = Self::new("meta.k8s.io/v1", "PartialObjectMetadata");
        let metadata = self.metadata().cloned().unwrap_or_default();
        partial.set("metadata", metadata);
        partial
    }
}

/// Turns the value into an object if it is none, and returns it for writing.
fn as_map_mut(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    let Value::Object(map) = value else { unreachable!("made an object above") };
    map
}

//! The meta/v1 definitions that every Kubernetes API shares, under their upstream names.
//!
//! `meta.json` is the published OpenAPI v2 data of Kubernetes v1.37 (`api/openapi-spec/swagger.json`, Apache-2.0):
//! the aggregator renames definitions that differ from the core's in any way.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

pub(crate) const PREFIX: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.";

static DEFINITIONS: LazyLock<Map<String, Value>> =
    LazyLock::new(|| serde_json::from_str(include_str!("meta.json")).unwrap_or_default());

/// All definitions by name, with references of OpenAPI v2.
pub(crate) fn definitions() -> &'static Map<String, Value> {
    &DEFINITIONS
}

/// A definition of meta/v1 with its references replaced by what they refer to.
pub(crate) fn inlined(name: &str) -> Value {
    DEFINITIONS.get(&format!("{PREFIX}{name}")).map_or_else(|| json!({"type": "object"}), inline)
}

fn inline(schema: &Value) -> Value {
    match schema {
        Value::Object(map) => {
            if let Some(name) = map.get("$ref").and_then(Value::as_str).and_then(|to| to.strip_prefix("#/definitions/"))
            {
                return inline_definition(name);
            }
            Value::Object(map.iter().map(|(key, value)| (key.clone(), inline(value))).collect())
        }
        Value::Array(items) => items.iter().map(inline).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => schema.clone(),
    }
}

/// `FieldsV1` holds anything, which its definition does not say.
fn inline_definition(name: &str) -> Value {
    if name.strip_prefix(PREFIX) == Some("FieldsV1") {
        return json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    }
    DEFINITIONS.get(name).map_or(Value::Null, inline)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o2_the_embedded_definitions_are_complete() {
        assert!(definitions().len() > 10);
        let text = serde_json::to_string(definitions()).unwrap();
        for reference in text.split("#/definitions/").skip(1) {
            let name = reference.split('"').next().unwrap_or_default();
            assert!(definitions().contains_key(name), "{name}");
        }
        let metadata = inlined("ObjectMeta");
        assert_eq!(metadata["properties"]["creationTimestamp"]["type"], "string");
    }
}

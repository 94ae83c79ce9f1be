//! The schemas that operations refer to: kinds, their lists, bodies of subresources, meta/v1.

use serde_json::{Map, Value, json};

use super::{Dialect, meta};
use crate::resource::{ResourceInfo, SubresourceInfo};

const API_VERSION: &str = "Version of the schema of this object, as group/version. Servers convert what they know to \
                           the version they were asked for and refuse what they do not know.";
const KIND: &str = "What this object represents, in CamelCase. Servers may infer it from the endpoint that a client \
                    submits to. It cannot be changed.";

/// Keywords of OpenAPI v3 that v2 does not have.
const V3_ONLY: &[&str] = &["nullable", "anyOf", "oneOf", "allOf", "not"];

/// All definitions that the resources need, by name.
pub(super) fn all(infos: &[&ResourceInfo], dialect: Dialect) -> Map<String, Value> {
    let mut all = Map::new();
    for (name, schema) in meta::definitions() {
        all.insert(name.clone(), schema.clone());
    }
    for info in infos {
        all.insert(name(info, &info.kind), with_gvk(object(info), info, &info.kind));
        all.insert(name(info, &info.list_kind), with_gvk(list(info), info, &info.list_kind));
        for sub in info.subresources.iter().filter(|sub| sub.group.is_empty()) {
            if let Some(schema) = &sub.schema {
                all.insert(name(info, sub.kind), with_gvk(schema.clone(), info, sub.kind));
            }
        }
    }
    let translate = |(name, schema): (String, Value)| (name, translated(schema, dialect));
    all.into_iter().map(translate).collect()
}

/// The name of a definition: no `/` and no `~`, which would break references.
pub(super) fn name(info: &ResourceInfo, kind: &str) -> String {
    format!("{}.{kind}", info.definition_prefix).replace(['/', '~'], ".")
}

pub(super) fn reference(name: &str, dialect: Dialect) -> Value {
    match dialect {
        Dialect::V2 => json!({"$ref": format!("#/definitions/{name}")}),
        Dialect::V3 => json!({"$ref": format!("#/components/schemas/{name}")}),
    }
}

pub(super) fn meta_reference(kind: &str, dialect: Dialect) -> Value {
    reference(&format!("{}{kind}", meta::PREFIX), dialect)
}

/// The definition of a subresource's body, if it has one of its own.
pub(super) fn body_of(info: &ResourceInfo, sub: &SubresourceInfo) -> Option<String> {
    (sub.schema.is_some() && sub.group.is_empty()).then(|| name(info, sub.kind))
}

/// The embedder's schema with what every object has.
fn object(info: &ResourceInfo) -> Value {
    let mut schema = info.schema.clone();
    schema["type"] = "object".into();
    schema["properties"]["apiVersion"] = json!({"type": "string", "description": API_VERSION});
    schema["properties"]["kind"] = json!({"type": "string", "description": KIND});
    let mut metadata = meta_reference("ObjectMeta", Dialect::V2);
    metadata["description"] = "Standard metadata of the object.".into();
    schema["properties"]["metadata"] = metadata;
    schema
}

fn list(info: &ResourceInfo) -> Value {
    let mut metadata = meta_reference("ListMeta", Dialect::V2);
    metadata["description"] = "Standard metadata of the list.".into();
    json!({
        "description": format!("{} is a list of {}.", info.list_kind, info.kind),
        "type": "object",
        "required": ["items"],
        "properties": {
            "apiVersion": {"type": "string", "description": API_VERSION},
            "kind": {"type": "string", "description": KIND},
            "metadata": metadata,
            "items": {
                "type": "array", "description": "The items, by namespace and name.",
                "items": reference(&name(info, &info.kind), Dialect::V2),
            },
        },
    })
}

fn with_gvk(mut schema: Value, info: &ResourceInfo, kind: &str) -> Value {
    let gvk = json!({"group": info.group, "version": info.version, "kind": kind});
    if let Value::Object(map) = &mut schema {
        map.remove("$schema");
        map.remove("title");
        map.insert("x-kubernetes-group-version-kind".to_owned(), json!([gvk]));
    }
    schema
}

/// Schemas are written with references of v2; v3 has others, and wants them alone, v2 knows fewer keywords. Boolean
/// `additionalProperties` crash controllers before Kubernetes 1.33.10 (kubernetes/kubernetes#135155).
fn translated(schema: Value, dialect: Dialect) -> Value {
    match schema {
        Value::Object(map) => {
            let mut out = Map::new();
            for (key, value) in map {
                match (key.as_str(), &value) {
                    ("additionalProperties", Value::Bool(true)) => {
                        out.insert("x-kubernetes-preserve-unknown-fields".to_owned(), true.into());
                    }
                    ("additionalProperties", Value::Bool(false)) => {}
                    (key, Value::Array(_) | Value::Bool(_) | Value::Object(_))
                        if dialect == Dialect::V2 && V3_ONLY.contains(&key) => {}
                    _ => {
                        out.insert(key, translated(value, dialect));
                    }
                }
            }
            if dialect == Dialect::V3 { reference_alone(out) } else { Value::Object(out) }
        }
        Value::Array(items) => items.into_iter().map(|item| translated(item, dialect)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => schema,
    }
}

/// In v3 nothing may stand beside `$ref`: it moves into `allOf`.
fn reference_alone(mut map: Map<String, Value>) -> Value {
    let Some(Value::String(to)) = map.get("$ref") else { return Value::Object(map) };
    let Some(name) = to.strip_prefix("#/definitions/") else { return Value::Object(map) };
    let target = reference(name, Dialect::V3);
    map.remove("$ref");
    if map.is_empty() {
        return target;
    }
    map.insert("allOf".to_owned(), json!([target]));
    map.insert("default".to_owned(), json!({}));
    Value::Object(map)
}

//! JSON schemas in the form that OpenAPI and CRDs want.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

/// The schema of a type: inlined, without `$schema`, `$ref` and the type unions that Kubernetes refuses.
pub fn of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::openapi3().with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    clean(&mut schema);
    schema
}

/// A schema that takes any object and keeps every field of it: chart values, templates' output.
pub fn any_object(_: &mut SchemaGenerator) -> Schema {
    schemars::json_schema!({"type": "object", "x-kubernetes-preserve-unknown-fields": true})
}

/// A schema that takes any object of texts.
pub fn text_map(_: &mut SchemaGenerator) -> Schema {
    schemars::json_schema!({"type": "object", "additionalProperties": {"type": "string"}})
}

/// Brings schemars' output into the structural form: one `type`, no boolean schemas, `nullable` dropped.
fn clean(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else { return };
    for key in ["$schema", "title", "nullable", "definitions", "$defs"] {
        object.remove(key);
    }
    only_type(object);
    enumeration(object);
    // Unsigned formats are unknown to OpenAPI 3.0.
    if object.get("format").and_then(Value::as_str).is_some_and(|format| format.starts_with("uint")) {
        object.remove("format");
    }
    if object.get("default") == Some(&Value::Null) {
        object.remove("default");
    }
    if let Some(Value::Object(properties)) = object.get_mut("properties") {
        properties.values_mut().for_each(clean);
    }
    for key in ["items", "additionalProperties"] {
        if let Some(inner) = object.get_mut(key) {
            clean(inner);
        }
    }
}

/// `type: [string, null]` of an `Option` becomes `type: string`.
fn only_type(object: &mut Map<String, Value>) {
    let Some(Value::Array(types)) = object.get("type") else { return };
    if let Some(only) = types.iter().find(|kind| *kind != "null").cloned() {
        object.insert("type".into(), only);
    }
}

/// The `oneOf`/`anyOf` of documented enums and of `Option<enum>` become one `enum`.
fn enumeration(object: &mut Map<String, Value>) {
    for key in ["oneOf", "anyOf"] {
        let Some(Value::Array(variants)) = object.remove(key) else { continue };
        let mut values = Vec::new();
        for mut variant in variants {
            clean(&mut variant);
            match variant.as_object() {
                Some(inner) if inner.contains_key("enum") => {
                    values.extend(inner["enum"].as_array().cloned().unwrap_or_default())
                }
                Some(inner) if inner.contains_key("const") => values.push(inner["const"].clone()),
                Some(inner) if inner.contains_key("properties") => merge(object, inner),
                Some(_) | None => {}
            }
        }
        values.retain(|value| !value.is_null());
        if !values.is_empty() {
            object.insert("type".into(), json!("string"));
            object.insert("enum".into(), Value::Array(values));
        }
    }
    if let Some(Value::Array(values)) = object.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
}

/// `Option<struct>`: the struct's own keywords, under the field's description.
fn merge(object: &mut Map<String, Value>, inner: &Map<String, Value>) {
    for (key, value) in inner {
        object.entry(key.clone()).or_insert_with(|| value.clone());
    }
}

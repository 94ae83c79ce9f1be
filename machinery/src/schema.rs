//! The schema of a kind, as far as writing objects depends on it: fields, lists, types, defaults.
//!
//! Structural schemas in the sense of apiextensions: `properties`, `additionalProperties`, `items`, `type`, the
//! `x-kubernetes-*` extensions, and no references.

use serde_json::{Map, Value, json};

use crate::openapi::meta;

mod check;
mod unknown;

/// Deepest nesting that is walked; bodies are not nested deeper.
const MAX_DEPTH: usize = 130;

/// The complete schema of a kind: the embedder's, with apiVersion, kind and metadata.
#[derive(Debug)]
pub(crate) struct Schema {
    root: Value,
}

/// The schema of one place in an object; `None` where anything goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node<'a>(Option<&'a Value>);

/// How the items of a list are told apart when managers share it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListType<'a> {
    /// The list is one value.
    Atomic,
    /// Items are told apart by their value.
    Set,
    /// Items are objects told apart by these fields.
    Map(&'a [Value]),
}

/// What a schema says about a field.
pub(crate) enum Field<'a> {
    Known(Node<'a>),
    Unknown,
}

impl Schema {
    pub(crate) fn new(kind: &Value) -> Self {
        let mut root = kind.as_object().cloned().unwrap_or_default();
        root.insert("type".to_owned(), "object".into());
        let slot = root.entry("properties").or_insert_with(|| Value::Object(Map::new()));
        slot["apiVersion"] = json!({"type": "string"});
        slot["kind"] = json!({"type": "string"});
        slot["metadata"] = meta::inlined("ObjectMeta");
        Self { root: Value::Object(root) }
    }

    pub(crate) fn root(&self) -> Node<'_> {
        Node(Some(&self.root))
    }
}

impl<'a> Node<'a> {
    fn keyword(self, name: &str) -> Option<&'a Value> {
        self.0.and_then(|schema| schema.get(name))
    }

    fn text(self, name: &str) -> &'a str {
        self.keyword(name).and_then(Value::as_str).unwrap_or_default()
    }

    fn is_set(self, name: &str) -> bool {
        self.keyword(name).and_then(Value::as_bool).unwrap_or(false)
    }

    /// The schema of a field of this object.
    pub(crate) fn field(self, name: &str) -> Field<'a> {
        if self.0.is_none() {
            return Field::Known(Node(None));
        }
        if let Some(property) = self.keyword("properties").and_then(|properties| properties.get(name)) {
            return Field::Known(Node(Some(property)));
        }
        match self.keyword("additionalProperties") {
            Some(Value::Bool(true)) => return Field::Known(Node(None)),
            Some(schema @ Value::Object(_)) => return Field::Known(Node(Some(schema))),
            _ => {}
        }
        if self.is_free() { Field::Known(Node(None)) } else { Field::Unknown }
    }

    /// The schema of a field, or no schema if the field is unknown.
    pub(crate) fn child(self, name: &str) -> Self {
        match self.field(name) {
            Field::Known(node) => node,
            Field::Unknown => Node(None),
        }
    }

    /// Whether the schema names this field (as opposed to an entry of a map).
    pub(crate) fn has_property(self, name: &str) -> bool {
        self.keyword("properties").and_then(|properties| properties.get(name)).is_some()
    }

    /// Whether fields that the schema does not name are kept.
    fn is_free(self) -> bool {
        self.is_set("x-kubernetes-preserve-unknown-fields") || self.is_set("x-kubernetes-embedded-resource")
    }

    /// The schema of the items of this list.
    pub(crate) fn items(self) -> Self {
        Node(self.keyword("items"))
    }

    pub(crate) fn list_type(self) -> ListType<'a> {
        match self.text("x-kubernetes-list-type") {
            "set" => ListType::Set,
            "map" => match self.keyword("x-kubernetes-list-map-keys").and_then(Value::as_array) {
                Some(keys) if !keys.is_empty() => ListType::Map(keys),
                _ => ListType::Atomic,
            },
            _ => ListType::Atomic,
        }
    }

    /// Whether this object is owned as a whole.
    pub(crate) fn is_atomic_map(self) -> bool {
        self.text("x-kubernetes-map-type") == "atomic"
    }

    fn is_nullable(self) -> bool {
        self.0.is_none() || self.is_set("nullable")
    }

    /// The default of a field of an object without it (in a list-map, of a key).
    pub(crate) fn default(self) -> Option<&'a Value> {
        self.keyword("default")
    }

    /// Fills in the defaults of the schema, also in objects that are there.
    pub(crate) fn fill_defaults(self, value: &mut Value) {
        match value {
            Value::Object(map) => {
                let named = self.keyword("properties").and_then(Value::as_object);
                for (name, schema) in named.into_iter().flatten() {
                    if let (Some(default), false) = (schema.get("default"), map.contains_key(name)) {
                        map.insert(name.clone(), default.clone());
                    }
                }
                for (name, value) in map {
                    let child = self.child(name);
                    if child.0.is_some() {
                        child.fill_defaults(value);
                    }
                }
            }
            Value::Array(items) if self.0.is_some() => {
                let node = self.items();
                items.iter_mut().for_each(|item| node.fill_defaults(item));
            }
            Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

/// The path of a field as Kubernetes writes it.
fn join(path: &str, field: &str) -> String {
    if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") }
}

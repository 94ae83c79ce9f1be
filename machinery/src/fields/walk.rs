//! Values and field sets, walked along the schema: which fields a value has, what differs, merge, removal.

use serde_json::{Map, Value};

use super::set::FieldSet;
use crate::schema::{ListType, Node};

/// What differs between two values.
#[derive(Debug, Default)]
pub(super) struct Compared {
    pub added: FieldSet,
    pub modified: FieldSet,
    pub removed: FieldSet,
}

impl Compared {
    pub(super) fn is_same(&self) -> bool {
        self.added.is_empty() && self.modified.is_empty() && self.removed.is_empty()
    }

    /// What has a new value.
    pub(super) fn written(&self) -> FieldSet {
        self.added.union(&self.modified)
    }
}

/// The fields of a value: leaves, items of shared lists, and entries of free maps.
pub(super) fn set_of(value: &Value, node: Node<'_>) -> FieldSet {
    match value {
        Value::Object(map) if !node.is_atomic_map() => {
            let mut set = FieldSet::default();
            for (name, value) in map {
                let mut part = set_of(value, node.child(name));
                let is_empty_map = value.as_object().is_some_and(Map::is_empty);
                part.is_member |= value.is_null() || is_empty_map || !node.has_property(name);
                set.insert(format!("f:{name}"), part);
            }
            set
        }
        Value::Array(items) if node.list_type() != ListType::Atomic => {
            let mut set = FieldSet::default();
            for item in items {
                let mut part = match node.list_type() {
                    ListType::Map(_) => set_of(item, node.items()),
                    ListType::Set | ListType::Atomic => FieldSet::default(),
                };
                part.is_member = true;
                set.insert(element(item, node), part);
            }
            set
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            FieldSet::leaf()
        }
    }
}

/// How `FieldsV1` names an item of a shared list.
fn element(item: &Value, node: Node<'_>) -> String {
    let ListType::Map(keys) = node.list_type() else { return format!("v:{item}") };
    let mut names: Vec<&str> = keys.iter().filter_map(Value::as_str).collect();
    names.sort_unstable();
    let key = |name: &str| {
        let value = item.get(name).or_else(|| node.items().child(name).default()).unwrap_or(&Value::Null);
        format!("{}:{value}", Value::String(name.to_owned()))
    };
    let listed: Vec<String> = names.into_iter().map(key).collect();
    format!("k:{{{}}}", listed.join(","))
}

/// The part of a value that an element names.
fn part<'v>(value: &'v Value, name: &str, node: Node<'_>) -> Option<&'v Value> {
    match value {
        Value::Object(map) => map.get(name.strip_prefix("f:")?),
        Value::Array(items) => items.iter().find(|item| element(item, node) == name),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

fn child<'s>(node: Node<'s>, name: &str) -> Node<'s> {
    name.strip_prefix("f:").map_or_else(|| node.items(), |field| node.child(field))
}

pub(super) fn compare(before: &Value, after: &Value, node: Node<'_>) -> Compared {
    let (old, new) = (set_of(before, node), set_of(after, node));
    Compared {
        added: new.difference(&old),
        removed: old.difference(&new),
        modified: modified(before, after, &old.intersection(&new), node),
    }
}

/// The common members whose values differ.
fn modified(before: &Value, after: &Value, common: &FieldSet, node: Node<'_>) -> FieldSet {
    if common.below.is_empty() {
        let is_container = |value: &Value| value.is_object() && !node.is_atomic_map();
        let differs = common.is_member && before != after && !(is_container(before) && is_container(after));
        return FieldSet { is_member: differs, ..FieldSet::default() };
    }
    let mut set = FieldSet::default();
    for (name, below) in &common.below {
        if let (Some(before), Some(after)) = (part(before, name, node), part(after, name, node)) {
            set.insert(name.clone(), modified(before, after, below, child(node, name)));
        }
    }
    set
}

/// Merges a configuration into a value.
pub(super) fn merge(value: &mut Value, config: &Value, node: Node<'_>) {
    match (&mut *value, config) {
        (Value::Object(map), Value::Object(wanted)) if !node.is_atomic_map() => {
            for (name, wanted) in wanted {
                match map.get_mut(name) {
                    Some(existing) => merge(existing, wanted, node.child(name)),
                    None => drop(map.insert(name.clone(), wanted.clone())),
                }
            }
        }
        (Value::Array(items), Value::Array(wanted)) if node.list_type() != ListType::Atomic => {
            for wanted in wanted {
                let name = element(wanted, node);
                match items.iter_mut().find(|item| element(item, node) == name) {
                    Some(existing) => merge(existing, wanted, node.items()),
                    None => items.push(wanted.clone()),
                }
            }
        }
        (_, config) => config.clone_into(value),
    }
}

/// Removes fields, and containers that become empty by it.
pub(super) fn remove(value: &mut Value, fields: &FieldSet, node: Node<'_>) {
    match value {
        Value::Object(map) => map.retain(|name, value| match fields.below.get(&format!("f:{name}")) {
            None => true,
            Some(fields) => keep(value, fields, node.child(name)),
        }),
        Value::Array(items) => items.retain_mut(|item| match fields.below.get(&element(item, node)) {
            None => true,
            Some(fields) => keep(item, fields, node.items()),
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Removes fields below a place; whether the place itself stays.
fn keep(value: &mut Value, fields: &FieldSet, node: Node<'_>) -> bool {
    if fields.below.is_empty() {
        let has_others = value.as_object().is_some_and(|map| !map.is_empty()) && !node.is_atomic_map();
        return !fields.is_member || has_others;
    }
    remove(value, fields, node);
    match value {
        Value::Object(map) => !map.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

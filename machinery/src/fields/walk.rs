//! Values and field sets, walked along the schema: which fields a value has, what differs, merge, removal.

use std::collections::{HashMap, HashSet};

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

/// The parts of a value by their elements.
fn parts<'v>(value: &'v Value, node: Node<'_>) -> HashMap<String, &'v Value> {
    match value {
        Value::Object(map) => map.iter().map(|(name, value)| (format!("f:{name}"), value)).collect(),
        Value::Array(items) => items.iter().map(|item| (element(item, node), item)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => HashMap::new(),
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
    let (old, new) = (parts(before, node), parts(after, node));
    for (name, below) in &common.below {
        if let (Some(before), Some(after)) = (old.get(name), new.get(name)) {
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
            let live = std::mem::take(items);
            *items = merged_list(live, wanted, node);
        }
        (_, config) => config.clone_into(value),
    }
}

/// Merges lists item by item. Configured items come in the order of the configuration, live-only items stay before the
/// shared item that they stood before.
fn merged_list(live: Vec<Value>, wanted: &[Value], node: Node<'_>) -> Vec<Value> {
    let name = |item: &Value| element(item, node);
    let wanted: Vec<(String, &Value)> = wanted.iter().map(|item| (name(item), item)).collect();
    let live: Vec<(String, Value)> = live.into_iter().map(|item| (name(&item), item)).collect();
    let by_name: HashMap<&str, &Value> = live.iter().map(|(name, item)| (name.as_str(), item)).collect();
    let names: HashSet<&str> = wanted.iter().map(|(name, _)| name.as_str()).collect();
    let mut shared = wanted.iter().map(|(name, _)| name).filter(|name| by_name.contains_key(name.as_str())).peekable();
    let mut merged = Vec::with_capacity(live.len() + wanted.len());
    let mut rest = live.iter().peekable();
    for (name, config) in &wanted {
        while let Some((known, item)) = rest.peek() {
            if !names.contains(known.as_str()) {
                merged.push(item.clone());
            } else if shared.peek() == Some(&known) {
                break;
            }
            rest.next();
        }
        rest.next_if(|(known, _)| known == name);
        shared.next_if(|next| *next == name);
        let mut item = by_name.get(name.as_str()).map_or(Value::Null, |item| Value::clone(item));
        merge(&mut item, config, node.items());
        merged.push(item);
    }
    merged.extend(rest.filter(|(known, _)| !names.contains(known.as_str())).map(|(_, item)| item.clone()));
    merged
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schema;
    use serde_json::json;

    #[test]
    fn c4_merged_lists_keep_the_order_of_the_configuration() {
        let list = json!({"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"});
        let schema = Schema::new(&json!({"properties": {"list": list}}));
        let cases = [
            ("abc", "cxa", "bcxa"),
            ("abc", "", "abc"),
            ("", "ab", "ab"),
            ("abc", "ca", "bca"),
            ("abc", "x", "abcx"),
            ("ab", "xb", "axb"),
            ("ab", "b", "ab"),
        ];
        for (live, config, expected) in cases {
            let items = |text: &str| json!({"list": text.chars().map(String::from).collect::<Vec<_>>()});
            let mut value = items(live);
            merge(&mut value, &items(config), schema.root());
            assert_eq!(value, items(expected), "{live} with {config}");
        }
    }
}

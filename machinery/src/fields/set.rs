//! Sets of fields, in memory and as `FieldsV1`.
//!
//! `FieldsV1` writes a field as `f:NAME`, an item of a list-map as `k:{KEYS}`, an item of a set as `v:VALUE`; `.`
//! marks a place that is a member itself and has members below.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Deepest nesting that is read; objects are not nested deeper.
const MAX_DEPTH: usize = 130;

/// A set of fields below one place, by their elements as `FieldsV1` writes them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FieldSet {
    /// Whether this place itself is in the set.
    pub is_member: bool,
    pub below: BTreeMap<String, FieldSet>,
}

impl FieldSet {
    /// Only this place.
    pub(super) fn leaf() -> Self {
        Self { is_member: true, below: BTreeMap::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.is_member && self.below.is_empty()
    }

    /// Adds a part, unless it is empty.
    pub(super) fn insert(&mut self, element: String, part: Self) {
        if !part.is_empty() {
            self.below.insert(element, part);
        }
    }

    pub(super) fn union(&self, other: &Self) -> Self {
        let mut result = self.clone();
        result.is_member |= other.is_member;
        for (element, part) in &other.below {
            let joined = result.below.get(element).map_or_else(|| part.clone(), |own| own.union(part));
            result.below.insert(element.clone(), joined);
        }
        result
    }

    pub(super) fn difference(&self, other: &Self) -> Self {
        let mut result = Self { is_member: self.is_member && !other.is_member, below: BTreeMap::new() };
        for (element, part) in &self.below {
            let left = other.below.get(element).map_or_else(|| part.clone(), |taken| part.difference(taken));
            result.insert(element.clone(), left);
        }
        result
    }

    pub(super) fn intersection(&self, other: &Self) -> Self {
        let mut result = Self { is_member: self.is_member && other.is_member, below: BTreeMap::new() };
        for (element, part) in &self.below {
            if let Some(others) = other.below.get(element) {
                result.insert(element.clone(), part.intersection(others));
            }
        }
        result
    }

    /// All members as paths, `.spec.parts[name="a"].weight`.
    pub(super) fn paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        self.collect_paths("", &mut paths);
        paths
    }

    fn collect_paths(&self, path: &str, paths: &mut Vec<String>) {
        if self.is_member {
            paths.push(path.to_owned());
        }
        for (element, part) in &self.below {
            part.collect_paths(&format!("{path}{}", shown(element)), paths);
        }
    }

    /// What is no `FieldsV1` is left out.
    pub(super) fn read(value: &Value) -> Self {
        let mut set = Self::read_below(value, 0);
        set.is_member = false;
        set
    }

    fn read_below(value: &Value, depth: usize) -> Self {
        let Some(map) = value.as_object().filter(|_| depth < MAX_DEPTH) else { return Self::default() };
        let mut set = Self { is_member: map.is_empty(), below: BTreeMap::new() };
        for (element, part) in map {
            if element == "." {
                set.is_member = true;
            } else {
                set.insert(element.clone(), Self::read_below(part, depth + 1));
            }
        }
        set
    }

    pub(super) fn write(&self) -> Value {
        let mut map = Map::new();
        if self.is_member && !self.below.is_empty() {
            map.insert(".".to_owned(), Value::Object(Map::new()));
        }
        for (element, part) in &self.below {
            map.insert(element.clone(), part.write());
        }
        Value::Object(map)
    }
}

/// An element as messages show it.
fn shown(element: &str) -> String {
    match element.split_once(':') {
        Some(("f", name)) => format!(".{name}"),
        Some(("k", keys)) => {
            let keys: Map<String, Value> = serde_json::from_str(keys).unwrap_or_default();
            let listed: Vec<String> = keys.iter().map(|(name, value)| format!("{name}={value}")).collect();
            format!("[{}]", listed.join(","))
        }
        Some(("v", value)) => format!("[={value}]"),
        Some(("i", index)) => format!("[{index}]"),
        Some(_) | None => element.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn c4_field_sets_survive_their_wire_form() {
        let wire = json!({"f:spec": {"f:size": {}, "f:parts": {"k:{\"name\":\"a\"}": {".": {}, "f:name": {}}}}});
        let set = FieldSet::read(&wire);
        assert_eq!(set.write(), wire);
        let expected = [".spec.parts[name=\"a\"]", ".spec.parts[name=\"a\"].name", ".spec.size"];
        assert_eq!(set.paths(), expected);
        for nonsense in [json!(null), json!([1]), json!("f:x"), json!({"f:x": 1})] {
            assert_eq!(FieldSet::read(&nonsense).paths(), Vec::<String>::new(), "{nonsense}");
        }
    }

    #[test]
    fn c4_sets_are_combined_member_by_member() {
        let one = FieldSet::read(&json!({"f:a": {".": {}, "f:b": {}}, "f:c": {}}));
        let other = FieldSet::read(&json!({"f:a": {"f:b": {}}, "f:d": {}}));
        assert_eq!(one.difference(&other).paths(), [".a", ".c"]);
        assert_eq!(one.intersection(&other).paths(), [".a.b"]);
        assert_eq!(one.union(&other).paths(), [".a", ".a.b", ".c", ".d"]);
    }
}

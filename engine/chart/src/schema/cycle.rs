//! References that lead back to themselves without consuming any input, on which a validator would never end.

use std::collections::{HashMap, HashSet};

use helmx_yaml::json::pointer_step;
use serde_json::Value;

/// Keywords whose sub-schemas look at the same instance.
const SAME_INSTANCE: [&str; 7] = ["allOf", "anyOf", "oneOf", "not", "if", "then", "else"];

/// Refuses `{"$ref": "#"}` and longer circles through `allOf` and its kin.
pub(super) fn check(schema: &Value) -> Result<(), String> {
    let mut search = Search { schema, done: HashSet::new(), open: HashMap::new() };
    let mut pending = vec![(String::new(), schema)];
    while let Some((path, value)) = pending.pop() {
        search.visit(&path, value)?;
        match value {
            Value::Object(map) => {
                pending.extend(map.iter().map(|(key, value)| (format!("{path}/{}", pointer_step(key)), value)));
            }
            Value::Array(items) => {
                pending.extend(items.iter().enumerate().map(|(at, value)| (format!("{path}/{at}"), value)));
            }
            _ => {}
        }
    }
    Ok(())
}

struct Search<'a> {
    schema: &'a Value,
    done: HashSet<*const Value>,
    /// Schemas on the way from the start, by address, with the path that led there first.
    open: HashMap<*const Value, String>,
}

impl<'a> Search<'a> {
    fn visit(&mut self, path: &str, value: &'a Value) -> Result<(), String> {
        let Value::Object(map) = value else { return Ok(()) };
        let address = std::ptr::from_ref(value);
        if self.done.contains(&address) {
            return Ok(());
        }
        if let Some(first) = self.open.get(&address) {
            return Err(format!(
                "both {path} and {first} resolve to \"file:///values.schema.json#{first}\" causing reference cycle"
            ));
        }
        self.open.insert(address, path.to_owned());
        for keyword in ["$ref", "$dynamicRef", "$recursiveRef"] {
            let target = map.get(keyword).and_then(Value::as_str).and_then(|target| self.resolve(target));
            if let Some(target) = target {
                self.visit(&format!("{path}/{keyword}"), target)?;
            }
        }
        for keyword in SAME_INSTANCE {
            match map.get(keyword) {
                Some(Value::Array(items)) => {
                    for (at, item) in items.iter().enumerate() {
                        self.visit(&format!("{path}/{keyword}/{at}"), item)?;
                    }
                }
                Some(inner) => self.visit(&format!("{path}/{keyword}"), inner)?,
                None => {}
            }
        }
        self.open.remove(&address);
        self.done.insert(address);
        Ok(())
    }

    /// A reference into this document; anchors are found by their name.
    fn resolve(&self, reference: &str) -> Option<&'a Value> {
        let fragment = reference.strip_prefix('#').or_else(|| reference.strip_prefix("file:///values.schema.json#"))?;
        if fragment.is_empty() {
            return Some(self.schema);
        }
        self.schema.pointer(fragment)
    }
}

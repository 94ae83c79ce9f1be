//! Fields that the schema does not know: found, and taken out.

use serde_json::Value;

use super::{Field, MAX_DEPTH, Node, Schema, join};

/// Unknown fields beyond this number are removed but not listed.
const MAX_LISTED: usize = 100;

impl Schema {
    /// Removes fields that the schema does not know, and nulls that it does not allow (null means "not given" to
    /// Kubernetes); returns the paths of the unknown ones in the order of the object.
    pub(crate) fn prune(&self, value: &mut Value) -> Vec<String> {
        let mut unknown = Vec::new();
        self.root().prune(value, "", 0, &mut unknown);
        unknown
    }
}

impl Node<'_> {
    fn prune(self, value: &mut Value, path: &str, depth: usize, unknown: &mut Vec<String>) {
        if self.0.is_none() || depth > MAX_DEPTH {
            return;
        }
        match value {
            Value::Object(map) => map.retain(|name, value| match self.field(name) {
                Field::Unknown => {
                    if unknown.len() < MAX_LISTED {
                        unknown.push(join(path, name));
                    }
                    false
                }
                Field::Known(child) if value.is_null() => child.is_nullable(),
                Field::Known(child) => {
                    child.prune(value, &join(path, name), depth + 1, unknown);
                    true
                }
            }),
            Value::Array(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.items().prune(item, &format!("{path}[{index}]"), depth + 1, unknown);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

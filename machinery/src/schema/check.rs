//! Values against their schema: types, enumerations, bounds, required fields.
//!
//! Wording of apiextensions' validation (`pkg/apiserver/validation`). Values are never quoted in messages: they may
//! be secrets.

use serde_json::Value;

use super::{Field, ListType, MAX_DEPTH, Node, Schema, join};
use crate::status::Cause;

/// Causes beyond this number are not listed.
const MAX_CAUSES: usize = 100;

impl Schema {
    /// What is wrong with a value; empty if nothing is.
    pub(crate) fn check(&self, value: &Value) -> Vec<Cause> {
        let mut causes = Vec::new();
        self.root().check(value, "", 0, &mut causes);
        causes
    }
}

impl Node<'_> {
    fn check(self, value: &Value, path: &str, depth: usize, causes: &mut Vec<Cause>) {
        if self.0.is_none() || depth > MAX_DEPTH || causes.len() >= MAX_CAUSES {
            return;
        }
        if value.is_null() && self.is_nullable() {
            return;
        }
        if !self.has_type(value) {
            let (expected, is) = (self.expected_type(), type_name(value));
            let detail = format!("{path} in body must be of type {expected}: {is:?}");
            causes.push(Cause::new("FieldValueTypeInvalid", path, format!("Invalid value: {is:?}: {detail}")));
            return;
        }
        self.check_enum(value, path, causes);
        match value {
            Value::Object(map) => {
                self.check_required(value, path, causes);
                for (name, value) in map {
                    if let Field::Known(child) = self.field(name) {
                        child.check(value, &join(path, name), depth + 1, causes);
                    }
                }
            }
            Value::Array(items) => {
                self.check_length((items.len(), "Items", "items"), path, causes);
                self.check_keys(items, path, causes);
                for (index, item) in items.iter().enumerate() {
                    self.items().check(item, &format!("{path}[{index}]"), depth + 1, causes);
                }
            }
            Value::String(text) => self.check_length((text.chars().count(), "Length", "chars long"), path, causes),
            Value::Number(number) => self.check_bounds(number.as_f64().unwrap_or(0.0), path, causes),
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn expected_type(self) -> &'static str {
        if self.is_set("x-kubernetes-int-or-string") {
            return "integer,string";
        }
        match self.text("type") {
            "object" => "object",
            "array" => "array",
            "string" => "string",
            "boolean" => "boolean",
            "integer" => "integer",
            "number" => "number",
            _ => "",
        }
    }

    fn has_type(self, value: &Value) -> bool {
        match self.expected_type() {
            "integer,string" => value.is_string() || is_integer(value),
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "integer" => is_integer(value),
            "number" => value.is_number(),
            _ => true,
        }
    }

    fn check_enum(self, value: &Value, path: &str, causes: &mut Vec<Cause>) {
        let Some(allowed) = self.keyword("enum").and_then(Value::as_array) else { return };
        if allowed.contains(value) {
            return;
        }
        let names: Vec<&str> = allowed.iter().filter_map(Value::as_str).collect();
        let list = names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
        let message = format!("Unsupported value: supported values: {list}");
        causes.push(Cause::new("FieldValueNotSupported", path, message));
    }

    fn check_required(self, value: &Value, path: &str, causes: &mut Vec<Cause>) {
        let required = self.keyword("required").and_then(Value::as_array);
        for name in required.into_iter().flatten().filter_map(Value::as_str) {
            if value.get(name).is_none() {
                causes.push(Cause::required(&join(path, name), ""));
            }
        }
    }

    /// `(length, keyword suffix, unit)` against `minItems`, `maxLength`, …
    fn check_length(self, (length, suffix, unit): (usize, &str, &str), path: &str, causes: &mut Vec<Cause>) {
        let bound = |name: String| self.keyword(&name).and_then(Value::as_u64);
        if let Some(min) = bound(format!("min{suffix}")).filter(|min| (length as u64) < *min) {
            let detail = format!("{path} in body should be at least {min} {unit}");
            causes.push(Cause::new("FieldValueInvalid", path, format!("Invalid value: {detail}")));
        }
        if let Some(max) = bound(format!("max{suffix}")).filter(|max| length as u64 > *max) {
            let message = format!("Too long: may not be more than {max} {unit}");
            causes.push(Cause::new("FieldValueTooLong", path, message));
        }
    }

    fn check_bounds(self, number: f64, path: &str, causes: &mut Vec<Cause>) {
        let bound = |name: &str| self.keyword(name).and_then(Value::as_f64);
        let mut refuse = |words: &str, bound: f64| {
            let detail = format!("{path} in body should be {words} {bound}");
            causes.push(Cause::new("FieldValueInvalid", path, format!("Invalid value: {number}: {detail}")));
        };
        if let Some(minimum) = bound("minimum").filter(|minimum| number < *minimum) {
            refuse("greater than or equal to", minimum);
        }
        if let Some(maximum) = bound("maximum").filter(|maximum| number > *maximum) {
            refuse("less than or equal to", maximum);
        }
    }

    /// Items that the list type does not allow to stand twice.
    fn check_keys(self, items: &[Value], path: &str, causes: &mut Vec<Cause>) {
        let keys: Vec<Vec<&Value>> = match self.list_type() {
            ListType::Atomic => return,
            ListType::Set => items.iter().map(|item| vec![item]).collect(),
            ListType::Map(fields) => {
                let names: Vec<&str> = fields.iter().filter_map(Value::as_str).collect();
                let key = |item| names.iter().map(|name| field_of(item, name)).collect();
                items.iter().map(key).collect()
            }
        };
        let mut seen = std::collections::HashSet::new();
        for (index, key) in keys.iter().enumerate() {
            if !seen.insert(serde_json::to_string(key).unwrap_or_default()) {
                causes.push(Cause::new("FieldValueDuplicate", &format!("{path}[{index}]"), "Duplicate value"));
            }
        }
    }
}

fn field_of<'v>(item: &'v Value, name: &str) -> &'v Value {
    item.get(name).unwrap_or(&Value::Null)
}

fn is_integer(value: &Value) -> bool {
    value.is_i64()
        || value.is_u64()
        || value.as_f64().is_some_and(|number| number.fract() == 0.0 && number.abs() < 9e15)
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) if is_integer(value) => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

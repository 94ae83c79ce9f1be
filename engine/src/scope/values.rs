//! `.Values`: a map with a Go type of its own, and that type's methods.

use std::rc::Rc;

use helmx_template::{Failure, Map, MapType, Method, Type, Value};

use crate::function::to_yaml;

/// Helm's `common.Values`. Its methods hide keys of the same names.
pub(super) static VALUES: MapType = MapType { name: "common.Values", elem: Type::Any, methods: METHODS, is_nil: false };

const TEXT: &[Type] = &[Type::String];

const METHODS: &[Method] = &[
    Method::new("YAML", &[], yaml),
    Method::new("AsMap", &[], |this, _| Ok(retyped(this, &MapType::ANY))),
    Method::new("Table", TEXT, table),
    Method::new("PathValue", TEXT, path_value),
    // An io.Writer cannot be had in a template.
    Method::new("Encode", &[Type::Named("io.Writer")], |_, _| Ok(Value::Nil)),
];

fn retyped(value: &Value, ty: &'static MapType) -> Value {
    match value {
        Value::Map(map) => Value::Map(Rc::new(map.retyped(ty))),
        other => other.clone(),
    }
}

fn yaml(this: &Value, _: &[Value]) -> Result<Value, Failure> {
    Ok(Value::from(to_yaml(this)? + "\n"))
}

/// The table at a dotted path.
fn table(this: &Value, args: &[Value]) -> Result<Value, Failure> {
    let path = text(args);
    let mut value = this.clone();
    for name in path.split('.') {
        value = match child(&value, name) {
            Some(next @ Value::Map(_)) => next,
            _ => return Err(Failure::text(format!("{name:?} is not a table"))),
        };
    }
    Ok(retyped(&value, &VALUES))
}

/// The value at a dotted path, which must not be a table.
fn path_value(this: &Value, args: &[Value]) -> Result<Value, Failure> {
    let path = text(args);
    if path.is_empty() {
        return Err(Failure::text("YAML path cannot be empty"));
    }
    let missing = || Failure::text(format!("{path:?} is not a value"));
    let mut value = this.clone();
    for name in path.split('.') {
        value = child(&value, name).ok_or_else(missing)?;
    }
    if matches!(value, Value::Map(_)) { Err(missing()) } else { Ok(value) }
}

fn child(value: &Value, name: &str) -> Option<Value> {
    match value {
        Value::Map(map) => Map::get(map, name.as_bytes()),
        _ => None,
    }
}

fn text(args: &[Value]) -> String {
    match args.first() {
        Some(Value::String(text)) => String::from_utf8_lossy(text).into_owned(),
        _ => String::new(),
    }
}

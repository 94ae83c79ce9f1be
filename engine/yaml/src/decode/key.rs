//! Map keys as text, and values in Go's own notation for messages about keys.

use crate::data::Data;
use crate::format_float;
use crate::number::format_single;
use crate::quote;

/// The JSON name of a key; `None` for null, which has none.
pub(super) fn text(key: &Data) -> Option<String> {
    match key {
        Data::String(text) => Some(text.clone()),
        Data::Bool(value) => Some(value.to_string()),
        Data::Int(value) => Some(value.to_string()),
        Data::Float(value) => Some(match format_single(*value).as_str() {
            "+Inf" => ".inf".to_owned(),
            "-Inf" => "-.inf".to_owned(),
            "NaN" => ".nan".to_owned(),
            text => text.to_owned(),
        }),
        Data::Null | Data::List(_) | Data::Map(_) => None,
    }
}

/// `value` as Go's `%#v` shows what go-yaml decoded.
pub(super) fn go_syntax(value: &Data) -> String {
    match value {
        Data::Null => "<nil>".to_owned(),
        Data::List(items) => format!("[]interface {{}}{{{}}}", join(items.iter().map(inner))),
        Data::Map(map) => {
            let entries = map.iter().map(|(key, value)| format!("{}:{}", quote::text(key), inner(value)));
            format!("map[interface {{}}]interface {{}}{{{}}}", join(entries))
        }
        Data::Bool(_) | Data::Int(_) | Data::Float(_) | Data::String(_) => inner(value),
    }
}

fn inner(value: &Data) -> String {
    match value {
        Data::Null => "interface {}(nil)".to_owned(),
        Data::Bool(value) => value.to_string(),
        Data::Int(value) => value.to_string(),
        Data::Float(value) => format_float(*value),
        Data::String(text) => quote::text(text),
        Data::List(_) | Data::Map(_) => go_syntax(value),
    }
}

fn join(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}

//! How `{{ … }}` prints: scalars as in Go templates, nothing that YAML would misread.

use helmx_template::{Value as GoValue, format};
use minijinja::value::ValueKind;
use minijinja::{Error, ErrorKind, Output, State, Value};

use super::failure::carry;
use super::library::undefined;
use super::value::{Foreign, to_go};

pub(super) fn print(out: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let written = match value.kind() {
        ValueKind::Undefined => return Err(undefined(value)),
        ValueKind::None => out.write_str("null"),
        ValueKind::String => out.write_str(value.as_str().unwrap_or_default()),
        ValueKind::Bytes => out.write_str(&String::from_utf8_lossy(value.as_bytes().unwrap_or_default())),
        ValueKind::Bool | ValueKind::Number => out.write_str(&format::verb_v(&to_go(value).map_err(carry)?)),
        _ => return object(out, value),
    };
    written.map_err(Error::from)
}

/// Go structs with a text of their own print as that; lists and maps are nothing that could be printed.
fn object(out: &mut Output<'_>, value: &Value) -> Result<(), Error> {
    let what = match value.downcast_object_ref::<Foreign>().map(Foreign::go) {
        Some(GoValue::Object(object)) if let Some(text) = object.text().or_else(|| object.text_in_place()) => {
            return out.write_str(&text).map_err(Error::from);
        }
        Some(go @ GoValue::Complex(..)) => return out.write_str(&format::verb_v(go)).map_err(Error::from),
        Some(GoValue::List(_) | GoValue::Bytes(_)) => "a list",
        Some(GoValue::Map(_)) => "a map",
        Some(_) => "an object",
        None => match value.kind() {
            ValueKind::Seq | ValueKind::Iterable => "a list",
            ValueKind::Invalid => return Err(Error::new(ErrorKind::InvalidOperation, value.to_string())),
            _ => "this",
        },
    };
    Err(Error::new(ErrorKind::InvalidOperation, format!("{what} cannot be printed, use toYaml or toJson")))
}

//! Plain data to values, and values to plain data.

use helmx_template::{Map, Object, Str, Value};
use helmx_yaml::Data;

use super::argument::Walk;

/// A value of its own: nothing is shared with the data.
pub(crate) fn from_data(data: &Data) -> Value {
    match data {
        Data::Null => Value::Nil,
        Data::Bool(value) => Value::Bool(*value),
        Data::Int(value) => Value::int64(*value),
        Data::Float(value) => Value::Float(*value),
        Data::String(text) => Value::string(text),
        Data::List(items) => Value::list(items.iter().map(from_data).collect()),
        Data::Map(entries) => {
            Value::map(entries.iter().map(|(key, value)| (Str::from(key.as_bytes()), from_data(value))))
        }
    }
}

/// The value as `encoding/json` sees it: bytes in base64, times as text, durations as nanoseconds.
///
/// # Errors
/// Go's message for what has no JSON form, and for nesting without end.
pub(super) fn to_data(value: &Value) -> Result<Data, String> {
    convert(value, &mut Walk::new())
}

/// What Go says of a value that holds itself.
pub(super) const ENDLESS: &str = "json: unsupported value: encountered a cycle, or far too many values";

fn convert(value: &Value, walk: &mut Walk) -> Result<Data, String> {
    walk.down().ok_or(ENDLESS)?;
    let data = convert_node(value, walk);
    walk.up();
    data
}

fn convert_node(value: &Value, walk: &mut Walk) -> Result<Data, String> {
    Ok(match value {
        Value::List(list) if !list.ty().is_nil => {
            Data::List(list.items().iter().map(|item| convert(item, walk)).collect::<Result<_, _>>()?)
        }
        Value::Map(map) if !map.ty().is_nil => Data::Map(entries(map, walk)?),
        Value::Object(object) => match inside(object.as_ref()) {
            Inside::Text(text) => Data::String(text),
            Inside::Plain(value) => convert(&value, walk)?,
            Inside::Fields(fields) => {
                let field = |(name, value): (&str, Value)| Ok::<_, String>((name.to_owned(), convert(&value, walk)?));
                Data::Map(fields.into_iter().map(field).collect::<Result<_, _>>()?)
            }
        },
        leaf => self::leaf(leaf)?,
    })
}

/// A value that holds no others, and nil slices and maps, as `encoding/json` sees it.
///
/// # Errors
/// Go's message for what has no JSON form.
pub(super) fn leaf(value: &Value) -> Result<Data, String> {
    Ok(match value {
        Value::Bool(value) => Data::Bool(*value),
        Value::Int(_, int) => Data::Int(*int),
        Value::Uint(_, uint) => i64::try_from(*uint).map_or(Data::Float(*uint as f64), Data::Int),
        Value::Float(float) => Data::Float(finite(*float)?),
        // The shortest digits of the float32, read as a float64.
        Value::Float32(float) => Data::Float(finite(float.to_string().parse().unwrap_or(f64::from(*float)))?),
        Value::Complex(..) => return Err("json: unsupported type: complex128".to_owned()),
        Value::String(text) => Data::String(lossy(text)),
        Value::Bytes(bytes) => Data::String(data_encoding::BASE64.encode(bytes)),
        Value::Nil | Value::List(_) | Value::Map(_) | Value::Object(_) => Data::Null,
    })
}

fn entries(map: &Map, walk: &mut Walk) -> Result<helmx_yaml::Map, String> {
    let entry = |(key, value): (Str, Value)| Ok((lossy(&key), convert(&value, walk)?));
    map.entries().into_iter().map(entry).collect()
}

/// What `encoding/json` finds in an object.
pub(super) enum Inside {
    Text(String),
    Plain(Value),
    /// In the order of the Go struct.
    Fields(Vec<(&'static str, Value)>),
}

pub(super) fn inside(object: &dyn Object) -> Inside {
    if let Some(time) = moment(object) {
        return Inside::Text(time);
    }
    if let Some(plain) = object.plain() {
        return Inside::Plain(plain);
    }
    let fields = object.json_fields();
    match object.text() {
        Some(text) if fields.is_empty() => Inside::Text(text),
        _ => Inside::Fields(fields),
    }
}

/// What encoders find in an object that look at Go's values themselves, such as those of TOML and go-yaml v3.
pub(super) enum Native {
    /// A moment, which is no text there.
    Moment(String),
    Text(String),
    Plain(Value),
    /// The exported fields, by their number in the Go struct.
    Struct(Vec<(usize, &'static str, Value)>),
}

pub(super) fn native(object: &dyn Object) -> Native {
    if let Some(time) = moment(object) {
        return Native::Moment(time);
    }
    if let Some(duration) = object.as_any().downcast_ref::<crate::go::Duration>() {
        return Native::Text(duration.text().unwrap_or_default());
    }
    match inside(object) {
        Inside::Text(text) => Native::Text(text),
        Inside::Plain(value) => Native::Plain(value),
        // JSON names fields by its own tags.
        Inside::Fields(_) => {
            let fields = object.fields().into_iter().enumerate().map(|(number, (name, value))| (number, name, value));
            Native::Struct(fields.filter(|(_, name, _)| name.starts_with(|first: char| first.is_uppercase())).collect())
        }
    }
}

fn moment(object: &dyn Object) -> Option<String> {
    let time = object.as_any().downcast_ref::<crate::go::Time>()?;
    Some(crate::go::format(&time.0, "2006-01-02T15:04:05.999999999Z07:00"))
}

fn finite(float: f64) -> Result<f64, String> {
    if float.is_finite() {
        return Ok(float);
    }
    let shown = helmx_template::format::float::format(float, 'g', None);
    Err(format!("json: unsupported value: {shown}"))
}

/// Bytes that are not UTF-8 become U+FFFD, as in Go's JSON.
pub(super) fn lossy(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

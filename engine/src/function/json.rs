//! JSON, as Go's `encoding/json` reads and writes it.

use std::cell::RefCell;

use helmx_template::{Failure, List, ListType, Map, MapType, Type, Value};
use helmx_yaml::{Data, json};
use serde::{Serialize, Serializer};

use super::argument::{Arguments, Walk};
use super::data::{self, Inside, from_data};
use super::text::text;
use super::{Entry, plain};

const A: &[Type] = &[Type::Any];
const S: &[Type] = &[Type::String];

pub(super) const TABLE: &[Entry] = &[
    plain("toJson", A, |args| text(encode(args, Layout::Compact).unwrap_or_default())),
    plain("mustToJson", A, |args| text(encode(args, Layout::Compact)?)),
    plain("toPrettyJson", A, |args| text(encode(args, Layout::Indented).unwrap_or_default())),
    plain("mustToPrettyJson", A, |args| text(encode(args, Layout::Indented)?)),
    plain("toRawJson", A, |args| text(encode(args, Layout::Raw)?)),
    plain("mustToRawJson", A, |args| text(encode(args, Layout::Raw)?)),
    plain("fromJson", S, |args| Ok(from_json(args.text(0)))),
    plain("fromJsonArray", S, |args| Ok(list_or_error(list(args.text(0))))),
    plain("mustFromJson", S, |args| {
        json::decode(args.text(0)).map(|data| from_data(&data)).map_err(|error| Failure::text(error.to_string()))
    }),
];

#[derive(Clone, Copy)]
enum Layout {
    Compact,
    Indented,
    /// Without HTML escapes.
    Raw,
}

fn encode(args: &[Value], layout: Layout) -> Result<String, String> {
    let walk = RefCell::new(Walk::new());
    let node = Node { value: args.any(0), walk: &walk };
    let text = match layout {
        Layout::Compact => json::encode(&node),
        Layout::Indented => json::encode_indent(&node),
        Layout::Raw => json::encode_raw(&node),
    };
    text.map_err(|error| error.to_string())
}

/// A value as it is written.
struct Node<'v> {
    value: &'v Value,
    walk: &'v RefCell<Walk>,
}

impl Serialize for Node<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.walk.borrow_mut().down().ok_or_else(|| serde::ser::Error::custom(data::ENDLESS))?;
        let written = self.write(serializer);
        self.walk.borrow_mut().up();
        written
    }
}

impl Node<'_> {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let node = |value| Node { value, walk: self.walk };
        match self.value {
            Value::List(list) if !list.ty().is_nil => serializer.collect_seq(list.items().iter().map(node)),
            Value::Map(map) if !map.ty().is_nil => {
                let entries = map.entries();
                serializer.collect_map(entries.iter().map(|(key, value)| (data::lossy(key), node(value))))
            }
            Value::Object(object) => match data::inside(object.as_ref()) {
                Inside::Text(text) => serializer.serialize_str(&text),
                Inside::Plain(value) => node(&value).serialize(serializer),
                // In the order of the Go struct.
                Inside::Fields(fields) => {
                    serializer.collect_map(fields.iter().map(|(name, value)| (name, node(value))))
                }
            },
            leaf => data::leaf(leaf).map_err(serde::ser::Error::custom)?.serialize(serializer),
        }
    }
}

/// What is read remains beside the complaint about a number.
fn from_json(source: &[u8]) -> Value {
    let read = json::decode_partly(source).map_err(|error| error.to_string());
    match read.and_then(|(data, fault)| Ok((as_map(data)?, fault))) {
        Ok((Data::Map(mut map), Some(fault))) => {
            map.insert("Error".to_owned(), Data::String(fault.to_string()));
            from_data(&Data::Map(map))
        }
        Ok((data, _)) => map_or_error(Ok(data)),
        Err(message) => map_or_error(Err(message)),
    }
}

fn list(source: &[u8]) -> Result<Data, String> {
    let (data, fault) = json::decode_partly(source).map_err(|error| error.to_string())?;
    let data = as_list(data)?;
    fault.map_or(Ok(data), |fault| Err(fault.to_string()))
}

/// Go's message for a value of the wrong kind.
pub(super) fn as_map(data: Data) -> Result<Data, String> {
    match data {
        Data::Map(_) | Data::Null => Ok(data),
        other => {
            Err(format!("json: cannot unmarshal {} into Go value of type map[string]interface {{}}", other.json_kind()))
        }
    }
}

/// Go's message for a value of the wrong kind.
pub(super) fn as_list(data: Data) -> Result<Data, String> {
    match data {
        Data::List(_) | Data::Null => Ok(data),
        other => Err(format!("json: cannot unmarshal {} into Go value of type []interface {{}}", other.json_kind())),
    }
}

/// Errors are an entry `Error` of the result: templates cannot catch them otherwise.
pub(super) fn map_or_error(result: Result<Data, String>) -> Value {
    match result {
        Ok(Data::Null) => Value::Map(Map::new(&MapType::NIL_ANY, []).into()),
        Ok(data) => from_data(&data),
        Err(message) => Value::map([(b"Error".as_slice().into(), Value::from(message))]),
    }
}

/// Errors are the only item of the result.
pub(super) fn list_or_error(result: Result<Data, String>) -> Value {
    match result {
        Ok(Data::Null) => Value::List(List::new(&ListType::NIL_ANY, Vec::new()).into()),
        Ok(data) => from_data(&data),
        Err(message) => Value::list(vec![Value::from(message)]),
    }
}

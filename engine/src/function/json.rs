//! JSON, as Go's `encoding/json` reads and writes it.

use helmx_template::{Failure, List, ListType, Map, MapType, Type, Value};
use helmx_yaml::{Data, json};

use super::argument::Arguments;
use super::data::{from_data, to_data};
use super::text::text;
use super::{Entry, plain};

const A: &[Type] = &[Type::Any];
const S: &[Type] = &[Type::String];

pub(super) const TABLE: &[Entry] = &[
    plain("toJson", A, |args| text(encode(args, json::encode).unwrap_or_default())),
    plain("mustToJson", A, |args| text(encode(args, json::encode)?)),
    plain("toPrettyJson", A, |args| text(encode(args, json::encode_indent).unwrap_or_default())),
    plain("mustToPrettyJson", A, |args| text(encode(args, json::encode_indent)?)),
    plain("toRawJson", A, |args| text(encode(args, json::encode_raw)?)),
    plain("mustToRawJson", A, |args| text(encode(args, json::encode_raw)?)),
    plain("fromJson", S, |args| Ok(map_or_error(decode(args.text(0)).and_then(as_map)))),
    plain("fromJsonArray", S, |args| Ok(list_or_error(decode(args.text(0)).and_then(as_list)))),
    plain("mustFromJson", S, |args| decode(args.text(0)).map(|data| from_data(&data)).map_err(Failure::Text)),
];

fn encode(args: &[Value], encoder: fn(&Data) -> Result<String, helmx_yaml::Error>) -> Result<String, String> {
    encoder(&to_data(args.any(0))?).map_err(|error| error.to_string())
}

fn decode(source: &[u8]) -> Result<Data, String> {
    json::decode(source).map_err(|error| error.to_string())
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

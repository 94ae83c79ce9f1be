//! YAML in and out (`sigs.k8s.io/yaml`, and go-yaml v3 for the pretty form).

mod pretty;

use helmx_template::{Failure, Type, Value};
use helmx_yaml::Data;

use super::argument::Arguments;
use super::data::to_data;
use super::json::{as_list, as_map, list_or_error, map_or_error};
use super::text::text;
use super::{Entry, plain};

const A: &[Type] = &[Type::Any];
const S: &[Type] = &[Type::String];

pub(super) const TABLE: &[Entry] = &[
    plain("toYaml", A, |args| text(to_yaml(args.any(0)).unwrap_or_default())),
    plain("mustToYaml", A, |args| text(to_yaml(args.any(0)).map_err(Failure::Text)?)),
    plain("toYamlPretty", A, |args| text(pretty::encode(args.any(0))?)),
    plain("fromYaml", S, |args| Ok(map_or_error(decode_map(args.text(0))))),
    plain("fromYamlArray", S, |args| Ok(list_or_error(decode_list(args.text(0))))),
];

/// Block style without the final newline.
pub(crate) fn to_yaml(value: &Value) -> Result<String, String> {
    let data = to_data(value).map_err(|message| format!("error marshaling into JSON: {message}"))?;
    let mut yaml = helmx_yaml::encode(&data).map_err(|error| error.to_string())?;
    if yaml.ends_with('\n') {
        yaml.pop();
    }
    Ok(yaml)
}

fn decode(source: &[u8], empty: Data) -> Result<Data, String> {
    // Nothing leaves the Go variable as it was: empty, but not nil.
    match helmx_yaml::decode(source) {
        Ok(Data::Null) => Ok(empty),
        Ok(data) => Ok(data),
        Err(error) => Err(error.to_string()),
    }
}

fn decode_map(source: &[u8]) -> Result<Data, String> {
    decode(source, Data::Map(helmx_yaml::Map::new())).and_then(|data| typed(as_map(data)))
}

fn decode_list(source: &[u8]) -> Result<Data, String> {
    decode(source, Data::List(Vec::new())).and_then(|data| typed(as_list(data)))
}

fn typed(result: Result<Data, String>) -> Result<Data, String> {
    result.map_err(|message| format!("error unmarshaling JSON: while decoding JSON: {message}"))
}

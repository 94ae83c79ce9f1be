//! Data to YAML in the layout of go-yaml v3 with two spaces, which is what `toYamlPretty` prints.

use crate::data::Data;
use crate::emitter::{self, Dialect};
use crate::error::Error;

/// `value` as go-yaml v3 writes it: lists indented, nothing folded, floats with exponents, with a final newline.
pub fn encode_pretty(value: &Data) -> Result<String, Error> {
    emitter::write(value, Dialect::V3, number)
}

fn number(value: &Data) -> Result<String, Error> {
    Ok(match value {
        Data::Int(value) => value.to_string(),
        Data::Float(value) => match crate::format_float(*value).as_str() {
            "+Inf" => ".inf".to_owned(),
            "-Inf" => "-.inf".to_owned(),
            "NaN" => ".nan".to_owned(),
            text => text.to_owned(),
        },
        Data::Null | Data::Bool(_) | Data::String(_) | Data::List(_) | Data::Map(_) => {
            return crate::json::encode(value);
        }
    })
}

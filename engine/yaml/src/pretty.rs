//! Values to YAML in the layout of go-yaml v3 with two spaces, which is what `toYamlPretty` prints.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::data::Data;
use crate::emitter::{self, Dialect, Node, Shape, Text};
use crate::error::Error;
use crate::{key_order, number};

/// What go-yaml v3 writes. It gets Go's values as they are, not by way of JSON.
pub enum Pretty {
    /// Written as it stands: numbers, truths, moments, null.
    Word(Cow<'static, str>),
    /// Text, or bytes, which are written in base64.
    Text(Vec<u8>),
    List(Vec<Pretty>),
    /// Written in the natural order of the keys.
    Map(Vec<(Vec<u8>, Pretty)>),
    /// Written in this order.
    Struct(Vec<(String, Pretty)>),
}

impl Pretty {
    /// The shortest digits, as Go writes them with `g`.
    pub fn float(digits: String) -> Self {
        Self::Word(number::in_yaml(digits).into())
    }
}

impl From<&Data> for Pretty {
    fn from(data: &Data) -> Self {
        match data {
            Data::Null => Self::Word("null".into()),
            Data::Bool(true) => Self::Word("true".into()),
            Data::Bool(false) => Self::Word("false".into()),
            Data::Int(value) => Self::Word(value.to_string().into()),
            Data::Float(value) => Self::float(crate::format_float(*value)),
            Data::String(text) => Self::Text(text.clone().into_bytes()),
            Data::List(items) => Self::List(items.iter().map(Self::from).collect()),
            Data::Map(map) => {
                Self::Map(map.iter().map(|(key, value)| (key.clone().into_bytes(), value.into())).collect())
            }
        }
    }
}

/// `value` as go-yaml v3 writes it: lists indented, nothing folded, floats with exponents, with a final newline.
pub fn encode_pretty(value: &Pretty) -> Result<String, Error> {
    emitter::write(value, Dialect::V3)
}

impl Node for Pretty {
    fn shape(&self) -> Result<Shape<'_, Self>, Error> {
        Ok(match self {
            Self::Word(word) => Shape::Word(Cow::Borrowed(word)),
            Self::Text(bytes) => Shape::Text(text(bytes)),
            Self::List(items) => Shape::List(items),
            Self::Map(entries) => {
                let named = entries.iter().map(|(key, value)| (String::from_utf8_lossy(key), text(key), value));
                let sorted = key_order::sorted(named.collect(), |(name, ..)| name, Dialect::V3);
                Shape::Map(sorted.into_iter().map(|(_, key, value)| (key, value)).collect())
            }
            Self::Struct(fields) => Shape::Map(fields.iter().map(|(name, value)| (Text::plain(name), value)).collect()),
        })
    }
}

fn text(bytes: &[u8]) -> Text<'_> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Text::plain(text),
        Err(_) => Text::binary(base64(bytes)),
    }
}

/// Lines of 70 characters; one alone has no line break.
fn base64(bytes: &[u8]) -> String {
    const LINE: usize = 70;
    let text = STANDARD.encode(bytes);
    if text.len() < LINE {
        return text;
    }
    let mut lines = String::with_capacity(text.len() + text.len() / LINE + 1);
    for (at, character) in text.char_indices() {
        lines.push(character);
        if (at + 1) % LINE == 0 || at + 1 == text.len() {
            lines.push('\n');
        }
    }
    lines
}

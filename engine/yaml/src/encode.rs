//! Data to YAML in the layout of `sigs.k8s.io/yaml` (go-yaml v2), which is what `toYaml` prints.

use std::borrow::Cow;

use crate::data::Data;
use crate::emitter::{self, Dialect, Node, Shape, Text};
use crate::error::Error;
use crate::number::{self, Layout};
use crate::{json, key_order, reader, tree};

/// `value` as `yaml.Marshal` writes it: keys in natural order, lists not indented, folded at 80 columns,
/// with a final newline.
///
/// # Errors
/// NaN, infinities and characters that the way over JSON and back through YAML refuses.
pub fn encode(value: &Data) -> Result<String, Error> {
    let value = through_json(value)?;
    emitter::write(&*value, Dialect::V2)
}

impl Node for Data {
    fn shape(&self) -> Result<Shape<'_, Self>, Error> {
        Ok(match self {
            Self::Null => Shape::Word("null".into()),
            Self::Bool(true) => Shape::Word("true".into()),
            Self::Bool(false) => Shape::Word("false".into()),
            Self::Int(value) => Shape::Word(value.to_string().into()),
            Self::Float(value) => Shape::Word(float(*value)?.into()),
            Self::String(text) => Shape::Text(Text::plain(text)),
            Self::List(items) => Shape::List(items),
            Self::Map(map) => {
                let entries = map.iter().map(|(key, value)| (Text::plain(key), value)).collect();
                Shape::Map(key_order::sorted(entries, |(key, _)| &key.text, Dialect::V2))
            }
        })
    }
}

/// Whole numbers that fit 64 bits are written in full, others with Go's shortest notation.
fn float(value: f64) -> Result<String, Error> {
    match value {
        _ if !value.is_finite() => {
            Err(Error::encode(format!("json: unsupported value: {}", crate::format_float(value))))
        }
        0.0 => Ok("0".to_owned()),
        _ if value.fract() == 0.0 && (-9.223_372_036_854_776e18..1.844_674_407_370_955_2e19).contains(&value) => {
            Ok(number::format(value, Layout::Json))
        }
        _ => Ok(crate::format_float(value)),
    }
}

/// The library writes JSON and reads it back as YAML, where NEL is a line break and some controls are refused.
fn through_json(value: &Data) -> Result<Cow<'_, Data>, Error> {
    if !has_oddity(value) {
        return Ok(Cow::Borrowed(value));
    }
    Ok(Cow::Owned(match value {
        Data::String(text) => Data::String(reread(text)?),
        Data::List(items) => {
            Data::List(items.iter().map(|item| through_json(item).map(Cow::into_owned)).collect::<Result<_, _>>()?)
        }
        Data::Map(map) => Data::Map(
            map.iter()
                .map(|(key, value)| Ok((reread(key)?, through_json(value)?.into_owned())))
                .collect::<Result<_, Error>>()?,
        ),
        Data::Null | Data::Bool(_) | Data::Int(_) | Data::Float(_) => value.clone(),
    }))
}

fn has_oddity(value: &Data) -> bool {
    match value {
        Data::String(text) => is_odd(text),
        Data::List(items) => items.iter().any(has_oddity),
        Data::Map(map) => map.iter().any(|(key, value)| is_odd(key) || has_oddity(value)),
        Data::Null | Data::Bool(_) | Data::Int(_) | Data::Float(_) => false,
    }
}

/// DEL and the C1 controls, NEL among them, go through JSON unescaped.
fn is_odd(text: &str) -> bool {
    text.chars().any(|character| matches!(character, '\u{7F}'..='\u{9F}' | '\u{FFFE}' | '\u{FFFF}'))
}

fn reread(text: &str) -> Result<String, Error> {
    if !is_odd(text) {
        return Ok(text.to_owned());
    }
    let written = json::encode(text)?;
    let parsed = reader::read(written.as_bytes()).and_then(|text| {
        let tree = tree::parse(&text)?;
        Ok(match tree.nodes.into_iter().next().map(|node| node.kind) {
            Some(tree::NodeKind::Scalar { value, .. }) => value.into_owned(),
            _ => String::new(),
        })
    });
    parsed.map_err(|error| Error::encode(error.message()))
}

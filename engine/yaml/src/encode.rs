//! Data to YAML in the layout of `sigs.k8s.io/yaml` (go-yaml v2), which is what `toYaml` prints.

use std::borrow::Cow;

use crate::data::Data;
use crate::emitter::{self, Dialect};
use crate::error::Error;
use crate::number::{self, Layout};
use crate::{json, reader, tree};

/// `value` as `yaml.Marshal` writes it: keys in natural order, lists not indented, folded at 80 columns,
/// with a final newline.
///
/// # Errors
/// NaN, infinities and characters that the way over JSON and back through YAML refuses.
pub fn encode(value: &Data) -> Result<String, Error> {
    let value = through_json(value)?;
    emitter::write(&value, Dialect::V2, number)
}

/// Whole numbers that fit 64 bits are written in full, others with Go's shortest notation.
fn number(value: &Data) -> Result<String, Error> {
    match value {
        Data::Float(value) if !value.is_finite() => {
            Err(Error::encode(format!("json: unsupported value: {}", crate::format_float(*value))))
        }
        Data::Float(0.0) => Ok("0".to_owned()),
        Data::Float(value)
            if value.fract() == 0.0 && (-9.223_372_036_854_776e18..1.844_674_407_370_955_2e19).contains(value) =>
        {
            Ok(number::format(*value, Layout::Json))
        }
        Data::Float(value) => Ok(crate::format_float(*value)),
        Data::Int(value) => Ok(value.to_string()),
        Data::Null | Data::Bool(_) | Data::String(_) | Data::List(_) | Data::Map(_) => json::encode(value),
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

//! The JSON-like value that charts, values and manifests are made of.

use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::map::Map;

/// One value. Integers exist only where Go has them too: from `--set`, from literals in templates and from
/// [`crate::decode_exact`]; everything read through [`crate::decode`] is a [`Data::Float`].
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Data {
    #[default]
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    String(String),
    List(Vec<Data>),
    Map(Map),
}

impl Data {
    /// The word Go's `encoding/json` uses for this kind of value in its messages.
    pub fn json_kind(&self) -> &'static str {
        match self {
            Data::Null => "null",
            Data::Bool(_) => "bool",
            Data::Int(_) | Data::Float(_) => "number",
            Data::String(_) => "string",
            Data::List(_) => "array",
            Data::Map(_) => "object",
        }
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Data::Null)
    }

    pub fn as_bool(&self) -> Option<bool> {
        if let Data::Bool(value) = self { Some(*value) } else { None }
    }

    /// What `%T` prints of the value as Go holds it after decoding JSON into `interface{}`, integers kept.
    pub fn go_type(&self) -> &'static str {
        match self {
            Data::Null => "<nil>",
            Data::Bool(_) => "bool",
            Data::Int(_) => "int64",
            Data::Float(_) => "float64",
            Data::String(_) => "string",
            Data::List(_) => "[]interface {}",
            Data::Map(_) => "map[string]interface {}",
        }
    }

    pub fn as_str(&self) -> Option<&str> {
        if let Data::String(value) = self { Some(value) } else { None }
    }

    pub fn as_list(&self) -> Option<&[Data]> {
        if let Data::List(value) = self { Some(value) } else { None }
    }

    pub fn as_map(&self) -> Option<&Map> {
        if let Data::Map(value) = self { Some(value) } else { None }
    }

    pub fn as_map_mut(&mut self) -> Option<&mut Map> {
        if let Data::Map(value) = self { Some(value) } else { None }
    }

    /// The table inside, or an empty one for anything else.
    pub fn into_map(self) -> Map {
        if let Data::Map(value) = self { value } else { Map::new() }
    }

    /// The entry of a table; `None` for other kinds and for missing keys.
    pub fn get(&self, key: &str) -> Option<&Data> {
        self.as_map()?.get(key)
    }

    /// The value at a dotted path such as `image.tag`. Keys that contain dots cannot be reached.
    pub fn path(&self, path: &str) -> Option<&Data> {
        path.split('.').try_fold(self, |value, key| value.get(key))
    }

    /// This value with every integer turned into the float Go's `encoding/json` would read.
    pub fn with_float_numbers(self) -> Data {
        match self {
            Data::Int(value) => Data::Float(value as f64),
            Data::List(items) => Data::List(items.into_iter().map(Data::with_float_numbers).collect()),
            Data::Map(map) => Data::Map(map.into_iter().map(|(k, v)| (k, v.with_float_numbers())).collect()),
            Data::Null | Data::Bool(_) | Data::Float(_) | Data::String(_) => self,
        }
    }
}

impl From<bool> for Data {
    fn from(value: bool) -> Data {
        Data::Bool(value)
    }
}

impl From<i64> for Data {
    fn from(value: i64) -> Data {
        Data::Int(value)
    }
}

impl From<f64> for Data {
    fn from(value: f64) -> Data {
        Data::Float(value)
    }
}

impl From<&str> for Data {
    fn from(value: &str) -> Data {
        Data::String(value.to_owned())
    }
}

impl From<String> for Data {
    fn from(value: String) -> Data {
        Data::String(value)
    }
}

impl From<Vec<Data>> for Data {
    fn from(value: Vec<Data>) -> Data {
        Data::List(value)
    }
}

impl From<Map> for Data {
    fn from(value: Map) -> Data {
        Data::Map(value)
    }
}

impl FromIterator<(String, Data)> for Data {
    fn from_iter<I: IntoIterator<Item = (String, Data)>>(entries: I) -> Data {
        Data::Map(entries.into_iter().collect())
    }
}

/// Integers that fit 64 bits stay integers.
impl From<serde_json::Value> for Data {
    fn from(value: serde_json::Value) -> Data {
        match value {
            serde_json::Value::Null => Data::Null,
            serde_json::Value::Bool(value) => Data::Bool(value),
            serde_json::Value::Number(number) => match number.as_i64() {
                Some(integer) => Data::Int(integer),
                None => Data::Float(number.as_f64().unwrap_or(f64::NAN)),
            },
            serde_json::Value::String(value) => Data::String(value),
            serde_json::Value::Array(items) => Data::List(items.into_iter().map(Data::from).collect()),
            serde_json::Value::Object(map) => Data::Map(map.into_iter().map(|(k, v)| (k, v.into())).collect()),
        }
    }
}

/// Whole floats become JSON integers, as Go writes them; NaN and infinities become null.
impl From<Data> for serde_json::Value {
    fn from(value: Data) -> serde_json::Value {
        match value {
            Data::Null => serde_json::Value::Null,
            Data::Bool(value) => value.into(),
            Data::Int(value) => value.into(),
            Data::Float(value) if value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0 => {
                (value as i64).into()
            }
            Data::Float(value) => value.into(),
            Data::String(value) => value.into(),
            Data::List(items) => items.into_iter().map(serde_json::Value::from).collect(),
            Data::Map(map) => serde_json::Value::Object(map.into_iter().map(|(k, v)| (k, v.into())).collect()),
        }
    }
}

impl Serialize for Data {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Data::Null => serializer.serialize_unit(),
            Data::Bool(value) => serializer.serialize_bool(*value),
            Data::Int(value) => serializer.serialize_i64(*value),
            // Formats such as JSON would quietly write null.
            Data::Float(value) if !value.is_finite() => {
                Err(serde::ser::Error::custom(format_args!("json: unsupported value: {}", crate::format_float(*value))))
            }
            Data::Float(value) => serializer.serialize_f64(*value),
            Data::String(value) => serializer.serialize_str(value),
            Data::List(items) => serializer.collect_seq(items),
            Data::Map(map) => map.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Data, D::Error> {
        deserializer.deserialize_any(DataVisitor)
    }
}

struct DataVisitor;

impl<'de> Visitor<'de> for DataVisitor {
    type Value = Data;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Data, E> {
        Ok(Data::Null)
    }

    fn visit_none<E>(self) -> Result<Data, E> {
        Ok(Data::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Data, D::Error> {
        Data::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Data, E> {
        Ok(Data::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Data, E> {
        Ok(Data::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Data, E> {
        Ok(i64::try_from(value).map_or(Data::Float(value as f64), Data::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Data, E> {
        Ok(Data::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Data, E> {
        Ok(Data::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Data, E> {
        Ok(Data::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Data, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Data::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Data, A::Error> {
        let mut map = Map::new();
        while let Some((key, value)) = entries.next_entry()? {
            map.insert(key, value);
        }
        Ok(Data::Map(map))
    }
}

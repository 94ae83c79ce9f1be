//! Go structs read out of data: fields by name, with the type errors of `encoding/json` (Go 1.27).

use std::collections::BTreeMap;

use helmx_yaml::{Data, Map, format_float, json};

use crate::rfc3339;

/// A value that does not fit its Go type. `Display` is Go's text, without the prefix of the YAML library.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TypeError(String);

impl TypeError {
    fn json(what: impl std::fmt::Display) -> Self {
        Self(format!("json: {what}"))
    }
}

/// How plain scalars that are no text are taken where text is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scalars {
    /// `5` and `true` are the texts `5` and `true` (`sigs.k8s.io/yaml` with a known target).
    AsText,
    /// They are type errors (`encoding/json`).
    Typed,
}

/// One struct.
#[derive(Clone)]
pub(crate) struct Fields<'a> {
    map: &'a Map,
    /// `.dependencies.0`, empty at the top.
    path: String,
    scalars: Scalars,
}

impl<'a> Fields<'a> {
    /// The top-level struct, called `go_type` in messages. Null reads as a struct without fields.
    pub(crate) fn root(data: &'a Data, go_type: &str, scalars: Scalars) -> Result<Option<Fields<'a>>, TypeError> {
        match data {
            Data::Null => Ok(None),
            Data::Map(map) => Ok(Some(Fields { map, path: String::new(), scalars })),
            other => {
                let kind = other.json_kind();
                // What the YAML library converts on the way has become text.
                let kind =
                    if scalars == Scalars::Typed || !matches!(kind, "number" | "bool") { kind } else { "number" };
                Err(TypeError::json(format_args!("cannot unmarshal {kind} into Go value of type {go_type}")))
            }
        }
    }

    /// The value of a field; null counts as absent. Names match as Go matches them: exactly, else in any case.
    pub(crate) fn get(&self, name: &str) -> Option<&'a Data> {
        let exact = self.map.get(name);
        let found =
            exact.or_else(|| self.map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value));
        found.filter(|value| !value.is_null())
    }

    /// The first key that is none of `known`.
    pub(crate) fn unknown(&self, known: &[&str]) -> Option<&'a str> {
        let is_known = |key: &&String| known.iter().any(|name| name.eq_ignore_ascii_case(key));
        self.map.keys().find(|key| !is_known(key)).map(String::as_str)
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.map.keys().map(String::as_str)
    }

    pub(crate) fn with_scalars(&self, scalars: Scalars) -> Fields<'a> {
        Fields { scalars, ..self.clone() }
    }

    fn mismatch(&self, value: &Data, place: &str, go_type: &str) -> TypeError {
        TypeError::json(format_args!(
            "cannot unmarshal {} into Go struct field {}.{place} of type {go_type}",
            value.json_kind(),
            self.path
        ))
    }

    /// Text, empty if absent.
    pub(crate) fn text(&self, name: &str) -> Result<String, TypeError> {
        self.get(name).map_or(Ok(String::new()), |value| {
            scalar_text(value, self.scalars).ok_or_else(|| self.mismatch(value, name, "string"))
        })
    }

    /// A moment as Go writes it.
    pub(crate) fn time(&self, name: &str) -> Result<Option<String>, TypeError> {
        match self.get(name) {
            None => Ok(None),
            Some(Data::String(text)) => rfc3339::normalised(text).map(Some).map_err(TypeError),
            Some(value) => Err(self.mismatch(value, name, "time.Time")),
        }
    }

    pub(crate) fn flag(&self, name: &str) -> Result<bool, TypeError> {
        match self.get(name) {
            None => Ok(false),
            Some(Data::Bool(value)) => Ok(*value),
            Some(value) => Err(self.mismatch(value, name, "bool")),
        }
    }

    /// A whole number, 0 if absent.
    pub(crate) fn integer(&self, name: &str) -> Result<i64, TypeError> {
        match self.get(name) {
            None => Ok(0),
            Some(Data::Int(value)) => Ok(*value),
            Some(Data::Float(value)) if value.fract() == 0.0 && value.abs() < 9.2e18 => Ok(*value as i64),
            Some(value) => Err(self.mismatch(value, name, "int")),
        }
    }

    pub(crate) fn list(&self, name: &str, go_type: &str) -> Result<&'a [Data], TypeError> {
        match self.get(name) {
            None => Ok(&[]),
            Some(Data::List(items)) => Ok(items),
            Some(value) => Err(self.mismatch(value, name, go_type)),
        }
    }

    pub(crate) fn texts(&self, name: &str) -> Result<Vec<String>, TypeError> {
        let items = self.list(name, "[]string")?.iter().enumerate();
        items.map(|(at, item)| self.item_text(name, at, item)).collect()
    }

    fn item_text(&self, name: &str, at: usize, item: &Data) -> Result<String, TypeError> {
        if item.is_null() {
            return Ok(String::new());
        }
        scalar_text(item, self.scalars).ok_or_else(|| {
            TypeError::json(format_args!(
                "cannot unmarshal {} into {}.{name}.{at} of type string",
                item.json_kind(),
                self.path
            ))
        })
    }

    pub(crate) fn text_map(&self, name: &str) -> Result<BTreeMap<String, String>, TypeError> {
        let map = match self.get(name) {
            None => return Ok(BTreeMap::new()),
            Some(Data::Map(map)) => map,
            Some(value) => return Err(self.mismatch(value, name, "map[string]string")),
        };
        let entries = map.iter().map(|(key, value)| {
            let text = if value.is_null() { Some(String::new()) } else { scalar_text(value, self.scalars) };
            let text =
                text.ok_or_else(|| self.mismatch(value, &format!("{name}.{}", json::pointer_step(key)), "string"))?;
            Ok((key.clone(), text))
        });
        entries.collect()
    }

    /// A struct inside this one.
    pub(crate) fn inner(&self, name: &str, go_type: &str) -> Result<Option<Fields<'a>>, TypeError> {
        match self.get(name) {
            None => Ok(None),
            Some(Data::Map(map)) => {
                Ok(Some(Fields { map, path: format!("{}.{name}", self.path), scalars: self.scalars }))
            }
            Some(value) => Err(self.mismatch(value, name, go_type)),
        }
    }

    /// The structs of a list; `None` stands for null.
    pub(crate) fn structs(&self, name: &str, go_type: &str) -> Result<Vec<Option<Fields<'a>>>, TypeError> {
        let items = self.list(name, &format!("[]*{go_type}"))?.iter().enumerate();
        items.map(|(at, item)| self.item_struct(&format!("{name}.{at}"), item, go_type)).collect()
    }

    pub(crate) fn item_struct(
        &self,
        place: &str,
        item: &'a Data,
        go_type: &str,
    ) -> Result<Option<Fields<'a>>, TypeError> {
        match item {
            Data::Null => Ok(None),
            Data::Map(map) => Ok(Some(Fields { map, path: format!("{}.{place}", self.path), scalars: self.scalars })),
            other => Err(TypeError::json(format_args!(
                "cannot unmarshal {} into {}.{place} of type {go_type}",
                other.json_kind(),
                self.path
            ))),
        }
    }
}

fn scalar_text(value: &Data, scalars: Scalars) -> Option<String> {
    match (value, scalars) {
        (Data::String(text), _) => Some(text.clone()),
        (Data::Bool(value), Scalars::AsText) => Some(value.to_string()),
        (Data::Int(value), Scalars::AsText) => Some(value.to_string()),
        (Data::Float(value), Scalars::AsText) => Some(format_float(*value)),
        _ => None,
    }
}

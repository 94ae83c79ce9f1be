//! Values of Go templates as minijinja sees them, and the way back. Lists, maps and structs are shared, never copied.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use helmx_template::{Failure, Kind, Str, Type, Value as GoValue};
use minijinja::value::{DynObject, Enumerator, Object, ObjectRepr, ValueKind};
use minijinja::{Error, ErrorKind, State, Value};

use super::failure::carry;
use super::session::{self, Engine, Local};
use crate::function::compare_deep;

/// A Go value that is no number, text, boolean or nil.
#[derive(Debug)]
pub(super) struct Foreign(Local);

impl Foreign {
    /// The Jinja value of a Go list, map or struct.
    pub(super) fn of(value: GoValue) -> Value {
        Value::from_object(Self(Local::new(value)))
    }

    pub(super) fn go(&self) -> &GoValue {
        self.0.get()
    }
}

/// Nesting that is followed on the way to Go.
const NESTING: usize = 128;

/// The Jinja form of a Go value.
pub(super) fn to_jinja(value: GoValue) -> Value {
    match value {
        GoValue::Nil => Value::from(()),
        GoValue::Bool(value) => Value::from(value),
        GoValue::Int(_, int) => Value::from(int),
        GoValue::Uint(_, uint) => Value::from(uint),
        GoValue::Float(float) => Value::from(float),
        GoValue::Float32(float) => Value::from(float),
        GoValue::String(text) => session::with(|engine| Ok(engine.text(&text))).unwrap_or_else(invalid),
        GoValue::Complex(..) | GoValue::Bytes(_) | GoValue::List(_) | GoValue::Map(_) | GoValue::Object(_) => {
            Foreign::of(value)
        }
    }
}

/// The Go form of a Jinja value. Integers are `int64`, as those of values files are.
pub(super) fn to_go(value: &Value) -> Result<GoValue, Failure> {
    convert(value, 0)
}

fn convert(value: &Value, depth: usize) -> Result<GoValue, Failure> {
    if depth > NESTING {
        return Err(Failure::text("a value is nested too deeply"));
    }
    match value.kind() {
        ValueKind::Undefined => Err(Failure::text("a value is undefined")),
        ValueKind::None => Ok(GoValue::Nil),
        ValueKind::Bool => Ok(GoValue::Bool(value.is_true())),
        ValueKind::Number => number(value),
        ValueKind::String | ValueKind::Bytes => {
            let text = value.as_bytes().unwrap_or_default();
            session::with(|engine| engine.charge(text.len() as u64 / 16).and_then(|()| engine.produce(text.len())))?;
            Ok(GoValue::string(text))
        }
        ValueKind::Invalid => Err(Failure::text(value.to_string())),
        _ => object(value, depth),
    }
}

fn number(value: &Value) -> Result<GoValue, Failure> {
    if !value.is_integer() {
        let float = f64::try_from(value.clone()).map_err(|error| Failure::text(error.to_string()))?;
        return Ok(GoValue::Float(float));
    }
    if let Some(int) = value.as_i64() {
        return Ok(GoValue::int64(int));
    }
    match u64::try_from(value.clone()) {
        Ok(uint) => Ok(GoValue::Uint(helmx_template::UintKind::Uint64, uint)),
        Err(_) => Err(Failure::text("an integer has more than 64 bits")),
    }
}

fn object(value: &Value, depth: usize) -> Result<GoValue, Failure> {
    if let Some(foreign) = value.downcast_object_ref::<Foreign>() {
        return Ok(foreign.0.get().clone());
    }
    let refused = || Failure::text("this is no value for a function");
    if value.is_kwargs() {
        return Err(Failure::text("the function takes no named arguments"));
    }
    let object = value.as_object().ok_or_else(refused)?;
    match object.repr() {
        ObjectRepr::Seq | ObjectRepr::Iterable => {
            let mut items = Vec::new();
            for item in object.try_iter().ok_or_else(refused)? {
                pay_for_item()?;
                items.push(convert(&item, depth + 1)?);
            }
            Ok(GoValue::list(items))
        }
        ObjectRepr::Map => {
            let mut entries = Vec::new();
            for (key, item) in object.try_iter_pairs().ok_or_else(refused)? {
                pay_for_item()?;
                entries.push((self::key(&key)?, convert(&item, depth + 1)?));
            }
            Ok(GoValue::map(entries))
        }
        _ => Err(refused()),
    }
}

fn pay_for_item() -> Result<(), Failure> {
    session::with(|engine| engine.charge(1).and_then(|()| engine.produce(size_of::<GoValue>())))
}

/// Keys are texts in Go's maps.
pub(super) fn key(key: &Value) -> Result<Str, Failure> {
    match key.as_str() {
        Some(text) => Ok(Str::from(text.as_bytes())),
        None => Err(Failure::text(format!("a key of a map must be a text, not a {}", key.kind()))),
    }
}

/// A value that fails as soon as it is used.
fn invalid(failure: Failure) -> Value {
    Value::from(carry(failure))
}

impl Object for Foreign {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        match self.0.get() {
            GoValue::List(_) | GoValue::Bytes(_) => ObjectRepr::Seq,
            GoValue::Map(_) => ObjectRepr::Map,
            GoValue::Object(object) if matches!(object.kind(), Kind::Map) => ObjectRepr::Map,
            GoValue::Object(object) if object.text().or_else(|| object.text_in_place()).is_some() => ObjectRepr::Plain,
            GoValue::Object(object) if !object.fields().is_empty() => ObjectRepr::Map,
            _ => ObjectRepr::Plain,
        }
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match self.0.get() {
            GoValue::List(list) => list.items().get(key.as_usize()?).cloned().map(to_jinja),
            GoValue::Bytes(bytes) => bytes.get(key.as_usize()?).map(|byte| Value::from(*byte)),
            _ => self.get_value_by_str(key.as_str()?),
        }
    }

    /// As `.name` in a Go template: methods without parameters come before keys.
    fn get_value_by_str(self: &Arc<Self>, name: &str) -> Option<Value> {
        let value = self.0.get();
        if value.has_plain_method(name) {
            let answer = session::with(|engine| engine.call_method(value, name, Vec::new()).transpose());
            return match answer {
                Ok(answer) => answer.map(to_jinja),
                Err(failure) => Some(invalid(failure)),
            };
        }
        match value {
            GoValue::Map(map) => map.get(name.as_bytes()).map(to_jinja),
            GoValue::Object(object) => object.field(name).map(to_jinja),
            _ => None,
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let value = self.0.get().plain();
        let count = length(&value).unwrap_or_default();
        let paid = |engine: &dyn Engine| engine.charge(count as u64).and_then(|()| engine.produce(copied(&value)));
        if let Err(failure) = session::with(paid) {
            return Enumerator::Values(vec![invalid(failure)]);
        }
        let text = |text: Str| to_jinja(GoValue::String(text));
        match &value {
            GoValue::List(list) => Enumerator::Values(list.items().iter().cloned().map(to_jinja).collect()),
            GoValue::Bytes(_) => Enumerator::Seq(count),
            GoValue::Map(map) => Enumerator::Values(map.keys().into_iter().map(text).collect()),
            GoValue::Object(object) => {
                Enumerator::Values(object.fields().into_iter().map(|(name, _)| Value::from(name)).collect())
            }
            _ => Enumerator::NonEnumerable,
        }
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        length(self.0.get())
    }

    fn is_true(self: &Arc<Self>) -> bool {
        self.0.get().truth()
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, name: &str, args: &[Value]) -> Result<Value, Error> {
        let value = self.0.get();
        if !value.has_method(name) {
            return super::method::of_map(value, name, args);
        }
        let answer = || {
            let args = args.iter().map(to_go).collect::<Result<_, _>>()?;
            session::with(|engine| engine.call_method(value, name, args).transpose())
        };
        match answer() {
            Ok(Some(answer)) => Ok(to_jinja(answer)),
            Ok(None) => Err(Error::from(ErrorKind::UnknownMethod)),
            Err(failure) => Err(carry(failure)),
        }
    }

    /// Equal or not by content; the order of unequal ones is that of their content.
    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        let other = other.downcast_ref::<Self>()?;
        let compare = |engine: &dyn Engine| {
            let (order, steps) = compare_deep(self.0.get(), other.0.get(), engine.left().instructions);
            engine.charge(steps).map(|()| order)
        };
        // Nothing can be reported from here. A budget that is spent ends the render with the file.
        Some(session::with(compare).unwrap_or(Ordering::Equal))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&helmx_template::format::verb_v(self.0.get()))
    }
}

fn length(value: &GoValue) -> Option<usize> {
    match value {
        GoValue::List(list) => Some(list.items().len()),
        GoValue::Bytes(bytes) => Some(bytes.len()),
        GoValue::Map(map) => Some(map.len()),
        _ => None,
    }
}

/// Bytes that the plain form of chart files copies.
fn copied(plain: &GoValue) -> usize {
    match plain {
        GoValue::Map(map) if matches!(map.ty().elem, Type::Named(_)) => {
            map.entries().iter().map(|(_, value)| if let GoValue::Bytes(data) = value { data.len() } else { 0 }).sum()
        }
        _ => 0,
    }
}

/// All items of a value that can be iterated over.
pub(super) fn items(value: &Value) -> Result<Vec<Value>, Error> {
    let Some(object) = value.as_object() else { return value.try_iter().map(Iterator::collect) };
    object.try_iter().map(Iterator::collect).ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "not iterable"))
}

//! `len`, `index`, `slice`.

use std::rc::Rc;

use super::Slot;
use crate::call::Failure;
use crate::value::{List, UintKind, Value};

pub(super) fn len(item: Option<&Slot>) -> Result<Value, Failure> {
    let Some(slot) = item else { return Err(Failure::text("len of nil pointer")) };
    let length = match &slot.value.plain() {
        Value::Nil if slot.boxed => return Err(Failure::text("len of nil pointer")),
        Value::Nil => return Err(Failure::text("reflect: call of reflect.Value.Type on zero Value")),
        Value::String(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(list) => list.items().len(),
        Value::Map(map) => map.len(),
        _ => return Err(Failure::text(format!("len of type {}", pointee(&slot.value)))),
    };
    Ok(Value::int(i64::try_from(length).unwrap_or(i64::MAX)))
}

/// `index item i j …` is `item[i][j]…`; a missing map key yields the zero value.
pub(super) fn index(arguments: &[Slot]) -> Result<Value, Failure> {
    let Some((item, indexes)) = arguments.split_first() else { return Ok(Value::Nil) };
    if item.value.is_nil() {
        return Err(Failure::text("index of untyped nil"));
    }
    let mut item = item.value.clone();
    for index in indexes {
        item = element(&item, &index.value)?;
    }
    Ok(item)
}

fn element(item: &Value, index: &Value) -> Result<Value, Failure> {
    let byte = |byte: u8| Value::Uint(UintKind::Uint8, u64::from(byte));
    match &item.plain() {
        Value::Nil => Err(Failure::text("index of nil pointer")),
        Value::List(list) => {
            let at = position(index, index.type_name(), list.items().len())?;
            list.items().get(at).cloned().ok_or_else(|| Failure::text("reflect: slice index out of range"))
        }
        Value::Bytes(bytes) => {
            let at = position(index, index.type_name(), bytes.len())?;
            bytes.get(at).copied().map(byte).ok_or_else(|| Failure::text("reflect: slice index out of range"))
        }
        Value::String(text) => {
            let at = position(index, index.type_name(), text.len())?;
            text.get(at).copied().map(byte).ok_or_else(|| Failure::text("reflect: string index out of range"))
        }
        Value::Map(map) => match index {
            Value::String(key) => Ok(map.get(key).unwrap_or_else(|| map.ty().zero())),
            Value::Nil => Err(Failure::text("value is nil; should be of type string")),
            other => Err(Failure::text(format!("value has type {}; should be string", other.type_name()))),
        },
        _ => Err(Failure::text(format!("can't index item of type {}", pointee(item)))),
    }
}

/// An index up to and including `capacity` (`indexArg`).
fn position(index: &Value, type_name: &str, capacity: usize) -> Result<usize, Failure> {
    // A duration is a number, too.
    let at = match &index.plain() {
        Value::Int(_, int) => *int,
        Value::Uint(_, uint) => *uint as i64,
        Value::Nil if type_name == "<nil>" => return Err(Failure::text("cannot index slice/array with nil")),
        _ => return Err(Failure::text(format!("cannot index slice/array with type {type_name}"))),
    };
    usize::try_from(at)
        .ok()
        .filter(|&at| at <= capacity)
        .ok_or_else(|| Failure::text(format!("index out of range: {at}")))
}

/// `slice item i j k` is `item[i:j:k]`. Indexes must not come out of an interface: Go's `slice`, unlike its
/// `index`, does not look inside.
pub(super) fn slice(arguments: &[Slot]) -> Result<Value, Failure> {
    let Some((item, indexes)) = arguments.split_first() else { return Ok(Value::Nil) };
    if item.value.is_nil() {
        return Err(Failure::text("slice of untyped nil"));
    }
    if indexes.len() > 3 {
        return Err(Failure::text(format!("too many slice indexes: {}", indexes.len())));
    }
    let length = match &item.value {
        Value::String(_) if indexes.len() == 3 => return Err(Failure::text("cannot 3-index slice a string")),
        Value::String(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(list) => list.items().len(),
        other => return Err(Failure::text(format!("can't slice item of type {}", other.type_name()))),
    };
    let mut bounds = [0, length, length];
    for (bound, index) in bounds.iter_mut().zip(indexes) {
        let value = if index.boxed { &Value::Nil } else { &index.value };
        *bound = position(value, index.type_name(), length)?;
    }
    let [from, to, capacity] = bounds;
    for (low, high) in [(from, to), (to, capacity)] {
        if low > high {
            return Err(Failure::text(format!("invalid slice index: {low} > {high}")));
        }
    }
    Ok(match &item.value {
        Value::String(text) => Value::string(&text[from..to]),
        Value::Bytes(bytes) => Value::bytes(&bytes[from..to]),
        Value::List(list) => Value::List(Rc::new(List::new(list.ty(), list.items()[from..to].to_vec()))),
        _ => Value::Nil,
    })
}

/// The type, or that behind a pointer.
fn pointee(value: &Value) -> &str {
    value.type_name().trim_start_matches('*')
}

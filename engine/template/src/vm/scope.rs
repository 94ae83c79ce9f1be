//! `with` and `range`: what dot was, and where an iteration stands.

use std::rc::Rc;
use std::sync::Arc;

use super::machine::{Machine, Slot, copy};
use crate::call::{Failure, Type};
use crate::format;
use crate::program::NO_SLOT;
use crate::value::{IntKind, Kind, List, Str, UintKind, Value};

/// An open `with` or `range`.
pub(super) struct Scope {
    /// Dot outside.
    dot: Slot,
    items: Items,
}

/// What is left to iterate over.
enum Items {
    None,
    List {
        list: Rc<List>,
        at: usize,
    },
    Bytes {
        bytes: Arc<[u8]>,
        at: usize,
    },
    /// A snapshot: changes during the iteration do not show, as in Go.
    Map {
        entries: std::vec::IntoIter<(Str, Value)>,
        boxed: bool,
    },
    Ints {
        kind: IntKind,
        next: i64,
        end: i64,
    },
    Uints {
        kind: UintKind,
        next: u64,
        end: u64,
    },
}

impl Scope {
    pub(super) fn with(dot: Slot) -> Self {
        Self { dot, items: Items::None }
    }
}

impl Machine<'_> {
    /// Starts a range over the top. False if there is nothing to iterate over.
    pub(super) fn iterate(&mut self, variables: u8) -> Result<bool, Failure> {
        let mut whole = self.pop();
        copy(&mut whole);
        let value = whole.value.plain();
        if matches!(value.kind(), Kind::Int(_) | Kind::Uint(_)) && variables > 1 {
            let value = format::verb_v(&whole.value);
            return Err(Failure::text(format!("can't use {value} to iterate over more than one variable")));
        }
        let items = match value {
            Value::Nil => return Ok(false),
            Value::List(list) if !list.items().is_empty() => Items::List { list, at: 0 },
            Value::Bytes(bytes) if !bytes.is_empty() => Items::Bytes { bytes, at: 0 },
            Value::Map(map) if !map.is_empty() => {
                Items::Map { boxed: map.ty().elem == Type::Any, entries: map.entries().into_iter() }
            }
            Value::List(_) | Value::Bytes(_) | Value::Map(_) => return Ok(false),
            Value::Int(kind, end) if end > 0 => Items::Ints { kind, next: 0, end },
            Value::Uint(kind, end) if end > 0 => Items::Uints { kind, next: 0, end },
            Value::Int(..) | Value::Uint(..) => return Ok(false),
            value @ (Value::Bool(_)
            | Value::Float(_)
            | Value::Float32(_)
            | Value::Complex(..)
            | Value::String(_)
            | Value::Object(_)) => {
                return Err(Failure::text(format!("range can't iterate over {}", format::pointee(&value))));
            }
        };
        self.scopes.push(Scope { dot: self.frame.dot.clone(), items });
        Ok(true)
    }

    /// Moves to the next item. False at the end.
    pub(super) fn next(&mut self, index: u16, item: u16) -> bool {
        let Some((key, value)) = self.scopes.last_mut().and_then(|scope| scope.items.next()) else { return false };
        if index != NO_SLOT {
            *self.variable_mut(index) = Slot::bare(key);
        }
        if item != NO_SLOT {
            *self.variable_mut(item) = value.clone();
        }
        self.frame.dot = value;
        true
    }

    pub(super) fn leave(&mut self) {
        if let Some(scope) = self.scopes.pop() {
            self.frame.dot = scope.dot;
        }
    }
}

impl Items {
    fn next(&mut self) -> Option<(Value, Slot)> {
        match self {
            Self::None => None,
            Self::List { list, at } => {
                let item = list.items().get(*at)?.clone();
                let key = Value::int(*at as i64);
                *at += 1;
                Some((key, Slot { value: item, boxed: list.ty().elem == Type::Any }))
            }
            Self::Bytes { bytes, at } => {
                let item = *bytes.get(*at)?;
                let key = Value::int(*at as i64);
                *at += 1;
                Some((key, Slot::bare(Value::Uint(UintKind::Uint8, u64::from(item)))))
            }
            Self::Map { entries, boxed } => {
                let (key, value) = entries.next()?;
                Some((Value::String(key), Slot { value, boxed: *boxed }))
            }
            Self::Ints { kind, next, end } => {
                let value = (*next < *end).then_some(*next)?;
                *next += 1;
                Some((Value::Nil, Slot::bare(Value::Int(*kind, value))))
            }
            Self::Uints { kind, next, end } => {
                let value = (*next < *end).then_some(*next)?;
                *next += 1;
                Some((Value::Nil, Slot::bare(Value::Uint(*kind, value))))
            }
        }
    }
}

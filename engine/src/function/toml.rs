//! TOML: reading through the toml crate, writing in the layout of BurntSushi/toml.

mod encode;

use helmx_template::{Failure, List, Str, Type, Value};

use super::argument::Arguments;
use super::text::text;
use super::{Answer, Entry, plain};
use crate::go;
use encode::{Problem, encode};

const A: &[Type] = &[Type::Any];

pub(super) const TABLE: &[Entry] = &[
    plain("toToml", A, |args| match encode(args.any(0)) {
        Err(Problem::Panic(message)) => Err(Failure::text(message)),
        Err(Problem::Error(message)) => text(message),
        Ok(toml) => text(toml),
    }),
    plain("mustToToml", A, |args| match encode(args.any(0)) {
        Err(Problem::Panic(message)) => Err(Failure::text(message)),
        Err(Problem::Error(message)) => Err(Failure::text(message)),
        Ok(toml) => text(toml),
    }),
    plain("fromToml", &[Type::String], from_toml),
];

/// Errors are an entry `Error` of the result. Their texts are this reader's, not BurntSushi's.
fn from_toml(args: &[Value]) -> Answer {
    match args.str(0).parse::<toml::Table>() {
        Ok(table) => Ok(from_table(table)),
        Err(error) => {
            let message = format!("toml: {}", error.message());
            Ok(Value::map([(Str::from(b"Error".as_slice()), Value::from(message))]))
        }
    }
}

fn from_table(table: toml::Table) -> Value {
    Value::map(table.into_iter().map(|(key, value)| (Str::from(key.into_bytes()), from_value(value))))
}

fn from_value(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::from(text),
        toml::Value::Integer(int) => Value::int64(int),
        toml::Value::Float(float) => Value::Float(float),
        toml::Value::Boolean(truth) => Value::Bool(truth),
        toml::Value::Datetime(time) => from_time(&time),
        toml::Value::Array(items) => {
            // BurntSushi gives a list of tables a type of its own.
            let tables = !items.is_empty() && items.iter().all(toml::Value::is_table);
            let items: Vec<Value> = items.into_iter().map(from_value).collect();
            if tables {
                Value::List(List::new(&helmx_template::ListType::MAP, items).into())
            } else {
                Value::list(items)
            }
        }
        toml::Value::Table(table) => from_table(table),
    }
}

/// A moment; local dates and times count as UTC.
fn from_time(time: &toml::value::Datetime) -> Value {
    let text = time.to_string();
    let full = match (time.date.is_some(), time.time.is_some(), time.offset.is_some()) {
        (true, true, true) => text,
        (true, true, false) => format!("{text}Z"),
        (true, false, _) => format!("{text}T00:00:00Z"),
        (false, ..) => format!("0000-01-01T{text}Z"),
    };
    go::time(&full).unwrap_or_else(|| Value::from(time.to_string()))
}

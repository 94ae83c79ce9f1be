//! TOML: reading through the toml crate, writing in the layout of BurntSushi/toml.

use helmx_template::{Failure, List, Map, Str, Type, Value, format};

use super::argument::Arguments;
use super::convert::object;
use super::text::text;
use super::{Answer, Entry, plain};
use crate::go::{self, Time};

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

/// Nesting that is written.
const NESTING: usize = 256;

enum Problem {
    /// An error that `toToml` shows as its result.
    Error(String),
    /// A run-time panic in Go, which ends the render.
    Panic(&'static str),
}

fn encode(value: &Value) -> Result<String, Problem> {
    let mut writer = Writer { out: String::new() };
    match value {
        Value::Nil => return Err(Problem::Panic("reflect: call of reflect.Value.Type on zero Value")),
        Value::Map(map) => writer.entries(&mut Vec::new(), map)?,
        // A list of tables needs a name for them.
        list if is_table(list) => {
            return Err(Problem::Error("toml: top-level values must be Go maps or structs".to_owned()));
        }
        other => writer.element(other, 0)?,
    }
    Ok(writer.out)
}

struct Writer {
    out: String,
}

impl Writer {
    /// Plain entries first, then tables.
    fn entries(&mut self, path: &mut Vec<Str>, map: &Map) -> Result<(), Problem> {
        if path.len() > NESTING {
            return Err(Problem::Error("toml: values nest too deeply".to_owned()));
        }
        let (tables, plain): (Vec<_>, Vec<_>) = map.entries().into_iter().partition(|(_, value)| is_table(value));
        for (key, value) in plain.iter().filter(|(_, value)| !value.is_nil()) {
            self.out.push_str(&format!("{}{} = ", "  ".repeat(path.len()), quote_key(key)));
            self.element(value, path.len())?;
            self.out.push('\n');
        }
        for (key, value) in tables {
            path.push(key);
            match &value {
                Value::Map(table) => self.table(path, table)?,
                Value::List(tables) => self.tables(path, tables)?,
                _ => {}
            }
            path.pop();
        }
        Ok(())
    }

    fn table(&mut self, path: &mut Vec<Str>, table: &Map) -> Result<(), Problem> {
        // Only top-level tables have a blank line before them.
        if path.len() == 1 && !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out.push_str(&format!("{}[{}]\n", "  ".repeat(path.len() - 1), quote_path(path)));
        self.entries(path, table)
    }

    fn tables(&mut self, path: &mut Vec<Str>, tables: &List) -> Result<(), Problem> {
        for table in tables.items().iter().filter_map(Value::as_map) {
            if !self.out.is_empty() {
                self.out.push('\n');
            }
            self.out.push_str(&format!("{}[[{}]]\n", "  ".repeat(path.len() - 1), quote_path(path)));
            self.entries(path, table)?;
        }
        Ok(())
    }

    /// A value in one line.
    fn element(&mut self, value: &Value, depth: usize) -> Result<(), Problem> {
        if depth > NESTING {
            return Err(Problem::Error("toml: values nest too deeply".to_owned()));
        }
        match value {
            Value::String(text) => self.out.push_str(&quote(&String::from_utf8_lossy(text))),
            Value::Float(float) => self.out.push_str(&float_text(*float)),
            Value::Float32(float) => self.out.push_str(&float_text(f64::from(*float))),
            Value::List(list) => {
                self.out.push('[');
                for (index, item) in list.items().iter().enumerate() {
                    self.out.push_str(if index > 0 { ", " } else { "" });
                    if item.is_nil() {
                        return Err(Problem::Error("toml: cannot encode array with nil element".to_owned()));
                    }
                    self.element(item, depth + 1)?;
                }
                self.out.push(']');
            }
            Value::Map(map) => {
                self.out.push('{');
                let entries = map.entries().into_iter().filter(|(_, value)| !value.is_nil());
                for (index, (key, value)) in entries.enumerate() {
                    self.out.push_str(if index > 0 { ", " } else { "" });
                    self.out.push_str(&format!("{} = ", quote_key(&key)));
                    self.element(&value, depth + 1)?;
                }
                self.out.push('}');
            }
            other => match object::<Time>(other) {
                Some(time) => self.out.push_str(&go::format(&time.0, "2006-01-02T15:04:05.999999999Z07:00")),
                None => self.out.push_str(&format::verb_v(other)),
            },
        }
        Ok(())
    }
}

/// A map, or a list of nothing but maps.
fn is_table(value: &Value) -> bool {
    match value {
        Value::Map(_) => true,
        Value::List(list) => !list.items().is_empty() && list.items().iter().all(|item| matches!(item, Value::Map(_))),
        _ => false,
    }
}

fn quote_path(path: &[Str]) -> String {
    path.iter().map(|key| quote_key(key)).collect::<Vec<_>>().join(".")
}

fn quote_key(key: &[u8]) -> String {
    let bare = !key.is_empty() && key.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    let text = String::from_utf8_lossy(key);
    if bare { text.into_owned() } else { quote(&text) }
}

fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for rune in text.chars() {
        match rune {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\0'..'\u{20}' | '\u{7f}' => out.push_str(&format!("\\u{:04x}", u32::from(rune))),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// Always with a point or an exponent.
fn float_text(float: f64) -> String {
    if float.is_nan() {
        return "nan".to_owned();
    }
    if float.is_infinite() {
        return if float > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let text = format::float::format(float, 'g', None);
    if text.contains(['.', 'e']) { text } else { text + ".0" }
}

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

//! Values as TOML, in the layout of BurntSushi/toml.

use helmx_template::{Str, UintKind, Value, format};

use crate::function::argument::{TEXT_BYTES, Walk};
use crate::function::data::{Native, native};

/// Why there is no TOML.
pub(super) enum Problem {
    /// An error that `toToml` shows as its result.
    Error(String),
    /// A run-time panic in Go, which ends the render.
    Panic(&'static str),
}

impl Problem {
    fn error(message: impl Into<String>) -> Self {
        Self::Error(message.into())
    }
}

/// # Errors
/// Go's message for what TOML cannot hold, and for nesting without end.
pub(super) fn encode(value: &Value) -> Result<Vec<u8>, Problem> {
    match value {
        Value::Nil => return Err(Problem::Panic("reflect: call of reflect.Value.Type on zero Value")),
        Value::Complex(..) => return Err(Problem::error("unsupported type for key '': complex128")),
        Value::Map(map) if map.ty().is_nil => return Ok(Vec::new()),
        _ => {}
    }
    let mut writer = Writer { out: Vec::new(), walk: Walk::new() };
    match see(value)? {
        Seen::Table(entries) => writer.entries(&mut Vec::new(), &entries)?,
        // A list of tables needs a name for them.
        seen if writer.is_table(&seen)? => {
            return Err(Problem::error("toml: top-level values must be Go maps or structs"));
        }
        seen => writer.element(&seen)?,
    }
    Ok(writer.out)
}

/// A value as TOML knows it, one level of it.
enum Seen {
    /// An entry of that kind is left out.
    Nothing,
    /// Written as it is: numbers, truths, moments.
    Word(String),
    Text(Str),
    List(Vec<Value>),
    Table(Vec<Field>),
}

/// An entry of a map, or a field of a struct.
struct Field {
    key: Str,
    value: Value,
    /// The number of a field in its Go struct, where those count that are not exported.
    number: Option<usize>,
}

fn see(value: &Value) -> Result<Seen, Problem> {
    if value.is_nil() || value.is_nil_inside() {
        return Ok(Seen::Nothing);
    }
    Ok(match value {
        Value::String(text) => Seen::Text(text.clone()),
        Value::Float(float) => Seen::Word(float_text(*float, format::float::format(*float, 'g', None))),
        Value::Float32(float) => Seen::Word(float_text(f64::from(*float), format::verb_v(value))),
        Value::Complex(..) => return Err(Problem::error("unsupported type: complex128")),
        Value::Bytes(bytes) => {
            Seen::List(bytes.iter().map(|byte| Value::Uint(UintKind::Uint8, u64::from(*byte))).collect())
        }
        Value::List(list) => Seen::List(list.items().to_vec()),
        Value::Map(map) => {
            let entries = map.entries().into_iter();
            Seen::Table(entries.map(|(key, value)| Field { key, value, number: None }).collect())
        }
        Value::Object(object) => match native(object.as_ref()) {
            Native::Moment(time) => Seen::Word(time),
            Native::Text(text) => Seen::Text(text.into_bytes().into()),
            Native::Plain(plain) => see(&plain)?,
            Native::Struct(fields) => {
                let fields = fields.into_iter().map(|(number, name, value)| Field {
                    key: name.as_bytes().into(),
                    value,
                    number: Some(number),
                });
                Seen::Table(fields.collect())
            }
        },
        plain => Seen::Word(format::verb_v(plain)),
    })
}

struct Writer {
    out: Vec<u8>,
    walk: Walk,
}

impl Writer {
    fn write(&mut self, text: impl AsRef<[u8]>) {
        self.out.extend_from_slice(text.as_ref());
    }

    fn indent(&mut self, depth: usize) {
        (0..depth).for_each(|_| self.write("  "));
    }

    fn down(&mut self) -> Result<(), Problem> {
        let within = self.walk.down().filter(|()| self.out.len() <= TEXT_BYTES);
        within.ok_or_else(|| Problem::error("toml: a value that holds itself, or far too many values"))
    }

    /// What stands under `path`: plain entries first, then tables.
    fn entries(&mut self, path: &mut Vec<Str>, fields: &[Field]) -> Result<(), Problem> {
        self.down()?;
        let (plain, tables) = self.apart(fields)?;
        for (field, seen) in plain.iter().filter(|(_, seen)| !matches!(seen, Seen::Nothing)) {
            self.indent(path.len());
            self.write(key(&field.key));
            self.write(" = ");
            self.element(seen)?;
            self.write("\n");
        }
        for (field, seen) in tables {
            path.push(field.key.clone());
            match &seen {
                Seen::Table(table) => self.table(path, table)?,
                Seen::List(tables) => self.tables(path, tables)?,
                Seen::Nothing | Seen::Word(_) | Seen::Text(_) => {}
            }
            path.pop();
        }
        self.walk.up();
        Ok(())
    }

    fn table(&mut self, path: &mut Vec<Str>, fields: &[Field]) -> Result<(), Problem> {
        // Only top-level tables have a blank line before them.
        if path.len() == 1 && !self.out.is_empty() {
            self.write("\n");
        }
        self.heading(path, ("[", "]\n"));
        self.entries(path, fields)
    }

    fn tables(&mut self, path: &mut Vec<Str>, tables: &[Value]) -> Result<(), Problem> {
        for table in tables {
            let Seen::Table(fields) = see(table)? else { continue };
            if !self.out.is_empty() {
                self.write("\n");
            }
            self.heading(path, ("[[", "]]\n"));
            self.entries(path, &fields)?;
        }
        Ok(())
    }

    fn heading(&mut self, path: &[Str], (open, close): (&str, &str)) {
        self.indent(path.len() - 1);
        self.write(open);
        for (index, name) in path.iter().enumerate() {
            self.write(if index > 0 { "." } else { "" });
            self.write(key(name));
        }
        self.write(close);
    }

    /// A value in one line.
    fn element(&mut self, seen: &Seen) -> Result<(), Problem> {
        self.down()?;
        match seen {
            // Where one may stand, the list around it was refused.
            Seen::Nothing => self.write("[]"),
            Seen::Word(word) => self.write(word),
            Seen::Text(text) => self.write(quoted(text)),
            Seen::List(items) => {
                self.write("[");
                for (index, item) in items.iter().enumerate() {
                    self.write(if index > 0 { ", " } else { "" });
                    self.element(&see(item)?)?;
                }
                self.write("]");
            }
            Seen::Table(fields) => self.inline(fields)?,
        }
        self.walk.up();
        Ok(())
    }

    /// A table within a list. BurntSushi writes a comma after each entry that does not look like the last one, and looks
    /// at the wrong places where one is left out, or where fields of a struct change their order.
    fn inline(&mut self, fields: &[Field]) -> Result<(), Problem> {
        let (plain, tables) = self.apart(fields)?;
        let count = fields.len();
        self.write("{");
        for (index, (field, seen)) in plain.iter().chain(&tables).enumerate() {
            if matches!(seen, Seen::Nothing) {
                continue;
            }
            self.write(key(&field.key));
            self.write(" = ");
            self.element(seen)?;
            self.write(if field.number.unwrap_or(index) + 1 == count { "" } else { ", " });
        }
        self.write("}");
        Ok(())
    }

    /// What is written under the key itself, and what gets a heading.
    fn apart<'f>(&mut self, fields: &'f [Field]) -> Result<(Group<'f>, Group<'f>), Problem> {
        let mut plain = Vec::new();
        let mut tables = Vec::new();
        for field in fields {
            let seen = see(&field.value)?;
            let group = if self.is_table(&seen)? { &mut tables } else { &mut plain };
            group.push((field, seen));
        }
        Ok((plain, tables))
    }

    /// A table, or a list of nothing but tables.
    fn is_table(&mut self, seen: &Seen) -> Result<bool, Problem> {
        let items = match seen {
            Seen::Table(_) => return Ok(true),
            Seen::List(items) => items,
            Seen::Nothing | Seen::Word(_) | Seen::Text(_) => return Ok(false),
        };
        self.down()?;
        let mut tables = !items.is_empty();
        for item in items {
            let seen = see(item)?;
            if matches!(seen, Seen::Nothing) {
                return Err(Problem::error("toml: cannot encode array with nil element"));
            }
            // Lists within lists are looked through for nothing, too.
            self.is_table(&seen)?;
            tables &= matches!(seen, Seen::Table(_));
        }
        self.walk.up();
        Ok(tables)
    }
}

type Group<'f> = Vec<(&'f Field, Seen)>;

fn key(key: &[u8]) -> Vec<u8> {
    let bare = !key.is_empty() && key.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if bare { key.to_vec() } else { quoted(key) }
}

fn quoted(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 2);
    out.push(b'"');
    for &byte in text {
        match byte {
            b'"' => out.extend(b"\\\""),
            b'\\' => out.extend(b"\\\\"),
            b'\t' => out.extend(b"\\t"),
            b'\n' => out.extend(b"\\n"),
            b'\r' => out.extend(b"\\r"),
            8 => out.extend(b"\\b"),
            12 => out.extend(b"\\f"),
            0..32 | 127 => out.extend(format!("\\u{byte:04x}").bytes()),
            other => out.push(other),
        }
    }
    out.push(b'"');
    out
}

/// Always with a point or an exponent.
fn float_text(float: f64, digits: String) -> String {
    match float {
        _ if float.is_nan() => "nan".to_owned(),
        f64::INFINITY => "inf".to_owned(),
        f64::NEG_INFINITY => "-inf".to_owned(),
        _ if digits.contains(['.', 'e']) => digits,
        _ => digits + ".0",
    }
}

//! Anything serialisable to JSON text, escaped and spelled as Go's `encoding/json` does.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter, PrettyFormatter, Serializer};

use crate::error::Error;
use crate::number::{self, Layout};

/// Compact JSON; `<`, `>` and `&` inside strings become `\u003c` and so on (`json.Marshal`).
///
/// # Errors
/// `json: unsupported value: NaN` for numbers that JSON cannot hold.
pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<String, Error> {
    write(value, Go { layout: CompactFormatter, escape: Escape::Html })
}

/// JSON indented by two spaces (`json.MarshalIndent` with `"  "`), HTML-escaped.
pub fn encode_indent<T: Serialize + ?Sized>(value: &T) -> Result<String, Error> {
    write(value, Go { layout: PrettyFormatter::with_indent(b"  "), escape: Escape::Html })
}

/// Compact JSON without HTML escaping (sprig's `toRawJson`).
pub fn encode_raw<T: Serialize + ?Sized>(value: &T) -> Result<String, Error> {
    write(value, Go { layout: CompactFormatter, escape: Escape::Minimal })
}

fn write<T: Serialize + ?Sized, F: Formatter>(value: &T, formatter: Go<F>) -> Result<String, Error> {
    let mut out = Vec::new();
    value
        .serialize(&mut Serializer::with_formatter(&mut out, formatter))
        .map_err(|error| Error::json(error.to_string()))?;
    String::from_utf8(out).map_err(|error| Error::json(format!("json: {error}")))
}

#[derive(Clone, Copy, PartialEq)]
enum Escape {
    Html,
    Minimal,
}

/// A layout of serde_json with Go's spelling of strings and numbers.
struct Go<F> {
    layout: F,
    escape: Escape,
}

impl<F: Formatter> Formatter for Go<F> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut written = 0;
        for (at, character) in fragment.char_indices() {
            let escaped = match character {
                '<' | '>' | '&' => self.escape == Escape::Html,
                '\u{2028}' | '\u{2029}' => true,
                _ => false,
            };
            if escaped {
                writer.write_all(&fragment.as_bytes()[written..at])?;
                write!(writer, "\\u{:04x}", u32::from(character))?;
                written = at + character.len_utf8();
            }
        }
        writer.write_all(&fragment.as_bytes()[written..])
    }

    fn write_char_escape<W: ?Sized + Write>(&mut self, writer: &mut W, escape: CharEscape) -> io::Result<()> {
        self.layout.write_char_escape(writer, escape)
    }

    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(number::format(value, Layout::Json).as_bytes())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.layout.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.layout.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.end_object_value(writer)
    }
}

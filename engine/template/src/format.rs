//! Go's fmt: `Sprint`, `Sprintln`, `Sprintf` and what `%v` makes of every value.

mod directive;
pub mod float;
mod number;
mod text;
mod value;

use crate::value::{Kind, Value};

pub use directive::sprintf;

/// Flags, width and precision of one directive.
#[derive(Debug, Clone, Copy, Default)]
#[allow(clippy::struct_excessive_bools, reason = "Go's flags are independent of each other")]
struct Spec {
    width: Option<usize>,
    precision: Option<usize>,
    plus: bool,
    minus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    /// `%+v`
    plus_v: bool,
    /// `%#v`
    sharp_v: bool,
}

/// Writes formatted values.
struct Printer<'o> {
    out: &'o mut Vec<u8>,
    spec: Spec,
    /// Within the report of a verb that does not fit: there, nothing prints by its own methods.
    erroring: bool,
    /// The named type whose plain value is being printed.
    named: Option<&'static str>,
    /// Where this formatting started to write.
    start: usize,
}

/// Bytes that one formatting may write. Shared and cyclic maps can print without end.
const TEXT_BYTES: usize = 64 << 20;
/// Nesting that is printed. Go has no bound, and overflows its stack on a cycle.
const NESTING: usize = 256;

impl<'o> Printer<'o> {
    fn new(out: &'o mut Vec<u8>) -> Self {
        let start = out.len();
        Self { out, spec: Spec::default(), erroring: false, named: None, start }
    }

    fn push(&mut self, byte: u8) {
        self.out.push(byte);
    }

    fn write(&mut self, text: impl AsRef<[u8]>) {
        self.out.extend_from_slice(text.as_ref());
    }

    /// Whether nothing more should be written.
    fn is_full(&self) -> bool {
        self.out.len() - self.start > TEXT_BYTES
    }

    fn write_padding(&mut self, count: usize) {
        let byte = if self.spec.zero && !self.spec.minus { b'0' } else { b' ' };
        self.out.extend(std::iter::repeat_n(byte, count));
    }

    /// Writes the text, padded to the width that is counted in runes.
    fn pad(&mut self, text: &[u8]) {
        let missing = self.spec.width.unwrap_or(0).saturating_sub(count_runes(text));
        if !self.spec.minus {
            self.write_padding(missing);
        }
        self.write(text);
        if self.spec.minus {
            self.write_padding(missing);
        }
    }

    /// As `pad`, with spaces even if zeros were asked for.
    fn pad_spaces(&mut self, text: &[u8]) {
        let zero = std::mem::replace(&mut self.spec.zero, false);
        self.pad(text);
        self.spec.zero = zero;
    }
}

/// Runes of a Go string; every byte that is no UTF-8 counts as one.
pub fn count_runes(text: &[u8]) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    let mut rest = text;
    let mut count = 0;
    while !rest.is_empty() {
        rest = &rest[crate::literal::decode_rune(rest).1..];
        count += 1;
    }
    count
}

/// Appends the value as `fmt.Print` prints it.
pub fn print_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::String(text) => out.extend_from_slice(text),
        Value::Int(_, int) => {
            use std::io::Write;
            // Writing to a vector cannot fail.
            let _ = write!(out, "{int}");
        }
        value => Printer::new(out).argument(value, 'v'),
    }
}

/// What a pointer points to, or any other value, as `%v` prints it.
pub(crate) fn pointee(value: &Value) -> String {
    let text = verb_v(value);
    match text.strip_prefix('&') {
        Some(pointee) if value.kind() == Kind::Pointer => pointee.to_owned(),
        _ => text,
    }
}

/// The value as `%v` prints it.
pub fn verb_v(value: &Value) -> String {
    let mut out = Vec::new();
    print_value(&mut out, value);
    String::from_utf8_lossy(&out).into_owned()
}

/// The value as `verb` prints it, without flags.
pub(crate) fn with_verb(value: &Value, verb: char) -> String {
    let mut out = Vec::new();
    Printer::new(&mut out).argument(value, verb);
    String::from_utf8_lossy(&out).into_owned()
}

/// Text as `%q` prints it.
pub fn quoted(text: &[u8]) -> String {
    crate::literal::quoted(text)
}

/// `fmt.Sprint`: spaces between operands when neither is a string.
pub fn sprint<'v>(values: impl Iterator<Item = &'v Value>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut previous_string = true;
    for value in values {
        let string = matches!(value.kind(), Kind::String);
        if !string && !previous_string {
            out.push(b' ');
        }
        print_value(&mut out, value);
        previous_string = string;
    }
    out
}

/// `fmt.Sprintln`: spaces between all operands, and a new line.
pub fn sprintln<'v>(values: impl Iterator<Item = &'v Value>) -> Vec<u8> {
    let mut out = Vec::new();
    for (index, value) in values.enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        print_value(&mut out, value);
    }
    out.push(b'\n');
    out
}

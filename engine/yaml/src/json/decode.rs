//! JSON text to data, with the messages of Go's `encoding/json`.

use super::pointer_step;
use crate::data::Data;
use crate::error::Error;
use crate::map::Map;
use crate::quote;
use crate::scanner::MAX_DEPTH;

/// The one value in `text`, as `json.Unmarshal` into `interface{}` reads it: every number is a float.
///
/// # Errors
/// `invalid character 'x' looking for beginning of value` and its kin.
pub fn decode(text: &[u8]) -> Result<Data, Error> {
    match decode_partly(text)? {
        (data, None) => Ok(data),
        (_, Some(fault)) => Err(fault),
    }
}

/// The same; with numbers that are too large, Go goes on: they are 0, and the first one is what is wrong in the end.
pub fn decode_partly(text: &[u8]) -> Result<(Data, Option<Error>), Error> {
    let mut reader = Reader::new(text);
    let value = reader.value()?;
    reader.skip_space();
    match reader.peek() {
        None => Ok((value, reader.fault.map(|fault| fault.error()))),
        Some(_) => Err(reader.invalid("after top-level value")),
    }
}

/// The first value in `text` and what follows it, as Go's `json.Decoder` reads a stream.
pub fn decode_prefix(text: &[u8]) -> Result<(Data, &[u8]), Error> {
    let mut reader = Reader::new(text);
    let value = reader.value()?;
    match reader.fault {
        None => Ok((value, text.get(reader.at..).unwrap_or_default())),
        Some(fault) => Err(fault.error()),
    }
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    depth: usize,
    /// The first number that is too large.
    fault: Option<Fault>,
}

struct Fault {
    number: String,
    /// The JSON pointer to it, the innermost step first.
    path: Vec<String>,
}

impl Fault {
    fn error(&self) -> Error {
        let path: String = self.path.iter().rev().map(|step| format!(".{step}")).collect();
        let place = match self.path.first() {
            None => "Go value".to_owned(),
            // Go takes what looks like an index for one.
            Some(last) if !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit()) => path,
            Some(_) => format!("Go struct field {path}"),
        };
        Error::json(format!("json: cannot unmarshal number {} into {place} of type float64", self.number))
    }
}

fn unexpected_end() -> Error {
    Error::json("unexpected end of JSON input")
}

impl<'a> Reader<'a> {
    fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0, depth: 0, fault: None }
    }

    /// Reads the value at a key or an index.
    fn value_at(&mut self, step: impl FnOnce() -> String) -> Result<Data, Error> {
        let known = self.fault.is_some();
        let value = self.value()?;
        if let Some(fault) = self.fault.as_mut().filter(|_| !known) {
            fault.path.push(step());
        }
        Ok(value)
    }

    /// The character that comes next has no place there.
    fn invalid(&self, context: &str) -> Error {
        self.invalid_at(self.at, context)
    }

    fn invalid_at(&self, at: usize, context: &str) -> Error {
        let shown = quote::first_character(self.text.get(at..).unwrap_or_default());
        Error::json(format!("invalid character {shown} {context}"))
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// The next byte that is no white space, left in place.
    fn token(&mut self) -> Result<u8, Error> {
        self.skip_space();
        self.peek().ok_or_else(unexpected_end)
    }

    /// value := object | array | string | number | 'true' | 'false' | 'null'
    fn value(&mut self) -> Result<Data, Error> {
        match self.token()? {
            b'{' => self.nested(Reader::object),
            b'[' => self.nested(Reader::array),
            b'"' => self.string().map(Data::String),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.literal("true", Data::Bool(true)),
            b'f' => self.literal("false", Data::Bool(false)),
            b'n' => self.literal("null", Data::Null),
            _ => Err(self.invalid("looking for beginning of value")),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Data, Error>) -> Result<Data, Error> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Error::json("exceeded max depth"));
        }
        self.at += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn object(&mut self) -> Result<Data, Error> {
        let mut map = Map::new();
        if self.token()? == b'}' {
            self.at += 1;
            return Ok(Data::Map(map));
        }
        loop {
            if self.token()? != b'"' {
                return Err(self.invalid("looking for beginning of object key string"));
            }
            let key = self.string()?;
            if self.token()? != b':' {
                return Err(self.invalid("after object key"));
            }
            self.at += 1;
            let value = self.value_at(|| pointer_step(&key))?;
            map.insert(key, value);
            match self.token()? {
                b',' => self.at += 1,
                b'}' => break,
                _ => return Err(self.invalid("after object key:value pair")),
            }
        }
        self.at += 1;
        Ok(Data::Map(map))
    }

    fn array(&mut self) -> Result<Data, Error> {
        let mut items = Vec::new();
        if self.token()? == b']' {
            self.at += 1;
            return Ok(Data::List(items));
        }
        loop {
            let index = items.len();
            items.push(self.value_at(|| index.to_string())?);
            match self.token()? {
                b',' => self.at += 1,
                b']' => break,
                _ => return Err(self.invalid("after array element")),
            }
        }
        self.at += 1;
        Ok(Data::List(items))
    }

    fn literal(&mut self, word: &str, value: Data) -> Result<Data, Error> {
        for expected in word.bytes() {
            match self.peek() {
                Some(byte) if byte == expected => self.at += 1,
                Some(_) => {
                    let context = format!("in literal {word} (expecting {:?})", char::from(expected));
                    return Err(self.invalid(&context));
                }
                None => return Err(unexpected_end()),
            }
        }
        Ok(value)
    }

    /// number := '-'? ('0' | [1-9][0-9]*) ('.' [0-9]+)? ([eE] [+-]? [0-9]+)?
    fn number(&mut self) -> Result<Data, Error> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        let text = String::from_utf8_lossy(self.text.get(start..self.at).unwrap_or_default());
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Data::Float(value)),
            _ => {
                self.fault.get_or_insert_with(|| Fault { number: text.into_owned(), path: Vec::new() });
                Ok(Data::Float(0.0))
            }
        }
    }

    fn digits(&mut self) -> Result<(), Error> {
        match self.peek() {
            Some(b'0'..=b'9') => {}
            Some(_) => return Err(self.invalid("in numeric literal")),
            None => return Err(unexpected_end()),
        }
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        Ok(())
    }

    fn string(&mut self) -> Result<String, Error> {
        self.at += 1;
        let mut bytes = Vec::new();
        loop {
            match self.peek().ok_or_else(unexpected_end)? {
                b'"' => break,
                b'\\' => self.escape(&mut bytes)?,
                0..0x20 => return Err(self.invalid("in string")),
                byte => {
                    bytes.push(byte);
                    self.at += 1;
                }
            }
        }
        self.at += 1;
        Ok(String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }

    fn escape(&mut self, bytes: &mut Vec<u8>) -> Result<(), Error> {
        let code = *self.text.get(self.at + 1).ok_or_else(unexpected_end)?;
        let byte = match code {
            b'"' | b'\\' | b'/' => code,
            b'b' => 0x08,
            b'f' => 0x0C,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => return self.unicode_escape(bytes),
            _ => return Err(self.invalid_escape(2)),
        };
        bytes.push(byte);
        self.at += 2;
        Ok(())
    }

    /// A lone half of a surrogate pair becomes U+FFFD.
    fn unicode_escape(&mut self, bytes: &mut Vec<u8>) -> Result<(), Error> {
        let first = self.code_unit()?;
        let mut units = vec![first];
        if (0xD800..0xDC00).contains(&first) && self.text.get(self.at..self.at + 2) == Some(b"\\u") {
            let before = self.at;
            match self.code_unit()? {
                second @ 0xDC00..0xE000 => units.push(second),
                _ => self.at = before,
            }
        }
        let text: String = char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        bytes.extend_from_slice(text.as_bytes());
        Ok(())
    }

    fn code_unit(&mut self) -> Result<u16, Error> {
        let digits = self.text.get(self.at + 2..).unwrap_or_default();
        let digits = digits.get(..4).unwrap_or(digits);
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(self.invalid_escape(6));
        }
        let unit = std::str::from_utf8(digits).ok().filter(|digits| digits.len() == 4);
        let unit = unit.and_then(|digits| u16::from_str_radix(digits, 16).ok()).ok_or_else(unexpected_end)?;
        self.at += 6;
        Ok(unit)
    }

    /// The escape that comes next is none, as far as it was looked at.
    fn invalid_escape(&self, length: usize) -> Error {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let shown = quote::piece(rest.get(..length).unwrap_or(rest));
        Error::json(format!("invalid escape sequence {shown} in string"))
    }
}

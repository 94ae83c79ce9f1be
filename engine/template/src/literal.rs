//! Go's literals: quoting, unquoting, runes and numbers (strconv).

mod number;

use std::borrow::Cow;

pub(crate) use number::Number;

/// The first rune and its length in bytes; `None` for a byte that starts no valid UTF-8. Empty input has length 0.
pub(crate) fn decode_rune(bytes: &[u8]) -> (Option<char>, usize) {
    let Some(&first) = bytes.first() else { return (None, 0) };
    if first.is_ascii() {
        return (Some(char::from(first)), 1);
    }
    let head = &bytes[..bytes.len().min(4)];
    let valid = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default(),
    };
    match valid.chars().next() {
        Some(rune) => (Some(rune), rune.len_utf8()),
        None => (None, 1),
    }
}

/// Go's `unicode.IsPrint`: letters, marks, numbers, punctuation, symbols and the ASCII space.
pub(crate) fn is_printable(rune: char) -> bool {
    if rune.is_ascii() {
        return matches!(rune, ' '..='~');
    }
    // The standard library decides by the same categories when it debugs a string; the leading letter keeps
    // it from escaping a combining mark.
    let debugged = format!("{:?}", String::from_iter(['a', rune]));
    debugged.len() == rune.len_utf8() + 3
}

/// Text in double quotes, as `%q` prints it.
pub(crate) fn quoted(text: &[u8]) -> String {
    quote(text, '"', false)
}

/// Text in quotes with Go's escapes; `ascii` escapes everything else (`%+q`).
pub(crate) fn quote(text: &[u8], mark: char, ascii: bool) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push(mark);
    let mut rest = text;
    while !rest.is_empty() {
        let (rune, length) = decode_rune(rest);
        match rune {
            Some(rune) => escape_rune(&mut out, rune, mark, ascii),
            None => out.push_str(&format!("\\x{:02x}", rest[0])),
        }
        rest = &rest[length..];
    }
    out.push(mark);
    out
}

pub(crate) fn escape_rune(out: &mut String, rune: char, mark: char, ascii: bool) {
    if rune == mark || rune == '\\' {
        out.push('\\');
        out.push(rune);
        return;
    }
    if (rune.is_ascii() || !ascii) && is_printable(rune) {
        out.push(rune);
        return;
    }
    match rune {
        '\u{7}' => out.push_str("\\a"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{b}' => out.push_str("\\v"),
        _ => {
            let code = u32::from(rune);
            out.push_str(&match code {
                0..0x20 | 0x7f => format!("\\x{code:02x}"),
                0x20..0x1_0000 => format!("\\u{code:04x}"),
                _ => format!("\\U{code:08x}"),
            });
        }
    }
}

/// The text of a string literal with its quotes (`strconv.Unquote`); `None` is Go's `invalid syntax`.
pub(crate) fn unquote(literal: &[u8]) -> Option<Cow<'_, [u8]>> {
    let (&mark, rest) = literal.split_first()?;
    let (&end, body) = rest.split_last()?;
    if mark != end {
        return None;
    }
    if mark == b'`' {
        // Go drops carriage returns from raw strings.
        return Some(match memchr::memchr(b'\r', body) {
            None => Cow::Borrowed(body),
            Some(_) => body.iter().copied().filter(|&byte| byte != b'\r').collect(),
        });
    }
    if mark == b'"' && memchr::memchr3(b'\\', b'"', b'\n', body).is_none() {
        return Some(Cow::Borrowed(body));
    }
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while !rest.is_empty() {
        let (unit, length) = unquote_unit(rest, mark)?;
        unit.append_to(&mut out);
        rest = &rest[length..];
    }
    Some(Cow::Owned(out))
}

/// One element of a literal: a rune, or a byte written as `\x..` or in octal.
pub(crate) enum Unit {
    Rune(char),
    Byte(u8),
}

impl Unit {
    fn append_to(&self, out: &mut Vec<u8>) {
        match self {
            Self::Rune(rune) => out.extend_from_slice(rune.encode_utf8(&mut [0; 4]).as_bytes()),
            Self::Byte(byte) => out.push(*byte),
        }
    }

    pub(crate) fn code(&self) -> i64 {
        match self {
            Self::Rune(rune) => i64::from(u32::from(*rune)),
            Self::Byte(byte) => i64::from(*byte),
        }
    }
}

/// Reads one element and tells its length (`strconv.UnquoteChar`).
pub(crate) fn unquote_unit(text: &[u8], mark: u8) -> Option<(Unit, usize)> {
    let first = *text.first()?;
    if first == mark && (mark == b'\'' || mark == b'"') || first == b'\n' {
        return None;
    }
    if first != b'\\' {
        let (rune, length) = decode_rune(text);
        return Some((rune.map_or(Unit::Byte(first), Unit::Rune), length));
    }
    let simple = |rune| Some((Unit::Rune(rune), 2));
    match *text.get(1)? {
        b'a' => simple('\u{7}'),
        b'b' => simple('\u{8}'),
        b'f' => simple('\u{c}'),
        b'n' => simple('\n'),
        b'r' => simple('\r'),
        b't' => simple('\t'),
        b'v' => simple('\u{b}'),
        b'\\' => simple('\\'),
        quote @ (b'\'' | b'"') if quote == mark => simple(char::from(quote)),
        b'x' => Some((Unit::Byte(u8::try_from(hex(text.get(2..4)?)?).ok()?), 4)),
        b'u' => Some((Unit::Rune(char::from_u32(hex(text.get(2..6)?)?)?), 6)),
        b'U' => Some((Unit::Rune(char::from_u32(hex(text.get(2..10)?)?)?), 10)),
        b'0'..=b'7' => {
            let digits = std::str::from_utf8(text.get(1..4)?).ok()?;
            let code = u32::from_str_radix(digits, 8).ok()?;
            Some((Unit::Byte(u8::try_from(code).ok()?), 4))
        }
        _ => None,
    }
}

fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0u32, |code, &digit| Some((code << 4) | char::from(digit).to_digit(16)?))
}

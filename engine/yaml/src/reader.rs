//! Bytes to text: encodings, and the characters YAML allows.

use std::borrow::Cow;

use crate::Error;

const CONTROL: &str = "yaml: control characters are not allowed";

/// `bytes` as text without a byte order mark; UTF-16 is converted.
///
/// # Errors
/// Bytes that are not the encoding they announce, and characters outside YAML's set (libyaml's reader).
pub(crate) fn read(bytes: &[u8]) -> Result<Cow<'_, str>, Error> {
    let text = match bytes {
        [0xFF, 0xFE, rest @ ..] => Cow::Owned(utf16(rest, u16::from_le_bytes)?),
        [0xFE, 0xFF, rest @ ..] => Cow::Owned(utf16(rest, u16::from_be_bytes)?),
        [0xEF, 0xBB, 0xBF, rest @ ..] => Cow::Borrowed(utf8(rest)?),
        _ => Cow::Borrowed(utf8(bytes)?),
    };
    // Most text is ASCII: look at characters one by one only where a byte gives reason to.
    let suspicious = |byte: &u8| *byte >= 0x7F || (*byte < 0x20 && !matches!(*byte, b'\t' | b'\n' | b'\r'));
    // Without a way out in the middle, so that many bytes are looked at at once.
    let is_suspicious = |bytes: &[u8]| bytes.iter().fold(false, |found, byte| found | suspicious(byte));
    if text.as_bytes().chunks(256).any(is_suspicious) && !text.chars().all(is_allowed) {
        return Err(Error::yaml(CONTROL));
    }
    Ok(text)
}

fn utf8(bytes: &[u8]) -> Result<&str, Error> {
    std::str::from_utf8(bytes).map_err(|error| {
        let (valid, rest) = bytes.split_at(error.valid_up_to());
        // Go looks at one character after the other.
        let is_fine = std::str::from_utf8(valid).is_ok_and(|text| text.chars().all(is_allowed));
        Error::yaml(if is_fine { fault(rest) } else { CONTROL })
    })
}

/// What is wrong with the character at the start of `bytes`.
fn fault(bytes: &[u8]) -> &'static str {
    let (width, lead, least) = match bytes.first() {
        Some(byte @ 0xC0..=0xDF) => (2, byte & 0x1F, 0x80),
        Some(byte @ 0xE0..=0xEF) => (3, byte & 0x0F, 0x800),
        Some(byte @ 0xF0..=0xF7) => (4, byte & 0x07, 0x1_0000),
        _ => return "yaml: invalid leading UTF-8 octet",
    };
    let Some(trailing) = bytes.get(1..width) else { return "yaml: incomplete UTF-8 octet sequence" };
    if trailing.iter().any(|byte| byte & 0xC0 != 0x80) {
        return "yaml: invalid trailing UTF-8 octet";
    }
    let value = trailing.iter().fold(u32::from(lead), |value, byte| value << 6 | u32::from(byte & 0x3F));
    if value < least { "yaml: invalid length of a UTF-8 sequence" } else { "yaml: invalid Unicode character" }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Error> {
    if !bytes.len().is_multiple_of(2) {
        return Err(Error::yaml("yaml: incomplete UTF-16 character"));
    }
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units)
        .collect::<Result<String, _>>()
        .map_err(|_| Error::yaml("yaml: unexpected low surrogate area"))
}

/// The printable characters of YAML 1.1.
pub(crate) fn is_allowed(character: char) -> bool {
    matches!(character,
        '\t' | '\n' | '\r' | '\u{20}'..='\u{7E}' | '\u{85}' | '\u{A0}'..='\u{D7FF}'
        | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}

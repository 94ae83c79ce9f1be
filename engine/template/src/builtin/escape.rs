//! `html`, `js`, `urlquery`.

use crate::literal::{decode_rune, is_printable};

pub(super) fn html(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 16);
    for &byte in text {
        match byte {
            0 => out.extend_from_slice("\u{fffd}".as_bytes()),
            b'"' => out.extend_from_slice(b"&#34;"),
            b'\'' => out.extend_from_slice(b"&#39;"),
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            _ => out.push(byte),
        }
    }
    out
}

/// JavaScript string escapes: quotes, backslashes, angle brackets, `&`, `=`, and everything that does not print.
pub(super) fn js(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 16);
    let mut rest = text;
    while !rest.is_empty() {
        let (rune, length) = decode_rune(rest);
        let code = rune.map_or(0xfffd, u32::from);
        match rest[0] {
            byte @ (b'\\' | b'\'' | b'"') => out.extend_from_slice(&[b'\\', byte]),
            b'<' | b'>' | b'&' | b'=' | 0..0x20 => out.extend_from_slice(format!("\\u{code:04X}").as_bytes()),
            byte if byte.is_ascii() => out.push(byte),
            _ if rune.is_none_or(is_printable) => out.extend_from_slice(&rest[..length]),
            _ => out.extend_from_slice(format!("\\u{code:04X}").as_bytes()),
        }
        rest = &rest[length..];
    }
    out
}

/// `url.QueryEscape`.
pub(super) fn url_query(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 16);
    for &byte in text {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(byte),
            b' ' => out.push(b'+'),
            _ => out.extend_from_slice(format!("%{byte:02X}").as_bytes()),
        }
    }
    out
}

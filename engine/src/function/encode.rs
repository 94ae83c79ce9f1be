//! Base64, base32 and checksums.

use aws_lc_rs::digest;
use data_encoding::{BASE32, BASE64, Encoding, HEXLOWER};
use helmx_template::{Type, Value};

use super::argument::Arguments;
use super::text::text;
use super::{Answer, Entry, plain};

const S: &[Type] = &[Type::String];

pub(super) const TABLE: &[Entry] = &[
    plain("b64enc", S, |args| text(BASE64.encode(args.text(0)))),
    plain("b64dec", S, |args| decode(args, base64_decode)),
    plain("b32enc", S, |args| text(BASE32.encode(args.text(0)))),
    plain("b32dec", S, |args| decode(args, base32_decode)),
    plain("sha1sum", S, |args| hash(args, &digest::SHA1_FOR_LEGACY_USE_ONLY)),
    plain("sha256sum", S, |args| hash(args, &digest::SHA256)),
    plain("sha512sum", S, |args| hash(args, &digest::SHA512)),
    plain("adler32sum", S, |args| text(adler32(args.text(0)).to_string())),
];

fn hash(args: &[Value], algorithm: &'static digest::Algorithm) -> Answer {
    text(HEXLOWER.encode(digest::digest(algorithm, args.text(0)).as_ref()))
}

/// What cannot be decoded yields the text of the error: so does sprig.
fn decode(args: &[Value], decoder: fn(&[u8]) -> Result<Vec<u8>, String>) -> Answer {
    text(decoder(args.text(0)).unwrap_or_else(String::into_bytes))
}

/// Standard base64 with padding; line breaks are skipped. Errors count bytes as Go does.
pub(super) fn base64_decode(source: &[u8]) -> Result<Vec<u8>, String> {
    decode_as(source, &BASE64).ok_or_else(|| format!("illegal base64 data at input byte {}", bad_base64(source)))
}

fn base32_decode(source: &[u8]) -> Result<Vec<u8>, String> {
    decode_as(source, &BASE32).ok_or_else(|| format!("illegal base32 data at input byte {}", bad_base32(source)))
}

fn is_newline(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

/// Without line breaks, and without insisting on zero bits behind the last byte: so does Go.
fn decode_as(source: &[u8], encoding: &Encoding) -> Option<Vec<u8>> {
    let plain: Vec<u8> = source.iter().copied().filter(|&byte| !is_newline(byte)).collect();
    let mut specification = encoding.specification();
    specification.check_trailing_bits = false;
    specification.encoding().ok()?.decode(&plain).ok()
}

/// The byte that Go blames (`decodeQuantum` in encoding/base64).
fn bad_base64(source: &[u8]) -> usize {
    let alphabet = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let mut in_group = 0;
    for (at, &byte) in source.iter().enumerate().filter(|(_, byte)| !is_newline(**byte)) {
        if alphabet(byte) {
            in_group = (in_group + 1) % 4;
            continue;
        }
        let mut rest = (at + 1..source.len()).filter(|&next| !is_newline(source[next]));
        return match (byte, in_group) {
            (b'=', 2) => match rest.next() {
                None => source.len(),
                Some(next) if source[next] == b'=' => rest.next().unwrap_or(source.len()),
                Some(next) => next - 1,
            },
            (b'=', 3) => rest.next().unwrap_or(source.len()),
            _ => at,
        };
    }
    // The last group is incomplete: Go names its start.
    source.len() - in_group
}

/// The first byte outside the alphabet, or the start of an incomplete group.
fn bad_base32(source: &[u8]) -> usize {
    let plain: Vec<u8> = source.iter().copied().filter(|&byte| !is_newline(byte)).collect();
    let foreign = |byte: u8| !matches!(byte, b'A'..=b'Z' | b'2'..=b'7' | b'=');
    let padding = plain.iter().position(|&byte| byte == b'=');
    match (plain.iter().position(|&byte| foreign(byte)), padding) {
        (Some(at), _) => at,
        (None, Some(at)) if at % 8 < 2 || plain.len() - at > 6 => at,
        (None, Some(_)) => plain.len(),
        (None, None) => plain.len() / 8 * 8,
    }
}

fn adler32(bytes: &[u8]) -> u32 {
    const MODULUS: u32 = 65_521;
    let (mut low, mut high) = (1u32, 0u32);
    for &byte in bytes {
        low = (low + u32::from(byte)) % MODULUS;
        high = (high + low) % MODULUS;
    }
    high << 16 | low
}

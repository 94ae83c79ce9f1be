//! Base64, base32 and checksums.

use aws_lc_rs::digest;
use data_encoding::{BASE32, BASE64, DecodeError, DecodeKind, Encoding, HEXLOWER};
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
    decode_as(source, &BASE64, 4, "base64")
}

fn base32_decode(source: &[u8]) -> Result<Vec<u8>, String> {
    decode_as(source, &BASE32, 8, "base32")
}

fn decode_as(source: &[u8], encoding: &Encoding, quantum: usize, name: &str) -> Result<Vec<u8>, String> {
    let at: Vec<usize> = (0..source.len()).filter(|&index| !matches!(source[index], b'\r' | b'\n')).collect();
    let plain: Vec<u8> = at.iter().map(|&index| source[index]).collect();
    // Go does not insist on zero bits behind the last byte.
    let mut specification = encoding.specification();
    specification.check_trailing_bits = false;
    let lenient = specification.encoding().map_err(|error| error.to_string())?;
    lenient.decode(&plain).map_err(|error| {
        let bad = bad_byte(&plain, encoding, quantum, error);
        let position = at.get(bad).copied().unwrap_or(source.len());
        format!("illegal {name} data at input byte {position}")
    })
}

/// The byte that Go blames: the first one outside the alphabet, or the start of an incomplete group.
fn bad_byte(plain: &[u8], encoding: &Encoding, quantum: usize, error: DecodeError) -> usize {
    let specification = encoding.specification();
    let foreign = plain.iter().position(|&byte| !specification.symbols.as_bytes().contains(&byte));
    match (error.kind, foreign) {
        (_, Some(position)) if plain[position] != b'=' => position,
        (DecodeKind::Length, None) if quantum == 4 => {
            plain.len() / quantum * quantum + (plain.len() % quantum).saturating_sub(0).min(quantum)
                - plain.len() % quantum
        }
        (_, Some(position)) => position,
        (_, None) => error.position.min(plain.len()),
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

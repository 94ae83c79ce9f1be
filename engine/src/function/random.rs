//! Random texts, from the host's randomness.

use helmx_template::{Failure, Flow, Run, Type, Value};

use super::argument::{Arguments, TEXT_BYTES};
use super::text::runes;
use super::{Entry, Library, engine};

const I: &[Type] = &[Type::Int];

pub(super) const TABLE: &[Entry] = &[
    engine("randAlphaNum", I, |library, _, args| characters(library, args, |byte| byte.is_ascii_alphanumeric())),
    engine("randAlpha", I, |library, _, args| characters(library, args, |byte| byte.is_ascii_alphabetic())),
    engine("randNumeric", I, |library, _, args| characters(library, args, |byte| byte.is_ascii_digit())),
    engine("randAscii", I, |library, _, args| characters(library, args, |byte| (b' '..=b'~').contains(&byte))),
    engine("randBytes", I, bytes),
    engine("randInt", &[Type::Int, Type::Int], int),
    engine("uuidv4", &[], uuid),
    engine("shuffle", &[Type::String], shuffle),
];

/// That many random bytes.
fn fill(library: &Library<'_>, count: usize) -> Result<Vec<u8>, Failure> {
    let mut buffer = vec![0; count];
    library.host.random(&mut buffer)?;
    Ok(buffer)
}

fn count(args: &[Value]) -> Result<usize, Failure> {
    let count =
        usize::try_from(args.int(0)).map_err(|_| Failure::text("requested random string length is less than 0"))?;
    if count > TEXT_BYTES {
        return Err(Failure::text(format!("a random text may have at most {TEXT_BYTES} bytes")));
    }
    Ok(count)
}

/// Bytes that are `allowed`, each equally likely: the others are drawn again.
fn characters(library: &Library<'_>, args: &[Value], allowed: fn(u8) -> bool) -> Result<Flow, Failure> {
    let count = count(args)?;
    let mut out = Vec::with_capacity(count);
    for _ in 0..DRAWS {
        let drawn = fill(library, (count - out.len()) * 4 + 16)?;
        out.extend(drawn.into_iter().map(|byte| byte & 0x7f).filter(|&byte| allowed(byte)).take(count - out.len()));
        if out.len() == count {
            return Ok(Value::from(out).into());
        }
    }
    Err(Failure::text("the source of randomness does not look random"))
}

/// How often a text or number is drawn again before the source is given up: each time half of it succeeds.
const DRAWS: usize = 1000;

fn bytes(library: &Library<'_>, _: &mut Run<'_>, args: &[Value]) -> Result<Flow, Failure> {
    Ok(Value::from(data_encoding::BASE64.encode(&fill(library, count(args)?)?)).into())
}

/// A number below `bound`, each equally likely.
fn below(library: &Library<'_>, bound: u64) -> Result<u64, Failure> {
    let fair = u64::MAX - u64::MAX % bound;
    for _ in 0..DRAWS {
        let mut buffer = [0; 8];
        library.host.random(&mut buffer)?;
        let drawn = u64::from_le_bytes(buffer);
        if drawn < fair {
            return Ok(drawn % bound);
        }
    }
    Err(Failure::text("the source of randomness does not look random"))
}

/// From the first number up to but without the second.
fn int(library: &Library<'_>, _: &mut Run<'_>, args: &[Value]) -> Result<Flow, Failure> {
    let span = args.int(1).checked_sub(args.int(0)).filter(|&span| span > 0);
    let span = span.ok_or_else(|| Failure::text("invalid argument to Intn"))?;
    Ok(Value::int(args.int(0).wrapping_add(below(library, span.unsigned_abs())? as i64)).into())
}

fn uuid(library: &Library<'_>, _: &mut Run<'_>, _: &[Value]) -> Result<Flow, Failure> {
    let mut bytes = fill(library, 16)?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = data_encoding::HEXLOWER.encode(&bytes);
    let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    Ok(Value::from(parts.join("-")).into())
}

fn shuffle(library: &Library<'_>, _: &mut Run<'_>, args: &[Value]) -> Result<Flow, Failure> {
    let mut shuffled: Vec<char> = runes(args.text(0)).map(|(rune, _)| rune).collect();
    for last in (1..shuffled.len()).rev() {
        shuffled.swap(last, below(library, last as u64 + 1)? as usize);
    }
    Ok(Value::from(String::from_iter(shuffled)).into())
}

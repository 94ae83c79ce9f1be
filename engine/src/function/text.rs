//! Strings: trimming, case, cutting, quoting, padding.

mod casing;
mod unicode;
mod wrap;

use helmx_template::{Failure, Type, Value, format};

use super::argument::{Arguments, repeat};
use super::convert::strval;
use super::{Answer, Entry, plain, variadic};
pub(super) use unicode::{is_space, runes};

const S: Type = Type::String;
const I: Type = Type::Int;

pub(super) const TABLE: &[Entry] = &[
    plain("trim", &[S], |args| text(unicode::trim(args.text(0), is_space))),
    plain("trimAll", &[S, S], trim_all),
    plain("trimall", &[S, S], trim_all),
    plain("trimPrefix", &[S, S], |args| text(args.text(1).strip_prefix(args.text(0)).unwrap_or(args.text(1)))),
    plain("trimSuffix", &[S, S], |args| text(args.text(1).strip_suffix(args.text(0)).unwrap_or(args.text(1)))),
    plain("upper", &[S], |args| text(unicode::map(args.text(0), unicode::to_upper))),
    plain("lower", &[S], |args| text(unicode::map(args.text(0), unicode::to_lower))),
    plain("title", &[S], |args| text(casing::title(args.text(0)))),
    plain("untitle", &[S], |args| text(casing::untitle(args.text(0)))),
    plain("swapcase", &[S], |args| text(casing::swap(args.text(0)))),
    plain("snakecase", &[S], |args| text(casing::separated(args.text(0), '_'))),
    plain("kebabcase", &[S], |args| text(casing::separated(args.text(0), '-'))),
    plain("camelcase", &[S], |args| text(casing::pascal(args.text(0)))),
    plain("initials", &[S], |args| text(casing::initials(args.text(0)))),
    plain("nospace", &[S], |args| text(casing::without_space(args.text(0)))),
    plain("repeat", &[I, S], |args| text(repeat(args.text(1), args.int(0))?)),
    plain("substr", &[I, I, S], substring),
    plain("trunc", &[I, S], |args| text(truncate(args.int(0), args.text(1)))),
    plain("abbrev", &[I, S], |args| text(wrap::abbreviate(args.text(1), 0, args.int(0)))),
    plain("abbrevboth", &[I, I, S], |args| text(wrap::abbreviate_both(args.text(2), args.int(0), args.int(1)))),
    plain("wrap", &[I, S], |args| text(wrap::wrap(args.text(1), args.int(0), b"\n", wrap::Long::Kept))),
    plain("wrapWith", &[I, S, S], |args| text(wrap::wrap(args.text(2), args.int(0), args.text(1), wrap::Long::Broken))),
    plain("contains", &[S, S], |args| Ok(Value::Bool(memchr::memmem::find(args.text(1), args.text(0)).is_some()))),
    plain("hasPrefix", &[S, S], |args| Ok(Value::Bool(args.text(1).starts_with(args.text(0))))),
    plain("hasSuffix", &[S, S], |args| Ok(Value::Bool(args.text(1).ends_with(args.text(0))))),
    plain("replace", &[S, S, S], |args| text(replace(args.text(2), args.text(0), args.text(1)))),
    plain("indent", &[I, S], |args| text(indent(args, b"")?)),
    plain("nindent", &[I, S], |args| text(indent(args, b"\n")?)),
    plain("plural", &[S, S, I], |args| text(args.text(usize::from(args.int(2) != 1)))),
    plain("toString", &[Type::Any], |args| text(strval(args.any(0)))),
    variadic("quote", &[Type::Any], |args| text(joined(args, |value| format::quoted(&strval(value)).into_bytes()))),
    variadic("squote", &[Type::Any], |args| {
        text(joined(args, |value| [b"'", format::sprint([value].into_iter()).as_slice(), b"'"].concat()))
    }),
    variadic("cat", &[Type::Any], cat),
    plain("hello", &[], |_| text(b"Hello!")),
];

pub(super) fn text(bytes: impl AsRef<[u8]>) -> Answer {
    Ok(Value::string(bytes))
}

fn trim_all(args: &[Value]) -> Answer {
    let cut: Vec<char> = runes(args.text(0)).map(|(rune, _)| rune).collect();
    text(unicode::trim(args.text(1), |rune| cut.contains(&rune)))
}

/// Byte offsets: a negative start cuts at `end`, an end out of range cuts nothing.
fn substring(args: &[Value]) -> Answer {
    let (start, end, full) = (args.int(0), args.int(1), args.text(2));
    let length = full.len() as i64;
    let bounds = |message: String| Err(Failure::text(format!("runtime error: slice bounds out of range {message}")));
    let slice = |from: i64, to: i64| text(full.get(from as usize..to as usize).unwrap_or_default());
    match (start, end) {
        (..0, ..0) => bounds(format!("[:{end}]")),
        (..0, _) if end > length => bounds(format!("[:{end}] with length {length}")),
        (..0, _) => slice(0, end),
        (0.., _) if end < 0 || end > length => match start > length {
            true => bounds(format!("[{start}:{length}]")),
            false => slice(start, length),
        },
        (0.., _) if start > end => bounds(format!("[{start}:{end}]")),
        (0.., _) => slice(start, end),
    }
}

/// The first bytes, or the last ones for a negative count.
fn truncate(count: i64, full: &[u8]) -> &[u8] {
    let magnitude = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    if count < 0 {
        let start = full.len().checked_sub(magnitude).filter(|&start| start > 0).unwrap_or(0);
        &full[start..]
    } else {
        full.get(..magnitude).unwrap_or(full)
    }
}

/// Every `old` becomes `new`; an empty `old` matches around every rune.
pub(super) fn replace(full: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(full.len());
    if old.is_empty() {
        out.extend_from_slice(new);
        let mut at = 0;
        for (_, length) in runes(full) {
            out.extend_from_slice(&full[at..at + length]);
            out.extend_from_slice(new);
            at += length;
        }
        return out;
    }
    let mut at = 0;
    for found in memchr::memmem::find_iter(full, old) {
        out.extend_from_slice(&full[at..found]);
        out.extend_from_slice(new);
        at = found + old.len();
    }
    out.extend_from_slice(&full[at..]);
    out
}

/// Spaces before every line, blank ones included.
fn indent(args: &[Value], before: &[u8]) -> Result<Vec<u8>, Failure> {
    let pad = repeat(b" ", args.int(0))?;
    let full = args.text(1);
    let lines = 1 + memchr::memchr_iter(b'\n', full).count();
    repeat(b" ", i64::try_from(lines.saturating_mul(pad.len())).unwrap_or(i64::MAX)).map(drop)?;
    let mut out = Vec::with_capacity(before.len() + full.len() + lines * pad.len());
    out.extend_from_slice(before);
    for (index, line) in full.split(|&byte| byte == b'\n').enumerate() {
        if index > 0 {
            out.push(b'\n');
        }
        out.extend_from_slice(&pad);
        out.extend_from_slice(line);
    }
    Ok(out)
}

/// What `show` makes of every value that is not nil, with spaces between.
fn joined(values: &[Value], show: impl Fn(&Value) -> Vec<u8>) -> Vec<u8> {
    values.iter().filter(|value| !value.is_nil()).map(show).collect::<Vec<_>>().join(&b' ')
}

fn cat(args: &[Value]) -> Answer {
    // The format string is trimmed, not its result: an empty last argument leaves its space.
    text(joined(args, |value| format::sprint([value].into_iter())))
}

//! Strings to lists and back: `split`, `join` and their kin.

use helmx_template::{Map, MapType, Str, Type, Value};

use super::argument::{Arguments, items};
use super::convert::strval;
use super::text::{runes, text};
use super::{Answer, Entry, plain};

const S: Type = Type::String;

pub(super) const TABLE: &[Entry] = &[
    plain("split", &[S, S], |args| numbered(split(args.text(1), args.text(0), -1))),
    plain("splitn", &[S, Type::Int, S], |args| numbered(split(args.text(2), args.text(0), args.int(1)))),
    plain("splitList", &[S, S], |args| Ok(strings(split(args.text(1), args.text(0), -1)))),
    plain("join", &[S, Type::Any], |args| text(to_strings(args.any(1)).join(args.text(0)))),
    plain("toStrings", &[Type::Any], |args| Ok(strings(to_strings(args.any(0))))),
    plain("sortAlpha", &[Type::Any], sort_alpha),
];

pub(super) fn strings<T: AsRef<[u8]>>(parts: impl IntoIterator<Item = T>) -> Value {
    Value::strings(parts.into_iter().map(Value::string).collect())
}

/// `strings.SplitN`: at most `count` parts, all if it is negative. An empty separator cuts between runes.
fn split<'t>(full: &'t [u8], separator: &[u8], count: i64) -> Vec<&'t [u8]> {
    let most = if count < 0 { usize::MAX } else { count as usize };
    if most == 0 {
        return Vec::new();
    }
    let mut parts = Vec::new();
    let mut at = 0;
    if separator.is_empty() {
        for (_, length) in runes(full) {
            if parts.len() + 1 == most {
                break;
            }
            parts.push(&full[at..at + length]);
            at += length;
        }
        if at < full.len() {
            parts.push(&full[at..]);
        }
        return parts;
    }
    for found in memchr::memmem::find_iter(full, separator) {
        if parts.len() + 1 == most {
            break;
        }
        parts.push(&full[at..found]);
        at = found + separator.len();
    }
    parts.push(&full[at..]);
    parts
}

/// A `map[string]string` with keys `_0`, `_1`, …
fn numbered(parts: Vec<&[u8]>) -> Answer {
    let entry = |(index, part): (usize, &[u8])| (Str::from(format!("_{index}").into_bytes()), Value::string(part));
    let map = Map::new(&MapType::STRING, parts.into_iter().enumerate().map(entry));
    Ok(Value::Map(map.into()))
}

/// Sprig's `strslice`: the items as text, nil left out; anything else is a list of one.
pub(super) fn to_strings(value: &Value) -> Vec<Vec<u8>> {
    match (items(value), value) {
        (Some(items), _) => items.iter().filter(|item| !item.is_nil()).map(strval).collect(),
        (None, Value::Nil) => Vec::new(),
        (None, other) => vec![strval(other)],
    }
}

fn sort_alpha(args: &[Value]) -> Answer {
    let list = args.any(0);
    if items(list).is_none() {
        return Ok(strings([strval(list)]));
    }
    let mut sorted = to_strings(list);
    sorted.sort();
    Ok(strings(sorted))
}

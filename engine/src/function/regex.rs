//! Regular expressions with RE2's syntax and Go's rules for empty matches.

mod syntax;

use std::rc::Rc;

use helmx_template::{Failure, List, ListType, Type, Value};
use regex::bytes::Regex;

use super::argument::Arguments;
use super::string_list::strings;
use super::text::text;
use super::{Answer, Entry, plain};

const S: Type = Type::String;
const I: Type = Type::Int;

/// The plain functions panic in Go on a bad pattern, and name it; the `must` ones report it.
pub(super) const TABLE: &[Entry] = &[
    plain("regexMatch", &[S, S], |args| Ok(Value::Bool(compile(args).is_ok_and(|regex| regex.is_match(args.text(1)))))),
    plain("mustRegexMatch", &[S, S], |args| Ok(Value::Bool(compile(args)?.is_match(args.text(1))))),
    plain("regexFind", &[S, S], |args| find(args, &*panicking(args)?)),
    plain("mustRegexFind", &[S, S], |args| find(args, &*compile(args)?)),
    plain("regexFindAll", &[S, S, I], |args| find_all(args, &*panicking(args)?)),
    plain("mustRegexFindAll", &[S, S, I], |args| find_all(args, &*compile(args)?)),
    plain("regexReplaceAll", &[S, S, S], |args| replace(args, &*panicking(args)?, Replacement::Template)),
    plain("mustRegexReplaceAll", &[S, S, S], |args| replace(args, &*compile(args)?, Replacement::Template)),
    plain("regexReplaceAllLiteral", &[S, S, S], |args| replace(args, &*panicking(args)?, Replacement::Literal)),
    plain("mustRegexReplaceAllLiteral", &[S, S, S], |args| replace(args, &*compile(args)?, Replacement::Literal)),
    plain("regexSplit", &[S, S, I], |args| split(args, &*panicking(args)?)),
    plain("mustRegexSplit", &[S, S, I], |args| split(args, &*compile(args)?)),
    plain("regexQuoteMeta", &[S], |args| text(quote_meta(args.text(0)))),
];

fn compile(args: &[Value]) -> Result<Rc<Regex>, Failure> {
    syntax::compile(&args.str(0)).map_err(|message| Failure::text(format!("error parsing regexp: {message}")))
}

fn panicking(args: &[Value]) -> Result<Rc<Regex>, Failure> {
    let pattern = args.str(0);
    let quoted = if pattern.contains('`') { format!("{pattern:?}") } else { format!("`{pattern}`") };
    compile(args).map_err(|failure| failure.wrap(format!("regexp: Compile({quoted}): ")))
}

fn find(args: &[Value], regex: &Regex) -> Answer {
    text(regex.find(args.text(1)).map_or(&b""[..], |found| found.as_bytes()))
}

/// Matches as Go finds them: an empty match right behind another match does not count.
fn matches<'t>(regex: &Regex, full: &'t [u8]) -> impl Iterator<Item = regex::bytes::Match<'t>> {
    let mut end = None;
    let found: Vec<_> = regex.find_iter(full).collect();
    found.into_iter().filter(move |found| {
        let counts = !found.is_empty() || Some(found.start()) != end;
        end = Some(found.end());
        counts
    })
}

/// Go's nil slice: empty, but null in YAML and JSON.
fn no_strings() -> Value {
    Value::List(List::new(&ListType::NIL_STRING, Vec::new()).into())
}

fn find_all(args: &[Value], regex: &Regex) -> Answer {
    let most = usize::try_from(args.int(2)).unwrap_or(usize::MAX);
    let mut found = matches(regex, args.text(1)).take(most).map(|found| found.as_bytes()).peekable();
    Ok(if found.peek().is_none() { no_strings() } else { strings(found) })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Replacement {
    /// `$1`, `${name}` and `$$` stand for something.
    Template,
    Literal,
}

fn replace(args: &[Value], regex: &Regex, kind: Replacement) -> Answer {
    let (full, replacement) = (args.text(1), args.text(2));
    let mut out = Vec::with_capacity(full.len());
    let mut at = 0;
    for captures in regex.captures_iter(full) {
        let Some(whole) = captures.get(0) else { continue };
        out.extend_from_slice(&full[at..whole.start()]);
        match kind {
            Replacement::Literal => out.extend_from_slice(replacement),
            // Go and the crate agree on `$name`, `${name}` and `$$`.
            Replacement::Template => captures.expand(replacement, &mut out),
        }
        at = whole.end();
        if out.len() > super::argument::TEXT_BYTES {
            return Err(Failure::text("the replaced text is too long"));
        }
    }
    out.extend_from_slice(&full[at..]);
    text(out)
}

/// At most `count` parts, all if it is negative (`regexp.Split`).
fn split(args: &[Value], regex: &Regex) -> Answer {
    let (full, count) = (args.text(1), args.int(2));
    if count == 0 {
        return Ok(no_strings());
    }
    if !regex.as_str().is_empty() && full.is_empty() {
        return Ok(strings([b""]));
    }
    let most = usize::try_from(count).unwrap_or(usize::MAX);
    let mut parts: Vec<&[u8]> = Vec::new();
    let (mut start, mut end) = (0, 0);
    for found in matches(regex, full).take(most) {
        if parts.len() + 1 == most {
            break;
        }
        end = found.start();
        if found.end() != 0 {
            parts.push(&full[start..end]);
        }
        start = found.end();
    }
    if end != full.len() {
        parts.push(&full[start..]);
    }
    Ok(strings(parts))
}

fn quote_meta(source: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(source.len() + 8);
    for &byte in source {
        if br"\.+*?()|[]{}^$".contains(&byte) {
            out.push(b'\\');
        }
        out.push(byte);
    }
    out
}

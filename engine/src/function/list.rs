//! Lists. Each function has a twin that starts with `must`; in a template both report the same error.

use helmx_template::{Failure, Flow, List, ListType, Run, Type, Value};

use super::argument::{Arguments, items, same_type};
use super::compare::Equality;
use super::convert::to_int64;
use super::{Answer, Entry, Library, engine, plain, variadic, variadic_engine};

const A: Type = Type::Any;

pub(super) const TABLE: &[Entry] = &[
    variadic("list", &[A], |args| Ok(Value::list(args.to_vec()))),
    variadic("tuple", &[A], |args| Ok(Value::list(args.to_vec()))),
    plain("first", &[A], first),
    plain("mustFirst", &[A], first),
    plain("last", &[A], last),
    plain("mustLast", &[A], last),
    plain("rest", &[A], rest),
    plain("mustRest", &[A], rest),
    plain("initial", &[A], initial),
    plain("mustInitial", &[A], initial),
    plain("append", &[A, A], push),
    plain("mustAppend", &[A, A], push),
    plain("push", &[A, A], push),
    plain("mustPush", &[A, A], push),
    plain("prepend", &[A, A], prepend),
    plain("mustPrepend", &[A, A], prepend),
    variadic("concat", &[A], concat),
    plain("reverse", &[A], reverse),
    plain("mustReverse", &[A], reverse),
    engine("uniq", &[A], uniq),
    engine("mustUniq", &[A], uniq),
    variadic_engine("without", &[A, A], without),
    variadic_engine("mustWithout", &[A, A], without),
    plain("compact", &[A], compact),
    plain("mustCompact", &[A], compact),
    engine("has", &[A, A], has),
    engine("mustHas", &[A, A], has),
    variadic("slice", &[A, A], slice),
    variadic("mustSlice", &[A, A], slice),
    plain("chunk", &[Type::Int, A], chunk),
    plain("mustChunk", &[Type::Int, A], chunk),
];

/// The type of `chunk`'s result.
static CHUNKS: ListType = ListType { name: "[][]interface {}", elem: Type::List, methods: &[], is_nil: false };

const NIL_POINTER: &str = "runtime error: invalid memory address or nil pointer dereference";

/// The items, or the message that Go's reflection gives for something that is no list.
fn list_items(value: &Value, otherwise: impl Fn(&str) -> String) -> Result<std::borrow::Cow<'_, [Value]>, Failure> {
    match items(value) {
        Some(items) => Ok(items),
        None if value.is_nil() => Err(Failure::text(NIL_POINTER)),
        None => Err(Failure::text(otherwise(value.kind().name()))),
    }
}

fn find<'v>(function: &str, value: &'v Value) -> Result<std::borrow::Cow<'v, [Value]>, Failure> {
    list_items(value, |kind| format!("Cannot find {function} on type {kind}"))
}

fn first(args: &[Value]) -> Answer {
    Ok(find("first", args.any(0))?.first().cloned().unwrap_or_default())
}

fn last(args: &[Value]) -> Answer {
    Ok(find("last", args.any(0))?.last().cloned().unwrap_or_default())
}

/// Go's nil slice: empty, but null in YAML and JSON.
fn no_list() -> Value {
    Value::List(List::new(&ListType::NIL_ANY, Vec::new()).into())
}

fn rest(args: &[Value]) -> Answer {
    Ok(find("rest", args.any(0))?.split_first().map_or_else(no_list, |(_, rest)| Value::list(rest.to_vec())))
}

fn initial(args: &[Value]) -> Answer {
    Ok(find("initial", args.any(0))?.split_last().map_or_else(no_list, |(_, initial)| Value::list(initial.to_vec())))
}

fn push(args: &[Value]) -> Answer {
    let items = list_items(args.any(0), |kind| format!("Cannot push on type {kind}"))?;
    Ok(Value::list(items.iter().chain([args.any(1)]).cloned().collect()))
}

fn prepend(args: &[Value]) -> Answer {
    let items = list_items(args.any(0), |kind| format!("Cannot prepend on type {kind}"))?;
    Ok(Value::list([args.any(1)].into_iter().chain(items.iter()).cloned().collect()))
}

fn concat(args: &[Value]) -> Answer {
    let mut all = Vec::new();
    for list in args {
        all.extend_from_slice(&list_items(list, |kind| format!("Cannot concat type {kind} as list"))?);
    }
    Ok(if all.is_empty() { no_list() } else { Value::list(all) })
}

fn reverse(args: &[Value]) -> Answer {
    Ok(Value::list(find("reverse", args.any(0))?.iter().rev().cloned().collect()))
}

fn uniq(library: &Library<'_>, run: &mut Run<'_>, args: &[Value]) -> Result<Flow, Failure> {
    let items = find("uniq", args.any(0))?;
    let mut equality = Equality::new(library, run);
    let mut unique: Vec<Value> = Vec::new();
    for item in items.iter() {
        if !equality.any(&unique, item)? {
            unique.push(item.clone());
        }
    }
    Ok(Value::list(unique).into())
}

fn without(library: &Library<'_>, run: &mut Run<'_>, args: &[Value]) -> Result<Flow, Failure> {
    let items = find("without", args.any(0))?;
    let mut equality = Equality::new(library, run);
    let mut kept = Vec::new();
    for item in items.iter() {
        if !equality.any(args.rest(1), item)? {
            kept.push(item.clone());
        }
    }
    Ok(Value::list(kept).into())
}

fn compact(args: &[Value]) -> Answer {
    let items = list_items(args.any(0), |kind| format!("Cannot compact on type {kind}"))?;
    Ok(Value::list(items.iter().filter(|item| item.truth()).cloned().collect()))
}

fn has(library: &Library<'_>, run: &mut Run<'_>, args: &[Value]) -> Result<Flow, Failure> {
    if args.any(1).is_nil() {
        return Ok(Value::Bool(false).into());
    }
    let items = find("has", args.any(1))?;
    Ok(Value::Bool(Equality::new(library, run).any(&items, args.any(0))?).into())
}

/// `slice list [start [end]]`; an empty list yields nil.
fn slice(args: &[Value]) -> Answer {
    let list = args.any(0);
    let items = list_items(list, |kind| format!("list should be type of slice or array but {kind}"))?;
    if items.is_empty() {
        return Ok(Value::Nil);
    }
    let start = args.get(1).map_or(0, to_int64);
    let end = args.get(2).map_or(items.len() as i64, to_int64);
    let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    let Some(part) = range.and_then(|(start, end)| items.get(start..end)) else {
        return Err(Failure::text("reflect.Value.Slice: slice index out of bounds"));
    };
    Ok(match list {
        Value::List(list) => same_type(list, part.to_vec()),
        Value::Bytes(bytes) => Value::bytes(&bytes[start as usize..end as usize]),
        _ => Value::Nil,
    })
}

/// Lists of at most `size` items.
fn chunk(args: &[Value]) -> Answer {
    let items = list_items(args.any(1), |kind| format!("Cannot chunk type {kind}"))?;
    let given = args.int(0);
    let size = match usize::try_from(given) {
        Ok(size) if size > 0 => size,
        // Sprig computes how many chunks there are, and less than one size can yield none or one.
        _ if items.len() == 1 && given < -1 => 1,
        _ if items.len() > 1 && given < 0 && items.len() - 1 <= given.unsigned_abs() as usize => {
            return Ok(Value::List(List::new(&CHUNKS, Vec::new()).into()));
        }
        _ => return Err(Failure::text("runtime error: makeslice: len out of range")),
    };
    let chunks = items.chunks(size).map(|chunk| Value::list(chunk.to_vec())).collect();
    Ok(Value::List(List::new(&CHUNKS, chunks).into()))
}

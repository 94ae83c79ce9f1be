//! Dictionaries. `set`, `unset` and the merges change the dictionary that they are given.

use std::rc::Rc;

use helmx_template::{Failure, Map, Str, Type, Value};

use super::argument::{Arguments, NESTING, Walk, same_type};
use super::convert::strval;
use super::string_list::strings;
use super::{Answer, Entry, plain, variadic};

const A: Type = Type::Any;
const M: Type = Type::Map;
const S: Type = Type::String;

pub(super) const TABLE: &[Entry] = &[
    variadic("dict", &[A], dict),
    plain("get", &[M, S], |args| Ok(args.map(0)?.get(args.text(1)).unwrap_or_else(|| Value::string("")))),
    plain("set", &[M, S, A], set),
    plain("unset", &[M, S], unset),
    plain("hasKey", &[M, S], |args| Ok(Value::Bool(args.map(0)?.contains(args.text(1))))),
    variadic("pluck", &[S, M], pluck),
    variadic("keys", &[M], keys),
    plain("values", &[M], |args| Ok(Value::list(args.map(0)?.entries().into_iter().map(|(_, value)| value).collect()))),
    variadic("pick", &[M, S], |args| select(args, true)),
    variadic("omit", &[M, S], |args| select(args, false)),
    variadic("merge", &[M, M], |args| merge_all(args, Wins::First)),
    variadic("mustMerge", &[M, M], |args| merge_all(args, Wins::First)),
    variadic("mergeOverwrite", &[M, M], |args| merge_all(args, Wins::Last)),
    variadic("mustMergeOverwrite", &[M, M], |args| merge_all(args, Wins::Last)),
    plain("deepCopy", &[A], deep_copy),
    plain("mustDeepCopy", &[A], deep_copy),
    variadic("dig", &[A], dig),
];

/// Pairs of key and value; a key without value gets `""`.
fn dict(args: &[Value]) -> Answer {
    let pair = |pair: &[Value]| {
        let value = pair.get(1).cloned().unwrap_or_else(|| Value::string(""));
        (Str::from(strval(pair.any(0))), value)
    };
    Ok(Value::map(args.chunks(2).map(pair)))
}

fn set(args: &[Value]) -> Answer {
    let map = args.map(0)?;
    if map.ty().is_nil {
        return Err(Failure::text("assignment to entry in nil map"));
    }
    map.set(args.text(1).into(), args.any(2).clone());
    Ok(args.any(0).clone())
}

fn unset(args: &[Value]) -> Answer {
    args.map(0)?.remove(args.text(1));
    Ok(args.any(0).clone())
}

fn pluck(args: &[Value]) -> Answer {
    let maps = args.rest(1).iter().filter_map(Value::as_map);
    Ok(Value::list(maps.filter_map(|map| map.get(args.text(0))).collect()))
}

/// Go's order is random; here it is sorted.
fn keys(args: &[Value]) -> Answer {
    Ok(strings(args.iter().filter_map(Value::as_map).flat_map(|map| map.keys())))
}

fn select(args: &[Value], wanted: bool) -> Answer {
    let named = |key: &[u8]| args.rest(1).iter().any(|name| matches!(name, Value::String(name) if **name == *key));
    Ok(Value::map(args.map(0)?.entries().into_iter().filter(|(key, _)| named(key) == wanted)))
}

/// Whose value stays if both dictionaries have one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wins {
    /// The destination's, unless it is empty.
    First,
    /// The source's, even if it is empty.
    Last,
}

fn merge_all(args: &[Value], wins: Wins) -> Answer {
    let mut target = args.map(0)?.clone();
    for source in args.rest(1).iter().filter_map(Value::as_map).filter(|source| !source.ty().is_nil) {
        if target.ty().is_nil {
            target = Map::any_ref();
        }
        merge(&target, source, wins, 0)?;
    }
    Ok(Value::Map(target))
}

/// One source into the destination (dario.cat/mergo 1.0, `deepMerge` for maps). Maps that the destination lacks
/// are shared with the source afterwards.
fn merge(target: &Rc<Map>, source: &Rc<Map>, wins: Wins, depth: usize) -> Result<(), Failure> {
    if target.same(source) {
        return Ok(());
    }
    if depth > NESTING {
        return Err(Failure::text(format!("dictionaries nest deeper than {NESTING} levels")));
    }
    for (key, value) in source.entries() {
        let present = target.get(&key);
        match (&present, &value) {
            (_, Value::Nil) => {
                if wins == Wins::Last {
                    target.set(key, value);
                }
            }
            (Some(Value::Map(inner)), Value::Map(other)) => {
                merge(inner, other, wins, depth + 1)?;
                if inner.is_empty() {
                    target.set(key, value);
                }
            }
            (Some(known), _) if wins == Wins::First && known.truth() => {}
            _ => target.set(key, value),
        }
    }
    Ok(())
}

fn deep_copy(args: &[Value]) -> Answer {
    match args.any(0) {
        Value::Nil => Err(Failure::text("reflect: call of reflect.Value.Type on zero Value")),
        value => copy(value, &mut Walk::new()),
    }
}

fn copy(value: &Value, walk: &mut Walk) -> Answer {
    walk.down().ok_or_else(|| Failure::text("the value nests too deeply, or has too many parts, to be copied"))?;
    let copied = copy_node(value, walk);
    walk.up();
    copied
}

fn copy_node(value: &Value, walk: &mut Walk) -> Answer {
    Ok(match value {
        Value::List(list) => {
            same_type(list, list.items().iter().map(|item| copy(item, walk)).collect::<Result<_, _>>()?)
        }
        Value::Map(map) => {
            let entry = |(key, value): (Str, Value)| Ok::<_, Failure>((key, copy(&value, walk)?));
            let entries = map.entries().into_iter().map(entry).collect::<Result<Vec<_>, _>>()?;
            Value::Map(Rc::new(Map::new(map.ty(), entries)))
        }
        other => other.clone(),
    })
}

/// `dig key … default dict`
fn dig(args: &[Value]) -> Answer {
    let [keys @ .., default, dict] = args else {
        return Err(Failure::text("dig needs at least three arguments"));
    };
    if keys.is_empty() {
        return Err(Failure::text("dig needs at least three arguments"));
    }
    let conversion = |value: &Value, wanted: &str| {
        let found = if value.is_nil() { "nil" } else { value.type_name() };
        Failure::text(format!("interface conversion: interface {{}} is {found}, not {wanted}"))
    };
    // Go asserts the exact type: a named map such as `.Values` is not one.
    let table = |value: &Value| match value {
        Value::Map(map) if map.ty().name == "map[string]interface {}" => Ok(map.clone()),
        other => Err(conversion(other, "map[string]interface {}")),
    };
    let mut map = table(dict)?;
    let mut names = Vec::with_capacity(keys.len());
    for key in keys {
        let Value::String(name) = key else { return Err(conversion(key, "string")) };
        names.push(name);
    }
    let Some((last, path)) = names.split_last() else { return Ok(default.clone()) };
    for name in path {
        let Some(next) = map.get(name) else { return Ok(default.clone()) };
        map = table(&next)?;
    }
    Ok(map.get(last).unwrap_or_else(|| default.clone()))
}

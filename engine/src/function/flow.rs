//! Defaults and decisions.

use helmx_template::{Type, Value};

use super::argument::Arguments;
use super::{Answer, Entry, plain, variadic};

const A: Type = Type::Any;

/// Sprig's `empty` is the opposite of Go's truth: zero, `""`, false, nil, and empty collections.
pub(super) const TABLE: &[Entry] = &[
    variadic("default", &[A, A], default),
    plain("empty", &[A], |args| Ok(Value::Bool(!args.any(0).truth()))),
    variadic("coalesce", &[A], |args| Ok(args.iter().find(|value| value.truth()).cloned().unwrap_or_default())),
    variadic("all", &[A], |args| Ok(Value::Bool(args.iter().all(Value::truth)))),
    variadic("any", &[A], |args| Ok(Value::Bool(args.iter().any(Value::truth)))),
    plain("ternary", &[A, A, Type::Bool], |args| Ok(args.any(usize::from(!args.any(2).truth())).clone())),
];

fn default(args: &[Value]) -> Answer {
    let given = args.any(1);
    Ok(if given.truth() { given } else { args.any(0) }.clone())
}

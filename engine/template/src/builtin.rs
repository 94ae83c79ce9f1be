//! The functions that Go's text/template brings along (text/template/funcs.go).

mod compare;
mod element;
mod escape;

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use crate::call::{Failure, Signature, Type};
use crate::format::{sprint, sprintf, sprintln};
use crate::value::Value;
pub(crate) use crate::vm::Slot;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Builtin {
    And,
    Call,
    Eq,
    Ge,
    Gt,
    Html,
    Index,
    Js,
    Le,
    Len,
    Lt,
    Ne,
    Not,
    Or,
    Print,
    Printf,
    Println,
    Slice,
    UrlQuery,
}

const ONE: &[Type] = &[Type::Any];
const TWO: &[Type] = &[Type::Any, Type::Any];
const FORMAT: &[Type] = &[Type::String, Type::Any];

/// Every built-in function with its parameters. `true` marks a variadic last parameter.
const TABLE: &[(Builtin, Signature)] = &[
    (Builtin::And, signature("and", TWO, true)),
    (Builtin::Call, signature("call", TWO, true)),
    (Builtin::Eq, signature("eq", TWO, true)),
    (Builtin::Ge, signature("ge", TWO, false)),
    (Builtin::Gt, signature("gt", TWO, false)),
    (Builtin::Html, signature("html", ONE, true)),
    (Builtin::Index, signature("index", TWO, true)),
    (Builtin::Js, signature("js", ONE, true)),
    (Builtin::Le, signature("le", TWO, false)),
    (Builtin::Len, signature("len", ONE, false)),
    (Builtin::Lt, signature("lt", TWO, false)),
    (Builtin::Ne, signature("ne", TWO, false)),
    (Builtin::Not, signature("not", ONE, false)),
    (Builtin::Or, signature("or", TWO, true)),
    (Builtin::Print, signature("print", ONE, true)),
    (Builtin::Printf, signature("printf", FORMAT, true)),
    (Builtin::Println, signature("println", ONE, true)),
    (Builtin::Slice, signature("slice", TWO, true)),
    (Builtin::UrlQuery, signature("urlquery", ONE, true)),
];

static NAMES: LazyLock<FxHashMap<&'static str, Builtin>> =
    LazyLock::new(|| TABLE.iter().map(|(builtin, signature)| (signature.name, *builtin)).collect());

const fn signature(name: &'static str, params: &'static [Type], variadic: bool) -> Signature {
    Signature { name, params, variadic }
}

/// Names of all built-in functions.
pub fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|(_, signature)| signature.name)
}

impl Builtin {
    pub(crate) fn find(name: &str) -> Option<Self> {
        NAMES.get(name).copied()
    }

    pub(crate) fn signature(self) -> &'static Signature {
        // The table has the order of the enum.
        &TABLE[self as usize].1
    }
}

/// Calls a built-in function. `and` and `or` are compiled to jumps and never get here with arguments to decide.
pub(crate) fn call(function: Builtin, arguments: &[Slot]) -> Result<Slot, Failure> {
    let first = arguments.first();
    let value = match function {
        Builtin::And | Builtin::Or => return Ok(arguments.last().cloned().unwrap_or_default()),
        Builtin::Not => Value::Bool(!first.is_some_and(|slot| slot.value.truth())),
        Builtin::Eq => Value::Bool(compare::eq(arguments)?),
        Builtin::Ne => Value::Bool(!compare::eq(arguments)?),
        Builtin::Lt => Value::Bool(compare::lt(arguments)?),
        Builtin::Le => Value::Bool(compare::le(arguments)?),
        Builtin::Gt => Value::Bool(!compare::le(arguments)?),
        Builtin::Ge => Value::Bool(!compare::lt(arguments)?),
        Builtin::Len => element::len(first)?,
        Builtin::Index => element::index(arguments)?,
        Builtin::Slice => element::slice(arguments)?,
        Builtin::Print => Value::from(sprint(arguments.iter().map(|slot| &slot.value))),
        Builtin::Println => Value::from(sprintln(arguments.iter().map(|slot| &slot.value))),
        Builtin::Printf => printf(arguments),
        Builtin::Html => Value::from(escape::html(&text(arguments))),
        Builtin::Js => Value::from(escape::js(&text(arguments))),
        Builtin::UrlQuery => Value::from(escape::url_query(&text(arguments))),
        Builtin::Call => return Err(not_callable(arguments)),
    };
    Ok(Slot::bare(value))
}

fn printf(arguments: &[Slot]) -> Value {
    let values: Vec<Value> = arguments.iter().map(|slot| slot.value.clone()).collect();
    match values.split_first() {
        Some((Value::String(format), rest)) => Value::from(sprintf(format, rest)),
        _ => Value::Nil,
    }
}

/// The arguments as one text: a single string as it is, anything else as `print` prints it.
fn text(arguments: &[Slot]) -> Vec<u8> {
    if let [Slot { value: Value::String(text), .. }] = arguments {
        return text.to_vec();
    }
    let no_value = Value::from("<no value>");
    sprint(arguments.iter().map(|slot| if slot.value.is_nil() { &no_value } else { &slot.value }))
}

/// Values are never functions. The first argument is the expression that was to be called.
fn not_callable(arguments: &[Slot]) -> Failure {
    let Some(callee) = arguments.get(1).filter(|slot| !slot.value.is_nil()) else {
        return Failure::text("call of nil");
    };
    let name = match (&arguments[0].value, &callee.value) {
        (Value::String(name), _) | (Value::Nil, Value::String(name)) => String::from_utf8_lossy(name).into_owned(),
        _ => format!("<{} Value>", callee.value.type_name()),
    };
    Failure::text(format!("non-function {name} of type {}", callee.value.type_name()))
}

//! What Jinja files can call: every function of Go templates as function and as filter, and Jinja's own filters as far
//! as Helm has none of the name.

use minijinja::value::{Kwargs, Rest, ValueKind};
use minijinja::{Environment, Error, ErrorKind, State, Value, filters};

use helmx_template::Value as GoValue;

use super::failure::carry;
use super::value::{Foreign, items, key, to_go, to_jinja};
use super::{method, session};

/// Functions whose job is to look whether there is something: an undefined value is nil to them.
const TOLERANT: &[&str] = &["default", "coalesce", "empty", "required"];

/// Go's built-in functions whose names are words of Jinja, or that have nothing to call.
const OPERATORS: &[&str] = &["and", "or", "not", "call"];

/// Jinja's filters and functions that are not there: they make lists of lists, compare or print without a bound, or
/// mean HTML. `docs/jinja.md` names what takes their place.
const REMOVED: &[&str] = &["chain", "dictsort", "groupby", "pprint", "safe", "sum", "unique", "zip"];

pub(super) fn install(env: &mut Environment<'_>) {
    for name in REMOVED {
        env.remove_filter(name);
    }
    env.remove_global("debug");
    natives(env);
    let builtins = helmx_template::builtin::names().filter(|name| !OPERATORS.contains(name));
    for name in builtins.chain(crate::function::names()) {
        env.add_function(name, move |args: Rest<Value>| call(name, &args));
        env.add_filter(name, move |args: Rest<Value>| piped(name, args));
    }
    env.add_filter("d", |args: Rest<Value>| piped("default", args));
    env.add_function("namespace", |kwargs: Kwargs| namespace(&kwargs));
    env.add_function("__list", |args: Rest<Value>| list(&args));
    env.add_function("__dict", |args: Rest<Value>| dict(&args));
    env.add_function("__assign", assign);
    env.add_filter("__operand", operand);
}

/// As in a Go pipeline, the value from the pipe is the last argument.
fn piped(name: &str, mut args: Rest<Value>) -> Result<Value, Error> {
    if !args.is_empty() {
        args.rotate_left(1);
    }
    call(name, &args)
}

fn call(name: &str, args: &[Value]) -> Result<Value, Error> {
    let tolerant = TOLERANT.contains(&name);
    let mut values = Vec::with_capacity(args.len());
    for arg in args {
        match arg.is_undefined() {
            true if tolerant => values.push(GoValue::Nil),
            true => return Err(undefined(arg)),
            false => values.push(to_go(arg).map_err(carry)?),
        }
    }
    match session::with(|engine| engine.call(name, values).transpose()) {
        Ok(Some(answer)) => Ok(to_jinja(answer)),
        Ok(None) => Err(Error::new(ErrorKind::UnknownFunction, name.to_owned())),
        Err(failure) => Err(carry(failure)),
    }
}

/// The error of an undefined value; minijinja finds out which expression it came from.
pub(super) fn undefined(value: &Value) -> Error {
    value.get_attr("").err().unwrap_or_else(|| Error::from(ErrorKind::UndefinedError))
}

/// `[a, b]`
fn list(args: &[Value]) -> Result<Value, Error> {
    let items = args.iter().map(defined).collect::<Result<Vec<_>, _>>()?;
    made(items.len(), GoValue::list(items))
}

/// `{k: v}`, keys and values in turn.
fn dict(args: &[Value]) -> Result<Value, Error> {
    let mut entries = Vec::with_capacity(args.len() / 2);
    for pair in args.chunks(2) {
        if let [name, value] = pair {
            entries.push((key(name).map_err(carry)?, defined(value)?));
        }
    }
    made(args.len(), GoValue::map(entries))
}

fn made(parts: usize, value: GoValue) -> Result<Value, Error> {
    let bytes = parts.saturating_mul(2 * size_of::<GoValue>());
    session::with(|engine| engine.produce(bytes)).map_err(carry)?;
    Ok(to_jinja(value))
}

fn defined(value: &Value) -> Result<GoValue, Error> {
    if value.is_undefined() { Err(undefined(value)) } else { to_go(value).map_err(carry) }
}

/// A map whose entries `{% set NAME.KEY = … %}` changes.
fn namespace(kwargs: &Kwargs) -> Result<Value, Error> {
    let names: Vec<String> = kwargs.args().map(str::to_owned).collect();
    let mut entries = Vec::with_capacity(names.len());
    for name in &names {
        entries.push((name.as_bytes().into(), defined(&kwargs.get::<Value>(name)?)?));
    }
    made(names.len(), GoValue::map(entries))
}

/// `{% set NAME.KEY = VALUE %}`
fn assign(target: &Value, name: &Value, value: &Value) -> Result<(), Error> {
    let refused = || Error::new(ErrorKind::InvalidOperation, "only entries of a namespace or a map can be set");
    let Some(GoValue::Map(map)) = target.downcast_object_ref::<Foreign>().map(Foreign::go) else {
        return Err(if target.is_undefined() { undefined(target) } else { refused() });
    };
    session::with(|engine| engine.produce(size_of::<GoValue>())).map_err(carry)?;
    map.set(key(name).map_err(carry)?, defined(value)?);
    Ok(())
}

/// Lets numbers and texts pass. minijinja adds lists up lazily, in ways that take forever to walk.
fn operand(value: Value) -> Result<Value, Error> {
    match value.kind() {
        ValueKind::Seq | ValueKind::Iterable => {
            Err(Error::new(ErrorKind::InvalidOperation, "lists cannot be added or multiplied, use concat(A, B)"))
        }
        _ => Ok(value),
    }
}

/// Jinja's filters that Helm has no function for.
fn natives(env: &mut Environment<'_>) {
    for (name, filter) in [
        ("abs", Value::from_function(filters::abs)),
        ("attr", Value::from_function(filters::attr)),
        ("batch", Value::from_function(filters::batch)),
        ("bool", Value::from_function(filters::bool)),
        ("capitalize", Value::from_function(filters::capitalize)),
        ("count", Value::from_function(filters::length)),
        ("float", Value::from_function(filters::float)),
        ("format", Value::from_function(filters::format)),
        ("length", Value::from_function(filters::length)),
        ("lines", Value::from_function(filters::lines)),
        ("map", Value::from_function(filters::map)),
        ("reject", Value::from_function(filters::reject)),
        ("rejectattr", Value::from_function(filters::rejectattr)),
        ("select", Value::from_function(filters::select)),
        ("selectattr", Value::from_function(filters::selectattr)),
        ("string", Value::from_function(filters::string)),
    ] {
        let call = move |state: &mut State<'_, '_>, mut args: Rest<Value>, named: Kwargs| {
            if named.args().next().is_some() {
                args.push(named.into());
            }
            native(&filter, state, &args)
        };
        env.add_filter(name, call);
    }
    env.add_filter("items", pairs);
    env.add_filter("sort", |value: &Value, kwargs: Kwargs| sort(value, &kwargs));
}

/// Calls a filter of minijinja's; lists that it makes become Go's.
fn native(filter: &Value, state: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
    if let Some(value) = args.first() {
        let steps = value.as_bytes().map(|text| text.len() / 16).or_else(|| value.len()).unwrap_or_default();
        session::with(|engine| engine.charge(steps as u64)).map_err(carry)?;
    }
    let value = filter.call(state, args)?;
    if value.as_object().is_none() || value.downcast_object_ref::<Foreign>().is_some() {
        return Ok(value);
    }
    Ok(to_jinja(to_go(&value).map_err(carry)?))
}

fn pairs(value: &Value) -> Result<Value, Error> {
    match defined(value)?.plain() {
        GoValue::Map(map) => method::pairs(&map),
        other => Err(Error::new(ErrorKind::InvalidOperation, format!("items of a {}", other.type_name()))),
    }
}

/// Numbers or texts in order, or maps by an attribute that is one. Texts are ordered without regard to case unless
/// `case_sensitive` is set.
fn sort(value: &Value, kwargs: &Kwargs) -> Result<Value, Error> {
    let attribute: Option<String> = kwargs.get("attribute")?;
    let reverse: Option<bool> = kwargs.get("reverse")?;
    let case_sensitive: Option<bool> = kwargs.get("case_sensitive")?;
    kwargs.assert_all_used()?;
    let mut keyed = Vec::new();
    for item in items(value)? {
        let mut sort_key = item.clone();
        for name in attribute.iter().flat_map(|path| path.split('.')) {
            sort_key = sort_key.get_attr(name)?;
        }
        if sort_key.is_undefined() || sort_key.as_object().is_some() {
            return Err(Error::new(ErrorKind::InvalidOperation, "only numbers and texts can be sorted"));
        }
        if let Some(text) = sort_key.as_str().filter(|_| case_sensitive != Some(true)) {
            sort_key = Value::from(text.to_lowercase());
        }
        keyed.push((sort_key, item));
    }
    let steps = keyed.len() as u64 * u64::from(usize::BITS - keyed.len().leading_zeros());
    session::with(|engine| engine.charge(steps)).map_err(carry)?;
    keyed.sort_by(|(left, _), (right, _)| if reverse == Some(true) { right.cmp(left) } else { left.cmp(right) });
    let sorted: Vec<Value> = keyed.into_iter().map(|(_, item)| item).collect();
    list(&sorted)
}

//! The methods of Python's dict that templates written for Jinja call.

use helmx_template::{Map, Value as GoValue};
use minijinja::value::from_args;
use minijinja::{Error, ErrorKind, Value};

use super::failure::carry;
use super::session;
use super::value::{key, to_jinja};

/// `get`, `items`, `keys` and `values` of a map.
pub(super) fn of_map(value: &GoValue, name: &str, args: &[Value]) -> Result<Value, Error> {
    let plain = value.plain();
    let GoValue::Map(map) = &plain else { return Err(Error::from(ErrorKind::UnknownMethod)) };
    match name {
        "get" => {
            let (wanted, otherwise): (&Value, Option<Value>) = from_args(args)?;
            let found = map.get(&key(wanted).map_err(carry)?);
            Ok(found.map(to_jinja).or(otherwise).unwrap_or_else(|| Value::from(())))
        }
        "items" => {
            let () = from_args(args)?;
            pairs(map)
        }
        "keys" => {
            let () = from_args(args)?;
            listed(map.keys().into_iter().map(GoValue::String).collect())
        }
        "values" => {
            let () = from_args(args)?;
            listed(map.entries().into_iter().map(|(_, value)| value).collect())
        }
        _ => Err(Error::from(ErrorKind::UnknownMethod)),
    }
}

/// A list of lists of two, in the order of the keys.
pub(super) fn pairs(map: &Map) -> Result<Value, Error> {
    let pair = |(key, value)| GoValue::list(vec![GoValue::String(key), value]);
    listed(map.entries().into_iter().map(pair).collect())
}

fn listed(items: Vec<GoValue>) -> Result<Value, Error> {
    let bytes = items.len().saturating_mul(4 * size_of::<GoValue>());
    session::with(|engine| engine.charge(items.len() as u64).and_then(|()| engine.produce(bytes))).map_err(carry)?;
    Ok(to_jinja(GoValue::list(items)))
}

//! Values as go-yaml v3 writes them (`toYamlPretty`): Go's own, not by way of JSON.

use helmx_template::{Failure, UintKind, Value, format};
use helmx_yaml::Pretty;

use crate::function::argument::Walk;
use crate::function::data::{Native, native};

/// Why there is no YAML.
enum Problem {
    /// go-yaml panics over this type, which ends the render.
    Type(&'static str),
    /// Go would not come to an end.
    Endless,
}

/// Block style without the final newline; nothing where the value has no end.
///
/// # Errors
/// Go's message for what YAML cannot hold.
pub(super) fn encode(value: &Value) -> Result<String, Failure> {
    let tree = match look(value, &mut Walk::new()) {
        Ok(tree) => tree,
        Err(Problem::Type(name)) => return Err(Failure::text(format!("cannot marshal type: {name}"))),
        Err(Problem::Endless) => return Ok(String::new()),
    };
    let mut yaml = helmx_yaml::encode_pretty(&tree).unwrap_or_default();
    if yaml.ends_with('\n') {
        yaml.pop();
    }
    Ok(yaml)
}

fn look(value: &Value, walk: &mut Walk) -> Result<Pretty, Problem> {
    walk.down().ok_or(Problem::Endless)?;
    let tree = look_inside(value, walk)?;
    walk.up();
    Ok(tree)
}

fn look_inside(value: &Value, walk: &mut Walk) -> Result<Pretty, Problem> {
    Ok(match value {
        Value::Nil => Pretty::Word("null".into()),
        Value::Bool(_) | Value::Int(..) | Value::Uint(..) => Pretty::Word(format::verb_v(value).into()),
        Value::Float(float) => Pretty::float(helmx_yaml::format_float(*float)),
        Value::Float32(_) => Pretty::float(format::verb_v(value)),
        Value::Complex(..) => return Err(Problem::Type("complex128")),
        Value::String(text) => Pretty::Text(text.to_vec()),
        Value::Bytes(bytes) => {
            let item = |byte: &u8| look(&Value::Uint(UintKind::Uint8, u64::from(*byte)), walk);
            Pretty::List(bytes.iter().map(item).collect::<Result<_, _>>()?)
        }
        Value::List(list) => Pretty::List(list.items().iter().map(|item| look(item, walk)).collect::<Result<_, _>>()?),
        Value::Map(map) => {
            let entries = map.entries().into_iter().map(|(key, value)| Ok((key.to_vec(), look(&value, walk)?)));
            Pretty::Map(entries.collect::<Result<_, _>>()?)
        }
        Value::Object(object) => match native(object.as_ref()) {
            Native::Moment(time) => Pretty::Word(time.into()),
            Native::Text(text) => Pretty::Text(text.into_bytes()),
            Native::Plain(plain) => look(&plain, walk)?,
            Native::Struct(fields) => {
                let fields = fields.into_iter();
                let field = |(_, name, value): (_, &str, _)| Ok((name.to_lowercase(), look(&value, walk)?));
                Pretty::Struct(fields.map(field).collect::<Result<_, _>>()?)
            }
        },
    })
}

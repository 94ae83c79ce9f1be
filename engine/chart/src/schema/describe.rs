//! What a single validation error says, in the words of santhosh-tekuri/jsonschema.

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{Draft, JsonType, ValidationError};
use serde_json::Value;

/// `'text'` with quotes and control characters escaped.
pub(super) fn quoted(text: &str) -> String {
    let escaped = format!("{text:?}").replace("\\\"", "\"").replace('\'', "\\'");
    let inner = escaped.get(1..escaped.len().saturating_sub(1)).unwrap_or_default();
    format!("'{inner}'")
}

pub(super) fn text(error: &ValidationError<'_>) -> String {
    let instance = error.instance();
    let size = |keyword: &str, limit: &u64| {
        format!("{keyword}: got {}, want {}", number(length(instance) as f64), number(*limit as f64))
    };
    let bound = |limit: &Value| {
        let keyword = error.kind().keyword();
        format!("{keyword}: got {}, want {}", value_number(instance), value_number(limit))
    };
    match error.kind() {
        ValidationErrorKind::Type { kind } => format!("got {}, want {}", type_name(instance), wanted_types(kind)),
        ValidationErrorKind::Constant { expected_value } => match simple(expected_value) {
            Some(text) => format!("value must be {text}"),
            None => "'const' failed".to_owned(),
        },
        ValidationErrorKind::Enum { options } => {
            let options = options.as_array().map(|options| options.iter().map(simple).collect::<Option<Vec<_>>>());
            options
                .flatten()
                .map_or("'enum' failed".to_owned(), |options| format!("value must be one of {}", options.join(", ")))
        }
        ValidationErrorKind::Minimum { limit }
        | ValidationErrorKind::Maximum { limit }
        | ValidationErrorKind::ExclusiveMinimum { limit }
        | ValidationErrorKind::ExclusiveMaximum { limit } => bound(limit),
        ValidationErrorKind::MultipleOf { multiple_of } => {
            format!("multipleOf: got {}, want {}", value_number(instance), number(*multiple_of))
        }
        ValidationErrorKind::MinLength { limit } => size("minLength", limit),
        ValidationErrorKind::MaxLength { limit } => size("maxLength", limit),
        ValidationErrorKind::MinItems { limit } => size("minItems", limit),
        ValidationErrorKind::MaxItems { limit } => size("maxItems", limit),
        ValidationErrorKind::MinProperties { limit } => size("minProperties", limit),
        ValidationErrorKind::MaxProperties { limit } => size("maxProperties", limit),
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            format!("additional properties {} not allowed", list(unexpected))
        }
        ValidationErrorKind::UnevaluatedProperties { .. } | ValidationErrorKind::FalseSchema => {
            "false schema".to_owned()
        }
        ValidationErrorKind::Pattern { pattern } => {
            format!("{} does not match pattern {}", shown(instance), quoted(pattern))
        }
        ValidationErrorKind::Format { format } => format!("{} is not valid {format}", shown(instance)),
        ValidationErrorKind::UniqueItems => equal_items(instance),
        ValidationErrorKind::Contains => "no items match contains schema".to_owned(),
        ValidationErrorKind::Not { .. } => "'not' failed".to_owned(),
        ValidationErrorKind::AnyOf { .. } => "'anyOf' failed".to_owned(),
        ValidationErrorKind::OneOfNotValid { .. } => "'oneOf' failed, none matched".to_owned(),
        ValidationErrorKind::OneOfMultipleValid { context } => {
            let valid = context.iter().enumerate().filter(|(_, errors)| errors.is_empty());
            let valid: Vec<String> = valid.take(2).map(|(at, _)| at.to_string()).collect();
            format!("'oneOf' failed, subschemas {} matched", valid.join(", "))
        }
        ValidationErrorKind::PropertyNames { error } => format!("invalid propertyName {}", shown(error.instance())),
        _ => error.to_string(),
    }
}

/// Characters, items or entries.
fn length(value: &Value) -> usize {
    match value {
        Value::String(text) => text.chars().count(),
        Value::Array(items) => items.len(),
        Value::Object(map) => map.len(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), quoted)
}

/// A value that fits into a sentence.
fn simple(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::String(text) => Some(quoted(text)),
        Value::Array(_) | Value::Object(_) => None,
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn wanted_types(kind: &TypeKind) -> String {
    const ORDER: [(JsonType, &str); 7] = [
        (JsonType::Null, "null"),
        (JsonType::Boolean, "boolean"),
        (JsonType::Number, "number"),
        (JsonType::Integer, "integer"),
        (JsonType::String, "string"),
        (JsonType::Array, "array"),
        (JsonType::Object, "object"),
    ];
    let wanted = |known: JsonType| match kind {
        TypeKind::Single(kind) => *kind == known,
        TypeKind::Multiple(kinds) => kinds.contains(known),
    };
    let names: Vec<&str> = ORDER.iter().filter(|(kind, _)| wanted(*kind)).map(|(_, name)| *name).collect();
    names.join(" or ")
}

fn equal_items(value: &Value) -> String {
    let items = value.as_array().map_or(&[][..], Vec::as_slice);
    for (second, item) in items.iter().enumerate() {
        let earlier = items.iter().take(second).position(|other| equal(other, item));
        if let Some(first) = earlier {
            return format!("items at {first} and {second} are equal");
        }
    }
    "items are equal".to_owned()
}

fn equal(left: &Value, right: &Value) -> bool {
    match (left.as_f64(), right.as_f64()) {
        (Some(left), Some(right)) => left == right,
        _ => left == right,
    }
}

fn value_number(value: &Value) -> String {
    value.as_f64().map_or_else(|| value.to_string(), number)
}

/// English notation, as `golang.org/x/text` prints floats: `20,000`, `1×10⁰⁶`.
fn number(value: f64) -> String {
    const RAISED: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let text = helmx_yaml::format_float(value);
    if let Some((digits, power)) = text.split_once('e') {
        let raised = power.chars().filter_map(|character| match character {
            '-' => Some('⁻'),
            digit => digit.to_digit(10).and_then(|digit| RAISED.get(digit as usize).copied()),
        });
        return format!("{digits}×10{}", raised.collect::<String>());
    }
    let (whole, fraction) = text.split_once('.').map_or((text.as_str(), None), |(whole, rest)| (whole, Some(rest)));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut grouped = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    fraction.map_or_else(|| format!("{sign}{grouped}"), |fraction| format!("{sign}{grouped}.{fraction}"))
}

/// Why a schema does not compile.
pub(super) fn unusable_schema(schema: &Value, draft: Draft, error: &ValidationError<'static>) -> String {
    if let ValidationErrorKind::Referencing(reason) = error.kind() {
        let text = reason.to_string();
        return match text.split_once("Pointer '").and_then(|(_, rest)| rest.split_once('\'')) {
            Some((pointer, _)) => format!("json-pointer in \"file:///values.schema.json#{pointer}\" not found"),
            None => format!(
                "{text}; references to other files and servers are not followed, move their content into `$defs`"
            ),
        };
    }
    let (name, errors) = super::metaschema_errors(schema, draft);
    let detail = if errors.is_empty() { format!("- at '': {error}\n") } else { errors };
    format!(
        "\"file:///values.schema.json#\" is not valid against metaschema: jsonschema validation failed with '{name}#'\n{}",
        detail.trim_end()
    )
}

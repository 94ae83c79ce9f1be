//! Go's casts: what spf13/cast and sprig's `strval` make of any value.

use helmx_template::{Object, Value, format};

/// Sprig's `strval`: texts as they are, everything else as `%v`.
pub(super) fn strval(value: &Value) -> Vec<u8> {
    match value {
        Value::String(text) | Value::Bytes(text) => text.to_vec(),
        other => {
            let mut out = Vec::new();
            format::print_value(&mut out, other);
            out
        }
    }
}

/// `cast.ToInt64`: strings with base prefix, floats truncated, 0 for everything that is no number.
pub(super) fn to_int64(value: &Value) -> i64 {
    match value {
        Value::Bool(truth) => i64::from(*truth),
        Value::Int(_, int) => *int,
        Value::Uint(_, uint) => *uint as i64,
        Value::Float(float) => float_to_int(*float),
        Value::Float32(float) => float_to_int(f64::from(*float)),
        Value::String(text) => std::str::from_utf8(text).ok().and_then(parse_int).unwrap_or(0),
        Value::Object(object) => number_behind(object.as_ref()).map_or(0, |plain| to_int64(&plain)),
        Value::Nil | Value::Complex(..) | Value::Bytes(_) | Value::List(_) | Value::Map(_) => 0,
    }
}

/// Go's conversion on amd64: what does not fit is the smallest integer.
pub(super) fn float_to_int(float: f64) -> i64 {
    if float.is_nan() || !(-9.223_372_036_854_776e18..9.223_372_036_854_776e18).contains(&float) {
        return i64::MIN;
    }
    float as i64
}

/// `cast.ToFloat64`.
pub(super) fn to_float64(value: &Value) -> f64 {
    match value {
        Value::Bool(truth) => f64::from(u8::from(*truth)),
        Value::Int(_, int) => *int as f64,
        Value::Uint(_, uint) => *uint as f64,
        Value::Float(float) => *float,
        Value::Float32(float) => f64::from(*float),
        Value::String(text) => std::str::from_utf8(text).ok().and_then(parse_float).unwrap_or(0.0),
        Value::Object(object) => number_behind(object.as_ref()).map_or(0.0, |plain| to_float64(&plain)),
        Value::Nil | Value::Complex(..) | Value::Bytes(_) | Value::List(_) | Value::Map(_) => 0.0,
    }
}

/// The number that a month or a weekday is. Of a duration, the library makes 0.
fn number_behind(object: &dyn Object) -> Option<Value> {
    object.plain().filter(|_| !object.as_any().is::<crate::go::Duration>())
}

/// `strconv.ParseInt(s, 0, 64)` after a fraction of zeros is dropped.
fn parse_int(text: &str) -> Option<i64> {
    parse_int_base0(trim_zero_decimal(text))
}

/// Drops `.000` at the end, if there is a dot followed by zeros only.
fn trim_zero_decimal(text: &str) -> &str {
    let trimmed = text.trim_end_matches('0');
    match trimmed.strip_suffix('.') {
        Some(whole) if trimmed.len() < text.len() => whole,
        _ => text,
    }
}

/// The prefix names the base; underscores separate digits.
pub(super) fn parse_int_base0(text: &str) -> Option<i64> {
    let (sign, digits) = match text.as_bytes() {
        [b'-', ..] => ("-", &text[1..]),
        [b'+', ..] => ("", &text[1..]),
        _ => ("", text),
    };
    let lower = digits.to_ascii_lowercase();
    let (base, body) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..]),
        [b'0', b'o', ..] => (8, &lower[2..]),
        [b'0', b'b', ..] => (2, &lower[2..]),
        [b'0', _, ..] => (8, &lower[1..]),
        _ => (10, &lower[..]),
    };
    let prefixed = body.len() < lower.len();
    let misplaced = body.ends_with('_') || body.contains("__") || !prefixed && body.starts_with('_');
    if body.is_empty() || misplaced || body.starts_with(['+', '-']) {
        return None;
    }
    i64::from_str_radix(&format!("{sign}{}", body.replace('_', "")), base).ok()
}

/// `strconv.ParseFloat(s, 64)`; values out of range read as infinite, as Go returns them.
pub(super) fn parse_float(text: &str) -> Option<f64> {
    let underscores_misplaced = text.starts_with('_') || text.ends_with('_') || text.contains("__");
    if underscores_misplaced {
        return None;
    }
    let text = &text.replace('_', "");
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let special = matches!(unsigned.to_ascii_lowercase().as_str(), "inf" | "infinity" | "nan");
    let numeric = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-');
    if !special && !unsigned.bytes().all(numeric) {
        return None;
    }
    text.parse().ok()
}

/// The object inside a value, if it is one of that type.
pub(super) fn object<T: Object + 'static>(value: &Value) -> Option<&T> {
    match value {
        Value::Object(object) => object.as_any().downcast_ref(),
        _ => None,
    }
}

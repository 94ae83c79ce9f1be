//! Rows of the vector files: their values, and the list of failing ones.

use helmx_engine::go;
use helmx_template::{IntKind, List, ListType, Map, MapType, Str, UintKind, Value};
use serde_json::Value as Json;

pub(crate) fn document(name: &str) -> Json {
    let file = format!("{}/../../shared/vectors/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(file).expect("the vectors lie beside the workspace");
    serde_json::from_str(&text).expect("the vectors are JSON")
}

/// Checks all rows; a row of `known` must fail.
pub(crate) fn check_all(document: &Json, known: &[(&str, &str)], check: impl Fn(&Json) -> Result<(), String>) {
    let rows = document["rows"].as_array().expect("rows");
    let mut problems = Vec::new();
    for row in rows {
        let name = row["name"].as_str().unwrap_or_default();
        match (check(row), known.iter().any(|(known, _)| *known == name)) {
            (Ok(()), false) | (Err(_), true) => {}
            (Ok(()), true) => problems.push(format!("{name}: passes, remove it from the list")),
            (Err(problem), false) => problems.push(format!("{name}: {problem}\n  {}", row["template"])),
        }
    }
    assert!(problems.is_empty(), "{} of {} rows:\n{}", problems.len(), rows.len(), problems.join("\n"));
}

pub(crate) fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Nil,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => plain_number(&number.to_string()),
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => Value::list(items.iter().map(value).collect()),
        Json::Object(entries) => match entries.iter().next() {
            Some((key, inner)) if entries.len() == 1 && key.starts_with('$') => typed(key, inner),
            _ => Value::map(entries.iter().map(|(key, inner)| (Str::from(key.as_bytes()), value(inner)))),
        },
    }
}

fn plain_number(text: &str) -> Value {
    if text.contains(['.', 'e', 'E']) {
        return Value::Float(text.parse().unwrap());
    }
    match text.parse::<i64>() {
        Ok(int) => Value::int(int),
        Err(_) => Value::Uint(UintKind::Uint64, text.parse().unwrap()),
    }
}

fn typed(kind: &str, json: &Json) -> Value {
    let text = json.as_str().map_or_else(|| json.to_string(), str::to_owned);
    let int = |kind| Value::Int(kind, text.parse().unwrap());
    let uint = |kind| Value::Uint(kind, text.parse().unwrap());
    let items = || json.as_array().map(|items| items.iter().map(value).collect()).unwrap_or_default();
    match kind {
        "$int64" => int(IntKind::Int64),
        "$int32" => int(IntKind::Int32),
        "$uint" => uint(UintKind::Uint),
        "$uint8" => uint(UintKind::Uint8),
        "$uint64" => uint(UintKind::Uint64),
        "$float" => Value::Float(text.replace('+', "").parse().unwrap()),
        "$float32" => Value::Float32(text.parse().unwrap()),
        "$bytes" => Value::bytes(text.as_bytes()),
        "$strings" => Value::strings(items()),
        "$ints" => Value::List(List::new(&ListType::INT, items()).into()),
        "$strmap" => {
            let entries = json.as_object().unwrap().iter();
            let entries = entries.map(|(key, inner)| (Str::from(key.as_bytes()), value(inner)));
            Value::Map(Map::new(&MapType::STRING, entries).into())
        }
        "$time" => go::time(&text).unwrap(),
        "$duration_ns" => go::duration(text.parse().unwrap()),
        other => panic!("unknown type {other}"),
    }
}

pub(crate) fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

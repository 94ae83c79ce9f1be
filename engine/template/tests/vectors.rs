//! `template.json`: what Go's text/template makes of 2,551 templates.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use helmx_template::{IntKind, Str};
use helmx_template::{Limits, List, ListType, Map, MapType, MissingKey, NoFunctions, Set, UintKind, Value, Vm};
use serde_json::Value as Json;

/// Rows that fail, with the reason. A row that passes must leave the list.
const KNOWN: &[(&str, &str)] = &[
    ("go out of range", CAPACITY),
    ("index-slice 062", CAPACITY),
    ("printf 045", TIMES),
    ("printf 046", TIMES),
    ("printf 047", TIMES),
    ("printf 048", TIMES),
    ("printf 049", TIMES),
];

const CAPACITY: &str = "the message depends on the capacity behind a Go slice, which no template can see";
const TIMES: &str = "times and durations are objects of helmx-engine, where these rows run";

#[test]
fn template_vectors() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/vectors/template.json");
    let text = std::fs::read_to_string(file).expect("the vectors lie beside the workspace");
    let document: Json = serde_json::from_str(&text).expect("the vectors are JSON");
    let rows = document["rows"].as_array().expect("rows");
    let mut problems = Vec::new();
    for row in rows {
        let name = row["name"].as_str().unwrap_or_default();
        let known = KNOWN.iter().any(|(known, _)| *known == name);
        match (check(row), known) {
            (Ok(()), false) | (Err(_), true) => {}
            (Ok(()), true) => problems.push(format!("{name}: passes, remove it from the list")),
            (Err(problem), false) => problems.push(format!("{name}: {problem}")),
        }
    }
    let (failed, total) = (problems.len(), rows.len());
    assert!(problems.is_empty(), "{failed} of {total} rows:\n{}", problems.join("\n"));
}

fn check(row: &Json) -> Result<(), String> {
    let (result, out) = run(row);
    let shown = String::from_utf8_lossy(&out).into_owned();
    if let Some(partial) = row["partial_output"].as_str()
        && partial != shown
    {
        return Err(format!("wrote {shown:?} before the error, not {partial:?}"));
    }
    match (result, row["error_full"].as_str()) {
        (Err(error), Some(expected)) if error == expected => Ok(()),
        (Err(error), Some(expected)) => Err(format!("\n   error {error:?}\n  wanted {expected:?}")),
        (Err(error), None) => Err(format!("unexpected error {error}")),
        (Ok(()), Some(expected)) => Err(format!("printed {shown:?}, wanted error {expected:?}")),
        (Ok(()), None) => {
            let expected = match (row["expect"].as_str(), row["expect_hex"].as_str()) {
                (Some(text), _) => text.as_bytes().to_vec(),
                (None, Some(hex)) => unhex(hex),
                (None, None) => return Ok(()),
            };
            let expected_text = String::from_utf8_lossy(&expected);
            if out == expected { Ok(()) } else { Err(format!("\n   got {shown:?}\n  want {expected_text:?}")) }
        }
    }
}

fn run(row: &Json) -> (Result<(), String>, Vec<u8>) {
    let mut out = Vec::new();
    let mut set = Set::new("root");
    let missing = match row["option"].as_str() {
        Some("missingkey=zero") => MissingKey::Zero,
        Some("missingkey=error") => MissingKey::Error,
        _ => MissingKey::Invalid,
    };
    let single = [Json::from("t"), row["template"].clone()].to_vec();
    let templates = row["templates"].as_array().cloned().unwrap_or_else(|| vec![Json::from(single)]);
    for template in &templates {
        let (name, text) = (template[0].as_str().unwrap_or("t"), template[1].as_str().unwrap_or_default());
        if let Err(error) = set.parse(name, text.as_bytes(), &NoFunctions) {
            return (Err(error.to_string()), out);
        }
    }
    if row["parses"].as_bool().unwrap_or(false) {
        return (Ok(()), out);
    }
    let entry = row["execute"].as_str().unwrap_or("t");
    let mut vm = Vm::new(&NoFunctions, missing, Limits::default());
    let result = vm.execute(&set, entry, value(&row["data"]), &mut out).map_err(|error| error.to_string());
    (result, out)
}

fn value(json: &Json) -> Value {
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
        "$time" | "$duration_ns" => Value::Nil,
        other => panic!("unknown type {other}"),
    }
}

fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

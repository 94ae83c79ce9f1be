//! The rows of `yaml.json`: go-yaml and sigs.k8s.io/yaml, recorded.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use helmx_yaml::{Data, decode, decode_strict, encode};
use serde_json::Value;

/// Rows that differ from Go, each with its reason. A row listed here that passes fails the test.
const KNOWN: &[(&str, &str)] = &[];

fn rows() -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/vectors/yaml.json");
    let text = std::fs::read_to_string(path).unwrap();
    let file: Value = serde_json::from_str(&text).unwrap();
    file["rows"].as_array().unwrap().clone()
}

fn failure(row: &Value) -> Option<String> {
    let outcome = match row["fn"].as_str().unwrap() {
        "encode" => encode(&Data::from(row["value"].clone())).map(Value::String),
        name => {
            let read = if name == "decode" { decode } else { decode_strict };
            read(row["text"].as_str().unwrap().as_bytes()).map(Value::from)
        }
    };
    match outcome {
        Err(error) if row.get("error").is_some_and(|wanted| wanted == error.message()) => None,
        Ok(value) if row.get("error").is_none() && same(&value, &row["expect"]) => None,
        Err(error) => Some(format!("got error {:?}, want {}", error.message(), wanted(row))),
        Ok(value) => Some(format!("got {value}, want {}", wanted(row))),
    }
}

fn wanted(row: &Value) -> String {
    row.get("error").map_or_else(|| row["expect"].to_string(), |error| format!("error {error}"))
}

/// Equal, with numbers compared as floats.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, value)| right.get(key).is_some_and(|other| same(value, other)))
        }
        _ => left == right,
    }
}

#[test]
fn yaml_rows() {
    let (mut passed, mut failed) = (0, Vec::new());
    for row in &rows() {
        let name = row["name"].as_str().unwrap();
        let known = KNOWN.iter().any(|(known, _)| *known == name);
        match failure(row) {
            None if known => failed.push(format!("{name}: passes, take it off the list")),
            Some(text) if !known => failed.push(format!("{name}: {} {text}", row.get("text").unwrap_or(&row["value"]))),
            None => passed += 1,
            Some(_) => {}
        }
    }
    println!("yaml.json: {passed} rows passed, {} known", KNOWN.len());
    assert!(failed.is_empty(), "{} of yaml.json failed:\n{}", failed.len(), failed.join("\n"));
}

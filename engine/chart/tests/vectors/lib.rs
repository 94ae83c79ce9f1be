//! What the runners of the vector files share: rows, and lists of rows known to differ.

use serde_json::Value;

/// The rows of a vector file.
pub(crate) fn rows(file: &str) -> Vec<Value> {
    document(file)["rows"].as_array().unwrap().clone()
}

/// A whole vector file.
pub(crate) fn document(file: &str) -> Value {
    let path = format!("{}/../../../shared/vectors/{file}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Runs every row of `file`. `run` gives the outcome of a row, which must equal its `error` or `expect`. Rows in
/// `known` (name, reason) must differ.
pub(crate) fn check(file: &str, known: &[(&str, &str)], run: impl Fn(&Value) -> Result<Value, String>) {
    let (mut passed, mut failed) = (0, Vec::new());
    for row in rows(file) {
        let name = row["name"].as_str().unwrap();
        let is_known = known.iter().any(|(known, _)| *known == name);
        match failure(&row, run(&row)) {
            None if is_known => failed.push(format!("{name}: passes, take it off the list")),
            None => passed += 1,
            Some(_) if is_known => {}
            Some(text) => failed.push(format!("{name}: {text}\n    {}", shortened(&row.to_string()))),
        }
    }
    println!("{file}: {passed} rows passed, {} known to differ", known.len());
    assert!(failed.is_empty(), "{} rows of {file} failed:\n{}", failed.len(), failed.join("\n"));
}

fn failure(row: &Value, outcome: Result<Value, String>) -> Option<String> {
    let error = row.get("error_go1_27").or(row.get("error"));
    match (outcome, error) {
        (Err(text), Some(error)) if text == *error => None,
        (Ok(value), None) if same(&value, &row["expect"]) => None,
        (Err(text), wanted) => {
            Some(format!("error {text:?}, want {}", shortened(&wanted.unwrap_or(&row["expect"]).to_string())))
        }
        (Ok(value), wanted) => Some(format!(
            "{}, want {}",
            shortened(&value.to_string()),
            shortened(&wanted.unwrap_or(&row["expect"]).to_string())
        )),
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(700).collect()
}

/// Equal, with numbers compared as floats, and an empty table or list where Go has none.
pub(crate) fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, value)| right.get(key).is_some_and(|other| same(value, other)))
        }
        (Value::Object(map), Value::Null) => map.is_empty(),
        (Value::Array(items), Value::Null) => items.is_empty(),
        _ => left == right,
    }
}

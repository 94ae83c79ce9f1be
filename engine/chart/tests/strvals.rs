//! `strvals.json`: `--set` and its kin, and all values flags together.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "vectors/lib.rs"]
mod vectors;

use helmx_chart::strvals::{Options, set, set_file, set_json, set_literal, set_string};
use helmx_yaml::{Data, Map};
use serde_json::Value;

fn file(row: &Value, path: &str) -> Result<Vec<u8>, String> {
    match row["files"][path].as_str() {
        Some(text) => Ok(text.as_bytes().to_vec()),
        None => Err(format!("open {path}: no such file or directory")),
    }
}

fn options(row: &Value) -> Result<Value, String> {
    let list = |name: &str| serde_json::from_value(row["flags"][name].clone()).unwrap_or_default();
    let options = Options {
        value_files: list("value_files"),
        set_json: list("set_json"),
        set: list("set"),
        set_string: list("set_string"),
        set_file: list("set_file"),
        set_literal: list("set_literal"),
    };
    let values = options.merge(&mut |path| file(row, path)).map_err(|error| error.to_string())?;
    Ok(Data::Map(values).into())
}

#[test]
fn strvals_rows() {
    vectors::check("strvals.json", &[], |row| {
        let name = row["fn"].as_str().unwrap();
        if name == "options" {
            return options(row);
        }
        let text = row["input"].as_str().unwrap();
        let mut into: Map = Data::from(row["into"].clone()).into_map();
        let mut read = |path: &str| file(row, path).map(|bytes| Data::String(String::from_utf8(bytes).unwrap()));
        let outcome = match name {
            "set" => set(text, &mut into),
            "string" => set_string(text, &mut into),
            "json" => set_json(text, &mut into),
            "file" => set_file(text, &mut into, &mut read),
            _ => set_literal(text, &mut into),
        };
        let state: Value = Data::Map(into).into();
        if let (Err(_), Some(partial)) = (&outcome, row.get("partial")) {
            assert!(vectors::same(&state, partial), "{}: left {state}, want {partial}", row["name"]);
        }
        outcome.map(|()| state).map_err(|error| error.to_string())
    });
}

//! `names.json`: release names and names of objects.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "vectors/lib.rs"]
mod vectors;

use helmx_chart::name::{ReleaseName, check_metadata_name};
use serde_json::json;

#[test]
fn name_rows() {
    vectors::check("names.json", &[], |row| {
        let name = row["input"].as_str().unwrap();
        let outcome = match row["fn"].as_str().unwrap() {
            "release" => ReleaseName::parse(name).map(drop),
            _ => check_metadata_name(name),
        };
        outcome.map(|()| json!(true)).map_err(|error| error.to_string())
    });
}

//! `ignore.json`: `.helmignore` rules.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "vectors/lib.rs"]
mod vectors;

use helmx_chart::ignore::Rules;
use serde_json::json;

#[test]
fn ignore_rows() {
    vectors::check("ignore.json", &[], |row| {
        let mut rules = Rules::parse(row["rules"].as_str().unwrap()).map_err(|error| error.to_string())?;
        if row["with_defaults"] == json!(true) {
            rules = rules.with_defaults();
        }
        Ok(json!(rules.is_ignored(row["path"].as_str().unwrap(), row["is_dir"] == json!(true))))
    });
}

//! `sprig.json`: what Sprig's functions make of 2,587 templates.

use helmx_engine::{MissingKey, execute};
use regex::bytes::Regex;
use serde_json::Value as Json;

use super::host::TestHost;
use super::row::{check_all, document, unhex, value};

/// Rows that fail, with the reason. A row that passes must leave the list.
const KNOWN: &[(&str, &str)] =
    &[("genPrivateKey 02", "DSA keys: no maintained library makes them, and nothing accepts them any more")];

#[test]
fn sprig_vectors() {
    check_all(&document("sprig.json"), KNOWN, check);
}

fn check(row: &Json) -> Result<(), String> {
    let template = row["template"].as_str().unwrap_or_default();
    let missing = match row["option"].as_str() {
        Some("missingkey=zero") => MissingKey::Zero,
        Some("missingkey=error") => MissingKey::Error,
        _ => MissingKey::Invalid,
    };
    let result = execute(&[("t", template)], "t", value(&row["data"]), missing, &TestHost::new(&[]));
    let expected_error =
        row["helm_error"].as_str().or(row["error_full"].as_str().filter(|_| row["helm_expect"].is_null()));
    match (result, expected_error) {
        (Err(error), Some(expected)) if error.to_string() == expected => Ok(()),
        (Err(error), Some(expected)) => Err(format!("\n   error {error}\n  wanted {expected}")),
        (Err(error), None) => Err(format!("unexpected error {error}")),
        (Ok(out), Some(expected)) => {
            Err(format!("printed {:?}, wanted error {expected}", String::from_utf8_lossy(&out)))
        }
        (Ok(out), None) => check_output(row, &out),
    }
}

fn check_output(row: &Json, out: &[u8]) -> Result<(), String> {
    let shown = String::from_utf8_lossy(out);
    if let Some(pattern) = row["match"].as_str() {
        let matches = Regex::new(pattern).unwrap().is_match(out);
        return if matches { Ok(()) } else { Err(format!("{shown:?} does not match {pattern:?}")) };
    }
    let expected = match (row["helm_expect"].as_str(), row["expect"].as_str(), row["expect_hex"].as_str()) {
        (Some(text), ..) | (None, Some(text), _) => text.as_bytes().to_vec(),
        (None, None, Some(hex)) => unhex(hex),
        (None, None, None) => return Ok(()),
    };
    if out == expected {
        Ok(())
    } else {
        Err(format!("\n   got {shown:?}\n  want {:?}", String::from_utf8_lossy(&expected)))
    }
}

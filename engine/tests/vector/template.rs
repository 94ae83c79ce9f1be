//! `template.json`: what Go's text/template makes of 2,551 templates.

use helmx_template::{Limits, MissingKey, NoFunctions, Set, Vm};
use serde_json::Value as Json;

use super::row::{check_all, document, unhex, value};

/// Rows that fail, with the reason. A row that passes must leave the list.
const KNOWN: &[(&str, &str)] = &[("go out of range", CAPACITY), ("index-slice 062", CAPACITY)];

const CAPACITY: &str = "the message depends on the capacity behind a Go slice, which no template can see";

#[test]
fn template_vectors() {
    check_all(&document("template.json"), KNOWN, check);
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

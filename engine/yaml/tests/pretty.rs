//! The rows of `helm-engine.json` that print one value with `toYamlPretty` or `toYaml`, which print nothing on errors.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use helmx_yaml::{Data, Error, Pretty, encode, encode_pretty};
use serde_json::Value;

#[test]
fn single_values() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/vectors/helm-engine.json");
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let (mut passed, mut failed) = (0, Vec::new());
    for row in file["rows"].as_array().unwrap() {
        let write = match row["template"].as_str() {
            Some("{{ toYamlPretty .Values.v }}") => pretty,
            Some("{{ toYaml .Values.v }}") => encode,
            _ => continue,
        };
        if row["values"]["v"].is_u64() && !row["values"]["v"].is_i64() {
            // Go's uint64 can come from neither YAML nor JSON values, which are floats.
            continue;
        }
        let written = write(&Data::from(row["values"]["v"].clone())).unwrap_or_default();
        match row["expect"].as_str() == Some(written.strip_suffix('\n').unwrap_or(&written)) {
            true => passed += 1,
            false => failed.push(format!("{}: {written:?}, want {}", row["name"], row["expect"])),
        }
    }
    println!("{passed} rows passed");
    assert!(passed > 50 && failed.is_empty(), "{}", failed.join("\n"));
}

/// Long text, lists in lists and keys of several lines, as go-yaml v3 wrote them.
#[test]
fn layouts_of_v3() {
    let cases = [
        (r#"{"a":[{"b":[{"c":1}]}]}"#, "a:\n  - b:\n      - c: 1\n"),
        (r#"[[1,[2]],[]]"#, "- - 1\n  - - 2\n- []\n"),
        (r#"{"k":"a\tb\nc"}"#, "k: |-\n  a\tb\n  c\n"),
        (r#"{"v2":1,"v10":2,"v1beta1":3,"v1":4}"#, "v1: 4\nv1beta1: 3\nv2: 1\nv10: 2\n"),
    ];
    for (json, wanted) in cases {
        let value: Data = serde_json::from_str(json).unwrap();
        assert_eq!(pretty(&value).unwrap(), wanted);
    }
}

fn pretty(data: &Data) -> Result<String, Error> {
    encode_pretty(&Pretty::from(data))
}

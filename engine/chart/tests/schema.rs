//! `schema.json`: validation of values and its messages; and schemas meant to do harm.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "vectors/lib.rs"]
mod vectors;

use helmx_chart::schema::validate;
use helmx_yaml::Data;
use serde_json::json;

const KNOWN: &[(&str, &str)] =
    &[("library 6.0.3: email with one quote", "Go's library also says what it dislikes about the text")];

#[test]
fn schema_rows() {
    vectors::check("schema.json", KNOWN, |row| {
        let values = Data::from(row["values"].clone()).into_map();
        validate(row["schema"].as_str().unwrap().as_bytes(), &values).map(|()| json!(true))
    });
}

#[test]
fn layouts_and_harm() {
    let cases: &[(&str, &str, &str)] = &[
        (
            "all of",
            r#"{"properties":{"a":{"allOf":[{"type":"string"},{"minimum":5,"multipleOf":2}]}}}"#,
            "- at '/a': 'allOf' failed\n  - at '/a': got number, want string\n  - at '/a': validation failed\n    - at '/a': minimum: got 1, want 5\n    - at '/a': multipleOf: got 1, want 2\n",
        ),
        (
            "one of several",
            r#"{"oneOf":[{"required":["a"]},{"required":["b"]},{}]}"#,
            "- at '': 'oneOf' failed, subschemas 0, 2 matched\n",
        ),
        (
            "reference",
            r##"{"$defs":{"x":{"type":"string"}},"properties":{"a":{"$ref":"#/$defs/x"}}}"##,
            "- at '/a': got number, want string\n",
        ),
        (
            "missing target",
            r##"{"properties":{"a":{"$ref":"#/definitions/x"}}}"##,
            "json-pointer in \"file:///values.schema.json#/definitions/x\" not found",
        ),
        (
            "itself",
            r##"{"$ref":"#"}"##,
            "both /$ref and  resolve to \"file:///values.schema.json#\" causing reference cycle",
        ),
        (
            "circle",
            r##"{"$defs":{"x":{"allOf":[{"$ref":"#/$defs/y"}]},"y":{"anyOf":[{"$ref":"#/$defs/x"}]}},"$ref":"#/$defs/x"}"##,
            "cycle",
        ),
        ("server", r#"{"properties":{"a":{"$ref":"http://127.0.0.1:1/x"}}}"#, "not followed"),
        ("file", r#"{"properties":{"a":{"$ref":"file:///dev/zero"}}}"#, "not followed"),
        ("other draft", r#"{"$schema":"http://example.com/foo"}"#, "failing loading \"http://example.com/foo\""),
        ("no schema", "[1]", "is not valid against metaschema"),
        ("slow pattern", r#"{"properties":{"a":{"pattern":"(x+x+)+y"}}}"#, ""),
        ("deep", &"[".repeat(100_000), "exceeded max depth"),
        (
            "numbers",
            r#"{"properties":{"a":{"minimum":1000000},"b":{"minLength":1234}}}"#,
            "- at '/a': minimum: got 1, want 1×10⁰⁶\n",
        ),
        ("types", r#"{"properties":{"a":{"type":["string","null"]}}}"#, "- at '/a': got number, want null or string\n"),
        ("escapes", r#"{"properties":{"a":{"enum":["it's"]}}}"#, "- at '/a': value must be one of 'it\\'s'\n"),
    ];
    let values = Data::from(json!({"a": 1})).into_map();
    for (name, schema, wanted) in cases {
        let outcome = validate(schema.as_bytes(), &values).err().unwrap_or_default();
        assert!(
            outcome == *wanted || (!wanted.is_empty() && !wanted.contains('\n') && outcome.contains(wanted)),
            "{name}: {outcome}"
        );
    }
}

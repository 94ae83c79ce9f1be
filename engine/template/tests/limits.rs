//! Templates that want too much: each must end in an error with its position, and none may take the process along.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use helmx_template::{Limits, MissingKey, NoFunctions, Set, Value, Vm};

/// Name, template, and what the error must contain; no text means that it must succeed.
const CASES: &[(&str, &str, Option<&str>)] = &[
    (
        "endless recursion",
        r#"{{define "r"}}{{template "r" .}}{{end}}{{template "r" .}}"#,
        Some("t:1:25: executing \"r\" at <{{template \"r\" .}}>: exceeded maximum template depth (100000)"),
    ),
    ("nested loops", "{{range 100000}}{{range 100000}}{{end}}{{end}}", Some("took more than 1000000 steps")),
    ("much output", "{{range 1000}}{{printf \"%100000d\" 1}}{{end}}", Some("produced more than 1000000 bytes")),
    ("wide padding", "{{printf \"%9999999d\" 1}}", Some("produced more than 1000000 bytes")),
    ("harmless recursion", r#"{{define "r"}}{{if .}}{{template "r" false}}{{end}}{{end}}{{template "r" true}}"#, None),
];

#[test]
fn limits_end_runs() {
    let limits = Limits { instructions: 1_000_000, output: 1_000_000, ..Limits::default() };
    for (name, text, expected) in CASES {
        let outcome = run(text, limits);
        match (outcome, expected) {
            (Err(error), Some(expected)) => assert!(error.contains(expected), "{name}: {error}"),
            (Err(error), None) => panic!("{name}: {error}"),
            (Ok(()), Some(expected)) => panic!("{name}: succeeds, wanted {expected}"),
            (Ok(()), None) => {}
        }
    }
}

#[test]
fn deep_sources_are_errors() {
    let cases = [
        ("parentheses", format!("{{{{{}1{}}}}}", "(".repeat(20_000), ")".repeat(20_000)), "max expression depth"),
        ("blocks", "{{if 1}}".repeat(20_000), "max expression depth"),
        ("else if", format!("{{{{if 1}}}}{}{{{{end}}}}", "{{else if 1}}".repeat(20_000)), "max expression depth"),
    ];
    for (name, text, expected) in cases {
        let error = run(&text, Limits::default()).expect_err(name);
        assert!(error.contains(expected), "{name}: {error}");
    }
}

/// Deeper nesting than the native stack has room for.
#[test]
fn deep_values_are_freed() {
    let mut value = Value::list(Vec::new());
    for _ in 0..1_000_000 {
        value = Value::map([(b"k".as_slice().into(), Value::list(vec![value]))]);
    }
    let mut out = Vec::new();
    helmx_template::format::print_value(&mut out, &value);
    assert!(out.ends_with(b"]"));
    drop(value);
}

fn run(text: &str, limits: Limits) -> Result<(), String> {
    let mut set = Set::new("t");
    set.parse("t", text.as_bytes(), &NoFunctions).map_err(|error| error.to_string())?;
    let mut vm = Vm::new(&NoFunctions, MissingKey::Zero, limits);
    vm.execute(&set, "t", Value::Nil, &mut Vec::new()).map_err(|error| error.to_string())
}

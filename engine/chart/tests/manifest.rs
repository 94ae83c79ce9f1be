//! `sort.json`: splitting rendered files, hooks, and the order of kinds.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "vectors/lib.rs"]
mod vectors;

use std::collections::BTreeMap;

use helmx_chart::manifest::{Hook, KindOrder, Readings, Text, sort, split};
use serde_json::{Value, json};

fn hook(hook: &Hook) -> Value {
    json!({
        "name": hook.name, "kind": hook.kind, "path": hook.path, "manifest": hook.manifest, "weight": hook.weight,
        "events": hook.events.iter().map(|event| event.name()).collect::<Vec<_>>(),
        "delete_policies": hook.delete_policies, "output_log_policies": hook.output_log_policies,
    })
}

#[test]
fn sort_rows() {
    vectors::check("sort.json", &[], |row| {
        if row["fn"] == "split" {
            return Ok(json!(split(row["input"].as_str().unwrap())));
        }
        let files: BTreeMap<String, String> = serde_json::from_value(row["files"].clone()).unwrap();
        let files: BTreeMap<String, Text> = files.into_iter().map(|(path, text)| (path, text.into())).collect();
        let order = if row["order"] == "uninstall" { KindOrder::Uninstall } else { KindOrder::Install };
        let sorted = sort(&files, order, &mut Readings::default()).map_err(|error| error.to_string())?;
        let documents = sorted
            .documents
            .iter()
            .map(|document| json!({"path": document.path, "kind": document.kind, "content": document.content}));
        Ok(json!({
            "manifests": documents.collect::<Vec<_>>(),
            "hooks": sorted.hooks.iter().map(hook).collect::<Vec<_>>(),
        }))
    });
}

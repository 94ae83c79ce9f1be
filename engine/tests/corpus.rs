//! The charts of the corpus against what Helm v4.3.1 printed: every stable case byte for byte, every failure with
//! its message. Cases with random text count by their outcome only.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "vector/host.rs"]
mod host;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_lc_rs::digest;
use data_encoding::HEXLOWER;
use helmx_chart::manifest::{Assembly, TemplateOutput, template_output};
use helmx_chart::{Capabilities, archive, values};
use helmx_engine::{Job, Limits, Operation, ReleaseInfo, SchemaCheck, assemble};
use helmx_yaml::Map;
use serde_json::Value as Json;

use host::TestHost;

/// Cases that fail, as `chart values`, with the reason. A case that passes must leave the list.
const KNOWN: &[(&str, &str)] = &[];

#[test]
fn corpus() {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/corpus"));
    let text = std::fs::read_to_string(folder.join("helm-v4.3.1.json")).expect("the corpus lies beside the workspace");
    let document: Json = serde_json::from_str(&text).expect("the record is JSON");
    let cases = document["cases"].as_array().or(document.as_array()).expect("cases");
    let next = AtomicUsize::new(0);
    let work = || {
        let mut problems = Vec::new();
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            problems.extend(problem(&folder, case));
        }
        problems
    };
    let problems: Vec<String> = std::thread::scope(|scope| {
        let threads = [scope.spawn(work), scope.spawn(work)];
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(problems.is_empty(), "{} of {} cases:\n{}", problems.len(), cases.len(), problems.join("\n"));
}

/// What is wrong with the case, if anything is.
fn problem(folder: &Path, case: &Json) -> Option<String> {
    let name = format!("{} {}", case["chart"].as_str().unwrap(), case["values"].as_str().unwrap_or("-"));
    let known = KNOWN.iter().any(|(known, _)| *known == name);
    match (check(folder, case), known) {
        (Ok(()), false) | (Err(_), true) => None,
        (Ok(()), true) => Some(format!("{name}: passes, remove it from the list")),
        (Err(problem), false) => Some(format!("{name}: {problem}")),
    }
}

fn check(folder: &Path, case: &Json) -> Result<(), String> {
    let expected_error = case["stderr"].as_str().filter(|_| case["exit"] != 0);
    match (run(folder, case), expected_error) {
        (Err(error), Some(expected)) if error.trim() == expected.trim() => Ok(()),
        (Err(error), Some(expected)) => Err(format!("\n   error {error}\n  wanted {expected}")),
        (Err(error), None) => Err(format!("unexpected error {error}")),
        (Ok(_), Some(expected)) => Err(format!("renders, wanted error {expected}")),
        (Ok(output), None) => {
            let hash = HEXLOWER.encode(digest::digest(&digest::SHA256, output.as_bytes()).as_ref());
            let same = case["stable"] == false || case["stdout_sha256"] == hash;
            let (got, want) = (output.len(), &case["stdout_bytes"]);
            if same { Ok(()) } else { Err(format!("prints something else: {got} bytes, Helm {want}")) }
        }
    }
}

/// The standard output, or the standard error.
#[allow(clippy::disallowed_methods, reason = "a test reads files")]
fn run(folder: &Path, case: &Json) -> Result<String, String> {
    let name = case["chart"].as_str().unwrap();
    let bytes = std::fs::read(folder.join(format!("charts/{name}.tgz"))).unwrap();
    let mut chart = archive::load(&bytes).map_err(|error| format!("Error: {error}"))?;
    let warning = if chart.metadata.deprecated { "level=WARN msg=\"this chart is deprecated\"\n" } else { "" };
    let mut user = Map::new();
    if let Some(file) = case["values"].as_str() {
        let text = std::fs::read(folder.join(format!("values/{name}/{file}"))).unwrap();
        values::merge_documents(&mut user, values::parse_values(&text).map_err(|error| format!("Error: {error}"))?);
    }
    let release =
        ReleaseInfo { name: "rel".to_owned(), namespace: "ns".to_owned(), revision: 1, operation: Operation::Install };
    let job = Job {
        release: &release,
        capabilities: &Capabilities::default(),
        host: &TestHost::new(&[]),
        limits: Limits::default(),
        assembly: Assembly::default(),
        schema: SchemaCheck::Enforced,
    };
    let assembled = assemble(&mut chart, &user, &job).map_err(|error| {
        let hint = if error.is_late() { "\n\nUse --debug flag to render out invalid YAML" } else { "" };
        format!("{warning}Error: {error}{hint}")
    })?;
    template_output(assembled.manifest, &assembled.hooks, &TemplateOutput::default()).map_err(|error| error.to_string())
}

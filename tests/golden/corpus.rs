//! `helm template` of real charts: exit code, standard output and standard error as Helm's.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use helmx_tests::assets::shared;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::program::Program;

/// How many programs run at a time.
const PARALLEL: usize = 2;

/// Every so many cases are run; `HELMX_CORPUS=all` runs them all.
const SAMPLE: usize = 8;

fn check(plugin: &Program, row: &Value) -> Option<String> {
    let chart = row["chart"].as_str().unwrap();
    let mut arguments = ["template", "rel"].map(str::to_owned).to_vec();
    arguments.push(format!("charts/{chart}.tgz"));
    arguments.extend(["--namespace", "ns"].map(str::to_owned));
    if let Some(values) = row["values"].as_str() {
        arguments.extend(["-f".to_owned(), format!("values/{chart}/{values}")]);
    }
    let outcome = plugin.run(&arguments, &shared().join("corpus"));
    if outcome.code.map(i64::from) != row["exit"].as_i64() {
        return Some(format!(
            "{}: exit {:?}, wanted {}\n{}",
            arguments.join(" "),
            outcome.code,
            row["exit"],
            outcome.stderr
        ));
    }
    let digest = Sha256::digest(outcome.stdout.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    // Where two runs of Helm differ there is nothing to compare.
    if row["stable"] == true && row["stdout_sha256"] != digest.as_str() {
        return Some(format!(
            "{}: {} bytes, wanted {}",
            arguments.join(" "),
            outcome.stdout.len(),
            row["stdout_bytes"]
        ));
    }
    match row["stderr"].as_str() {
        Some(wanted) if row["stable"] == true && outcome.stderr != wanted => {
            Some(format!("{}\n--- wanted\n{wanted}--- got\n{}", arguments.join(" "), outcome.stderr))
        }
        _ => None,
    }
}

#[test]
fn renders_the_corpus_as_helm_does() {
    let text = std::fs::read(shared().join("corpus/helm-v4.3.1.json")).unwrap();
    let rows: Vec<Value> = serde_json::from_slice(&text).unwrap();
    let all = std::env::var_os("HELMX_CORPUS").is_some_and(|value| value == "all");
    let rows: Vec<_> = rows.iter().step_by(if all { 1 } else { SAMPLE }).collect();
    let (plugin, next, problems) = (Program::plugin(), AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..PARALLEL {
            scope.spawn(|| {
                while let Some(row) = rows.get(next.fetch_add(1, Ordering::Relaxed)) {
                    problems.lock().unwrap().extend(check(&plugin, row));
                }
            });
        }
    });
    let problems = problems.into_inner().unwrap();
    println!("corpus: {} of {}", rows.len() - problems.len(), rows.len());
    assert!(rows.len() > 90 && problems.is_empty(), "{}", problems.join("\n"));
}

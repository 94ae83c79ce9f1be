//! Every case of Helm's own goldens whose command the plugin has and that needs no cluster and no release records.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use helmx_tests::assets::shared;
use serde_json::Value;
use tempfile::TempDir;

use crate::allowed::{GOLDENS, PLAIN};
use crate::program::{Program, words};

/// Commands that the plugin does in its own process.
const OFFLINE: [&str; 8] = ["template", "show", "lint", "dependency", "package", "create", "verify", "version"];

/// Commands of the server, for those cases where Helm refuses before it asks a cluster.
const REFUSED: [&str; 5] = ["install", "upgrade", "uninstall", "get", "repo"];

fn folder() -> PathBuf {
    shared().join("helm-golden").canonicalize().unwrap()
}

fn rows(list: &str) -> Vec<Value> {
    let text = std::fs::read(folder().join("cases.json")).unwrap();
    let cases: Value = serde_json::from_slice(&text).unwrap();
    cases[list].as_array().unwrap().clone()
}

/// The words after `helm`, if the case is one for us.
fn arguments(row: &Value) -> Option<Vec<String>> {
    let arguments = words(row["command"].as_str().unwrap()).split_off(1);
    let first = arguments.first()?.as_str();
    let same = row["binary"] == "same";
    let is_ours = OFFLINE.contains(&first) || (REFUSED.contains(&first) && same && row["wantError"] == true);
    let needs_nothing = row["needs"].as_str().is_none_or(|needs| needs == "none") && row["releases"].is_null();
    (is_ours && needs_nothing).then_some(arguments)
}

/// Runs a row where it belongs; `testdata/` is an absolute path where the row wants an empty folder.
fn run(plugin: &Program, row: &Value, mut arguments: Vec<String>) -> (Option<i32>, String) {
    if row["binary_note"].as_str().is_some_and(|note| note.contains("--kube-version v1.20.0")) {
        arguments.push("--kube-version=v1.20.0".to_owned());
    }
    let set = |(name, value): (&String, &Value)| Some((name.clone(), value.as_str()?.to_owned()));
    let env: Vec<_> = row["env"].as_object().into_iter().flatten().filter_map(set).collect();
    if row["cwd"] != "<tmp>" {
        return plugin.run_merged(&arguments, &folder(), &env);
    }
    let empty = TempDir::new().unwrap();
    std::fs::create_dir(empty.path().join("toot")).unwrap();
    let absolute = format!("{}/testdata/", folder().display());
    let arguments: Vec<_> = arguments.iter().map(|word| word.replace("testdata/", &absolute)).collect();
    plugin.run_merged(&arguments, empty.path(), &env)
}

/// Counts by command, and holds the list of known differences to what differs.
#[derive(Default)]
struct Tally {
    counts: BTreeMap<String, (usize, usize)>,
    problems: Vec<String>,
}

impl Tally {
    fn add(&mut self, command: &str, allowed: &[(&str, &str)], difference: Option<String>) {
        let first = command.split(' ').nth(1).unwrap_or_default();
        let (passed, all) = self.counts.entry(first.to_owned()).or_default();
        *all += 1;
        *passed += usize::from(difference.is_none());
        let known = allowed.iter().find(|(known, _)| *known == command);
        match (difference, known) {
            (None, Some((_, reason))) => {
                self.problems.push(format!("{command}\n  passes: take it off the list ({reason})"));
            }
            (Some(difference), None) => self.problems.push(format!("{command}\n{difference}")),
            (None, None) | (Some(_), Some(_)) => {}
        }
    }

    fn finish(self, list: &str, allowed: &[(&str, &str)], commands: &[String]) {
        for (command, (passed, all)) in &self.counts {
            println!("{list}: {command}: {passed} of {all}");
        }
        let unknown: Vec<_> = allowed.iter().filter(|(known, _)| !commands.iter().any(|one| one == known)).collect();
        assert!(unknown.is_empty(), "listed, but no case: {unknown:?}");
        assert!(self.problems.is_empty(), "{} of {list}:\n{}", self.problems.len(), self.problems.join("\n"));
    }
}

fn code_differs(row: &Value, code: Option<i32>) -> Option<String> {
    let wanted = row["wantError"] == true;
    (code.is_none_or(|code| (code != 0) != wanted)).then(|| format!("  exit {code:?}, wanted an error: {wanted}"))
}

#[test]
fn goldens_of_helm() {
    let plugin = Program::plugin();
    let (mut tally, mut commands) = (Tally::default(), Vec::new());
    for row in rows("cases") {
        let Some(arguments) = arguments(&row) else { continue };
        let (code, text) = run(&plugin, &row, arguments);
        let golden = golden(row["golden"].as_str().unwrap());
        let text_differs = (text != golden).then(|| format!("--- wanted\n{golden}--- got\n{text}"));
        let command = row["command"].as_str().unwrap().to_owned();
        tally.add(&command, GOLDENS, code_differs(&row, code).or(text_differs));
        commands.push(command);
    }
    assert!(commands.len() > 50, "only {} cases", commands.len());
    tally.finish("goldens", GOLDENS, &commands);
}

fn golden(path: &str) -> String {
    let bytes = std::fs::read(folder().join(Path::new(path))).unwrap();
    String::from_utf8_lossy(&bytes).replace("\r\n", "\n")
}

#[test]
fn exit_codes_of_helm() {
    let plugin = Program::plugin();
    let (mut tally, mut commands) = (Tally::default(), Vec::new());
    for row in rows("plain") {
        let Some(arguments) = arguments(&row) else { continue };
        let (code, _) = run(&plugin, &row, arguments);
        let command = row["command"].as_str().unwrap().to_owned();
        tally.add(&command, PLAIN, code_differs(&row, code));
        commands.push(command);
    }
    assert!(commands.len() > 15, "only {} cases", commands.len());
    tally.finish("exit codes", PLAIN, &commands);
}

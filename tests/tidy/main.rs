//! Rules of the house that a compiler does not check: layering, bans, sizes, module headers, generated files.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::Command;

use helmx_tests::assets::workspace;
use serde_json::Value;

/// Which crates of ours each crate may use, in code that ships.
const LAYERS: [(&str, &[&str]); 11] = [
    ("helmx-api", &[]),
    ("helmx-yaml", &[]),
    ("helmx-template", &[]),
    ("helmx-chart", &["helmx-yaml"]),
    ("helmx-primes", &[]),
    ("helmx-engine", &["helmx-chart", "helmx-primes", "helmx-template", "helmx-yaml"]),
    ("helmx-provenance", &["helmx-yaml"]),
    ("helmx-machinery", &[]),
    ("helmx-apiserver", &["helmx-api", "helmx-chart", "helmx-engine", "helmx-machinery", "helmx-yaml"]),
    (
        "kubectl-helmx",
        &["helmx-api", "helmx-chart", "helmx-engine", "helmx-provenance", "helmx-template", "helmx-yaml"],
    ),
    ("helmx-tests", &["helmx-api", "helmx-chart", "helmx-engine", "helmx-yaml"]),
];

/// Crates that the engine must not reach, directly or not: no I/O, no asynchrony, no cluster.
const PURE: [(&str, &[&str]); 7] = [
    ("helmx-api", &["tokio", "kube", "hyper", "reqwest"]),
    ("helmx-yaml", &["tokio", "kube", "hyper", "reqwest"]),
    ("helmx-template", &["tokio", "kube", "hyper", "reqwest"]),
    ("helmx-chart", &["tokio", "kube", "hyper", "reqwest"]),
    ("helmx-engine", &["tokio", "kube", "hyper", "reqwest"]),
    ("helmx-primes", &["tokio", "kube", "hyper", "reqwest"]),
    ("helmx-provenance", &["tokio", "kube", "hyper", "reqwest"]),
];

/// One TLS stack, one time library, no deprecated YAML (deny.toml says the same).
const BANNED: [&str; 6] = ["ring", "openssl", "openssl-sys", "native-tls", "serde_yaml", "chrono"];

/// Lines of a file without its tests.
const MAX_LINES: usize = 400;

/// Longer files, each with its reason.
const LONG: &[(&str, &str)] = &[];

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(workspace()).output().expect("cargo runs");
    assert!(output.status.success(), "cargo {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("cargo prints UTF-8")
}

#[test]
fn crates_use_only_what_is_below_them() {
    let metadata: Value = serde_json::from_str(&cargo(&["metadata", "--no-deps", "--format-version=1"])).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    assert_eq!(packages.len(), LAYERS.len(), "a crate is missing in LAYERS");
    for package in packages {
        let name = package["name"].as_str().expect("a name");
        let (_, allowed) =
            LAYERS.iter().find(|(layer, _)| *layer == name).unwrap_or_else(|| panic!("{name} is missing in LAYERS"));
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            let used = dependency["name"].as_str().expect("a name");
            let ours = LAYERS.iter().any(|(layer, _)| *layer == used);
            let ships = dependency["kind"].is_null();
            assert!(!ours || !ships || allowed.contains(&used), "{name} must not depend on {used}");
        }
    }
}

#[test]
fn the_engine_reaches_no_network_and_no_cluster() {
    for (package, banned) in PURE {
        let tree = cargo(&["tree", "--package", package, "--edges", "normal", "--prefix", "none"]);
        for name in banned {
            let found = tree.lines().find(|line| line.split(' ').next() == Some(name));
            assert!(found.is_none(), "{package} must not depend on {name}");
        }
    }
}

#[test]
fn banned_crates_are_in_no_binary() {
    let tree = cargo(&["tree", "--workspace", "--edges", "normal,build", "--prefix", "none"]);
    for name in BANNED {
        assert!(!tree.lines().any(|line| line.split(' ').next() == Some(name)), "{name} is banned (deny.toml)");
    }
}

#[test]
fn files_are_short_and_say_what_they_are() {
    let mut complaints = Vec::new();
    for file in sources() {
        let name = file.strip_prefix(workspace()).expect("below the workspace").display().to_string();
        let text = std::fs::read_to_string(&file).expect("a source file");
        if !text
            .lines()
            .find(|line| !line.is_empty() && !line.starts_with("#!"))
            .is_some_and(|line| line.starts_with("//!"))
        {
            complaints.push(format!("{name}: does not open with its one-line job"));
        }
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let lines = code.lines().count();
        let excused = LONG.iter().any(|(long, _)| *long == name);
        if lines > MAX_LINES && !excused {
            complaints.push(format!("{name}: {lines} lines, more than {MAX_LINES}"));
        }
        for mark in ["TODO", "FIXME", "XXX"] {
            if text.contains(&format!("{mark}:")) || text.contains(&format!("{mark} ")) && !name.contains("tidy") {
                complaints.push(format!("{name}: holds a {mark}; open an issue instead"));
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn crds_are_made_from_the_types() {
    let kept = std::fs::read_to_string(workspace().join("manifests/crds.yaml")).expect("manifests/crds.yaml");
    let documents =
        kept.split("\n---\n").skip(1).map(|text| serde_json::from_str::<Value>(text).expect("JSON documents"));
    assert_eq!(
        documents.collect::<Vec<_>>(),
        helmx_api::crd::all(),
        "run `cargo run -p helmx-api --example crds > manifests/crds.yaml`"
    );
}

#[test]
fn the_map_is_short() {
    let text = std::fs::read_to_string(workspace().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    assert!(text.lines().count() <= 200);
    for path in text.split('`').filter(|word| word.contains('/') && word.ends_with(".rs") && !word.contains('*')) {
        let found = [".", "apiserver/src"].iter().any(|base| workspace().join(base).join(path).exists());
        assert!(found, "ARCHITECTURE.md names {path}, which does not exist");
    }
}

/// All sources that ship, and the tests' own library.
fn sources() -> Vec<PathBuf> {
    let folders = [
        "api/src",
        "engine/src",
        "engine/yaml/src",
        "engine/template/src",
        "engine/chart/src",
        "engine/primes/src",
        "engine/provenance/src",
        "machinery/src",
        "apiserver/src",
        "cli/src",
        "tests/src",
    ];
    let mut found = Vec::new();
    for folder in folders {
        collect(&workspace().join(folder), &mut found);
    }
    assert!(found.len() > 100, "the sources moved");
    found
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            collect(&entry, found);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            found.push(entry);
        }
    }
}

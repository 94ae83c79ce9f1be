//! The example chart with Jinja files through the plugin: `template` prints the golden text, `lint` is content.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::{Command, Output};

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../engine/examples/jinja-chart");
const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../engine/tests/jinja/golden");

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-helmx"));
    command.args(arguments).env_clear().env("HOME", "/nonexistent").env("KUBECONFIG", "/nonexistent/config");
    command.output().unwrap()
}

fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn template_prints_the_example() {
    let production = format!("{EXAMPLE}/values-production.yaml");
    let golden = |name: &str| std::fs::read_to_string(Path::new(GOLDEN).join(name)).unwrap();
    let text = printed(&run(&["template", "rel", EXAMPLE, "--namespace", "ns"]));
    assert_eq!(text, golden("defaults.yaml"));
    let text = printed(&run(&["template", "rel", EXAMPLE, "--namespace", "ns", "-f", &production]));
    assert_eq!(text, golden("values-production.yaml"));
    let text = printed(&run(&["template", "rel", EXAMPLE, "--show-only", "templates/configmap.yaml.j2"]));
    assert!(text.starts_with("---\n# Source: jinja-chart/templates/configmap.yaml.j2\n"), "{text}");
}

#[test]
fn template_names_the_place_of_an_error() {
    let output = run(&["template", "rel", EXAMPLE, "--set", "ingress.enabled=true"]);
    assert!(!output.status.success());
    let error = String::from_utf8(output.stderr).unwrap();
    let wanted = "execution error at (jinja-chart/templates/ingress.yaml.j2:22:3): ingress.enabled needs ingress.hosts";
    assert!(error.contains(wanted), "{error}");
}

#[test]
fn lint_accepts_the_example() {
    let text = printed(&run(&["lint", "--strict", EXAMPLE]));
    assert!(text.ends_with("1 chart(s) linted, 0 chart(s) failed\n"), "{text}");
    assert!(!text.contains("[ERROR]") && !text.contains("[WARNING]"), "{text}");
}

#[test]
fn lint_reports_an_error() {
    let output = run(&["lint", EXAMPLE, "--set", "ingress.enabled=true,ingress.hosts[0].paths[0]=/"]);
    assert!(!output.status.success());
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("[ERROR] templates/: jinja-chart/templates/ingress.yaml.j2:"), "{text}");
}

#[test]
fn lint_looks_into_what_jinja_files_render() {
    let output = run(&["lint", EXAMPLE, "--set", "replicaCount=a: b"]);
    assert!(!output.status.success());
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("[ERROR] templates/deployment.yaml.j2: unable to parse YAML"), "{text}");
}

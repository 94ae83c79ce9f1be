//! `deprecations.json`, and `helm lint` of Helm's own test charts where no template needs rendering.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "real files")]

#[path = "vectors/lib.rs"]
mod vectors;

use std::collections::BTreeMap;
use std::path::Path;

use helmx_chart::capabilities::KubeVersion;
use helmx_chart::lint::{Request, deprecation, fails, lint};
use helmx_chart::{directory, load};
use helmx_yaml::Map;
use serde_json::json;

#[test]
fn deprecation_rows() {
    vectors::check("deprecations.json", &[], |row| {
        let text = |key: &str| row[key].as_str().unwrap();
        let minor: u64 = text("deprecated").split_once('.').unwrap().1.parse().unwrap();
        let at = |minor| KubeVersion::parse(&format!("v1.{minor}.0")).unwrap();
        assert_eq!(deprecation(text("apiVersion"), text("kind"), &at(minor - 1)), None, "{}", row["name"]);
        Ok(json!(deprecation(text("apiVersion"), text("kind"), &at(minor))))
    });
    assert_eq!(deprecation("example.com/v1", "Widget", &KubeVersion::parse("1.37").unwrap()), None);
}

/// Templates as they stand: the charts of these cases use none of the engine.
fn lines(chart: &str, kube: &str) -> (Vec<String>, bool) {
    let path = format!("testdata/testcharts/{chart}");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/helm-golden").join(&path);
    let kube_version = KubeVersion::parse(kube).unwrap();
    let request = Request {
        path: &path,
        files: directory::read_files(&root).map_err(|error| error.to_string()),
        folder: directory::read_folder(&root).unwrap(),
        values: &Map::new(),
        kube_version: &kube_version,
        skip_schema: false,
    };
    let findings = lint(&request, &mut |chart, _, _| {
        let templates = chart.templates.iter();
        let rendered = templates.map(|file| (format!("{}/{}", chart.name(), file.name), file.text()));
        Ok(rendered.map(|(path, text)| (path, text.into())).collect::<BTreeMap<_, _>>())
    })
    .findings;
    (findings.iter().map(ToString::to_string).collect(), fails(&findings, false))
}

#[test]
fn lint_of_helm_s_charts() {
    let cases = [
        ("chart-with-bad-subcharts", "1.37", "lint-chart-with-bad-subcharts.txt", true),
        ("chart-with-deprecated-api", "1.22.0", "lint-chart-with-deprecated-api.txt", false),
        ("chart-with-deprecated-api", "1.20.0", "lint-chart-with-deprecated-api-old-k8s.txt", false),
        ("chart-with-only-crds", "1.37", "lint-quiet-with-warning.txt", false),
        ("chart-bad-requirements", "1.37", "lint-quiet-with-error.txt", true),
    ];
    let output = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/helm-golden/testdata/output");
    for (chart, kube, golden, failed) in cases {
        let (lines, fails) = lines(chart, kube);
        let golden = std::fs::read_to_string(output.join(golden)).unwrap();
        for line in &lines {
            // Quiet output leaves information out.
            assert!(line.starts_with("[INFO]") || golden.contains(line.as_str()), "{chart}: {line}\nnot in\n{golden}");
        }
        let wanted = golden.lines().filter(|line| line.starts_with("[WARNING]") || line.starts_with("[ERROR]")).count();
        assert_eq!(lines.iter().filter(|line| !line.starts_with("[INFO]")).count(), wanted, "{chart}: {lines:?}");
        assert_eq!(fails, failed, "{chart}");
    }
}

#[test]
fn folders_that_are_no_charts() {
    let missing = directory::load(Path::new("/no/such/chart")).unwrap_err().to_string();
    assert!(missing.starts_with("error reading /no/such/chart"), "{missing}");
    assert!(matches!(load::from_files(Vec::new()), Err(load::Error::Undetected)));
}

//! `index.json`: loading, order and selection; and that one bad entry harms no other.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "vectors/lib.rs"]
mod vectors;

use helmx_chart::index::Index;
use serde_json::{Value, json};

fn load(text: &str) -> Result<Index, String> {
    Index::parse(text.as_bytes()).map_err(|error| format!("error loading <path>: {error}"))
}

#[test]
fn index_rows() {
    let indexes = vectors::document("index.json")["indexes"].clone();
    vectors::check("index.json", &[], |row| {
        let text = row["text"].as_str().or_else(|| indexes[row["index"].as_str()?].as_str()).unwrap();
        let index = load(text)?;
        if row["fn"] != "get" {
            let versions = |(chart, versions): (&String, &Vec<helmx_chart::index::ChartVersion>)| {
                (chart.clone(), versions.iter().map(|entry| entry.metadata.version.clone()).collect::<Value>())
            };
            return Ok(index.entries.iter().map(versions).collect::<Value>());
        }
        let (chart, version) = (row["chart"].as_str().unwrap(), row["version"].as_str().unwrap());
        let found = index.get(chart, version).map_err(|error| error.to_string())?;
        Ok(json!({
            "name": found.metadata.name, "version": found.metadata.version, "urls": found.urls, "digest": found.digest,
        }))
    });
}

#[test]
fn bad_entries_are_reported() {
    let text = "apiVersion: v1\nentries:\n  a:\n  - null\n  - {name: a, version: 1.0.0, apiVersion: v2}\n  - {name: a, version: nope, apiVersion: v2}\n  - {name: ../a, version: 2.0.0, apiVersion: v2}\n  - {name: a, version: 3.0.0, apiVersion: v2, maintainers: [null]}\n  b: null\n";
    let index = load(text).unwrap();
    assert_eq!(index.entries["a"].len(), 1);
    let reasons: Vec<_> = index.skipped.iter().map(ToString::to_string).collect();
    assert_eq!(reasons.len(), 3, "{reasons:?}");
    assert!(reasons[1].contains("name=a version=2.0.0 error=validation: chart.metadata.name \"../a\" is invalid"));
}

/// A server loses one version where Helm loses the repository.
#[test]
fn entries_of_a_wrong_shape_harm_no_other() {
    let good = "{apiVersion: v2, name: good, version: 1.0.0, urls: [g.tgz]}";
    let cases = [
        "{apiVersion: v2, name: bad, version: [1], urls: [b.tgz]}",
        "{apiVersion: v2, name: bad, version: 1.0.0, urls: b.tgz}",
        "{apiVersion: v2, name: bad, version: 1.0.0, created: yesterday}",
        "{apiVersion: v2, name: bad, version: 1.0.0, surprise: 1}",
        "text",
    ];
    for bad in cases {
        let text = format!("apiVersion: v1\nentries:\n  good: [{good}]\n  bad: [{bad}]\n");
        assert!(Index::parse(text.as_bytes()).is_err(), "{bad}");
        let index = Index::parse_tolerant(text.as_bytes()).expect(bad);
        assert_eq!((index.entries["good"].len(), index.skipped.len()), (1, 1), "{bad}");
    }
    assert!(Index::parse_tolerant(b"apiVersion: v1\nentries: []").is_err());
    assert!(Index::parse_tolerant(b"apiVersion: v1\nentries: {").is_err());
}

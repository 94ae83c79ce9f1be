//! `lint` of charts that hold one file, as a template of each ending and as a definition: by helm and by the plugin.

use tempfile::TempDir;

use crate::program::Comparison;

/// Files, parted by `===`.
const DOCUMENTS: &str = include_str!("documents.txt");

#[test]
fn lints_documents_as_helm_does() {
    let mut comparison = Comparison::start();
    for document in DOCUMENTS.split("===\n") {
        let chart = TempDir::new().unwrap();
        for (file, text) in [
            ("Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\nicon: https://example.com/a.png\n"),
            ("values.yaml", ""),
            ("templates/a.yaml", document),
            ("templates/b.yml", document),
            ("templates/c.YAML", document),
            ("templates/d.txt", document),
            ("crds/a.yaml", document),
            ("crds/b.patch", document),
            ("charts/s/Chart.yaml", "apiVersion: v2\nname: s\nversion: 1.0.0\n"),
            ("charts/s/crds/a.json", document),
        ] {
            let path = chart.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        comparison.run(document, &["lint", "."], chart.path());
    }
    comparison.end("documents");
}

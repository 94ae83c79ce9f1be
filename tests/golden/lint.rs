//! `lint` of charts that hold one file, as a template of each ending and as a definition: by helm and by the plugin.

use helmx_tests::assets::Assets;
use tempfile::TempDir;

use crate::program::Program;

/// Files, parted by `===`.
const DOCUMENTS: &str = include_str!("documents.txt");

#[test]
fn lints_documents_as_helm_does() {
    let (helm, plugin) = (Program::helm(Assets::locate().unwrap().binary("helm")), Program::plugin());
    let (mut problems, mut errors, mut all) = (Vec::new(), 0, 0);
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
        let [wanted, got] = [&helm, &plugin].map(|program| program.run(&["lint", "."], chart.path()));
        all += 1;
        errors += usize::from(wanted.code != Some(0));
        if wanted != got {
            problems.push(format!("{document}--- helm\n{wanted:#?}\n--- plugin\n{got:#?}"));
        }
    }
    println!("documents: {} of {all} equal, {errors} of them errors", all - problems.len());
    assert!(errors * 3 >= all, "too few errors: {errors} of {all}");
    assert!(problems.is_empty(), "{} differ:\n{}", problems.len(), problems.join("\n"));
}

//! Expressions that both programs render in a chart of one template.

use tempfile::TempDir;

use crate::program::Comparison;

const EXPRESSIONS: &str = include_str!("expressions.txt");

const VALUES: &str = "table: {}\nlist: [1]\ntext: x\nno: false\nnone: []\n";

#[test]
fn renders_expressions_as_helm_does() {
    let mut comparison = Comparison::start();
    for expression in EXPRESSIONS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let chart = TempDir::new().unwrap();
        std::fs::create_dir(chart.path().join("templates")).unwrap();
        for (file, text) in [
            ("Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n"),
            ("values.yaml", VALUES),
            ("templates/t.yaml", &format!("a: |-\n  {{{{ {expression} }}}}\n")),
        ] {
            std::fs::write(chart.path().join(file), text).unwrap();
        }
        comparison.run(expression, &["template", "rel", "."], chart.path());
    }
    comparison.end("expressions");
}

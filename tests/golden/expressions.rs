//! Expressions that both programs render in a chart of one template.

use helmx_tests::assets::Assets;
use tempfile::TempDir;

use crate::program::Program;

const EXPRESSIONS: &str = include_str!("expressions.txt");

const VALUES: &str = "table: {}\nlist: [1]\ntext: x\nno: false\nnone: []\n";

#[test]
fn renders_expressions_as_helm_does() {
    let (helm, plugin) = (Program::helm(Assets::locate().unwrap().binary("helm")), Program::plugin());
    let (mut problems, mut errors, mut all) = (Vec::new(), 0, 0);
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
        let [wanted, got] = [&helm, &plugin].map(|program| program.run(&["template", "rel", "."], chart.path()));
        all += 1;
        errors += usize::from(wanted.code != Some(0));
        if wanted != got {
            problems.push(format!("{expression}\n--- helm\n{wanted:#?}\n--- plugin\n{got:#?}"));
        }
    }
    println!("expressions: {} of {all} equal, {errors} of them errors", all - problems.len());
    assert!(errors * 3 >= all, "too few errors: {errors} of {all}");
    assert!(problems.is_empty(), "{} differ:\n{}", problems.len(), problems.join("\n"));
}

//! Command lines that the plugin and the real `helm` run side by side: exit code, standard output, standard error.

use helmx_tests::assets::{Assets, shared};

use crate::allowed::LINES;
use crate::program::{Program, words};

/// One command line each, run in the folder of Helm's goldens; `#` begins a comment.
const COMMANDS: &str = include_str!("lines.txt");

#[test]
fn does_what_helm_does() {
    let helm = Program::helm(Assets::locate().unwrap().binary("helm"));
    let plugin = Program::plugin();
    let folder = shared().join("helm-golden").canonicalize().unwrap();
    let (mut problems, mut errors, mut all) = (Vec::new(), 0, 0);
    for line in COMMANDS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let arguments = words(line);
        let (wanted, got) = (helm.run(&arguments, &folder), plugin.run(&arguments, &folder));
        all += 1;
        errors += usize::from(wanted.code != Some(0));
        match (wanted == got, LINES.iter().find(|(known, _)| *known == line)) {
            (false, None) => problems.push(format!("{line}\n--- helm\n{wanted:#?}\n--- plugin\n{got:#?}")),
            (true, Some(_)) => problems.push(format!("{line}\n  passes: take it off the list")),
            (true, None) | (false, Some(_)) => {}
        }
    }
    println!("side by side: {} of {all} equal or listed, {errors} of them errors", all - problems.len());
    assert!(errors * 3 >= all, "too few errors: {errors} of {all}");
    assert!(problems.is_empty(), "{} differ:\n{}", problems.len(), problems.join("\n"));
}

/// Every so many charts of the corpus are looked at.
const SAMPLE: usize = 16;

/// What is done to each; the chart comes last.
const OFTEN: [&str; 6] = ["show chart", "show values", "show readme", "dependency list", "lint", "lint --strict"];

/// Helm logs what `fail` and `required` say in lint mode. The engine leaves these calls without a trace.
fn without_lint_messages(text: &str) -> String {
    text.split_inclusive('\n').filter(|line| !(line.starts_with("level=") && line.contains(" message="))).collect()
}

#[test]
fn looks_at_real_charts_as_helm_does() {
    let helm = Program::helm(Assets::locate().unwrap().binary("helm"));
    let plugin = Program::plugin();
    let folder = shared().join("corpus").canonicalize().unwrap();
    let mut charts: Vec<_> = std::fs::read_dir(folder.join("charts")).unwrap().map(|one| one.unwrap().path()).collect();
    charts.sort();
    let mut problems = Vec::new();
    for (chart, command) in charts.iter().step_by(SAMPLE).flat_map(|chart| OFTEN.map(|command| (chart, command))) {
        let mut arguments = words(command);
        arguments.push(chart.strip_prefix(&folder).unwrap().to_string_lossy().into_owned());
        let [wanted, got] = [&helm, &plugin].map(|program| {
            let mut outcome = program.run(&arguments, &folder);
            outcome.stderr = without_lint_messages(&outcome.stderr);
            outcome
        });
        if wanted != got {
            problems.push(format!("{}\n--- helm\n{}\n--- plugin\n{}", arguments.join(" "), wanted.stderr, got.stderr));
        }
    }
    assert!(charts.len() > 250 && problems.is_empty(), "{} differ:\n{}", problems.len(), problems.join("\n"));
}

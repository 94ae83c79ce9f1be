//! Charts with Jinja files: cases from `tests/jinja/`, the example chart beside its twin in Go templates, and texts
//! that mean harm.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "jinja/case.rs"]
mod case;
#[path = "vector/host.rs"]
mod host;

use std::path::Path;

use helmx_chart::manifest::{Assembly, TemplateOutput, template_output};
use helmx_chart::{Capabilities, File, dependency, directory, load, values};
use helmx_engine::{
    Input, Job, Limits, MissingKey, Mode, Operation, ReleaseInfo, Rendered, SchemaCheck, assemble, render,
};
use helmx_yaml::Map;
use serde_json::json;

use case::{Case, Expected};
use host::TestHost;

const CHART: &str =
    "apiVersion: v2\nname: web\nversion: 1.2.3\nappVersion: 4.5.6\nannotations:\n  helmx.dev/templates: jinja\n";

const HELPERS: &str = r#"{{- define "web.name" }}{{ .Release.Name }}-{{ .Chart.Name }}{{ end }}
{{- define "web.shout" }}{{ . | upper }}{{ end }}
{{- define "web.broken" }}{{ .Values.a.b.c }}{{ end }}
"#;

#[test]
fn cases() {
    let mut problems = Vec::new();
    let (mut count, mut errors) = (0, 0);
    for case in case::all(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/jinja"))) {
        count += 1;
        errors += usize::from(matches!(case.expected, Expected::Error(_)));
        problems.extend(problem(&case));
    }
    assert!(problems.is_empty(), "{} of {count} cases:\n{}", problems.len(), problems.join("\n"));
    assert!(errors * 3 >= count, "{errors} of {count} cases are errors, fewer than a third");
}

fn problem(case: &Case) -> Option<String> {
    let outcome = run(&case.files, &case.values, Limits::default());
    match (outcome, &case.expected) {
        (Ok(rendered), Expected::Output(path, wanted)) => match rendered.get(path) {
            Some(text) if **text == **wanted => None,
            Some(text) => Some(format!("{}: got\n{}<\nwanted\n{wanted}<", case.name, &**text)),
            None => Some(format!("{}: no {path} in {:?}", case.name, rendered.keys())),
        },
        (Err(error), Expected::Error(wanted)) if error == *wanted => None,
        (Err(error), Expected::Error(wanted)) => Some(format!("{}: error\n{error}\nwanted\n{wanted}", case.name)),
        (Err(error), Expected::Output(..)) => Some(format!("{}: error\n{error}", case.name)),
        (Ok(_), Expected::Error(wanted)) => Some(format!("{}: renders, wanted error\n{wanted}", case.name)),
    }
}

/// The rendered files of a chart that is given by some of its files.
fn run(files: &[(String, String)], user: &str, limits: Limits) -> Result<Rendered, String> {
    let mut all =
        vec![File::new("Chart.yaml", CHART.as_bytes()), File::new("templates/_helpers.tpl", HELPERS.as_bytes())];
    for (name, text) in files {
        all.retain(|file| file.name != *name);
        all.push(File::new(name.clone(), text.as_bytes()));
    }
    let mut chart = load::from_files(all).unwrap();
    let user = values::parse_values(user.as_bytes()).unwrap();
    dependency::process(&mut chart, &user, &mut Vec::new()).unwrap();
    let merged = values::for_render(&chart, &user, false, &mut Vec::new()).unwrap();
    let config = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "known", "namespace": "ns"}, "data": {"a": "b"}});
    let input = Input {
        chart: &chart,
        values: &merged,
        release: &release(),
        capabilities: &Capabilities::default(),
        host: &TestHost::new(&[config]),
        limits,
        mode: Mode::Render,
        missing_key: MissingKey::Zero,
    };
    render(&input).map_err(|error| error.to_string())
}

fn release() -> ReleaseInfo {
    ReleaseInfo { name: "rel".to_owned(), namespace: "ns".to_owned(), revision: 1, operation: Operation::Install }
}

#[test]
fn the_example_prints_what_its_twin_prints() {
    let example = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/jinja-chart"));
    let twin = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/jinja/twin"));
    for values in ["", "values-production.yaml"] {
        let (jinja, notes) = manifest(example, example, values);
        let (go, go_notes) = manifest(twin, example, values);
        assert_eq!(jinja.replace(".j2\n", "\n"), go, "{values}");
        assert_eq!(notes, go_notes, "{values}");
        assert!(jinja.contains("# Source: jinja-chart/templates/deployment.yaml.j2\n"), "{jinja}");
        assert!(notes.contains("jinja-chart"), "{notes}");
        let golden = format!("golden/{}.yaml", values.strip_suffix(".yaml").unwrap_or("defaults"));
        let golden = read(&Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/jinja")).join(golden));
        assert_eq!(jinja, golden, "{values}");
    }
}

/// Manifest and notes of the templates in one folder with the rest of the chart in another.
fn manifest(templates: &Path, chart: &Path, values_file: &str) -> (String, String) {
    let mut files = directory::read_files(chart).unwrap();
    if templates != chart {
        files.retain(|file| !file.name.starts_with("templates/"));
        files.extend(directory::read_files(templates).unwrap());
    }
    let mut chart_loaded = load::from_files(files).unwrap();
    let user = match values_file {
        "" => Map::new(),
        name => values::parse_values(read(&chart.join(name)).as_bytes()).unwrap(),
    };
    let job = Job {
        release: &release(),
        capabilities: &Capabilities::default(),
        host: &TestHost::new(&[]),
        limits: Limits::default(),
        assembly: Assembly::default(),
        schema: SchemaCheck::Enforced,
    };
    let assembled = assemble(&mut chart_loaded, &user, &job).unwrap_or_else(|error| panic!("{error}"));
    let text = template_output(assembled.manifest, &assembled.hooks, &TemplateOutput::default()).unwrap();
    (text, assembled.notes)
}

#[allow(clippy::disallowed_methods, reason = "a test reads files")]
fn read(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    String::from_utf8(bytes).unwrap()
}

/// Without the annotation the same file is a Go template, as in Helm.
#[test]
fn files_are_go_templates_unless_the_chart_asks() {
    let files = [
        ("Chart.yaml".to_owned(), "apiVersion: v2\nname: web\nversion: 1.2.3\n".to_owned()),
        ("templates/t.yaml.j2".to_owned(), "{{ .Release.Name }} {% raw %}".to_owned()),
    ];
    let rendered = run(&files, "", Limits::default()).unwrap();
    assert_eq!(&*rendered["web/templates/t.yaml.j2"], "rel {% raw %}");
}

/// Name, text, and what the error must contain; no text means that it must succeed.
type Hostile = (&'static str, String, Option<&'static str>);

/// Too much to run.
fn runs() -> Vec<Hostile> {
    let doubled = |tail: &str| {
        let text = "{% set x = [x, x] %}{% set y = [y, y] %}".repeat(45);
        format!("{{% set x = [] %}}{{% set y = [] %}}{text}{tail}")
    };
    vec![
        ("endless loop", "{% for i in range(10**12) %}x{% endfor %}".into(), Some("too many elements")),
        (
            "nested loops",
            "{% for i in range(99999) %}{% for j in range(99999) %}x{% endfor %}{% endfor %}".into(),
            Some("took more than"),
        ),
        ("endless macro", "{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}".into(), Some("recursion limit")),
        ("endless include", "{% include 't.yaml.j2' %}".into(), Some("recursion limit")),
        ("extends itself", "{% extends 't.yaml.j2' %}".into(), Some("took more than")),
        ("recursive loop", "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}".into(), Some("recursion limit")),
        ("long text", "{{ 'a' * 1000000000 }}".into(), Some("")),
        ("doubled text", format!("{{% set x = 'aaaaaaaa' %}}{}", "{% set x = x ~ x %}".repeat(64)), Some("took more")),
        ("wide batch", "{{ [1] | batch(1000000000, 'x') | length }}".into(), Some("took more")),
        ("wide format", "{{ '%1000000000d' | format(1) }}".into(), Some("took more")),
        ("wide printf", "{{ printf('%999999999d', 1) }}".into(), None),
        ("wide indent", "{{ 'a' | indent(2000000000) }}".into(), Some("bytes")),
        ("long sequence", "{{ until(2000000000) }}".into(), Some("too long")),
        ("big power", "{{ 9 ** 99999999999 }}".into(), Some("unable to calculate")),
        ("division by zero", "{{ 1 // 0 }}".into(), Some("")),
        ("remainder by zero", "{{ 1 is divisibleby(0) }}".into(), Some("")),
        ("smallest integer", "{{ -9223372036854775808 // -1 }}".into(), None),
        ("added lists", "{% set x = [1] + [2] %}".into(), Some("lists cannot be added")),
        ("repeated list", "{% set x = 3 * [1] %}".into(), Some("lists cannot be added")),
        ("repeated range", "{% set x = 3 * range(3) %}".into(), Some("lists cannot be added")),
        ("doubled list compared", doubled("{{ x == y }}"), Some("took more than")),
        ("doubled list ordered", doubled("{{ x < y }}"), Some("took more than")),
        ("doubled list searched", doubled("{{ x in [y] }}"), Some("took more than")),
        ("doubled list in a text", doubled("{{ (x ~ '') | length }}"), Some("took more")),
        ("doubled list as YAML", doubled("{{ x | toYaml }}"), None),
        ("doubled list as a string", doubled("{{ x | string | length }}"), Some("took more")),
        ("doubled list formatted", doubled("{{ '%s' | format(x) | length }}"), Some("took more")),
        ("doubled list unique", doubled("{{ [x, y] | uniq | length }}"), None),
        (
            "deep list",
            "{% set n = namespace(x=[]) %}{% for i in range(90000) %}{% set n.x = [n.x] %}{% endfor %}done".into(),
            None,
        ),
        ("cyclic map", "{% set n = namespace() %}{% set n.x = n %}{{ (n ~ '') | length }}".into(), None),
        (
            "cyclic maps compared",
            "{% set n = namespace() %}{% set n.x = n %}{% set m = namespace() %}{% set m.x = m %}{{ n == m }}".into(),
            None,
        ),
    ]
}

/// Too much to parse.
fn texts() -> Vec<Hostile> {
    let nest =
        |open: &str, close: &str, count: usize| format!("{{{{ {}1{} }}}}", open.repeat(count), close.repeat(count));
    let chain = |part: &str, count: usize| format!("{{% set a = 'x' %}}{{{{ a{} }}}}", part.repeat(count));
    vec![
        ("parentheses", nest("(", ")", 20_000), Some("500 parts")),
        ("brackets", nest("[", "]", 20_000), Some("500 parts")),
        ("braces", nest("{1:", "}", 20_000), Some("")),
        ("targets", format!("{{% for {}a in x %}}{{% endfor %}}", "(".repeat(20_000)), Some("500 parts")),
        ("not", nest("not ", "", 20_000), Some("500 parts")),
        ("minus", nest("-", "", 20_000), Some("500 parts")),
        ("power", nest("1**", "", 20_000), Some("500 parts")),
        ("ternary", nest("1 if 0 else ", "", 20_000), Some("500 parts")),
        ("sum", nest("1+", "", 20_000), Some("500 parts")),
        ("attributes", chain(".b", 20_000), Some("500 parts")),
        ("calls", chain("()", 20_000), Some("500 parts")),
        ("filters", chain("|upper", 20_000), Some("500 parts")),
        ("tests", chain(" is defined", 20_000), Some("500 parts")),
        ("elif", format!("{{% if 0 %}}{}{{% endif %}}", "{% elif 0 %}".repeat(20_000)), Some("500 elif branches")),
        ("blocks", "{% if 1 %}".repeat(20_000), Some("recursion limits")),
        ("brackets that do not fit", "{{ ]])){ }}".into(), Some("parse error")),
        ("nothing but an opening", "{{".into(), Some("parse error")),
        ("long list", format!("{{{{ [{}] | length }}}}", "1,".repeat(50_000)), Some("Too many arguments")),
    ]
}

#[test]
fn hostile_files_end() {
    // Less than usual, because builds for tests are slow.
    let limits = Limits { instructions: 4_000_000, output: 128 << 20, ..Limits::default() };
    // A render must do with the stack of a thread.
    let work = move || -> Vec<String> {
        let problem = |(name, text, wanted): (&str, String, Option<&str>)| {
            let outcome = run(&[("templates/t.yaml.j2".to_owned(), text)], "", limits);
            let problem = match (outcome, wanted) {
                (Ok(_), None) => return None,
                (Err(error), Some(wanted)) if error.contains(wanted) => return None,
                (Ok(_), Some(wanted)) => format!("succeeds, wanted {wanted}"),
                (Err(error), _) => error.chars().take(400).collect(),
            };
            Some(format!("{name}: {problem}"))
        };
        runs().into_iter().chain(texts()).filter_map(problem).collect()
    };
    let problems = std::thread::Builder::new().stack_size(2 << 20).spawn(work).unwrap().join().unwrap();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// The budget of Go templates is that of Jinja files, too.
#[test]
fn limits_hold() {
    let small = Limits { instructions: 10_000, output: 100_000, ..Limits::default() };
    let file = |text: &str| [("templates/t.yaml.j2".to_owned(), text.to_owned())];
    for (text, wanted) in [
        ("{% for i in range(5000) %}{{ i }}{% endfor %}", "t.yaml.j2:1:"),
        ("{{ 'a' * 200000 }}", "took more than 1562 steps"),
        ("{{ repeat(200000, 'a') }}", "produced more than 100000 bytes"),
        ("{{ until(9000) }}", "produced more than 100000 bytes"),
    ] {
        let error = run(&file(text), "", small).unwrap_err();
        assert!(error.contains(wanted), "{text}: {error}");
    }
    let two = [
        ("templates/a.yaml.j2".to_owned(), "{{ repeat(25000, 'a') | upper | length }}".to_owned()),
        ("templates/b.yaml.j2".to_owned(), "{{ repeat(25000, 'a') | length }}".to_owned()),
    ];
    let error = run(&two, "", small).unwrap_err();
    assert!(error.starts_with("web/templates/a.yaml.j2:1:"), "what b made counts for a: {error}");
}

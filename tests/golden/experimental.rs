//! Charts of the API that Helm tries out (`apiVersion: v3`): Helm makes, shows and lints them, and stops there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use helmx_tests::assets::Assets;
use tempfile::TempDir;

use crate::program::{Outcome, Program};

const GATE: [(&str, &str); 1] = [("HELM_EXPERIMENTAL_CHART_V3", "1")];

fn programs() -> [Program; 2] {
    [Program::helm(Assets::locate().unwrap().binary("helm")), Program::plugin()]
}

/// Charts by name, each with its `Chart.yaml` and one more file.
const CHARTS: [(&str, &str, &str, &str); 13] = [
    ("plain", "apiVersion: v3\nname: plain\nversion: 1.0.0\n", "templates/a.yaml", "a: {{ .Values.b }}\n"),
    ("library", "apiVersion: v3\nname: library\nversion: 1.0.0\ntype: library\n", "values.yaml", "a: 1\n"),
    ("deprecated", "apiVersion: v3\nname: deprecated\nversion: 1.0.0\ndeprecated: true\n", "README.md", "text"),
    ("loose", "apiVersion: v3\nname: loose\nversion: \"1.2\"\n", "values.yaml", "a: 1\n"),
    ("slash", "apiVersion: v3\nname: a/b\nversion: 1.0.0\n", "values.yaml", "a: 1\n"),
    ("nameless", "apiVersion: v3\nversion: 1.0.0\n", "values.yaml", "a: 1\n"),
    ("broken", "apiVersion: v3\nname: [\n", "values.yaml", "a: 1\n"),
    ("values", "apiVersion: v3\nname: values\nversion: 1.0.0\n", "values.yaml", "a: [\n"),
    ("lock", "apiVersion: v3\nname: lock\nversion: 1.0.0\n", "Chart.lock", "a: [\n"),
    (
        "inner",
        "apiVersion: v3\nname: inner\nversion: 1.0.0\n",
        "charts/sub/Chart.yaml",
        "apiVersion: v3\nname: sub\nversion: 1.0.0\n",
    ),
    (
        "outer",
        "apiVersion: v2\nname: outer\nversion: 1.0.0\ndependencies: [{name: sub, version: 1.0.0}]\n",
        "charts/sub/Chart.yaml",
        "apiVersion: v3\nname: sub\nversion: 1.0.0\n",
    ),
    ("later", "apiVersion: v4\nname: later\nversion: 1.0.0\n", "values.yaml", "a: 1\n"),
    ("number", "apiVersion: 3\nname: number\nversion: 1.0.0\n", "values.yaml", "a: 1\n"),
];

fn charts() -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, metadata, file, content) in CHARTS {
        for (path, text) in [("Chart.yaml", metadata), (file, content)] {
            let path = folder.path().join(name).join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
    }
    folder
}

#[test]
fn every_command_ends_as_helms() {
    let (programs, folder) = (programs(), charts());
    let commands =
        ["template rel", "template BAD_NAME", "lint", "show chart", "show all", "dependency list", "package"];
    for (name, ..) in CHARTS {
        for command in commands {
            // Where both succeed the archive is the same file.
            let line: Vec<_> = command.split(' ').chain([name]).collect();
            for env in [&[][..], &GATE] {
                let [helm, ours] = [0, 1].map(|one| programs[one].run_with(&line, folder.path(), env));
                assert_eq!(helm, ours, "{command} {name}");
            }
        }
    }
}

#[test]
fn an_archive_ends_as_a_folder() {
    let (programs, folder) = (programs(), TempDir::new().unwrap());
    for (version, wanted) in [("v3", "invalid chart apiVersion"), ("v4", "unsupported chart version")] {
        let file = folder.path().join(format!("{version}.tgz"));
        let mut archive = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
        let text = format!("apiVersion: {version}\nname: a\nversion: 1.0.0\n");
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        archive.append_data(&mut header, "a/Chart.yaml", text.as_bytes()).unwrap();
        std::fs::write(&file, archive.into_inner().unwrap().finish().unwrap()).unwrap();
        for command in ["template", "lint", "show all", "dependency list"] {
            let path = file.to_string_lossy().into_owned();
            let line: Vec<_> = command.split(' ').chain([path.as_str()]).collect();
            let [helm, ours] = [0, 1].map(|one| programs[one].run(&line, folder.path()));
            assert_eq!(helm, ours, "{command}");
            assert!(command != "template" || ours.stderr == format!("Error: {wanted}\n"), "{}", ours.stderr);
        }
    }
}

#[test]
fn dependencies_are_stored_but_not_rendered() {
    let make = || {
        let folder = TempDir::new().unwrap();
        for (name, more) in
            [("app", "dependencies: [{name: base, version: 1.x.x, repository: \"file://../base\"}]\n"), ("base", "")]
        {
            let chart = folder.path().join(name);
            std::fs::create_dir(&chart).unwrap();
            let text = format!("apiVersion: v3\nname: {name}\nversion: 1.4.0\n{more}");
            std::fs::write(chart.join("Chart.yaml"), text).unwrap();
        }
        folder
    };
    let [helm, ours] = programs().map(|program| {
        let folder = make();
        let lines = [["dependency", "update", "app"], ["dependency", "build", "app"], ["dependency", "list", "app"]];
        let outcomes = lines.map(|line| program.run(&line, folder.path()));
        (
            outcomes,
            program.run(&["package", "-u", "app"], folder.path()),
            files(folder.path()).into_keys().collect::<Vec<_>>(),
        )
    });
    assert_eq!(helm, ours);
    // Helm crashes here (index out of range in its accessor).
    let folder = make();
    let outcome = Program::plugin().run(&["template", "app"], folder.path());
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(1), "Error: invalid chart apiVersion\n"));
}

#[test]
fn create_makes_them_behind_the_gate() {
    let starter = charts();
    let plain = starter.path().join("plain").to_string_lossy().into_owned();
    let missing = starter.path().join("nosuch").to_string_lossy().into_owned();
    let lines: [&[&str]; 6] = [
        &["create", "web", "--chart-api-version", "v3"],
        &["create", "a b", "--chart-api-version=v3"],
        &["create", "no/such", "--chart-api-version=v3"],
        &["create", "web", "--chart-api-version=v3", "--starter", &plain],
        &["create", "web", "--chart-api-version=v3", "--starter", &missing],
        &["create", "web", "--chart-api-version=v5"],
    ];
    for (line, env) in lines.iter().flat_map(|line| [(line, &[][..]), (line, &GATE)]) {
        let [helm, ours] = programs().map(|program| {
            let folder = TempDir::new().unwrap();
            let outcome = program.run_with(line, folder.path(), env);
            let made = files(folder.path());
            let metadata = made.get(Path::new("web/Chart.yaml")).cloned().unwrap_or_default();
            let api = metadata.lines().find(|line| line.starts_with("apiVersion")).map(str::to_owned);
            (plainly(outcome, folder.path()), made.into_keys().collect::<Vec<_>>(), api)
        });
        assert_eq!(helm, ours, "{line:?} {env:?}");
    }
    let [helm, ours] = programs().map(|program| {
        let folder = TempDir::new().unwrap();
        let again = || plainly(program.run_with(lines[0], folder.path(), &GATE), folder.path());
        [again(), again()]
    });
    assert_eq!(helm, ours);
}

/// Messages without the folder of the run.
fn plainly(mut outcome: Outcome, folder: &Path) -> Outcome {
    let folder = folder.canonicalize().unwrap().to_string_lossy().into_owned();
    outcome.stderr = outcome.stderr.replace(&folder, "FOLDER");
    outcome
}

/// Relative paths and texts of all files below a folder.
fn files(folder: &Path) -> BTreeMap<PathBuf, String> {
    let (mut found, mut folders) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for path in std::fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
                found.insert(path.strip_prefix(folder).unwrap().to_owned(), text);
            }
        }
    }
    found
}

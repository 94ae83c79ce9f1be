//! Files that commands write: archives, charts/, locks, new charts, rendered folders; `helm` must take them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use helmx_tests::assets::{Assets, shared};
use helmx_tests::repository::Repository;
use tempfile::TempDir;

use crate::program::{Outcome, Program};

fn helm() -> Program {
    Program::helm(Assets::locate().unwrap().binary("helm"))
}

fn chart(name: &str) -> String {
    let path = shared().join("helm-golden/testdata/testcharts").join(name);
    path.canonicalize().unwrap().to_string_lossy().into_owned()
}

fn done(outcome: Outcome) -> String {
    assert_eq!(outcome.code, Some(0), "{}{}", outcome.stdout, outcome.stderr);
    outcome.stdout
}

/// Relative paths and contents of all files below a folder.
fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(path.strip_prefix(folder).unwrap().to_owned(), std::fs::read(&path).unwrap());
            }
        }
    }
    files
}

#[test]
fn a_new_chart_lints_and_renders_clean_with_both() {
    let (helm, plugin) = (helm(), Program::plugin());
    let [ours, theirs] = [&plugin, &helm].map(|program| {
        let folder = TempDir::new().unwrap();
        done(program.run(&["create", "web"], folder.path()));
        folder
    });
    let names = |folder: &TempDir| tree(folder.path()).into_keys().collect::<Vec<_>>();
    assert_eq!(names(&ours), names(&theirs));
    assert!(ours.path().join("web/charts").is_dir());
    let everything = ["--set", "ingress.enabled=true,httpRoute.enabled=true,autoscaling.enabled=true,podLabels.a=b"];
    for flags in [&[][..], &everything[..]] {
        let lint = [&["lint", "web", "--strict"], flags].concat();
        let linted = done(helm.run(&lint, ours.path()));
        assert_eq!(done(plugin.run(&lint, ours.path())), linted);
        let template = [&["template", "web"], flags].concat();
        assert_eq!(done(plugin.run(&template, ours.path())), done(helm.run(&template, ours.path())));
    }
}

#[test]
fn a_new_chart_from_a_starter() {
    let (helm, plugin) = (helm(), Program::plugin());
    let [ours, theirs] = [&plugin, &helm].map(|program| {
        let folder = TempDir::new().unwrap();
        done(program.run(&["create", "web", "--starter", &chart("subchart")], folder.path()));
        let refused = program.run(&["create", "bad", "--starter", "/no/such/starter"], folder.path());
        assert_eq!(refused.code, Some(1), "{}", refused.stderr);
        folder
    });
    let plain = |folder: &TempDir| {
        let mut files = tree(folder.path());
        // Archives are compared by their names: their bytes depend on the program that compressed them.
        files
            .iter_mut()
            .filter(|(path, _)| path.extension().is_some_and(|tgz| tgz == "tgz"))
            .for_each(|(_, b)| b.clear());
        files
    };
    assert_eq!(plain(&ours), plain(&theirs));
}

#[test]
fn an_archive_is_reproducible_and_helm_takes_it() {
    let (helm, plugin) = (helm(), Program::plugin());
    let stamp = [("SOURCE_DATE_EPOCH", "1700000000")];
    let subchart = chart("subchart");
    let pack = |program: &Program| {
        let folder = TempDir::new().unwrap();
        let line = ["package", &subchart, "--version", "1.2.3", "--app-version", "9"];
        done(program.run_with(&line, folder.path(), &stamp));
        let files = tree(folder.path());
        assert_eq!(files.len(), 1);
        (folder, files)
    };
    let (ours, first) = pack(&plugin);
    let (_, second) = pack(&plugin);
    assert!(first == second, "two runs differ");
    let unpacked = |folder: &TempDir| {
        let bytes = std::fs::read(folder.path().join("subchart-1.2.3.tgz")).unwrap();
        let mut tar = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(bytes.as_slice()), &mut tar).unwrap();
        tar
    };
    // Helm packs sub-charts in an order of its own in one run of ten.
    let theirs = (0..8).map(|_| pack(&helm).0).find(|theirs| unpacked(&ours) == unpacked(theirs));
    let theirs = theirs.expect("the tar streams differ");
    let template = ["template", "subchart-1.2.3.tgz", "--kube-version", "1.30"];
    assert_eq!(done(helm.run(&template, ours.path())), done(helm.run(&template, theirs.path())));
}

#[test]
fn rendered_folders_are_the_same() {
    let (helm, plugin) = (helm(), Program::plugin());
    let subchart = chart("subchart");
    for flags in [&["--include-crds"][..], &["--release-name", "--skip-tests"], &["--no-hooks"]] {
        let line = [&["template", "rel", &subchart, "--output-dir", "out"], flags].concat();
        let render = |program: &Program| {
            let folder = TempDir::new().unwrap();
            let first = program.run(&line, folder.path());
            // What is there already is replaced.
            let again = program.run(&line, folder.path());
            (first, again, tree(folder.path()))
        };
        let (wanted, got) = (render(&helm), render(&plugin));
        assert_eq!(wanted, got, "{flags:?}");
    }
}

#[test]
fn dependencies_from_folders() {
    let (helm, plugin) = (helm(), Program::plugin());
    let stamp = [("SOURCE_DATE_EPOCH", "1700000000")];
    let make = |range: &str| {
        let folder = TempDir::new().unwrap();
        for (name, extra) in [
            ("app", format!("dependencies:\n- name: base\n  version: \"{range}\"\n  repository: file://../base\n")),
            ("base", String::new()),
        ] {
            let chart = folder.path().join(name);
            std::fs::create_dir_all(chart.join("templates")).unwrap();
            std::fs::write(chart.join("Chart.yaml"), format!("apiVersion: v2\nname: {name}\nversion: 1.4.0\n{extra}"))
                .unwrap();
            std::fs::write(chart.join("values.yaml"), "a: 1\n").unwrap();
        }
        std::fs::create_dir(folder.path().join("app/charts")).unwrap();
        std::fs::copy(chart("compressedchart-0.1.0.tgz"), folder.path().join("app/charts/old-0.1.0.tgz")).unwrap();
        folder
    };
    let steps: [&[&str]; 4] = [
        &["dependency", "update", "app"],
        &["dependency", "build", "app"],
        &["dependency", "list", "app"],
        &["template", "app"],
    ];
    for range in ["^1.2", "1.4.0", ">2", "no range"] {
        let run = |program: &Program| {
            let folder = make(range);
            let outcomes = steps.map(|step| program.run_with(step, folder.path(), &stamp));
            let mut files: Vec<_> = tree(folder.path()).into_keys().collect();
            files.sort();
            let lock = std::fs::read_to_string(folder.path().join("app/Chart.lock")).unwrap_or_default();
            let lock = lock.lines().filter(|line| !line.starts_with("generated:")).collect::<Vec<_>>().join("\n");
            (outcomes, files, lock)
        };
        assert_eq!(run(&helm), run(&plugin), "{range}");
    }
}

/// What a run of `dependency update` says when the repository is not what it should be.
#[test]
fn dependencies_from_a_repository() {
    let place = TempDir::new().unwrap();
    let charts = place.path().join("charts");
    std::fs::create_dir(&charts).unwrap();
    std::fs::copy(chart("compressedchart-0.1.0.tgz"), charts.join("compressedchart-0.1.0.tgz")).unwrap();
    std::fs::copy(chart("compressedchart-0.2.0.tgz"), charts.join("compressedchart-0.2.0.tgz")).unwrap();
    let server = Repository::serve(&charts, place.path()).unwrap();
    let authority = server.authority.to_string_lossy().into_owned();
    let access = ["--ca-file", &authority, "--username", server.username, "--password", server.password];
    let plugin = Program::plugin();
    let update = |name: &str, range: &str, access: &[&str]| {
        let folder = TempDir::new().unwrap();
        let entry = format!("{{name: {name}, version: \"{range}\", repository: \"{}\"}}", server.url);
        let text = format!("apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies:\n- {entry}\n");
        std::fs::write(folder.path().join("Chart.yaml"), text).unwrap();
        let outcome = plugin.run(&[&["dependency", "update"], access].concat(), folder.path());
        (outcome, tree(folder.path()).into_keys().map(|path| path.to_string_lossy().into_owned()).collect::<Vec<_>>())
    };
    let (outcome, files) = update("compressedchart", "0.x", &access);
    done(outcome);
    assert_eq!(files, ["Chart.lock", "Chart.yaml", "charts/compressedchart-0.2.0.tgz"]);
    for (name, range, access, wanted) in [
        ("compressedchart", "0.x", &access[..2], "401"),
        ("compressedchart", "0.x", &access[2..], "certificate"),
        ("compressedchart", ">1", &access[..], "can't get a valid version for 1 subchart(s)"),
        ("nothing", "*", &access[..], "nothing chart not found in repo"),
    ] {
        let (outcome, files) = update(name, range, access);
        assert_eq!((outcome.code, files.as_slice()), (Some(1), &["Chart.yaml".to_owned()][..]), "{}", outcome.stderr);
        assert!(outcome.stderr.contains(wanted), "{wanted}: {}", outcome.stderr);
        assert!(!outcome.stderr.contains(server.password));
    }
}

#[test]
fn a_changed_list_needs_an_update() {
    let (helm, plugin) = (helm(), Program::plugin());
    for program in [&helm, &plugin] {
        let folder = TempDir::new().unwrap();
        let app = folder.path().join("app");
        std::fs::create_dir(&app).unwrap();
        let text =
            "apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies:\n- {name: x, version: 1.x.x, repository: \"\"}\n";
        std::fs::write(app.join("Chart.yaml"), text).unwrap();
        std::fs::write(
            app.join("Chart.lock"),
            "dependencies: []\ndigest: sha256:0\ngenerated: \"2020-01-01T00:00:00Z\"\n",
        )
        .unwrap();
        let outcome = program.run(&["dependency", "build", "app"], folder.path());
        let wanted = "Error: the lock file (Chart.lock) is out of sync with the dependencies file (Chart.yaml). \
                      Please update the dependencies with 'helm dependency update'\n";
        assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(1), wanted));
    }
}

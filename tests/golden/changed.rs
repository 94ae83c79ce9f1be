//! `helm template` and now and then `helm lint` of real charts whose values were changed by chance: both programs side by
//! side, so that branches are taken which no published values file takes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use helmx_chart::{Chart, archive};
use helmx_tests::assets::{Assets, shared};
use helmx_tests::random::Random;
use helmx_tests::varying;
use helmx_yaml::{Data, Map};

use crate::program::{Outcome, Program};

/// How many runs there are; `HELMX_CHANGED` names another number.
const RUNS: usize = 32;

/// What the choices follow from; `HELMX_SEED` names another number.
const SEED: usize = 1;

const PARALLEL: usize = 2;

/// How often helm may run for one comparison, where its own runs differ.
const ATTEMPTS: usize = 4;

/// Words that charts compare values with.
const WORDS: &[&str] = &[
    "",
    "changed",
    "a: b",
    "true",
    "12",
    "0",
    "two\nlines\n",
    "{{ .Release.Name }}-x",
    "{{ .Values.nothing.here }}",
    "{{ bad",
    "ClusterIP",
    "LoadBalancer",
    "NodePort",
    "None",
    "-",
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "existing",
    "standalone",
    "replication",
    "sentinel",
    "cluster",
    "100m",
    "1Gi",
    "v1.2.3",
    "latest",
    "Always",
    "host.example.com",
    "*",
    "/",
    "/a/b",
    "a,b",
    "null",
    "~",
    "é",
    " padded ",
    "soft",
    "hard",
    "RollingUpdate",
    "Recreate",
    "postgresql",
    "mysql",
    "s3",
    "json",
];

/// Flags that one in three runs gets.
const FLAGS: &[&[&str]] = &[
    &["--is-upgrade"],
    &["--include-crds"],
    &["--skip-tests"],
    &["--no-hooks"],
    &["--kube-version", "1.19.0"],
    &["--kube-version", "v1.25.3-gke.100"],
    &["--kube-version", "1.33"],
    &["--api-versions", "monitoring.coreos.com/v1"],
    &["--api-versions", "networking.k8s.io/v1/Ingress"],
    &["--api-versions", "cert-manager.io/v1"],
    &["--api-versions", "policy/v1beta1/PodSecurityPolicy"],
    &["--api-versions", "route.openshift.io/v1"],
    &["--name-template", "{{ \"a\" }}-b"],
    &["--skip-schema-validation"],
    &["--set", "global.imageRegistry=r.example.com"],
    &["--set-string", "nameOverride=123"],
    &["--set", "fullnameOverride=full"],
    &["--set", "replicaCount=null"],
    &["--set-json", "extra={\"a\":[1,null]}"],
    &["--render-subchart-notes"],
    &["--release-name"],
    &["--validate=false"],
];

/// Flags of `lint`, each in one of three runs of it.
const LINT_FLAGS: &[&str] = &["--strict", "--with-subcharts", "--quiet", "--kube-version=1.22.0"];

fn number(name: &str, otherwise: usize) -> usize {
    std::env::var(name).ok().map_or(otherwise, |text| text.parse().unwrap())
}

/// The paths at which there are values, and those that templates name.
fn paths(chart: &Chart) -> Vec<Vec<String>> {
    let mut found = BTreeSet::new();
    collect(chart, &mut Vec::new(), &mut found);
    found.into_iter().collect()
}

fn collect(chart: &Chart, prefix: &mut Vec<String>, found: &mut BTreeSet<Vec<String>>) {
    walk(&chart.values, prefix, found);
    for template in &chart.templates {
        for rest in template.text().split(".Values.").skip(1) {
            let end = rest.find(|next: char| !(next.is_ascii_alphanumeric() || "_.".contains(next)));
            let named = rest[..end.unwrap_or(rest.len())].split('.').filter(|name| !name.is_empty()).map(str::to_owned);
            let path: Vec<_> = prefix.iter().cloned().chain(named).collect();
            if path.len() > prefix.len() {
                found.insert(path);
            }
        }
    }
    for dependency in &chart.dependencies {
        prefix.push(dependency.name().to_owned());
        collect(dependency, prefix, found);
        prefix.pop();
    }
}

fn walk(values: &Map, prefix: &mut Vec<String>, found: &mut BTreeSet<Vec<String>>) {
    for (key, value) in values {
        prefix.push(key.clone());
        found.insert(prefix.clone());
        if let Data::Map(inner) = value {
            walk(inner, prefix, found);
        }
        prefix.pop();
    }
}

/// The default at a path, the sub-charts' own included.
fn default<'a>(chart: &'a Chart, path: &[String]) -> Option<&'a Data> {
    let (first, rest) = path.split_first()?;
    let own = rest.iter().try_fold(chart.values.get(first)?, |value, key| value.get(key));
    own.or_else(|| default(chart.dependencies.iter().find(|one| one.name() == first)?, rest))
}

/// Another value than the default; mostly one of the same kind.
fn other(random: &mut Random, value: Option<&Data>) -> Data {
    if random.once_in(8) {
        return any(random);
    }
    match value {
        Some(Data::Bool(set)) => Data::Bool(!set),
        Some(Data::Int(_) | Data::Float(_)) => numeral(random),
        Some(Data::String(_)) => word(random),
        Some(Data::List(items)) => {
            let mut items = items.clone();
            match random.below(3) {
                0 => items.clear(),
                1 => items.push(any(random)),
                _ => items.push(Data::Map(pair("name", word(random)))),
            }
            Data::List(items)
        }
        Some(Data::Map(_)) => Data::Map(match random.below(3) {
            0 => pair("enabled", Data::Bool(true)),
            1 => pair("added", any(random)),
            _ => pair(["name", "key", "existingSecret"][random.below(3)], word(random)),
        }),
        None | Some(Data::Null) => any(random),
    }
}

fn any(random: &mut Random) -> Data {
    match random.below(9) {
        0 => Data::Null,
        1 => Data::Bool(random.once_in(2)),
        2 => numeral(random),
        3 => Data::List(vec![word(random)]),
        4 => Data::List(vec![Data::Map(pair("name", word(random)))]),
        5 => Data::Map(pair("a", word(random))),
        6 => Data::List(Vec::new()),
        7 => Data::Map(Map::new()),
        _ => word(random),
    }
}

fn numeral(random: &mut Random) -> Data {
    const INTEGERS: [i64; 8] = [0, 1, 2, 3, -1, 8080, 1_000_000, 4_294_967_296];
    match random.below(10) {
        8 => Data::Float(1.5),
        9 => Data::String("7".to_owned()),
        index => Data::Int(INTEGERS[index]),
    }
}

fn word(random: &mut Random) -> Data {
    Data::String(random.pick(WORDS).to_owned())
}

fn pair(key: &str, value: Data) -> Map {
    Map::from([(key.to_owned(), value)])
}

/// Puts a value below its path; what was decided before stays where both meet.
fn put(values: &mut Map, path: &[String], value: Data) {
    let Some((first, rest)) = path.split_first() else { return };
    if rest.is_empty() {
        values.entry(first.clone()).or_insert(value);
    } else if let Data::Map(inner) = values.entry(first.clone()).or_insert_with(|| Data::Map(Map::new())) {
        put(inner, rest, value);
    }
}

/// One to six changes; switches are turned more often than their number would have it.
fn change(random: &mut Random, chart: &Chart, paths: &[Vec<String>]) -> Map {
    let is_switch =
        |path: &&Vec<String>| path.last().is_some_and(|name| ["enabled", "create"].contains(&name.as_str()));
    let switches: Vec<_> = paths.iter().filter(is_switch).collect();
    let mut values = Map::new();
    for _ in 0..=random.below(6) {
        let path = match switches.is_empty() || random.once_in(2) {
            true if paths.is_empty() => break,
            true => &paths[random.below(paths.len())],
            false => switches[random.below(switches.len())],
        };
        put(&mut values, path, other(random, default(chart, path)));
    }
    values
}

/// Whether the plugin prints what helm prints; where helm's own runs differ, what they agree about.
fn difference(helm: &Outcome, plugin: &Outcome, again: impl Fn() -> Outcome) -> Option<String> {
    if helm == plugin {
        return None;
    }
    let mut last = String::new();
    for _ in 1..ATTEMPTS {
        let other = again();
        if other == *plugin {
            return None;
        }
        if helm.code != plugin.code || !says_the_same(&helm.stderr, &other.stderr, &plugin.stderr) {
            last = format!(
                "exit {:?}, helm {:?}\n--- helm\n{}--- plugin\n{}",
                plugin.code, helm.code, helm.stderr, plugin.stderr
            );
            continue;
        }
        // What lint says of values comes in the order of Go's maps, too.
        if helm.stdout.starts_with("==> Linting") && says_the_same(&helm.stdout, &other.stdout, &plugin.stdout) {
            return None;
        }
        match varying::lines(helm.stdout.as_bytes(), other.stdout.as_bytes(), plugin.stdout.as_bytes()) {
            Ok(_) => return None,
            Err(error) => last = error,
        }
    }
    Some(last)
}

/// Warnings about values that were merged, and what is wrong with them, come in the order of Go's maps; and a message may
/// name keys in it.
fn says_the_same(helm: &str, again: &str, plugin: &str) -> bool {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    let words = |text: &str| text.split([' ', ',', '\n']).map(str::to_owned).collect::<BTreeSet<_>>();
    lines(helm) == lines(plugin) || (helm != again && words(helm) == words(plugin))
}

#[test]
fn renders_changed_values_as_helm_does() {
    let (helm, plugin) = (Program::helm(Assets::locate().unwrap().binary("helm")), Program::plugin());
    let folder = shared().join("corpus").canonicalize().unwrap();
    let mut charts: Vec<_> = std::fs::read_dir(folder.join("charts")).unwrap().map(|one| one.unwrap().path()).collect();
    charts.sort();
    let (runs, seed) = (number("HELMX_CHANGED", RUNS), number("HELMX_SEED", SEED));
    let (next, failed, problems) = (AtomicUsize::new(0), AtomicUsize::new(0), Mutex::new(Vec::new()));
    let files = tempfile::tempdir().unwrap();
    let run = |index: usize| {
        let mut random = Random::new((seed * 1_000_003 + index) as u64);
        let chart = &charts[random.below(charts.len())];
        let arguments = arguments(&mut random, chart, &files.path().join(format!("{index}.yaml")));
        let outcome = helm.run(&arguments, &folder);
        failed.fetch_add(usize::from(outcome.code != Some(0)), Ordering::Relaxed);
        let found = difference(&outcome, &plugin.run(&arguments, &folder), || helm.run(&arguments, &folder))?;
        let values = std::fs::read_to_string(files.path().join(format!("{index}.yaml"))).unwrap();
        Some(format!("run {index} of seed {seed}: {}\n{values}{found}", arguments.join(" ")))
    };
    std::thread::scope(|scope| {
        for _ in 0..PARALLEL {
            scope.spawn(|| {
                while let Some(index) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|index| *index < runs) {
                    problems.lock().unwrap().extend(run(index));
                }
            });
        }
    });
    let problems = problems.into_inner().unwrap();
    println!("changed values: {} of {runs} equal, {failed:?} of them errors", runs - problems.len());
    assert!(charts.len() > 250 && problems.is_empty(), "{} differ:\n{}", problems.len(), problems.join("\n\n"));
}

/// The command line of one run, and its values file.
fn arguments(random: &mut Random, path: &Path, values: &PathBuf) -> Vec<String> {
    let chart = archive::load(&std::fs::read(path).unwrap()).unwrap();
    let changed = change(random, &chart, &paths(&chart));
    std::fs::write(values, helmx_yaml::encode(&Data::Map(changed)).unwrap()).unwrap();
    let command: &[&str] = if random.once_in(6) { &["lint"] } else { &["template", "rel"] };
    let mut arguments: Vec<String> = command.iter().map(ToString::to_string).collect();
    arguments.extend(["-n", "ns", "-f", &values.display().to_string(), &path.display().to_string()].map(str::to_owned));
    if command == ["lint"] {
        arguments.extend(LINT_FLAGS.iter().filter(|_| random.once_in(3)).map(ToString::to_string));
        return arguments;
    }
    if random.once_in(3) {
        arguments.extend(FLAGS[random.below(FLAGS.len())].iter().map(ToString::to_string));
    }
    arguments
}

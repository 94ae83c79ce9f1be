//! `helm template` and now and then `helm lint` of real charts whose values were changed by chance: both programs side by
//! side, so that branches are taken which no published values file takes.

use std::collections::BTreeSet;
use std::path::Path;

use helmx_chart::{Chart, archive};
use helmx_tests::random::Random;
use helmx_yaml::{Data, Map};

use crate::chance::{self, Case};

const RUNS: usize = 32;

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

#[test]
fn renders_changed_values_as_helm_does() {
    let charts = chance::charts(u64::MAX);
    assert!(charts.len() > 250);
    chance::side_by_side("changed values", RUNS, &|random, folder| {
        let values = folder.join("values.yaml");
        let chart = &charts[random.below(charts.len())];
        let arguments = arguments(random, chart, &values);
        let shown = format!("{}\n{}", arguments.join(" "), std::fs::read_to_string(&values).unwrap());
        Some(Case { arguments, shown })
    });
}

/// The command line of one run, and its values file.
fn arguments(random: &mut Random, path: &Path, values: &Path) -> Vec<String> {
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

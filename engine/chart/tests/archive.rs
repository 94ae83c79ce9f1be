//! Archives: every chart of the corpus loads, and what could do harm does not.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(
    clippy::disallowed_methods,
    clippy::too_many_lines,
    clippy::type_complexity,
    reason = "tables of cases, and real files"
)]

use std::io::Write;
use std::sync::Arc;
use std::time::Instant;

use flate2::Compression;
use flate2::write::GzEncoder;
use helmx_chart::archive::{load, load_any_api, load_lazily};
use helmx_chart::beside::Beside;
use helmx_chart::early::Early;
use helmx_chart::load::Api;

fn corpus() -> Vec<std::path::PathBuf> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus/charts");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

#[test]
fn corpus_loads() {
    let (mut failed, mut slowest) = (Vec::new(), (0, String::new()));
    let start = Instant::now();
    let paths = corpus();
    for path in &paths {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let begun = Instant::now();
        match load(&std::fs::read(path).unwrap()) {
            Err(error) => failed.push(format!("{name}: {error}")),
            Ok(chart) if chart.templates.is_empty() && chart.dependencies.is_empty() => {
                failed.push(format!("{name}: empty"))
            }
            Ok(_) => slowest = slowest.max((begun.elapsed().as_millis(), name)),
        }
    }
    println!("{} archives in {:?}, slowest {slowest:?}", paths.len(), start.elapsed());
    assert!(paths.len() > 200 && failed.is_empty(), "{}", failed.join("\n"));
}

/// One entry: name as raw bytes, type flag, content.
fn archive(entries: &[(&str, u8, &[u8])]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    for (name, kind, content) in entries {
        let mut header = tar::Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(tar::EntryType::new(*kind));
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        encoder.write_all(header.as_bytes()).unwrap();
        encoder.write_all(content).unwrap();
        encoder.write_all(&vec![0; content.len().next_multiple_of(512) - content.len()]).unwrap();
    }
    encoder.write_all(&[0; 1024]).unwrap();
    encoder.finish().unwrap()
}

const CHART: &[u8] = b"apiVersion: v2\nname: c\nversion: 1.0.0\n";

#[test]
fn harm_is_refused() {
    let big = vec![0; 60 << 20];
    let cases: &[(&str, &[(&str, u8, &[u8])], &str)] = &[
        ("parent", &[("c/../../x", b'0', b"x")], "chart illegally references parent directory"),
        ("absolute", &[("c//etc/passwd", b'0', b"x")], "chart illegally contains absolute paths"),
        ("no folder", &[("Chart.yaml", b'0', CHART)], "chart illegally contains content outside the base directory"),
        ("drive", &[("c/c:/x", b'0', b"x")], "chart contains illegally named files"),
        ("backslash", &[("c\\..\\..\\x", b'0', b"x")], "chart illegally references parent directory"),
        ("file as folder", &[("Chart.yaml/x", b'0', b"x")], "chart yaml not in base directory"),
        (
            "symbolic link",
            &[("c/x", b'2', b"")],
            "chart archive holds \"c/x\", which is a link or a device; pack the chart again with regular files",
        ),
        (
            "device",
            &[("c/x", b'3', b"")],
            "chart archive holds \"c/x\", which is a link or a device; pack the chart again with regular files",
        ),
        ("empty", &[], "no files in chart archive"),
        ("folders only", &[("c/", b'5', b"")], "no files in chart archive"),
        ("no metadata", &[("c/values.yaml", b'0', b"a: 1")], "unable to detect chart version, no Chart.yaml found"),
        (
            "bomb",
            &[("c/Chart.yaml", b'0', CHART), ("c/a", b'0', &big), ("c/b", b'0', &big)],
            "decompressed chart is larger than the maximum size 104857600",
        ),
        (
            "name",
            &[("c/Chart.yaml", b'0', b"apiVersion: v2\nname: ../x\nversion: 1.0.0")],
            "validation: chart.metadata.name \"../x\" is invalid",
        ),
        (
            "dots",
            &[("c/Chart.yaml", b'0', b"apiVersion: v2\nname: ..\nversion: 1.0.0")],
            "validation: chart.metadata.name \"..\" is not allowed",
        ),
        (
            "alias",
            &[(
                "c/Chart.yaml",
                b'0',
                b"apiVersion: v2\nname: c\nversion: 1.0.0\ndependencies: [{name: d, alias: a/b}]",
            )],
            "validation: dependency \"d\" has disallowed characters in the alias",
        ),
        (
            "null maintainer",
            &[("c/Chart.yaml", b'0', b"apiVersion: v2\nname: c\nversion: 1.0.0\nmaintainers: [null]")],
            "validation: maintainers must not contain empty or null nodes",
        ),
        (
            "null dependency",
            &[("c/Chart.yaml", b'0', b"apiVersion: v2\nname: c\nversion: 1.0.0\ndependencies: [null]")],
            "validation: dependencies must not contain empty or null nodes",
        ),
        (
            "list",
            &[("c/Chart.yaml", b'0', b"- a")],
            "cannot load Chart.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type loader.chartBase",
        ),
        (
            "typed",
            &[("c/Chart.yaml", b'0', b"apiVersion: v2\nname: [c]")],
            "cannot load Chart.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go struct field .name of type string",
        ),
        ("version", &[("c/Chart.yaml", b'0', b"apiVersion: v9\nname: c")], "unsupported chart version"),
        (
            "experiment",
            &[("c/Chart.yaml", b'0', b"apiVersion: v3\nname: c\nversion: 1.0.0")],
            "invalid chart apiVersion",
        ),
        (
            "experiment, broken",
            &[("c/Chart.yaml", b'0', b"apiVersion: v3\nname: c")],
            "validation: chart.metadata.version is required",
        ),
        (
            "values",
            &[("c/Chart.yaml", b'0', CHART), ("c/values.yaml", b'0', b"- a")],
            "cannot load values.yaml: cannot unmarshal yaml document: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}",
        ),
        (
            "sub-chart",
            &[("c/Chart.yaml", b'0', CHART), ("c/charts/d/x", b'0', b"")],
            "error unpacking subchart d in c: Chart.yaml file is missing",
        ),
        (
            "sub-archive",
            &[("c/Chart.yaml", b'0', CHART), ("c/charts/d.tgz", b'0', b"no")],
            "error unpacking subchart d.tgz in c: does not appear to be a gzipped archive; got 'text/plain; charset=utf-8'",
        ),
    ];
    for (name, entries, wanted) in cases {
        let error = load(&archive(entries)).expect_err(name);
        assert_eq!(error.to_string(), *wanted, "{name}");
    }
}

#[test]
fn what_is_allowed() {
    let inner = archive(&[("d/Chart.yaml", b'0', b"apiVersion: v1\nname: d\nversion: 0.1.0")]);
    let chart = load(&archive(&[
        ("c/values.yaml", b'0', b"\xEF\xBB\xBFa: 1\n---\nb: 2\n"),
        ("c/Chart.yaml", b'0', CHART),
        ("c/templates/a.yaml", b'0', b"x"),
        ("c/charts/d-0.1.0.tgz", b'0', &inner),
        ("c/charts/d-0.1.0.tgz.prov", b'0', b"signed"),
        ("c/charts/_hidden/x", b'0', b""),
        ("c/crds/a.YAML", b'0', b"crd"),
    ]))
    .unwrap();
    assert_eq!(helmx_yaml::json::encode(&helmx_yaml::Data::Map(chart.values.clone())).unwrap(), r#"{"a":1,"b":2}"#);
    assert_eq!(chart.dependencies[0].name(), "d");
    assert_eq!(chart.crds()[0].path, "c/crds/a.YAML");
    let files: Vec<_> = chart.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(files, ["charts/d-0.1.0.tgz.prov", "crds/a.YAML"]);
}

/// Large files of `crds/` stay in the archive until somebody looks at them, and nobody can tell.
#[test]
fn left_in_the_archive() {
    let mut templates = 0;
    for path in corpus()
        .iter()
        .filter(|path| path.to_string_lossy().contains("crd") || path.ends_with("kube-prometheus-stack-88.5.3.tgz"))
    {
        let bytes = Arc::new(std::fs::read(path).unwrap());
        let mut told = |path: &str, text: &Arc<[u8]>| {
            assert!(path.contains("/templates/"), "{path}");
            templates += usize::from(!text.is_empty());
        };
        let lazy = load_lazily(&bytes, &mut Early::new(&Beside::default(), &mut told), Api::Any);
        assert_eq!(lazy.unwrap(), load_any_api(&bytes).unwrap(), "{}", path.display());
        for part in 1..8 {
            let cut = Arc::new(bytes[..bytes.len() * part / 8].to_vec());
            let lazy = load_lazily(&cut, &mut Early::default(), Api::Any);
            let faults = [lazy, load_any_api(&cut)].map(|one| one.unwrap_err().to_string());
            assert_eq!(faults[0], faults[1], "{}", path.display());
        }
    }
    assert!(templates > 100);
}

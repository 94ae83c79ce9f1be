//! What `helm template` prints, from Helm's own output put through again; capabilities; `helm show`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "real files")]

use std::path::{Path, PathBuf};

use helmx_chart::capabilities::{Capabilities, KubeVersion};
use helmx_chart::manifest::{Hook, HookEvent, TemplateOutput, template_output};
use helmx_chart::show::{Part, show};
use helmx_chart::{directory, index, release};

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/helm-golden/testdata")
}

#[test]
fn show_only_of_helm() {
    let read = |name: &str| std::fs::read_to_string(golden().join("output").join(name)).unwrap();
    let whole = read("template.txt");
    let cases: &[(&[&str], &str)] = &[
        (&["templates/service.yaml"], "template-show-only-one.txt"),
        (&["templates/service.yaml", "charts/subcharta/templates/service.yaml"], "template-show-only-multiple.txt"),
        (&["templates/subdir/role*"], "template-show-only-glob.txt"),
    ];
    for (patterns, wanted) in cases {
        let show_only = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
        let shown = template_output(whole.clone(), &[], &TemplateOutput { show_only, ..TemplateOutput::default() });
        assert_eq!(shown.unwrap(), read(wanted), "{wanted}");
    }
    let options = TemplateOutput { show_only: vec!["templates/no.yaml".to_owned()], ..TemplateOutput::default() };
    let error = template_output(whole, &[], &options).unwrap_err().to_string();
    assert_eq!(error, "could not find template templates/no.yaml in chart");
}

#[test]
fn hooks_come_last_or_not_at_all() {
    let hook = |event, name: &str| Hook {
        path: format!("c/templates/{name}.yaml"),
        manifest: format!("name: {name}\n"),
        events: vec![event],
        ..Hook::default()
    };
    let hooks = [hook(HookEvent::PreInstall, "a"), hook(HookEvent::Test, "t")];
    let shown = |no_hooks, skip_tests| {
        let options = TemplateOutput { no_hooks, skip_tests, ..Default::default() };
        template_output("\n---\nx: 1\n\n".to_owned(), &hooks, &options).unwrap()
    };
    let (first, test) =
        ("---\n# Source: c/templates/a.yaml\nname: a\n\n", "---\n# Source: c/templates/t.yaml\nname: t\n\n");
    assert_eq!(shown(false, false), format!("---\nx: 1\n{first}{test}"));
    assert_eq!(shown(false, true), format!("---\nx: 1\n{first}"));
    assert_eq!(shown(true, false), "---\nx: 1\n");
}

/// Text, and the version, normalised version, or error that Helm v4.3.1 gives.
#[test]
fn kube_versions() {
    let cases = [
        ("1.29", Ok(("v1.29", "v1.29"))),
        ("v1.29.3-gke.5+x", Ok(("v1.29.3-gke.5+x", "v1.29.3"))),
        ("1.2.3.4", Ok(("v1.2.3.4", "v1.2.3.4"))),
        ("1.02.3", Ok(("v1.02.3", "v1.2.3"))),
        ("1", Err("invalid kube version '1': illegal version string \"1\"")),
        ("x", Err("invalid kube version 'x': could not parse \"x\" as version")),
    ];
    for (text, wanted) in cases {
        let parsed = KubeVersion::parse(text);
        let parsed = parsed.map(|version| (version.version, version.normalized)).map_err(|error| error.to_string());
        let wanted = wanted.map(|(full, short)| (full.to_owned(), short.to_owned())).map_err(str::to_owned);
        assert_eq!(parsed, wanted);
    }
}

#[test]
fn default_capabilities() {
    let capabilities = Capabilities::default();
    assert_eq!((capabilities.api_versions.len(), capabilities.kube_version.normalized.as_str()), (57, "v1.37.0"));
    assert!(capabilities.has("apps/v1") && !capabilities.has("apps/v1/Deployment") && !capabilities.has("apps"));
    let error = capabilities.kube_version.check("<1.20").unwrap_err().to_string();
    assert_eq!(error, "chart requires kubeVersion: <1.20 which is incompatible with Kubernetes v1.37.0");
    assert!(capabilities.kube_version.check(">=1.20.0-0").is_ok() && capabilities.kube_version.check("").is_ok());
}

#[test]
fn parts_of_a_chart() {
    let chart = directory::load(&golden().join("testcharts/alpine")).unwrap();
    let text = show(&chart, Part::Chart).unwrap();
    assert!(
        text.starts_with("apiVersion: v1\nappVersion: \"3.9\"\ndescription: Deploy a basic Alpine Linux pod\n"),
        "{text}"
    );
    let values = std::fs::read_to_string(golden().join("testcharts/alpine/values.yaml")).unwrap();
    assert_eq!(show(&chart, Part::Values).unwrap(), format!("{values}\n"));
    assert_eq!(show(&chart, Part::Crds).unwrap(), "");
    assert!(show(&chart, Part::All).unwrap().contains("\n---\n"));
}

/// What other crates move between threads.
#[test]
fn shared_between_threads() {
    fn check<T: Send + Sync + Clone>() {}
    check::<helmx_chart::Chart>();
    check::<release::Release>();
    check::<index::Index>();
    check::<Capabilities>();
}

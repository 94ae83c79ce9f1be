//! Stock kubectl reads releases and charts: every output, selectors, watches, discovery.

use anyhow::Result;
use helmx_tests::process::Process;
use serde_json::Value;

use crate::expect::{eventually, has, lacks, prints, refused, shows};
use crate::kubectl::with_release;
use crate::runner::{Case, case};
use crate::world::World;

pub const CASES: &[Case] = &[
    case("reads::api_resources_and_explain_know_the_kinds", discovery),
    case("reads::get_prints_every_format", formats),
    case("reads::get_selects_by_label_and_field", selectors),
    case("reads::get_of_all_namespaces_needs_the_right", all_namespaces),
    case("reads::get_watches", watch),
    case("reads::get_of_what_is_not_there_is_404", missing),
    case("reads::describe_shows_status_and_events", describe),
    case("reads::lists_come_in_chunks", chunks),
    case("reads::revisions_are_the_history", revisions),
    case("reads::charts_can_be_read_but_not_written", charts),
];

fn discovery(world: &World) -> Result<()> {
    let admin = &world.admin;
    let listed = admin.line("kubectl api-resources --api-group=helmx.dev -o wide")?.ok()?;
    has(
        &listed,
        &["releases", "rel ", "Release ", "revisions", "rev ", "charts", "chartversions", "deletecollection"],
    )?;
    shows(
        admin.line("kubectl explain release.spec --recursive"),
        &["rollbackOnFailure", "secretKeyRef", "takeOwnership"],
    )?;
    shows(admin.line("kubectl explain release.spec.chart.version"), &["<string>", "constraint"])?;
    shows(admin.line("kubectl explain repository.spec"), &["secretRef", "caBundle", "interval"])?;
    shows(admin.line("kubectl get --raw /openapi/v3/apis/helmx.dev/v1alpha1"), &["x-kubernetes-group-version-kind"])?;
    refused(admin.line("kubectl explain release.spec.nonsense"), &["nonsense", "does not exist"])
}

fn formats(world: &World) -> Result<()> {
    let space = with_release(world, "get-formats")?;
    let dev = &space.dev;
    shows(
        dev.line("kubectl get release web"),
        &["NAME", "CHART", "REVISION", "STATUS", "READY", "web-1.0.0", "deployed"],
    )?;
    shows(dev.line("kubectl get rel web -o wide"), &["TENANT", "get-formats", "DESCRIPTION", "Install complete"])?;
    prints(dev.line("kubectl get releases -o name"), "release.helmx.dev/web")?;
    prints(dev.line("kubectl get release web -o jsonpath={.spec.values.greeting}"), "hi")?;
    prints(dev.line("kubectl get release web --no-headers -o custom-columns=A:.status.chart.version"), "1.0.0")?;
    let whole: Value = serde_json::from_str(&dev.line("kubectl get release web -o json")?.ok()?)?;
    has(&whole.to_string(), &["\"uid\"", "\"resourceVersion\"", "\"creationTimestamp\"", "\"observedGeneration\":1"])?;
    shows(dev.line("kubectl get release web -o yaml"), &["kind: Release", "phase: deployed", "greeting: hi"])?;
    refused(dev.line("kubectl get release web -o nonsense"), &["unable to match a printer"])
}

fn selectors(world: &World) -> Result<()> {
    let space = with_release(world, "get-select")?;
    let dev = &space.dev;
    dev.line("kubectl helmx install other test/web --version 1.1.0")?.ok()?;
    dev.line("kubectl label release web tier=front")?.ok()?;
    let cases = [
        ("-l tier=front", "release.helmx.dev/web"),
        ("-l tier!=front", "release.helmx.dev/other"),
        ("-l '!tier'", "release.helmx.dev/other"),
        ("--field-selector metadata.name=other", "release.helmx.dev/other"),
        ("--field-selector status.phase=failed", ""),
        ("--field-selector status.phase=deployed,metadata.name!=other", "release.helmx.dev/web"),
    ];
    for (selector, wanted) in cases {
        prints(dev.line(&format!("kubectl get releases -o name {selector}")), wanted)?;
    }
    refused(
        dev.line("kubectl get releases --field-selector spec.nonsense=1"),
        &["field label not supported", "spec.nonsense"],
    )
    .or_else(|_| {
        refused(dev.line("kubectl get releases --field-selector spec.nonsense=1"), &["spec.nonsense", "not"])
    })?;
    refused(dev.line("kubectl get releases -l 'a in b'"), &["unable to parse requirement"])
}

fn all_namespaces(world: &World) -> Result<()> {
    let space = with_release(world, "get-all")?;
    shows(space.admin.line("kubectl get releases -A"), &["NAMESPACE", "get-all", "web-1.0.0"])?;
    refused(space.dev.line("kubectl get releases -A"), &["Forbidden", "at the cluster scope"])?;
    let role = "kubectl create clusterrole see-all --verb=list,watch --resource=releases.helmx.dev";
    space.admin.line(role)?.ok()?;
    space.admin.line("kubectl create clusterrolebinding see-all --clusterrole=see-all --user=dev-get-all")?.ok()?;
    world.admin.line("kubectl create namespace get-all-hidden")?.ok()?;
    space.admin.line("kubectl-helmx install unseen test/web -n get-all-hidden")?.ok()?;
    eventually(|| shows(space.dev.line("kubectl get releases -A -o name"), &["release.helmx.dev/web"]))?;
    lacks(&space.dev.line("kubectl get releases -A -o json")?.ok()?, &["unseen", "get-all-hidden"])
}

fn watch(world: &World) -> Result<()> {
    let space = with_release(world, "get-watch")?;
    let folder = tempfile::tempdir()?;
    let mut command = space.dev.command("kubectl");
    command.args([
        "get",
        "releases",
        "-w",
        "-o",
        "jsonpath={.metadata.name}={.status.revision}={.status.phase}{'\\n'}",
    ]);
    let watching = Process::start("watch", folder.path(), &command)?;
    let seen = |phrase: &'static str| {
        eventually(|| has(&std::fs::read_to_string(folder.path().join("watch.log"))?, &[phrase]))
    };
    seen("web=1=deployed")?;
    space.dev.line("kubectl helmx upgrade web test/web --set greeting=again")?.ok()?;
    seen("web=2=pending-upgrade")?;
    seen("web=2=deployed")?;
    space.dev.line("kubectl helmx uninstall web")?.ok()?;
    seen("web=2=uninstalling")?;
    drop(watching);
    Ok(())
}

fn missing(world: &World) -> Result<()> {
    let space = world.space("get-missing")?;
    let dev = &space.dev;
    let not_found = "Error from server (NotFound): releases.helmx.dev \"nothing\" not found";
    for verb in ["get", "delete", "label a=b"] {
        let line = match verb.split_once(' ') {
            Some((verb, more)) => format!("kubectl {verb} release nothing {more}"),
            None => format!("kubectl {verb} release nothing"),
        };
        refused(dev.line(&line), &[not_found])?;
    }
    refused(dev.line("kubectl get revision web.v1"), &["NotFound"])?;
    refused(dev.line("kubectl get chart test.nothing"), &["NotFound"])?;
    refused(dev.line("kubectl get chartversion test.web-9.9.9"), &["NotFound"])?;
    refused(
        dev.line("kubectl get --raw /apis/helmx.dev/v1alpha1/namespaces/get-missing/releases/nothing/values"),
        &["NotFound"],
    )
}

fn describe(world: &World) -> Result<()> {
    let space = with_release(world, "describe")?;
    shows(space.dev.line("kubectl describe release web"), &["Name:", "Phase:", "deployed", "Conditions:"])?;
    eventually(|| shows(space.dev.line("kubectl describe release web"), &["Events:", "Installed", "Started"]))
}

fn chunks(world: &World) -> Result<()> {
    let space = with_release(world, "chunks")?;
    for name in ["a", "b"] {
        space.dev.line(&format!("kubectl helmx install {name} test/web"))?.ok()?;
    }
    let wanted = "release.helmx.dev/a\nrelease.helmx.dev/b\nrelease.helmx.dev/web";
    prints(space.dev.line("kubectl get releases -o name --chunk-size=1"), wanted)?;
    let path = "/apis/helmx.dev/v1alpha1/namespaces/chunks/releases";
    shows(
        space.dev.line(&format!("kubectl get --raw {path}?limit=1")),
        &["\"continue\":\"", "\"remainingItemCount\":2"],
    )?;
    refused(space.dev.line(&format!("kubectl get --raw {path}?limit=1&continue=nonsense")), &["continue"])
}

fn revisions(world: &World) -> Result<()> {
    let space = with_release(world, "revisions")?;
    let dev = &space.dev;
    dev.line("kubectl helmx upgrade web test/web --set greeting=two")?.ok()?;
    prints(dev.line("kubectl get revisions -o name"), "revision.helmx.dev/web.v1\nrevision.helmx.dev/web.v2")?;
    prints(dev.line("kubectl get rev web.v1 -o jsonpath={.status.phase}"), "superseded")?;
    prints(
        dev.line("kubectl get rev --field-selector status.release=web,status.phase=deployed -o name"),
        "revision.helmx.dev/web.v2",
    )?;
    refused(dev.line("kubectl delete revision web.v1"), &["Forbidden"])?;
    refused(space.admin.line("kubectl delete revision web.v1"), &["MethodNotAllowed"])
}

fn charts(world: &World) -> Result<()> {
    let space = world.space("charts")?;
    let dev = &space.dev;
    shows(dev.line("kubectl get chart test.web"), &["test.web", "1.1.0"])?;
    shows(dev.line("kubectl get chartversions -l helmx.dev/chart=web"), &["test.web-1.0.0", "test.web-2.0.0-beta.1"])?;
    let path = "/apis/helmx.dev/v1alpha1/namespaces/charts/chartversions/test.web-1.0.0";
    for (part, phrase) in [("readme", "# A web server"), ("values", "greeting: hello"), ("schema", "draft-07")] {
        shows(dev.line(&format!("kubectl get --raw {path}/{part}")), &[phrase])?;
    }
    refused(dev.line(&format!("kubectl get --raw {path}/crds")), &["NotFound"])?;
    refused(space.admin.line("kubectl delete chart test.web"), &["MethodNotAllowed"])?;
    refused(space.admin.line("kubectl get charts -w"), &["MethodNotAllowed"])
}

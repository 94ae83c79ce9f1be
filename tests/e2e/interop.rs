//! Releases that helm and helmx pass to each other: helm 4 and helm 3, both ways.

use std::io::Read as _;

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use serde_json::{Value, json};

use crate::charts;
use crate::expect::{eventually, has, prints, refused, same, shows};
use crate::kubectl::{deployed, feed, release};
use crate::runner::{Case, case};
use crate::world::{Space, World};

pub const CASES: &[Case] = &[
    case("interop::helm_4_and_3_read_helmxs_releases", helm_reads),
    case("interop::helm_4_carries_on_helmxs_release", helm_carries_on),
    case("interop::helm_3_carries_on_helmxs_release", helm3_carries_on),
    case("interop::helmx_carries_on_helm_4s_release", from_helm),
    case("interop::helmx_carries_on_helm_3s_release", from_helm3),
    case("interop::the_record_is_helms_to_the_field", record),
    case("interop::helms_labels_are_the_releases", labels),
    case("interop::a_release_that_helm_left_pending", pending),
    case("interop::a_release_that_helm_uninstalled_with_history", kept_history),
    case("interop::a_failed_upgrade_of_helm_is_mended", failed_by_helm),
    case("interop::a_release_of_a_chart_that_no_repository_has", foreign_chart),
    case("interop::helm_rollback_keeps_the_tenant", keeps_tenant),
];

/// The archive of `test/web` on disk, for stock helm.
fn archive(folder: &tempfile::TempDir, version: &str) -> Result<String> {
    let path = folder.path().join(format!("web-{version}.tgz"));
    std::fs::write(&path, charts::web(version).bytes()?)?;
    Ok(path.display().to_string())
}

fn greeting(space: &Space, wanted: &str) -> Result<()> {
    prints(space.dev.line("kubectl get configmap web -o jsonpath={.data.greeting}"), wanted)
}

fn helm_reads(world: &World) -> Result<()> {
    let space = world.space("helm-reads")?;
    let (dev, admin) = (&space.dev, &space.admin);
    dev.line("kubectl-helmx install web test/web --version 1.0.0 --set greeting=a,password=p")?.ok()?;
    dev.line("kubectl-helmx upgrade web test/web --version 1.1.0 --reuse-values --set greeting=b")?.ok()?;
    for helm in ["helm", "helm3"] {
        shows(admin.line(&format!("{helm} list")), &["web", "deployed", "web-1.1.0"])?;
        shows(admin.line(&format!("{helm} status web")), &["STATUS: deployed", "REVISION: 2", "web says b"])?;
        shows(admin.line(&format!("{helm} history web")), &["superseded", "Install complete", "Upgrade complete"])?;
        shows(admin.line(&format!("{helm} get values web")), &["greeting: b", "password: p"])?;
        shows(admin.line(&format!("{helm} get values web --all")), &["greeting: b", "replicas: 1"])?;
        shows(admin.line(&format!("{helm} get notes web")), &["web says b in helm-reads."])?;
        let manifest = admin.line(&format!("{helm} get manifest web"))?.ok()?;
        has(&manifest, &["# Source: web/templates/config.yaml", "kind: Secret"])?;
        let ours = admin.line("kubectl-helmx get manifest web")?.ok()?;
        same(&ours, &manifest)?;
        refused(admin.line(&format!("{helm} status nothing")), &["not found"])?;
    }
    Ok(())
}

fn carries_on(world: &World, name: &str, helm: &str) -> Result<()> {
    let space = world.space(name)?;
    let (dev, admin) = (&space.dev, &space.admin);
    let folder = tempfile::tempdir()?;
    let chart = archive(&folder, "1.1.0")?;
    dev.line("kubectl-helmx install web test/web --version 1.0.0 --set greeting=ours")?.ok()?;
    admin.line(&format!("{helm} upgrade web {chart} --set greeting=theirs"))?.ok()?;
    greeting(&space, "theirs")?;
    prints(
        dev.line("kubectl get release web -o jsonpath={.status.revision}{.status.phase}{.status.chart.version}"),
        "2deployed1.1.0",
    )?;
    prints(dev.line("kubectl get release web -o jsonpath={.spec.values.greeting}{.metadata.generation}"), "theirs2")?;
    dev.line("kubectl-helmx upgrade web test/web --reuse-values --set replicas=2")?.ok()?;
    greeting(&space, "theirs")?;
    admin.line(&format!("{helm} rollback web 1"))?.ok()?;
    greeting(&space, "ours")?;
    prints(dev.line("kubectl get release web -o jsonpath={.status.revision}{.status.description}"), "4Rollback to 1")?;
    admin.line(&format!("{helm} uninstall web"))?.ok()?;
    eventually(|| refused(dev.line("kubectl get release web"), &["NotFound"]))?;
    dev.line("kubectl-helmx install web test/web")?.ok()?;
    deployed(&space, "web", 1)
}

fn helm_carries_on(world: &World) -> Result<()> {
    carries_on(world, "helm-on", "helm")
}

fn helm3_carries_on(world: &World) -> Result<()> {
    carries_on(world, "helm3-on", "helm3")
}

/// A release that helm made is seen at once, upgraded without conflicts, rolled back, uninstalled.
fn taken_over(world: &World, name: &str, helm: &str) -> Result<()> {
    let space = world.space(name)?;
    let (dev, admin) = (&space.dev, &space.admin);
    let folder = tempfile::tempdir()?;
    let chart = archive(&folder, "1.0.0")?;
    admin.line(&format!("{helm} install web {chart} --set greeting=theirs,password=p,labels.old=yes"))?.ok()?;
    prints(dev.line("kubectl get releases -o name"), "release.helmx.dev/web")?;
    shows(dev.line("kubectl get release web"), &["web-1.0.0", "deployed"])?;
    dev.line("kubectl-helmx upgrade web test/web --reuse-values --set greeting=ours --set labels.old=null")?.ok()?;
    greeting(&space, "ours")?;
    prints(dev.line("kubectl get configmap web -o jsonpath={.metadata.labels.old}"), "")?;
    shows(admin.line(&format!("{helm} history web")), &["superseded", "deployed"])?;
    dev.line("kubectl-helmx upgrade web test/web --set greeting=bare")?.ok()?;
    prints(admin.line("kubectl get secret web -o name --ignore-not-found"), "")?;
    dev.line("kubectl-helmx rollback web 1")?.ok()?;
    greeting(&space, "theirs")?;
    prints(admin.line("kubectl get secret web -o name"), "secret/web")?;
    dev.line("kubectl-helmx uninstall web")?.ok()?;
    prints(admin.line("kubectl get secrets,configmaps -l app.kubernetes.io/managed-by=Helm -o name"), "")?;
    prints(admin.line(&format!("{helm} list -q")), "")
}

fn from_helm(world: &World) -> Result<()> {
    taken_over(world, "from-helm", "helm")
}

fn from_helm3(world: &World) -> Result<()> {
    taken_over(world, "from-helm3", "helm3")
}

/// The decoded record of a revision.
fn stored(space: &Space, name: &str) -> Result<Value> {
    let text = space.admin.line(&format!("kubectl get secret {name} -o jsonpath={{.data.release}}"))?.ok()?;
    let base64 = &base64::engine::general_purpose::STANDARD;
    let packed = base64.decode(base64.decode(text.trim())?)?;
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut unpacked)?;
    Ok(serde_json::from_slice(&unpacked)?)
}

/// Times, and what differs by name and tenant, put aside.
fn comparable(mut record: Value) -> Result<Value> {
    let info = record["info"].as_object_mut().context("a record without info")?;
    for field in ["first_deployed", "last_deployed"] {
        ensure!(info.remove(field).is_some_and(|time| time.is_string()), "{field} is missing");
    }
    if let Some(annotations) = record.pointer_mut("/chart/metadata/annotations").and_then(Value::as_object_mut) {
        annotations.remove("helmx.dev/tenant");
    }
    for file in record.pointer_mut("/chart/files").and_then(Value::as_array_mut).into_iter().flatten() {
        file.as_object_mut().map(|file| file.remove("modtime"));
    }
    for file in record.pointer_mut("/chart/templates").and_then(Value::as_array_mut).into_iter().flatten() {
        file.as_object_mut().map(|file| file.remove("modtime"));
    }
    Ok(record)
}

fn record(world: &World) -> Result<()> {
    let space = world.space("record")?;
    let admin = &space.admin;
    world.admin.line("kubectl delete tenant record")?.ok()?;
    let folder = tempfile::tempdir()?;
    let chart = archive(&folder, "1.0.0")?;
    let name = "sh.helm.release.v1.web.v1";
    let flags = "--set greeting=x,replicas=2 --description words";
    admin.line(&format!("helm install web {chart} {flags}"))?.ok()?;
    let labels = "kubectl get secret sh.helm.release.v1.web.v1 -o jsonpath={.type}{.metadata.labels.name}{.metadata.labels.owner}{.metadata.labels.status}{.metadata.labels.version}";
    let (theirs, their_labels) = (comparable(stored(&space, name)?)?, admin.line(labels)?.ok()?);
    admin.line("helm uninstall web")?.ok()?;
    eventually(|| {
        admin.line(&format!("kubectl-helmx upgrade --install web test/web --version 1.0.0 {flags}"))?.ok()?;
        let ours = stored(&space, name)?;
        ensure!(ours.pointer("/chart/metadata/annotations").is_none(), "the tenant is not forgotten yet");
        Ok(())
    })?;
    let ours = comparable(stored(&space, name)?)?;
    for (field, value) in theirs.as_object().into_iter().flatten() {
        ensure!(ours.get(field) == Some(value), "{field}: helm stores {value}\nhelmx {:?}", ours.get(field));
    }
    ensure!(ours.as_object().map(serde_json::Map::len) == theirs.as_object().map(serde_json::Map::len), "{ours}");
    same(&admin.line(labels)?.ok()?, &their_labels)
}

fn labels(world: &World) -> Result<()> {
    let space = world.space("helm-labels")?;
    let folder = tempfile::tempdir()?;
    let chart = archive(&folder, "1.0.0")?;
    space.admin.line(&format!("helm install web {chart} --labels team=shop"))?.ok()?;
    prints(space.dev.line("kubectl get releases -l team=shop -o name"), "release.helmx.dev/web")?;
    space.dev.line("kubectl-helmx upgrade web test/web --set greeting=x")?.ok()?;
    shows(space.admin.line("helm list -l team=shop"), &["web-1.1.0"])?;
    prints(space.dev.line("kubectl get release web -o jsonpath={.metadata.labels}"), "{\"team\":\"shop\"}")
}

fn pending(world: &World) -> Result<()> {
    let space = world.space("pending")?;
    let (dev, admin) = (&space.dev, &space.admin);
    dev.line("kubectl-helmx install web test/web")?.ok()?;
    // As a helm that was killed in mid-upgrade leaves it.
    let mut record = stored(&space, "sh.helm.release.v1.web.v1")?;
    record["version"] = json!(2);
    record["info"]["status"] = json!("pending-upgrade");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut packed, &serde_json::to_vec(&record)?)?;
    let base64 = &base64::engine::general_purpose::STANDARD;
    let data = base64.encode(base64.encode(packed.finish()?));
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1", "data": {"release": data},
        "metadata": {
            "name": "sh.helm.release.v1.web.v2", "namespace": "pending",
            "labels": {"name": "web", "owner": "helm", "status": "pending-upgrade", "version": "2"},
        },
    });
    world.apply(&secret)?;
    eventually(|| prints(dev.line("kubectl get release web -o jsonpath={.status.phase}"), "pending-upgrade"))?;
    let busy = "another operation (install/upgrade/rollback) is in progress";
    refused(admin.line("helm upgrade web oci://nowhere.invalid/web"), &["nowhere.invalid"])?;
    refused(dev.line("kubectl-helmx upgrade web test/web --set greeting=x"), &["UPGRADE FAILED", busy])?;
    refused(
        feed(dev, "apply --server-side --force-conflicts", &release("web", &json!({"greeting": "y"}))),
        &["Operation cannot be fulfilled", busy],
    )?;
    dev.line("kubectl-helmx rollback web 1")?.ok()?;
    deployed(&space, "web", 3)
}

fn kept_history(world: &World) -> Result<()> {
    let space = world.space("kept-history")?;
    let (dev, admin) = (&space.dev, &space.admin);
    dev.line("kubectl-helmx install web test/web --set greeting=a")?.ok()?;
    admin.line("helm uninstall web --keep-history")?.ok()?;
    eventually(|| prints(dev.line("kubectl get release web -o jsonpath={.status.phase}"), "uninstalled"))?;
    dev.line("kubectl-helmx install web test/web --set greeting=b")?.ok()?;
    greeting(&space, "b")?;
    shows(admin.line("helm status web"), &["STATUS: deployed"])
}

fn failed_by_helm(world: &World) -> Result<()> {
    let space = world.space("helm-failed")?;
    let folder = tempfile::tempdir()?;
    let chart = archive(&folder, "1.0.0")?;
    space.dev.line("kubectl-helmx install web test/web --version 1.0.0 --set deploy=true")?.ok()?;
    space
        .admin
        .line(&format!("helm upgrade web {chart} --set deploy=true,replicas=x --skip-schema-validation"))?
        .failed()?;
    prints(space.dev.line("kubectl get release web -o jsonpath={.status.revision}{.status.phase}"), "2failed")?;
    space.dev.line("kubectl-helmx upgrade web test/web --version 1.0.0 --set deploy=true,replicas=2")?.ok()?;
    prints(space.dev.line("kubectl get deployment web -o jsonpath={.spec.replicas}"), "2")?;
    deployed(&space, "web", 3)
}

fn foreign_chart(world: &World) -> Result<()> {
    let space = world.space("foreign-chart")?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("own.tgz");
    let own = helmx_tests::chart::Archive::new("own-thing", "0.1.0")
        .file("templates/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {greeting: own}\n");
    std::fs::write(&path, own.bytes()?)?;
    space.admin.line(&format!("helm install web {}", path.display()))?.ok()?;
    let dev = &space.dev;
    shows(dev.line("kubectl get release web"), &["own-thing-0.1.0", "deployed"])?;
    dev.line("kubectl label release web a=b")?.ok()?;
    prints(dev.line("kubectl get release web -o jsonpath={.metadata.labels.a}{.status.revision}"), "b1")?;
    refused(
        dev.line(r#"kubectl patch release web --type=merge -p '{"spec":{"values":{"x":1}}}'"#),
        &["no repository that namespace \"foreign-chart\" sees has chart \"own-thing\""],
    )?;
    dev.line("kubectl-helmx uninstall web")?.ok()?;
    prints(dev.line("kubectl get configmap web -o name --ignore-not-found"), "")
}

fn keeps_tenant(world: &World) -> Result<()> {
    let space = world.space("keeps-tenant")?;
    space.dev.line("kubectl-helmx install web test/web --set greeting=a")?.ok()?;
    space.dev.line("kubectl-helmx upgrade web test/web --set greeting=b")?.ok()?;
    space.admin.line("helm rollback web 1")?.ok()?;
    greeting(&space, "a")?;
    prints(
        space.dev.line("kubectl get configmap web -o jsonpath={.metadata.labels.helmx\\.dev/tenant}"),
        "keeps-tenant",
    )?;
    prints(space.dev.line("kubectl get release web -o jsonpath={.status.tenant}"), "keeps-tenant")
}

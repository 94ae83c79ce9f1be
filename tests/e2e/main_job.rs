//! The job that helmx exists for, as the demo plays it: two tenants, real charts.

use anyhow::Result;
use helmx_tests::assets::workspace;

use crate::expect::{eventually, has, lacks, prints, refused, shows};
use crate::runner::{Case, case};
use crate::world::World;

pub const CASES: &[Case] = &[
    case("main_job::a_tenant_finds_and_installs_a_chart", finds_and_installs),
    case("main_job::a_manifest_installs_with_kubectl_alone", manifest),
    case("main_job::cluster_wide_objects_are_refused_with_every_missing_right", refused_rights),
    case("main_job::upgrade_failure_rollback_history_uninstall", life),
    case("main_job::each_tenant_sees_its_own", own_releases),
];

fn finds_and_installs(world: &World) -> Result<()> {
    let space = world.space("job-install")?;
    shows(space.dev.line("kubectl helmx search nginx"), &["corpus/nginx ", "corpus/ingress-nginx"])?;
    shows(space.dev.line("kubectl helmx show values corpus/nginx"), &["replicaCount:"])?;
    let install = "kubectl helmx install web corpus/nginx --set tls.enabled=false --set replicaCount=2 --wait";
    shows(space.dev.line(install), &["STATUS: deployed", "REVISION: 1", "TENANT: job-install"])?;
    prints(space.dev.line("kubectl get deployment web-nginx -o jsonpath={.status.readyReplicas}"), "2")?;
    let marked =
        space.dev.line("kubectl get deployments,services,serviceaccounts -l helmx.dev/tenant=job-install -o name")?;
    has(&marked.ok()?, &["deployment.apps/web-nginx", "service/web-nginx", "serviceaccount/web-nginx"])?;
    let stored = space.admin.line("helm get metadata web -o json")?.ok()?;
    has(&stored, &["\"helmx.dev/tenant\":\"job-install\""])
}

fn manifest(world: &World) -> Result<()> {
    let space = world.space("job-manifest")?;
    let path = workspace().join("tests/demo/ingress.yaml");
    shows(space.dev.line(&format!("kubectl apply -f {}", path.display())), &["release.helmx.dev/ingress created"])?;
    space.dev.line("kubectl wait release/ingress --for=condition=Ready --timeout=60s")?.ok()?;
    prints(
        space.dev.line(
            "kubectl get deployment ingress-ingress-nginx-controller -o jsonpath={.metadata.labels.helmx\\.dev/tenant}",
        ),
        "job-manifest",
    )
}

fn refused_rights(world: &World) -> Result<()> {
    let space = world.space("job-refused")?;
    refused(
        space.dev.line("kubectl helmx install monitor corpus/alloy"),
        &["lacks", "clusterroles.rbac.authorization.k8s.io", "clusterrolebindings.rbac.authorization.k8s.io"],
    )?;
    prints(space.dev.line("kubectl get release monitor -o jsonpath={.status.phase}"), "failed")?;
    let left =
        "kubectl get daemonsets,services,configmaps,serviceaccounts -l app.kubernetes.io/instance=monitor -o name";
    prints(space.dev.line(left), "")?;
    shows(space.dev.line("kubectl helmx uninstall monitor"), &["release \"monitor\" uninstalled"])
}

fn life(world: &World) -> Result<()> {
    let space = world.space("job-life")?;
    let dev = &space.dev;
    dev.line("kubectl helmx install web corpus/nginx --set tls.enabled=false --wait")?.ok()?;
    shows(
        dev.line("kubectl helmx upgrade web corpus/nginx --reuse-values --set replicaCount=3 --wait"),
        &["has been upgraded", "REVISION: 2"],
    )?;
    refused(
        dev.line("kubectl helmx upgrade web corpus/nginx --reuse-values --set service.type=Nonsense"),
        &["UPGRADE FAILED", "Nonsense"],
    )?;
    prints(dev.line("kubectl get deployment web-nginx -o jsonpath={.spec.replicas}"), "3")?;
    shows(dev.line("kubectl helmx rollback web 1"), &["Rollback was a success"])?;
    prints(dev.line("kubectl get deployment web-nginx -o jsonpath={.spec.replicas}"), "1")?;
    let history = dev.line("kubectl helmx history web -o json")?.ok()?;
    has(&history, &["\"superseded\"", "\"failed\"", "\"deployed\"", "Rollback to 1"])?;
    dev.line("kubectl helmx uninstall web")?.ok()?;
    refused(dev.line("kubectl get release web"), &["NotFound"])?;
    eventually(|| prints(dev.line("kubectl get deployments,services -o name"), ""))
}

fn own_releases(world: &World) -> Result<()> {
    let (acme, globex) = (world.space("job-acme")?, world.space("job-globex")?);
    acme.dev.line("kubectl helmx install ours test/web")?.ok()?;
    globex.dev.line("kubectl helmx install theirs test/web")?.ok()?;
    prints(acme.dev.line("kubectl get releases -o name"), "release.helmx.dev/ours")?;
    prints(globex.dev.line("kubectl get releases -o name"), "release.helmx.dev/theirs")?;
    refused(acme.dev.line("kubectl get releases -n job-globex"), &["Forbidden", "job-globex"])?;
    refused(acme.dev.line("kubectl get secrets"), &["Forbidden"])?;
    refused(globex.dev.line("kubectl get secret sh.helm.release.v1.theirs.v1"), &["Forbidden"])?;
    let shown = acme.dev.line("kubectl get release ours -o yaml")?.ok()?;
    lacks(&shown, &["theirs"])
}

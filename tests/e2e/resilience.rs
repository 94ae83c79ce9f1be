//! Restarts, namespace deletion, two at once: nothing is lost, nothing stays pending.

use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};
use helmx_tests::process::Process;
use serde_json::{Value, json};

use crate::expect::{eventually, has, prints, refused, shows};
use crate::kubectl::{deployed, feed, release};
use crate::runner::{Case, alone, case};
use crate::world::{Space, World};

/// How long helmx may take to answer.
const START: Duration = Duration::from_secs(30);

pub const CASES: &[Case] = &[
    case("resilience::two_operations_at_once_are_409", two_at_once),
    case("resilience::many_installs_at_once", many_at_once),
    case("resilience::a_namespace_with_releases_can_be_deleted", namespace_deletion),
    case("resilience::owned_objects_follow_the_release", owned_objects),
    case("resilience::the_server_answers_nobody_unknown", direct_access),
    alone("resilience::a_restart_of_helmx_changes_nothing", restart),
    alone("resilience::while_helmx_starts_no_release_is_missing", starting),
    alone("resilience::an_install_whose_server_is_killed_fails", killed_in_install),
    alone("resilience::an_upgrade_whose_server_is_stopped_fails", stopped_in_upgrade),
    alone("resilience::an_uninstall_whose_server_is_killed_can_be_repeated", killed_in_uninstall),
    alone("resilience::kube_apiserver_goes_and_comes", core_restart),
    alone("resilience::the_garbage_collector_starts_anew", collector_restart),
];

/// Starts an install that waits for pods that never become ready, and returns when it waits.
fn waiting_install(space: &Space, name: &str) -> Result<()> {
    let mut object = release(name, &json!({"deploy": true, "pod": "unready"}));
    object["spec"]["wait"] = json!(true);
    feed(&space.dev, "create", &object)?.ok()?;
    eventually(|| {
        let path = "kubectl get release NAME -o jsonpath={.status.operation.phase}".replace("NAME", name);
        prints(space.dev.line(&path), "Waiting")
    })
}

fn two_at_once(world: &World) -> Result<()> {
    let space = world.space("at-once")?;
    waiting_install(&space, "web")?;
    let busy = "another operation (install/upgrade/rollback) is in progress";
    refused(space.dev.line("kubectl-helmx upgrade web test/web --set greeting=x"), &[busy])?;
    refused(
        feed(&space.dev, "apply --server-side --force-conflicts", &release("web", &json!({"greeting": "x"}))),
        &["Operation cannot be fulfilled", busy],
    )?;
    refused(space.dev.line("kubectl-helmx install web test/web"), &["already exists"])?;
    space.dev.line("kubectl label release web a=b")?.ok()?;
    prints(space.dev.line("kubectl get release web -o jsonpath={.status.revision}"), "1")
}

fn many_at_once(world: &World) -> Result<()> {
    let space = world.space("many")?;
    let items: Vec<_> =
        (0..15).map(|index| release(&format!("web-{index}"), &json!({"greeting": format!("{index}")}))).collect();
    feed(&space.dev, "create", &json!({"apiVersion": "v1", "kind": "List", "items": items}))?.ok()?;
    eventually(|| {
        let phases = space.dev.line("kubectl get releases -o jsonpath={.items[*].status.phase}")?.ok()?;
        ensure!(phases.split_whitespace().filter(|phase| *phase == "deployed").count() == 15, "{phases}");
        Ok(())
    })?;
    let texts = space
        .dev
        .line("kubectl get configmaps -l app.kubernetes.io/managed-by=Helm -o jsonpath={.items[*].data.greeting}")?
        .ok()?;
    ensure!(texts.split_whitespace().count() == 15, "{texts}");
    shows(space.admin.line("helm list -q"), &["web-0", "web-14"])?;
    space.dev.line("kubectl delete releases --all")?.ok()?;
    prints(space.admin.line("kubectl get secrets -l owner=helm -o name"), "")
}

fn namespace_deletion(world: &World) -> Result<()> {
    let space = world.space("deleted")?;
    space.dev.line("kubectl-helmx install web test/web --set deploy=true")?.ok()?;
    space.dev.line("kubectl-helmx install hooked test/hooks")?.ok()?;
    waiting_install(&space, "stuck")?;
    world.admin.line("kubectl delete namespace deleted --timeout=60s")?.ok()?;
    refused(world.admin.line("kubectl get namespace deleted"), &["NotFound"])?;
    let again = world.space("deleted")?;
    prints(again.dev.line("kubectl get releases,revisions -o name"), "")?;
    again.dev.line("kubectl-helmx install web test/web")?.ok().map(drop)
}

/// A ConfigMap that a release owns.
fn dependent(space: &Space, name: &str, uid: &str) -> Result<()> {
    let owner = json!({"apiVersion": "helmx.dev/v1alpha1", "kind": "Release", "name": "web", "uid": uid});
    let object = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": name, "ownerReferences": [owner]},
    });
    feed(&space.admin, "create", &object)?.ok().map(drop)
}

fn owned_objects(world: &World) -> Result<()> {
    let space = world.space("owned")?;
    space.dev.line("kubectl-helmx install web test/web")?.ok()?;
    let uid = space.field("web", ".metadata.uid")?;
    dependent(&space, "child", &uid)?;
    dependent(&space, "stranger", "00000000-0000-4000-8000-000000000000")?;
    eventually(|| prints(space.dev.line("kubectl get configmap stranger -o name --ignore-not-found"), ""))?;
    space.dev.line("kubectl-helmx upgrade web test/web --set greeting=x")?.ok()?;
    space.dev.line("kubectl-helmx rollback web 1")?.ok()?;
    space.admin.line("helm rollback web 2")?.ok()?;
    prints(space.field("web", ".metadata.uid").map(text)?, &uid)?;
    prints(space.dev.line("kubectl get configmap child -o name"), "configmap/child")?;
    space.dev.line("kubectl-helmx uninstall web")?.ok()?;
    eventually(|| prints(space.dev.line("kubectl get configmap child -o name --ignore-not-found"), ""))?;
    space.dev.line("kubectl-helmx install web test/web")?.ok()?;
    ensure!(space.field("web", ".metadata.uid")? != uid, "a release that is installed anew is another one");
    Ok(())
}

/// A text as if a command had printed it.
fn text(stdout: String) -> Result<helmx_tests::shell::Outcome> {
    Ok(helmx_tests::shell::Outcome { line: "kubectl get release".into(), code: 0, stdout, stderr: String::new() })
}

fn direct_access(world: &World) -> Result<()> {
    let space = world.space("direct")?;
    space.dev.line("kubectl-helmx install web test/web")?.ok()?;
    let server = format!("--server https://127.0.0.1:{} --insecure-skip-tls-verify", world.helmx()?.port());
    let path = "/apis/helmx.dev/v1alpha1/namespaces/direct/releases";
    shows(space.dev.line(&format!("kubectl get --raw {path} {server}")), &["\"name\":\"web\""])?;
    refused(space.dev.line(&format!("kubectl get --raw /apis/helmx.dev/v1alpha1/releases {server}")), &["Forbidden"])?;
    let nobody = space.dev.clone().with("KUBECONFIG", "/dev/null");
    refused(nobody.line(&format!("kubectl get --raw {path} {server} --token nonsense")), &["Unauthorized"])?;
    refused(nobody.line(&format!("kubectl get --raw {path} {server} --username a --password b")), &["orbidden"])
        .or_else(|_| {
            refused(
                nobody.line(&format!("kubectl get --raw {path} {server} --username a --password b")),
                &["Unauthorized"],
            )
        })?;
    for (path, phrase) in [("/livez", "ok"), ("/readyz", "ok"), ("/version", "gitVersion"), ("/metrics", "# TYPE")] {
        shows(space.admin.line(&format!("kubectl get --raw {path} {server}")), &[phrase])?;
    }
    Ok(())
}

/// Everything of a namespace's releases that must survive.
fn snapshot(space: &Space) -> Result<Value> {
    let listed: Value = serde_json::from_str(&space.admin.line("kubectl get releases,revisions -o json")?.ok()?)?;
    Ok(listed["items"].clone())
}

fn restart(world: &World) -> Result<()> {
    let space = world.space("restart")?;
    space.dev.line("kubectl-helmx install web test/web --set greeting=a --wait")?.ok()?;
    space.dev.line("kubectl-helmx upgrade web test/web --set greeting=b --wait")?.ok()?;
    space.dev.line("kubectl label release web tier=front")?.ok()?;
    let before = snapshot(&space)?;
    let folder = tempfile::tempdir()?;
    let mut command = space.dev.command("kubectl");
    command.args(["get", "releases", "-w", "-o", "jsonpath={.status.revision}={.status.phase}{'\\n'}"]);
    let watching = Process::start("watch", folder.path(), &command)?;
    eventually(|| has(&std::fs::read_to_string(folder.path().join("watch.log"))?, &["2=deployed"]))?;
    world.helmx()?.stop();
    refused(space.dev.line("kubectl get releases"), &["rror"])?;
    world.helmx_up()?;
    let after = snapshot(&space)?;
    ensure!(before == after, "before: {before}\nafter: {after}");
    drop(watching);
    // The catalogue is there without a new look at the repositories.
    space.dev.line("kubectl-helmx upgrade web test/web --set greeting=c")?.ok()?;
    deployed(&space, "web", 3)
}

/// The garbage collector takes a 404 for "the owner is gone": a server that knows nothing yet must say so instead.
fn starting(world: &World) -> Result<()> {
    let space = world.space("starting")?;
    let items: Vec<_> = (0..20).map(|index| release(&format!("web-{index}"), &json!({}))).collect();
    feed(&space.dev, "create", &json!({"apiVersion": "v1", "kind": "List", "items": items}))?.ok()?;
    deployed(&space, "web-19", 1)?;
    let path = "/apis/helmx.dev/v1alpha1/namespaces/starting/releases";
    let server = format!("--server https://127.0.0.1:{} --insecure-skip-tls-verify", world.helmx()?.port());
    for _ in 0..3 {
        world.helmx()?.kill();
        world.helmx()?.up()?;
        let deadline = Instant::now() + START;
        loop {
            let one = space.dev.line(&format!("kubectl get --raw {path}/web-0 {server}"))?;
            ensure!(!one.stderr.contains("NotFound"), "a release is missing: {}", one.stderr);
            let all = space.dev.line(&format!("kubectl get --raw {path} {server}"))?;
            let count = all.stdout.matches("\"kind\":\"Release\"").count();
            ensure!(all.code != 0 || count == 20, "{count} of 20 releases are listed");
            if one.code == 0 && all.code == 0 {
                break;
            }
            ensure!(Instant::now() < deadline, "helmx does not answer: {}", one.stderr);
        }
    }
    world.helmx_wait()
}

fn killed_in_install(world: &World) -> Result<()> {
    let space = world.space("killed-install")?;
    waiting_install(&space, "web")?;
    world.helmx()?.kill();
    shows(space.admin.line("helm history web"), &["pending-install"])?;
    world.helmx_up()?;
    eventually(|| prints(space.dev.line("kubectl get release web -o jsonpath={.status.phase}"), "failed"))?;
    shows(
        space.dev.line("kubectl get release web -o jsonpath={.status.operation.message}"),
        &["interrupted", "repeat the operation"],
    )?;
    shows(space.admin.line("helm status web"), &["STATUS: failed"])?;
    space.dev.line("kubectl-helmx upgrade web test/web --wait --set deploy=true,pod=ready")?.ok()?;
    deployed(&space, "web", 2)
}

fn stopped_in_upgrade(world: &World) -> Result<()> {
    let space = world.space("stopped-upgrade")?;
    space.dev.line("kubectl-helmx install web test/web")?.ok()?;
    let patch = r#"{"spec":{"wait":true,"values":{"deploy":true,"pod":"unready"}}}"#;
    space.dev.line(&format!("kubectl patch release web --type=merge -p '{patch}'"))?.ok()?;
    eventually(|| prints(space.dev.line("kubectl get release web -o jsonpath={.status.operation.phase}"), "Waiting"))?;
    world.helmx()?.stop();
    shows(space.admin.line("helm history web"), &["deployed", "failed", "interrupted"])?;
    world.helmx_up()?;
    let path = "kubectl get release web -o jsonpath={.status.revision}{.status.phase}";
    eventually(|| prints(space.dev.line(path), "2failed"))?;
    space.dev.line("kubectl-helmx rollback web 1")?.ok()?;
    deployed(&space, "web", 3)?;
    prints(space.dev.line("kubectl get deployment web -o name --ignore-not-found"), "")
}

fn killed_in_uninstall(world: &World) -> Result<()> {
    let space = world.space("killed-uninstall")?;
    space.dev.line("kubectl-helmx install web test/web")?.ok()?;
    // A finalizer on its object holds the uninstall up for as long as it waits for deletion.
    let hold = r#"{"metadata":{"finalizers":["test.helmx.dev/hold"]}}"#;
    space.dev.line(&format!("kubectl patch configmap web --type=merge -p '{hold}'"))?.ok()?;
    space.dev.line("kubectl delete release web --wait=false --cascade=foreground")?.ok()?;
    world.helmx()?.kill();
    world.helmx_up()?;
    let free = r#"{"metadata":{"finalizers":null}}"#;
    space.dev.line(&format!("kubectl patch configmap web --type=merge -p '{free}'"))?;
    eventually(|| {
        let left = space.dev.line("kubectl get release web -o jsonpath={.status.phase} --ignore-not-found")?.ok()?;
        ensure!(matches!(left.trim(), "" | "failed"), "{left}");
        Ok(())
    })?;
    space.dev.line("kubectl-helmx uninstall web --ignore-not-found")?.ok()?;
    // The bookkeeping may outlive the records when the server dies between the two.
    prints(space.admin.line("kubectl get releases -o name"), "")?;
    prints(space.admin.line("kubectl get secrets -l owner=helm -o name"), "")?;
    eventually(|| prints(space.dev.line("kubectl get configmap web -o name --ignore-not-found"), ""))
}

fn core_restart(world: &World) -> Result<()> {
    let space = world.space("core-restart")?;
    space.dev.line("kubectl-helmx install web test/web --wait")?.ok()?;
    let before = snapshot(&space)?;
    world.restart_core()?;
    eventually(|| {
        let after = snapshot(&space)?;
        ensure!(before == after, "before: {before}\nafter: {after}");
        Ok(())
    })?;
    space.dev.line("kubectl-helmx upgrade web test/web --set greeting=x")?.ok()?;
    deployed(&space, "web", 2)?;
    let alive = world.helmx()?.pid().ok_or_else(|| anyhow!("helmx does not run"))?;
    space.dev.line(&format!("kill -0 {alive}"))?.ok().map(drop)
}

fn collector_restart(world: &World) -> Result<()> {
    let space = world.space("collector")?;
    space.dev.line("kubectl-helmx install web test/web")?.ok()?;
    let uid = space.field("web", ".metadata.uid")?;
    dependent(&space, "child", &uid)?;
    world.helmx()?.kill();
    world.restart_collector()?;
    world.helmx_up()?;
    dependent(&space, "stranger", "00000000-0000-4000-8000-000000000000")?;
    // The collector has looked once it has taken the stranger away.
    eventually(|| prints(space.dev.line("kubectl get configmap stranger -o name --ignore-not-found"), ""))?;
    prints(space.dev.line("kubectl get configmap child -o name"), "configmap/child")
}

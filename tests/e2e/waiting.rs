//! Readiness, hooks, timeouts: what an install waits for, and why it fails.

use anyhow::{Result, ensure};
use helmx_tests::process::Process;
use serde_json::{Value, json};

use crate::expect::{eventually, has, lacks, prints, refused, shows};
use crate::kubectl::{deployed, feed, release};
use crate::runner::{Case, case};
use crate::world::{Space, World};

pub const CASES: &[Case] = &[
    case("waiting::an_image_that_cannot_be_pulled", pull_failure),
    case("waiting::a_crash_with_its_last_words", crash),
    case("waiting::a_probe_that_does_not_succeed", unready),
    case("waiting::a_pod_that_no_node_takes", unschedulable),
    case("waiting::ready_means_ready", ready),
    case("waiting::without_wait_readiness_follows", follows),
    case("waiting::the_plugin_shows_what_is_not_ready_and_ctrl_c_stops_only_it", interrupted),
    case("waiting::rollback_on_failure_uninstalls_a_first_install", atomic_install),
    case("waiting::rollback_on_failure_rolls_an_upgrade_back", atomic_upgrade),
    case("waiting::rollback_waits_too", rollback_waits),
    case("waiting::hooks_run_in_order_and_are_recorded", hooks),
    case("waiting::a_failing_hook_fails_the_install", hook_fails),
    case("waiting::hooks_are_deleted_as_their_policies_say", hook_policies),
    case("waiting::hooks_can_be_left_out", no_hooks),
    case("waiting::definitions_come_first_and_stay", definitions),
    case("waiting::a_manifest_waits_and_stalls", stalls),
];

/// An install that waits three seconds for pods that never become ready.
fn stuck(world: &World, name: &str, values: &str, phrases: &[&str]) -> Result<Space> {
    let space = world.space(name)?;
    let line = format!("kubectl-helmx install web test/web --wait --timeout 4s --set deploy=true,{values}");
    let outcome = space.dev.line(&line);
    refused(outcome, &[&["INSTALLATION FAILED", "Deployment", "web"], phrases].concat())?;
    prints(space.dev.line("kubectl get release web -o jsonpath={.status.phase}"), "failed")?;
    shows(space.dev.line("kubectl get release web -o jsonpath={.status.conditions}"), &["Stalled", phrases[0]])?;
    shows(space.dev.line("kubectl describe release web"), phrases)?;
    shows(space.admin.line("helm status web"), &["STATUS: failed"])?;
    Ok(space)
}

fn pull_failure(world: &World) -> Result<()> {
    stuck(world, "wait-pull", "pod=pull-failure", &["ImagePullBackOff", "example.test/web"]).map(drop)
}

fn crash(world: &World) -> Result<()> {
    let space = stuck(world, "wait-crash", "pod=crash", &["CrashLoopBackOff", "panic: no configuration"])?;
    space.dev.line("kubectl-helmx upgrade web test/web --wait --set deploy=true,pod=ready")?.ok()?;
    deployed(&space, "web", 2)
}

fn unready(world: &World) -> Result<()> {
    stuck(world, "wait-unready", "pod=unready", &["readiness probe"]).map(drop)
}

fn unschedulable(world: &World) -> Result<()> {
    stuck(world, "wait-schedule", "nodeSelector.disk=none", &["cannot be scheduled", "node"]).map(drop)
}

fn ready(world: &World) -> Result<()> {
    let space = world.space("wait-ready")?;
    space.dev.line("kubectl-helmx install web test/web --wait --set deploy=true,replicas=3")?.ok()?;
    prints(space.dev.line("kubectl get deployment web -o jsonpath={.status.readyReplicas}"), "3")?;
    let path = r#"jsonpath={.status.conditions[?(@.type=="Ready")].status}{.status.resources[*].status}"#;
    let found = space.dev.run(&["kubectl", "get", "release", "web", "-o", path])?.ok()?;
    has(&found, &["True", "Current"])?;
    lacks(&found, &["InProgress", "Failed"])
}

fn follows(world: &World) -> Result<()> {
    let space = world.space("wait-follow")?;
    space.dev.line("kubectl-helmx install web test/web --set deploy=true,pod=unready")?.ok()?;
    let path = r#"jsonpath={.status.phase}={.status.conditions[?(@.type=="Ready")].status}"#;
    let state = |wanted: &str| prints(space.dev.run(&["kubectl", "get", "release", "web", "-o", path]), wanted);
    eventually(|| state("deployed=False"))?;
    eventually(|| {
        shows(
            space.dev.line("kubectl get release web -o jsonpath={.status.resources}"),
            &["InProgress", "readiness probe"],
        )
    })?;
    space.dev.line("kubectl-helmx upgrade web test/web --set deploy=true,pod=ready")?.ok()?;
    eventually(|| state("deployed=True"))
}

fn interrupted(world: &World) -> Result<()> {
    let space = world.space("wait-ctrl-c")?;
    let folder = tempfile::tempdir()?;
    let mut command = space.dev.command("kubectl-helmx");
    command.args(["install", "web", "test/web", "--wait", "--set", "deploy=true,pod=unready"]);
    let mut watching = Process::start("watch", folder.path(), &command)?;
    let log = || Ok::<_, anyhow::Error>(std::fs::read_to_string(folder.path().join("watch.log"))?);
    eventually(|| has(&log()?, &["Deployment/web", "readiness probe"]))?;
    space.dev.line(&format!("kill -INT {}", watching.id()))?.ok()?;
    eventually(|| has(&log()?, &["Error: stopped watching; the install goes on", "kubectl helmx status web"]))?;
    eventually(|| watching.check().map_or(Ok(()), |()| Err(anyhow::anyhow!("the plugin still runs"))))?;
    prints(space.dev.line("kubectl get release web -o jsonpath={.status.phase}"), "pending-install")?;
    shows(space.dev.line("kubectl-helmx status web"), &["pending-install", "InProgress"])?;
    // The pods are made ready behind its back: the install ends well by itself.
    let patch = r#"{"spec":{"template":{"metadata":{"labels":{"test.helmx.dev/pod":"ready"}}}}}"#;
    space.dev.line(&format!("kubectl patch deployment web -p '{patch}'"))?.ok()?;
    deployed(&space, "web", 1)
}

fn atomic_install(world: &World) -> Result<()> {
    let space = world.space("atomic-install")?;
    let line = "kubectl-helmx install web test/web --rollback-on-failure --timeout 3s --set deploy=true,pod=crash";
    refused(space.dev.line(line), &["INSTALLATION FAILED", "CrashLoopBackOff"])?;
    eventually(|| prints(space.dev.line("kubectl get releases,deployments,configmaps -l app=web -o name"), ""))?;
    eventually(|| prints(space.admin.line("kubectl get releases,secrets -o name"), ""))
}

fn atomic_upgrade(world: &World) -> Result<()> {
    let space = world.space("atomic-upgrade")?;
    let dev = &space.dev;
    dev.line("kubectl-helmx install web test/web --wait --set deploy=true,greeting=good")?.ok()?;
    let line = "kubectl-helmx upgrade web test/web --rollback-on-failure --timeout 3s --set deploy=true,pod=unready,greeting=bad";
    refused(dev.line(line), &["UPGRADE FAILED", "readiness probe"])?;
    eventually(|| prints(dev.line("kubectl get configmap web -o jsonpath={.data.greeting}"), "good"))?;
    eventually(|| {
        let history: Value = serde_json::from_str(&dev.line("kubectl-helmx history web -o json")?.ok()?)?;
        let phases: Vec<_> =
            history.as_array().into_iter().flatten().filter_map(|row| row["status"].as_str()).collect();
        ensure!(phases == ["superseded", "failed", "deployed"], "{history}");
        Ok(())
    })?;
    shows(space.admin.line("helm status web"), &["STATUS: deployed", "REVISION: 3"])
}

fn rollback_waits(world: &World) -> Result<()> {
    let space = world.space("wait-rollback")?;
    let dev = &space.dev;
    dev.line("kubectl-helmx install web test/web --set deploy=true,pod=unready")?.ok()?;
    dev.line("kubectl-helmx upgrade web test/web --wait --set deploy=true,pod=ready")?.ok()?;
    refused(dev.line("kubectl-helmx rollback web 1 --wait --timeout 3s"), &["readiness probe"])?;
    prints(dev.line("kubectl get release web -o jsonpath={.status.revision}{.status.phase}"), "3failed")?;
    dev.line("kubectl-helmx rollback web 2 --wait")?.ok()?;
    deployed(&space, "web", 4)
}

fn hooks(world: &World) -> Result<()> {
    let space = world.space("hooks-order")?;
    let dev = &space.dev;
    dev.line("kubectl-helmx install web test/hooks")?.ok()?;
    let made = |object: &str| -> Result<String> {
        let path = "jsonpath={.metadata.resourceVersion}";
        space.admin.run(&["kubectl", "get", object, "-o", path])?.ok()
    };
    prints(dev.line("kubectl get pod web-check -o jsonpath={.status.phase}"), "Succeeded")?;
    let version = |text: String| text.parse::<u64>().map_err(anyhow::Error::from);
    ensure!(version(made("configmap/web-first")?)? < version(made("pod/web-check")?)?, "weights order hooks");
    ensure!(version(made("pod/web-check")?)? < version(made("configmap/web")?)?, "pre-install comes before objects");
    let recorded: Value = serde_json::from_str(&space.admin.line("helm status web -o json")?.ok()?)?;
    let phases: Vec<_> = recorded["hooks"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|hook| hook["last_run"]["phase"].as_str())
        .collect();
    ensure!(phases.iter().filter(|phase| **phase == "Succeeded").count() == 2, "{}", recorded["hooks"]);
    shows(dev.line("kubectl-helmx get hooks web"), &["pre-install", "post-delete"])?;
    dev.line("kubectl-helmx uninstall web")?.ok()?;
    prints(dev.line("kubectl get configmap web-after -o name"), "configmap/web-after")
}

fn hook_fails(world: &World) -> Result<()> {
    let space = world.space("hooks-fail")?;
    let dev = &space.dev;
    refused(
        dev.line("kubectl-helmx install web test/hooks --set pod=fail"),
        &["INSTALLATION FAILED", "pre-install", "hooks/templates/pod.yaml", "web-check"],
    )?;
    prints(dev.line("kubectl get configmap web -o name --ignore-not-found"), "")?;
    prints(dev.line("kubectl get release web -o jsonpath={.status.phase}"), "failed")?;
    dev.line("kubectl-helmx upgrade web test/hooks --set pod=succeed")?.ok()?;
    deployed(&space, "web", 2)?;
    refused(
        dev.line("kubectl-helmx upgrade web test/hooks --set pod=unready --timeout 3s"),
        &["UPGRADE FAILED", "pre-upgrade", "web-check", "deadline"],
    )?;
    prints(dev.line("kubectl get revision web.v2 -o jsonpath={.status.phase}"), "deployed")
}

fn hook_policies(world: &World) -> Result<()> {
    let space = world.space("hooks-policy")?;
    let pod = |wanted: &str| {
        eventually(|| prints(space.dev.line("kubectl get pod web-check -o name --ignore-not-found"), wanted))
    };
    space.dev.line("kubectl-helmx install web test/hooks --set policy=hook-succeeded")?.ok()?;
    pod("")?;
    let failing = "kubectl-helmx upgrade web test/hooks --set pod=fail,policy=";
    space.dev.line(&format!("{failing}hook-succeeded"))?.failed()?;
    pod("pod/web-check")?;
    space.dev.line("kubectl delete pod web-check --force --grace-period=0")?.ok()?;
    space.dev.line(&format!("{failing}hook-failed"))?.failed()?;
    pod("")
}

fn no_hooks(world: &World) -> Result<()> {
    let space = world.space("hooks-none")?;
    space.dev.line("kubectl-helmx install web test/hooks --no-hooks --set pod=fail")?.ok()?;
    prints(space.dev.line("kubectl get pods -o name"), "")?;
    prints(space.dev.line("kubectl get configmap web -o jsonpath={.data.greeting}"), "")
}

fn definitions(world: &World) -> Result<()> {
    let space = world.space("definitions")?;
    refused(
        space.dev.line("kubectl-helmx install web test/crds"),
        &["customresourcedefinitions.apiextensions.k8s.io"],
    )?;
    space.dev.line("kubectl-helmx uninstall web --ignore-not-found")?.ok()?;
    refused(
        space.admin.line("kubectl-helmx install web test/crds --skip-crds"),
        &["Gizmo", "ensure CRDs are installed first"],
    )?;
    space.admin.line("kubectl-helmx install web test/crds")?.ok()?;
    prints(space.admin.line("kubectl get gizmos -o name"), "gizmo.test.helmx.dev/web")?;
    space.admin.line("kubectl-helmx uninstall web")?.ok()?;
    prints(
        space.admin.line("kubectl get crd gizmos.test.helmx.dev -o name"),
        "customresourcedefinition.apiextensions.k8s.io/gizmos.test.helmx.dev",
    )
}

fn stalls(world: &World) -> Result<()> {
    let space = world.space("wait-timeouts")?;
    let mut object = release("web", &json!({"deploy": true, "pod": "unready"}));
    object["spec"]["wait"] = json!(true);
    object["spec"]["timeout"] = json!("3s");
    feed(&space.dev, "create", &object)?.ok()?;
    space.dev.line("kubectl wait release/web --for=condition=Stalled --timeout=30s")?.ok()?;
    prints(space.dev.line("kubectl get release web -o jsonpath={.status.operation.phase}"), "Failed")?;
    refused(space.dev.line("kubectl wait release/web --for=condition=Ready --timeout=1s"), &["timed out"])
}

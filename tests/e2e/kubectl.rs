//! Stock kubectl writes releases: every verb that people use, and what it says when they err.

use anyhow::Result;
use helmx_tests::shell::Shell;
use serde_json::{Value, json};

use crate::expect::{eventually, has, lacks, prints, refused, shows};
use crate::runner::{Case, case};
use crate::world::{Space, World};

pub const CASES: &[Case] = &[
    case("kubectl::create_installs_and_twice_is_409", create),
    case("kubectl::dry_run_changes_nothing", dry_run),
    case("kubectl::apply_client_side_installs_upgrades_and_rests", apply_client_side),
    case("kubectl::apply_server_side_keeps_owners_of_fields", apply_server_side),
    case("kubectl::edit_upgrades", edit),
    case("kubectl::patch_merges_and_refuses_nonsense", patch),
    case("kubectl::replace_with_an_old_version_is_409", stale),
    case("kubectl::unknown_and_mistyped_fields_are_named", bad_fields),
    case("kubectl::label_and_annotate_touch_no_object", labels),
    case("kubectl::diff_shows_the_change", diff),
    case("kubectl::delete_uninstalls_one_and_all", delete),
    case("kubectl::delete_checks_preconditions", preconditions),
    case("kubectl::wait_sees_ready_and_gone", wait),
];

/// A release of `test/web` as a manifest.
pub fn release(name: &str, values: &Value) -> Value {
    json!({
        "apiVersion": "helmx.dev/v1alpha1",
        "kind": "Release",
        "metadata": {"name": name},
        "spec": {"chart": {"repository": "test", "name": "web", "version": "1.0.0"}, "values": values},
    })
}

/// `kubectl VERB -f -` with an object.
pub fn feed(shell: &Shell, verb: &str, object: &Value) -> Result<helmx_tests::shell::Outcome> {
    shell.line_with_input(&format!("kubectl {verb} -f -"), &object.to_string())
}

/// A namespace with release `web`, deployed by its developer.
pub fn with_release(world: &World, name: &str) -> Result<Space> {
    let space = world.space(name)?;
    feed(&space.dev, "create", &release("web", &json!({"greeting": "hi"})))?.ok()?;
    deployed(&space, "web", 1)?;
    Ok(space)
}

/// Waits until a revision is deployed.
pub fn deployed(space: &Space, name: &str, revision: u32) -> Result<()> {
    let path = "kubectl get release NAME -o jsonpath={.status.revision}={.status.phase}={.status.operation.phase}";
    eventually(|| prints(space.admin.line(&path.replace("NAME", name)), &format!("{revision}=deployed=Succeeded")))
}

fn create(world: &World) -> Result<()> {
    let space = with_release(world, "create")?;
    refused(feed(&space.dev, "create", &release("web", &json!({}))), &["AlreadyExists", "\"web\" already exists"])?;
    refused(feed(&space.dev, "create", &release("UPPER", &json!({}))), &["UPPER", "metadata.name"])?;
    let long = "x".repeat(54);
    refused(feed(&space.dev, "create", &release(&long, &json!({}))), &["metadata.name", "53"])?;
    let mut generated = release("web", &json!({}));
    generated["metadata"] = json!({"generateName": "gen-"});
    shows(feed(&space.dev, "create", &generated), &["release.helmx.dev/gen-", "created"])
}

fn dry_run(world: &World) -> Result<()> {
    let space = with_release(world, "dry-run")?;
    let dev = &space.dev;
    let created = feed(dev, "create --dry-run=server -o yaml", &release("other", &json!({})))?.ok()?;
    has(&created, &["name: other", "uid:"])?;
    refused(dev.line("kubectl get release other"), &["NotFound"])?;
    let before = space.field("web", ".metadata.resourceVersion")?;
    dev.line("kubectl delete release web --dry-run=server")?.ok()?;
    dev.line("kubectl label release web a=b --dry-run=server")?.ok()?;
    feed(dev, "apply --server-side --force-conflicts --dry-run=server", &release("web", &json!({"greeting": "new"})))?
        .ok()?;
    prints(dev.line("kubectl get release web -o jsonpath={.metadata.resourceVersion}"), &before)?;
    let bad = release("other", &json!({"replicas": "many"}));
    refused(feed(dev, "create --dry-run=server", &bad), &["replicas"])
}

fn apply_client_side(world: &World) -> Result<()> {
    let space = world.space("apply-client")?;
    let dev = &space.dev;
    shows(feed(dev, "apply", &release("web", &json!({"greeting": "one"}))), &["web created"])?;
    deployed(&space, "web", 1)?;
    shows(feed(dev, "apply", &release("web", &json!({"greeting": "one"}))), &["web unchanged"])?;
    shows(feed(dev, "apply", &release("web", &json!({"greeting": "two"}))), &["web configured"])?;
    deployed(&space, "web", 2)?;
    prints(dev.line("kubectl get configmap web -o jsonpath={.data.greeting}"), "two")?;
    shows(feed(dev, "apply", &release("web", &json!({}))), &["web configured"])?;
    deployed(&space, "web", 3)?;
    prints(dev.line("kubectl get configmap web -o jsonpath={.data.greeting}"), "hello")
}

fn apply_server_side(world: &World) -> Result<()> {
    let space = world.space("apply-server")?;
    let dev = &space.dev;
    shows(
        feed(dev, "apply --server-side --field-manager=one", &release("web", &json!({"greeting": "one"}))),
        &["serverside-applied"],
    )?;
    deployed(&space, "web", 1)?;
    let other = release("web", &json!({"greeting": "two"}));
    refused(
        feed(dev, "apply --server-side --field-manager=two", &other),
        &["conflict", "\"one\"", ".spec.values.greeting"],
    )?;
    prints(dev.line("kubectl get release web -o jsonpath={.status.revision}"), "1")?;
    feed(dev, "apply --server-side --field-manager=two --force-conflicts", &other)?.ok()?;
    deployed(&space, "web", 2)?;
    feed(dev, "apply --server-side --field-manager=two --force-conflicts", &other)?.ok()?;
    prints(dev.line("kubectl get release web -o jsonpath={.status.revision}"), "2")?;
    let managers =
        dev.line("kubectl get release web -o jsonpath={.metadata.managedFields[*].manager} --show-managed-fields")?;
    has(&managers.ok()?, &["one", "two"])
}

fn edit(world: &World) -> Result<()> {
    let space = with_release(world, "edit")?;
    let editor = |script: &str| space.dev.clone().with("KUBE_EDITOR", script);
    shows(editor("sed -i s/greeting:\\ hi/greeting:\\ edited/").line("kubectl edit release web"), &["web edited"])?;
    deployed(&space, "web", 2)?;
    prints(space.dev.line("kubectl get configmap web -o jsonpath={.data.greeting}"), "edited")?;
    shows(editor("true").line("kubectl edit release web"), &["no changes made"])?;
    let outcome = editor("sed -i s/name:\\ web/name:\\ other/").line("kubectl edit release web")?;
    outcome.failed()?;
    prints(space.dev.line("kubectl get releases -o name"), "release.helmx.dev/web")
}

fn patch(world: &World) -> Result<()> {
    let space = with_release(world, "patch")?;
    let dev = &space.dev;
    dev.line(r#"kubectl patch release web --type=merge -p '{"spec":{"values":{"greeting":"merged"}}}'"#)?.ok()?;
    deployed(&space, "web", 2)?;
    dev.line(r#"kubectl patch release web --type=json -p '[{"op":"replace","path":"/spec/values/greeting","value":"json"}]'"#)?.ok()?;
    deployed(&space, "web", 3)?;
    prints(dev.line("kubectl get configmap web -o jsonpath={.data.greeting}"), "json")?;
    refused(
        dev.line(
            r#"kubectl patch release web --type=json -p '[{"op":"test","path":"/spec/values/greeting","value":"x"}]'"#,
        ),
        &["is invalid", "/spec/values/greeting", "did not match"],
    )?;
    refused(
        dev.line(r#"kubectl patch release web --type=strategic -p '{"spec":{}}'"#),
        &["application/strategic-merge-patch+json is not supported"],
    )?;
    refused(
        dev.line(r#"kubectl patch release web --type=merge -p '{"metadata":{"name":"x"}}'"#),
        &["Error from server"],
    )?;
    refused(dev.line(r#"kubectl patch release web --type=merge -p '{"spec":{"timeout":"soon"}}'"#), &["spec.timeout"])?;
    dev.line(r#"kubectl patch release web --type=merge -p '{"status":{"phase":"nonsense"}}'"#)?.ok()?;
    prints(dev.line("kubectl get release web -o jsonpath={.status.phase}{.status.revision}"), "deployed3")
}

fn stale(world: &World) -> Result<()> {
    let space = with_release(world, "stale")?;
    let old: Value = serde_json::from_str(&space.dev.line("kubectl get release web -o json")?.ok()?)?;
    space.dev.line("kubectl annotate release web a=b")?.ok()?;
    refused(feed(&space.dev, "replace", &old), &["Conflict", "the object has been modified"])
}

fn bad_fields(world: &World) -> Result<()> {
    let space = world.space("bad-fields")?;
    let changed = |pointer: &str, value: Value| {
        let mut object = release("web", &json!({}));
        if let Some((parent, field)) = pointer.rsplit_once('/')
            && let Some(parent) = object.pointer_mut(parent)
        {
            parent[field] = value;
        }
        object
    };
    let cases = [
        ("/spec/nonsense", json!(1), "nonsense"),
        ("/spec/chart/versoin", json!("1"), "versoin"),
        ("/spec/wait", json!("yes"), "spec.wait"),
        ("/spec/values", json!([]), "spec.values"),
        ("/spec/chart", json!(null), "spec.chart"),
        ("/spec/historyMax", json!(-1), "spec.historyMax"),
        ("/spec/timeout", json!("soon"), "spec.timeout"),
        ("/spec/valuesFrom", json!([{}]), "spec.valuesFrom"),
        ("/spec/chart/version", json!("not a constraint"), "spec.chart.version"),
    ];
    for (pointer, value, phrase) in cases {
        refused(feed(&space.dev, "create", &changed(pointer, value)), &[phrase])
            .map_err(|error| error.context(pointer.to_owned()))?;
    }
    prints(space.dev.line("kubectl get releases -o name"), "")
}

fn labels(world: &World) -> Result<()> {
    let space = with_release(world, "labels")?;
    let dev = &space.dev;
    let before = dev.line("kubectl get configmap web -o jsonpath={.metadata.resourceVersion}")?.ok()?;
    dev.line("kubectl label release web tier=front")?.ok()?;
    dev.line("kubectl annotate release web note='with spaces'")?.ok()?;
    prints(dev.line("kubectl get release web -o jsonpath={.metadata.labels.tier},{.metadata.annotations.note},{.status.revision}"), "front,with spaces,1")?;
    prints(dev.line("kubectl get configmap web -o jsonpath={.metadata.resourceVersion}"), &before)?;
    dev.line("kubectl label release web tier-")?.ok()?;
    prints(dev.line("kubectl get release web -o jsonpath={.metadata.labels.tier}"), "")?;
    refused(dev.line("kubectl label release web 'tier=not valid'"), &["tier"])
}

fn diff(world: &World) -> Result<()> {
    let space = with_release(world, "diff")?;
    let changed = feed(&space.dev, "diff", &release("web", &json!({"greeting": "bye"})))?;
    anyhow::ensure!(changed.code == 1, "a difference is exit code 1, not {}: {}", changed.code, changed.both());
    has(&changed.stdout, &["-    greeting: hi", "+    greeting: bye"])?;
    let same = feed(&space.dev, "diff --server-side --force-conflicts", &release("web", &json!({"greeting": "hi"})))?;
    lacks(&same.stdout, &["greeting"])
}

fn delete(world: &World) -> Result<()> {
    let space = with_release(world, "delete")?;
    let dev = &space.dev;
    shows(dev.line("kubectl delete release web"), &["\"web\" deleted"])?;
    refused(dev.line("kubectl get release web"), &["NotFound"])?;
    prints(dev.line("kubectl get configmap -l app=web -o name"), "")?;
    for name in ["one", "two"] {
        dev.line(&format!("kubectl helmx install {name} test/web"))?.ok()?;
    }
    dev.line("kubectl label release one keep=yes")?.ok()?;
    dev.line("kubectl delete releases -l keep!=yes")?.ok()?;
    prints(dev.line("kubectl get releases -o name"), "release.helmx.dev/one")?;
    dev.line("kubectl delete releases --all")?.ok()?;
    prints(dev.line("kubectl get releases,revisions -o name"), "")?;
    prints(space.admin.line("kubectl get secrets -o name"), "")
}

fn preconditions(world: &World) -> Result<()> {
    let space = with_release(world, "preconditions")?;
    let path = "/apis/helmx.dev/v1alpha1/namespaces/preconditions/releases/web";
    let options = json!({"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": "wrong"}});
    let outcome = space.dev.line_with_input(&format!("kubectl delete --raw {path} -f -"), &options.to_string());
    refused(outcome, &["Conflict", "wrong"])?;
    prints(space.dev.line("kubectl get release web -o jsonpath={.status.phase}"), "deployed")
}

fn wait(world: &World) -> Result<()> {
    let space = world.space("wait")?;
    let values = json!({"deploy": true});
    feed(&space.dev, "create", &release("web", &values))?.ok()?;
    space.dev.line("kubectl wait release/web --for=condition=Ready --timeout=60s")?.ok()?;
    prints(space.dev.line("kubectl get deployment web -o jsonpath={.status.readyReplicas}"), "1")?;
    space.dev.line("kubectl wait release/web --for=jsonpath={.status.phase}=deployed --timeout=10s")?.ok()?;
    space.dev.line("kubectl delete release web --wait=false")?.ok()?;
    space.dev.line("kubectl wait release/web --for=delete --timeout=60s")?.ok()?;
    refused(space.dev.line("kubectl wait release/web --for=condition=Ready --timeout=1s"), &["NotFound"])
}

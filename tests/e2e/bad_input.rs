//! What goes wrong for people, one case each: the message, the way out, nothing lost.

use anyhow::Result;
use serde_json::json;

use crate::expect::{eventually, has, lacks, prints, refused, shows};
use crate::kubectl::{deployed, feed, release};
use crate::runner::{Case, case};
use crate::world::{Space, World};

pub const CASES: &[Case] = &[
    case("bad_input::unknown_names_get_the_nearest_ones", unknown_names),
    case("bad_input::prereleases_are_only_taken_by_name", prereleases),
    case("bad_input::schema_violations_are_all_named", schema),
    case("bad_input::template_errors_have_a_place_and_a_cause", template_errors),
    case("bad_input::renders_without_end_are_ended_where_they_are", runaway),
    case("bad_input::jinja_errors_have_a_place_and_a_cause", jinja_errors),
    case("bad_input::yaml_that_does_not_parse_names_its_template", bad_yaml),
    case("bad_input::kinds_that_the_cluster_lacks", unknown_kinds),
    case("bad_input::what_the_core_refuses_is_said_by_object", core_refuses),
    case("bad_input::names_that_are_taken_and_adoption", taken),
    case("bad_input::objects_of_another_release_are_not_adopted", taken_by_release),
    case("bad_input::namespaces_that_are_missing", missing_namespace),
    case("bad_input::namespaces_that_are_terminating", terminating_namespace),
    case("bad_input::a_bad_upgrade_leaves_the_release_as_it_is", bad_upgrade),
    case("bad_input::fields_that_somebody_else_owns", conflicts),
    case("bad_input::uninstall_without_rights_keeps_the_release", uninstall_without_rights),
    case("bad_input::objects_that_are_gone_do_not_stop_an_uninstall", objects_gone),
    case("bad_input::a_damaged_record_is_named_and_harms_no_other", damaged_record),
    case("bad_input::a_record_too_large_for_a_secret_is_refused", large_record),
];

/// Nothing of a refused write is left: no release, no object, no record.
fn untouched(space: &Space) -> Result<()> {
    prints(space.admin.line("kubectl get releases,secrets,deployments,services -o name"), "")
}

fn runaway(world: &World) -> Result<()> {
    let space = world.space("runaway")?;
    let cases = [
        ("loop", "the render took more than 20000000 steps"),
        ("keys", "<genPrivateKey \"ecdsa\">: error calling genPrivateKey: the render took more than 20000000 steps"),
        ("time", "derivePassword"),
    ];
    for (trouble, reason) in cases {
        let line = format!("kubectl-helmx install web test/trouble --set trouble={trouble}");
        refused(
            space.dev.line(&line),
            &["INSTALLATION FAILED", "trouble/templates/trouble.yaml:", "the render took", reason],
        )?;
    }
    untouched(&space)
}

fn jinja_errors(world: &World) -> Result<()> {
    let space = world.space("jinja")?;
    let dev = &space.dev;
    refused(
        dev.line("kubectl-helmx install web test/jinja --set wrong.at.x=1"),
        &["INSTALLATION FAILED", "jinja/templates/config.yaml.j2:", "undefined"],
    )?;
    untouched(&space)?;
    shows(dev.line("kubectl-helmx install web test/jinja --set greeting=ahoy"), &["web speaks Jinja."])?;
    prints(dev.line("kubectl get configmap web -o jsonpath={.data}"), r#"{"a":"AHOY","b":"AHOY","tenant":"jinja"}"#)?;
    shows(space.admin.line("helm get manifest web"), &["# Source: jinja/templates/config.yaml.j2", "AHOY"])
}

fn unknown_names(world: &World) -> Result<()> {
    let space = world.space("unknown-names")?;
    let dev = &space.dev;
    let cases: [(&str, &[&str]); 6] = [
        ("corpus/ngnix", &["chart \"ngnix\" not found in repository \"corpus\"", "did you mean nginx"]),
        ("corpus/zzzzzz", &["chart \"zzzzzz\" not found"]),
        ("corpos/nginx", &["repository \"corpos\" is not known", "did you mean corpus"]),
        ("test/web --version 1.0.1", &["chart \"web\"", "1.0.1", "did you mean 1.0.0"]),
        ("test/web --version ^9", &["chart \"web\"", "^9"]),
        ("test/web --version latest", &["latest"]),
    ];
    for (chart, phrases) in cases {
        refused(dev.line(&format!("kubectl-helmx install web {chart}")), phrases)?;
    }
    let mut object = release("web", &json!({}));
    object["spec"]["chart"]["name"] = json!("wev");
    refused(feed(dev, "create", &object), &["is invalid", "spec.chart.name", "did you mean web"])?;
    lacks(&dev.line("kubectl-helmx install web corpus/zzzzzz")?.failed()?, &["did you mean"])?;
    untouched(&space)
}

fn prereleases(world: &World) -> Result<()> {
    let space = world.space("prereleases")?;
    space.dev.line("kubectl-helmx install newest test/web")?.ok()?;
    prints(space.dev.line("kubectl get release newest -o jsonpath={.status.chart.version}"), "1.1.0")?;
    refused(space.dev.line("kubectl-helmx install beta test/web --version ^2"), &["^2"])?;
    space.dev.line("kubectl-helmx install beta test/web --version 2.0.0-beta.1")?.ok()?;
    prints(space.dev.line("kubectl get release beta -o jsonpath={.status.chart.version}"), "2.0.0-beta.1")
}

fn schema(world: &World) -> Result<()> {
    let space = world.space("schema")?;
    let flags = "--set-json greeting=7 --set replicas=-1";
    let phrases = ["values don't meet the specifications of the schema(s)", "web:", "greeting", "replicas"];
    refused(space.dev.line(&format!("kubectl-helmx install web test/web {flags}")), &phrases)?;
    refused(
        feed(&space.dev, "create", &release("web", &json!({"greeting": 7, "replicas": -1}))),
        &["is invalid", "greeting", "replicas"],
    )?;
    untouched(&space)?;
    space.dev.line(&format!("kubectl-helmx install web test/web {flags} --skip-schema-validation"))?.ok().map(drop)
}

fn trouble(space: &Space, flags: &str) -> Result<helmx_tests::shell::Outcome> {
    space.dev.line(&format!("kubectl-helmx install web test/trouble --set {flags}"))
}

fn template_errors(world: &World) -> Result<()> {
    let space = world.space("template-errors")?;
    refused(
        trouble(&space, "trouble=template"),
        &["trouble/templates/trouble.yaml:2:10", "<.Values.nothing.at.all>", "nil pointer evaluating interface {}.at"],
    )?;
    refused(trouble(&space, "trouble=required"), &["trouble/templates/trouble.yaml:4:3", "a port is required"])?;
    untouched(&space)
}

fn bad_yaml(world: &World) -> Result<()> {
    let space = world.space("bad-yaml")?;
    refused(trouble(&space, "trouble=yaml"), &["trouble/templates/trouble.yaml", "line"])?;
    untouched(&space)
}

fn unknown_kinds(world: &World) -> Result<()> {
    let space = world.space("unknown-kinds")?;
    refused(
        trouble(&space, "trouble=kind"),
        &["no matches for kind \"Gadget\" in version \"nowhere.test/v1\"", "ensure CRDs are installed first"],
    )?;
    untouched(&space)
}

fn core_refuses(world: &World) -> Result<()> {
    let space = world.space("core-refuses")?;
    refused(trouble(&space, "trouble=field"), &["Service", "\"web\"", "99999", "must be between 1 and 65535"])?;
    prints(space.dev.line("kubectl get release web -o jsonpath={.status.phase}"), "failed")?;
    shows(space.dev.line("kubectl describe release web"), &["99999"])?;
    shows(space.admin.line("helm status web"), &["STATUS: failed"])?;
    // As with helm: the same values are tried again, and fail again.
    refused(space.dev.line("kubectl-helmx upgrade web test/trouble"), &["UPGRADE FAILED", "99999"])?;
    space.dev.line("kubectl-helmx upgrade web test/trouble --reset-values")?.ok()?;
    deployed(&space, "web", 3)
}

fn taken(world: &World) -> Result<()> {
    let space = world.space("taken")?;
    let dev = &space.dev;
    dev.line("kubectl create configmap web --from-literal=mine=yes")?.ok()?;
    refused(
        dev.line("kubectl-helmx install web test/web"),
        &["ConfigMap", "\"web\"", "exists", "missing key \"app.kubernetes.io/managed-by\"", "takeOwnership"],
    )?;
    prints(dev.line("kubectl get configmap web -o jsonpath={.data}"), "{\"mine\":\"yes\"}")?;
    prints(dev.line("kubectl get releases -o name"), "")?;
    dev.line("kubectl-helmx install web test/web --take-ownership")?.ok()?;
    prints(dev.line("kubectl get configmap web -o jsonpath={.data.greeting}"), "hello")
}

fn taken_by_release(world: &World) -> Result<()> {
    let (ours, theirs) = (world.space("taken-a")?, world.space("taken-b")?);
    theirs.dev.line("kubectl-helmx install web test/web")?.ok()?;
    refused(
        ours.admin.line("kubectl-helmx install web test/trouble --set trouble=namespace,namespace=taken-b"),
        &["release-namespace", "must equal \"taken-a\"", "current value is \"taken-b\""],
    )?;
    prints(theirs.dev.line("kubectl get configmap web -o jsonpath={.data.greeting}"), "hello")?;
    theirs.dev.line("kubectl annotate configmap web meta.helm.sh/release-name=other --overwrite")?.ok()?;
    shows(theirs.dev.line("kubectl-helmx uninstall web"), &["uninstalled"])?;
    prints(theirs.dev.line("kubectl get configmap web -o jsonpath={.data.greeting}"), "hello")
}

fn missing_namespace(world: &World) -> Result<()> {
    let admin = &world.admin;
    refused(admin.line("kubectl-helmx install web test/web -n nowhere"), &["namespaces \"nowhere\" not found"])?;
    refused(
        admin.line_with_input("kubectl create -n nowhere -f -", &release("web", &json!({})).to_string()),
        &["NotFound", "namespaces \"nowhere\" not found"],
    )
}

fn terminating_namespace(world: &World) -> Result<()> {
    let space = world.space("terminating")?;
    let admin = &space.admin;
    space.dev.line("kubectl-helmx install web test/web")?.ok()?;
    let held = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "held", "finalizers": ["test.helmx.dev/hold"]}});
    feed(admin, "create", &held)?.ok()?;
    admin.line("kubectl delete namespace terminating --wait=false")?.ok()?;
    eventually(|| prints(admin.line("kubectl get namespace terminating -o jsonpath={.status.phase}"), "Terminating"))?;
    refused(
        admin.line("kubectl-helmx install late test/web"),
        &["orbidden", "namespace terminating because it is being terminated"],
    )?;
    eventually(|| prints(admin.line("kubectl get releases -o name"), ""))?;
    admin.line(r#"kubectl patch configmap held --type=merge -p '{"metadata":{"finalizers":null}}'"#)?.ok()?;
    admin.line("kubectl wait namespace/terminating --for=delete --timeout=60s")?.ok().map(drop)
}

fn bad_upgrade(world: &World) -> Result<()> {
    let space = world.space("bad-upgrade")?;
    let dev = &space.dev;
    dev.line("kubectl-helmx install web test/web --set greeting=good")?.ok()?;
    let before = dev.line("kubectl get release web -o json")?.ok()?;
    for flags in [
        "test/web --set replicas=many",
        "test/trouble --set trouble=template",
        "test/trouble --set trouble=kind",
        "test/nothing",
    ] {
        refused(dev.line(&format!("kubectl-helmx upgrade web {flags}")), &["UPGRADE FAILED"])?;
    }
    prints(dev.line("kubectl get release web -o json"), &before)?;
    prints(dev.line("kubectl get configmap web -o jsonpath={.data.greeting}"), "good")
}

fn conflicts(world: &World) -> Result<()> {
    let space = world.space("conflicts")?;
    let dev = &space.dev;
    dev.line("kubectl-helmx install web test/web")?.ok()?;
    let theirs =
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}, "data": {"greeting": "theirs"}});
    feed(dev, "apply --server-side --force-conflicts --field-manager=intruder", &theirs)?.ok()?;
    refused(
        dev.line("kubectl-helmx upgrade web test/web --set greeting=ours"),
        &["conflict", "intruder", ".data.greeting", "forceConflicts"],
    )?;
    prints(dev.line("kubectl get configmap web -o jsonpath={.data.greeting}"), "theirs")?;
    dev.line("kubectl-helmx upgrade web test/web --set greeting=ours --force-conflicts")?.ok()?;
    prints(dev.line("kubectl get configmap web -o jsonpath={.data.greeting}"), "ours")
}

fn uninstall_without_rights(world: &World) -> Result<()> {
    let space = world.space("kept")?;
    let (admin, dev) = (&space.admin, &space.dev);
    admin.line("kubectl-helmx install web test/trouble --set trouble=cluster")?.ok()?;
    refused(
        dev.line("kubectl-helmx uninstall web"),
        &["the release is kept", "delete clusterroles.rbac.authorization.k8s.io \"web-kept\"", "clusterrolebindings"],
    )?;
    refused(dev.line("kubectl delete release web"), &["Forbidden", "the release is kept"])?;
    prints(dev.line("kubectl get release web -o jsonpath={.status.phase}"), "deployed")?;
    prints(admin.line("kubectl get clusterrole web-kept -o name"), "clusterrole.rbac.authorization.k8s.io/web-kept")?;
    admin.line("kubectl-helmx uninstall web")?.ok()?;
    prints(admin.line("kubectl get clusterrole web-kept -o name --ignore-not-found"), "")
}

fn objects_gone(world: &World) -> Result<()> {
    let space = world.space("objects-gone")?;
    space.dev.line("kubectl-helmx install web test/web --set deploy=true")?.ok()?;
    space.dev.line("kubectl delete configmap/web deployment/web")?.ok()?;
    space.dev.line("kubectl-helmx uninstall web")?.ok()?;
    prints(space.dev.line("kubectl get releases -o name"), "")
}

fn damaged_record(world: &World) -> Result<()> {
    let space = world.space("damaged")?;
    let (admin, dev) = (&space.admin, &space.dev);
    dev.line("kubectl-helmx install web test/web")?.ok()?;
    dev.line("kubectl-helmx install good test/web")?.ok()?;
    let damage =
        r#"kubectl patch secret sh.helm.release.v1.web.v1 --type=merge -p '{"data":{"release":"bm9uc2Vuc2U="}}'"#;
    admin.line(damage)?.ok()?;
    eventually(|| shows(dev.line("kubectl get releases"), &["good", "deployed"]))?;
    dev.line("kubectl-helmx upgrade good test/web --set greeting=x")?.ok()?;
    refused(dev.line("kubectl-helmx upgrade web test/web --set greeting=x"), &["web", "record"])?;
    has(&dev.line("kubectl-helmx get manifest web")?.failed()?, &["web"])
}

fn large_record(world: &World) -> Result<()> {
    let space = world.space("large")?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("values.json");
    // Text that gzip cannot shorten much: the record must exceed a Secret's 1 MiB.
    let mut state = 1_u64;
    let noise: String = (0..1_600_000)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b'!' + (state >> 58) as u8).to_string().replace(['"', '\\', '\''], "x")
        })
        .collect();
    std::fs::write(&path, json!({"greeting": "x", "noise": noise}).to_string())?;
    let outcome = space.dev.line(&format!("kubectl-helmx install web test/web -f {}", path.display()));
    refused(outcome, &["INSTALLATION FAILED", "a Secret holds 1048576", "large files"])?;
    untouched(&space)
}

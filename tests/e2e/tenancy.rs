//! Who may do and see what: tenants, hidden values, the requester's rights and nobody else's.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::expect::{eventually, has, lacks, prints, refused, shows};
use crate::kubectl::{deployed, feed, release};
use crate::runner::{Case, case};
use crate::world::{Space, World};

pub const CASES: &[Case] = &[
    case("tenancy::a_false_claim_is_403", false_claim),
    case("tenancy::a_claim_is_allowed_to_whoever_may_use_the_tenant", allowed_claim),
    case("tenancy::a_forged_label_in_a_template_is_overwritten_or_refused", forged),
    case("tenancy::tenants_marks_are_on_every_object_and_in_the_record", marks),
    case("tenancy::two_tenants_that_claim_a_namespace_block_it", disputed),
    case("tenancy::nothing_of_another_tenant_can_be_reached", cross_tenant),
    case("tenancy::values_are_hidden_from_readers", hidden_values),
    case("tenancy::writes_may_not_change_what_the_writer_cannot_see", hidden_writes),
    case("tenancy::secrets_in_manifests_are_redacted", redacted),
    case("tenancy::objects_are_made_by_the_requester", identity),
    case("tenancy::the_server_itself_has_no_rights_on_tenants_objects", server_rights),
    case("tenancy::lookup_sees_what_the_requester_sees", lookup),
    case("tenancy::values_from_are_read_as_the_requester", values_from),
    case("tenancy::nobody_grants_more_than_they_have", escalation),
    case("tenancy::objects_of_other_namespaces_need_rights_there", other_namespace),
    case("tenancy::impersonated_users_act_with_their_own_rights", impersonated),
    case("tenancy::a_service_account_installs", service_account),
];

fn false_claim(world: &World) -> Result<()> {
    let (ours, theirs) = (world.space("claim-a")?, world.space("claim-b")?);
    let mut object = release("web", &json!({}));
    for (claim, place) in [("claim-b", "belongs to tenant \"claim-a\""), ("nobody", "nobody")] {
        object["spec"]["tenant"] = json!(claim);
        refused(feed(&ours.dev, "create", &object), &["Forbidden", claim, place])?;
    }
    prints(ours.admin.line("kubectl get releases,secrets -o name"), "")?;
    object["spec"]["tenant"] = json!("claim-a");
    feed(&ours.dev, "create", &object)?.ok()?;
    deployed(&ours, "web", 1)?;
    refused(
        ours.dev.line(r#"kubectl patch release web --type=merge -p '{"spec":{"tenant":"claim-b"}}'"#),
        &["Forbidden", "claim-b"],
    )?;
    prints(theirs.dev.line("kubectl get releases -o name"), "")
}

fn allowed_claim(world: &World) -> Result<()> {
    let space = world.space("claim-used")?;
    world.space("claim-lent")?;
    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "lend"},
        "rules": [{
            "apiGroups": ["config.helmx.dev"], "resources": ["tenants"], "resourceNames": ["claim-lent"], "verbs": ["use"],
        }],
    });
    world.apply(&role)?;
    world.admin.line("kubectl create clusterrolebinding lend --clusterrole=lend --user=dev-claim-used")?.ok()?;
    let mut object = release("web", &json!({}));
    object["spec"]["tenant"] = json!("claim-lent");
    eventually(|| feed(&space.dev, "apply", &object)?.ok().map(drop))?;
    deployed(&space, "web", 1)?;
    prints(space.dev.line("kubectl get configmap web -o jsonpath={.metadata.labels.helmx\\.dev/tenant}"), "claim-lent")
}

fn forged(world: &World) -> Result<()> {
    let space = world.space("forged")?;
    let outcome = space.dev.line("kubectl-helmx install web test/trouble --set trouble=forged")?;
    if outcome.code != 0 {
        has(&outcome.both(), &["forbidden", "somebody-else"])?;
        return prints(space.dev.line("kubectl get configmaps -l helmx.dev/tenant -o name"), "");
    }
    prints(space.dev.line("kubectl get configmap web -o jsonpath={.metadata.labels.helmx\\.dev/tenant}"), "forged")
}

fn marks(world: &World) -> Result<()> {
    let space = world.space("marks")?;
    let patch = r#"{"spec":{"labels":{"cost-center":"42"},"annotations":{"contact":"ops@marks.test"}}}"#;
    world.admin.line(&format!("kubectl patch tenant marks --type=merge -p '{patch}'"))?.ok()?;
    let install = "kubectl-helmx upgrade --install web test/web --set deploy=true,password=x";
    eventually(|| {
        space.dev.line(install)?.ok()?;
        prints(space.dev.line("kubectl get configmap web -o jsonpath={.metadata.labels.cost-center}"), "42")
    })?;
    for object in ["configmap/web", "deployment/web"] {
        let shown = space.dev.line(&format!("kubectl get {object} -o jsonpath={{.metadata}}"))?.ok()?;
        has(&shown, &["\"helmx.dev/tenant\":\"marks\"", "\"cost-center\":\"42\"", "\"contact\":\"ops@marks.test\""])?;
    }
    prints(space.dev.line("kubectl get configmap web -o jsonpath={.data.tenant}"), "marks")?;
    has(&space.admin.line("helm get manifest web")?.ok()?, &["helmx.dev/tenant: \"marks\"", "cost-center"])?;
    prints(space.field("web", ".status.tenant").map(outcome)?, "marks")
}

/// A text as if a command had printed it.
fn outcome(stdout: String) -> Result<helmx_tests::shell::Outcome> {
    Ok(helmx_tests::shell::Outcome { line: "kubectl get release".into(), code: 0, stdout, stderr: String::new() })
}

fn disputed(world: &World) -> Result<()> {
    let space = world.space("disputed")?;
    let mut other = json!({
        "apiVersion": "config.helmx.dev/v1alpha1", "kind": "Tenant", "metadata": {"name": "disputed-too"},
        "spec": {"namespaces": {"names": ["disputed"]}},
    });
    world.apply(&other)?;
    eventually(|| {
        refused(
            space.dev.line("kubectl-helmx install web test/web"),
            &["disputed", "disputed-too", "an administrator must decide"],
        )
    })?;
    shows(world.admin.line("kubectl get tenant disputed -o yaml"), &["Disputed"])?;
    let status = || world.admin.line("kubectl get tenant disputed-too -o jsonpath={.status.namespaces}");
    prints(status(), r#"["disputed"]"#)?;
    other["spec"]["namespaces"]["names"] = json!(["nowhere"]);
    world.apply(&other)?;
    eventually(|| prints(status(), ""))?;
    world.admin.line("kubectl delete tenant disputed-too")?.ok()?;
    eventually(|| space.dev.line("kubectl-helmx upgrade --install web test/web")?.ok().map(drop))
}

fn cross_tenant(world: &World) -> Result<()> {
    let (ours, theirs) = (world.space("cross-a")?, world.space("cross-b")?);
    theirs.dev.line("kubectl-helmx install web test/web --set password=x")?.ok()?;
    let path = "/apis/helmx.dev/v1alpha1/namespaces/cross-b";
    for part in [
        "releases",
        "releases/web",
        "releases/web/status",
        "releases/web/values",
        "releases/web/manifest",
        "releases/web/notes",
        "releases/web/hooks",
        "revisions",
        "revisions/web.v1",
        "charts",
        "chartversions",
        "chartversions/test.web-1.0.0/values",
        "releases?watch=true",
    ] {
        refused(ours.dev.line(&format!("kubectl get --raw {path}/{part}")), &["Forbidden"])
            .map_err(|error| error.context(part))?;
    }
    let rollback = json!({"apiVersion": "helmx.dev/v1alpha1", "kind": "Rollback"}).to_string();
    refused(
        ours.dev.line_with_input(&format!("kubectl create --raw {path}/releases/web/rollback -f -"), &rollback),
        &["Forbidden"],
    )?;
    for line in [
        "kubectl-helmx upgrade web test/web -n cross-b",
        "kubectl-helmx rollback web -n cross-b",
        "kubectl-helmx uninstall web -n cross-b",
        "kubectl-helmx install mine test/web -n cross-b",
        "kubectl label release web a=b -n cross-b",
        "kubectl delete releases --all -n cross-b",
    ] {
        refused(ours.dev.line(line), &["orbidden"])?;
    }
    prints(theirs.dev.line("kubectl get release web -o jsonpath={.status.revision}{.status.phase}"), "1deployed")
}

/// A namespace with release `web`, and its reader as somebody who may also change releases without seeing values.
fn half_blind(world: &World, name: &str) -> Result<Space> {
    let space = world.space(name)?;
    let role = "kubectl create role changer --verb=update,patch,create,delete --resource=releases.helmx.dev";
    space.admin.line(role)?.ok()?;
    space.admin.line(&format!("kubectl create rolebinding changer --role=changer --user=reader-{name}"))?.ok()?;
    let maker = "kubectl create rolebinding maker --role=developer --user=";
    space.admin.line(&format!("{maker}reader-{name}"))?.ok()?;
    space.dev.line("kubectl-helmx install web test/web --version 1.0.0 --set greeting=hush")?.ok()?;
    Ok(space)
}

fn hidden_values(world: &World) -> Result<()> {
    let space = half_blind(world, "hidden-read")?;
    let reader = &space.reader;
    for line in [
        "kubectl get release web -o yaml",
        "kubectl get releases -o yaml",
        "kubectl get release web -o yaml --show-managed-fields",
        "kubectl describe release web",
        "kubectl get revisions -o yaml",
        "kubectl get --raw /apis/helmx.dev/v1alpha1/namespaces/hidden-read/releases?watch=true&timeoutSeconds=1",
    ] {
        lacks(&reader.line(line)?.ok()?, &["hush", "f:greeting"]).map_err(|error| error.context(line))?;
    }
    let told = reader.line("kubectl get release web -o jsonpath={.status.hidden}{.spec.values}")?.ok()?;
    has(&told, &["spec.values", "releases/values"])?;
    lacks(&told, &["map["])?;
    let path = "kubectl get --raw /apis/helmx.dev/v1alpha1/namespaces/hidden-read/releases/web";
    for part in ["values", "values?all=true", "values?revision=1", "manifest", "notes", "hooks"] {
        refused(reader.line(&format!("{path}/{part}")), &["Forbidden"]).map_err(|error| error.context(part))?;
    }
    prints(space.dev.line("kubectl get release web -o jsonpath={.status.hidden}{.spec.values.greeting}"), "hush")
}

fn hidden_writes(world: &World) -> Result<()> {
    let space = half_blind(world, "hidden-write")?;
    let reader = &space.reader;
    let greeting =
        |wanted: &str| prints(space.dev.line("kubectl get release web -o jsonpath={.spec.values.greeting}"), wanted);
    let patch = |body: &str| reader.line(&format!("kubectl patch release web --type=merge -p '{body}'"));
    refused(patch(r#"{"spec":{"values":{"greeting":"mine"}}}"#), &["Forbidden", "releases/values"])?;
    refused(patch(r#"{"spec":{"values":{"other":1}}}"#), &["Forbidden"])?;
    refused(
        feed(reader, "apply --server-side --force-conflicts", &release("web", &json!({"greeting": "mine"}))),
        &["Forbidden"],
    )?;
    patch(r#"{"spec":{"historyMax":5}}"#)?.ok()?;
    deployed(&space, "web", 2)?;
    greeting("hush")?;
    prints(space.dev.line("kubectl get configmap web -o jsonpath={.data.greeting}"), "hush")?;
    let seen: Value = serde_json::from_str(&reader.line("kubectl get release web -o json")?.ok()?)?;
    let mut changed = seen;
    changed["spec"]["chart"]["version"] = json!("1.1.0");
    feed(reader, "replace", &changed)?.ok()?;
    deployed(&space, "web", 3)?;
    greeting("hush")?;
    reader.line("kubectl label release web seen=yes")?.ok()?;
    greeting("hush")
}

fn redacted(world: &World) -> Result<()> {
    let space = world.space("redacted")?;
    space.dev.line("kubectl-helmx install web test/web --set password=topsecret")?.ok()?;
    let path = "kubectl get --raw /apis/helmx.dev/v1alpha1/namespaces/redacted/releases/web/manifest";
    let shown = space.dev.line(path)?.ok()?;
    has(&shown, &["kind: Secret", "hidden"])?;
    lacks(&shown, &["topsecret"])?;
    shows(space.admin.line(path), &["topsecret"])?;
    let log = std::fs::read_to_string(world.helmx()?.log())?;
    lacks(&log, &["topsecret", world.repository.password])?;
    let events = space.admin.line("kubectl get events -o yaml")?.ok()?;
    lacks(&events, &["topsecret"])
}

fn identity(world: &World) -> Result<()> {
    let space = world.space("identity")?;
    let policy = json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": "identity"},
        "spec": {
            "matchConstraints": {"resourceRules": [{
                "apiGroups": ["", "apps"], "apiVersions": ["*"], "operations": ["CREATE", "UPDATE", "DELETE"],
                "resources": ["configmaps", "deployments"],
            }]},
            "validations": [{
                "expression": "request.userInfo.username == 'dev-identity' || !request.userInfo.username.contains('helmx')",
                "messageExpression": "'made by ' + request.userInfo.username",
            }],
        },
    });
    world.apply(&policy)?;
    let binding = json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": "identity"},
        "spec": {
            "policyName": "identity", "validationActions": ["Deny"],
            "matchResources": {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "identity"}}},
        },
    });
    world.apply(&binding)?;
    space.dev.line("kubectl-helmx install web test/web --set deploy=true --wait")?.ok()?;
    space.dev.line("kubectl-helmx upgrade web test/web --set greeting=x")?.ok()?;
    space.dev.line("kubectl-helmx rollback web 1")?.ok()?;
    shows(space.dev.line("kubectl get release web -o jsonpath={.status.operation.requester}"), &["dev-identity"])?;
    let managers = "kubectl get configmap web -o jsonpath={.metadata.managedFields[*].manager} --show-managed-fields";
    prints(space.dev.line(managers), "helm")?;
    space.dev.line("kubectl-helmx uninstall web")?.ok().map(drop)
}

fn server_rights(world: &World) -> Result<()> {
    let server = "--as=system:serviceaccount:helmx-system:helmx-apiserver";
    for question in [
        "get configmaps -A",
        "create deployments -n default",
        "delete services -A",
        "get pods -A",
        "create roles -A",
        "create tokenrequests -A",
        "delete namespaces",
        "escalate clusterroles",
        "bind clusterroles",
        "get nodes",
        "create pods/exec -A",
        "update releases.helmx.dev -A",
        "update tenants.config.helmx.dev",
        "'*' '*' -A",
    ] {
        let outcome = world.admin.line(&format!("kubectl auth can-i {question} {server}"))?;
        ensure!(outcome.stdout.trim() == "no", "helmx-apiserver may {question}: {}", outcome.both());
    }
    for question in ["list secrets -A", "impersonate users", "create events -A"] {
        let outcome = world.admin.line(&format!("kubectl auth can-i {question} {server}"))?;
        ensure!(outcome.stdout.trim() == "yes", "helmx-apiserver may not {question}: {}", outcome.both());
    }
    Ok(())
}

fn lookup(world: &World) -> Result<()> {
    let space = world.space("lookup")?;
    space.admin.line("kubectl create secret generic hush --from-literal=a=topsecret")?.ok()?;
    let line = "kubectl-helmx upgrade --install web test/trouble --set trouble=lookup,namespace=lookup,secret=hush";
    let outcome = space.dev.line(line)?;
    if outcome.code == 0 {
        prints(space.dev.line("kubectl get configmap web -o jsonpath={.data.found}"), "{}")?;
    } else {
        has(&outcome.both(), &["forbidden", "secrets"])?;
    }
    space.admin.line(line)?.ok()?;
    shows(space.dev.line("kubectl get configmap web -o jsonpath={.data.found}"), &["dG9wc2VjcmV0"])
}

fn values_from(world: &World) -> Result<()> {
    let space = world.space("values-from")?;
    let manifest = |source: Value| {
        let mut object = release("web", &json!({"replicas": 2}));
        object["spec"]["valuesFrom"] = json!([source]);
        object
    };
    let secret = json!({"secretKeyRef": {"name": "more"}});
    space.admin.line("kubectl create secret generic more --from-literal=values.yaml='greeting: x'")?.ok()?;
    refused(feed(&space.dev, "create", &manifest(secret)), &["spec.valuesFrom[0]", "more", "orbidden"])?;
    let missing = json!({"configMapKeyRef": {"name": "nothing"}});
    refused(feed(&space.dev, "create", &manifest(missing)), &["spec.valuesFrom[0]", "nothing", "not found"])?;
    let both = json!({"configMapKeyRef": {"name": "a"}, "secretKeyRef": {"name": "b"}});
    refused(feed(&space.dev, "create", &manifest(both)), &["spec.valuesFrom[0]"])?;
    space.dev.line("kubectl create configmap more --from-literal=values.yaml='greeting: from-a-map'")?.ok()?;
    let found = json!({"configMapKeyRef": {"name": "more"}});
    feed(&space.dev, "create", &manifest(found))?.ok()?;
    deployed(&space, "web", 1)?;
    prints(space.dev.line("kubectl get configmap web -o jsonpath={.data.greeting}"), "from-a-map")?;
    prints(space.dev.line("kubectl get release web -o jsonpath={.spec.values}"), "{\"replicas\":2}")
}

fn escalation(world: &World) -> Result<()> {
    let space = world.space("escalation")?;
    refused(
        space.dev.line("kubectl-helmx install web test/trouble --set trouble=escalation"),
        &["attempting to grant RBAC permissions not currently held", "secrets"],
    )?;
    prints(space.dev.line("kubectl get role web -o name --ignore-not-found"), "")?;
    space.admin.line("kubectl-helmx upgrade --install web test/trouble --set trouble=escalation")?.ok().map(drop)
}

fn other_namespace(world: &World) -> Result<()> {
    let (ours, theirs) = (world.space("reach-a")?, world.space("reach-b")?);
    let line = "kubectl-helmx install web test/trouble --set trouble=namespace,namespace=reach-b";
    refused(ours.dev.line(line), &["configmaps \"web\" in namespace \"reach-b\""])?;
    prints(theirs.dev.line("kubectl get configmap web -o name --ignore-not-found"), "")?;
    prints(ours.dev.line("kubectl get release web -o jsonpath={.status.phase}"), "failed")
}

fn impersonated(world: &World) -> Result<()> {
    let space = world.space("impersonated")?;
    space.admin.line("kubectl-helmx install web test/web --as dev-impersonated")?.ok()?;
    prints(space.admin.line("kubectl get release web -o jsonpath={.status.operation.requester}"), "dev-impersonated")?;
    refused(
        space.admin.line("kubectl-helmx upgrade web test/web --set greeting=x --as reader-impersonated"),
        &["orbidden"],
    )?;
    let line = "kubectl-helmx upgrade web test/web --set greeting=x --as somebody --as-group system:masters";
    space.admin.line(line)?.ok()?;
    refused(space.dev.line("kubectl-helmx list --as admin"), &["cannot impersonate"])
}

fn service_account(world: &World) -> Result<()> {
    let space = world.space("robot")?;
    for role in ["--role=developer", "--clusterrole=helmx-edit", "--clusterrole=helmx-view"] {
        let name = role.replace(['-', '='], "");
        space.admin.line(&format!("kubectl create rolebinding {name} {role} --serviceaccount=robot:dev"))?.ok()?;
    }
    let token = space.admin.line("kubectl create token dev")?.ok()?;
    let kubeconfig = world.cluster()?.folder().join("robot-token.kubeconfig");
    let mut config: Value =
        serde_json::from_str(&space.admin.line("kubectl config view --raw --flatten -o json")?.ok()?)?;
    config["users"][0]["user"] = json!({"token": token.trim()});
    std::fs::write(&kubeconfig, config.to_string())?;
    let robot = space.admin.clone().with("KUBECONFIG", &kubeconfig.display().to_string());
    robot.line("kubectl-helmx install web test/web")?.ok()?;
    prints(
        space.admin.line("kubectl get release web -o jsonpath={.status.operation.requester}"),
        "system:serviceaccount:robot:dev",
    )?;
    refused(robot.line("kubectl-helmx list -n default"), &["orbidden"])
}

//! Repositories that answer wrongly or not at all: what was good stays, and the condition says why.

use anyhow::{Result, ensure};
use helmx_tests::chart::Archive;
use helmx_tests::repository::Served;
use serde_json::{Value, json};

use crate::charts;
use crate::expect::{eventually, has, lacks, prints, refused, shows};
use crate::runner::{Case, case};
use crate::world::World;

pub const CASES: &[Case] = &[
    case("repositories::a_broken_index_keeps_the_last_good_one", broken_index),
    case("repositories::a_truncated_index_keeps_the_last_good_one", truncated_index),
    case("repositories::one_bad_entry_harms_no_other", bad_entry),
    case("repositories::a_wrong_password_is_said_and_mended", wrong_password),
    case("repositories::secrets_of_another_type_are_not_sent", wrong_secret),
    case("repositories::an_authority_that_is_not_known", wrong_authority),
    case("repositories::unreachable_hosts_and_missing_indexes", unreachable),
    case("repositories::declarations_are_validated", validation),
    case("repositories::tenants_reach_public_addresses_only", private_addresses),
    case("repositories::a_suspended_one_is_not_asked", suspended),
    case("repositories::an_archive_with_another_digest_is_refused", wrong_digest),
    case("repositories::hostile_archives_are_refused", hostile_archives),
    case("repositories::an_archive_cut_short_or_missing", cut_archive),
    case("repositories::removal_leaves_releases_alone", removal),
];

/// The message of a repository's condition `Ready`.
fn message(world: &World, name: &str) -> Result<String> {
    let path =
        r#"jsonpath={.status.conditions[?(@.type=="Ready")].status}: {.status.conditions[?(@.type=="Ready")].message}"#;
    world.admin.run(&["kubectl", "get", "clusterrepository", name, "-o", path])?.ok()
}

/// Waits until the repository is not ready, for reasons that hold all phrases.
fn not_ready(world: &World, name: &str, phrases: &[&str]) -> Result<()> {
    eventually(|| {
        let found = message(world, name)?;
        has(&found, &["False: "])?;
        has(&found, phrases)
    })
}

/// Asks for a look at the index now.
fn look(world: &World, name: &str) -> Result<()> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_nanos();
    let line = format!("kubectl annotate clusterrepository {name} helmx.dev/sync-requested={now} --overwrite");
    world.admin.line(&line)?.ok().map(drop)
}

fn broken_index(world: &World) -> Result<()> {
    world.publish("broken", &[charts::web("1.0.0")])?;
    for text in [
        "entries: [",
        "<html>404</html>",
        "apiVersion: v1\nentries: {}\nentries: {}\n",
        "",
        "{\"apiVersion\":\"v1\",\"entries\":[]}",
    ] {
        world.repository.put("broken/index.yaml", Served::Whole(text.as_bytes().to_vec()))?;
        look(world, "broken")?;
        not_ready(world, "broken", &["the last good one stays in use"])
            .map_err(|error| error.context(format!("{text:?}")))?;
        prints(world.admin.line("kubectl get chart broken.web -o jsonpath={.status.version}"), "1.0.0")?;
        world.publish("broken", &[charts::web("1.0.0")])?;
        look(world, "broken")?;
        eventually(|| has(&message(world, "broken")?, &["True"]))?;
    }
    Ok(())
}

fn truncated_index(world: &World) -> Result<()> {
    world.publish("truncated", &[charts::web("1.0.0"), charts::web("1.1.0")])?;
    let whole = world.repository.bytes("truncated/index.yaml")?;
    let half = whole.len() / 2;
    world.repository.put("truncated/index.yaml", Served::Cut(whole, half))?;
    look(world, "truncated")?;
    not_ready(world, "truncated", &["index.yaml"])?;
    prints(world.admin.line("kubectl get chart truncated.web -o jsonpath={.status.version}"), "1.1.0")?;
    prints(world.admin.line("kubectl get clusterrepository truncated -o jsonpath={.status.versions}"), "2")
}

fn bad_entry(world: &World) -> Result<()> {
    world.publish("mixed", &[charts::web("1.0.0")])?;
    let mut index: Value = serde_json::from_slice(&world.repository.bytes("mixed/index.yaml")?)?;
    index["entries"]["bad"] = json!([{"name": "bad", "version": "not a version", "urls": ["bad.tgz"]}, null]);
    world.repository.put("mixed/index.yaml", Served::Whole(serde_json::to_vec(&index)?))?;
    look(world, "mixed")?;
    eventually(|| {
        shows(world.admin.line("kubectl get clusterrepository mixed -o jsonpath={.status.skipped}"), &["bad"])
    })?;
    prints(
        world.admin.line("kubectl get charts -n default -l helmx.dev/repository=mixed -o name"),
        "chart.helmx.dev/mixed.web",
    )?;
    world.publish("mixed", &[charts::web("1.0.0")])?;
    shows(world.admin.line("kubectl-helmx repo update mixed"), &["Update Complete"])?;
    prints(world.admin.line("kubectl get clusterrepository mixed -o jsonpath={.status.skipped}"), "")
}

fn wrong_password(world: &World) -> Result<()> {
    let url = world.repository.publish("guarded", &[charts::web("1.0.0")])?;
    let secret = |password: &str| {
        json!({
            "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/basic-auth",
            "metadata": {"name": "guarded", "namespace": "helmx-system"},
            "stringData": {"username": world.repository.username, "password": password},
        })
    };
    world.apply(&secret("guess-what"))?;
    world.apply(&world.cluster_repository("guarded", &url, "guarded")?)?;
    not_ready(world, "guarded", &["401"])?;
    lacks(&message(world, "guarded")?, &["guess-what"])?;
    refused(
        world.admin.line("kubectl-helmx install web guarded/web -n default"),
        &["repository \"guarded\" has no index yet", "401"],
    )?;
    world.apply(&secret(world.repository.password))?;
    look(world, "guarded")?;
    eventually(|| has(&message(world, "guarded")?, &["True"]))
}

fn wrong_secret(world: &World) -> Result<()> {
    let url = world.repository.publish("mistyped", &[charts::web("1.0.0")])?;
    let opaque = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "mistyped", "namespace": "helmx-system"},
        "stringData": {"username": world.repository.username, "password": world.repository.password},
    });
    world.apply(&opaque)?;
    world.apply(&world.cluster_repository("mistyped", &url, "mistyped")?)?;
    not_ready(world, "mistyped", &["Opaque", "kubernetes.io/basic-auth", "mistyped"])?;
    ensure!(world.repository.requests("mistyped/index.yaml")? == 0, "the Secret was sent although its type is wrong");
    world.apply(&world.cluster_repository("mistyped", &url, "no-such-secret")?)?;
    not_ready(world, "mistyped", &["no-such-secret", "not found", "helmx-system"])
}

fn wrong_authority(world: &World) -> Result<()> {
    let url = world.repository.publish("foreign", &[charts::web("1.0.0")])?;
    let mut object = world.cluster_repository("foreign", &url, "repository-reader")?;
    object["spec"]["caBundle"] = json!(std::fs::read_to_string(world.cluster()?.folder().join("cluster-ca.crt"))?);
    world.apply(&object)?;
    not_ready(world, "foreign", &["certificate"])?;
    object["spec"]["caBundle"] = json!("nonsense");
    world.apply(&object)?;
    not_ready(world, "foreign", &["caBundle"])?;
    ensure!(
        world.repository.requests("foreign/index.yaml")? == 0,
        "the password was sent to a host of unknown identity"
    );
    Ok(())
}

fn unreachable(world: &World) -> Result<()> {
    let cases = [
        ("unreachable-port", "https://localhost:1/charts".to_owned(), "localhost"),
        ("unreachable-name", "https://no-such-host.invalid/charts".to_owned(), "no-such-host.invalid"),
        ("unreachable-path", format!("{}/no/such/folder", world.repository.url), "404"),
    ];
    for (name, url, _) in &cases {
        world.apply(&world.cluster_repository(name, url, "repository-reader")?)?;
    }
    for (name, _, phrase) in &cases {
        not_ready(world, name, &[phrase])?;
        refused(
            world.admin.line(&format!("kubectl-helmx install web {name}/web -n default")),
            &["has no index yet", phrase],
        )?;
    }
    Ok(())
}

fn validation(world: &World) -> Result<()> {
    let with = |field: &str, value: Value| -> Result<Value> {
        let mut object = world.cluster_repository("invalid", "https://charts.test", "x")?;
        object["spec"][field] = value;
        Ok(object)
    };
    let cases = [
        ("url", json!("")),
        ("url", json!("charts.test")),
        ("url", json!("file:///etc/passwd")),
        ("interval", json!("often")),
        ("type", json!("ftp")),
        ("secretRef", json!({})),
        ("nonsense", json!(1)),
    ];
    for (field, value) in cases {
        let outcome = world.admin.line_with_input("kubectl create -f -", &with(field, value.clone())?.to_string());
        refused(outcome, &[field]).map_err(|error| error.context(format!("{field}: {value}")))?;
    }
    Ok(())
}

fn private_addresses(world: &World) -> Result<()> {
    let space = world.space("private")?;
    for (name, url) in [
        ("loopback", "https://127.0.0.1:1/"),
        ("metadata", "http://169.254.169.254/"),
        ("name", "https://localhost:1/"),
    ] {
        let object = json!({
            "apiVersion": "config.helmx.dev/v1alpha1", "kind": "Repository", "metadata": {"name": name}, "spec": {"url": url},
        });
        space.admin.line_with_input("kubectl create -f -", &object.to_string())?.ok()?;
        eventually(|| {
            let path = r#"jsonpath={.status.conditions[?(@.type=="Ready")].message}"#;
            let found = space.admin.run(&["kubectl", "get", "repository", name, "-o", path])?.ok()?;
            has(&found, &["tenants' repositories"])
        })
        .map_err(|error| error.context(url))?;
    }
    refused(space.dev.line("kubectl get repositories -n default"), &["Forbidden"])
}

fn suspended(world: &World) -> Result<()> {
    let url = world.repository.publish("suspended", &[charts::web("1.0.0")])?;
    let mut object = world.cluster_repository("suspended", &url, "repository-reader")?;
    object["spec"]["suspend"] = json!(true);
    world.apply(&object)?;
    eventually(|| has(&message(world, "suspended")?, &["spec.suspend"]))?;
    ensure!(world.repository.requests("suspended/index.yaml")? == 0, "a suspended repository was asked");
    shows(
        world.admin.line("kubectl-helmx repo update suspended"),
        &["Skipped the \"suspended\" chart repository: spec.suspend is set", "Update Complete"],
    )?;
    ensure!(world.repository.requests("suspended/index.yaml")? == 0, "a suspended repository was asked");
    object["spec"]["suspend"] = json!(false);
    world.apply(&object)?;
    eventually(|| {
        prints(world.admin.line("kubectl get chart -n default suspended.web -o jsonpath={.status.version}"), "1.0.0")
    })
}

fn wrong_digest(world: &World) -> Result<()> {
    let space = world.space("digests")?;
    world.publish("digests", &[charts::web("1.0.0").file("own.txt", "digests")])?;
    world.repository.put("digests/web-1.0.0.tgz", Served::Whole(charts::web("1.0.1").bytes()?))?;
    refused(
        space.dev.line("kubectl-helmx install web digests/web"),
        &["web-1.0.0", "the index promises the digest", "the archive has"],
    )?;
    prints(space.dev.line("kubectl get releases -o name"), "")
}

fn hostile_archives(world: &World) -> Result<()> {
    let space = world.space("hostile")?;
    let plain = |name: &str| Archive::new(name, "1.0.0").file("templates/a.yaml", "");
    let cases = [
        (plain("escape").raw_file("escape/../../evil.yaml", "x"), "references parent directory"),
        (plain("linked").link("templates/b.yaml", "/etc/passwd"), "linked-1.0.0"),
        (plain("bomb").bomb("files/zeros", 300 << 20), "larger than the maximum size"),
        (Archive::new("nameless", "1.0.0").file("Chart.yaml", "apiVersion: v2\nversion: 1.0.0\n"), "name"),
        (Archive::new("garbled", "1.0.0").file("Chart.yaml", "apiVersion: v2\nname: [\n"), "Chart.yaml"),
        (Archive::new("values", "1.0.0").file("values.yaml", "a: [\n"), "values.yaml"),
    ];
    let archives: Vec<_> = cases.iter().map(|(archive, _)| archive.clone()).collect();
    world.publish("hostile", &archives)?;
    for (archive, phrase) in &cases {
        let name = archive.name();
        let outcome = space.dev.line(&format!("kubectl-helmx install {name} hostile/{name}"))?;
        // Helm takes no file from a link and goes on; what it points to must never be read.
        if name == "linked" && outcome.code == 0 {
            lacks(&space.admin.line("helm get manifest linked")?.ok()?, &["root:"])?;
            space.dev.line("kubectl-helmx uninstall linked")?.ok()?;
            continue;
        }
        refused(Ok(outcome), &["INSTALLATION FAILED", phrase])?;
    }
    prints(space.dev.line("kubectl get releases -o name"), "")
}

fn cut_archive(world: &World) -> Result<()> {
    let space = world.space("cut")?;
    // Archives are kept by digest: these must be like no other's.
    let own = |version: &str| charts::web(version).file("own.txt", "cut");
    world.publish("cut", &[own("1.0.0"), own("1.1.0")])?;
    let whole = world.repository.bytes("cut/web-1.0.0.tgz")?;
    world.repository.put("cut/web-1.0.0.tgz", Served::Cut(whole.clone(), 100))?;
    let install = "kubectl-helmx install web cut/web --version 1.0.0";
    refused(space.dev.line(install), &["web", "INSTALLATION FAILED"])?;
    world.repository.put("cut/web-1.0.0.tgz", Served::Whole(whole))?;
    space.dev.line(install)?.ok()?;
    let mut index: Value = serde_json::from_slice(&world.repository.bytes("cut/index.yaml")?)?;
    for entry in index["entries"]["web"].as_array_mut().into_iter().flatten() {
        entry["urls"] = json!(["gone.tgz"]);
        entry["digest"] = json!("");
    }
    world.repository.put("cut/index.yaml", Served::Whole(serde_json::to_vec(&index)?))?;
    look(world, "cut")?;
    eventually(|| refused(space.dev.line("kubectl-helmx upgrade web cut/web --version 1.1.0"), &["404"]))?;
    prints(space.dev.line("kubectl get release web -o jsonpath={.status.revision}{.status.phase}"), "1deployed")
}

fn removal(world: &World) -> Result<()> {
    let space = world.space("removed")?;
    world.publish("removed", &[charts::web("1.0.0")])?;
    space.dev.line("kubectl-helmx install web removed/web")?.ok()?;
    world.admin.line("kubectl delete clusterrepository removed")?.ok()?;
    eventually(|| {
        refused(space.dev.line("kubectl-helmx upgrade web removed/web --set greeting=x"), &["\"removed\" is not known"])
    })?;
    prints(space.dev.line("kubectl get release web -o jsonpath={.status.phase}"), "deployed")?;
    space.dev.line("kubectl-helmx rollback web 1")?.ok()?;
    space.dev.line("kubectl-helmx uninstall web")?.ok().map(drop)
}

//! The plugin's commands, right and wrong.

use anyhow::Result;
use helmx_tests::repository::Served;
use serde_json::{Value, json};

use crate::charts;
use crate::expect::{has, lacks, prints, prints_json, refused, same, shows};
use crate::runner::{Case, case};
use crate::world::{Space, World};

pub const CASES: &[Case] = &[
    case("plugin::version_and_help", version),
    case("plugin::repo_add_list_update_remove", repo),
    case("plugin::repo_add_says_what_is_wrong", repo_errors),
    case("plugin::search_finds_by_word_and_version", search),
    case("plugin::show_prints_what_helm_prints", show),
    case("plugin::install_takes_helms_values_flags", values_flags),
    case("plugin::install_says_what_is_wrong", install_errors),
    case("plugin::install_makes_the_namespace", create_namespace),
    case("plugin::dry_run_shows_and_changes_nothing", dry_run),
    case("plugin::upgrade_keeps_resets_and_installs", upgrade),
    case("plugin::upgrade_and_rollback_say_what_is_wrong", upgrade_errors),
    case("plugin::list_status_history_print_helms_fields", inspect),
    case("plugin::get_prints_every_part", get),
    case("plugin::uninstall_one_many_none", uninstall),
    case("plugin::template_equals_helm", template),
    case("plugin::output_is_json_and_yaml", outputs),
    case("plugin::connection_flags_lead_elsewhere", connection),
];

fn version(world: &World) -> Result<()> {
    shows(world.admin.line("kubectl helmx version"), &["client: v", "server: helmx.dev/v1alpha1", "Kubernetes v1.37"])?;
    shows(world.admin.line("kubectl-helmx version --client"), &["client: v"])?;
    shows(world.admin.line("kubectl-helmx --help"), &["install", "rollback", "template"])?;
    refused(world.admin.line("kubectl-helmx instal"), &["\"instal\""])?;
    refused(world.admin.line("kubectl-helmx install web test/web --nonsense"), &["--nonsense"])
}

/// Declares the test charts once more, below another name.
fn added(world: &World, name: &str) -> Result<String> {
    let url = world.repository.publish(name, &[charts::web("1.0.0")])?;
    let authority = world.repository.authority.display();
    let (user, password) = (world.repository.username, world.repository.password);
    Ok(format!(
        "kubectl-helmx repo add --cluster-wide {name} {url} --ca-file {authority} --username {user} --password {password}"
    ))
}

fn repo(world: &World) -> Result<()> {
    let admin = &world.admin;
    let add = added(world, "extra")?;
    shows(admin.line(&add), &["\"extra\" has been added"])?;
    shows(admin.line(&add), &["\"extra\""])?;
    shows(admin.line("kubectl-helmx repo list"), &["NAME", "URL", "extra", "cluster", "True"])?;
    prints(admin.line("kubectl get clusterrepository extra -o jsonpath={.status.charts},{.status.versions}"), "1,1")?;
    let secret = admin.line("kubectl get clusterrepository extra -o yaml")?.ok()?;
    lacks(&secret, &[world.repository.password])?;
    world.repository.publish("extra", &[charts::web("1.0.0"), charts::web("1.2.0")])?;
    shows(
        admin.line("kubectl-helmx repo update extra"),
        &["Successfully got an update from the \"extra\"", "Update Complete"],
    )?;
    shows(admin.line("kubectl-helmx search extra/web"), &["1.2.0"])?;
    world.repository.put("extra/index.yaml", Served::Whole(b"entries: [".to_vec()))?;
    refused(
        admin.line("kubectl-helmx repo update extra"),
        &["Unable to get an update from the \"extra\"", "the last good one stays in use", "failed to update"],
    )?;
    world.repository.publish("extra", &[charts::web("1.0.0"), charts::web("1.3.0")])?;
    shows(admin.line("kubectl-helmx repo update extra"), &["Successfully got an update from the \"extra\""])?;
    shows(admin.line("kubectl-helmx search extra/web"), &["1.3.0"])?;
    shows(admin.line("kubectl-helmx repo remove --cluster-wide extra"), &["\"extra\" has been removed"])?;
    shows(admin.line("kubectl-helmx search extra/"), &["No results found"])
}

fn repo_errors(world: &World) -> Result<()> {
    let space = world.space("repo-errors")?;
    let admin = &world.admin;
    let wrong = added(world, "wrong-password")?.replace(world.repository.password, "guess");
    refused(admin.line(&wrong), &["wrong-password", "401"])?;
    refused(admin.line("kubectl-helmx repo add --cluster-wide a/b https://localhost:1"), &["contains '/'"])?;
    refused(admin.line("kubectl-helmx repo add --cluster-wide corpus https://elsewhere.test"), &["already exists"])?;
    refused(admin.line("kubectl-helmx repo add --cluster-wide scheme ftp://localhost/"), &["http"])?;
    refused(
        admin.line("kubectl-helmx repo add --cluster-wide nobody https://localhost:1/"),
        &["nobody", "localhost:1"],
    )?;
    refused(admin.line("kubectl-helmx repo remove --cluster-wide nothing"), &["no repo named \"nothing\" found"])?;
    refused(admin.line("kubectl-helmx repo update nothing"), &["no repositories found matching 'nothing'"])?;
    refused(space.dev.line("kubectl-helmx repo add own https://charts.test"), &["forbidden", "repositories"])?;
    for name in ["wrong-password", "scheme", "nobody"] {
        admin.line(&format!("kubectl delete clusterrepository {name} --ignore-not-found"))?.ok()?;
    }
    Ok(())
}

fn search(world: &World) -> Result<()> {
    let space = world.space("search")?;
    let dev = &space.dev;
    let found = dev.line("kubectl-helmx search test/web -o json")?.ok()?;
    has(&found, &["\"test/web\"", "\"1.1.0\""])?;
    lacks(&found, &["2.0.0-beta.1", "test/hooks"])?;
    shows(dev.line("kubectl-helmx search test/web -l"), &["1.0.0", "1.1.0", "2.0.0-beta.1"])?;
    let old = dev.line("kubectl-helmx search test/web --version '<1.1'")?.ok()?;
    has(&old, &["1.0.0"])?;
    lacks(&old, &["1.1.0"])?;
    shows(dev.line("kubectl-helmx search no-such-chart"), &["No results found"])?;
    refused(dev.line("kubectl-helmx search web --version '>>>'"), &[">>>"])
}

fn show(world: &World) -> Result<()> {
    let space = world.space("show")?;
    let folder = tempfile::tempdir()?;
    let archive = folder.path().join("web.tgz");
    std::fs::write(&archive, charts::web("1.0.0").bytes()?)?;
    for part in ["chart", "values", "readme", "crds", "all"] {
        let helm = space.dev.line(&format!("helm show {part} {}", archive.display()))?.ok()?;
        let local = space.dev.line(&format!("kubectl-helmx show {part} {}", archive.display()))?.ok()?;
        let remote = space.dev.line(&format!("kubectl-helmx show {part} test/web --version 1.0.0"))?.ok()?;
        same(&local, &helm)?;
        same(&remote, &helm)?;
    }
    refused(space.dev.line("kubectl-helmx show values test/nothing"), &["nothing", "not found"])?;
    refused(space.dev.line("kubectl-helmx show values test/web --version 7"), &["web", "7"])?;
    refused(space.dev.line("kubectl-helmx show values ./nothing"), &["not found"])
}

fn values_flags(world: &World) -> Result<()> {
    let space = world.space("values-flags")?;
    let folder = tempfile::tempdir()?;
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).map(|()| path.display().to_string())
    };
    let values = file("values.yaml", "greeting: from file\nreplicas: 2\nlabels: {a: file}\n")?;
    let text = file("text.txt", "from\nfile")?;
    let install = format!(
        "kubectl-helmx install web test/web -f {values} --set replicas=3,list={{x,y}} --set-string port=80 \
         --set-json 'labels={{\"b\":\"json\"}}' --set-file text={text} --set-literal raw=a,b=c"
    );
    space.dev.line(&install)?.ok()?;
    let ours: Value = serde_json::from_str(&space.dev.line("kubectl-helmx get values web -o json")?.ok()?)?;
    let arguments = install.trim_start_matches("kubectl-helmx install web test/web");
    let archive = folder.path().join("web.tgz");
    std::fs::write(&archive, charts::web("1.0.0").bytes()?)?;
    space.admin.line(&format!("helm install theirs {} {arguments}", archive.display()))?.ok()?;
    let theirs: Value = serde_json::from_str(&space.admin.line("helm get values theirs -o json")?.ok()?)?;
    anyhow::ensure!(ours == theirs, "helm has {theirs}, helmx {ours}");
    let piped = space.dev.line_with_input("kubectl-helmx upgrade web test/web -f -", "greeting: piped\n")?;
    piped.ok()?;
    prints(space.dev.line("kubectl get configmap web -o jsonpath={.data.greeting}"), "piped")
}

fn install_errors(world: &World) -> Result<()> {
    let space = world.space("install-errors")?;
    let dev = &space.dev;
    let cases: [(&str, &[&str]); 9] = [
        ("install web web", &["no REPO/CHART", "kubectl helmx search"]),
        ("install web ./web", &["no REPO/CHART"]),
        ("install web", &["requires at least 1 argument", "[CHART]"]),
        ("install Web test/web", &["Web", "metadata.name"]),
        ("install web test/web -f nothing.yaml", &["nothing.yaml"]),
        ("install web test/web --set greeting", &["greeting"]),
        ("install web test/web --set-json labels={", &["labels"]),
        ("install web test/web --timeout soon", &["soon"]),
        ("install web test/web -n nowhere", &["nowhere"]),
    ];
    for (line, phrases) in cases {
        refused(dev.line(&format!("kubectl-helmx {line}")), phrases)?;
    }
    dev.line("kubectl-helmx install web test/web")?.ok()?;
    refused(dev.line("kubectl-helmx install web test/web"), &["INSTALLATION FAILED", "\"web\" already exists"])?;
    prints(dev.line("kubectl-helmx list -q"), "web")
}

fn create_namespace(world: &World) -> Result<()> {
    let space = world.space("make-namespace")?;
    let line = "kubectl-helmx install web test/web -n made-by-install --create-namespace";
    refused(space.dev.line(line), &["made-by-install", "forbidden"])?;
    space.admin.line(line)?.ok()?;
    prints(space.admin.line("kubectl get releases -n made-by-install -o name"), "release.helmx.dev/web")?;
    space.admin.line(&line.replace("install web", "upgrade --install web"))?.ok().map(drop)
}

fn dry_run(world: &World) -> Result<()> {
    let space = world.space("plugin-dry-run")?;
    let dev = &space.dev;
    let shown = dev.line("kubectl-helmx install web test/web --dry-run --set greeting=dry")?.ok()?;
    has(
        &shown,
        &["nothing was changed", "kind: ConfigMap", "greeting: \"dry\"", "helmx.dev/tenant: \"plugin-dry-run\""],
    )?;
    prints(dev.line("kubectl get releases,configmaps -o name -l app=web"), "")?;
    dev.line("kubectl-helmx install web test/web")?.ok()?;
    shows(dev.line("kubectl-helmx upgrade web test/web --dry-run=server --set greeting=dry"), &["greeting: \"dry\""])?;
    shows(dev.line("kubectl-helmx rollback web 1 --dry-run"), &["nothing was changed"])?;
    dev.line("kubectl-helmx uninstall web --dry-run")?.ok()?;
    prints(dev.line("kubectl get release web -o jsonpath={.status.revision}{.status.phase}"), "1deployed")?;
    refused(
        dev.line("kubectl-helmx install other test/trouble --dry-run --set trouble=required"),
        &["a port is required"],
    )
}

fn upgrade(world: &World) -> Result<()> {
    let space = world.space("upgrade")?;
    let dev = &space.dev;
    let values = |wanted: Value| prints_json(dev.line("kubectl-helmx get values web -o json"), &wanted);
    shows(
        dev.line("kubectl-helmx upgrade --install web test/web --version 1.0.0 --set greeting=a,replicas=2"),
        &["does not exist. Installing it now.", "REVISION: 1"],
    )?;
    dev.line("kubectl-helmx upgrade web test/web --version 1.1.0")?.ok()?;
    values(json!({"greeting": "a", "replicas": 2}))?;
    dev.line("kubectl-helmx upgrade web test/web --reuse-values --set greeting=b")?.ok()?;
    values(json!({"greeting": "b", "replicas": 2}))?;
    dev.line("kubectl-helmx upgrade web test/web --set greeting=c")?.ok()?;
    values(json!({"greeting": "c"}))?;
    dev.line("kubectl-helmx upgrade web test/web --reset-values")?.ok()?;
    prints(dev.line("kubectl get configmap web -o jsonpath={.data.greeting}"), "hello")?;
    dev.line("kubectl-helmx upgrade web test/web --set greeting=d --history-max 2 --description 'to d'")?.ok()?;
    let history: Value = serde_json::from_str(&dev.line("kubectl-helmx history web -o json")?.ok()?)?;
    anyhow::ensure!(history.as_array().is_some_and(|rows| rows.len() == 2), "--history-max 2 keeps: {history}");
    has(&history.to_string(), &["to d"])
}

fn upgrade_errors(world: &World) -> Result<()> {
    let space = world.space("upgrade-errors")?;
    let dev = &space.dev;
    refused(dev.line("kubectl-helmx upgrade web test/web"), &["UPGRADE FAILED", "\"web\" has no deployed releases"])?;
    refused(dev.line("kubectl-helmx rollback web"), &["web", "not found"])?;
    dev.line("kubectl-helmx install web test/web --version 1.0.0")?.ok()?;
    refused(dev.line("kubectl-helmx upgrade web test/web --version 9"), &["UPGRADE FAILED", "9"])?;
    refused(dev.line("kubectl-helmx upgrade web test/web --set replicas=many"), &["UPGRADE FAILED", "replicas"])?;
    refused(dev.line("kubectl-helmx rollback web 7"), &["no revision 7", "stored revisions: 1"])?;
    refused(dev.line("kubectl-helmx rollback web"), &["no revision 0"])?;
    refused(dev.line("kubectl-helmx rollback web x"), &["x"])?;
    prints(dev.line("kubectl get release web -o jsonpath={.status.revision}{.status.phase}"), "1deployed")
}

fn installed(world: &World, name: &str) -> Result<Space> {
    let space = world.space(name)?;
    space.dev.line("kubectl-helmx install web test/web --version 1.0.0 --set greeting=a,password=secret")?.ok()?;
    space.dev.line("kubectl-helmx upgrade web test/web --version 1.1.0 --reuse-values --set greeting=b")?.ok()?;
    Ok(space)
}

fn inspect(world: &World) -> Result<()> {
    let space = installed(world, "inspect")?;
    let dev = &space.dev;
    let without_times = |text: &str| -> Result<Value> {
        let mut rows: Value = serde_json::from_str(text)?;
        for row in rows.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
            row.remove("updated");
        }
        Ok(rows)
    };
    for (ours, theirs) in [("list -o json", "list -o json"), ("history web -o json", "history web -o json")] {
        let ours = without_times(&dev.line(&format!("kubectl-helmx {ours}"))?.ok()?)?;
        let theirs = without_times(&space.admin.line(&format!("helm {theirs}"))?.ok()?)?;
        anyhow::ensure!(ours == theirs, "helm has {theirs}\nhelmx {ours}");
    }
    shows(
        dev.line("kubectl-helmx status web"),
        &["NAME: web", "STATUS: deployed", "REVISION: 2", "web says b in inspect."],
    )?;
    shows(dev.line("kubectl-helmx status web --revision 1"), &["REVISION: 1", "STATUS: superseded", "web says a"])?;
    shows(dev.line("kubectl-helmx history web --max 1"), &["Upgrade complete"])?;
    shows(space.admin.line("kubectl-helmx list -A"), &["NAMESPACE", "inspect", "web-1.1.0"])?;
    refused(dev.line("kubectl-helmx list -A"), &["forbidden"])?;
    refused(dev.line("kubectl-helmx status nothing"), &["\"nothing\" not found"])?;
    refused(dev.line("kubectl-helmx status web --revision 9"), &["not found"])?;
    refused(dev.line("kubectl-helmx history nothing"), &["release: not found"])
}

fn get(world: &World) -> Result<()> {
    let space = installed(world, "plugin-get")?;
    let (dev, admin) = (&space.dev, &space.admin);
    for part in ["values", "values --all", "manifest", "notes", "hooks", "values --revision 1"] {
        let ours = admin.line(&format!("kubectl-helmx get {part} web"))?.ok()?;
        let theirs = admin.line(&format!("helm get {part} web"))?.ok()?;
        same(&ours, &theirs).map_err(|error| error.context(part))?;
    }
    let all = admin.line("kubectl-helmx get all web")?.ok()?;
    has(&all, &["USER-SUPPLIED VALUES:", "COMPUTED VALUES:", "HOOKS:", "MANIFEST:", "NOTES:", "password: secret"])?;
    let hidden = dev.line("kubectl-helmx get manifest web")?.ok()?;
    has(&hidden, &["kind: Secret", "hidden"])?;
    lacks(&hidden, &["password: \"secret\""])?;
    refused(space.reader.line("kubectl-helmx get values web"), &["forbidden", "releases/values"])?;
    refused(dev.line("kubectl-helmx get values nothing"), &["not found"])?;
    refused(dev.line("kubectl-helmx get manifest web --revision 9"), &["not found"])
}

fn uninstall(world: &World) -> Result<()> {
    let space = installed(world, "plugin-uninstall")?;
    let dev = &space.dev;
    dev.line("kubectl-helmx install other test/web")?.ok()?;
    shows(
        dev.line("kubectl-helmx uninstall web other"),
        &["release \"web\" uninstalled", "release \"other\" uninstalled"],
    )?;
    prints(dev.line("kubectl get configmaps -o name -l app"), "")?;
    refused(dev.line("kubectl-helmx uninstall web"), &["web", "release: not found"])?;
    dev.line("kubectl-helmx uninstall web --ignore-not-found")?.ok()?;
    refused(dev.line("kubectl-helmx uninstall"), &["requires at least 1 argument"])?;
    refused(dev.line("kubectl-helmx uninstall web --cascade sideways"), &["sideways", "background"])
}

fn template(world: &World) -> Result<()> {
    let space = world.space("template")?;
    let folder = tempfile::tempdir()?;
    let archive = folder.path().join("web.tgz");
    std::fs::write(&archive, charts::web("1.0.0").bytes()?)?;
    let flags = "--set greeting=x,deploy=true,password=p";
    let helm = space.dev.line(&format!("helm template web {} {flags}", archive.display()))?.ok()?;
    let local = space.dev.line(&format!("kubectl-helmx template web {} {flags}", archive.display()))?.ok()?;
    anyhow::ensure!(helm == local, "helm prints:\n{helm}\nhelmx:\n{local}");
    let remote = space.dev.line(&format!("kubectl-helmx template web test/web --version 1.0.0 {flags}"))?.ok()?;
    has(&remote, &["greeting: \"x\"", "kind: Deployment", "helmx.dev/tenant: \"template\""])?;
    let dark = space.dev.clone().with("KUBECONFIG", "/nonexistent");
    dark.line(&format!("kubectl-helmx template web {}", archive.display()))?.ok()?;
    let broken = "--set greeting=1 --set-json replicas=-1";
    let theirs = space.dev.line(&format!("helm template web {} {broken}", archive.display()))?.failed()?;
    let ours = space.dev.line(&format!("kubectl-helmx template web {} {broken}", archive.display()))?.failed()?;
    has(&ours, &["greeting", "replicas"])?;
    has(&theirs, &["greeting", "replicas"])
}

fn outputs(world: &World) -> Result<()> {
    let space = installed(world, "outputs")?;
    for command in ["list", "status web", "history web", "get values web", "search web", "repo list"] {
        let text = space.admin.line(&format!("kubectl-helmx {command} -o json"))?.ok()?;
        serde_json::from_str::<Value>(&text).map_err(|error| anyhow::anyhow!("{command}: {error} in {text}"))?;
        let text = space.admin.line(&format!("kubectl-helmx {command} -o yaml"))?.ok()?;
        anyhow::ensure!(!text.trim().is_empty() && !text.trim_start().starts_with('{'), "{command}: {text}");
    }
    refused(space.dev.line("kubectl-helmx list -o csv"), &["csv", "json"])
}

fn connection(world: &World) -> Result<()> {
    let space = installed(world, "connection")?;
    let kubeconfig = world.cluster()?.folder().join("admin-connection.kubeconfig");
    let outside = space.dev.clone().with("KUBECONFIG", "/nonexistent").with("HELM_NAMESPACE", "");
    prints(outside.line(&format!("kubectl-helmx list -q -n connection --kubeconfig {}", kubeconfig.display())), "web")?;
    prints(space.admin.line("kubectl-helmx list -q --as dev-connection"), "web")?;
    refused(space.admin.line("kubectl-helmx list -q --as nobody"), &["forbidden", "nobody"])?;
    refused(space.dev.line("kubectl-helmx list --server https://localhost:1"), &["cannot be reached", "--server"])?;
    refused(space.dev.line("kubectl-helmx list --context nothing"), &["nothing"])?;
    refused(outside.line("kubectl-helmx list -n connection"), &["/nonexistent"])
}

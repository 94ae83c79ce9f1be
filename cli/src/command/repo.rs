//! `repo`: chart repositories.

use std::io::Read as _;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use helmx_api::condition::Condition;
use helmx_api::config::SYNC_REQUESTED;
use k8s_openapi::api::core::v1::Secret;
use kube::api::{Api, DeleteParams, DynamicObject, ListParams, Patch, PatchParams};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::args::{Output, Repo, RepoAdd, RepoRemove, RepoUpdate};
use crate::client::{Cluster, Kind};
use crate::output::{self, Table, text};

const FIELD_MANAGER: &str = "kubectl-helmx";
/// How long the first look at an index may take.
const SYNC: Duration = Duration::from_secs(120);

/// Runs a command on repositories.
///
/// # Errors
/// What the server answered.
pub async fn run(cluster: &Cluster, command: Repo) -> Result<()> {
    match command {
        Repo::Add(options) => add(cluster, &options).await,
        Repo::List(output) => list(cluster, &output).await,
        Repo::Remove(options) => remove(cluster, &options).await,
        Repo::Update(options) => update(cluster, &options).await,
    }
}

fn kind(cluster_wide: bool) -> Kind {
    if cluster_wide { Kind::ClusterRepository } else { Kind::Repository }
}

async fn add(cluster: &Cluster, options: &RepoAdd) -> Result<()> {
    if options.name.contains('/') {
        bail!("repository name ({}) contains '/'. Please specify a different name without '/'", options.name);
    }
    let kind = kind(options.cluster_wide);
    let api = cluster.api(kind);
    let existing = api.get_opt(&options.name).await?;
    if let Some(existing) = &existing
        && existing.data.pointer("/spec/url").and_then(Value::as_str) != Some(&options.url)
    {
        bail!(
            "repository name ({}) already exists with another URL, please remove it first or use another name",
            options.name
        );
    }
    let mut spec = json!({"url": options.url});
    if options.username.is_some() {
        spec["secretRef"] = json!({"name": credentials(cluster, options).await?});
    }
    if let Some(path) = &options.ca_file {
        spec["caBundle"] =
            json!(std::fs::read_to_string(path).with_context(|| format!("--ca-file {}", path.display()))?);
    }
    if let Some(interval) = &options.interval {
        spec["interval"] = json!(interval);
    }
    let object = json!({
        "apiVersion": helmx_api::CONFIG_API_VERSION,
        "kind": if options.cluster_wide { "ClusterRepository" } else { "Repository" },
        "metadata": {"name": options.name, "annotations": {SYNC_REQUESTED: now()}},
        "spec": spec,
    });
    api.patch(&options.name, &PatchParams::apply(FIELD_MANAGER).force(), &Patch::Apply(&object)).await?;
    settle(cluster, kind, &options.name).await?;
    output::line(&format!("\"{}\" has been added to your repositories", options.name));
    Ok(())
}

/// Keeps user and password in a Secret beside the repository; returns its name.
async fn credentials(cluster: &Cluster, options: &RepoAdd) -> Result<String> {
    let password = match &options.password {
        Some(password) => password.clone(),
        None if options.password_stdin => {
            let mut text = String::new();
            std::io::stdin().lock().take(64 << 10).read_to_string(&mut text).context("--password-stdin")?;
            text.trim_end_matches(['\r', '\n']).to_owned()
        }
        None => bail!("--username needs --password or --password-stdin"),
    };
    let namespace = if options.cluster_wide { &options.system_namespace } else { &cluster.namespace };
    let name = format!("helmx-repository-{}", options.name);
    let secret = json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name},
        "type": "kubernetes.io/basic-auth",
        "stringData": {"username": options.username, "password": password},
    });
    let secrets: Api<Secret> = Api::namespaced(cluster.client().clone(), namespace);
    let applied = secrets.patch(&name, &PatchParams::apply(FIELD_MANAGER).force(), &Patch::Apply(&secret)).await;
    applied.with_context(|| format!("keeping the password in secret \"{name}\" of namespace \"{namespace}\""))?;
    Ok(name)
}

fn now() -> String {
    jiff::Timestamp::now().to_string()
}

/// What a look at the index came to.
enum Looked {
    Synced,
    Suspended,
}

/// Waits until the server has answered the newest request for a look at the index; its failure is ours.
async fn settle(cluster: &Cluster, kind: Kind, name: &str) -> Result<Looked> {
    let api = cluster.api(kind);
    let deadline = Instant::now() + SYNC;
    loop {
        let object = serde_json::to_value(api.get(name).await?)?;
        // Ours, or that of somebody who asked after us.
        let request = object.pointer("/metadata/annotations").and_then(|annotations| annotations.get(SYNC_REQUESTED));
        let answered = request.is_some() && object.pointer("/status/handledSyncRequest") == request;
        match ready(&object).filter(|_| answered) {
            Some(ready) if ready.status == "False" => bail!("repository \"{name}\": {}", ready.message),
            Some(ready) if ready.reason == "Suspended" => return Ok(Looked::Suspended),
            Some(_) => return Ok(Looked::Synced),
            None if Instant::now() > deadline => bail!(
                "repository \"{name}\" was not looked at within {} s: is helmx-apiserver running?",
                SYNC.as_secs()
            ),
            None => tokio::time::sleep(Duration::from_millis(150)).await,
        }
    }
}

fn ready(object: &Value) -> Option<Condition> {
    let conditions = object.pointer("/status/conditions")?.as_array()?;
    let found = conditions.iter().find(|condition| text(condition, "/type") == "Ready")?;
    serde_json::from_value(found.clone()).ok()
}

/// The repositories that the namespace sees; kinds that the caller may not list are left out.
async fn visible(cluster: &Cluster) -> Result<Vec<(Kind, DynamicObject)>> {
    let mut found = Vec::new();
    for kind in [Kind::Repository, Kind::ClusterRepository] {
        match cluster.api(kind).list(&ListParams::default()).await {
            Ok(listed) => found.extend(listed.items.into_iter().map(|item| (kind, item))),
            Err(kube::Error::Api(status)) if status.code == 403 => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(found)
}

async fn list(cluster: &Cluster, output: &Output) -> Result<()> {
    let found = visible(cluster).await?;
    let mut items: Vec<_> = found.iter().map(|(kind, object)| item(*kind, object)).collect();
    if !found.iter().any(|(kind, _)| *kind == Kind::ClusterRepository) {
        items.extend(of_catalogue(cluster).await?);
    }
    if output::document(output.output, &json!(items))? {
        return Ok(());
    }
    let mut table = Table::new(&["NAME", "URL", "SCOPE", "READY", "MESSAGE"]);
    for item in &items {
        table.row(["/name", "/url", "/scope", "/ready", "/message"].map(|field| text(item, field).to_owned()));
    }
    table.print();
    Ok(())
}

fn item(kind: Kind, object: &DynamicObject) -> Value {
    let value = serde_json::to_value(object).unwrap_or_default();
    let unknown = || Condition { status: "Unknown".into(), ..Condition::default() };
    let ready = ready(&value).unwrap_or_else(unknown);
    json!({
        "name": text(&value, "/metadata/name"),
        "url": text(&value, "/spec/url"),
        "scope": if kind == Kind::ClusterRepository { "cluster" } else { "namespace" },
        "ready": ready.status,
        "message": ready.message,
    })
}

/// The cluster's repositories by their charts: who may not list ClusterRepositories sees those.
async fn of_catalogue(cluster: &Cluster) -> Result<Vec<Value>> {
    let listed = match cluster.api(Kind::Chart).list(&ListParams::default()).await {
        Ok(listed) => listed,
        Err(kube::Error::Api(status)) if status.code == 403 => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let charts = listed.items.iter().filter_map(|chart| serde_json::to_value(chart).ok());
    let cluster_wide = charts.filter(|chart| text(chart, "/status/repositoryKind") == "ClusterRepository");
    let names: std::collections::BTreeSet<_> =
        cluster_wide.map(|chart| text(&chart, "/status/repository").to_owned()).collect();
    Ok(names
        .into_iter()
        .map(|name| json!({"name": name, "url": "", "scope": "cluster", "ready": "True", "message": ""}))
        .collect())
}

async fn remove(cluster: &Cluster, options: &RepoRemove) -> Result<()> {
    for name in &options.names {
        match cluster.api(kind(options.cluster_wide)).delete(name, &DeleteParams::default()).await {
            Ok(_) => output::line(&format!("\"{name}\" has been removed from your repositories")),
            Err(kube::Error::Api(status)) if status.code == 404 => bail!("no repo named \"{name}\" found"),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

async fn update(cluster: &Cluster, options: &RepoUpdate) -> Result<()> {
    let found = visible(cluster).await?;
    let names = |object: &DynamicObject| object.metadata.name.clone().unwrap_or_default();
    if let Some(unknown) = options.names.iter().find(|name| !found.iter().any(|(_, object)| names(object) == **name)) {
        bail!("no repositories found matching '{unknown}'. Nothing will be updated");
    }
    output::line("Hang tight while we grab the latest from your chart repositories...");
    let mut failed = Vec::new();
    for (kind, object) in found {
        let name = names(&object);
        if !options.names.is_empty() && !options.names.contains(&name) {
            continue;
        }
        let request = json!({"metadata": {"annotations": {SYNC_REQUESTED: now()}}});
        let asked = cluster.api(kind).patch(&name, &PatchParams::default(), &Patch::Merge(&request)).await;
        match asked {
            Ok(_) => match settle(cluster, kind, &name).await {
                Ok(Looked::Synced) => {
                    output::line(&format!("...Successfully got an update from the \"{name}\" chart repository"))
                }
                Ok(Looked::Suspended) => {
                    output::line(&format!("...Skipped the \"{name}\" chart repository: spec.suspend is set"))
                }
                Err(error) => {
                    output::line(&format!(
                        "...Unable to get an update from the \"{name}\" chart repository:\n\t{error}"
                    ));
                    failed.push(name);
                }
            },
            // The server keeps it current by itself; who may not touch it need not.
            Err(kube::Error::Api(status)) if status.code == 403 && options.names.is_empty() => {}
            Err(error) => return Err(error.into()),
        }
    }
    if failed.is_empty() {
        output::line("Update Complete. ⎈Happy Helming!⎈");
        return Ok(());
    }
    bail!("failed to update the following repositories: {failed:?}")
}

//! `list`, `status`, `history`: releases as they are.

use anyhow::{Result, bail};
use kube::api::ListParams;
use serde_json::{Value, json};

use crate::args::{Format, History, List, Named};
use crate::client::{Cluster, Kind};
use crate::output::{self, Table, text};

/// Releases of the namespace, or of all that the caller may see.
///
/// # Errors
/// What the server answered.
pub async fn list(cluster: &Cluster, options: &List) -> Result<()> {
    let api = if options.all_namespaces { cluster.all(Kind::Release) } else { cluster.api(Kind::Release) };
    let mut params = ListParams::default();
    if let Some(selector) = &options.selector {
        params = params.labels(selector);
    }
    let listed = api.list(&params).await?;
    let releases: Vec<Value> = listed.items.iter().map(serde_json::to_value).collect::<Result<_, _>>()?;
    if options.short {
        releases.iter().for_each(|release| output::line(text(release, "/metadata/name")));
        return Ok(());
    }
    let items: Vec<_> = releases.iter().map(item).collect();
    if output::document(options.output.output, &json!(items))? {
        return Ok(());
    }
    let mut table =
        Table::new(&["NAME", "NAMESPACE", "REVISION", "UPDATED", "STATUS", "READY", "CHART", "APP VERSION"]);
    for (item, release) in items.iter().zip(&releases) {
        let cell = |name: &str| text(item, &format!("/{name}")).to_owned();
        table.row([
            cell("name"),
            cell("namespace"),
            cell("revision"),
            output::time(&cell("updated")),
            cell("status"),
            ready(release),
            cell("chart"),
            cell("app_version"),
        ]);
    }
    table.print();
    Ok(())
}

/// The fields of `helm list -o json`.
fn item(release: &Value) -> Value {
    let revision = release.pointer("/status/revision").and_then(Value::as_u64).unwrap_or_default();
    json!({
        "name": text(release, "/metadata/name"),
        "namespace": text(release, "/metadata/namespace"),
        "revision": revision.to_string(),
        "updated": text(release, "/status/lastDeployed"),
        "status": text(release, "/status/phase"),
        "chart": format!("{}-{}", text(release, "/status/chart/name"), text(release, "/status/chart/version")),
        "app_version": text(release, "/status/appVersion"),
    })
}

fn ready(release: &Value) -> String {
    let conditions = release.pointer("/status/conditions").and_then(Value::as_array);
    let found = conditions.into_iter().flatten().find(|condition| text(condition, "/type") == "Ready");
    found.map(|condition| text(condition, "/status").to_owned()).unwrap_or_default()
}

/// How a release is, with its objects and notes.
///
/// # Errors
/// What the server answered.
pub async fn status(cluster: &Cluster, options: &Named) -> Result<()> {
    let release = cluster.api(Kind::Release).get(&options.name).await?;
    let mut release = serde_json::to_value(&release)?;
    if let Some(revision) = options.revision {
        let name = format!("{}.v{revision}", options.name);
        let revision = serde_json::to_value(cluster.api(Kind::Revision).get(&name).await?)?;
        for field in ["phase", "revision", "chart", "appVersion", "description"] {
            release["status"][field] = revision["status"][field].clone();
        }
        release["status"]["lastDeployed"] = revision["status"]["deployed"].clone();
        release["status"]["resources"] = json!([]);
    }
    print_status(cluster, &release, options.output.output, true).await
}

/// Prints a release as `helm status` does, with the readiness of its objects.
///
/// # Errors
/// A document that cannot be written.
pub async fn print_status(cluster: &Cluster, release: &Value, format: Format, with_notes: bool) -> Result<()> {
    if output::document(format, release)? {
        return Ok(());
    }
    let revision = release.pointer("/status/revision").and_then(Value::as_u64).unwrap_or_default();
    output::line(&format!("NAME: {}", text(release, "/metadata/name")));
    output::line(&format!("LAST DEPLOYED: {}", output::time(text(release, "/status/lastDeployed"))));
    output::line(&format!("NAMESPACE: {}", text(release, "/metadata/namespace")));
    output::line(&format!("STATUS: {}", text(release, "/status/phase")));
    output::line(&format!("REVISION: {revision}"));
    output::foreign(&format!("DESCRIPTION: {}\n", text(release, "/status/description")));
    let tenant = text(release, "/status/tenant");
    if !tenant.is_empty() {
        output::line(&format!("TENANT: {tenant}"));
    }
    print_objects(release);
    if with_notes {
        print_notes(cluster, text(release, "/metadata/name"), revision).await;
    }
    Ok(())
}

fn print_objects(release: &Value) {
    let objects = release.pointer("/status/resources").and_then(Value::as_array);
    let Some(objects) = objects.filter(|objects| !objects.is_empty()) else { return };
    output::line("RESOURCES:");
    let mut table = Table::new(&["KIND", "NAME", "NAMESPACE", "STATUS", "MESSAGE"]);
    for object in objects {
        table.row(["/kind", "/name", "/namespace", "/status", "/message"].map(|field| text(object, field).to_owned()));
    }
    table.print();
}

/// Notes are shown to those who may see them; nobody else is bothered.
async fn print_notes(cluster: &Cluster, name: &str, revision: u64) {
    let Ok(part) = cluster.part(Kind::Release, name, &format!("notes?revision={revision}")).await else { return };
    let notes = text(&part, "/notes").trim_end();
    if !notes.is_empty() {
        output::foreign(&format!("NOTES:\n{notes}\n"));
    }
}

/// The revisions of a release, oldest first.
///
/// # Errors
/// What the server answered; a release without revisions.
pub async fn history(cluster: &Cluster, options: &History) -> Result<()> {
    let params = ListParams::default().fields(&format!("status.release={}", options.name));
    let listed = cluster.api(Kind::Revision).list(&params).await?;
    let revisions: Vec<Value> = listed.items.iter().map(serde_json::to_value).collect::<Result<_, _>>()?;
    if revisions.is_empty() {
        bail!("release: not found");
    }
    let newest = &revisions[revisions.len().saturating_sub(options.max)..];
    let items: Vec<_> = newest.iter().map(revision_item).collect();
    if output::document(options.output.output, &json!(items))? {
        return Ok(());
    }
    let mut table = Table::new(&["REVISION", "UPDATED", "STATUS", "CHART", "APP VERSION", "DESCRIPTION"]);
    for item in &items {
        let cell = |name: &str| text(item, &format!("/{name}")).to_owned();
        let revision = item["revision"].to_string();
        table.row([
            revision,
            output::time(&cell("updated")),
            cell("status"),
            cell("chart"),
            cell("app_version"),
            cell("description"),
        ]);
    }
    table.print();
    Ok(())
}

/// The fields of `helm history -o json`.
fn revision_item(revision: &Value) -> Value {
    let mut item = json!({
        "revision": revision["status"]["revision"],
        "updated": text(revision, "/status/deployed"),
        "status": text(revision, "/status/phase"),
        "chart": format!("{}-{}", text(revision, "/status/chart/name"), text(revision, "/status/chart/version")),
        "app_version": text(revision, "/status/appVersion"),
        "description": text(revision, "/status/description"),
    });
    if let Some(back) = revision.pointer("/status/rollbackRevision") {
        item["rollback_revision"] = back.clone();
    }
    item
}

//! `get`: what a release holds.

use anyhow::Result;
use serde_json::{Value, json};

use crate::args::{Format, Get, GetValues, Of};
use crate::client::{Cluster, Kind};
use crate::output::{self, text};

/// Prints a part of a release as Helm does.
///
/// # Errors
/// What the server answered.
pub async fn run(cluster: &Cluster, what: Get) -> Result<()> {
    match what {
        Get::Values(options) => values(cluster, &options).await,
        Get::Manifest(of) => manifest(cluster, &of).await,
        Get::Notes(of) => notes(cluster, &of).await,
        Get::Hooks(of) => hooks(cluster, &of).await,
        Get::All(of) => all(cluster, of).await,
    }
}

async fn part(cluster: &Cluster, of: &Of, part: &str, more: &str) -> Result<Value> {
    let revision = of.revision.unwrap_or_default();
    cluster.part(Kind::Release, &of.name, &format!("{part}?revision={revision}{more}")).await
}

async fn values(cluster: &Cluster, options: &GetValues) -> Result<()> {
    let answer = part(cluster, &options.of, "values", if options.all { "&all=true" } else { "" }).await?;
    let values = answer
        .get("values")
        .filter(|values| values.as_object().is_none_or(|values| !values.is_empty()))
        .cloned()
        .unwrap_or_default();
    if output::document(options.output.output, &values)? {
        return Ok(());
    }
    output::line(if options.all { "COMPUTED VALUES:" } else { "USER-SUPPLIED VALUES:" });
    output::foreign(&output::yaml(&values)?);
    Ok(())
}

async fn manifest(cluster: &Cluster, of: &Of) -> Result<()> {
    let answer = part(cluster, of, "manifest", "").await?;
    output::foreign(&format!("{}\n", text(&answer, "/manifest")));
    Ok(())
}

async fn notes(cluster: &Cluster, of: &Of) -> Result<()> {
    let answer = part(cluster, of, "notes", "").await?;
    let notes = text(&answer, "/notes");
    if !notes.is_empty() {
        output::foreign(&format!("NOTES:\n{notes}\n"));
    }
    Ok(())
}

async fn hooks(cluster: &Cluster, of: &Of) -> Result<()> {
    let answer = part(cluster, of, "hooks", "").await?;
    for hook in answer.get("hooks").and_then(Value::as_array).into_iter().flatten() {
        output::foreign(&format!("---\n# Source: {}\n{}\n", text(hook, "/path"), text(hook, "/manifest")));
    }
    Ok(())
}

async fn all(cluster: &Cluster, of: Of) -> Result<()> {
    let release = serde_json::to_value(cluster.api(Kind::Release).get(&of.name).await?)?;
    let revision = of.revision.map(u64::from).or_else(|| release.pointer("/status/revision").and_then(Value::as_u64));
    output::line(&format!("NAME: {}", of.name));
    output::line(&format!("LAST DEPLOYED: {}", output::time(text(&release, "/status/lastDeployed"))));
    output::line(&format!("NAMESPACE: {}", text(&release, "/metadata/namespace")));
    output::line(&format!("STATUS: {}", text(&release, "/status/phase")));
    output::line(&format!("REVISION: {}", json!(revision)));
    output::line(&format!("CHART: {}", text(&release, "/status/chart/name")));
    output::line(&format!("VERSION: {}", text(&release, "/status/chart/version")));
    output::line(&format!("APP_VERSION: {}", text(&release, "/status/appVersion")));
    for every in [false, true] {
        let of = Of { name: of.name.clone(), revision: of.revision };
        values(cluster, &GetValues { of, all: every, output: crate::args::Output { output: Format::Table } }).await?;
    }
    output::line("HOOKS:");
    hooks(cluster, &of).await?;
    output::line("MANIFEST:");
    manifest(cluster, &of).await?;
    notes(cluster, &of).await
}

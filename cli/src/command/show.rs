//! `search` and `show`: charts.

use anyhow::{Context as _, Result, anyhow, bail};
use helmx_chart::semver::{Constraint, Version};
use helmx_chart::show::Part;
use helmx_chart::{Chart, archive};
use kube::api::ListParams;
use serde_json::{Value, json};

use super::install::split;
use crate::args::{ChartName, Search, Show, ShowValues};
use crate::client::{Cluster, Kind};
use crate::jsonpath::Template;
use crate::output::{self, Table, text};
use crate::usage::{Wanted, require};
use crate::{local, provenance};

/// Charts by keyword.
///
/// # Errors
/// What the server answered.
pub async fn search(cluster: &Cluster, options: &Search) -> Result<()> {
    let kind = if options.versions || options.version.is_some() { Kind::ChartVersion } else { Kind::Chart };
    let listed = cluster.api(kind).list(&ListParams::default()).await?;
    let mut found = Vec::new();
    let constraint = options.version.as_deref().map(Constraint::parse).transpose()?;
    for item in &listed.items {
        let value = serde_json::to_value(item)?;
        let version = text(&value, "/status/version");
        let fits = constraint
            .as_ref()
            .is_none_or(|constraint| Version::parse(version).is_ok_and(|version| constraint.check(&version)));
        if fits && matches(&value, &options.keywords) {
            found.push(json!({
                "name": format!("{}/{}", text(&value, "/status/repository"), text(&value, "/status/name")),
                "version": version,
                "app_version": text(&value, "/status/appVersion"),
                "description": text(&value, "/status/description"),
            }));
        }
    }
    if output::document(options.output.output, &json!(found))? {
        return Ok(());
    }
    if found.is_empty() {
        output::line("No results found");
        return Ok(());
    }
    let mut table = Table::new(&["NAME", "CHART VERSION", "APP VERSION", "DESCRIPTION"]);
    for item in &found {
        let mut cells = ["/name", "/version", "/app_version", "/description"].map(|field| text(item, field).to_owned());
        cells[3] = shortened(&cells[3]);
        table.row(cells);
    }
    table.print();
    Ok(())
}

/// Helm cuts columns at 50 characters.
fn shortened(text: &str) -> String {
    if text.chars().count() <= 50 {
        return text.to_owned();
    }
    format!("{}...", text.chars().take(47).collect::<String>())
}

fn matches(chart: &Value, keywords: &[String]) -> bool {
    let words = chart.pointer("/status/keywords").and_then(Value::as_array);
    let words: Vec<_> = words.into_iter().flatten().filter_map(Value::as_str).collect();
    let place = format!(
        "{}/{} {} {}",
        text(chart, "/status/repository"),
        text(chart, "/status/name"),
        text(chart, "/status/description"),
        words.join(" ")
    )
    .to_lowercase();
    keywords.iter().all(|keyword| place.contains(&keyword.to_lowercase()))
}

/// The object name of a chart's newest version that a constraint allows.
///
/// # Errors
/// No such chart, no such version.
pub async fn resolve(cluster: &Cluster, repository: &str, chart: &str, version: &str) -> Result<String> {
    let params = ListParams::default().fields(&format!("status.repository={repository},status.name={chart}"));
    let listed = cluster.api(Kind::ChartVersion).list(&params).await?;
    let constraint = Constraint::parse(if version.is_empty() { "*" } else { version })?;
    let mut candidates: Vec<(Version, String)> = Vec::new();
    for item in &listed.items {
        let found = item.data.pointer("/status/version").and_then(Value::as_str).unwrap_or_default();
        let name = item.metadata.name.clone().unwrap_or_default();
        if found == version {
            return Ok(name);
        }
        if let Ok(parsed) = Version::parse(found)
            && constraint.check(&parsed)
        {
            candidates.push((parsed, name));
        }
    }
    candidates.sort_by(|(a, _), (b, _)| a.compare(b));
    if listed.items.is_empty() {
        bail!("chart \"{chart}\" not found in repository \"{repository}\"; see `kubectl helmx search {chart}`");
    }
    candidates.pop().map(|(_, name)| name).with_context(|| {
        format!("chart \"{chart}\" of repository \"{repository}\" has no version that matches \"{version}\"")
    })
}

/// The chart that a command names, and what to show of it.
fn named(what: &Show) -> (&ChartName, Part, &'static str) {
    match what {
        Show::All(chart) => (chart, Part::All, "show all"),
        Show::Chart(chart) => (chart, Part::Chart, "show chart"),
        Show::Crds(chart) => (chart, Part::Crds, "show crds"),
        Show::Readme(chart) => (chart, Part::Readme, "show readme"),
        Show::Values(values) => (&values.chart, Part::Values, "show values"),
    }
}

/// Whether the chart is a folder or archive of this machine. Wrong usage is reported without a cluster, too.
pub fn is_local(what: &Show) -> bool {
    match named(what).0.chart.as_slice() {
        [chart] => local::is_path(chart) || !chart.contains('/'),
        _ => true,
    }
}

/// Whether the chart's signature is to be checked.
pub fn is_to_be_verified(what: &Show) -> bool {
    named(what).0.signature.verify
}

/// Shows a local chart.
///
/// # Errors
/// Why it is no chart, in Helm's words.
pub fn local(what: &Show) -> Result<()> {
    let (wanted, part, path) = named(what);
    require(path, "[CHART]", &Wanted::Exactly(1), wanted.chart.len())?;
    for chart in &wanted.chart {
        if !local::is_path(chart) {
            bail!("non-absolute URLs should be in form of repo_name/path_to_chart, got: {chart}");
        }
        let place = local::locate(chart)?;
        provenance::check_if_asked(&place, &wanted.signature)?;
        let chart = local::read(&place)?;
        match what {
            Show::Values(ShowValues { jsonpath, .. }) if !jsonpath.is_empty() => print_path(&chart, jsonpath)?,
            _ => output::foreign(&helmx_chart::show::show(&chart, part)?),
        }
    }
    Ok(())
}

/// Prints what a JSONPath template makes of a chart's values; nothing for a chart without values.
fn print_path(chart: &Chart, template: &str) -> Result<()> {
    if !chart.raw.iter().any(|file| file.name == "values.yaml") {
        return Ok(());
    }
    let failed = |reason: String| anyhow!("error parsing jsonpath {template}: {reason}");
    let text = Template::parse(template).and_then(|template| template.print(&chart.values)).map_err(failed)?;
    output::foreign(&text);
    Ok(())
}

/// Shows a chart of a repository.
///
/// # Errors
/// What the server answered.
pub async fn remote(cluster: &Cluster, what: &Show) -> Result<()> {
    let (wanted, part, _) = named(what);
    let (repository, name) = split(wanted.chart.first().map(String::as_str).unwrap_or_default())?;
    let newest = if wanted.devel { ">0.0.0-0" } else { "" };
    let version = resolve(cluster, repository, name, wanted.version.as_deref().unwrap_or(newest)).await?;
    if let Show::Values(ShowValues { jsonpath, .. }) = what
        && !jsonpath.is_empty()
    {
        return print_path(&fetch(cluster, &version).await?, jsonpath);
    }
    let document = match part {
        // These parts have permissions of their own.
        Part::Values => "values",
        Part::Readme => "readme",
        Part::Crds => "crds",
        Part::All | Part::Chart => {
            let chart = fetch(cluster, &version).await?;
            output::foreign(&helmx_chart::show::show(&chart, part)?);
            return Ok(());
        }
    };
    match cluster.document(Kind::ChartVersion, &version, document).await {
        Ok(text) if part == Part::Crds && !text.starts_with("---") => output::foreign(&format!("---\n{text}\n")),
        Ok(text) => output::foreign(&format!("{text}\n")),
        Err(error) if is_missing(&error) => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

/// The chart itself, from the server's archive.
async fn fetch(cluster: &Cluster, version: &str) -> Result<Chart> {
    let path =
        format!("/apis/{}/namespaces/{}/chartversions/{version}/archive", helmx_api::API_VERSION, cluster.namespace);
    let request = http::Request::get(path).body(Vec::new())?;
    let mut stream = std::pin::pin!(cluster.client().request_stream(request).await?);
    let mut bytes = Vec::new();
    futures::AsyncReadExt::read_to_end(&mut stream, &mut bytes).await?;
    Ok(archive::load_any_api(&bytes)?)
}

fn is_missing(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref::<kube::Error>(), Some(kube::Error::Api(status)) if status.code == 404)
}

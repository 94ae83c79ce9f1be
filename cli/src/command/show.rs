//! `search` and `show`: charts.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use helmx_chart::semver::{Constraint, Version};
use helmx_chart::{Chart, archive, directory};
use helmx_yaml::Data;
use kube::api::ListParams;
use serde_json::{Value, json};

use super::install::split;
use crate::args::{ChartName, Search, Show};
use crate::client::{Cluster, Kind};
use crate::output::{self, Table, text};

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

/// The chart that a command names.
fn chart(what: &Show) -> &ChartName {
    match what {
        Show::All(chart) | Show::Chart(chart) | Show::Crds(chart) | Show::Readme(chart) | Show::Values(chart) => chart,
    }
}

/// Whether the chart is a folder or archive of this machine.
pub fn is_local(what: &Show) -> bool {
    is_local_path(&chart(what).chart)
}

/// An existing path, or one that can be nothing else.
pub fn is_local_path(chart: &str) -> bool {
    Path::new(chart).exists() || chart.starts_with('.') || chart.starts_with('/')
}

/// Reads a local chart.
///
/// # Errors
/// Why it is no chart, in Helm's words.
pub fn load(path: &str) -> Result<Chart> {
    let place = Path::new(path);
    if !place.exists() {
        bail!("path \"{path}\" not found");
    }
    if place.is_dir() {
        return Ok(directory::load(place)?);
    }
    let bytes = std::fs::read(place).with_context(|| format!("open {path}"))?;
    Ok(archive::load(&bytes)?)
}

/// Shows a local chart.
///
/// # Errors
/// As [`load`].
pub fn local(what: &Show) -> Result<()> {
    let chart = load(&chart(what).chart)?;
    let raw =
        |name: &str| chart.raw.iter().find(|file| file.name == name).map(helmx_chart::File::text).unwrap_or_default();
    let crds: Vec<_> = chart.crds().iter().map(|file| String::from_utf8_lossy(&file.data).into_owned()).collect();
    let parts = Parts { chart: metadata(&chart)?, values: raw("values.yaml"), readme: readme(&chart), crds };
    parts.print(what);
    Ok(())
}

fn metadata(chart: &Chart) -> Result<String> {
    let value = serde_json::to_value(&chart.metadata)?;
    Ok(helmx_yaml::encode(&Data::from(value))?)
}

fn readme(chart: &Chart) -> Option<String> {
    let names = ["readme.md", "readme.txt", "readme"];
    chart
        .raw
        .iter()
        .find(|file| names.iter().any(|name| file.name.eq_ignore_ascii_case(name)))
        .map(helmx_chart::File::text)
}

/// Shows a chart of a repository.
///
/// # Errors
/// What the server answered.
pub async fn remote(cluster: &Cluster, what: &Show) -> Result<()> {
    let wanted = chart(what);
    let (repository, name) = split(&wanted.chart)?;
    let version = resolve(cluster, repository, name, wanted.version.as_deref().unwrap_or_default()).await?;
    let part = |part: &'static str| {
        let version = version.clone();
        async move {
            match cluster.document(Kind::ChartVersion, &version, part).await {
                Ok(text) => Ok(Some(text)),
                Err(error) if is_missing(&error) => Ok(None),
                Err(error) => Err(error),
            }
        }
    };
    let archive = match what {
        Show::All(_) | Show::Chart(_) => Some(fetch(cluster, &version).await?),
        Show::Crds(_) | Show::Readme(_) | Show::Values(_) => None,
    };
    let parts = Parts {
        chart: archive.as_ref().map(metadata).transpose()?.unwrap_or_default(),
        values: part("values").await?.unwrap_or_default(),
        readme: part("readme").await?,
        crds: part("crds").await?.into_iter().collect(),
    };
    parts.print(what);
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
    Ok(archive::load(&bytes)?)
}

fn is_missing(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref::<kube::Error>(), Some(kube::Error::Api(status)) if status.code == 404)
}

/// What `helm show` shows.
struct Parts {
    chart: String,
    values: String,
    readme: Option<String>,
    crds: Vec<String>,
}

impl Parts {
    /// In Helm's layout: `show all` puts `---` between the parts.
    fn print(&self, what: &Show) {
        let mut text = String::new();
        let all = matches!(what, Show::All(_));
        if all || matches!(what, Show::Chart(_)) {
            text.push_str(&format!("{}\n", self.chart.trim_end()));
        }
        if all || matches!(what, Show::Values(_)) {
            if all {
                text.push_str("\n---\n");
            }
            text.push_str(&format!("{}\n", self.values));
        }
        if let Some(readme) = self.readme.as_ref().filter(|_| all || matches!(what, Show::Readme(_))) {
            if all {
                text.push_str("\n---\n");
            }
            text.push_str(&format!("{readme}\n"));
        }
        if all || matches!(what, Show::Crds(_)) {
            for crd in &self.crds {
                if !crd.starts_with("---") {
                    text.push_str("---\n");
                }
                text.push_str(&format!("{crd}\n"));
            }
        }
        output::foreign(&text);
    }
}

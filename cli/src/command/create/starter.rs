//! `create --starter`: a new chart from one that stands as a pattern (`CreateFrom` in `pkg/chart/v2/util/create.go`).

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use helmx_chart::metadata::Metadata;
use helmx_chart::show::{Part, show};
use helmx_chart::{Chart, File};

use super::{Api, write};
use crate::command::package;
use crate::local;

/// Stands for the new chart's name in templates and values of starters.
const NAME: &str = "<CHARTNAME>";

/// Writes the starter's files into `folder`, under the new name and with new metadata.
///
/// # Errors
/// A starter that is no chart, a file that cannot be written.
pub fn create(starter: &str, name: &str, folder: &Path, api: Api) -> Result<()> {
    let place = locate(starter)?;
    let mut chart = local::read(&place).with_context(|| format!("could not load {}", place.display()))?;
    chart.metadata = metadata(name, api);
    let text = show(&chart, Part::Chart)?;
    write(&folder.join("Chart.yaml"), &format!("{}\n", text.trim_end()), api)?;
    for file in files(&chart) {
        let content = if file.name == "values.yaml" || file.name.starts_with("templates/") {
            file.text().replace(NAME, name).into_bytes()
        } else {
            file.data.to_vec()
        };
        write_bytes(&folder.join(&file.name), &content)?;
    }
    for dependency in &chart.dependencies {
        package::save(dependency, &folder.join("charts"), None)?;
    }
    Ok(())
}

/// What a starter hands on, besides its sub-charts.
fn files(chart: &Chart) -> impl Iterator<Item = &File> {
    let plain = |file: &&File| matches!(file.name.as_str(), "values.yaml" | "values.schema.json");
    chart.raw.iter().filter(plain).chain(&chart.templates).chain(&chart.files)
}

fn write_bytes(path: &Path, content: &[u8]) -> Result<()> {
    if let Some(parent) = path.parent() {
        super::make(parent)?;
    }
    std::fs::write(path, content).map_err(|error| anyhow!(local::reason("open", path, &error)))
}

fn metadata(name: &str, api: Api) -> Metadata {
    Metadata {
        name: name.to_owned(),
        description: "A Helm chart for Kubernetes".to_owned(),
        kind: "application".to_owned(),
        version: "0.1.0".to_owned(),
        app_version: "0.1.0".to_owned(),
        api_version: api.name().to_owned(),
        ..Metadata::default()
    }
}

/// An absolute path, or a name below Helm's data folder (`pkg/helmpath`).
fn locate(starter: &str) -> Result<PathBuf> {
    if Path::new(starter).is_absolute() {
        return Ok(PathBuf::from(starter));
    }
    let folder = |variable: &str, inner: &str| {
        std::env::var_os(variable).filter(|value| !value.is_empty()).map(|value| Path::new(&value).join(inner))
    };
    let data = folder("HELM_DATA_HOME", "")
        .or_else(|| folder("XDG_DATA_HOME", "helm"))
        .or_else(|| folder("HOME", ".local/share/helm"))
        .context("--starter: neither HELM_DATA_HOME nor HOME is set")?;
    Ok(local::clean(&data.join("starters").join(starter)))
}

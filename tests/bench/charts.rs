//! The charts that the workloads need and nobody publishes: umbrellas, many calls, nothing at all.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flate2::read::GzDecoder;
use helmx_tests::assets::shared;

/// The chart that umbrellas hold.
const GRAFANA: &str = "grafana-12.1.9";

/// An archive of the corpus.
pub fn corpus(name: &str) -> PathBuf {
    shared().join("corpus/charts").join(format!("{name}.tgz"))
}

/// All archives of the corpus, by name.
pub fn all_of_corpus() -> Result<Vec<PathBuf>> {
    let folder = shared().join("corpus/charts");
    let entries = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

/// A chart of one template.
pub fn single(folder: &Path, name: &str, helpers: &str, template: &str) -> Result<PathBuf> {
    let chart = folder.join(name);
    fs::create_dir_all(chart.join("templates"))?;
    fs::write(chart.join("Chart.yaml"), metadata(name))?;
    fs::write(chart.join("values.yaml"), "name: world\n")?;
    if !helpers.is_empty() {
        fs::write(chart.join("templates/_helpers.tpl"), helpers)?;
    }
    if !template.is_empty() {
        fs::write(chart.join("templates/all.yaml"), template)?;
    }
    Ok(chart)
}

/// A chart that depends that many times on one archive of grafana.
pub fn aliases(folder: &Path, count: usize) -> Result<PathBuf> {
    let name = format!("aliases-{count}");
    let chart = folder.join(&name);
    fs::create_dir_all(chart.join("charts"))?;
    let mut text = format!("{}dependencies:\n", metadata(&name));
    for number in 0..count {
        let (_, version) = GRAFANA.rsplit_once('-').context("a version")?;
        writeln!(text, "- name: grafana\n  version: {version}\n  alias: grafana{number}")?;
        writeln!(text, "  repository: https://charts.example.com")?;
    }
    fs::write(chart.join("Chart.yaml"), text)?;
    fs::copy(corpus(GRAFANA), chart.join(format!("charts/{GRAFANA}.tgz")))?;
    Ok(chart)
}

/// A chart with that many folders that each hold grafana under another name.
pub fn folders(folder: &Path, count: usize) -> Result<PathBuf> {
    let name = format!("folders-{count}");
    let chart = folder.join(&name);
    fs::create_dir_all(chart.join("charts"))?;
    fs::write(chart.join("Chart.yaml"), metadata(&name))?;
    for number in 0..count {
        let copy = chart.join("charts").join(format!("grafana{number}"));
        let unpacked = chart.join("charts/grafana");
        tar::Archive::new(GzDecoder::new(fs::File::open(corpus(GRAFANA))?)).unpack(chart.join("charts"))?;
        fs::rename(unpacked, &copy)?;
        let text = fs::read_to_string(copy.join("Chart.yaml"))?;
        let renamed = text.lines().map(|line| match line.starts_with("name:") {
            true => format!("name: grafana{number}\n"),
            false => format!("{line}\n"),
        });
        fs::write(copy.join("Chart.yaml"), renamed.collect::<String>())?;
    }
    Ok(chart)
}

fn metadata(name: &str) -> String {
    format!("apiVersion: v2\nname: {name}\nversion: 1.0.0\n")
}

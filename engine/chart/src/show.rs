//! What `helm show` prints of a chart.

use helmx_yaml::json;

use crate::chart::Chart;

/// Which part of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    All,
    Chart,
    Values,
    Readme,
    Crds,
}

/// The text of a part; empty where the chart has none.
///
/// # Errors
/// Metadata that cannot be written as YAML.
pub fn show(chart: &Chart, part: Part) -> Result<String, helmx_yaml::Error> {
    let mut out = String::new();
    let wanted = |one: Part| part == one || part == Part::All;
    let separator = if part == Part::All { "---\n" } else { "" };
    if wanted(Part::Chart) {
        let metadata = json::decode(json::encode(&chart.metadata)?.as_bytes())?;
        out.push_str(&format!("{}\n", helmx_yaml::encode(&metadata)?));
    }
    let values = chart.raw.iter().find(|file| file.name == "values.yaml");
    if let Some(values) = values.filter(|_| wanted(Part::Values)) {
        out.push_str(&format!("{separator}{}\n", values.text()));
    }
    let readme = chart.files.iter().find(|file| is_readme(&file.name));
    if let Some(readme) = readme.filter(|_| wanted(Part::Readme)) {
        out.push_str(&format!("{separator}{}\n", readme.text()));
    }
    for crd in chart.crds().iter().filter(|_| wanted(Part::Crds)) {
        let text = String::from_utf8_lossy(&crd.data);
        let start = if text.starts_with("---") { "" } else { "---\n" };
        out.push_str(&format!("{start}{text}\n"));
    }
    Ok(out)
}

fn is_readme(name: &str) -> bool {
    matches!(name.to_ascii_lowercase().as_str(), "readme.md" | "readme.txt" | "readme")
}

//! Rendered files of a chart to the parts of a release: manifest, hooks and notes.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{Hook, KindOrder, SortError, Sorted, sort};
use crate::chart::Chart;

const NOTES: &str = "NOTES.txt";

/// What belongs into the parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Assembly {
    /// `--include-crds`: the files of `crds/` go before the manifest.
    pub include_crds: bool,
    /// `--render-subchart-notes`
    pub subchart_notes: bool,
}

/// The parts of a release that come from rendering.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Assembled {
    /// All objects, each under its `# Source:` line.
    pub manifest: String,
    pub hooks: Vec<Hook>,
    pub notes: String,
    /// What the log should say.
    pub warnings: Vec<String>,
}

/// Takes the notes out of `files` (path to rendered text), sorts the rest and writes the manifest.
///
/// # Errors
/// [`SortError`] for a file that is not YAML.
pub fn assemble(
    chart: &Chart,
    mut files: BTreeMap<String, String>,
    assembly: Assembly,
) -> Result<Assembled, SortError> {
    let notes = take_notes(chart, &mut files, assembly.subchart_notes);
    let Sorted { documents, hooks, warnings } = sort(&files, KindOrder::Install)?;
    let mut manifest = String::new();
    if assembly.include_crds {
        for crd in chart.crds() {
            append(&mut manifest, &crd.path, &String::from_utf8_lossy(&crd.data));
        }
    }
    for document in &documents {
        append(&mut manifest, &document.path, &document.content);
    }
    Ok(Assembled { manifest, hooks, notes, warnings })
}

/// One document under the line that names its source.
pub(super) fn append(manifest: &mut String, path: &str, content: &str) {
    // Writing to a String cannot fail.
    let _ = write!(manifest, "---\n# Source: {path}\n{content}\n");
}

/// The root chart's notes, or all of them.
fn take_notes(chart: &Chart, files: &mut BTreeMap<String, String>, subcharts: bool) -> String {
    let own = format!("{}/templates/{NOTES}", chart.name());
    let mut notes = String::new();
    files.retain(|path, text| {
        if !path.ends_with(NOTES) {
            return true;
        }
        if subcharts || *path == own {
            if !notes.is_empty() {
                notes.push('\n');
            }
            notes.push_str(text);
        }
        false
    });
    notes
}

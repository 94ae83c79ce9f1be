//! Rendered files of a chart to the parts of a release: manifest, hooks and notes.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::Range;

use super::read::Readings;
use super::split::Unsorted;
use super::{Hook, KindOrder, SortError, Sorted, Text, sort};
use crate::chart::Chart;
use crate::warning::Warning;

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
    /// Where in the manifest they stand.
    pub pieces: Vec<Piece>,
    pub hooks: Vec<Hook>,
    pub notes: String,
    /// What the log should say.
    pub warnings: Vec<Warning>,
}

/// One object, or one file of `crds/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Path of the file it comes from: `chart/templates/service.yaml`.
    pub path: String,
    /// The bytes of the manifest from its `---` on.
    pub range: Range<usize>,
    pub kind: PieceKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PieceKind {
    Crd,
    Object,
}

/// Takes the notes out of `files` (path to rendered text; `readings` are of some of them), sorts the rest and writes the
/// manifest.
///
/// # Errors
/// [`SortError`] for a file that is not YAML.
pub fn assemble(
    chart: &Chart,
    mut files: BTreeMap<String, Text>,
    readings: &mut Readings,
    assembly: Assembly,
) -> Result<Assembled, SortError> {
    let notes = take_notes(chart, &mut files, assembly.subchart_notes);
    let Sorted { documents, hooks, warnings } = match sort(&files, KindOrder::Install, readings) {
        Ok(sorted) => sorted,
        Err(error) => return Err(SortError { files: Unsorted(files), ..error }),
    };
    let mut assembled = Assembled { hooks, notes, warnings, ..Assembled::default() };
    if assembly.include_crds {
        for crd in chart.crds() {
            assembled.add(PieceKind::Crd, crd.path, &String::from_utf8_lossy(&crd.data));
        }
    }
    for document in documents {
        assembled.add(PieceKind::Object, document.path, document.content);
    }
    Ok(assembled)
}

impl Assembled {
    fn add(&mut self, kind: PieceKind, path: String, content: &str) {
        let start = self.manifest.len();
        append(&mut self.manifest, &path, content);
        self.pieces.push(Piece { path, range: start..self.manifest.len(), kind });
    }

    /// The text of a piece, from `---` to the line end that follows it.
    pub fn text(&self, piece: &Piece) -> &str {
        self.manifest.get(piece.range.clone()).unwrap_or_default()
    }
}

impl SortError {
    /// All rendered files as `helm template --debug` shows them, by path.
    pub fn rendered(&self) -> String {
        let mut text = String::new();
        for (path, content) in self.files.0.iter().filter(|(_, content)| !content.trim().is_empty()) {
            append(&mut text, path, content);
        }
        text
    }
}

/// One document under the line that names its source.
pub(super) fn append(manifest: &mut String, path: &str, content: &str) {
    // Writing to a String cannot fail.
    let _ = write!(manifest, "---\n# Source: {path}\n{content}\n");
}

/// The root chart's notes, or all of them.
fn take_notes(chart: &Chart, files: &mut BTreeMap<String, Text>, subcharts: bool) -> String {
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

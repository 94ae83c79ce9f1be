//! A loaded chart: metadata, defaults, templates, files and sub-charts.

use std::sync::Arc;

use helmx_yaml::Map;
use jiff::Timestamp;

use crate::content::Content;
use crate::metadata::{Lock, Metadata};

/// One chart with everything below `charts/`. Cheap to clone but for values: file contents are shared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chart {
    pub metadata: Metadata,
    /// `Chart.lock` or `requirements.lock`.
    pub lock: Option<Lock>,
    /// The defaults: `values.yaml`, all its documents merged.
    pub values: Map,
    /// `values.schema.json` as it stands in the chart.
    pub schema: Option<Arc<[u8]>>,
    pub schema_modified: Option<Timestamp>,
    /// Everything below `templates/`; names are relative to the chart (`templates/deployment.yaml`).
    pub templates: Vec<File>,
    /// Files that are neither metadata, values nor templates: `README.md`, `crds/…`, `.helmignore`.
    pub files: Vec<File>,
    /// Every file as loaded, sub-charts' included; not part of a release record.
    pub raw: Vec<File>,
    /// Sub-charts, by name.
    pub dependencies: Vec<Chart>,
    /// When `Chart.yaml` was last changed.
    pub modified: Option<Timestamp>,
}

/// One file of a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Path below the chart's folder, separated by `/`.
    pub name: String,
    pub data: Content,
    pub modified: Option<Timestamp>,
}

/// One file below `crds/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crd {
    /// Path below the chart it stands in: `crds/widget.yaml`.
    pub name: String,
    /// Path from the root chart: `root/charts/sub/crds/widget.yaml`.
    pub path: String,
    pub data: Content,
}

impl File {
    pub fn new(name: impl Into<String>, data: impl Into<Content>) -> File {
        File { name: name.into(), data: data.into(), modified: None }
    }

    /// The content as text; bytes that are not UTF-8 become U+FFFD.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.data).into_owned()
    }
}

impl Chart {
    /// The name from `Chart.yaml`, or the alias once dependencies were processed.
    pub fn name(&self) -> &str {
        &self.metadata.name
    }

    /// Whether the chart only contributes named templates.
    pub fn is_library(&self) -> bool {
        self.metadata.kind.eq_ignore_ascii_case("library")
    }

    /// The `crds/` files of this chart, then of its sub-charts.
    pub fn crds(&self) -> Vec<Crd> {
        let mut crds = Vec::new();
        self.collect_crds(self.name(), &mut crds);
        crds
    }

    fn collect_crds(&self, full_path: &str, crds: &mut Vec<Crd>) {
        for file in
            self.files.iter().filter(|file| file.name.starts_with("crds/") && has_manifest_extension(&file.name))
        {
            let path = format!("{full_path}/{}", file.name);
            crds.push(Crd { name: file.name.clone(), path, data: file.data.clone() });
        }
        for dependency in &self.dependencies {
            dependency.collect_crds(&format!("{full_path}/charts/{}", dependency.name()), crds);
        }
    }
}

fn has_manifest_extension(name: &str) -> bool {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    matches!(extension.as_deref(), Some("yaml" | "yml" | "json"))
}

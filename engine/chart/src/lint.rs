//! What `helm lint` finds in a chart (`pkg/chart/v2/lint`).

mod address;
mod chartfile;
mod deprecations;
mod name;
mod resource;

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use helmx_yaml::{Data, Map};

use crate::capabilities::KubeVersion;
use crate::chart::{Chart, File};
use crate::language::Language;
use crate::manifest::Text;
use crate::warning::Warning;
use crate::{load, values};

pub use resource::deprecation;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Info,
    Warning,
    Error,
}

/// One finding. `Display` is Helm's line: `[WARNING] templates/: directory does not exist`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub severity: Severity,
    /// Path below the chart; the chart's own for its dependencies, empty if it cannot be loaded.
    pub path: String,
    pub text: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Info => "INFO",
            Severity::Warning => "WARNING",
            Severity::Error => "ERROR",
        };
        write!(formatter, "[{severity}] {}: {}", self.path, self.text)
    }
}

/// What to lint, and how.
pub struct Request<'a> {
    /// The chart as the user named it.
    pub path: &'a str,
    /// Its files, or why they cannot be read.
    pub files: Result<Vec<File>, String>,
    pub folder: Folder,
    /// The user's values.
    pub values: &'a Map,
    pub kube_version: &'a KubeVersion,
    pub skip_schema: bool,
}

/// What lies in a chart's folder itself, whatever `.helmignore` says: there some of the rules look.
#[derive(Clone, Debug)]
pub struct Folder {
    pub files: Vec<File>,
    pub templates: bool,
    pub crds: bool,
}

impl Folder {
    /// The files that those rules read.
    pub const FILES: [&str; 3] = ["Chart.yaml", VALUES, SCHEMA];

    /// As an archive unpacks.
    pub fn of(files: &[File]) -> Self {
        let has = |folder: &str| files.iter().any(|file| file.name.starts_with(folder));
        let read = files.iter().filter(|file| Self::FILES.contains(&file.name.as_str())).cloned();
        Self { files: read.collect(), templates: has(TEMPLATES), crds: has(CRDS) }
    }
}

const VALUES: &str = "values.yaml";
const SCHEMA: &str = "values.schema.json";
const TEMPLATES: &str = "templates/";
const CRDS: &str = "crds/";

/// Renders a chart with coalesced values in lint mode, as release `test-release`: path to text, or Helm's message.
pub type Render<'a> = &'a mut dyn FnMut(&Chart, &Map, &mut Vec<Warning>) -> Result<BTreeMap<String, Text>, String>;

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// In Helm's order.
    pub findings: Vec<Finding>,
    /// What the log should say.
    pub warnings: Vec<Warning>,
    /// What has become of the user's values. Helm merges the chart's defaults into their tables, and lints the next chart
    /// with that.
    pub values: Map,
}

/// Looks at a chart in every way that Helm does.
pub fn lint(request: &Request<'_>, render: Render<'_>) -> Report {
    let mut findings = Findings::default();
    let loaded = request.files.clone().and_then(|files| load::of_any_api(files).map_err(|error| error.to_string()));
    chartfile::check(&request.folder.files, &mut findings);
    findings.0.values = check_values(request, &mut findings);
    check_templates(request, &loaded, render, &mut findings);
    check_dependencies(request, &loaded, &mut findings);
    check_crds(request, &loaded, &mut findings);
    findings.0
}

/// Whether `findings` fail the chart: errors do, warnings only if `strict`.
pub fn fails(findings: &[Finding], strict: bool) -> bool {
    let limit = if strict { Severity::Warning } else { Severity::Error };
    findings.iter().any(|finding| finding.severity >= limit)
}

#[derive(Default)]
struct Findings(Report);

impl Findings {
    /// Notes a failed rule; whether it passed.
    fn rule(&mut self, severity: Severity, path: &str, outcome: Result<(), String>) -> bool {
        match outcome {
            Ok(()) => true,
            Err(text) => {
                self.0.findings.push(Finding { severity, path: path.to_owned(), text });
                false
            }
        }
    }

    fn check(&mut self, severity: Severity, path: &str, holds: bool, text: &str) -> bool {
        self.rule(severity, path, if holds { Ok(()) } else { Err(text.to_owned()) })
    }
}

fn find<'f>(files: &'f [File], name: &str) -> Option<&'f File> {
    files.iter().find(|file| file.name == name)
}

/// Gives back the user's values with the defaults in their tables: the next rules see them so.
fn check_values(request: &Request<'_>, findings: &mut Findings) -> Map {
    const FILE: &str = VALUES;
    let Some(file) = find(&request.folder.files, FILE) else {
        findings.check(Severity::Info, FILE, false, "file does not exist");
        return request.values.clone();
    };
    let defaults = match helmx_yaml::decode(&file.data) {
        Ok(defaults) => defaults.into_map(),
        Err(error) => {
            findings.rule(Severity::Error, FILE, Err(format!("unable to parse YAML: {error}")));
            return request.values.clone();
        }
    };
    let merged = values::coalesce_tables(request.values, &defaults, &mut findings.0.warnings);
    findings.rule(Severity::Error, FILE, values_fit(request, &merged));
    let changed = request.values.iter().map(|(key, value)| match (value, merged.get(key)) {
        (Data::Map(_), Some(merged)) => (key.clone(), merged.clone()),
        (value, _) => (key.clone(), value.clone()),
    });
    changed.collect()
}

/// The chart's own values under the user's, against its schema; those of sub-charts are not looked at.
fn values_fit(request: &Request<'_>, merged: &Map) -> Result<(), String> {
    match find(&request.folder.files, SCHEMA).filter(|file| !file.data.is_empty() && !request.skip_schema) {
        None => Ok(()),
        Some(schema) => crate::schema::validate(&schema.data, merged),
    }
}

fn check_templates(request: &Request<'_>, loaded: &Result<Chart, String>, render: Render<'_>, findings: &mut Findings) {
    const FOLDER: &str = TEMPLATES;
    if !findings.check(Severity::Warning, FOLDER, request.folder.templates, "directory does not exist") {
        return;
    }
    let mut chart = match loaded {
        Ok(chart) => chart.clone(),
        Err(error) => {
            findings.rule(Severity::Error, FOLDER, Err(error.clone()));
            return;
        }
    };
    // Helm passes over these errors without a word.
    let Report { values, warnings: log, .. } = &mut findings.0;
    let Ok(()) = crate::dependency::process(&mut chart, values, log) else { return };
    let Ok(merged) = values::coalesce(&chart, values, log) else { return };
    let rendered = values::for_render(&chart, &merged, request.skip_schema, log)
        .map_err(|error| error.to_string())
        .and_then(|merged| render(&chart, &merged, log));
    match rendered {
        Ok(rendered) => check_rendered(&chart, &rendered, request.kube_version, findings),
        Err(text) => {
            findings.rule(Severity::Error, FOLDER, Err(text));
        }
    }
}

fn check_rendered(chart: &Chart, rendered: &BTreeMap<String, Text>, kube: &KubeVersion, findings: &mut Findings) {
    // A chart that asks for an unknown language was not rendered.
    let Ok(language) = Language::of(&chart.metadata) else { return };
    for template in &chart.templates {
        let name = template.name.as_str();
        let language = language(name);
        let product = language.product(name);
        let base = product.rsplit('/').next().unwrap_or(product);
        let extension = base.rfind('.').map_or("", |dot| base.get(dot..).unwrap_or_default());
        let text = format!("file extension '{extension}' not valid. Valid extensions are .yaml, .yml, .tpl, or .txt");
        // The ending of a Jinja file says enough.
        let known = match language {
            Language::Go => matches!(extension, ".yaml" | ".yml" | ".tpl" | ".txt"),
            Language::Jinja => matches!(extension, "" | ".yaml" | ".yml" | ".tpl" | ".txt"),
        };
        findings.check(Severity::Error, name, known, &text);
        let is_yaml = matches!(extension.to_lowercase().as_str(), ".yaml" | ".yml");
        let Some(text) = rendered.get(&format!("{}/{name}", chart.name())).filter(|_| is_yaml) else { continue };
        if !text.trim().is_empty() && !resource::check_file(name, text, kube, findings) {
            return;
        }
    }
}

fn check_crds(request: &Request<'_>, loaded: &Result<Chart, String>, findings: &mut Findings) {
    if !request.folder.crds {
        return;
    }
    match loaded {
        Ok(chart) => resource::check_crds(chart, findings),
        Err(error) => {
            findings.rule(Severity::Error, CRDS, Err(error.clone()));
        }
    }
}

fn check_dependencies(request: &Request<'_>, loaded: &Result<Chart, String>, findings: &mut Findings) {
    let chart = match loaded {
        Ok(chart) => chart,
        Err(error) => {
            findings.rule(Severity::Error, "", Err(format!("unable to load chart\n\t{error}")));
            return;
        }
    };
    let entries = chart.metadata.dependencies.as_deref().unwrap_or_default();
    let listed: HashSet<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    let loaded: HashSet<&str> = chart.dependencies.iter().map(Chart::name).collect();
    let unlisted: Vec<&str> =
        chart.dependencies.iter().map(Chart::name).filter(|name| !listed.contains(name)).collect();
    let text = format!("chart metadata is missing these dependencies: {}", unlisted.join(","));
    findings.check(Severity::Error, request.path, unlisted.is_empty(), &text);
    let missing: Vec<&str> =
        entries.iter().map(|entry| entry.name.as_str()).filter(|name| !loaded.contains(name)).collect();
    let text = format!("chart directory is missing these dependencies: {}", missing.join(","));
    findings.check(Severity::Warning, request.path, missing.is_empty(), &text);
}

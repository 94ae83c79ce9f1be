//! `lint`: what is wrong with charts (`pkg/cmd/lint.go`, `pkg/action/lint.go`).

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};
use helmx_chart::capabilities::KubeVersion;
use helmx_chart::ignore::Rules;
use helmx_chart::lint::{self, Finding, Folder, Request, Severity};
use helmx_chart::{Capabilities, Chart, File, Warning, archive, directory};
use helmx_engine::{Input, Limits, MissingKey, Mode, Operation, ReleaseInfo, Rendered, render};
use helmx_yaml::Map;

use super::template::Offline;
use crate::args::{Connection, Lint};
use crate::client::default_namespace;
use crate::usage::{Wanted, require};
use crate::{local, log, output, values};

/// How deep below charts/ sub-charts are looked for.
const MAX_DEPTH: usize = 32;

/// Helm's name for the release that lint renders.
const RELEASE: &str = "test-release";

/// Lints charts one after the other.
///
/// # Errors
/// `N chart(s) linted, M chart(s) failed`, if any failed.
pub fn run(options: &Lint, connection: &Connection) -> Result<()> {
    require("lint", "PATH", &Wanted::AtLeast(1), options.paths.len())?;
    let mut capabilities = Capabilities::default();
    if !options.kube_version.is_empty() {
        capabilities.kube_version = KubeVersion::parse(&options.kube_version)?;
    }
    let paths = if options.with_subcharts { with_subcharts(&options.paths) } else { options.paths.clone() };
    let values = values::of_flags(&options.values)?;
    let mut linter = Linter { options, values, capabilities, namespace: default_namespace(connection) };
    let (mut text, mut failed, mut noted) = (String::new(), 0, false);
    for path in &paths {
        let report = linter.chart(path);
        noted |= report.is_noted();
        failed += usize::from(report.failed);
        text.push_str(&report.text(path, options.quiet));
    }
    output::foreign(&text);
    let summary = format!("{} chart(s) linted, {failed} chart(s) failed", paths.len());
    if failed > 0 {
        bail!(summary);
    }
    if !options.quiet || noted {
        output::line(&summary);
    }
    Ok(())
}

struct Linter<'a> {
    options: &'a Lint,
    values: Map,
    capabilities: Capabilities,
    namespace: String,
}

/// What lint says about one chart.
struct Report {
    findings: Vec<Finding>,
    /// Why nothing could be looked at.
    refused: Option<String>,
    failed: bool,
}

impl Report {
    /// Whether there is more than information.
    fn is_noted(&self) -> bool {
        self.failed || self.findings.iter().any(|finding| finding.severity > Severity::Info)
    }

    fn text(&self, path: &str, quiet: bool) -> String {
        if quiet && !self.is_noted() {
            return String::new();
        }
        let mut text = format!("==> Linting {path}\n");
        if let Some(reason) = &self.refused {
            text.push_str(&format!("Error {reason}\n"));
        }
        for finding in self.findings.iter().filter(|finding| !quiet || finding.severity > Severity::Info) {
            text.push_str(&format!("{finding}\n"));
        }
        text.push('\n');
        text
    }
}

impl Linter<'_> {
    fn chart(&mut self, path: &str) -> Report {
        let (files, folder) = match files(path) {
            Ok(found) => found,
            Err(error) => {
                return Report { findings: Vec::new(), refused: Some(error.to_string()), failed: true };
            }
        };
        let shown = local::absolute(Path::new(path)).unwrap_or_else(|_| path.into()).to_string_lossy().into_owned();
        let request = Request {
            path: &shown,
            files,
            folder,
            values: &self.values,
            kube_version: &self.capabilities.kube_version,
            skip_schema: self.options.skip_schema_validation,
        };
        let lint::Report { findings, warnings, values } =
            lint::lint(&request, &mut |chart, values, log| self.render(chart, values, log));
        warnings.iter().for_each(log::relay);
        self.values = values;
        let failed = lint::fails(&findings, self.options.strict);
        Report { findings, refused: None, failed }
    }

    fn render(&self, chart: &Chart, values: &Map, log: &mut Vec<Warning>) -> Result<Rendered, String> {
        let release = ReleaseInfo {
            name: RELEASE.to_owned(),
            namespace: self.namespace.clone(),
            revision: 0,
            operation: Operation::Lint,
        };
        let host = Offline::default();
        let input = Input {
            chart,
            values,
            release: &release,
            capabilities: &self.capabilities,
            host: &host,
            limits: Limits::default(),
            mode: Mode::Lint,
            missing_key: MissingKey::Zero,
        };
        let rendered = render(&input);
        log.append(&mut host.log.into_inner());
        rendered.map_err(|error| error.to_string())
    }
}

/// The files of a chart folder or archive that make the chart, and what lies in the folder itself.
fn files(path: &str) -> Result<(Result<Vec<File>, String>, Folder)> {
    let place = Path::new(path);
    if is_archive(path) {
        let bytes =
            local::bytes(place, local::MAX_ARCHIVE).map_err(|error| anyhow!("unable to open tarball: {error}"))?;
        let files = archive::unpack(&bytes).map_err(|error| anyhow!("unable to extract tarball: {error}"))?;
        let folder = Folder::of(&files);
        return Ok((unignored(files).map_err(|error| error.to_string()), folder));
    }
    let file = local::clean(&place.join("Chart.yaml"));
    if let Err(error) = std::fs::metadata(&file) {
        bail!("unable to check Chart.yaml file in chart: {}", local::reason("stat", &file, &error));
    }
    let files = directory::read_files(place).map_err(|error| error.to_string());
    Ok((files, directory::read_folder(place)?))
}

/// Helm unpacks an archive first, so that `.helmignore` counts for it, too.
fn unignored(files: Vec<File>) -> Result<Vec<File>> {
    let rules = match files.iter().find(|file| file.name == ".helmignore") {
        Some(file) => Rules::parse(&file.text())?,
        None => Rules::default(),
    };
    Ok(rules.with_defaults().kept(files))
}

fn is_archive(path: &str) -> bool {
    path.ends_with(".tgz") || path.ends_with(".tar.gz")
}

/// The charts, then the charts and archives below their charts/ in the order of their paths.
fn with_subcharts(paths: &[String]) -> Vec<String> {
    let mut all = paths.to_vec();
    for path in paths {
        walk(&local::clean(&Path::new(path).join("charts")), 0, &mut all);
    }
    all
}

fn walk(folder: &Path, depth: usize, found: &mut Vec<String>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    for path in paths {
        let shown = path.to_string_lossy().into_owned();
        if path.file_name().is_some_and(|name| name == "Chart.yaml") {
            found.push(folder.to_string_lossy().into_owned());
        } else if is_archive(&shown) {
            found.push(shown);
        } else if path.is_dir() && !path.is_symlink() && depth < MAX_DEPTH {
            walk(&path, depth + 1, found);
        }
    }
}

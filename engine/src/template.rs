//! What `helm template` does: chart and user values to the text that it prints.

use helmx_chart::capabilities::IncompatibleKubeVersion;
use helmx_chart::dependency::MissingDependencies;
use helmx_chart::manifest::{self, Assembled, Assembly, Readings, SortError, Text};
use helmx_chart::{Capabilities, Chart, Warning, dependency, values};
use helmx_template::{Limits, MissingKey};
use helmx_yaml::Map;

use crate::error::Error;
use crate::function::Mode;
use crate::host::Host;
use crate::parsed::ParsedTemplates;
use crate::render::{Input, ReleaseInfo, render_telling};

/// A chart to be rendered into the parts of a release.
pub struct Job<'j> {
    pub release: &'j ReleaseInfo,
    pub capabilities: &'j Capabilities,
    pub host: &'j dyn Host,
    pub limits: Limits,
    pub assembly: Assembly,
    pub schema: SchemaCheck,
}

/// Whether values must fit the charts' schemas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaCheck {
    Enforced,
    /// `--skip-schema-validation`
    Skipped,
}

/// Why there is no release.
#[derive(Debug)]
#[non_exhaustive]
pub enum JobError {
    NotInstallable(String),
    MissingDependencies(MissingDependencies),
    Values(values::Error),
    KubeVersion(IncompatibleKubeVersion),
    Render(Error),
    Sort(SortError),
}

impl JobError {
    /// Whether it happened while rendering: Helm then hints at `--debug`.
    pub fn is_late(&self) -> bool {
        match self {
            Self::KubeVersion(_) | Self::Render(_) | Self::Sort(_) => true,
            Self::NotInstallable(_) | Self::MissingDependencies(_) | Self::Values(_) => false,
        }
    }
}

impl std::fmt::Display for JobError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotInstallable(kind) => write!(f, "{kind} charts are not installable"),
            Self::MissingDependencies(error) => error.fmt(f),
            Self::Values(error) => error.fmt(f),
            Self::KubeVersion(error) => error.fmt(f),
            Self::Render(error) => error.fmt(f),
            Self::Sort(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for JobError {}

/// Processes dependencies, merges and checks the values, renders, and sorts what comes out. `chart` is changed as
/// Helm changes it: aliases applied, disabled sub-charts removed, imports in its values.
///
/// # Errors
/// [`JobError`]; its text is Helm's.
pub fn assemble(chart: &mut Chart, user_values: &Map, job: &Job<'_>) -> Result<Assembled, JobError> {
    assemble_parsed(chart, user_values, job, &ParsedTemplates::new(), &mut Vec::new())
}

/// As [`assemble`], with templates that earlier renders of the chart parsed. `log` gets what Helm logs on the way, also
/// to an error.
///
/// # Errors
/// As [`assemble`].
pub fn assemble_parsed(
    chart: &mut Chart,
    user_values: &Map,
    job: &Job<'_>,
    parsed: &ParsedTemplates,
    log: &mut Vec<Warning>,
) -> Result<Assembled, JobError> {
    let kind = chart.metadata.kind.as_str();
    if !kind.is_empty() && kind != "application" {
        return Err(JobError::NotInstallable(kind.to_owned()));
    }
    dependency::check_present(chart).map_err(JobError::MissingDependencies)?;
    dependency::process(chart, user_values, log).map_err(JobError::Values)?;
    let skip = job.schema == SchemaCheck::Skipped;
    let values = values::for_render(chart, user_values, skip, log).map_err(JobError::Values)?;
    job.capabilities.kube_version.check(&chart.metadata.kube_version).map_err(JobError::KubeVersion)?;
    let input = Input {
        chart,
        values: &values,
        release: job.release,
        capabilities: job.capabilities,
        host: job.host,
        limits: job.limits,
        mode: Mode::Render,
        missing_key: MissingKey::Zero,
    };
    let mut readings = Readings::new(parsed.beside().clone());
    let mut done = |name: &str, text: &Text| {
        // Without a helper there is nobody who could read it while others are rendered.
        if parsed.beside().is_helped() {
            readings.ask(name, text);
        }
    };
    let files = render_telling(&input, parsed, &mut done).map_err(JobError::Render)?;
    let mut assembled = manifest::assemble(chart, files, &mut readings, job.assembly).map_err(JobError::Sort)?;
    log.append(&mut assembled.warnings);
    Ok(assembled)
}

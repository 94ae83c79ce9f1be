//! Files of a chart, however they came, told apart and put together (`pkg/chart/v2/loader/load.go`).

use std::collections::BTreeMap;

use helmx_yaml::Map;

use crate::archive;
use crate::chart::{Chart, File};
use crate::content::Content;
use crate::metadata::{self, Lock, Metadata, ValidationError};
use crate::values::{DocumentError, parse_values};

/// How many levels of sub-charts are followed.
const MAX_DEPTH: usize = 32;

/// Why files are no chart. `Display` is Helm's text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error(transparent)]
    Archive(#[from] archive::Error),
    #[error("Chart.yaml file is missing")]
    NoMetadata,
    #[error("unable to detect chart version, no Chart.yaml found")]
    Undetected,
    #[error("unsupported chart version")]
    UnsupportedVersion,
    /// Of the chart API that Helm tries out: such a chart is neither rendered nor packed.
    #[error("invalid chart apiVersion")]
    ExperimentalVersion,
    #[error("cannot load {file}: {reason}")]
    Metadata { file: &'static str, reason: metadata::Error },
    #[error("cannot load values.yaml: {0}")]
    Values(#[from] DocumentError),
    #[error(transparent)]
    Invalid(#[from] ValidationError),
    #[error("error unpacking subchart tar in {chart}: expected {expected}, got {found}")]
    SubchartName { chart: String, expected: String, found: String },
    #[error("error unpacking subchart {subchart} in {chart}: {reason}")]
    Subchart { subchart: String, chart: String, reason: Box<Error> },
    #[error("sub-charts are nested more than {MAX_DEPTH} deep; flatten the chart's dependencies")]
    TooDeep,
}

/// Builds a chart from its files, whose names are relative to it. Their order does not matter.
///
/// # Errors
/// [`Error::UnsupportedVersion`] or [`Error::ExperimentalVersion`] unless `apiVersion` is absent, `v1` or `v2`;
/// everything else in [`Error`].
pub fn from_files(files: Vec<File>) -> Result<Chart, Error> {
    detect(&files)?;
    let chart = build(files, &mut parse_now, 0)?;
    if chart.metadata.api_version == EXPERIMENTAL_API { Err(Error::ExperimentalVersion) } else { Ok(chart) }
}

/// Whether Helm has ever heard of the API of these files' chart. It asks that before everything else, except where it
/// shows, lints and stores charts.
///
/// # Errors
/// [`Error::Undetected`], and what [`check_api`] answers.
pub fn detect(files: &[File]) -> Result<(), Error> {
    check_api(&files.iter().find(|file| file.name == "Chart.yaml").ok_or(Error::Undetected)?.data)
}

/// The same for a chart of whatever API: Helm shows, lints and stores them all.
///
/// # Errors
/// As [`from_files`], but for those about the API.
pub fn of_any_api(files: Vec<File>) -> Result<Chart, Error> {
    build(files, &mut parse_now, 0)
}

/// The same, with some other way to the values of `values.yaml` than to parse it now.
pub(crate) fn with_values(files: Vec<File>, values: &mut Values<'_>) -> Result<Chart, Error> {
    build(files, values, 0)
}

/// Gets the values of a file.
pub(crate) type Values<'v> = dyn FnMut(&Content) -> Result<Map, DocumentError> + 'v;

fn parse_now(file: &Content) -> Result<Map, DocumentError> {
    parse_values(file)
}

/// Whether a chart's API is looked at before everything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    /// It must be one that Helm has heard of.
    Known,
    Any,
}

/// The chart API that Helm tries out.
pub const EXPERIMENTAL_API: &str = "v3";

/// Whether Helm has ever heard of the API that a `Chart.yaml` names.
///
/// # Errors
/// [`Error::UnsupportedVersion`], or what is wrong with the file.
pub fn check_api(metadata: &[u8]) -> Result<(), Error> {
    let version = metadata::parse_api_version(metadata).map_err(|reason| wrap("Chart.yaml", reason))?;
    if matches!(version.as_str(), "" | "v1" | "v2" | EXPERIMENTAL_API) {
        Ok(())
    } else {
        Err(Error::UnsupportedVersion)
    }
}

fn read_metadata(file: &File) -> Result<Metadata, Error> {
    let mut metadata = Metadata::parse(&file.data).map_err(|reason| wrap("Chart.yaml", reason))?;
    if metadata.api_version.is_empty() {
        metadata.api_version = "v1".to_owned();
    }
    Ok(metadata)
}

/// Broken rules speak for themselves, other errors name the file.
fn wrap(file: &'static str, reason: metadata::Error) -> Error {
    match reason {
        metadata::Error::Invalid(rule) => Error::Invalid(rule),
        reason => Error::Metadata { file, reason },
    }
}

fn build(files: Vec<File>, values: &mut Values<'_>, depth: usize) -> Result<Chart, Error> {
    if depth > MAX_DEPTH {
        return Err(Error::TooDeep);
    }
    let mut chart = Chart::default();
    let mut has_metadata = false;
    for file in files.iter().filter(|file| file.name == "Chart.yaml") {
        chart.metadata = read_metadata(file)?;
        chart.modified = file.modified;
        has_metadata = true;
    }
    let mut subcharts: BTreeMap<String, Vec<File>> = BTreeMap::new();
    for file in &files {
        classify(&mut chart, &mut subcharts, values, file)?;
    }
    if !has_metadata {
        return Err(Error::NoMetadata);
    }
    chart.metadata.validate()?;
    chart.raw = files;
    for (name, files) in subcharts {
        if name.starts_with(['_', '.']) {
            continue;
        }
        let subchart = load_subchart(&chart, &name, files, values, depth)?;
        chart.dependencies.push(subchart);
    }
    Ok(chart)
}

fn classify(
    chart: &mut Chart,
    subcharts: &mut BTreeMap<String, Vec<File>>,
    values: &mut Values<'_>,
    file: &File,
) -> Result<(), Error> {
    let is_v1 = chart.metadata.api_version == "v1";
    match file.name.as_str() {
        "Chart.yaml" => {}
        "Chart.lock" => chart.lock = Some(Lock::parse(&file.data).map_err(|reason| wrap("Chart.lock", reason))?),
        "values.yaml" => chart.values = values(&file.data)?,
        "values.schema.json" => {
            chart.schema = Some(file.data.shared().clone());
            chart.schema_modified = file.modified;
        }
        "requirements.yaml" => {
            let entries =
                metadata::parse_requirements(&file.data).map_err(|reason| wrap("requirements.yaml", reason))?;
            if entries.is_some() {
                chart.metadata.dependencies = entries;
            }
            chart.files.extend(is_v1.then(|| file.clone()));
        }
        "requirements.lock" => {
            let lock = Lock::parse(&file.data).map_err(|reason| wrap("requirements.lock", reason))?;
            chart.lock = Some(lock);
            chart.files.extend(is_v1.then(|| file.clone()));
        }
        name if name.starts_with("templates/") => chart.templates.push(file.clone()),
        name => match name.strip_prefix("charts/") {
            Some(inner) if !inner.ends_with(".prov") => {
                let subchart = inner.split('/').next().unwrap_or(inner).to_owned();
                let file = File { name: inner.to_owned(), ..file.clone() };
                subcharts.entry(subchart).or_default().push(file);
            }
            _ => chart.files.push(file.clone()),
        },
    }
    Ok(())
}

/// A packed or an unpacked sub-chart.
fn load_subchart(
    chart: &Chart,
    name: &str,
    files: Vec<File>,
    values: &mut Values<'_>,
    depth: usize,
) -> Result<Chart, Error> {
    let parent = || chart.name().to_owned();
    let loaded = if name.ends_with(".tgz") {
        match files.first() {
            Some(file) if file.name == name => {
                archive::unpack(&file.data).map_err(Error::from).and_then(|files| build(files, values, depth + 1))
            }
            other => {
                let found = other.map_or(String::new(), |file| file.name.clone());
                return Err(Error::SubchartName { chart: parent(), expected: name.to_owned(), found });
            }
        }
    } else {
        let inner = files.into_iter().filter_map(|file| {
            let (_, name) = file.name.split_once('/')?;
            Some(File { name: name.to_owned(), ..file })
        });
        build(inner.collect(), values, depth + 1)
    };
    loaded.map_err(|reason| Error::Subchart { subchart: name.to_owned(), chart: parent(), reason: Box::new(reason) })
}

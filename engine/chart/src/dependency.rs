//! Which sub-charts take part, under which names, and what they export to their parents
//! (`pkg/chart/v2/util/dependencies.go`).

mod graph;
mod import;

use std::collections::HashSet;

use helmx_yaml::{Data, Map};

use crate::chart::Chart;
use crate::metadata::Dependency;
use crate::semver::{Constraint, Version};
use crate::values::{self, Error};
use crate::warning::Warning;

/// Applies aliases, conditions, tags and `import-values` to `chart`; `values` are the user's.
///
/// # Errors
/// [`Error::TypeMismatch`] for a value under a sub-chart's name that is no table.
pub fn process(chart: &mut Chart, values: &Map, log: &mut Vec<Warning>) -> Result<(), Error> {
    enable(chart, values, "", log)?;
    import::process(chart, log)
}

/// The entries of `Chart.yaml` that no loaded sub-chart answers to, in order.
pub fn missing(chart: &Chart) -> Vec<&str> {
    let loaded: HashSet<&str> = chart.dependencies.iter().map(Chart::name).collect();
    let entries = chart.metadata.dependencies.iter().flatten();
    entries.map(|entry| entry.name.as_str()).filter(|name| !loaded.contains(name)).collect()
}

/// Refuses a chart with missing sub-charts, before install, upgrade and template.
pub fn check_present(chart: &Chart) -> Result<(), MissingDependencies> {
    let missing = missing(chart);
    if missing.is_empty() { Ok(()) } else { Err(MissingDependencies(missing.join(", "))) }
}

/// Sub-charts that `Chart.yaml` lists and `charts/` does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an error occurred while checking for chart dependencies. You may need to run 'helm dependency build' to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: {0}"
)]
pub struct MissingDependencies(String);

impl MissingDependencies {
    /// The message without the advice, for `helm package`.
    pub fn listed(&self) -> String {
        format!("found in Chart.yaml, but missing in charts/ directory: {}", self.0)
    }
}

/// Whether `version` is in `range`; false if either cannot be read.
pub fn is_compatible(range: &str, version: &str) -> bool {
    match (Constraint::parse(range), Version::parse(version)) {
        (Ok(range), Ok(version)) => range.check(&version),
        _ => false,
    }
}

fn enable(chart: &mut Chart, values: &Map, prefix: &str, log: &mut Vec<Warning>) -> Result<(), Error> {
    if chart.metadata.dependencies.is_none() {
        return Ok(());
    }
    apply_entries(chart);
    for entry in chart.metadata.dependencies.iter_mut().flatten() {
        entry.enabled = true;
    }
    // What a condition or tag may look at: the user's values over all defaults.
    let root = Data::Map(values::coalesce(chart, values, log)?);
    let mut disabled = HashSet::new();
    for entry in chart.metadata.dependencies.iter_mut().flatten() {
        apply_tags(entry, &root, log);
        apply_condition(entry, &root, prefix, log);
        if !entry.enabled {
            disabled.insert(entry.name.clone());
        }
    }
    chart.dependencies.retain(|dependency| !disabled.contains(dependency.name()));
    if let Some(entries) = &mut chart.metadata.dependencies {
        entries.retain(|entry| !disabled.contains(&entry.name));
    }
    // Without entries left, nothing is imported either.
    chart.metadata.dependencies.take_if(|entries| entries.is_empty());
    let values = root.into_map();
    for dependency in &mut chart.dependencies {
        let prefix = format!("{prefix}{}.", dependency.name());
        enable(dependency, &values, &prefix, log)?;
    }
    Ok(())
}

/// Picks a loaded chart for every entry, under its alias; charts that no entry names stay as they are.
fn apply_entries(chart: &mut Chart) {
    let entries = chart.metadata.dependencies.as_mut().map_or(&mut [][..], Vec::as_mut_slice);
    let fits = |entry: &Dependency, loaded: &Chart| {
        entry.name == loaded.name() && is_compatible(&entry.version, &loaded.metadata.version)
    };
    let unlisted = chart.dependencies.iter().filter(|loaded| !entries.iter().any(|entry| fits(entry, loaded)));
    let mut kept: Vec<Chart> = unlisted.cloned().collect();
    for entry in entries {
        if let Some(loaded) = chart.dependencies.iter().find(|loaded| fits(entry, loaded)) {
            let mut copy = loaded.clone();
            if !entry.alias.is_empty() {
                copy.metadata.name.clone_from(&entry.alias);
            }
            kept.push(copy);
        }
        if !entry.alias.is_empty() {
            entry.name.clone_from(&entry.alias);
        }
    }
    chart.dependencies = kept;
}

/// One true tag enables; else one false tag disables.
fn apply_tags(entry: &mut Dependency, values: &Data, log: &mut Vec<Warning>) {
    let Some(Data::Map(tags)) = values.get("tags") else { return };
    let (mut has_true, mut has_false) = (false, false);
    for tag in &entry.tags {
        match tags.get(tag) {
            Some(Data::Bool(true)) => has_true = true,
            Some(Data::Bool(false)) => has_false = true,
            Some(_) => log.push(not_boolean("tag", tag, entry)),
            None => {}
        }
    }
    if has_true || has_false {
        entry.enabled = has_true;
    }
}

/// The first path that holds a boolean decides.
fn apply_condition(entry: &mut Dependency, values: &Data, prefix: &str, log: &mut Vec<Warning>) {
    for path in entry.condition.trim().split(',').filter(|path| !path.is_empty()) {
        match values.path(&format!("{prefix}{path}")) {
            Some(Data::Bool(enabled)) => {
                entry.enabled = *enabled;
                return;
            }
            None | Some(Data::Map(_)) => {}
            Some(_) => log.push(not_boolean("path", path, entry)),
        }
    }
}

fn not_boolean(what: &'static str, name: &str, entry: &Dependency) -> Warning {
    Warning::warn("returned non-bool value", &[(what, name), ("chart", &entry.name)])
}

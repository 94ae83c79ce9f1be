//! `dependency`: the charts that a chart depends on (`pkg/action/dependency.go`, `pkg/downloader/manager.go`).

/// What `Chart.yaml` asks for, to exact versions.
mod resolve;
/// Exact versions to archives in charts/.
mod store;

use std::fmt::Display;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};
use helmx_chart::lock::{self, Origin, OutOfSync};
use helmx_chart::{Chart, directory};
use jiff::Timestamp;

use super::package::source_date_epoch;
use crate::args::{Access, Dependency, DependencyChange, DependencyList, Signature};
use crate::usage::{Wanted, require};
use crate::{local, log, output};

use resolve::Sources;

/// Runs a subcommand.
///
/// # Errors
/// In Helm's words where Helm has some.
pub fn run(command: &Dependency) -> Result<()> {
    match command {
        Dependency::List(options) => list(options),
        Dependency::Update(options) => {
            update(&folder("dependency update", options)?, &means(options, Signatures::Required)?)
        }
        Dependency::Build(options) => {
            build(&folder("dependency build", options)?, &means(options, Signatures::IfThere)?)
        }
    }
}

/// How dependencies are had.
pub struct Means<'a> {
    access: &'a Access,
    signatures: Signatures<'a>,
    /// The time that all files of packed folders get.
    stamp: Option<Timestamp>,
}

impl<'a> Means<'a> {
    /// Signatures are not looked at.
    pub fn new(access: &'a Access, stamp: Option<Timestamp>) -> Self {
        Self { access, signatures: Signatures::Ignored, stamp }
    }
}

/// Which archives of repositories must be signed, by a key of which ring.
#[derive(Clone, Copy)]
enum Signatures<'a> {
    Ignored,
    /// Those that have a provenance file.
    IfThere(&'a Signature),
    Required(&'a Signature),
}

fn means<'o>(options: &'o DependencyChange, wanted: fn(&'o Signature) -> Signatures<'o>) -> Result<Means<'o>> {
    let signatures = if options.signature.verify { wanted(&options.signature) } else { Signatures::Ignored };
    Ok(Means { access: &options.access, signatures, stamp: source_date_epoch()? })
}

fn folder(path: &str, options: &DependencyChange) -> Result<PathBuf> {
    require(path, "CHART", &Wanted::AtMost(1), options.chart.len())?;
    Ok(options.chart.first().map_or_else(|| PathBuf::from("."), |chart| local::clean(Path::new(chart))))
}

fn list(options: &DependencyList) -> Result<()> {
    require("dependency list", "CHART", &Wanted::AtMost(1), options.chart.len())?;
    let path = options.chart.first().map_or_else(|| PathBuf::from("."), |chart| local::clean(Path::new(chart)));
    std::fs::metadata(&path).map_err(|error| anyhow!(local::reason("stat", &path, &error)))?;
    let chart = local::read(&path)?;
    if chart.metadata.dependencies.is_none() {
        output::line(&format!("WARNING: no dependencies at {}", path.join("charts").display()));
        return Ok(());
    }
    let origin = if path.is_dir() { Origin::Folder } else { Origin::Archive };
    output::foreign(&lock::table(&chart, origin, options.max_col_width));
    warn_about_others(&path, &chart);
    Ok(())
}

/// Names what lies in charts/ and `Chart.yaml` does not list.
fn warn_about_others(path: &Path, chart: &Chart) {
    let Ok(entries) = std::fs::read_dir(path.join("charts")) else { return };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    let listed = chart.metadata.dependencies.as_deref().unwrap_or_default();
    for path in paths.iter().filter(|path| path.is_dir() || path.extension().is_some_and(|tgz| tgz == "tgz")) {
        match local::read(path) {
            Err(_) => output::line(&format!("WARNING: {path:?} is not a chart.")),
            Ok(found) if listed.iter().any(|entry| entry.name == found.name()) => {}
            Ok(_) => output::line(&format!("WARNING: {path:?} is not in Chart.yaml.")),
        }
    }
}

/// `dependency update`, for a chart whose charts/ lacks something.
///
/// # Errors
/// As `dependency update`.
pub fn update(folder: &Path, means: &Means<'_>) -> Result<()> {
    bring_up_to_date(folder, means, &say)
}

/// The same without a word, as `package --dependency-update` does it.
///
/// # Errors
/// As `dependency update`.
pub fn update_quietly(folder: &Path, means: &Means<'_>) -> Result<()> {
    bring_up_to_date(folder, means, &|_| {})
}

/// How progress is told.
type Say<'s> = &'s dyn Fn(&dyn Display);

fn say(text: &dyn Display) {
    output::line(&text.to_string());
}

/// Finds the newest versions that `Chart.yaml` allows, puts their archives into charts/ and writes the lock.
fn bring_up_to_date(folder: &Path, means: &Means<'_>, say: Say<'_>) -> Result<()> {
    let chart = load(folder)?;
    let Some(wanted) = &chart.metadata.dependencies else { return Ok(()) };
    resolve::check_sources(folder, wanted)?;
    let mut sources = Sources::new(folder, means);
    sources.refresh(wanted, say)?;
    let found = sources.resolve(wanted)?;
    let found = store::fill(folder, &found, &mut sources, say)?;
    let lock = lock::locked(wanted, found, Timestamp::now().to_string())?;
    if chart.lock.as_ref().is_some_and(|old| old.digest == lock.digest) {
        return Ok(());
    }
    store::write_lock(folder, &lock, chart.metadata.api_version == "v1")
}

/// Puts the archives that the lock names into charts/; without a lock, the newest that `Chart.yaml` allows.
fn build(folder: &Path, means: &Means<'_>) -> Result<()> {
    let chart = load(folder)?;
    let Some(locked) = &chart.lock else { return update(folder, means) };
    let wanted = chart.metadata.dependencies.as_deref().unwrap_or_default();
    resolve::check_sources(folder, wanted)?;
    if chart.metadata.api_version == "v1" && lock::digest(wanted, &locked.dependencies)? != locked.digest {
        log::info("warning: a valid Helm v3 hash was not found. Checking against Helm v2 hash...");
    }
    lock::check(&chart).map_err(|error: OutOfSync| anyhow!(error))?;
    let mut sources = Sources::new(folder, means);
    sources.refresh(&locked.dependencies, &say)?;
    store::fill(folder, &locked.dependencies, &mut sources, &say)?;
    Ok(())
}

fn load(folder: &Path) -> Result<Chart> {
    match std::fs::metadata(folder) {
        Err(error) => {
            let shown = folder.display();
            bail!("could not find {shown}: {}", local::reason("stat", folder, &error))
        }
        Ok(about) if !about.is_dir() => bail!("only unpacked charts can be updated"),
        Ok(_) => Ok(directory::load_any_api(folder)?),
    }
}

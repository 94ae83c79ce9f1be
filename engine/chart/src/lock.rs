//! `Chart.lock`: whether it still fits `Chart.yaml`, and the state of what lies in `charts/` (`helm dependency`).

use std::fmt::Write;

use helmx_yaml::json;
use sha2::{Digest, Sha256};

use crate::archive;
use crate::chart::{Chart, File};
use crate::metadata::{Dependency, Lock};
use crate::semver::{Constraint, Version};

/// The lock and the list of dependencies have parted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutOfSync {
    #[error(
        "the lock file (Chart.lock) is out of sync with the dependencies file (Chart.yaml). Please update the dependencies with 'helm dependency update'"
    )]
    V2,
    #[error(
        "the lock file (requirements.lock) is out of sync with the dependencies file (requirements.yaml). Please update the dependencies"
    )]
    V1,
}

/// What `digest` of a lock must be: the SHA-256 of Go's JSON of what is asked for and what was found.
///
/// # Errors
/// `import-values` that JSON cannot hold.
pub fn digest(wanted: &[Dependency], locked: &[Dependency]) -> Result<String, helmx_yaml::Error> {
    let text = json::encode(&[wanted, locked])?;
    let mut digest = "sha256:".to_owned();
    for byte in Sha256::digest(text.as_bytes()) {
        // Writing to a String cannot fail.
        let _ = write!(digest, "{byte:02x}");
    }
    Ok(digest)
}

/// Checks before `dependency build` that the lock is for this `Chart.yaml`. Charts without lock or list pass.
pub fn check(chart: &Chart) -> Result<(), OutOfSync> {
    let (Some(lock), Some(wanted)) = (&chart.lock, &chart.metadata.dependencies) else { return Ok(()) };
    let is_v1 = chart.metadata.api_version == "v1";
    let fits = |digest: Result<String, helmx_yaml::Error>| digest.is_ok_and(|digest| digest == lock.digest);
    // Helm 2 hashed the list alone.
    if fits(digest(wanted, &lock.dependencies)) || (is_v1 && fits(digest_of_helm_2(wanted))) {
        return Ok(());
    }
    Err(if is_v1 { OutOfSync::V1 } else { OutOfSync::V2 })
}

fn digest_of_helm_2(wanted: &[Dependency]) -> Result<String, helmx_yaml::Error> {
    let list = json::encode(wanted)?;
    let text = format!("{{\"dependencies\":{list}}}");
    let bytes = Sha256::digest(text.as_bytes());
    Ok(bytes.iter().fold("sha256:".to_owned(), |digest, byte| format!("{digest}{byte:02x}")))
}

/// In which form a dependency lies in `charts/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// A fitting archive.
    Ok,
    /// A fitting folder, or any fitting chart inside of an archive.
    Unpacked,
    Missing,
    /// The version does not fit.
    WrongVersion,
    /// `Chart.yaml` or the chart found names no version.
    InvalidVersion,
    /// An archive whose chart has another name.
    Misnamed,
    /// An archive that holds no chart.
    Corrupt,
    /// More than one archive could be meant.
    TooMany,
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            State::Ok => "ok",
            State::Unpacked => "unpacked",
            State::Missing => "missing",
            State::WrongVersion => "wrong version",
            State::InvalidVersion => "invalid version",
            State::Misnamed => "misnamed",
            State::Corrupt => "corrupt",
            State::TooMany => "too many matches",
        }
    }
}

/// How the chart itself was found: only beside an unpacked one are archives looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    Folder,
    Archive,
}

/// The state of one entry of `Chart.yaml` (`dependencyStatus` in `pkg/action/dependency.go`).
pub fn state(chart: &Chart, entry: &Dependency, origin: Origin) -> State {
    let prefix = format!("charts/{}-", entry.name);
    let version = |file: &File| {
        let rest = file.name.strip_prefix(&prefix)?.strip_suffix(".tgz")?;
        (!rest.contains('/')).then(|| rest.to_owned())
    };
    let mut archives: Vec<&File> = match origin {
        Origin::Folder => chart.raw.iter().filter(|file| version(file).is_some()).collect(),
        Origin::Archive => Vec::new(),
    };
    if archives.len() > 1 {
        archives.retain(|file| version(file).is_some_and(|version| Version::parse_strict(&version).is_ok()));
    }
    match archives.as_slice() {
        [] => {}
        [file] => return state_of_archive(file, entry),
        [_, _, ..] => return State::TooMany,
    }
    match chart.dependencies.iter().rev().find(|loaded| loaded.name() == entry.name) {
        Some(loaded) => fit(entry, &loaded.metadata.version).unwrap_or(State::Unpacked),
        None => State::Missing,
    }
}

fn state_of_archive(file: &File, entry: &Dependency) -> State {
    match archive::load_any_api(&file.data) {
        Err(_) => State::Corrupt,
        Ok(chart) if chart.name() != entry.name => State::Misnamed,
        Ok(chart) => fit(entry, &chart.metadata.version).unwrap_or(State::Ok),
    }
}

/// What is wrong with a version; an equal text always fits.
fn fit(entry: &Dependency, version: &str) -> Option<State> {
    if entry.version == version {
        return None;
    }
    match (Constraint::parse(&entry.version), Version::parse(version)) {
        (Ok(range), Ok(version)) => (!range.check(&version)).then_some(State::WrongVersion),
        _ => Some(State::InvalidVersion),
    }
}

/// The table that `helm dependency list` prints, with a blank line at the end. Columns are at most `max_width`
/// characters wide; 0 is no limit.
pub fn table(chart: &Chart, origin: Origin, max_width: usize) -> String {
    let entries = chart.metadata.dependencies.as_deref().unwrap_or_default();
    let mut rows = vec![["NAME".to_owned(), "VERSION".to_owned(), "REPOSITORY".to_owned(), "STATUS".to_owned()]];
    rows.extend(entries.iter().map(|entry| {
        let state = state(chart, entry, origin).name().to_owned();
        [entry.name.clone(), entry.version.clone(), entry.repository.clone(), state]
    }));
    let limit = if max_width == 0 { usize::MAX } else { max_width };
    let length = |cell: &String| cell.chars().count();
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(length).max().unwrap_or(0).min(limit);
    let widths: Vec<usize> = (0..4).map(width).collect();
    let mut text = String::new();
    for row in &rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| padded(&shortened(cell, *width), *width));
        text.push_str(&cells.collect::<Vec<_>>().join("\t"));
        text.push('\n');
    }
    text.push('\n');
    text
}

/// Not by Rust's own width, which ends at 65,535 with a panic.
fn padded(cell: &str, width: usize) -> String {
    cell.to_owned() + &" ".repeat(width.saturating_sub(cell.chars().count()))
}

/// Cut to `width` characters, three of them dots.
fn shortened(cell: &str, width: usize) -> String {
    if cell.chars().count() <= width {
        return cell.to_owned();
    }
    let kept: String = cell.chars().take(width.saturating_sub(3).max(1)).collect();
    format!("{kept}...")
}

/// A new lock for what was found; `generated` is RFC 3339 with nanoseconds.
pub fn locked(wanted: &[Dependency], found: Vec<Dependency>, generated: String) -> Result<Lock, helmx_yaml::Error> {
    Ok(Lock { generated, digest: digest(wanted, &found)?, dependencies: found })
}

/// The content of `Chart.lock`.
///
/// # Errors
/// `import-values` that YAML cannot hold.
pub fn text(lock: &Lock) -> Result<String, helmx_yaml::Error> {
    helmx_yaml::encode(&json::decode(json::encode(lock)?.as_bytes())?)
}

//! `Chart.lock`: whether it still fits `Chart.yaml`, and the state of what lies in `charts/` (`helm dependency`).

use std::fmt::Write;

use helmx_yaml::json;
use sha2::{Digest, Sha256};

use crate::chart::Chart;
use crate::dependency::is_compatible;
use crate::metadata::{Dependency, Lock};

/// The lock and the list of dependencies have parted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the lock file ({lock}) is out of sync with the dependencies file ({list}). Please update the dependencies with 'helm dependency update'"
)]
pub struct OutOfSync {
    lock: &'static str,
    list: &'static str,
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
    let (lock, list) = if is_v1 { ("requirements.lock", "requirements.yaml") } else { ("Chart.lock", "Chart.yaml") };
    Err(OutOfSync { lock, list })
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
    /// A fitting folder.
    Unpacked,
    Missing,
    /// The version does not fit.
    WrongVersion,
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
            State::TooMany => "too many matches",
        }
    }
}

/// The state of one entry of `Chart.yaml`.
pub fn state(chart: &Chart, entry: &Dependency) -> State {
    let prefix = format!("charts/{}-", entry.name);
    let is_version =
        |rest: &str| rest.strip_suffix(".tgz").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let named = chart.raw.iter().filter(|file| file.name.strip_prefix(&prefix).is_some_and(is_version));
    let (packed, folder) = (named.count(), format!("charts/{}/", entry.name));
    let unpacked = chart.raw.iter().any(|file| file.name.starts_with(&folder));
    let loaded = chart.dependencies.iter().find(|loaded| loaded.name() == entry.name);
    let fits = loaded.is_some_and(|loaded| is_compatible(&entry.version, &loaded.metadata.version));
    match (packed, unpacked) {
        (2.., _) => State::TooMany,
        (0, false) => State::Missing,
        _ if !fits => State::WrongVersion,
        (1, _) => State::Ok,
        (0, true) => State::Unpacked,
    }
}

/// The table that `helm dependency list` prints, with a blank line at the end.
pub fn table(chart: &Chart) -> String {
    let entries = chart.metadata.dependencies.as_deref().unwrap_or_default();
    let mut rows = vec![["NAME".to_owned(), "VERSION".to_owned(), "REPOSITORY".to_owned(), "STATUS".to_owned()]];
    rows.extend(entries.iter().map(|entry| {
        let state = state(chart, entry).name().to_owned();
        [entry.name.clone(), entry.version.clone(), entry.repository.clone(), state]
    }));
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(String::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..4).map(width).collect();
    let mut text = String::new();
    for row in &rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        text.push_str(&cells.collect::<Vec<_>>().join("\t"));
        text.push('\n');
    }
    text.push('\n');
    text
}

/// A new lock for what was found; `generated` is RFC 3339 with nanoseconds.
pub fn locked(wanted: &[Dependency], found: Vec<Dependency>, generated: String) -> Result<Lock, helmx_yaml::Error> {
    Ok(Lock { generated, digest: digest(wanted, &found)?, dependencies: found })
}

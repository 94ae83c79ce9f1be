//! Exact versions to archives in charts/ (`downloadAll` and `safeMoveDeps` in `pkg/downloader/manager.go`).

use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail};
use helmx_chart::metadata::{Dependency, Lock};
use helmx_chart::semver::Version;
use helmx_chart::{archive, directory, lock, package};
use jiff::Timestamp;

use super::resolve::{Source, Sources, constraint};
use super::{Say, Signatures};
use crate::{local, provenance};

/// An archive that goes into charts/.
struct Archive {
    name: String,
    bytes: Vec<u8>,
}

/// Fills charts/ with what `entries` name and removes archives that are outdated. Nothing is touched until all
/// archives are here. Returns the entries with the versions that came out.
///
/// # Errors
/// The first dependency that cannot be had.
pub fn fill(folder: &Path, entries: &[Dependency], sources: &mut Sources<'_>, say: Say<'_>) -> Result<Vec<Dependency>> {
    let charts = folder.join("charts");
    match std::fs::metadata(&charts) {
        Ok(about) if !about.is_dir() => bail!("{:?} is not a directory", charts),
        Ok(_) => {}
        Err(_) => std::fs::create_dir_all(&charts).map_err(|error| anyhow!(local::reason("mkdir", &charts, &error)))?,
    }
    say(&format!("Saving {} charts", entries.len()));
    let mut archives: Vec<Archive> = Vec::new();
    let mut found = entries.to_vec();
    for entry in &mut found {
        match get(entry, &charts, sources, say) {
            Ok(Some(archive)) => archives.push(archive),
            Ok(None) => {}
            Err(error) => {
                say(&format!("Save error occurred:  {error:#}"));
                return Err(error);
            }
        }
    }
    for archive in &archives {
        replace(&charts, archive)?;
    }
    say(&"Deleting outdated charts");
    delete_outdated(&charts, &archives, &found, say)?;
    Ok(found)
}

/// One dependency's archive; `None` if it lies in charts/ already. `entry` gets the version of a local chart.
fn get(entry: &mut Dependency, charts: &Path, sources: &Sources<'_>, say: Say<'_>) -> Result<Option<Archive>> {
    let range = constraint(entry)?;
    let fits = |version: &str| Version::parse(version).map(|version| range.check(&version));
    let (version, archive) = match Source::of(entry)? {
        Source::Charts => {
            let name = &entry.name;
            say(&format!("Dependency {name} did not declare a repository. Assuming it exists in the charts directory"));
            let place = charts.join(name);
            let chart = directory::load_any_api(&place)
                .with_context(|| format!("unable to load chart '{}'", place.display()))?;
            let version = &chart.metadata.version;
            if !fits(version).with_context(|| format!("invalid version {} for dependency {name}", entry.version))? {
                bail!("dependency {name} at version {version} does not satisfy the constraint {}", entry.version);
            }
            return Ok(None);
        }
        Source::Folder(path) => {
            let chart = sources.chart(path)?;
            if !fits(&chart.metadata.version)? {
                bail!("can't get a valid version for dependency {}", entry.name);
            }
            let bytes = package::pack(&chart, sources.means.stamp)?;
            let archive = Archive { name: package::file_name(&chart), bytes };
            (chart.metadata.version, archive)
        }
        Source::Repository(url) => {
            say(&format!("Downloading {} from repo {url}", entry.name));
            let (repository, version) = sources.found(entry, url)?;
            let (name, bytes) = repository.archive(version)?;
            check_signature(&name, &bytes, sources, say, || repository.provenance(version))?;
            archive::load_any_api(&bytes).with_context(|| format!("{name} of {url} is no chart"))?;
            (entry.version.clone(), Archive { name, bytes })
        }
    };
    entry.version = version;
    Ok(Some(archive))
}

/// Checks the provenance file of a downloaded archive, as far as it is asked for.
fn check_signature(
    name: &str,
    bytes: &[u8],
    sources: &Sources<'_>,
    say: Say<'_>,
    fetch: impl FnOnce() -> Result<Vec<u8>>,
) -> Result<()> {
    let (flags, found) = match sources.means.signatures {
        Signatures::Ignored => return Ok(()),
        Signatures::Required(flags) => (flags, fetch()?),
        Signatures::IfThere(flags) => match fetch() {
            Ok(found) => (flags, found),
            Err(error) => {
                say(&format!("WARNING: Verification not found for {name}: {error:#}"));
                return Ok(());
            }
        },
    };
    let ring = provenance::ring(flags.keyring.as_deref()).context("failed to load keyring")?;
    helmx_provenance::verify(bytes, name, &found, &ring, Timestamp::now())?;
    Ok(())
}

/// Puts an archive in place, never half of it.
fn replace(charts: &Path, archive: &Archive) -> Result<()> {
    let place = charts.join(&archive.name);
    let half = charts.join(format!(".{}.{}", archive.name, std::process::id()));
    std::fs::write(&half, &archive.bytes).map_err(|error| anyhow!(local::reason("open", &half, &error)))?;
    std::fs::rename(&half, &place).map_err(|error| anyhow!(local::reason("rename", &place, &error)))
}

/// Removes archives of charts/ that are not among the new ones. Folders, and charts without a repository, stay.
fn delete_outdated(charts: &Path, new: &[Archive], entries: &[Dependency], say: Say<'_>) -> Result<()> {
    let listed = std::fs::read_dir(charts).map_err(|error| anyhow!(local::reason("open", charts, &error)))?;
    for path in listed.filter_map(|entry| Some(entry.ok()?.path())) {
        let is_new = |name: &std::ffi::OsStr| new.iter().any(|archive| name == archive.name.as_str());
        if path.is_dir() || path.file_name().is_some_and(is_new) {
            continue;
        }
        match local::read(&path) {
            Err(error) => {
                say(&format!("Could not verify {} for deletion: {error:#} (Skipping)", path.display()));
            }
            Ok(chart) if entries.iter().any(|one| one.repository.is_empty() && one.name == chart.name()) => {}
            Ok(_) => std::fs::remove_file(&path).map_err(|error| anyhow!(local::reason("remove", &path, &error)))?,
        }
    }
    Ok(())
}

/// Writes `Chart.lock`, of old charts `requirements.lock`; not through a link.
///
/// # Errors
/// A link in its place, a file that cannot be written.
pub fn write_lock(folder: &Path, lock: &Lock, is_v1: bool) -> Result<()> {
    let name = if is_v1 { "requirements.lock" } else { "Chart.lock" };
    let path = folder.join(name);
    if let Ok(target) = std::fs::read_link(&path) {
        bail!("the {name} file is a symlink to {target:?}");
    }
    std::fs::write(&path, lock::text(lock)?).map_err(|error| anyhow!(local::reason("open", &path, &error)))
}

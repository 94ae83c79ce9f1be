//! `package`: charts to archives (`pkg/cmd/package.go`, `pkg/action/package.go`).

/// `--sign`.
mod sign;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use helmx_chart::semver::Version;
use helmx_chart::{Chart, dependency, package};
use jiff::Timestamp;

use super::dependency::Means;
use crate::args::Package;
use crate::{local, output, values};

/// Packs charts one after the other.
///
/// # Errors
/// A chart that cannot be read or is not valid, an archive that cannot be written.
pub fn run(options: &Package) -> Result<()> {
    if options.paths.is_empty() {
        bail!("need at least one argument, the path to the chart");
    }
    let stamp = source_date_epoch()?;
    let mut signing = sign::Signing::new(options)?;
    // Helm reads them and does nothing with them.
    values::of_flags(&options.values)?;
    for path in &options.paths {
        let place = Path::new(path);
        std::fs::metadata(place).map_err(|error| anyhow!(local::reason("stat", place, &error)))?;
        let place = local::absolute(place)?;
        if options.dependency_update {
            super::dependency::update_quietly(&place, &Means::new(&options.access, stamp))?;
        }
        let archive = pack(&place, options, stamp)?;
        if let Some(signing) = &mut signing {
            signing.sign(&archive)?;
        }
        output::line(&format!("Successfully packaged chart and saved it to: {}", archive.display()));
    }
    Ok(())
}

/// Writes the archive of the chart in `folder`; returns its path.
fn pack(folder: &Path, options: &Package, stamp: Option<Timestamp>) -> Result<PathBuf> {
    let mut chart = local::detect_folder(folder)?;
    local::refuse_experimental(&chart)?;
    if !options.version.is_empty() {
        chart.metadata.version.clone_from(&options.version);
    }
    Version::parse(&chart.metadata.version)?;
    if !options.app_version.is_empty() {
        chart.metadata.app_version.clone_from(&options.app_version);
    }
    if let Err(missing) = dependency::check_present(&chart) {
        bail!("{}", missing.listed());
    }
    let destination = match options.destination.as_path() {
        path if path == Path::new(".") => std::env::current_dir()?,
        path => path.to_owned(),
    };
    save(&chart, &destination, stamp).context("failed to save")
}

/// Writes a chart's archive into a folder, which is made if need be.
///
/// # Errors
/// A chart that is not valid, a file that cannot be written.
pub fn save(chart: &Chart, folder: &Path, stamp: Option<Timestamp>) -> Result<PathBuf> {
    let bytes = package::pack(chart, stamp)?;
    let path = local::clean(&folder.join(package::file_name(chart)));
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(|error| anyhow!(local::reason("mkdir", parent, &error)))?;
    }
    std::fs::write(&path, bytes).map_err(|error| anyhow!(local::reason("open", &path, &error)))?;
    Ok(path)
}

/// The time that `SOURCE_DATE_EPOCH` sets for all files, for archives that can be reproduced.
///
/// # Errors
/// A value that is no number of seconds.
pub fn source_date_epoch() -> Result<Option<Timestamp>> {
    let text = std::env::var("SOURCE_DATE_EPOCH").unwrap_or_default();
    if text.is_empty() {
        return Ok(None);
    }
    let failed = |reason: &str| anyhow!("invalid SOURCE_DATE_EPOCH: strconv.ParseInt: parsing {text:?}: {reason}");
    let seconds: i64 = text.parse().map_err(|error: std::num::ParseIntError| match error.kind() {
        std::num::IntErrorKind::PosOverflow | std::num::IntErrorKind::NegOverflow => failed("value out of range"),
        _ => failed("invalid syntax"),
    })?;
    if seconds < 0 {
        bail!("invalid SOURCE_DATE_EPOCH: must not be negative");
    }
    let stamp = Timestamp::from_second(seconds).map_err(|_| failed("value out of range"))?;
    Ok(Some(stamp))
}

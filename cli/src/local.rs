//! Charts of this machine: finding and reading them (`pkg/action/install.go`, `pkg/chart/loader`).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Result, anyhow, bail};
use helmx_chart::early::Early;
use helmx_chart::load::{self, Api};
use helmx_chart::{Chart, archive, directory};

/// The largest archive that is read; Helm stops at 100 MiB unpacked.
pub const MAX_ARCHIVE: u64 = 128 << 20;

/// The largest `Chart.yaml`.
const MAX_METADATA: u64 = 5 << 20;

/// Whether a chart is named by its path: it exists, or it can be nothing else.
pub fn is_path(chart: &str) -> bool {
    Path::new(chart.trim()).exists() || chart.starts_with('.') || chart.starts_with('/')
}

/// The absolute path of a chart.
///
/// # Errors
/// Nothing is there.
pub fn locate(chart: &str) -> Result<PathBuf> {
    let path = Path::new(chart.trim());
    if !path.exists() {
        bail!("path {chart:?} not found");
    }
    absolute(path)
}

/// The absolute path, without `.` and `..`, links left alone (Go's `filepath.Abs`).
///
/// # Errors
/// A working directory that is gone.
pub fn absolute(path: &Path) -> Result<PathBuf> {
    Ok(clean(&std::path::absolute(path)?))
}

/// Go's `filepath.Clean`.
pub fn clean(path: &Path) -> PathBuf {
    use std::path::Component;
    let mut kept = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(kept.components().next_back(), Some(Component::Normal(_))) => {
                kept.pop();
            }
            Component::ParentDir if kept.has_root() => {}
            part => kept.push(part),
        }
    }
    if kept.as_os_str().is_empty() { PathBuf::from(".") } else { kept }
}

/// Reads a chart as `template` and `package` do: these look at `Chart.yaml` first.
///
/// # Errors
/// Why it is no chart, in Helm's words.
pub fn detect(path: &Path) -> Result<Chart> {
    detect_telling(path, &mut Early::default())
}

/// The same; `early` is told of files while others are read.
///
/// # Errors
/// As [`detect`].
pub fn detect_telling(path: &Path, early: &mut Early<'_>) -> Result<Chart> {
    if path.is_dir() {
        return detect_folder_telling(path, early);
    }
    read_telling(path, early, Api::Known)
}

/// Reads a chart folder; an archive is none.
///
/// # Errors
/// Why it is no chart, in Helm's words.
pub fn detect_folder(path: &Path) -> Result<Chart> {
    detect_folder_telling(path, &mut Early::default())
}

fn detect_folder_telling(path: &Path, early: &mut Early<'_>) -> Result<Chart> {
    let file = path.join("Chart.yaml");
    let metadata =
        bytes(&file, MAX_METADATA).map_err(|error| anyhow!("unable to detect chart at {}: {error}", file.display()))?;
    load::check_api(&metadata)?;
    read_telling(path, early, Api::Any)
}

/// Refuses charts of the API that Helm tries out, once Helm has looked at everything else.
///
/// # Errors
/// The chart is one.
pub fn refuse_experimental(chart: &Chart) -> Result<()> {
    if is_experimental(chart) { Err(load::Error::ExperimentalVersion.into()) } else { Ok(()) }
}

/// Whether a chart is of the API that Helm tries out: it is loaded, shown and linted, but neither rendered nor packed.
pub fn is_experimental(chart: &Chart) -> bool {
    chart.metadata.api_version == load::EXPERIMENTAL_API
}

/// Reads a folder or an archive.
///
/// # Errors
/// Why it is no chart, in Helm's words.
pub fn read(path: &Path) -> Result<Chart> {
    read_telling(path, &mut Early::default(), Api::Any)
}

/// `api`: of an archive; that of a folder was looked at.
fn read_telling(path: &Path, early: &mut Early<'_>, api: Api) -> Result<Chart> {
    let about = std::fs::metadata(path).map_err(|error| anyhow!(reason("stat", path, &error)))?;
    if about.is_dir() {
        return directory::load_early(path, early).map_err(|error| match error {
            // The errors of a chart are the same wherever it came from.
            directory::Error::Load(error) => error.into(),
            error => error.into(),
        });
    }
    let bytes = Arc::new(bytes(path, MAX_ARCHIVE)?);
    archive::load_lazily(&bytes, early, api).map_err(|error| match &error {
        load::Error::Archive(archive::Error::NotGzip(_)) => anyhow!("file '{}' {error}", path.display()),
        _ => error.into(),
    })
}

/// The content of a file of at most `limit` bytes.
///
/// # Errors
/// A file that cannot be read or is larger.
pub fn bytes(path: &Path, limit: u64) -> Result<Vec<u8>> {
    use std::io::Read as _;
    let file = std::fs::File::open(path).map_err(|error| anyhow!(reason("open", path, &error)))?;
    // Most files have the size that they say; others only grow the buffer.
    let size = file.metadata().map_or(0, |metadata| metadata.len().min(limit));
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1);
    file.take(limit + 1).read_to_end(&mut bytes).map_err(|error| anyhow!(reason("read", path, &error)))?;
    if bytes.len() as u64 > limit {
        bail!("{} is larger than {limit} bytes", path.display());
    }
    Ok(bytes)
}

/// An error of the file system as Go words it: `open x: no such file or directory`.
pub fn reason(doing: &str, path: &Path, error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    let shown = path.display();
    match error.kind() {
        ErrorKind::NotFound => format!("{doing} {shown}: no such file or directory"),
        ErrorKind::PermissionDenied => format!("{doing} {shown}: permission denied"),
        ErrorKind::IsADirectory => format!("read {shown}: is a directory"),
        ErrorKind::NotADirectory => format!("{doing} {shown}: not a directory"),
        ErrorKind::AlreadyExists => format!("{doing} {shown}: file exists"),
        _ => format!("{doing} {shown}: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{clean, is_path, locate};

    #[test]
    fn cleans_as_go_does() {
        for (path, wanted) in [
            ("", "."),
            ("./a/", "a"),
            ("a/../b", "b"),
            ("../a", "../a"),
            ("../../a/..", "../.."),
            ("/../a", "/a"),
            ("a//b/.", "a/b"),
        ] {
            assert_eq!(clean(Path::new(path)), PathBuf::from(wanted), "{path}");
        }
    }

    #[test]
    fn what_is_no_path() {
        assert!(is_path("./nothing") && is_path("/nothing") && !is_path("repo/nothing"));
        assert_eq!(locate("./nothing").unwrap_err().to_string(), "path \"./nothing\" not found");
    }
}

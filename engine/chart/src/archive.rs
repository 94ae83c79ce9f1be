//! A packed chart (`.tgz` bytes) to a [`Chart`], within limits.

use crate::chart::Chart;

/// The most bytes all files of a chart may have together, unpacked; this many is already too much.
pub const MAX_UNPACKED_BYTES: usize = 104_857_600;

/// Loads a gzipped tar archive. Sub-charts below `charts/` are loaded with it, `.helmignore` is not applied.
///
/// # Errors
/// Helm's texts for names that leave the chart, for archives that are too large or no archives, and for charts
/// that break a rule of [`crate::metadata`].
pub fn load(_bytes: &[u8]) -> Result<Chart, Error> {
    Err(Error::NoFiles)
}

/// Why an archive was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error("no files in chart archive")]
    NoFiles,
}

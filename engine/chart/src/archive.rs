//! A packed chart (`.tgz` bytes) to a [`Chart`], within limits (`pkg/chart/loader/archive`).

use std::io::Read;
use std::sync::Arc;

use flate2::read::MultiGzDecoder;
use jiff::Timestamp;
use tar::EntryType;

use crate::chart::{Chart, File};
use crate::content::{Content, Shelf};
use crate::early::{Early, is_template};
use crate::load::{self, Api};

/// The most bytes all files of a chart may have together, unpacked; this many is already too much.
pub const MAX_UNPACKED_BYTES: u64 = 104_857_600;

/// The most files a chart may have. Helm has no such limit; the largest known chart has a few thousand.
pub const MAX_FILES: usize = 50_000;

/// Room for headers and padding beside the files, so that an archive of nothing but headers ends too.
const MAX_OVERHEAD_BYTES: u64 = 67_108_864;

/// Bytes that are read at once of a file that nobody looks at.
const PIECE: u64 = 256 << 10;

const UTF8_BOM: &[u8] = b"\xEF\xBB\xBF";

/// Files of `crds/` of at least that many bytes are left in the archive.
const LARGE: u64 = 16 << 10;

/// Loads a gzipped tar archive. Sub-charts below `charts/` are loaded with it, `.helmignore` is not applied.
///
/// # Errors
/// Helm's texts for names that leave the chart, for archives that are too large or no archives, and for charts
/// that break a rule of [`crate::metadata`].
pub fn load(bytes: &[u8]) -> Result<Chart, load::Error> {
    load::from_files(unpack(bytes)?)
}

/// The same for a chart of whatever API.
///
/// # Errors
/// As [`load`], but for those about the API.
pub fn load_any_api(bytes: &[u8]) -> Result<Chart, load::Error> {
    load::of_any_api(unpack(bytes)?)
}

/// The same for an archive that may be kept: large custom resource definitions, which most renders do not look at, are
/// unpacked when somebody does.
///
/// # Errors
/// As [`load_any_api`], and those of [`load::detect`] where the API must be known.
pub fn load_lazily(archive: &Arc<Vec<u8>>, early: &mut Early<'_>, api: Api) -> Result<Chart, load::Error> {
    let shelf = Arc::new(Shelf::new(archive.clone()));
    let (mut files, mut packed) = (Vec::new(), 0);
    each(archive, &|name, size| !stays_packed(name, size), &mut |found| {
        let data = match found.data {
            Some(data) => {
                early.saw(&found.path, &data);
                data.into()
            }
            None => {
                packed += 1;
                Content::packed(&shelf, packed - 1)
            }
        };
        files.push(File { name: found.name, data, modified: found.modified });
    })?;
    if api == Api::Known {
        load::detect(&files)?;
    }
    load::with_values(files, &mut |file| early.values(file))
}

/// The files that [`load_lazily`] left in the archive, in their order.
pub(crate) fn left_packed(archive: &[u8]) -> Result<Vec<Arc<[u8]>>, Error> {
    let mut files = Vec::new();
    each(archive, &stays_packed, &mut |found| files.extend(found.data))?;
    Ok(files)
}

fn stays_packed(name: &str, size: u64) -> bool {
    size >= LARGE && name.split('/').rev().skip(1).any(|folder| folder == "crds") && !is_template(name)
}

/// Why an archive was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error("no files in chart archive")]
    NoFiles,
    /// Holds what the bytes look like. Helm's text begins with `file '<name>' `.
    #[error("does not appear to be a gzipped archive; got '{0}'")]
    NotGzip(&'static str),
    /// Damaged or cut off.
    #[error("{0}")]
    Damaged(#[from] std::io::Error),
    #[error("decompressed chart is larger than the maximum size {MAX_UNPACKED_BYTES}")]
    TooLarge,
    #[error("chart archive holds more than {MAX_FILES} files")]
    TooManyFiles,
    #[error("chart illegally contains absolute paths")]
    AbsolutePath,
    #[error("chart illegally contains content outside the base directory")]
    OutsideBase,
    #[error("chart illegally references parent directory")]
    ParentDirectory,
    #[error("chart contains illegally named files")]
    IllegalName,
    #[error("chart yaml not in base directory")]
    NoBase,
    /// Links and devices could reach outside of the chart. Helm reads them as empty files.
    #[error("chart archive holds {0:?}, which is a link or a device; pack the chart again with regular files")]
    NotRegular(String),
}

/// The regular files of an archive, named relative to the chart, without byte order marks.
pub fn unpack(bytes: &[u8]) -> Result<Vec<File>, Error> {
    let mut files = Vec::new();
    each(bytes, &|_, _| true, &mut |found| {
        let data = found.data.unwrap_or_default().into();
        files.push(File { name: found.name, data, modified: found.modified });
    })?;
    Ok(files)
}

/// One regular file.
struct Found {
    /// With the chart's folder, as it stands in the archive.
    path: String,
    name: String,
    modified: Option<Timestamp>,
    /// Without a byte order mark; absent if it was not wanted.
    data: Option<Arc<[u8]>>,
}

/// Goes through the regular files of an archive. `wants` tells by name and size whose bytes are wanted.
fn each(bytes: &[u8], wants: &dyn Fn(&str, u64) -> bool, visit: &mut dyn FnMut(Found)) -> Result<(), Error> {
    if !bytes.starts_with(&[0x1F, 0x8B, 0x08]) {
        return Err(Error::NotGzip(content_type(bytes)));
    }
    let stream = MultiGzDecoder::new(bytes).take(MAX_UNPACKED_BYTES + MAX_OVERHEAD_BYTES);
    let mut archive = tar::Archive::new(stream);
    let (mut count, mut remaining) = (0, MAX_UNPACKED_BYTES);
    // One buffer for all: a file's own memory is taken once, in its final size.
    let mut buffer = Vec::new();
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        match entry.header().entry_type() {
            EntryType::Directory | EntryType::XGlobalHeader | EntryType::XHeader => continue,
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {}
            _ => return Err(Error::NotRegular(path)),
        }
        // Old archives mark directories by their name alone.
        if path.ends_with('/') {
            continue;
        }
        let name = inner_name(&path)?;
        let size = entry.size();
        if size > remaining {
            return Err(Error::TooLarge);
        }
        if count >= MAX_FILES {
            return Err(Error::TooManyFiles);
        }
        count += 1;
        let seconds = entry.header().mtime().ok().and_then(|seconds| i64::try_from(seconds).ok());
        let modified = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
        let (length, data) = if wants(&name, size) {
            let data = read_to_end(&mut entry, size, &mut buffer)?;
            (data.len() as u64, Some(without_bom(data).into()))
        } else {
            (skip(&mut entry, size, &mut buffer)?, None)
        };
        remaining -= length.min(remaining);
        if length < size || remaining == 0 {
            return Err(Error::TooLarge);
        }
        visit(Found { path, name, modified, data });
    }
    if count == 0 { Err(Error::NoFiles) } else { Ok(()) }
}

/// The bytes of a file of at most `size` bytes. `buffer` only grows, so that it is cleared but once.
fn read_to_end<'b>(file: &mut impl Read, size: u64, buffer: &'b mut Vec<u8>) -> Result<&'b [u8], Error> {
    let size = usize::try_from(size).map_err(|_| Error::TooLarge)?;
    if buffer.len() < size {
        buffer.resize(size, 0);
    }
    let mut length = 0;
    while let Some(rest) = buffer.get_mut(length..size).filter(|rest| !rest.is_empty()) {
        match file.read(rest)? {
            0 => break,
            more => length += more,
        }
    }
    Ok(buffer.get(..length).unwrap_or_default())
}

/// Reads past a file, in large pieces: after each the decoder keeps a copy of the last 32 KiB. Tells how long it was.
fn skip(file: &mut impl Read, size: u64, buffer: &mut Vec<u8>) -> Result<u64, Error> {
    let mut skipped = 0;
    while skipped < size {
        match read_to_end(file, (size - skipped).min(PIECE), buffer)?.len() {
            0 => break,
            more => skipped += more as u64,
        }
    }
    Ok(skipped)
}

pub(crate) fn without_bom(data: &[u8]) -> &[u8] {
    data.strip_prefix(UTF8_BOM).unwrap_or(data)
}

/// An entry's name without its first element, which is the chart's folder; checked to stay inside.
fn inner_name(raw: &str) -> Result<String, Error> {
    let separator = if raw.contains('\\') { '\\' } else { '/' };
    let (base, name) = raw.split_once(separator).unwrap_or((raw, ""));
    let name = name.replace(separator, "/");
    if name.starts_with('/') {
        return Err(Error::AbsolutePath);
    }
    let name = clean(&name);
    if name == "." {
        return Err(Error::OutsideBase);
    }
    if name.starts_with("..") {
        return Err(Error::ParentDirectory);
    }
    let mut start = name.chars();
    if start.next().is_some_and(|drive| drive.is_ascii_alphabetic()) && start.as_str().starts_with(":/") {
        return Err(Error::IllegalName);
    }
    if base == "Chart.yaml" {
        return Err(Error::NoBase);
    }
    Ok(name)
}

/// Go's `path.Clean` for relative paths: no empty elements, no `.`, and `..` only at the start.
fn clean(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for element in path.split('/') {
        match element {
            "" | "." => {}
            ".." if kept.last().is_some_and(|last| *last != "..") => {
                kept.pop();
            }
            other => kept.push(other),
        }
    }
    if kept.is_empty() { ".".to_owned() } else { kept.join("/") }
}

/// Go's `http.DetectContentType`, as far as people mistake such files for charts.
fn content_type(bytes: &[u8]) -> &'static str {
    let start = bytes.get(..512).unwrap_or(bytes).trim_ascii_start();
    let lower = String::from_utf8_lossy(start.get(..14).unwrap_or(start)).to_ascii_lowercase();
    if lower.starts_with("<!doctype html") || lower.starts_with("<html") {
        "text/html; charset=utf-8"
    } else if lower.starts_with("<?xml") {
        "text/xml; charset=utf-8"
    } else if bytes.starts_with(b"PK\x03\x04") {
        "application/zip"
    } else if start.iter().any(|byte| matches!(byte, 0..=8 | 11 | 14..=26 | 28..=31)) {
        "application/octet-stream"
    } else {
        "text/plain; charset=utf-8"
    }
}

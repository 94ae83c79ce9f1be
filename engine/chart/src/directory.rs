//! A chart folder on disk to a [`Chart`]: the only file here that touches a file system.

#![allow(clippy::disallowed_methods, reason = "this is the one file that reads the file system, for the CLI")]

use std::fs::{self, DirEntry, FileType};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use crate::archive::{self, MAX_FILES, MAX_UNPACKED_BYTES};
use crate::chart::{Chart, File};
use crate::early::Early;
use crate::ignore::{RuleError, Rules};
use crate::lint::Folder;
use crate::load;

/// How deep folders may nest; links to parents end here.
const MAX_DEPTH: usize = 100;

/// Why a folder could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error(transparent)]
    Load(#[from] load::Error),
    #[error("error reading {path}: {reason}")]
    Read { path: String, reason: io::Error },
    #[error(transparent)]
    Ignore(#[from] RuleError),
    #[error("cannot load irregular file {0} as it has file mode type bits set")]
    Irregular(String),
    #[error("error reading {0}: chart exceeds maximum decompressed size of {MAX_UNPACKED_BYTES} bytes")]
    TooLarge(String),
    #[error("{0} holds more than {MAX_FILES} files, or folders more than {MAX_DEPTH} deep; is it a chart?")]
    TooMany(String),
}

/// Loads the chart in the folder `root`, minding its `.helmignore` and following links.
pub fn load(root: &Path) -> Result<Chart, Error> {
    Ok(load::from_files(read_files(root)?)?)
}

/// The same for a chart of whatever API.
pub fn load_any_api(root: &Path) -> Result<Chart, Error> {
    Ok(load::of_any_api(read_files(root)?)?)
}

/// The same; `early` is told of the files while others are read.
pub fn load_early(root: &Path, early: &mut Early<'_>) -> Result<Chart, Error> {
    let files = read_telling(root, early)?;
    Ok(load::with_values(files, &mut |file| early.values(file))?)
}

/// The files of a chart folder that are not ignored, in the order of their paths.
pub fn read_files(root: &Path) -> Result<Vec<File>, Error> {
    read_telling(root, &mut Early::default())
}

/// What lint looks at in the folder itself.
pub fn read_folder(root: &Path) -> Result<Folder, Error> {
    let (rules, early, files) = (Rules::default(), &mut Early::default(), Vec::new());
    let mut walk = Walk { rules, chart: "", early, files, remaining: MAX_UNPACKED_BYTES };
    for name in Folder::FILES {
        let path = root.join(name);
        if path.is_file() {
            walk.file(&path, name.to_owned())?;
        }
    }
    let has = |folder: &str| root.join(folder).exists();
    Ok(Folder { files: walk.files, templates: has("templates"), crds: has("crds") })
}

fn read_telling(root: &Path, early: &mut Early<'_>) -> Result<Vec<File>, Error> {
    let rules = match fs::read(root.join(".helmignore")) {
        Ok(text) => Rules::parse(&String::from_utf8_lossy(&text))?,
        Err(_) => Rules::default(),
    };
    let chart = root.file_name().unwrap_or_default().to_string_lossy();
    let (rules, files) = (rules.with_defaults(), Vec::new());
    let mut walk = Walk { rules, chart: &chart, early, files, remaining: MAX_UNPACKED_BYTES };
    walk.folder(root, "", 0)?;
    Ok(walk.files)
}

struct Walk<'w, 'e> {
    rules: Rules,
    /// The name of the chart's folder.
    chart: &'w str,
    early: &'w mut Early<'e>,
    files: Vec<File>,
    /// Bytes that files may still have.
    remaining: u64,
}

impl Walk<'_, '_> {
    fn folder(&mut self, folder: &Path, prefix: &str, depth: usize) -> Result<(), Error> {
        if depth > MAX_DEPTH {
            return Err(Error::TooMany(shown(folder)));
        }
        let read = |reason| Error::Read { path: shown(folder), reason };
        let mut entries = fs::read_dir(folder).map_err(read)?.collect::<Result<Vec<_>, _>>().map_err(read)?;
        entries.sort_by_cached_key(DirEntry::file_name);
        for entry in entries {
            let path = entry.path();
            let inner = format!("{prefix}{}", entry.file_name().to_string_lossy());
            let kind = kind(&entry).map_err(|reason| Error::Read { path: shown(&path), reason })?;
            if self.rules.is_ignored(&inner, kind.is_dir()) {
                continue;
            }
            if kind.is_dir() {
                self.folder(&path, &format!("{inner}/"), depth + 1)?;
            } else if kind.is_file() {
                self.file(&path, inner)?;
            } else {
                return Err(Error::Irregular(shown(&path)));
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, name: String) -> Result<(), Error> {
        if self.files.len() >= MAX_FILES {
            return Err(Error::TooMany(shown(path)));
        }
        let read = |reason| Error::Read { path: shown(path), reason };
        let file = fs::File::open(path).map_err(read)?;
        let about = file.metadata().map_err(read)?;
        self.remaining = self.remaining.checked_sub(about.len()).ok_or_else(|| Error::TooLarge(shown(path)))?;
        // Not what it may grow by now.
        let mut data = Vec::with_capacity(usize::try_from(about.len()).unwrap_or_default());
        file.take(about.len()).read_to_end(&mut data).map_err(read)?;
        let data: Arc<[u8]> = archive::without_bom(&data).into();
        self.early.saw(&format!("{}/{name}", self.chart), &data);
        let modified = about.modified().ok().and_then(|time| Timestamp::try_from(time).ok());
        self.files.push(File { name, data: data.into(), modified });
        Ok(())
    }
}

/// What an entry is, or what it links to.
fn kind(entry: &DirEntry) -> io::Result<FileType> {
    let kind = entry.file_type()?;
    if kind.is_symlink() { Ok(fs::metadata(entry.path())?.file_type()) } else { Ok(kind) }
}

fn shown(path: &Path) -> String {
    PathBuf::from(path).display().to_string()
}

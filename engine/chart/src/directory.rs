//! A chart folder on disk to a [`Chart`]: the only file here that touches a file system.

#![allow(clippy::disallowed_methods, reason = "this is the one file that reads the file system, for the CLI")]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::archive::{self, MAX_FILES, MAX_UNPACKED_BYTES};
use crate::chart::{Chart, File};
use crate::ignore::{RuleError, Rules};
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

/// The files of a chart folder that are not ignored, in the order of their paths.
pub fn read_files(root: &Path) -> Result<Vec<File>, Error> {
    let rules = match fs::read(root.join(".helmignore")) {
        Ok(text) => Rules::parse(&String::from_utf8_lossy(&text))?,
        Err(_) => Rules::default(),
    };
    let mut walk = Walk { rules: rules.with_defaults(), files: Vec::new(), remaining: MAX_UNPACKED_BYTES };
    walk.folder(root, "", 0)?;
    Ok(walk.files)
}

struct Walk {
    rules: Rules,
    files: Vec<File>,
    /// Bytes that files may still have.
    remaining: u64,
}

impl Walk {
    fn folder(&mut self, folder: &Path, prefix: &str, depth: usize) -> Result<(), Error> {
        if depth > MAX_DEPTH {
            return Err(Error::TooMany(shown(folder)));
        }
        let read = |reason| Error::Read { path: shown(folder), reason };
        let mut names = Vec::new();
        for entry in fs::read_dir(folder).map_err(read)? {
            names.push(entry.map_err(read)?.file_name());
        }
        names.sort();
        for name in names {
            let path = folder.join(&name);
            let inner = format!("{prefix}{}", name.to_string_lossy());
            let about = fs::metadata(&path).map_err(|reason| Error::Read { path: shown(&path), reason })?;
            if self.rules.is_ignored(&inner, about.is_dir()) {
                continue;
            }
            if about.is_dir() {
                self.folder(&path, &format!("{inner}/"), depth + 1)?;
            } else if about.is_file() {
                self.file(&path, inner, &about)?;
            } else {
                return Err(Error::Irregular(shown(&path)));
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, name: String, about: &fs::Metadata) -> Result<(), Error> {
        if about.len() > self.remaining {
            return Err(Error::TooLarge(shown(path)));
        }
        if self.files.len() >= MAX_FILES {
            return Err(Error::TooMany(shown(path)));
        }
        let data = fs::read(path).map_err(|reason| Error::Read { path: shown(path), reason })?;
        // The file may have grown since it was looked at.
        self.remaining = self.remaining.checked_sub(data.len() as u64).ok_or_else(|| Error::TooLarge(shown(path)))?;
        let modified = about.modified().ok().and_then(|time| Timestamp::try_from(time).ok());
        self.files.push(File { name, data: archive::without_bom(&data).into(), modified });
        Ok(())
    }
}

fn shown(path: &Path) -> String {
    PathBuf::from(path).display().to_string()
}

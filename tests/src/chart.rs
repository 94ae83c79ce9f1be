//! Chart archives made in memory, also such as no honest packer makes.

use std::io::Write as _;

use anyhow::{Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{EntryType, Header};

/// A chart's archive in the making: a name, a version, files.
#[derive(Clone, Debug)]
pub struct Archive {
    name: String,
    version: String,
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    /// The path in the archive, the chart's folder included; written as it stands.
    path: String,
    kind: EntryType,
    data: Vec<u8>,
    /// The target of a link.
    link: String,
}

impl Archive {
    /// A chart with nothing but its `Chart.yaml`.
    pub fn new(name: &str, version: &str) -> Self {
        let metadata = format!("apiVersion: v2\nname: {name}\nversion: {version}\nappVersion: \"1.0\"\n");
        Self { name: name.into(), version: version.into(), entries: Vec::new() }.file("Chart.yaml", &metadata)
    }

    /// The chart's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The chart's version.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// One more file of the chart, by its path below the chart's folder.
    #[must_use]
    pub fn file(self, path: &str, text: &str) -> Self {
        let path = format!("{}/{path}", self.name);
        self.entry(&path, EntryType::Regular, text.as_bytes().to_vec(), "")
    }

    /// A file with a path as it stands, for instance one that leads out of the chart.
    #[must_use]
    pub fn raw_file(self, path: &str, text: &str) -> Self {
        self.entry(path, EntryType::Regular, text.as_bytes().to_vec(), "")
    }

    /// A symbolic link below the chart's folder.
    #[must_use]
    pub fn link(self, path: &str, target: &str) -> Self {
        let path = format!("{}/{path}", self.name);
        self.entry(&path, EntryType::Symlink, Vec::new(), target)
    }

    /// A file of so many zero bytes: small when packed, large when unpacked.
    #[must_use]
    pub fn bomb(self, path: &str, size: usize) -> Self {
        let path = format!("{}/{path}", self.name);
        self.entry(&path, EntryType::Regular, vec![0; size], "")
    }

    fn entry(mut self, path: &str, kind: EntryType, data: Vec<u8>, link: &str) -> Self {
        self.entries.push(Entry { path: path.into(), kind, data, link: link.into() });
        self
    }

    /// The `.tgz`.
    pub fn bytes(&self) -> Result<Vec<u8>> {
        let mut packed = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        for entry in &self.entries {
            packed.append(&entry.header()?, entry.data.as_slice())?;
        }
        let mut packed = packed.into_inner()?;
        packed.flush()?;
        Ok(packed.finish()?)
    }
}

impl Entry {
    /// Written byte by byte: `tar` refuses the very paths that tests need.
    fn header(&self) -> Result<Header> {
        let mut header = Header::new_gnu();
        header.set_entry_type(self.kind);
        header.set_size(self.data.len() as u64);
        header.set_mode(0o644);
        let Some(gnu) = header.as_gnu_mut() else { bail!("a GNU header is one") };
        for (field, text) in [(&mut gnu.name, &self.path), (&mut gnu.linkname, &self.link)] {
            let Some(place) = field.get_mut(..text.len()) else { bail!("{text} is too long for a tar header") };
            place.copy_from_slice(text.as_bytes());
        }
        header.set_cksum();
        Ok(header)
    }
}

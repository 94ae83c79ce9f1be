//! A chart to the bytes of its archive (`helm package`).

use std::io;

use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use helmx_yaml::json;
use jiff::Timestamp;
use serde::Serialize;
use tar::{Builder, EntryType, Header};

use crate::chart::{Chart, File};
use crate::metadata::ValidationError;

/// Why a chart cannot be packed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error(transparent)]
    Invalid(#[from] ValidationError),
    #[error("invalid JSON in values.schema.json")]
    Schema,
    #[error("{0}")]
    Write(#[from] io::Error),
    #[error("{0}")]
    Yaml(#[from] helmx_yaml::Error),
}

/// `<name>-<version>.tgz`
pub fn file_name(chart: &Chart) -> String {
    format!("{}-{}.tgz", chart.name(), chart.metadata.version)
}

/// Packs `chart` with its sub-charts, those unpacked. Files keep their times; `stamp` (SOURCE_DATE_EPOCH) replaces
/// them all, so that equal charts give equal archives.
pub fn pack(chart: &Chart, stamp: Option<Timestamp>) -> Result<Vec<u8>, Error> {
    chart.metadata.clone().validate()?;
    let encoder = GzBuilder::new().comment("Helm").write(Vec::new(), Compression::default());
    let mut archive = Archive { tar: Builder::new(encoder), stamp };
    archive.chart(chart, chart.name())?;
    Ok(archive.tar.into_inner()?.finish()?)
}

struct Archive {
    tar: Builder<GzEncoder<Vec<u8>>>,
    stamp: Option<Timestamp>,
}

impl Archive {
    fn chart(&mut self, chart: &Chart, base: &str) -> Result<(), Error> {
        let mut metadata = chart.metadata.clone();
        if metadata.api_version == "v1" {
            // They stand in requirements.yaml.
            metadata.dependencies = None;
        }
        self.file(&format!("{base}/Chart.yaml"), yaml(&metadata)?.as_bytes(), chart.modified)?;
        if let Some(lock) = chart.lock.as_ref().filter(|_| metadata.api_version == "v2") {
            let generated = lock.generated.parse().ok();
            self.file(&format!("{base}/Chart.lock"), yaml(lock)?.as_bytes(), generated)?;
        }
        let values = chart.raw.iter().filter(|file| file.name == "values.yaml");
        self.files(base, values)?;
        if let Some(schema) = &chart.schema {
            json::decode(schema).map_err(|_| Error::Schema)?;
            self.file(&format!("{base}/values.schema.json"), schema, chart.schema_modified)?;
        }
        self.files(base, chart.templates.iter().chain(&chart.files))?;
        for dependency in &chart.dependencies {
            dependency.metadata.clone().validate()?;
            self.chart(dependency, &format!("{base}/charts/{}", dependency.name()))?;
        }
        Ok(())
    }

    fn files<'f>(&mut self, base: &str, files: impl Iterator<Item = &'f File>) -> Result<(), Error> {
        for file in files {
            self.file(&format!("{base}/{}", file.name), &file.data, file.modified)?;
        }
        Ok(())
    }

    fn file(&mut self, name: &str, data: &[u8], modified: Option<Timestamp>) -> Result<(), Error> {
        let seconds = self.stamp.or(modified).map_or(0, |time| time.as_second());
        // As Go writes it: with the device numbers that only devices need.
        let mut header = Header::new_ustar();
        header.set_device_major(0)?;
        header.set_device_minor(0)?;
        header.set_uid(0);
        header.set_gid(0);
        header.set_entry_type(EntryType::Regular);
        header.set_mode(0o644);
        header.set_size(data.len() as u64);
        header.set_mtime(u64::try_from(seconds).unwrap_or(0));
        if header.set_path(name).is_err() {
            // Too long for the header: a record of its own takes the name.
            self.tar.append_data(&mut header, name, data)?;
            return Ok(());
        }
        header.set_cksum();
        go_checksum(&mut header)?;
        self.tar.append(&header, data)?;
        Ok(())
    }
}

/// Go ends a checksum's six digits with NUL and space, so that the same chart gives the same bytes as with Helm.
fn go_checksum(header: &mut Header) -> io::Result<()> {
    let digits = format!("{:06o}\0 ", header.cksum()?);
    if let (Some(ustar), Ok(field)) = (header.as_ustar_mut(), digits.as_bytes().try_into()) {
        ustar.cksum = field;
    }
    Ok(())
}

/// What Go writes for a struct: the library goes through JSON, so keys end up in natural order.
fn yaml<T: Serialize>(value: &T) -> Result<String, Error> {
    let data = json::decode(json::encode(value)?.as_bytes())?;
    Ok(helmx_yaml::encode(&data)?)
}

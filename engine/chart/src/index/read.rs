//! Index text to entries.

use helmx_yaml::{Data, json};

use super::{ChartVersion, Index, MAX_INDEX_BYTES, Skipped};
use crate::fields::{Fields, Scalars, TypeError};
use crate::metadata::{self, Metadata};

const INDEX_KEYS: [&str; 6] = ["serverInfo", "apiVersion", "generated", "entries", "publicKeys", "annotations"];

/// Keys of an entry beside those of its metadata.
const ENTRY_KEYS: [&str; 8] = ["urls", "created", "removed", "digest", "checksum", "engine", "tillerVersion", "url"];

/// Why a text is no index. `Display` is Helm's text without `error loading <path>: `.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IndexError {
    #[error("empty index.yaml file")]
    Empty,
    #[error("no API version specified")]
    NoApiVersion,
    #[error("the index is larger than {MAX_INDEX_BYTES} bytes")]
    TooLarge,
    #[error(transparent)]
    Yaml(#[from] helmx_yaml::Error),
    #[error("error unmarshaling JSON: while decoding JSON: {0}")]
    Type(#[from] TypeError),
    #[error("error unmarshaling JSON: while decoding JSON: json: unknown field {0:?}")]
    UnknownField(String),
}

/// JSON is read leniently, YAML strictly, as Helm does.
#[derive(Clone, Copy, PartialEq)]
enum UnknownKeys {
    Ignored,
    Refused,
}

/// What an entry of a wrong shape does to the others.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum BadEntries {
    /// It ends the whole index, as in Helm.
    End,
    /// It is skipped: a server that many rely on loses one version, not a repository.
    Skip,
}

/// How an index is read.
#[derive(Clone, Copy)]
struct Mode {
    unknown: UnknownKeys,
    bad: BadEntries,
}

pub(super) fn parse(text: &[u8], bad: BadEntries) -> Result<Index, IndexError> {
    if text.is_empty() {
        return Err(IndexError::Empty);
    }
    if text.len() > MAX_INDEX_BYTES {
        return Err(IndexError::TooLarge);
    }
    let (data, unknown) = match json::decode(text) {
        Ok(data) => (data, UnknownKeys::Ignored),
        Err(_) => (helmx_yaml::decode_exact_strict(text)?, UnknownKeys::Refused),
    };
    let Some(fields) = Fields::root(&data, "repo.IndexFile", Scalars::AsText)? else {
        return Err(IndexError::NoApiVersion);
    };
    if let Some(key) = fields.unknown(&INDEX_KEYS).filter(|_| unknown == UnknownKeys::Refused) {
        return Err(IndexError::UnknownField(key.to_owned()));
    }
    let generated = fields.time("generated")?.unwrap_or_default();
    let mut index = Index { api_version: fields.text("apiVersion")?, generated, ..Index::default() };
    let mode = Mode { unknown, bad };
    if let Some(entries) = fields.inner("entries", "map[string]repo.ChartVersions")? {
        for chart in entries.keys() {
            let versions = match entries.structs(chart, "repo.ChartVersion") {
                Ok(versions) => versions,
                Err(error) => {
                    skip(mode, chart, "", error.into(), &mut index.skipped)?;
                    continue;
                }
            };
            let read = read_versions(chart, &versions, mode, &mut index.skipped)?;
            index.entries.insert(chart.to_owned(), read);
        }
    }
    index.sort();
    if index.api_version.is_empty() { Err(IndexError::NoApiVersion) } else { Ok(index) }
}

fn read_versions(
    chart: &str,
    versions: &[Option<Fields<'_>>],
    mode: Mode,
    skipped: &mut Vec<Skipped>,
) -> Result<Vec<ChartVersion>, IndexError> {
    let mut read = Vec::new();
    for fields in versions.iter().flatten() {
        let version = fields.get("version").and_then(Data::as_str).unwrap_or_default();
        match known_version(fields, mode) {
            Ok(Ok(version)) => read.push(version),
            Ok(Err(reason)) => {
                skipped.push(Skipped { chart: chart.to_owned(), version: version.to_owned(), reason });
            }
            Err(error) => skip(mode, chart, version, error, skipped)?,
        }
    }
    Ok(read)
}

fn known_version(fields: &Fields<'_>, mode: Mode) -> Result<Result<ChartVersion, String>, IndexError> {
    if mode.unknown == UnknownKeys::Refused {
        let known = [Metadata::KEYS.as_slice(), &ENTRY_KEYS].concat();
        if let Some(key) = fields.unknown(&known) {
            return Err(IndexError::UnknownField(key.to_owned()));
        }
    }
    read_version(fields)
}

/// Takes note of an entry of a wrong shape, or ends with it.
fn skip(
    mode: Mode,
    chart: &str,
    version: &str,
    error: IndexError,
    skipped: &mut Vec<Skipped>,
) -> Result<(), IndexError> {
    if mode.bad == BadEntries::End {
        return Err(error);
    }
    skipped.push(Skipped { chart: chart.to_owned(), version: version.to_owned(), reason: error.to_string() });
    Ok(())
}

/// The outer error ends the whole index, the inner one only this entry.
fn read_version(fields: &Fields<'_>) -> Result<Result<ChartVersion, String>, IndexError> {
    // The YAML library does not know that the metadata is part of the entry, so it turns no numbers into text there.
    let mut metadata = match Metadata::read(&fields.with_scalars(Scalars::Typed)) {
        Ok(metadata) => metadata,
        Err(metadata::Error::Type(error)) => return Err(error.into()),
        Err(other) => return Ok(Err(other.to_string())),
    };
    if metadata.api_version.is_empty() {
        metadata.api_version = "v1".to_owned();
    }
    let version = ChartVersion {
        urls: fields.texts("urls")?,
        removed: fields.flag("removed")?,
        digest: fields.text("digest")?,
        created: fields.time("created")?.unwrap_or_default(),
        metadata: Metadata::default(),
    };
    match metadata.validate() {
        Err(rule) if !rule.is_tolerated_in_index() => Ok(Err(rule.to_string())),
        _ => Ok(Ok(ChartVersion { metadata, ..version })),
    }
}

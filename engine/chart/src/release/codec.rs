//! The payload of a storage object: base64 of gzip of JSON.

use std::io::{Read, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

use super::Release;
use crate::metadata::{self, TypeError};

/// The most bytes of JSON a record may unpack to. etcd holds about 1 MiB per object, and text packs 10 to 30 times.
pub const MAX_RECORD_BYTES: u64 = 67_108_864;

const GZIP: &[u8] = &[0x1F, 0x8B, 0x08];

/// Why a record cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CodecError {
    #[error("the release record is not base64")]
    Base64,
    #[error("the release record is damaged: {0}")]
    Gzip(#[from] std::io::Error),
    #[error("the release record unpacks to more than {MAX_RECORD_BYTES} bytes")]
    TooLarge,
    #[error("the release record is not JSON: {0}")]
    Json(helmx_yaml::Error),
    #[error("the release record has a field of the wrong type: {0}")]
    Type(#[from] TypeError),
    #[error("the chart of the release record cannot be read: {0}")]
    Chart(#[from] metadata::Error),
}

/// The text that a Secret or ConfigMap holds under `release` (a Secret's API form encodes it once more).
pub fn encode(release: &Release) -> Result<String, CodecError> {
    let json = release.to_json().map_err(CodecError::Json)?;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(json.as_bytes())?;
    Ok(STANDARD.encode(encoder.finish()?))
}

/// Reads what [`encode`] or any Helm wrote; records from before compression too.
pub fn decode(payload: &[u8]) -> Result<Release, CodecError> {
    let bytes = STANDARD.decode(payload.trim_ascii()).map_err(|_| CodecError::Base64)?;
    if !bytes.starts_with(GZIP) {
        return Release::from_json(&bytes);
    }
    let mut json = Vec::new();
    MultiGzDecoder::new(bytes.as_slice()).take(MAX_RECORD_BYTES + 1).read_to_end(&mut json)?;
    if json.len() as u64 > MAX_RECORD_BYTES {
        return Err(CodecError::TooLarge);
    }
    Release::from_json(&json)
}

//! Signatures of charts of this machine: provenance files and key rings by their paths (`pkg/downloader`, `pkg/cmd`).

use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use helmx_provenance::{KeyRing, MAX_PROVENANCE_BYTES, MAX_RING_BYTES, Verified};
use jiff::Timestamp;

use crate::args::Signature;
use crate::local;

/// Checks the archive at `path` with the provenance file beside it.
///
/// # Errors
/// In Helm's words: what is missing, or why it is not verified.
pub fn check(path: &Path, keyring: Option<&str>) -> Result<Verified> {
    let about = std::fs::metadata(path).map_err(|error| anyhow!(local::reason("stat", path, &error)))?;
    if about.is_dir() {
        bail!("unpacked charts cannot be verified");
    }
    if !path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("tgz")) {
        bail!("chart must be a tgz file");
    }
    let beside = provenance_path(path);
    std::fs::metadata(&beside).map_err(|error| {
        let shown = beside.display();
        anyhow!("could not load provenance file {shown}: {}", local::reason("stat", &beside, &error))
    })?;
    let ring = ring(keyring).context("failed to load keyring")?;
    let archive = local::bytes(path, local::MAX_ARCHIVE).context("failed to read chart archive")?;
    let provenance = local::bytes(&beside, MAX_PROVENANCE_BYTES).context("failed to read provenance file")?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(helmx_provenance::verify(&archive, &name, &provenance, &ring, Timestamp::now())?)
}

/// The same for commands that check only with `--verify`.
///
/// # Errors
/// As [`check`].
pub fn check_if_asked(path: &Path, flags: &Signature) -> Result<()> {
    if flags.verify {
        check(path, flags.keyring.as_deref())?;
    }
    Ok(())
}

/// Refuses `--verify` where this program does not have the archive: a check that is not made must not be believed in.
///
/// # Errors
/// The flag is given.
pub fn refuse(verify: bool) -> Result<()> {
    if verify {
        bail!(
            "--verify is for archives of this machine: charts of repositories are fetched by the server, which checks \
             no signatures"
        );
    }
    Ok(())
}

/// Where the provenance file of an archive is.
pub fn provenance_path(archive: &Path) -> PathBuf {
    let mut name = OsString::from(archive);
    name.push(".prov");
    PathBuf::from(name)
}

/// Reads a key ring; GnuPG's own if none is named.
///
/// # Errors
/// A file that cannot be read, or is no key ring.
pub fn ring(named: Option<&str>) -> Result<KeyRing> {
    let path = named.map_or_else(default_ring, PathBuf::from);
    let data = local::bytes(&path, MAX_RING_BYTES)?;
    Ok(KeyRing::parse(&path.to_string_lossy(), &data)?)
}

/// GnuPG's public keys: the file of old, where there is one, or the keybox.
fn default_ring() -> PathBuf {
    let home = std::env::var_os("HOME").unwrap_or_default();
    let folder = std::env::var_os("GNUPGHOME").map_or_else(|| Path::new(&home).join(".gnupg"), PathBuf::from);
    let is_missing = |path: &Path| std::fs::metadata(path).is_err_and(|error| error.kind() == ErrorKind::NotFound);
    let (legacy, keybox) = (folder.join("pubring.gpg"), folder.join("pubring.kbx"));
    if is_missing(&legacy) && !is_missing(&keybox) { keybox } else { legacy }
}

//! Chart archives by digest, on disk and parsed in memory.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use helmx_chart::Chart;
use helmx_chart::index::ChartVersion;
use helmx_engine::ParsedTemplates;
use helmx_machinery::{Cause, Status};
use moka::future::Cache;

use super::http::{Answer, MAX_ARCHIVE_BYTES, Validators, digest};
use super::repository::Repository;

/// Bytes of archives whose parsed charts stay in memory.
const MEMORY_BYTES: u64 = 64 << 20;

/// A chart with the archive that it came from.
pub struct Loaded {
    /// The archive's bytes.
    pub bytes: Vec<u8>,
    /// The parsed chart.
    pub chart: Chart,
    /// Its templates, parsed by the first render.
    pub templates: ParsedTemplates,
}

/// A folder of archives named by their digest, and the newest parsed ones.
pub struct Archives {
    folder: PathBuf,
    parsed: Cache<String, Arc<Loaded>>,
}

impl Archives {
    /// Keeps archives in `folder`, which is made.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn new(folder: &Path) -> std::io::Result<Self> {
        let folder = folder.join("archives");
        std::fs::create_dir_all(&folder)?;
        let weight = |_: &String, loaded: &Arc<Loaded>| u32::try_from(loaded.bytes.len()).unwrap_or(u32::MAX);
        Ok(Self { folder, parsed: Cache::builder().weigher(weight).max_capacity(MEMORY_BYTES).build() })
    }

    /// The archive of an index entry: from memory, from disk, or from the repository.
    ///
    /// Several requests for one archive fetch it once.
    ///
    /// # Errors
    /// 503 when it cannot be fetched, 422 when it is not the archive that the index describes or no chart.
    pub async fn load(&self, repository: &Repository, entry: &ChartVersion) -> Result<Arc<Loaded>, Status> {
        let url = entry.urls.first().ok_or_else(|| bad(entry, "the index names no URL for it"))?;
        let key = if entry.digest.is_empty() { format!("{}/{}", repository.uid, url) } else { entry.digest.clone() };
        self.parsed.try_get_with(key, self.read(repository, entry, url)).await.map_err(|status| (*status).clone())
    }

    async fn read(&self, repository: &Repository, entry: &ChartVersion, url: &str) -> Result<Arc<Loaded>, Status> {
        let wanted = entry.digest.trim_start_matches("sha256:");
        let bytes = match self.read_file(wanted).await {
            Some(bytes) => bytes,
            None => self.fetch(repository, entry, url).await?,
        };
        let loaded = tokio::task::spawn_blocking(move || {
            let chart = helmx_chart::archive::load(&bytes).map_err(|error| error.to_string())?;
            Ok::<_, String>(Loaded { chart, bytes, templates: ParsedTemplates::new() })
        });
        let loaded = loaded.await.map_err(|error| Status::internal(format!("reading an archive: {error}")))?;
        loaded.map(Arc::new).map_err(|reason| bad(entry, &reason))
    }

    async fn fetch(&self, repository: &Repository, entry: &ChartVersion, url: &str) -> Result<Vec<u8>, Status> {
        let Some(fetcher) = &repository.fetcher else {
            return Err(Status::unavailable(format!("repository \"{}\" was not reached yet", repository.name)));
        };
        let url = repository.archive_url(url).map_err(|reason| bad(entry, &reason))?;
        let answer = fetcher.get(url, &Validators::default(), MAX_ARCHIVE_BYTES).await;
        let bytes = match answer {
            Ok(Answer::Document { bytes, .. }) => bytes,
            Ok(Answer::NotModified) => {
                return Err(Status::unavailable("the repository answered 304 to an unconditional request"));
            }
            Err(reason) => return Err(Status::unavailable(format!("chart \"{}\": {reason}", entry.metadata.name))),
        };
        let (wanted, found) = (entry.digest.trim_start_matches("sha256:"), digest(&bytes));
        if !wanted.is_empty() && wanted != found {
            return Err(bad(entry, &format!("the index promises the digest {wanted}, the archive has {found}")));
        }
        self.write_file(&found, &bytes);
        Ok(bytes)
    }

    /// A damaged file is as good as none.
    async fn read_file(&self, wanted: &str) -> Option<Vec<u8>> {
        if wanted.len() != 64 || !wanted.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let bytes = tokio::fs::read(self.folder.join(wanted)).await.ok()?;
        (digest(&bytes) == wanted).then_some(bytes)
    }

    /// Written beside its place and moved there whole. A full disk costs only speed.
    fn write_file(&self, name: &str, bytes: &[u8]) {
        let temporary = self.folder.join(format!("{name}.{}", uuid::Uuid::new_v4()));
        let written = std::fs::File::create(&temporary)
            .and_then(|mut file| file.write_all(bytes))
            .and_then(|()| std::fs::rename(&temporary, self.folder.join(name)));
        if let Err(error) = written {
            tracing::warn!(%error, "cannot keep a chart archive on disk");
            let _ = std::fs::remove_file(&temporary);
        }
    }
}

fn bad(entry: &ChartVersion, reason: &str) -> Status {
    let name = format!("{}-{}", entry.metadata.name, entry.metadata.version);
    let cause =
        Cause::new("FieldValueInvalid", "spec.chart", format!("the archive of {name} cannot be used: {reason}"));
    Status::invalid(helmx_api::GROUP, helmx_api::release::KIND, &name, vec![cause])
}

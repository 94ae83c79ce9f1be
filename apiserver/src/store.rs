//! Releases as Helm keeps them: one Secret a revision, plus our bookkeeping, as one stream of Release objects.

/// What Helm's record has no field for.
pub mod book;
/// Follows the Secrets and feeds the watch cache.
pub mod feed;
/// Metadata that gives values away.
pub mod hidden;
/// Helm's record to and from its Secret.
pub mod record;
/// Records and bookkeeping to the Release that clients see.
pub mod view;

use async_trait::async_trait;
use helmx_machinery::{Cache, Key, Object, Status};
use k8s_openapi::api::core::v1::Secret;
use kube::api::{Api, DeleteParams, ListParams, PostParams};
use kube::core::PartialObjectMeta;

use crate::apply::hook::{Journal, Moment};
use crate::error::Error;
use crate::requester::Own;
use crate::tenant::binding::Bindings;
use book::Book;
use record::Record;

/// A lost race is tried again so often.
const RETRIES: usize = 8;
/// How many times a write waits (3 s each) for the cache to see it.
const PATIENCE: u32 = 6;
/// Records of one page: each may be a megabyte.
const PAGE: u32 = 50;

/// Where releases are kept.
#[derive(Clone)]
pub struct Store {
    own: Own,
    bindings: Bindings,
    cache: Cache,
}

impl Store {
    /// A store whose reads come from `cache`, which [`feed`] fills.
    pub fn new(own: Own, bindings: Bindings, cache: Cache) -> Self {
        Self { own, bindings, cache }
    }

    /// The watch cache of Release objects (without values).
    pub fn cache(&self) -> &Cache {
        &self.cache
    }

    pub(crate) fn bindings(&self) -> &Bindings {
        &self.bindings
    }

    fn secrets(&self, namespace: &str) -> Api<Secret> {
        Api::namespaced(self.own.client().clone(), namespace)
    }

    /// One revision's record.
    ///
    /// # Errors
    /// 404 when there is none, 500 when it cannot be read.
    pub async fn record(&self, key: &Key, revision: u32) -> Result<Record, Status> {
        let name = record::name(&key.name, revision);
        match self.secrets(&key.namespace).get_opt(&name).await {
            Ok(Some(secret)) => record::read(&secret).map_err(Status::internal),
            Ok(None) => Err(Status::not_found(REVISIONS, &format!("{}.v{revision}", key.name))),
            Err(error) => Err(unavailable("read a release record", &error)),
        }
    }

    /// One revision's record with the resource version of its Secret.
    ///
    /// # Errors
    /// As [`Store::record`].
    pub async fn versioned_record(&self, key: &Key, revision: u32) -> Result<(Record, u64), Status> {
        let name = record::name(&key.name, revision);
        match self.secrets(&key.namespace).get_opt(&name).await {
            Ok(Some(secret)) => {
                record::read(&secret).map(|record| (record, version(&secret))).map_err(Status::internal)
            }
            Ok(None) => Err(Status::not_found(REVISIONS, &format!("{}.v{revision}", key.name))),
            Err(error) => Err(unavailable("read a release record", &error)),
        }
    }

    /// The records of a namespace (or all), of one release (or all), with the version of the list.
    ///
    /// Read page by page, so that no more than a page of payloads is in memory.
    ///
    /// # Errors
    /// 503 when the core cannot be asked; records that cannot be read are left out.
    pub async fn records(
        &self,
        namespace: Option<&str>,
        release: Option<&str>,
    ) -> Result<(Vec<(Record, u64)>, u64), Status> {
        let client = self.own.client().clone();
        let secrets: Api<Secret> =
            namespace.map_or_else(|| Api::all(client.clone()), |namespace| Api::namespaced(client.clone(), namespace));
        let selector = release.map_or_else(|| "owner=helm".to_owned(), |release| format!("owner=helm,name={release}"));
        let mut params = ListParams::default().labels(&selector).limit(PAGE);
        let mut records = Vec::new();
        loop {
            let page = secrets.list(&params).await.map_err(|error| unavailable("list release records", &error))?;
            records.extend(page.items.iter().filter_map(|secret| Some((record::read(secret).ok()?, version(secret)))));
            let listed =
                page.metadata.resource_version.as_deref().and_then(|version| version.parse().ok()).unwrap_or(1);
            match page.metadata.continue_.filter(|token| !token.is_empty()) {
                Some(token) => params = params.continue_token(&token),
                None => return Ok((records, listed)),
            }
        }
    }

    /// All records of a release, oldest first. Empty when there is no such release.
    ///
    /// # Errors
    /// 503 when the core cannot be asked; 409 when the newest record cannot be read: nothing may be built on the one
    /// before it. Older ones that cannot be read are left out.
    pub async fn history(&self, key: &Key) -> Result<Vec<Record>, Status> {
        let selector = format!("owner=helm,name={}", key.name);
        let listed = self.secrets(&key.namespace).list(&ListParams::default().labels(&selector)).await;
        let listed = listed.map_err(|error| unavailable("list release records", &error))?;
        let mut records: Vec<_> = listed.items.iter().filter_map(|secret| record::read(secret).ok()).collect();
        records.sort_by_key(record::revision);
        let stored =
            |secret: &Secret| record::parse_name(secret.metadata.name.as_deref()?).map(|(_, revision)| revision);
        let newest = listed.items.iter().max_by_key(|secret| stored(secret));
        match newest.map(record::read) {
            Some(Err(reason)) => Err(Status::conflict(RELEASES, &key.name, &unreadable(&reason))),
            Some(Ok(_)) | None => Ok(records),
        }
    }

    /// Stores a new revision; fails when it exists: this is the lock between helm and helmx.
    ///
    /// # Errors
    /// 409 when the revision exists, 413 when the record is too large for a Secret.
    pub async fn create(&self, record: &Record) -> Result<u64, Status> {
        let secret = record::secret(record, record::Moment::Created).map_err(too_large)?;
        match self.secrets(record::namespace(record)).create(&PostParams::default(), &secret).await {
            Ok(stored) => Ok(version(&stored)),
            Err(kube::Error::Api(status)) if status.code == 409 => Err(Status::conflict(
                RELEASES,
                record::release(record),
                "another operation (install/upgrade/rollback) is in progress",
            )),
            Err(kube::Error::Api(status)) if status.code == 403 || status.code == 404 => {
                Err(Status::forbidden(RELEASES, record::release(record), &status.message))
            }
            Err(error) => Err(unavailable("write a release record", &error)),
        }
    }

    /// Replaces a revision's record.
    ///
    /// # Errors
    /// 503 when it cannot be written.
    pub async fn update(&self, record: &Record) -> Result<u64, Status> {
        let secret = record::secret(record, record::Moment::Updated).map_err(too_large)?;
        let name = secret.metadata.name.clone().unwrap_or_default();
        let written = self.secrets(record::namespace(record)).replace(&name, &PostParams::default(), &secret).await;
        written.map(|stored| version(&stored)).map_err(|error| unavailable("write a release record", &error))
    }

    /// Deletes one revision.
    ///
    /// # Errors
    /// 503 when it cannot be deleted; a missing one is no error.
    pub async fn delete(&self, key: &Key, revision: u32) -> Result<(), Status> {
        self.remove(&key.namespace, &record::name(&key.name, revision)).await
    }

    /// Deletes the bookkeeping.
    ///
    /// # Errors
    /// As [`Store::delete`].
    pub async fn delete_book(&self, key: &Key) -> Result<(), Status> {
        self.remove(&key.namespace, &book::name(&key.name)).await
    }

    async fn remove(&self, namespace: &str, name: &str) -> Result<(), Status> {
        match self.secrets(namespace).delete(name, &DeleteParams::default()).await {
            Ok(_) => Ok(()),
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
            Err(error) => Err(unavailable("delete a release record", &error)),
        }
    }

    /// The bookkeeping of a release; empty when there is none.
    ///
    /// # Errors
    /// 503 when the core cannot be asked.
    pub async fn book(&self, key: &Key) -> Result<Book, Status> {
        let read = self.secrets(&key.namespace).get_opt(&book::name(&key.name)).await;
        let secret = read.map_err(|error| unavailable("read a release's bookkeeping", &error))?;
        Ok(secret.as_ref().map(Book::read).unwrap_or_default())
    }

    /// Releases that have bookkeeping but no record: an uninstall or a refused install was cut short there.
    ///
    /// # Errors
    /// 503 when the core cannot be asked.
    pub async fn orphans(&self) -> Result<Vec<Key>, Status> {
        let secrets: Api<PartialObjectMeta<Secret>> = Api::all(self.own.client().clone());
        let selector = format!("owner={}", book::OWNER);
        let listed = secrets.list_metadata(&ListParams::default().labels(&selector)).await;
        let listed = listed.map_err(|error| unavailable("list bookkeeping", &error))?;
        let keys = listed.items.iter().filter_map(|secret| {
            let release = book::release_of(secret.metadata.name.as_deref()?)?;
            Some(Key::new(secret.metadata.namespace.as_deref()?, release))
        });
        Ok(keys.filter(|key| self.cache.get(key).is_none()).collect())
    }

    /// Changes the bookkeeping under its optimistic lock; `change` may run several times.
    ///
    /// # Errors
    /// What `change` returns; 503 when it cannot be written.
    pub async fn change_book(
        &self,
        key: &Key,
        change: impl FnMut(&mut Book) -> Result<(), Status>,
    ) -> Result<u64, Status> {
        self.write_book(key, Missing::Create, change).await
    }

    /// Changes the bookkeeping if there is any: whoever only tells how a release stands must not bring back one that
    /// is gone.
    ///
    /// # Errors
    /// As [`Store::change_book`].
    pub async fn change_existing_book(
        &self,
        key: &Key,
        change: impl FnMut(&mut Book) -> Result<(), Status>,
    ) -> Result<u64, Status> {
        self.write_book(key, Missing::Leave, change).await
    }

    async fn write_book(
        &self,
        key: &Key,
        missing: Missing,
        mut change: impl FnMut(&mut Book) -> Result<(), Status>,
    ) -> Result<u64, Status> {
        let secrets = self.secrets(&key.namespace);
        let name = book::name(&key.name);
        for _ in 0..RETRIES {
            let stored =
                secrets.get_opt(&name).await.map_err(|error| unavailable("read a release's bookkeeping", &error))?;
            if stored.is_none() && missing == Missing::Leave {
                return Ok(0);
            }
            let former = stored.as_ref().map(Book::read).unwrap_or_default();
            let mut book = former.clone();
            change(&mut book)?;
            if let Some(stored) = &stored
                && book == former
            {
                return Ok(version(stored));
            }
            let lock = stored.as_ref().and_then(|stored| stored.metadata.resource_version.clone());
            let secret = book.secret(&key.namespace, &key.name, lock.clone());
            let written = match lock {
                Some(_) => secrets.replace(&name, &PostParams::default(), &secret).await,
                None => secrets.create(&PostParams::default(), &secret).await,
            };
            match written {
                Ok(stored) => return Ok(version(&stored)),
                Err(kube::Error::Api(status)) if status.code == 409 => {}
                Err(kube::Error::Api(status)) if status.code == 403 => {
                    return Err(Status::forbidden(RELEASES, &key.name, &status.message));
                }
                Err(error) => return Err(unavailable("write a release's bookkeeping", &error)),
            }
        }
        Err(Status::modified(RELEASES, &key.name))
    }

    /// The Release as clients see it, once the cache has caught up with a write of ours.
    ///
    /// # Errors
    /// 404 when there is none, 504 when the cache does not catch up.
    pub async fn object(&self, key: &Key, written: u64) -> Result<Object, Status> {
        // After a restart of the core the watch comes back with a delay; what was written is no failure meanwhile.
        for _ in 0..PATIENCE {
            if self.cache.wait_until(written).await.is_ok() {
                break;
            }
        }
        self.cache.wait_until(written).await?;
        self.cache.get(key).map(|object| (*object).clone()).ok_or_else(|| Status::not_found(RELEASES, &key.name))
    }
}

/// What a write does to bookkeeping that does not exist.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    Create,
    Leave,
}

/// Keeps the runs of hooks in a record of the store.
pub struct HookJournal<'a> {
    /// The record, changed and written.
    pub record: &'a mut Record,
    /// Where it is kept.
    pub store: &'a Store,
}

#[async_trait]
impl Journal for HookJournal<'_> {
    async fn note(&mut self, hook: usize, moment: Moment) -> Result<(), Error> {
        record::note_hook(self.record, hook, moment);
        self.store.update(self.record).await.map(|_| ()).map_err(|status| Error::Stopped(status.message().to_owned()))
    }
}

/// How errors name releases.
pub const RELEASES: helmx_machinery::Subject<'static> =
    helmx_machinery::Subject { group: helmx_api::GROUP, resource: "releases" };
/// How errors name revisions.
pub const REVISIONS: helmx_machinery::Subject<'static> =
    helmx_machinery::Subject { group: helmx_api::GROUP, resource: "revisions" };

fn version(secret: &Secret) -> u64 {
    secret.metadata.resource_version.as_deref().and_then(|version| version.parse().ok()).unwrap_or_default()
}

/// What is wrong with a record, and the way out.
pub(crate) fn unreadable(reason: &str) -> String {
    format!(
        "its newest record cannot be read ({reason}); restore that Secret, or delete it to go back to the revision before"
    )
}

/// The core's failures on the server's own state, without the state.
pub(crate) fn unavailable(action: &str, error: &kube::Error) -> Status {
    tracing::warn!(%error, action, "the core refused");
    Status::unavailable(format!("cannot {action}: {error}"))
}

fn too_large(reason: String) -> Status {
    Status::new(helmx_machinery::Reason::RequestEntityTooLarge, reason)
}

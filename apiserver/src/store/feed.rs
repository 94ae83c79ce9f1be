//! Follows the Secrets and feeds the watch cache.
//!
//! One watch, of metadata only, over Helm's records (`owner=helm`) and our bookkeeping (`owner=helmx`): one sequence of
//! resource versions. Payloads are fetched for newest revisions only, decoded to a summary and dropped.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use futures::stream::{StreamExt as _, iter};
use helmx_machinery::{Key, Object, Status};
use http::StatusCode;
use k8s_openapi::api::core::v1::Secret;
use kube::api::{Api, ListParams};
use kube::core::PartialObjectMeta;
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::{self, Event, watcher};

use super::Store;
use super::book::{self, Book};
use super::record::{self, Summary};
use super::view::Parts;

/// Our records and Helm's.
pub const SELECTOR: &str = "owner in (helm,helmx)";
/// Payloads fetched at the same time when the server starts.
const PARALLEL: usize = 16;
/// The pause before the core is asked again, doubled up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Secrets of one page of the first list.
const PAGE: u32 = 500;

/// What is known of one release.
#[derive(Default)]
struct Entry {
    /// Resource version and status of each stored revision.
    revisions: BTreeMap<u32, u64>,
    newest: Option<(u64, Summary)>,
    book: Option<(u64, Book)>,
}

/// What one Secret is about.
enum Subject {
    Revision(Key, u32),
    Book(Key),
}

/// Follows the Secrets until the future is dropped; sets `ready` once the first list is in the cache.
pub async fn run(store: Store, ready: tokio::sync::watch::Sender<bool>) {
    let secrets: Api<PartialObjectMeta<Secret>> = Api::all(store.own.client().clone());
    let config = watcher::Config::default().labels(SELECTOR).page_size(PAGE);
    let mut events = std::pin::pin!(watcher(secrets, config).default_backoff());
    let mut feed = Feed { store, entries: HashMap::new(), listing: false };
    while let Some(event) = events.next().await {
        match event {
            Ok(Event::Init) => feed.begin(),
            Ok(Event::InitApply(secret)) => feed.note(&secret),
            Ok(Event::InitDone) => {
                feed.complete().await;
                ready.send_replace(true);
            }
            Ok(Event::Apply(secret)) => feed.apply(&secret).await,
            Ok(Event::Delete(secret)) => feed.delete(&secret).await,
            Err(error) => tracing::warn!(%error, "cannot follow release records"),
        }
    }
}

struct Feed {
    store: Store,
    entries: HashMap<Key, Entry>,
    listing: bool,
}

impl Feed {
    fn begin(&mut self) {
        self.entries.clear();
        self.listing = true;
    }

    /// Takes down one Secret of the list; payloads come when the list is complete.
    fn note(&mut self, secret: &PartialObjectMeta<Secret>) {
        let version = version(secret);
        match subject(secret) {
            Some(Subject::Revision(key, revision)) => {
                self.entries.entry(key).or_default().revisions.insert(revision, version);
            }
            Some(Subject::Book(key)) => self.entries.entry(key).or_default().book = Some((version, Book::default())),
            None => {}
        }
    }

    /// Fetches what the list only named, and replaces the cache's content.
    async fn complete(&mut self) {
        self.listing = false;
        let store = self.store.clone();
        let wanted: Vec<_> =
            self.entries.iter().map(|(key, entry)| (key.clone(), newest(entry), entry.book.is_some())).collect();
        let fetched = iter(wanted).map(|(key, revision, has_book)| {
            let store = store.clone();
            async move {
                let summary = match revision {
                    Some(revision) => fetch_summary(&store, &key, revision).await,
                    None => None,
                };
                let book = if has_book { Some(fetch_book(&store, &key).await) } else { None };
                (key, summary, book)
            }
        });
        let fetched: Vec<_> = fetched.buffer_unordered(PARALLEL).collect().await;
        let mut objects = Vec::new();
        for (key, summary, book) in fetched {
            let Some(entry) = self.entries.get_mut(&key) else { continue };
            let version = entry.version();
            entry.newest = summary.map(|summary| (version, summary));
            entry.book = entry.book.take().map(|(version, empty)| (version, book.unwrap_or(empty)));
            objects.extend(self.object(&key, version).await);
        }
        let listed = self.list_version().await;
        let highest = objects.iter().map(Object::version).max().unwrap_or_default();
        self.store.cache.replace(objects, listed.max(highest));
    }

    /// The version of an empty list is the core's, not zero.
    async fn list_version(&self) -> u64 {
        let secrets: Api<PartialObjectMeta<Secret>> = Api::all(self.store.own.client().clone());
        let listed = secrets.list_metadata(&ListParams::default().labels(SELECTOR).limit(1)).await;
        let version = listed.ok().and_then(|list| list.metadata.resource_version);
        version.and_then(|version| version.parse().ok()).unwrap_or(1)
    }

    async fn apply(&mut self, secret: &PartialObjectMeta<Secret>) {
        let version = version(secret);
        match subject(secret) {
            Some(Subject::Revision(key, revision)) => {
                let entry = self.entries.entry(key.clone()).or_default();
                entry.revisions.insert(revision, version);
                if newest(entry) == Some(revision) {
                    let summary = fetch_summary(&self.store, &key, revision).await;
                    if let Some(entry) = self.entries.get_mut(&key) {
                        entry.newest = summary.map(|summary| (version, summary));
                    }
                }
                self.publish(&key, version).await;
            }
            Some(Subject::Book(key)) => {
                let book = fetch_book(&self.store, &key).await;
                self.entries.entry(key.clone()).or_default().book = Some((version, book));
                self.publish(&key, version).await;
            }
            None => {}
        }
    }

    async fn delete(&mut self, secret: &PartialObjectMeta<Secret>) {
        let version = version(secret);
        match subject(secret) {
            Some(Subject::Revision(key, revision)) => {
                let Some(entry) = self.entries.get_mut(&key) else { return };
                let was_newest = newest(entry) == Some(revision);
                entry.revisions.remove(&revision);
                let next = newest(entry);
                if was_newest {
                    let summary = match next {
                        Some(next) => fetch_summary(&self.store, &key, next).await,
                        None => None,
                    };
                    if let Some(entry) = self.entries.get_mut(&key) {
                        entry.newest = summary.map(|summary| (version, summary));
                    }
                }
                self.publish(&key, version).await;
            }
            Some(Subject::Book(key)) => {
                if let Some(entry) = self.entries.get_mut(&key) {
                    entry.book = None;
                }
                self.publish(&key, version).await;
            }
            None => {}
        }
    }

    /// Brings the cache's object up to date under the version of the event that changed it.
    async fn publish(&mut self, key: &Key, version: u64) {
        match self.object(key, version).await {
            Some(object) => self.store.cache.apply(object, version),
            None => self.store.cache.delete(key, version),
        }
        if self.entries.get(key).is_some_and(|entry| entry.revisions.is_empty() && entry.book.is_none()) {
            self.entries.remove(key);
        }
    }

    async fn object(&self, key: &Key, version: u64) -> Option<Object> {
        let entry = self.entries.get(key)?;
        let (_, newest) = entry.newest.as_ref()?;
        let space = space_uid(&self.store, key).await?;
        let none = Book::default();
        let book = entry.book.as_ref().map_or(&none, |(_, book)| book);
        Some(Parts { key, space: &space, newest, book, version }.object())
    }
}

impl Entry {
    fn version(&self) -> u64 {
        let book = self.book.as_ref().map(|(version, _)| *version);
        self.revisions.values().copied().chain(book).max().unwrap_or_default()
    }
}

fn newest(entry: &Entry) -> Option<u32> {
    entry.revisions.last_key_value().map(|(revision, _)| *revision)
}

fn version(secret: &PartialObjectMeta<Secret>) -> u64 {
    secret.metadata.resource_version.as_deref().and_then(|version| version.parse().ok()).unwrap_or_default()
}

fn subject(secret: &PartialObjectMeta<Secret>) -> Option<Subject> {
    let name = secret.metadata.name.as_deref()?;
    let namespace = secret.metadata.namespace.as_deref()?;
    if let Some(release) = book::release_of(name) {
        return Some(Subject::Book(Key::new(namespace, release)));
    }
    let (release, revision) = record::parse_name(name)?;
    Some(Subject::Revision(Key::new(namespace, release), revision))
}

/// `None` for a record that is gone: its own event follows. One that cannot be read must not make its release vanish,
/// and neither must a core that is busy: "not found" is a fact that the garbage collector acts upon.
async fn fetch_summary(store: &Store, key: &Key, revision: u32) -> Option<Summary> {
    let mut pause = FIRST_PAUSE;
    loop {
        let status = match store.record(key, revision).await {
            Ok(record) => return Some(record::summary(&record)),
            Err(status) => status,
        };
        match status.code() {
            StatusCode::NOT_FOUND => return None,
            StatusCode::INTERNAL_SERVER_ERROR => {
                let reason = super::unreadable(status.message());
                tracing::warn!(
                    release = key.name,
                    namespace = key.namespace,
                    revision,
                    reason,
                    "a damaged release record"
                );
                let former = older_summary(store, key, revision).await.unwrap_or_default();
                return Some(Summary { revision, phase: "unknown".into(), description: reason, ..former });
            }
            _ => wait(&mut pause, key, &status).await,
        }
    }
}

/// Before the next try of what the core could not answer.
async fn wait(pause: &mut Duration, key: &Key, status: &Status) {
    tracing::warn!(
        release = key.name,
        namespace = key.namespace,
        message = status.message(),
        "the core does not answer, asking again"
    );
    tokio::time::sleep(*pause).await;
    *pause = (*pause * 2).min(LONGEST_PAUSE);
}

/// What the newest readable revision before a damaged one says: above all when the release was first deployed.
async fn older_summary(store: &Store, key: &Key, before: u32) -> Option<Summary> {
    let (records, _) = store.records(Some(&key.namespace), Some(&key.name)).await.ok()?;
    let readable = records.iter().map(|(record, _)| record).filter(|record| record::revision(record) < before);
    readable.max_by_key(|record| record::revision(record)).map(record::summary)
}

/// The bookkeeping; empty when it is gone.
async fn fetch_book(store: &Store, key: &Key) -> Book {
    let mut pause = FIRST_PAUSE;
    loop {
        match store.book(key).await {
            Ok(book) => return book,
            Err(status) => wait(&mut pause, key, &status).await,
        }
    }
}

/// The UID of a release's namespace; `None` when the namespace is gone.
async fn space_uid(store: &Store, key: &Key) -> Option<String> {
    let mut pause = FIRST_PAUSE;
    loop {
        match store.bindings.space(&key.namespace).await {
            Ok(space) => return Some(space.uid),
            Err(status) if status.code() == StatusCode::NOT_FOUND => return None,
            Err(status) => wait(&mut pause, key, &status).await,
        }
    }
}

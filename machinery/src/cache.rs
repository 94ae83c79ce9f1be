//! `Cache`: the one source of lists and watches.
//!
//! The embedder feeds it from a watch of its own; versions are those of kube-apiserver. State, recent events and the
//! current version change together under one lock, so that a list and the watch that follows it cannot miss anything.
//! Watches have no queues: each reads the shared history at its own pace, and one that falls behind it is told to
//! start again (410).

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use crate::object::{Key, Object};
use crate::status::{Result, Status};

mod list;
mod token;
mod visibility;
mod watch;

pub use visibility::Visibility;

use visibility::Everything;

/// How long a request waits for a version that this server has not seen yet.
const VERSION_WAIT: Duration = Duration::from_secs(3);
/// How many states are kept for lists that are read page by page, and how long.
const MAX_SNAPSHOTS: usize = 16;
const SNAPSHOT_AGE: Duration = Duration::from_secs(300);

type Objects = Arc<BTreeMap<Key, Arc<Object>>>;

/// How a cache behaves.
#[derive(Clone, Copy, Debug)]
pub struct CacheOptions {
    /// Events kept for watches that start at an older version.
    pub history: usize,
    /// Time between bookmarks of a watch.
    pub bookmark_interval: Duration,
    /// Time between checks of what a watch over all namespaces may see.
    pub visibility_interval: Duration,
}

impl Default for CacheOptions {
    fn default() -> Self {
        Self { history: 8192, bookmark_interval: Duration::from_secs(60), visibility_interval: Duration::from_secs(10) }
    }
}

/// Objects of one resource, their recent history, and the version up to which both are known. Clones share it.
#[derive(Clone)]
pub struct Cache {
    shared: Arc<Shared>,
}

struct Shared {
    state: RwLock<State>,
    /// Counts changes of the state; wakes watches.
    changed: tokio::sync::watch::Sender<u64>,
    visibility: Arc<dyn Visibility>,
    options: CacheOptions,
}

/// One change of one object.
#[derive(Debug)]
struct Event {
    /// Position in the history; without gaps.
    sequence: u64,
    version: u64,
    old: Option<Arc<Object>>,
    new: Option<Arc<Object>>,
}

struct State {
    objects: Objects,
    /// Everything up to this version is in `objects`.
    version: u64,
    /// The history holds every event after this version.
    oldest: u64,
    /// Position of the newest event.
    sequence: u64,
    /// Changes when the history is thrown away.
    epoch: u64,
    history: VecDeque<Arc<Event>>,
    snapshots: VecDeque<Snapshot>,
    is_filled: bool,
}

struct Snapshot {
    version: u64,
    taken: Instant,
    objects: Objects,
}

impl Cache {
    /// A cache whose lists and watches over all namespaces show everything.
    pub fn new(options: CacheOptions) -> Self {
        Self::with_visibility(options, Arc::new(Everything))
    }

    /// A cache whose lists and watches over all namespaces show only what `visibility` allows.
    pub fn with_visibility(options: CacheOptions, visibility: Arc<dyn Visibility>) -> Self {
        let state = State {
            objects: Arc::default(),
            version: 0,
            oldest: 0,
            sequence: 0,
            epoch: 0,
            history: VecDeque::new(),
            snapshots: VecDeque::new(),
            is_filled: false,
        };
        let changed = tokio::sync::watch::Sender::new(0);
        Self { shared: Arc::new(Shared { state: RwLock::new(state), changed, visibility, options }) }
    }

    /// Whether [`Cache::replace`] has been called: before, the cache knows nothing and a server is not ready.
    pub fn is_filled(&self) -> bool {
        self.read().is_filled
    }

    /// Everything up to this version is in the cache.
    pub fn version(&self) -> u64 {
        self.read().version
    }

    pub fn get(&self, key: &Key) -> Option<Arc<Object>> {
        self.read().objects.get(key).cloned()
    }

    /// All objects now, in the order of namespace and name.
    pub fn objects(&self) -> Vec<Arc<Object>> {
        self.read().objects.values().cloned().collect()
    }

    /// Waits until the cache knows its objects, for a few seconds: before, a missing object is no missing object.
    ///
    /// Errors: 503 with `Retry-After` if it does not.
    pub async fn wait_filled(&self) -> Result<()> {
        let mut changed = self.shared.changed.subscribe();
        let filled = async {
            while !self.is_filled() {
                if changed.changed().await.is_err() {
                    return;
                }
            }
        };
        let waited = tokio::time::timeout(VERSION_WAIT, filled).await;
        let starting =
            || Status::unavailable("the server is starting and does not know its objects yet").with_retry_after(1);
        waited.map_err(|_| starting())
    }

    /// Waits until the cache has reached a version, for a few seconds.
    ///
    /// Errors: 504 with `Retry-After` if it does not.
    pub async fn wait_until(&self, version: u64) -> Result<()> {
        let mut changed = self.shared.changed.subscribe();
        let reached = async {
            while self.version() < version {
                if changed.changed().await.is_err() {
                    return;
                }
            }
        };
        match tokio::time::timeout(VERSION_WAIT, reached).await {
            Ok(()) => Ok(()),
            Err(_) => Err(Status::too_large_version(version, self.version())),
        }
    }

    /// Takes over a complete state as listed at `version`; what differs from the previous one becomes events.
    ///
    /// A version smaller than the current one means another history (a restored etcd): watches start again.
    pub fn replace(&self, objects: Vec<Object>, version: u64) {
        self.change(|state, limit| {
            let objects = objects.into_iter().map(|object| (object.key(), Arc::new(object))).collect();
            if !state.is_filled || version < state.version {
                state.restart(objects, version);
            } else {
                state.replace(objects, version, limit);
            }
        });
    }

    /// Takes over an added or changed object, as of `version` (at least the object's own).
    pub fn apply(&self, object: Object, version: u64) {
        self.change(|state, limit| {
            let key = object.key();
            let old = state.objects.get(&key).cloned();
            if old.as_deref() != Some(&object) {
                let new = Arc::new(object);
                Arc::make_mut(&mut state.objects).insert(key, Arc::clone(&new));
                state.record(old, Some(new), version, limit);
            }
            state.version = state.version.max(version);
        });
    }

    /// Takes out an object that was deleted at `version`.
    pub fn delete(&self, key: &Key, version: u64) {
        self.change(|state, limit| {
            if let Some(old) = Arc::make_mut(&mut state.objects).remove(key) {
                state.record(Some(old), None, version, limit);
            }
            state.version = state.version.max(version);
        });
    }

    /// Nothing changed up to `version` (a bookmark of the source).
    pub fn advance(&self, version: u64) {
        self.change(|state, _| state.version = state.version.max(version));
    }

    fn change(&self, change: impl FnOnce(&mut State, usize)) {
        change(&mut self.write(), self.shared.options.history);
        self.shared.changed.send_modify(|count| *count = count.wrapping_add(1));
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.shared.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.shared.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn restart(&mut self, objects: BTreeMap<Key, Arc<Object>>, version: u64) {
        self.objects = Arc::new(objects);
        (self.version, self.oldest) = (version, version);
        self.history.clear();
        self.snapshots.clear();
        self.epoch += u64::from(self.is_filled);
        self.is_filled = true;
    }

    fn replace(&mut self, objects: BTreeMap<Key, Arc<Object>>, version: u64, limit: usize) {
        let before = std::mem::replace(&mut self.objects, Arc::new(objects));
        let after = Arc::clone(&self.objects);
        let mut changed: Vec<_> = after
            .iter()
            .filter(|(key, new)| before.get(*key) != Some(*new))
            .map(|(key, new)| (new.version(), key, new))
            .collect();
        changed.sort_by_key(|(version, ..)| *version);
        for (at, key, new) in changed {
            self.record(before.get(key).cloned(), Some(Arc::clone(new)), at.min(version), limit);
        }
        for (_, old) in before.iter().filter(|(key, _)| !after.contains_key(*key)) {
            self.record(Some(Arc::clone(old)), None, version, limit);
        }
        self.version = version;
    }

    /// Versions of events never go down, whatever the source says.
    fn record(&mut self, old: Option<Arc<Object>>, new: Option<Arc<Object>>, version: u64, limit: usize) {
        self.sequence += 1;
        self.version = self.version.max(version);
        self.history.push_back(Arc::new(Event { sequence: self.sequence, version: self.version, old, new }));
        while self.history.len() > limit {
            if let Some(dropped) = self.history.pop_front() {
                self.oldest = dropped.version;
            }
        }
    }

    /// The state at a version, if it is the current one or was kept.
    fn at(&self, version: u64) -> Option<Objects> {
        if version == self.version {
            return Some(Arc::clone(&self.objects));
        }
        let fresh = |snapshot: &&Snapshot| snapshot.version == version && snapshot.taken.elapsed() < SNAPSHOT_AGE;
        self.snapshots.iter().find(fresh).map(|snapshot| Arc::clone(&snapshot.objects))
    }

    /// Keeps a state for the pages of a list that follow.
    fn keep(&mut self, version: u64, objects: Objects) {
        if self.snapshots.iter().any(|snapshot| snapshot.version == version) {
            return;
        }
        self.snapshots.retain(|snapshot| snapshot.taken.elapsed() < SNAPSHOT_AGE);
        if self.snapshots.len() >= MAX_SNAPSHOTS {
            self.snapshots.pop_front();
        }
        self.snapshots.push_back(Snapshot { version, taken: Instant::now(), objects });
    }
}

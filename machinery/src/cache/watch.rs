//! Watches: a reader of the shared history, seen through selectors and visibility.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use futures::{StreamExt, stream};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use super::visibility::decide;
use super::{Cache, Event, Objects};
use crate::authz::Grant;
use crate::object::Object;
use crate::options::WatchOptions;
use crate::resource::{Watch, WatchEvent};
use crate::status::{Result, Status};

/// Events taken from the history under one lock.
const BATCH: usize = 256;

/// One open watch.
struct Watcher {
    cache: Cache,
    changed: tokio::sync::watch::Receiver<u64>,
    grant: Grant,
    namespace: Option<String>,
    options: WatchOptions,
    /// Last event of the history that was looked at.
    sequence: u64,
    epoch: u64,
    /// Decisions so far, when not everything is visible.
    visible: BTreeMap<String, bool>,
    pending: VecDeque<WatchEvent>,
    bookmark: Interval,
    review: Interval,
    deadline: Instant,
    is_over: bool,
}

impl Cache {
    /// Changes of one namespace or of all, under the rules of aggregated-api.md §1.9.
    ///
    /// Errors: 504 for a version in the future. A version that is too old is told in the stream.
    pub async fn watch(&self, grant: &Grant, namespace: Option<&str>, options: WatchOptions) -> Result<Watch> {
        let from = options.version.unwrap_or(0);
        self.wait_until(from).await?;
        let every = |period| {
            let mut interval = interval_at(Instant::now() + period, period);
            interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
            interval
        };
        let mut watcher = Watcher {
            changed: self.shared.changed.subscribe(),
            bookmark: every(self.shared.options.bookmark_interval),
            review: every(self.shared.options.visibility_interval),
            deadline: Instant::now() + options.timeout,
            cache: self.clone(),
            grant: grant.clone(),
            namespace: namespace.map(str::to_owned),
            options,
            sequence: 0,
            epoch: 0,
            visible: BTreeMap::new(),
            pending: VecDeque::new(),
            is_over: false,
        };
        if from == 0 || watcher.options.initial_events {
            watcher.begin_with_state().await?;
        } else {
            watcher.begin_after(from).await?;
        }
        Ok(stream::unfold(watcher, |mut watcher| async move { Some((watcher.next().await?, watcher)) }).boxed())
    }
}

impl Watcher {
    /// The current state as ADDED events, then for WatchList the bookmark that ends it.
    async fn begin_with_state(&mut self) -> Result<()> {
        let (objects, version) = {
            let state = self.cache.read();
            (self.sequence, self.epoch) = (state.sequence, state.epoch);
            (Arc::clone(&state.objects), state.version)
        };
        let selected: Vec<Arc<Object>> = objects.values().filter(|object| self.selects(object)).cloned().collect();
        self.learn(selected.iter().map(|object| object.namespace().to_owned()).collect()).await?;
        for object in selected {
            if self.shows(object.namespace()) {
                self.pending.push_back(WatchEvent::Added(object));
            }
        }
        if self.options.initial_events {
            self.pending.push_back(WatchEvent::Bookmark { version, initial_events_end: true });
        }
        Ok(())
    }

    /// Starts with the first event after a version. What the client listed before is taken to have been shown under
    /// the decisions that hold now.
    async fn begin_after(&mut self, from: u64) -> Result<()> {
        let (oldest, sequence, objects) = {
            let state = self.cache.read();
            self.epoch = state.epoch;
            let next = state.history.partition_point(|event| event.version <= from);
            let sequence = state.history.get(next).map_or(state.sequence, |event| event.sequence - 1);
            (state.oldest, sequence, Arc::clone(&state.objects))
        };
        if from < oldest {
            self.end(too_old(from, oldest));
            return Ok(());
        }
        self.sequence = sequence;
        self.learn(objects.keys().map(|key| key.namespace.clone()).collect()).await
    }

    async fn next(&mut self) -> Option<WatchEvent> {
        loop {
            if let Some(event) = self.pending.pop_front() {
                return Some(event);
            }
            if self.is_over {
                return None;
            }
            if let Err(status) = self.advance().await {
                self.end(status);
            }
        }
    }

    /// Reads the history, or waits for something to happen.
    async fn advance(&mut self) -> Result<()> {
        self.changed.mark_unchanged();
        let (events, version, objects) = self.batch()?;
        if !events.is_empty() {
            return self.translate(&events).await;
        }
        tokio::select! {
            biased;
            () = tokio::time::sleep_until(self.deadline) => {
                self.is_over = true;
                self.bookmark(version);
            }
            changed = self.changed.changed() => self.is_over = changed.is_err(),
            _ = self.review.tick(), if self.is_filtered() => self.review(&objects, version).await?,
            _ = self.bookmark.tick() => self.bookmark(version),
        }
        Ok(())
    }

    /// The next events, and the state after the last event of the history.
    fn batch(&mut self) -> Result<(Vec<Arc<Event>>, u64, Objects)> {
        let cache = self.cache.clone();
        let state = cache.read();
        if state.epoch != self.epoch {
            return Err(too_old(self.options.version.unwrap_or(0), state.oldest));
        }
        let first = state.history.front().map_or(state.sequence + 1, |event| event.sequence);
        if self.sequence + 1 < first {
            return Err(too_old(self.options.version.unwrap_or(0), state.oldest));
        }
        let skip = usize::try_from(self.sequence + 1 - first).unwrap_or(usize::MAX);
        let events: Vec<Arc<Event>> = state.history.iter().skip(skip).take(BATCH).cloned().collect();
        if let Some(last) = events.last() {
            self.sequence = last.sequence;
        }
        Ok((events, state.version, Arc::clone(&state.objects)))
    }

    async fn translate(&mut self, events: &[Arc<Event>]) -> Result<()> {
        let either = |event: &Arc<Event>| event.new.clone().or_else(|| event.old.clone());
        let touched = events.iter().filter_map(either).map(|object| object.namespace().to_owned());
        self.learn(touched.collect()).await?;
        for event in events {
            let seen = |object: &Option<Arc<Object>>| {
                object.clone().filter(|object| self.selects(object) && self.shows(object.namespace()))
            };
            let translated = match (seen(&event.old), seen(&event.new)) {
                (None, None) => continue,
                (None, Some(new)) => WatchEvent::Added(new),
                (Some(_), Some(new)) => WatchEvent::Modified(new),
                (Some(old), None) => WatchEvent::Deleted(stamped(&old, event.version)),
            };
            self.pending.push_back(translated);
        }
        Ok(())
    }

    /// Tells what became visible or invisible since the last look. `objects` is the state that the client knows.
    async fn review(&mut self, objects: &Objects, version: u64) -> Result<()> {
        let before = std::mem::take(&mut self.visible);
        let namespaces: BTreeSet<String> = objects.keys().map(|key| key.namespace.clone()).collect();
        self.learn(namespaces).await?;
        let mut transitions = Vec::new();
        for (key, object) in objects.iter().filter(|(_, object)| self.selects(object)) {
            let was = before.get(&key.namespace).copied().unwrap_or(false);
            let event = match (was, self.shows(&key.namespace)) {
                (false, true) => WatchEvent::Added(Arc::clone(object)),
                (true, false) => WatchEvent::Deleted(stamped(object, version)),
                (true, true) | (false, false) => continue,
            };
            transitions.push(event);
        }
        if !transitions.is_empty() {
            self.pending.extend(transitions);
            // Objects that appear are older than the watch; the bookmark tells where it really is.
            self.bookmark(version);
        }
        Ok(())
    }

    fn bookmark(&mut self, version: u64) {
        if self.options.bookmarks {
            self.pending.push_back(WatchEvent::Bookmark { version, initial_events_end: false });
        }
    }

    fn end(&mut self, status: Status) {
        self.pending.push_back(WatchEvent::Error(status));
        self.is_over = true;
    }

    fn selects(&self, object: &Object) -> bool {
        let inside = self.namespace.as_deref().is_none_or(|namespace| object.namespace() == namespace);
        inside && self.options.labels.matches(object.labels()) && self.options.fields.matches(object)
    }

    fn is_filtered(&self) -> bool {
        self.namespace.is_none() && !self.cache.shared.visibility.is_total()
    }

    fn shows(&self, namespace: &str) -> bool {
        !self.is_filtered() || self.visible.get(namespace).copied().unwrap_or(false)
    }

    /// Decides about namespaces not met before.
    async fn learn(&mut self, mut namespaces: BTreeSet<String>) -> Result<()> {
        if !self.is_filtered() {
            return Ok(());
        }
        namespaces.retain(|namespace| !self.visible.contains_key(namespace));
        let decided = decide(&*self.cache.shared.visibility, &self.grant, namespaces).await?;
        self.visible.extend(decided);
        Ok(())
    }
}

/// An object as it was last seen, under the version at which it went.
fn stamped(object: &Object, version: u64) -> Arc<Object> {
    let mut object = object.clone();
    object.set_version(version);
    Arc::new(object)
}

fn too_old(version: u64, oldest: u64) -> Status {
    Status::expired(format!("too old resource version: {version} ({oldest})"))
}

//! What a running operation says of itself: in status, in conditions and as Events.

use async_trait::async_trait;
use helmx_api::condition::{Condition, set};
use helmx_api::release::OwnedObject;
use helmx_machinery::{Key, Status};

use crate::apply::wait::{Listener, Look};
use crate::events::{About, Events, Kind};
use crate::store::Store;
use crate::store::book::Book;

/// The voice of one operation.
#[derive(Clone)]
pub struct Progress {
    store: Store,
    events: Events,
    about: About,
    key: Key,
    last: Vec<OwnedObject>,
}

/// How a release stands, as its conditions say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stand {
    /// An operation changes it.
    Changing,
    /// Deployed; its objects are not ready yet.
    Progressing,
    /// Deployed and ready.
    Ready,
    /// It will not get better by itself.
    Stalled,
}

impl Progress {
    /// The voice of an operation on a release.
    pub fn new(store: Store, events: Events, about: About, key: Key) -> Self {
        Self { store, events, about, key, last: Vec::new() }
    }

    /// Enters a phase.
    pub async fn phase(&self, phase: &str, message: &str) {
        self.change(|book| {
            if let Some(operation) = &mut book.operation {
                phase.clone_into(&mut operation.phase);
                message.clone_into(&mut operation.message);
            }
        })
        .await;
    }

    /// Says how the release stands now.
    pub async fn stand(&self, stand: Stand, reason: &str, message: &str) {
        self.change(|book| set_stand(book, stand, reason, message)).await;
    }

    /// The operation has ended.
    pub async fn ended(&self, phase: &str, message: &str, stand: Stand, reason: &str) {
        self.change(|book| {
            if let Some(operation) = &mut book.operation {
                phase.clone_into(&mut operation.phase);
                message.clone_into(&mut operation.message);
                operation.holder.clear();
            }
            book.observed_generation = Some(book.generation);
            set_stand(book, stand, reason, message);
        })
        .await;
        let kind = if stand == Stand::Stalled { Kind::Warning } else { Kind::Normal };
        self.events.tell(&self.about, kind, reason, message).await;
    }

    /// An Event without any change of status.
    pub async fn event(&self, kind: Kind, reason: &str, message: &str) {
        self.events.tell(&self.about, kind, reason, message).await;
    }

    /// Status is a courtesy: an operation goes on when it cannot be written.
    async fn change(&self, change: impl Fn(&mut Book) + Send) {
        let written = self.store.change_existing_book(&self.key, |book| {
            change(book);
            Ok::<_, Status>(())
        });
        if let Err(status) = written.await {
            tracing::warn!(
                release = self.key.name,
                namespace = self.key.namespace,
                message = status.message(),
                "cannot write status"
            );
        }
    }
}

#[async_trait]
impl Listener for Progress {
    /// Takes down what a look at the objects found, if that changed.
    async fn looked(&mut self, look: &Look) {
        if self.last == look.objects {
            return;
        }
        self.last.clone_from(&look.objects);
        let unready = look.objects.iter().filter(|object| object.status != "Current").count();
        let message = format!("{} of {} objects are ready", look.objects.len() - unready, look.objects.len());
        self.change(|book| {
            book.resources.clone_from(&look.objects);
            if let Some(operation) = &mut book.operation {
                operation.message.clone_from(&message);
            }
        })
        .await;
    }
}

/// kstatus conditions for how a release stands.
pub fn set_stand(book: &mut Book, stand: Stand, reason: &str, message: &str) {
    let (ready, reconciling, stalled) = match stand {
        Stand::Changing | Stand::Progressing => (false, true, false),
        Stand::Ready => (true, false, false),
        Stand::Stalled => (false, false, true),
    };
    for (kind, status) in [("Ready", ready), ("Reconciling", reconciling), ("Stalled", stalled)] {
        let condition = Condition {
            kind: kind.into(),
            status: if status { "True" } else { "False" }.into(),
            reason: reason.into(),
            message: message.into(),
            last_transition_time: helmx_machinery::now(),
            observed_generation: Some(book.generation),
        };
        set(&mut book.conditions, condition);
    }
}

//! Texts that wait to be parsed, shared by those who find them and those who parse them.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// The path that a template will probably have, and its text.
pub(super) type Text = (String, Arc<[u8]>);

#[derive(Default)]
pub(super) struct Wanted {
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Default)]
struct Queue {
    texts: VecDeque<Text>,
    /// A thread waits for more.
    is_helped: bool,
}

impl Wanted {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_helped(&self, is_helped: bool) {
        self.queue().is_helped = is_helped;
        self.changed.notify_all();
    }

    /// Without a helper nobody would take it.
    pub(super) fn add(&self, name: &str, text: &Arc<[u8]>) {
        let mut queue = self.queue();
        if queue.is_helped {
            queue.texts.push_back((name.to_owned(), text.clone()));
            self.changed.notify_one();
        }
    }

    /// Only these are wanted now. Tells whether a helper takes some of them.
    pub(super) fn replace(&self, texts: Vec<Text>) -> bool {
        let mut queue = self.queue();
        queue.texts = texts.into();
        self.changed.notify_all();
        queue.is_helped
    }

    /// The next text, if there is one.
    pub(super) fn take(&self) -> Option<Text> {
        self.queue().texts.pop_front()
    }

    /// The next text; `None` once there is none and there will be none.
    pub(super) fn wait(&self) -> Option<Text> {
        let waits = |queue: &mut Queue| queue.texts.is_empty() && queue.is_helped;
        let queue = self.changed.wait_while(self.queue(), waits);
        queue.unwrap_or_else(PoisonError::into_inner).texts.pop_front()
    }
}

/// Ends the waiting when it is dropped. What is still wanted then is wanted by nobody.
pub(super) struct Closing<'w>(pub(super) &'w Wanted);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.queue().texts.clear();
        self.0.set_helped(false);
    }
}

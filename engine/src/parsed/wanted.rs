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
    /// Texts that somebody parses right now.
    busy: Vec<Arc<[u8]>>,
}

impl Queue {
    /// Takes the next text to work on it.
    fn take(&mut self) -> Option<Text> {
        let next = self.texts.pop_front()?;
        self.busy.push(next.1.clone());
        Some(next)
    }
}

/// What a thread that needs a text has to do.
pub(super) enum Turn {
    /// Parse it: nobody else will, or somebody just did.
    Own,
    /// Parse this: somebody is at it.
    Other(Text),
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
        self.queue().take()
    }

    /// The next text; `None` once there is none and there will be none.
    pub(super) fn wait(&self) -> Option<Text> {
        let waits = |queue: &mut Queue| queue.texts.is_empty() && queue.is_helped;
        let queue = self.changed.wait_while(self.queue(), waits);
        queue.unwrap_or_else(PoisonError::into_inner).take()
    }

    /// What to do for a text that is needed now. Waits while somebody is at it and there is nothing else to do.
    pub(super) fn turn(&self, text: &Arc<[u8]>) -> Turn {
        let mut queue = self.queue();
        // Mostly the first: texts are needed in the order in which they are wanted.
        if let Some(index) = queue.texts.iter().position(|(_, wanted)| Arc::ptr_eq(wanted, text)) {
            queue.texts.remove(index);
            return Turn::Own;
        }
        loop {
            if !queue.busy.iter().any(|busy| Arc::ptr_eq(busy, text)) {
                return Turn::Own;
            }
            if let Some(other) = queue.take() {
                return Turn::Other(other);
            }
            queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Somebody works on a text that was taken, until this is dropped.
    pub(super) fn at_work<'w>(&'w self, text: &'w Arc<[u8]>) -> AtWork<'w> {
        AtWork { wanted: self, text }
    }
}

pub(super) struct AtWork<'w> {
    wanted: &'w Wanted,
    text: &'w Arc<[u8]>,
}

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        let mut queue = self.wanted.queue();
        if let Some(index) = queue.busy.iter().position(|busy| Arc::ptr_eq(busy, self.text)) {
            queue.busy.swap_remove(index);
        }
        self.wanted.changed.notify_all();
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

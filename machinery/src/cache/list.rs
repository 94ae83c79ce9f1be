//! Lists: a state, filtered, page by page.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::Arc;

use super::token::{Token, binding};
use super::visibility::decide;
use super::{Cache, Objects};
use crate::authz::Grant;
use crate::object::{Key, Object};
use crate::options::{ListOptions, Match};
use crate::resource::List;
use crate::status::{Result, Status};

/// Where a page is read from.
struct Start {
    objects: Objects,
    version: u64,
    after: Option<Key>,
}

impl Cache {
    /// The objects of one namespace or of all that the selectors select and the caller sees.
    ///
    /// "Most recent" means the newest state of this cache; an embedder whose cache may lag behind the store first
    /// calls [`Cache::wait_until`] with a version from there.
    ///
    /// Errors: 400 for a bad token, 410 for a state that is no longer kept, 504 for a version in the future.
    pub async fn list(&self, grant: &Grant, namespace: Option<&str>, options: &ListOptions) -> Result<List> {
        if let Match::NotOlderThan(version) = options.version {
            self.wait_until(version).await?;
        }
        let binding = binding(grant, namespace, options);
        let start = self.start(options, &binding)?;
        let mut candidates: Vec<&Arc<Object>> = start.candidates(namespace).collect();
        candidates.retain(|object| options.labels.matches(object.labels()) && options.fields.matches(object));
        let visibility = &*self.shared.visibility;
        let filtered = namespace.is_none() && !visibility.is_total();
        if filtered {
            let namespaces: BTreeSet<String> = candidates.iter().map(|object| object.namespace().to_owned()).collect();
            let visible = decide(visibility, grant, namespaces).await?;
            candidates.retain(|object| visible.get(object.namespace()).copied().unwrap_or(false));
        }
        let limit = options.page.limit;
        let shown = if limit == 0 { candidates.len() } else { limit.min(candidates.len()) };
        let (items, rest) = candidates.split_at_checked(shown).unwrap_or((&candidates, &[]));
        let items: Vec<Arc<Object>> = items.iter().map(|object| Arc::clone(object)).collect();
        let mut list = List { version: start.version, items, continue_token: None, remaining: None };
        if let (false, Some(last)) = (rest.is_empty(), list.items.last()) {
            self.write().keep(start.version, Arc::clone(&start.objects));
            list.continue_token = Some(Token::after(&last.key(), start.version, binding).encode());
            let unfiltered = !filtered && options.labels.is_empty() && options.fields.is_empty();
            list.remaining = unfiltered.then_some(rest.len() as u64);
        }
        Ok(list)
    }

    fn start(&self, options: &ListOptions, binding: &str) -> Result<Start> {
        let state = self.read();
        let current = |after| Start { objects: Arc::clone(&state.objects), version: state.version, after };
        if let Some(text) = &options.page.continue_token {
            let token = Token::decode(text, binding)?;
            if token.version == 0 {
                return Ok(current(Some(token.last())));
            }
            let objects = state.at(token.version).ok_or_else(|| expired_token(&token, binding))?;
            return Ok(Start { objects, version: token.version, after: Some(token.last()) });
        }
        match options.version {
            Match::MostRecent | Match::Any | Match::NotOlderThan(_) => Ok(current(None)),
            Match::Exact(version) if version > state.version => Err(Status::too_large_version(version, state.version)),
            Match::Exact(version) => {
                let gone = || Status::expired("The resourceVersion for the provided list is too old.");
                let objects = state.at(version).ok_or_else(gone)?;
                Ok(Start { objects, version, after: None })
            }
        }
    }
}

/// Offers to go on with the current state, which may show objects twice or not at all.
fn expired_token(token: &Token, binding: &str) -> Status {
    let inconsistent = Token::after(&token.last(), 0, binding.to_owned()).encode();
    let message = "The provided continue parameter is too old to display a consistent list result. You can start a new \
                   list without the continue parameter, or use the continue token in this response to retrieve the \
                   remainder of the results. Continuing with the provided token results in an inconsistent list.";
    Status::expired(message).with_continue(inconsistent)
}

impl Start {
    fn candidates(&self, namespace: Option<&str>) -> impl Iterator<Item = &Arc<Object>> {
        let first = match (&self.after, namespace) {
            (Some(last), _) => Bound::Excluded(last.clone()),
            (None, Some(namespace)) => Bound::Included(Key::new(namespace, "")),
            (None, None) => Bound::Unbounded,
        };
        let wanted = namespace.map(str::to_owned);
        let inside = move |key: &Key| wanted.as_deref().is_none_or(|wanted| key.namespace == wanted);
        self.objects.range((first, Bound::Unbounded)).take_while(move |(key, _)| inside(key)).map(|(_, object)| object)
    }
}

//! Which namespaces a caller sees in lists and watches over all of them.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt, stream};

use crate::authz::Grant;
use crate::status::Result;

/// Questions asked at one time for one request.
const CONCURRENCY: usize = 16;

/// Decides what exists for a caller who asks for all namespaces. Not asked for requests within one namespace: there
/// the grant says it all.
#[async_trait]
pub trait Visibility: Send + Sync + 'static {
    /// Errors: the decision cannot be made; the request fails, nothing is shown.
    async fn visible(&self, grant: &Grant, namespace: &str) -> Result<bool>;

    /// Whether the answer is yes for everything and everybody.
    fn is_total(&self) -> bool {
        false
    }
}

pub(super) struct Everything;

#[async_trait]
impl Visibility for Everything {
    async fn visible(&self, _grant: &Grant, _namespace: &str) -> Result<bool> {
        Ok(true)
    }

    fn is_total(&self) -> bool {
        true
    }
}

/// The decision for each of several namespaces.
pub(super) async fn decide(
    visibility: &dyn Visibility,
    grant: &Grant,
    namespaces: BTreeSet<String>,
) -> Result<BTreeMap<String, bool>> {
    let decisions = stream::iter(namespaces).map(|namespace| async move {
        let visible = visibility.visible(grant, &namespace).await?;
        Ok((namespace, visible))
    });
    decisions.buffer_unordered(CONCURRENCY).try_collect().await
}

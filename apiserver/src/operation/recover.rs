//! Operations whose server died: nothing stays pending for ever.

use std::sync::Arc;

use helmx_machinery::{Key, Object, Status};

use super::Operations;
use super::progress::{Stand, set_stand};
use crate::store::record;

/// Looks for operations that nobody carries out any more, and ends them as failed.
///
/// # Errors
/// When it cannot be told who is alive; then nothing is touched.
pub async fn sweep(operations: &Arc<Operations>) -> Result<(), crate::error::Error> {
    let abandoned: Vec<_> =
        operations.store.cache().objects().into_iter().filter(|object| holder(object).is_some()).collect();
    if abandoned.is_empty() {
        return Ok(());
    }
    let alive = operations.holder.alive().await?;
    for object in abandoned {
        let Some(holder) = holder(&object) else { continue };
        let own = holder == operations.holder.name();
        let key = object.key();
        if own && operations.is_changing(&key) || !own && alive.iter().any(|name| name == holder) {
            continue;
        }
        if let Err(status) = end(operations, &key, holder).await {
            tracing::warn!(
                release = key.name,
                namespace = key.namespace,
                message = status.message(),
                "cannot end an abandoned operation"
            );
        }
    }
    Ok(())
}

/// Removes bookkeeping that nothing is left of but itself, unless somebody is about to write its record.
///
/// # Errors
/// When it cannot be told who is alive; then nothing is touched.
pub async fn sweep_orphans(operations: &Arc<Operations>) -> Result<(), crate::error::Error> {
    let orphans =
        operations.store.orphans().await.map_err(|status| crate::error::Error::Stopped(status.message().into()))?;
    if orphans.is_empty() {
        return Ok(());
    }
    let alive = operations.holder.alive().await?;
    for key in orphans {
        let Ok(book) = operations.store.book(&key).await else { continue };
        let holder = book.operation.map(|operation| operation.holder).unwrap_or_default();
        let other = holder != operations.holder.name() && alive.contains(&holder);
        if other || operations.is_changing(&key) || operations.store.cache().get(&key).is_some() {
            continue;
        }
        match operations.store.delete_book(&key).await {
            Ok(()) => {
                tracing::info!(release = key.name, namespace = key.namespace, "removed bookkeeping without a release")
            }
            Err(status) => tracing::warn!(release = key.name, message = status.message(), "cannot remove bookkeeping"),
        }
    }
    Ok(())
}

fn holder(object: &Object) -> Option<&str> {
    Some(object.text(&["status", "operation", "holder"])).filter(|holder| !holder.is_empty())
}

/// The record first, the bookkeeping second: the holder's name is what leads back here after another crash.
async fn end(operations: &Operations, key: &Key, holder: &str) -> Result<(), Status> {
    let message =
        format!("interrupted: the server that carried it out ({holder}) is gone; repeat the operation, or roll back");
    let history = operations.store.history(key).await?;
    if let Some(last) = history.last()
        && (record::is_pending(last) || record::phase(last) == record::Phase::Uninstalling)
    {
        let mut failed = last.clone();
        record::fail(&mut failed, &message);
        operations.store.update(&failed).await?;
    }
    operations
        .store
        .change_existing_book(key, |book| {
            if let Some(operation) = book.operation.as_mut().filter(|operation| operation.holder == holder) {
                operation.holder.clear();
                operation.phase = "Failed".into();
                operation.message.clone_from(&message);
                book.deletion_timestamp = None;
                set_stand(book, Stand::Stalled, "Interrupted", &message);
            }
            Ok(())
        })
        .await?;
    tracing::info!(release = key.name, namespace = key.namespace, "ended an abandoned operation");
    Ok(())
}

//! Writes bookkeeping and record: from then on an operation exists.

use helmx_api::release::Operation;
use helmx_machinery::Status;

use super::prepare::{Prepared, lacking};
use super::progress::{Stand, set_stand};
use super::run::{failure_words, progress};
use super::{Action, Operations};
use crate::events::Kind as EventKind;
use crate::store::book::Book;
use crate::store::record::{self, Phase};

/// Records a prepared operation; returns the record's resource version.
///
/// The bookkeeping goes first: a record without it would be pending with nobody to end it.
///
/// # Errors
/// 409 when somebody else made the revision first; the bookkeeping is as before then.
pub async fn begin(operations: &Operations, prepared: &Prepared) -> Result<u64, Status> {
    let mut record = prepared.record.clone();
    let refused = (!prepared.missing.is_empty()).then(|| lacking(&prepared.requester, &prepared.missing));
    if let Some(refused) = &refused {
        record::fail(&mut record, &failure_words(prepared, refused));
    }
    let former = operations.store.book(&prepared.key).await?;
    let mut wanted = book(operations, prepared, refused.as_deref());
    wanted.unapplied.extend(&former.unapplied);
    let written = operations.store.change_book(&prepared.key, |book| {
        *book = wanted.clone();
        Ok(())
    });
    written.await?;
    let version = match operations.store.create(&record).await {
        Ok(version) => version,
        Err(status) => {
            give_back(operations, prepared, former).await;
            return Err(status);
        }
    };
    prune(operations, prepared).await;
    let (kind, reason, message) = match refused {
        Some(refused) => (EventKind::Warning, "MissingRights", refused),
        None => (EventKind::Normal, "Started", started(prepared)),
    };
    progress(operations, prepared).event(kind, reason, &message).await;
    Ok(version)
}

fn started(prepared: &Prepared) -> String {
    let revision = record::revision(&prepared.record);
    format!("{} of revision {revision} by {}", prepared.action.word(), prepared.requester.user())
}

/// The bookkeeping of an operation that begins, or was refused.
fn book(operations: &Operations, prepared: &Prepared, refused: Option<&str>) -> Book {
    let mut book = prepared.book.clone();
    book.revision = record::revision(&prepared.record);
    book.deletion_timestamp = None;
    let (phase, holder) = if refused.is_some() { ("Failed", "") } else { ("Checking", operations.holder.name()) };
    book.operation = Some(Operation {
        kind: prepared.action.word().into(),
        phase: phase.into(),
        requester: prepared.requester.user().into(),
        started_at: helmx_machinery::now(),
        holder: holder.into(),
        message: refused.unwrap_or_default().into(),
    });
    match refused {
        Some(refused) => {
            book.observed_generation = Some(book.generation);
            book.unapplied.insert(book.revision);
            set_stand(&mut book, Stand::Stalled, "MissingRights", refused);
        }
        None => set_stand(&mut book, Stand::Changing, prepared.action.word(), "the operation has begun"),
    }
    book
}

/// Somebody else made the revision: the bookkeeping must not claim it, or their operation would be ended as ours.
async fn give_back(operations: &Operations, prepared: &Prepared, former: Book) {
    if former == Book::default() {
        // There was none: nothing is left behind.
        if let Err(status) = operations.store.delete_book(&prepared.key).await {
            tracing::warn!(release = prepared.key.name, message = status.message(), "cannot take the bookkeeping back");
        }
        return;
    }
    let restored = operations.store.change_existing_book(&prepared.key, |book| {
        let ours = book.operation.as_ref().is_some_and(|operation| operation.holder == operations.holder.name());
        if ours {
            *book = former.clone();
        }
        Ok(())
    });
    if let Err(status) = restored.await {
        tracing::warn!(release = prepared.key.name, message = status.message(), "cannot give the bookkeeping back");
    }
}

/// Deletes the oldest revisions beyond the limit, never the deployed one (Helm, `pkg/storage/storage.go`).
async fn prune(operations: &Operations, prepared: &Prepared) {
    let keep = prepared.settings.history_max as usize;
    if keep == 0 || prepared.action == Action::Install {
        return;
    }
    let deployed =
        prepared.history.iter().rev().find(|record| record::phase(record) == Phase::Deployed).map(record::revision);
    let surplus = (prepared.history.len() + 1).saturating_sub(keep);
    let candidates = prepared.history.iter().map(record::revision).filter(|revision| Some(*revision) != deployed);
    for revision in candidates.take(surplus) {
        if let Err(status) = operations.store.delete(&prepared.key, revision).await {
            tracing::warn!(
                release = prepared.key.name,
                revision,
                message = status.message(),
                "cannot prune the history"
            );
        }
    }
}

//! Uninstalls: the one operation that ends with no record (Helm, `pkg/action/uninstall.go`).
//!
//! Unlike Helm, helmx checks first that the requester may delete every object: Helm purges the record and leaves
//! behind, without a word, what the caller may not see.

use std::sync::Arc;

use helmx_chart::manifest::{HookEvent, KindOrder};
use helmx_machinery::{Grant, Key, Object, Propagation, Status};
use tokio::time::Instant;

use super::prepare::{Prepared, former_objects, lacking, last_applied, owner};
use super::progress::{Progress, Stand, set_stand};
use super::{Action, DEFAULT_TIMEOUT, Operations};
use crate::apply::access::Needed;
use crate::apply::execute::{Deletion, delete_all};
use crate::apply::hook::{self, HookRun};
use crate::apply::live::read;
use crate::apply::object::{Reader, Target};
use crate::apply::plan::is_kept;
use crate::error::Error;
use crate::events::{About, Kind as EventKind};
use crate::kinds::Snapshot;
use crate::requester::Requester;
use crate::store::HookJournal;
use crate::store::RELEASES;
use crate::store::record::{self, Phase, Record};

/// An uninstall that passed its checks.
pub struct Uninstall {
    key: Key,
    about: About,
    requester: Requester,
    record: Record,
    history: Vec<Record>,
    objects: Vec<Target>,
    kinds: Arc<Snapshot>,
    deletion: Deletion,
    hooks: bool,
}

/// Prepares an uninstall.
///
/// # Errors
/// 404 without a record, 403 naming every right that is missing; then nothing is touched.
pub async fn prepare(
    operations: &Operations,
    grant: &Grant,
    key: &Key,
    object: &Object,
    propagation: Option<Propagation>,
) -> Result<Uninstall, Status> {
    let requester = Requester::new(&operations.own, grant)?;
    let history = operations.store.history(key).await?;
    let Some(record) = history.last().cloned() else { return Err(Status::not_found(RELEASES, &key.name)) };
    let kinds = operations.kinds.snapshot().await.map_err(|error| Status::unavailable(error.to_string()))?;
    let space = operations.bindings.space(&key.namespace).await?;
    let reader = Reader { kinds: &kinds, coming: &[], namespace: &key.namespace };
    let unapplied = operations.store.book(key).await?.unapplied;
    let owning = last_applied(&history, &unapplied).filter(|record| record::phase(record) != Phase::Uninstalled);
    let mut objects = former_objects(key, reader, owning)?;
    objects.sort_by(|a, b| KindOrder::Uninstall.compare(&a.resource.kind, &b.resource.kind));
    objects.retain(|target| !is_kept(target.annotation("helm.sh/resource-policy")));
    let mut needed = Needed::default();
    objects.iter().for_each(|target| needed.delete(target));
    let missing = needed.missing(grant).await?;
    if !missing.is_empty() {
        return Err(Status::forbidden(
            RELEASES,
            &key.name,
            &format!("the release is kept: {}", lacking(&requester, &missing)),
        ));
    }
    let about = About { namespace: key.namespace.clone(), name: key.name.clone(), uid: object.uid().to_owned() };
    // A terminating namespace takes no new objects: hooks cannot run there, and must not hold it up. A release that
    // was refused has nothing that hooks could clean up.
    let hooks = !space.terminating && owning.is_some();
    Ok(Uninstall {
        key: key.clone(),
        about,
        requester,
        record,
        history,
        objects,
        kinds,
        deletion: Deletion::asked(propagation),
        hooks,
    })
}

/// Marks the release as being uninstalled and starts; answers when that is recorded.
///
/// # Errors
/// 409 while another operation of this server has the release.
pub async fn begin(operations: &Arc<Operations>, uninstall: Uninstall) -> Result<Object, Status> {
    let claim = operations.claim(&uninstall.key)?;
    let mut record = uninstall.record.clone();
    record::begin_uninstall(&mut record);
    let now = helmx_machinery::now();
    operations
        .store
        .change_book(&uninstall.key, |book| {
            book.deletion_timestamp = Some(now.clone());
            book.revision = record::revision(&record);
            book.operation = Some(helmx_api::release::Operation {
                kind: Action::Uninstall.word().into(),
                phase: "Deleting".into(),
                requester: uninstall.requester.user().into(),
                started_at: now.clone(),
                holder: operations.holder.name().into(),
                message: format!("deleting {} objects", uninstall.objects.len()),
            });
            set_stand(book, Stand::Changing, "Uninstall", "the release is being uninstalled");
            Ok(())
        })
        .await?;
    let version = operations.store.update(&record).await?;
    let object = operations.store.object(&uninstall.key, version).await;
    let task_operations = Arc::clone(operations);
    operations.tasks.spawn(async move {
        carry_out(&task_operations, uninstall, record).await;
        claim.release();
    });
    object
}

async fn carry_out(operations: &Arc<Operations>, uninstall: Uninstall, record: Record) {
    let mut progress = Progress::new(
        operations.store.clone(),
        operations.events.clone(),
        uninstall.about.clone(),
        uninstall.key.clone(),
    );
    let mut run = Run { operations, uninstall: &uninstall, record };
    let stopping = operations.stopping().clone();
    let outcome = tokio::select! {
        outcome = run.steps(&mut progress) => outcome,
        () = stopping.cancelled() => Err(Error::Stopped("interrupted: helmx-apiserver is stopping; delete the release again".into())),
    };
    match outcome {
        Ok(()) => {
            progress
                .event(EventKind::Normal, "Uninstalled", &format!("deleted {} objects", uninstall.objects.len()))
                .await;
            purge(operations, &uninstall.key, &uninstall.history).await;
        }
        Err(error) => {
            let message = error.to_string();
            let mut record = run.record;
            record::fail(&mut record, &format!("Uninstall \"{}\" failed: {message}", uninstall.key.name));
            if let Err(status) = operations.store.update(&record).await {
                tracing::error!(
                    release = uninstall.key.name,
                    message = status.message(),
                    "cannot record a failed uninstall"
                );
            }
            progress.ended("Failed", &message, Stand::Stalled, "UninstallFailed").await;
        }
    }
}

struct Run<'a> {
    operations: &'a Operations,
    uninstall: &'a Uninstall,
    record: Record,
}

impl Run<'_> {
    async fn steps(&mut self, progress: &mut Progress) -> Result<(), Error> {
        let deadline = Instant::now() + DEFAULT_TIMEOUT;
        self.hooks(HookEvent::PreDelete, deadline).await?;
        let unowned = self.delete().await?;
        if !unowned.is_empty() {
            let message = format!("left alone, because this release does not own them: {}", unowned.join(", "));
            progress.event(EventKind::Warning, "NotOwned", &message).await;
        }
        self.hooks(HookEvent::PostDelete, deadline).await
    }

    /// Deletes what carries the release's marks; tells what does not.
    async fn delete(&self) -> Result<Vec<String>, Error> {
        let owner = owner(&self.uninstall.key);
        let (mut owned, mut unowned) = (Vec::new(), Vec::new());
        for target in &self.uninstall.objects {
            match read(&self.uninstall.requester, target).await?.value() {
                None => {}
                Some(live) if owner.objection(&live).is_none() => owned.push(target.clone()),
                Some(_) => unowned.push(target.to_string()),
            }
        }
        delete_all(&self.uninstall.requester, &owned, self.uninstall.deletion).await?;
        Ok(unowned)
    }

    async fn hooks(&mut self, event: HookEvent, deadline: Instant) -> Result<(), Error> {
        if !self.uninstall.hooks || hook::of_event(&self.record.hooks, event).is_empty() {
            return Ok(());
        }
        let hooks = self.record.hooks.clone();
        let reader = Reader { kinds: &self.uninstall.kinds, coming: &[], namespace: &self.uninstall.key.namespace };
        let mut journal = HookJournal { record: &mut self.record, store: &self.operations.store };
        let run = HookRun { requester: &self.uninstall.requester, reader, hooks: &hooks, event, deadline };
        hook::run(&run, &mut journal).await
    }
}

/// Removes all records, the newest last: until then the release can be seen, and deleted again.
async fn purge(operations: &Operations, key: &Key, history: &[Record]) {
    for record in history {
        if let Err(status) = operations.store.delete(key, record::revision(record)).await {
            tracing::error!(release = key.name, message = status.message(), "cannot purge a release record");
            return;
        }
    }
    if let Err(status) = operations.store.delete_book(key).await {
        tracing::warn!(release = key.name, message = status.message(), "cannot delete a release's bookkeeping");
    }
}

/// `rollbackOnFailure` of a first install: its objects go, its record stays `failed` no longer.
pub async fn undo(
    operations: &Operations,
    prepared: &Prepared,
    mut targets: Vec<Target>,
    progress: &mut Progress,
    why: &str,
) {
    targets.sort_by(|a, b| KindOrder::Uninstall.compare(&a.resource.kind, &b.resource.kind));
    match delete_all(&prepared.requester, &targets, Deletion::of_upgrade()).await {
        Ok(_) => {
            let message = format!("uninstalled because rollbackOnFailure is set: {why}");
            progress.event(EventKind::Warning, "RolledBack", &message).await;
            let record = prepared.record.clone();
            purge(operations, &prepared.key, &[record]).await;
        }
        Err(error) => {
            let message =
                format!("the uninstall because of rollbackOnFailure failed too: {error}; first failure: {why}");
            progress.ended("Failed", &message, Stand::Stalled, "RollbackFailed").await;
        }
    }
}

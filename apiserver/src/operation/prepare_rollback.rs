//! A former revision to a complete plan (Helm, `pkg/action/rollback.go`): no chart, no render, no schema.

use std::sync::Arc;

use helmx_api::release::RollbackSpec;
use helmx_machinery::{Grant, Key, Object, Status};

use super::prepare::{Prepared, Settings, former_objects, invalid, owner, read};
use super::{Action, DEFAULT_HISTORY, Operations, timeout};
use crate::apply::access::Needed;
use crate::apply::execute::ApplyOptions;
use crate::apply::object::Reader;
use crate::apply::plan::Plan;
use crate::apply::readiness::Jobs;
use crate::error::Error;
use crate::events::About;
use crate::requester::Requester;
use crate::store::record::{self, Record};
use crate::store::{RELEASES, REVISIONS};

/// Prepares a rollback.
///
/// # Errors
/// 404 for a revision that is not stored (with those that are), 422 for kinds that the cluster no longer serves.
pub async fn prepare(
    operations: &Operations,
    grant: &Grant,
    key: &Key,
    stored: &Object,
    spec: &RollbackSpec,
) -> Result<Prepared, Status> {
    let requester = Requester::new(&operations.own, grant)?;
    operations.bindings.writable_space(&key.namespace, &key.name).await?;
    let history = operations.store.history(key).await?;
    let Some(last) = history.last() else { return Err(Status::not_found(RELEASES, &key.name)) };
    let target = target(key, &history, spec.revision)?;
    let kinds = operations.kinds.refreshed().await.map_err(|error| Status::unavailable(error.to_string()))?;
    let reader = Reader { kinds: &kinds, coming: &[], namespace: &key.namespace };
    let wanted = read(key, reader, helmx_chart::manifest::split(&target.manifest))?;
    if !wanted.unknown.is_empty() {
        return Err(invalid(&key.name, "spec.revision", &Error::UnknownKinds(wanted.unknown).to_string()));
    }
    let plan = Plan::new(former_objects(key, reader, Some(last))?, wanted.objects, &owner(key));
    let mut needed = Needed::default();
    plan.apply.iter().for_each(|target| needed.apply(target));
    plan.delete.iter().for_each(|target| needed.delete(target));
    let missing = needed.missing(grant).await?;
    let mut record = record::rollback(key, record::revision(last) + 1, target);
    record::keep_first_deployed(&mut record, last);
    if let Some(description) = &spec.description {
        record.info.description.clone_from(description);
    }
    let mut book = operations.store.book(key).await?;
    book.generation = stored.generation() + 1;
    let summary = record::summary(target);
    book.spec.chart.name = summary.chart.name;
    book.spec.chart.version = summary.chart.version;
    // What the revision was installed with is what it holds.
    book.spec.values_from.clear();
    book.spec.values.clear();
    let settings = settings(key, spec, book.spec.history_max, record::is_client_side(target))?;
    let about = About { namespace: key.namespace.clone(), name: key.name.clone(), uid: stored.uid().to_owned() };
    Ok(Prepared {
        key: key.clone(),
        about,
        action: Action::Rollback,
        requester,
        record,
        current: Some(last.clone()),
        plan,
        definitions: Vec::new(),
        kinds: Arc::clone(&kinds),
        coming: Vec::new(),
        missing,
        settings,
        book,
        history,
    })
}

/// How to carry it out, as asked.
fn settings(key: &Key, spec: &RollbackSpec, history_max: Option<u32>, migrate: bool) -> Result<Settings, Status> {
    Ok(Settings {
        timeout: timeout(spec.timeout.as_deref()).map_err(|reason| invalid(&key.name, "spec.timeout", &reason))?,
        wait: spec.wait,
        jobs: Jobs::Started,
        hooks: !spec.disable_hooks,
        apply: ApplyOptions { force_conflicts: spec.force_conflicts, take_ownership: false, migrate },
        rollback_on_failure: false,
        history_max: history_max.unwrap_or(DEFAULT_HISTORY),
        description: None,
    })
}

/// The revision to go back to.
fn target<'h>(key: &Key, history: &'h [Record], revision: u32) -> Result<&'h Record, Status> {
    let last = history.last().map(record::revision).unwrap_or_default();
    let wanted = if revision == 0 { last.saturating_sub(1) } else { revision };
    history.iter().find(|record| record::revision(record) == wanted).ok_or_else(|| {
        let known: Vec<_> = history.iter().map(|record| record::revision(record).to_string()).collect();
        let mut status = Status::not_found(REVISIONS, &format!("{}.v{wanted}", key.name));
        let message =
            format!("release \"{}\" has no revision {wanted}; stored revisions: {}", key.name, known.join(", "));
        status = Status::new(status.reason(), message).about(REVISIONS, &key.name);
        status
    })
}

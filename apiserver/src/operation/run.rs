//! Carries a recorded operation out: definitions, hooks, objects, waiting, hooks, the end.

use std::sync::Arc;
use std::time::Duration;

use helmx_chart::manifest::HookEvent;
use helmx_machinery::{Key, Status};
use tokio::time::Instant;

use super::prepare::{Prepared, owner};
use super::progress::{Progress, Stand};
use super::{Action, Operations, uninstall};
use crate::apply::execute::{ApplyOptions, apply, execute};
use crate::apply::hook::{self, HookRun};
use crate::apply::object::{Reader, Target};
use crate::apply::plan::Plan;
use crate::apply::readiness::Jobs;
use crate::apply::wait::{Nobody, until_ready};
use crate::error::Error;
use crate::requester::Requester;
use crate::store::HookJournal;
use crate::store::record::{self, Phase, Record};

/// How long definitions of `crds/` may take to be established (Helm's own limit).
const DEFINITIONS: Duration = Duration::from_secs(60);

/// Helm's words for a failure of an operation.
pub fn failure_words(prepared: &Prepared, message: &str) -> String {
    let name = &prepared.key.name;
    match prepared.action {
        Action::Install => format!("Release \"{name}\" failed: {message}"),
        Action::Upgrade => format!("Upgrade \"{name}\" failed: {message}"),
        Action::Rollback => format!("Rollback \"{name}\" failed: {message}"),
        Action::Uninstall => format!("Uninstall \"{name}\" failed: {message}"),
    }
}

/// The voice of a prepared operation.
pub fn progress(operations: &Operations, prepared: &Prepared) -> Progress {
    Progress::new(operations.store.clone(), operations.events.clone(), prepared.about.clone(), prepared.key.clone())
}

/// What is left to do when a release is deployed: to see its objects become ready.
pub struct Observation {
    progress: Progress,
    requester: Requester,
    key: Key,
    objects: Vec<Target>,
    jobs: Jobs,
    deadline: Instant,
}

/// Carries out a recorded operation to its end; the record says how it ended.
pub async fn carry_out(operations: &Arc<Operations>, prepared: Prepared) -> Option<Observation> {
    let mut run = Run {
        progress: progress(operations, &prepared),
        record: prepared.record.clone(),
        operations: Arc::clone(operations),
        prepared,
    };
    let stopping = operations.stopping().clone();
    let outcome = tokio::select! {
        outcome = run.steps() => outcome,
        () = stopping.cancelled() => Err(Error::Stopped("interrupted: helmx-apiserver is stopping; repeat the operation, or roll back".into())),
    };
    match outcome {
        Ok(()) => run.succeed().await,
        Err(error) => run.fail(&error).await,
    }
}

struct Run {
    operations: Arc<Operations>,
    prepared: Prepared,
    progress: Progress,
    record: Record,
}

impl Run {
    /// The events before and after the change.
    fn events(&self) -> [HookEvent; 2] {
        match self.prepared.action {
            Action::Install => [HookEvent::PreInstall, HookEvent::PostInstall],
            Action::Upgrade => [HookEvent::PreUpgrade, HookEvent::PostUpgrade],
            Action::Rollback => [HookEvent::PreRollback, HookEvent::PostRollback],
            Action::Uninstall => [HookEvent::PreDelete, HookEvent::PostDelete],
        }
    }

    async fn steps(&mut self) -> Result<(), Error> {
        let [before, after] = self.events();
        self.define().await?;
        self.hooks(before).await?;
        let count = self.prepared.plan.apply.len();
        self.progress.phase("Applying", &format!("applying {count} objects")).await;
        execute(&self.prepared.requester, &self.prepared.plan, self.prepared.settings.apply).await?;
        if self.prepared.settings.wait {
            self.progress.phase("Waiting", &format!("waiting for {count} objects")).await;
            let deadline = Instant::now() + self.prepared.settings.timeout;
            let wanted = &self.prepared.plan.apply;
            until_ready(&self.prepared.requester, wanted, self.prepared.settings.jobs, deadline, &mut self.progress)
                .await?;
        }
        self.hooks(after).await
    }

    /// Installs the files of `crds/` and waits until they are established.
    async fn define(&mut self) -> Result<(), Error> {
        if self.prepared.definitions.is_empty() {
            return Ok(());
        }
        self.progress
            .phase("InstallingCRDs", &format!("installing {} definitions", self.prepared.definitions.len()))
            .await;
        for definition in &self.prepared.definitions {
            apply(&self.prepared.requester, definition, ApplyOptions::default()).await?;
        }
        let deadline = Instant::now() + DEFINITIONS;
        until_ready(&self.prepared.requester, &self.prepared.definitions, Jobs::Started, deadline, &mut Nobody).await?;
        self.operations.kinds.forget();
        Ok(())
    }

    async fn hooks(&mut self, event: HookEvent) -> Result<(), Error> {
        let count = hook::of_event(&self.record.hooks, event).len();
        if !self.prepared.settings.hooks || count == 0 {
            return Ok(());
        }
        self.progress.phase("RunningHooks", &format!("running {count} {} hooks", event.name())).await;
        let hooks = self.record.hooks.clone();
        let reader = Reader {
            kinds: &self.prepared.kinds,
            coming: &self.prepared.coming,
            namespace: &self.prepared.key.namespace,
        };
        let deadline = Instant::now() + self.prepared.settings.timeout;
        let mut journal = HookJournal { record: &mut self.record, store: &self.operations.store };
        let run = HookRun { requester: &self.prepared.requester, reader, hooks: &hooks, event, deadline };
        hook::run(&run, &mut journal).await
    }

    /// The new revision is the deployed one; former ones are superseded.
    async fn succeed(mut self) -> Option<Observation> {
        let (phase_words, event) = match self.prepared.action {
            Action::Install => ("Install complete", "Installed"),
            Action::Upgrade => ("Upgrade complete", "Upgraded"),
            Action::Rollback | Action::Uninstall => ("", "RolledBack"),
        };
        self.supersede().await;
        let words = match (&self.prepared.settings.description, self.prepared.action) {
            (Some(description), _) => description.clone(),
            (None, Action::Rollback) => self.record.info.description.clone(),
            (None, _) => phase_words.to_owned(),
        };
        record::finish(&mut self.record, Phase::Deployed, &words);
        if let Err(status) = self.operations.store.update(&self.record).await {
            tracing::error!(
                release = self.prepared.key.name,
                message = status.message(),
                "cannot record that a release is deployed"
            );
        }
        let message = format!("revision {} is deployed", record::revision(&self.record));
        let stand = if self.prepared.settings.wait { Stand::Ready } else { Stand::Progressing };
        self.progress.ended("Succeeded", &message, stand, event).await;
        let settings = &self.prepared.settings;
        (!settings.wait).then(|| Observation {
            progress: self.progress,
            requester: self.prepared.requester.clone(),
            key: self.prepared.key.clone(),
            objects: self.prepared.plan.apply,
            jobs: settings.jobs,
            deadline: Instant::now() + settings.timeout,
        })
    }

    async fn supersede(&self) {
        for former in &self.prepared.history {
            if record::phase(former) != Phase::Deployed {
                continue;
            }
            let mut former = former.clone();
            record::set_phase(&mut former, Phase::Superseded);
            if let Err(status) = self.operations.store.update(&former).await {
                tracing::warn!(
                    release = self.prepared.key.name,
                    message = status.message(),
                    "cannot mark a revision as superseded"
                );
            }
        }
    }

    /// The new revision failed; the former one stays deployed.
    async fn fail(mut self, error: &Error) -> Option<Observation> {
        let message = error.to_string();
        record::fail(&mut self.record, &failure_words(&self.prepared, &message));
        if let Err(status) = self.operations.store.update(&self.record).await {
            tracing::error!(
                release = self.prepared.key.name,
                message = status.message(),
                "cannot record that a release failed"
            );
        }
        self.progress
            .ended("Failed", &message, Stand::Stalled, &format!("{}Failed", self.prepared.action.word()))
            .await;
        if self.prepared.settings.rollback_on_failure && !matches!(error, Error::Stopped(_)) {
            self.undo(&message).await;
        }
        None
    }

    /// `rollbackOnFailure`: a first install is uninstalled, an upgrade goes back to what was deployed.
    async fn undo(&mut self, why: &str) {
        if self.prepared.action == Action::Install {
            let targets: Vec<_> = self.prepared.plan.apply.clone();
            uninstall::undo(&self.operations, &self.prepared, targets, &mut self.progress, why).await;
            return;
        }
        let Some(current) = self.prepared.current.clone() else { return };
        match self.restore(&current).await {
            Ok(()) => {
                let message = format!(
                    "rolled back to revision {} because rollbackOnFailure is set: {why}",
                    record::revision(&current)
                );
                self.progress.ended("Failed", &message, Stand::Stalled, "RolledBack").await;
            }
            Err(error) => {
                let message =
                    format!("the rollback because of rollbackOnFailure failed too: {error}; first failure: {why}");
                self.progress.ended("Failed", &message, Stand::Stalled, "RollbackFailed").await;
            }
        }
    }

    /// A new revision with the content of a former one, as `helm rollback` makes it.
    async fn restore(&mut self, target: &Record) -> Result<(), Error> {
        let key = &self.prepared.key;
        let reader = Reader { kinds: &self.prepared.kinds, coming: &self.prepared.coming, namespace: &key.namespace };
        let wanted = reader.read(helmx_chart::manifest::split(&target.manifest))?;
        let plan = Plan::new(self.prepared.plan.apply.clone(), wanted.objects, &owner(key));
        let mut record = record::rollback(key, record::revision(&self.record) + 1, target);
        let stored = |status: Status| Error::Stopped(status.message().to_owned());
        self.operations.store.create(&record).await.map_err(stored)?;
        let outcome = execute(&self.prepared.requester, &plan, self.prepared.settings.apply).await;
        match &outcome {
            Ok(()) => {
                self.supersede().await;
                let words = record.info.description.clone();
                record::finish(&mut record, Phase::Deployed, &words);
            }
            Err(error) => record::fail(&mut record, &format!("Rollback \"{}\" failed: {error}", key.name)),
        }
        self.operations.store.update(&record).await.map_err(stored)?;
        let revision = record::revision(&record);
        let followed = self.operations.store.change_book(key, |book| {
            book.revision = revision;
            Ok(())
        });
        followed.await.map_err(stored)?;
        outcome
    }
}

impl Observation {
    /// The release.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// Looks until everything is ready, or the operation's time is over.
    pub async fn run(mut self, operations: &Operations) {
        let stopping = operations.stopping().clone();
        let outcome = tokio::select! {
            outcome = until_ready(&self.requester, &self.objects, self.jobs, self.deadline, &mut self.progress) => outcome,
            () = stopping.cancelled() => return,
        };
        match outcome {
            Ok(look) => {
                self.progress
                    .stand(Stand::Ready, "Ready", &format!("all {} objects are ready", look.objects.len()))
                    .await
            }
            Err(error) => self.progress.stand(Stand::Stalled, "NotReady", &error.to_string()).await,
        }
    }
}

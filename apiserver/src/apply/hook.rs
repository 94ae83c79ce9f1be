//! Hooks of one event, in order (Helm, `pkg/action/hooks.go`).

use async_trait::async_trait;
use helmx_chart::manifest::{Hook, HookEvent};
use tokio::time::Instant;

use super::execute::{ApplyOptions, Deletion, apply, delete_all};
use super::object::{Reader, Target};
use super::readiness::{Jobs, Readiness, of};
use super::wait::until_gone;
use super::{diagnose, live};
use crate::error::Error;
use crate::requester::Requester;

/// The pause between two looks at a running hook.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(300);

/// The hooks of one event in running order: by weight, then by name.
pub fn of_event(hooks: &[Hook], event: HookEvent) -> Vec<usize> {
    let mut indexes: Vec<_> = (0..hooks.len()).filter(|index| hooks[*index].events.contains(&event)).collect();
    indexes.sort_by(|a, b| (hooks[*a].weight, &hooks[*a].name).cmp(&(hooks[*b].weight, &hooks[*b].name)));
    indexes
}

/// What a hook's annotations ask to delete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    BeforeCreation,
    Succeeded,
    Failed,
}

impl When {
    fn applies(self, hook: &Hook) -> bool {
        let name = match self {
            Self::BeforeCreation => "before-hook-creation",
            Self::Succeeded => "hook-succeeded",
            Self::Failed => "hook-failed",
        };
        // Helm's default when a hook says nothing.
        let default = hook.delete_policies.is_empty() && self == Self::BeforeCreation;
        default || hook.delete_policies.iter().any(|policy| policy == name)
    }
}

/// The hooks of one event and what they run with.
#[derive(Clone, Copy)]
pub struct HookRun<'a> {
    /// Who asked.
    pub requester: &'a Requester,
    /// Reads their manifests.
    pub reader: Reader<'a>,
    /// All hooks of the release.
    pub hooks: &'a [Hook],
    /// The event.
    pub event: HookEvent,
    /// When they must have completed.
    pub deadline: Instant,
}

/// Runs the hooks of an event one after another, each until it has completed.
///
/// `journal` is told of the start and the end of each hook, to be kept in the record.
///
/// # Errors
/// The first hook that fails; those of `hook-failed` and earlier ones of `hook-succeeded` are deleted then.
pub async fn run(run: &HookRun<'_>, journal: &mut dyn Journal) -> Result<(), Error> {
    let HookRun { requester, reader, hooks, event, deadline } = *run;
    let mut done = Vec::new();
    for index in of_event(hooks, event) {
        let hook = &hooks[index];
        let targets = reader.read([hook.manifest.as_str()])?;
        if let Some(unknown) = targets.unknown.first() {
            return Err(Error::UnknownKinds(vec![unknown.clone()]));
        }
        if When::BeforeCreation.applies(hook) {
            remove(requester, hook, &targets.objects).await?;
            until_gone(requester, &targets.objects, deadline).await?;
        }
        journal.note(index, Moment::Started).await?;
        let outcome = create_and_wait(requester, &targets.objects, deadline).await;
        journal.note(index, if outcome.is_ok() { Moment::Succeeded } else { Moment::Failed }).await?;
        if let Err(error) = outcome {
            if When::Failed.applies(hook) {
                remove(requester, hook, &targets.objects).await?;
            }
            clean(requester, hooks, &done).await?;
            return Err(Error::Hook { event: event.name(), path: hook.path.clone(), cause: Box::new(error) });
        }
        done.push((index, targets.objects));
    }
    clean(requester, hooks, &done).await
}

/// Keeps the runs of hooks in the record.
#[async_trait]
pub trait Journal: Send {
    /// A hook began or ended.
    async fn note(&mut self, hook: usize, moment: Moment) -> Result<(), Error>;
}

/// Moments of a hook's run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// It is about to be created.
    Started,
    /// It completed.
    Succeeded,
    /// It failed.
    Failed,
}

async fn clean(requester: &Requester, hooks: &[Hook], done: &[(usize, Vec<Target>)]) -> Result<(), Error> {
    for (index, targets) in done.iter().rev() {
        if When::Succeeded.applies(&hooks[*index]) {
            remove(requester, &hooks[*index], targets).await?;
        }
    }
    Ok(())
}

/// CRDs are never deleted, not even as hooks.
async fn remove(requester: &Requester, hook: &Hook, targets: &[Target]) -> Result<(), Error> {
    if hook.kind == "CustomResourceDefinition" {
        return Ok(());
    }
    delete_all(requester, targets, Deletion::of_upgrade()).await.map(|_| ())
}

async fn create_and_wait(requester: &Requester, targets: &[Target], deadline: Instant) -> Result<(), Error> {
    for target in targets {
        apply(requester, target, ApplyOptions::default()).await?;
    }
    for target in targets {
        until_completed(requester, target, deadline).await?;
    }
    Ok(())
}

/// A Job must complete, a Pod must succeed; every other kind is done when it exists.
async fn until_completed(requester: &Requester, target: &Target, deadline: Instant) -> Result<(), Error> {
    if !matches!(target.resource.kind.as_str(), "Job" | "Pod") {
        return Ok(());
    }
    loop {
        let Some(value) = live::read(requester, target).await?.value() else {
            return Err(Error::NotReady(format!("{target} was deleted before it completed")));
        };
        let phase = value.pointer("/status/phase").and_then(|phase| phase.as_str()).unwrap_or_default();
        let done = match (target.resource.kind.as_str(), phase) {
            ("Pod", "Succeeded") => true,
            ("Pod", "Failed") => return Err(failed(requester, target, &value, "the pod failed").await),
            ("Pod", _) => false,
            (_, _) => match of(&value, Jobs::Complete) {
                Readiness::Current => true,
                Readiness::Failed(message) => return Err(failed(requester, target, &value, &message).await),
                Readiness::InProgress(_) | Readiness::Terminating | Readiness::NotFound => false,
            },
        };
        if done {
            return Ok(());
        }
        if Instant::now() > deadline {
            return Err(failed(requester, target, &value, "context deadline exceeded").await);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn failed(requester: &Requester, target: &Target, value: &serde_json::Value, message: &str) -> Error {
    let reason =
        diagnose::reason(requester, target, value).await.map(|reason| format!(" ({reason})")).unwrap_or_default();
    Error::NotReady(format!("{target}: {message}{reason}"))
}

#[cfg(test)]
mod tests {
    use helmx_chart::manifest::{Hook, HookEvent};

    use super::{When, of_event};

    #[test]
    fn hooks_run_by_weight_then_name() {
        let hook =
            |name: &str, weight, event| Hook { name: name.into(), weight, events: vec![event], ..Hook::default() };
        let hooks = [
            hook("b", 0, HookEvent::PreInstall),
            hook("a", 0, HookEvent::PreInstall),
            hook("z", -5, HookEvent::PreInstall),
            hook("c", -9, HookEvent::PostInstall),
        ];
        assert_eq!(of_event(&hooks, HookEvent::PreInstall), [2, 1, 0]);
        assert!(of_event(&hooks, HookEvent::Test).is_empty());
    }

    #[test]
    fn a_silent_hook_is_deleted_before_the_next_run_only() {
        let silent = Hook::default();
        let loud = Hook { delete_policies: vec!["hook-succeeded".into()], ..Hook::default() };
        assert!(When::BeforeCreation.applies(&silent) && !When::Succeeded.applies(&silent));
        assert!(When::Succeeded.applies(&loud) && !When::BeforeCreation.applies(&loud));
    }
}

//! Live progress of an operation: which objects are not ready, and why.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};
use futures::StreamExt as _;
use kube::api::{DynamicObject, WatchEvent, WatchParams};
use serde_json::Value;

use crate::client::{Cluster, Kind};
use crate::output::{self, text};

/// How far to follow an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Until it has ended.
    Ended,
    /// Until the release is gone.
    Gone,
}

/// Ctrl-C: nothing failed, only nobody looks any more.
#[derive(Debug, thiserror::Error)]
#[error(
    "stopped watching; the {action} goes on in the cluster. See it with: kubectl helmx status {name} -n {namespace}"
)]
pub struct Stopped {
    action: String,
    name: String,
    namespace: String,
}

/// Puts what failed before the reason, unless the watching was only stopped.
///
/// # Errors
/// Those of the outcome.
pub fn failing(what: &'static str, outcome: Result<()>) -> Result<()> {
    outcome.map_err(|error| if error.is::<Stopped>() { error } else { error.context(what) })
}

/// What a command does, for messages: `install` goes on when nobody watches any more.
pub struct Watched<'a> {
    /// The release.
    pub name: &'a str,
    /// The revision whose operation is followed.
    pub revision: u64,
    /// `install`, `upgrade`, `rollback`, `uninstall`.
    pub action: &'a str,
}

/// Follows an operation and prints what changes; returns the release's last state.
///
/// Ctrl-C ends the watching only, and says so.
///
/// # Errors
/// The failure of the operation, in the server's words.
pub async fn follow(cluster: &Cluster, watched: &Watched<'_>, until: Until) -> Result<Value> {
    let mut printer = Printer::default();
    tokio::select! {
        outcome = watch(cluster, watched, until, &mut printer) => outcome,
        _ = tokio::signal::ctrl_c() => Err(Stopped {
            action: watched.action.to_owned(),
            name: watched.name.to_owned(),
            namespace: cluster.namespace.clone(),
        }
        .into()),
    }
}

async fn watch(cluster: &Cluster, watched: &Watched<'_>, until: Until, printer: &mut Printer) -> Result<Value> {
    let api = cluster.api(Kind::Release);
    loop {
        let Some(release) = api.get_opt(watched.name).await? else {
            if until == Until::Gone {
                return Ok(Value::Null);
            }
            bail!("release \"{}\" was deleted while it was being watched", watched.name);
        };
        let version = release.metadata.resource_version.clone().unwrap_or_default();
        if let Some(outcome) = judge(&release, watched, printer)? {
            return Ok(outcome);
        }
        let params = WatchParams::default().fields(&format!("metadata.name={}", watched.name)).timeout(280);
        let mut events = std::pin::pin!(api.watch(&params, &version).await?);
        while let Some(event) = events.next().await {
            match event {
                Ok(WatchEvent::Added(release) | WatchEvent::Modified(release)) => {
                    if let Some(outcome) = judge(&release, watched, printer)? {
                        return Ok(outcome);
                    }
                }
                Ok(WatchEvent::Deleted(_)) if until == Until::Gone => return Ok(Value::Null),
                Ok(WatchEvent::Deleted(_) | WatchEvent::Error(_)) | Err(_) => break,
                Ok(WatchEvent::Bookmark(_)) => {}
            }
        }
    }
}

/// The release when its operation has ended; nothing while it goes on.
fn judge(release: &DynamicObject, watched: &Watched<'_>, printer: &mut Printer) -> Result<Option<Value>> {
    let value = serde_json::to_value(release).context("a release that cannot be read")?;
    let revision = value.pointer("/status/revision").and_then(Value::as_u64).unwrap_or_default();
    if revision < watched.revision {
        return Ok(None);
    }
    printer.show(&value);
    match text(&value, "/status/operation/phase") {
        "Failed" => bail!("{}", text(&value, "/status/operation/message")),
        "Succeeded" => Ok(Some(value)),
        // Somebody else's helm made a newer revision meanwhile.
        "" if revision > watched.revision => Ok(Some(value)),
        _ => Ok(None),
    }
}

/// Prints each change once; nothing when nobody looks.
#[derive(Default)]
struct Printer {
    phase: String,
    objects: BTreeMap<String, String>,
}

impl Printer {
    fn show(&mut self, release: &Value) {
        let phase = text(release, "/status/operation/phase");
        if self.phase != phase && !phase.is_empty() {
            phase.clone_into(&mut self.phase);
            if output::is_watched() && !matches!(phase, "Succeeded" | "Failed") {
                output::error(&format!("{}: {}", phase.to_lowercase(), text(release, "/status/operation/message")));
            }
        }
        if phase != "Waiting" && phase != "Deleting" {
            return;
        }
        let objects = release.pointer("/status/resources").and_then(Value::as_array);
        for object in objects.into_iter().flatten() {
            let name = format!("{}/{}", text(object, "/kind"), text(object, "/name"));
            let message = text(object, "/message");
            let state = if message.is_empty() {
                text(object, "/status").to_owned()
            } else {
                format!("{}: {message}", text(object, "/status"))
            };
            if self.objects.get(&name) != Some(&state) {
                // What was never not ready is no news.
                if state != "Current" || self.objects.contains_key(&name) {
                    output::error(&format!("  {name}  {state}"));
                }
                self.objects.insert(name, state);
            }
        }
    }
}

//! Operations on releases: prepared completely, recorded, then carried out in the background as the requester.

/// Writes bookkeeping and record.
pub mod begin;
/// Chart, values and old objects to a complete plan; nothing is touched.
pub mod prepare;
/// A former revision to a complete plan.
pub mod prepare_rollback;
/// What a running operation says of itself.
pub mod progress;
/// Operations whose server died.
pub mod recover;
/// Carries a recorded operation out.
pub mod run;
/// Uninstalls: the one operation that ends with no record.
pub mod uninstall;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use helmx_machinery::{Key, Object, Status};
use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::catalog::Catalog;
use crate::events::Events;
use crate::holder::Holder;
use crate::kinds::Kinds;
use crate::render::Renderer;
use crate::requester::Own;
use crate::store::{RELEASES, Store};
use crate::tenant::binding::Bindings;
use prepare::Prepared;

/// Helm's default for `--timeout`.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(300);
/// Helm's default for `--history-max`.
pub const DEFAULT_HISTORY: u32 = 10;
/// Nobody waits longer than a day.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(24 * 3600);

/// What can be done with a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The first revision, or one over an uninstalled release.
    Install,
    /// A new revision with another chart or values.
    Upgrade,
    /// A new revision with the content of a former one.
    Rollback,
    /// The end.
    Uninstall,
}

impl Action {
    /// The word in `status.operation.type`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Install => "Install",
            Self::Upgrade => "Upgrade",
            Self::Rollback => "Rollback",
            Self::Uninstall => "Uninstall",
        }
    }
}

/// Everything that operations are carried out with.
pub struct Operations {
    /// The server's own identity, for requesters to be made from.
    pub own: Own,
    /// Records.
    pub store: Store,
    /// What the cluster serves.
    pub kinds: Arc<Kinds>,
    /// Charts.
    pub catalog: Arc<Catalog>,
    /// Renders them.
    pub renderer: Renderer,
    /// Namespaces and tenants.
    pub bindings: Bindings,
    /// Events.
    pub events: Events,
    /// This server among its replicas.
    pub holder: Holder,
    running: Mutex<HashMap<Key, Running>>,
    tasks: TaskTracker,
    stopping: CancellationToken,
}

/// What goes on with a release.
enum Running {
    /// An operation changes it.
    Changing,
    /// It is deployed; somebody looks whether it becomes ready.
    Observing(AbortHandle),
}

impl Operations {
    /// Nothing runs yet.
    pub fn new(own: Own, store: Store, catalog: Arc<Catalog>, renderer: Renderer, holder: Holder) -> Self {
        let bindings = store.bindings().clone();
        Self {
            events: Events::new(own.clone()),
            kinds: Arc::new(Kinds::new(own.clone())),
            own,
            store,
            catalog,
            renderer,
            bindings,
            holder,
            running: Mutex::default(),
            tasks: TaskTracker::new(),
            stopping: CancellationToken::new(),
        }
    }

    /// Records a prepared change and starts it; answers as soon as the record is durable.
    ///
    /// # Errors
    /// 409 when another operation holds the release, here or elsewhere.
    pub async fn begin(self: &Arc<Self>, prepared: Prepared) -> Result<Object, Status> {
        let key = prepared.key.clone();
        let claim = self.claim(&key)?;
        let version = begin::begin(self, &prepared).await?;
        let object = self.store.object(&key, version).await;
        if prepared.missing.is_empty() {
            let operations = Arc::clone(self);
            self.tasks.spawn(async move {
                let observation = run::carry_out(&operations, prepared).await;
                claim.release();
                if let Some(observation) = observation {
                    operations.observe(observation);
                }
            });
        }
        object
    }

    /// Watches a deployed release become ready; gives way to the next operation.
    fn observe(self: &Arc<Self>, observation: run::Observation) {
        let key = observation.key().clone();
        let Ok(mut running) = self.running.lock() else { return };
        if matches!(running.get(&key), Some(Running::Changing)) {
            // The next operation was faster.
            return;
        }
        let operations = Arc::clone(self);
        let task = self.tasks.spawn(async move {
            let key = observation.key().clone();
            observation.run(&operations).await;
            if let Ok(mut running) = operations.running.lock()
                && matches!(running.get(&key), Some(Running::Observing(_)))
            {
                running.remove(&key);
            }
        });
        running.insert(key, Running::Observing(task.abort_handle()));
    }

    /// Takes a release for one operation of this server.
    fn claim(self: &Arc<Self>, key: &Key) -> Result<Claim, Status> {
        let mut running = self.running.lock().map_err(|_| Status::internal("the operations' lock is poisoned"))?;
        match running.get(key) {
            Some(Running::Changing) => return Err(busy(key)),
            Some(Running::Observing(task)) => task.abort(),
            None => {}
        }
        running.insert(key.clone(), Running::Changing);
        Ok(Claim { operations: Arc::clone(self), key: key.clone() })
    }

    /// Whether this server changes a release right now.
    pub fn is_changing(&self, key: &Key) -> bool {
        self.running.lock().is_ok_and(|running| matches!(running.get(key), Some(Running::Changing)))
    }

    /// The signal that the server is about to stop.
    pub fn stopping(&self) -> &CancellationToken {
        &self.stopping
    }

    /// Asks running operations to stop, and waits until each has said so in its record.
    pub async fn stop(&self) {
        self.stopping.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// 409: another operation has the release.
pub fn busy(key: &Key) -> Status {
    Status::conflict(
        RELEASES,
        &key.name,
        "another operation (install/upgrade/rollback) is in progress; wait for it, or delete the release",
    )
}

/// A release held by one operation; freed when dropped.
struct Claim {
    operations: Arc<Operations>,
    key: Key,
}

impl Claim {
    fn release(self) {}
}

impl Drop for Claim {
    fn drop(&mut self) {
        if let Ok(mut running) = self.operations.running.lock() {
            running.remove(&self.key);
        }
    }
}

/// A timeout as the spec has it.
///
/// # Errors
/// A text that is no duration.
pub fn timeout(text: Option<&str>) -> Result<Duration, String> {
    let Some(text) = text else { return Ok(DEFAULT_TIMEOUT) };
    let parsed = helmx_machinery::parse_duration(text);
    let timeout = parsed.ok_or_else(|| format!("\"{text}\" is no duration; write one such as 5m0s"))?;
    Ok(timeout.min(LONGEST_TIMEOUT))
}

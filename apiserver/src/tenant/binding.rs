//! Follows Tenant objects and Namespaces.

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use futures::stream::{StreamExt as _, select};
use helmx_api::condition::{Condition, set};
use helmx_api::config::{TenantSpec, TenantStatus};
use helmx_machinery::{Cause, Status};
use k8s_openapi::api::core::v1::Namespace;
use kube::api::{Api, DynamicObject};
use kube::core::ApiResource;
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::{self, Event, watcher};
use tokio::sync::Notify;

use crate::declared::{self, update_status};
use crate::requester::Own;

/// The pause before a status that could not be written is tried again.
const RETRY: Duration = Duration::from_secs(2);

/// What the server knows of a namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Space {
    /// Its UID: part of the seed of its releases' UIDs.
    pub uid: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Whether it is being deleted.
    pub terminating: bool,
}

/// A tenant and what it puts on objects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tenant {
    /// Its name.
    pub name: String,
    /// Its declaration.
    pub spec: TenantSpec,
    uid: String,
    generation: i64,
}

/// All namespaces and tenants; a cheap handle.
#[derive(Clone)]
pub struct Bindings {
    own: Own,
    known: Arc<RwLock<Known>>,
    changed: Arc<Notify>,
}

#[derive(Default)]
struct Known {
    spaces: BTreeMap<String, Space>,
    tenants: BTreeMap<String, Tenant>,
    /// Lists in progress: what is known stays in force until they are complete.
    coming_spaces: BTreeMap<String, Space>,
    coming_tenants: BTreeMap<String, Tenant>,
    /// Both were listed once.
    complete: [bool; 2],
}

impl Bindings {
    /// Nothing is known before [`Bindings::run`].
    pub fn new(own: Own) -> Self {
        Self { own, known: Arc::default(), changed: Arc::default() }
    }

    /// Whether namespaces and tenants were listed once: before that nothing can be decided.
    pub fn is_complete(&self) -> bool {
        self.known.read().is_ok_and(|known| known.complete == [true, true])
    }

    /// A namespace, from memory or, for one that was just made, from the core.
    ///
    /// # Errors
    /// 404 as the core words it, 503 when it cannot be asked.
    pub async fn space(&self, name: &str) -> Result<Space, Status> {
        if let Ok(known) = self.known.read()
            && let Some(space) = known.spaces.get(name)
        {
            return Ok(space.clone());
        }
        let namespaces: Api<Namespace> = Api::all(self.own.client().clone());
        match namespaces.get_opt(name).await {
            Ok(Some(namespace)) => Ok(space(&namespace)),
            Ok(None) => Err(Status::not_found(helmx_machinery::Subject { group: "", resource: "namespaces" }, name)),
            Err(error) => Err(Status::unavailable(format!("cannot read namespace \"{name}\": {error}"))),
        }
    }

    /// A namespace that new things may be put into.
    ///
    /// # Errors
    /// 404 when it does not exist, 403 when it is being deleted.
    pub async fn writable_space(&self, name: &str, what: &str) -> Result<Space, Status> {
        let space = self.space(name).await?;
        if space.terminating {
            let subject = helmx_machinery::Subject { group: helmx_api::GROUP, resource: "releases" };
            let why = format!("unable to create new content in namespace {name} because it is being terminated");
            let cause = Cause::new(
                "NamespaceTerminating",
                "metadata.namespace",
                format!("namespace {name} is being terminated"),
            );
            return Err(Status::forbidden(subject, what, &why).with_causes(vec![cause]));
        }
        Ok(space)
    }

    /// The tenant that a namespace belongs to.
    ///
    /// # Errors
    /// 403 when several claim it: nobody may guess then.
    pub fn of(&self, namespace: &str, space: &Space) -> Result<Option<Tenant>, Status> {
        let Ok(known) = self.known.read() else { return Err(Status::internal("the tenants' lock is poisoned")) };
        let mut owners =
            known.tenants.values().filter(|tenant| tenant.spec.namespaces.contains(namespace, &space.labels));
        let first = owners.next().cloned();
        if let (Some(first), Some(second)) = (&first, owners.next()) {
            let subject = helmx_machinery::Subject { group: helmx_api::CONFIG_GROUP, resource: "tenants" };
            let why = format!(
                "namespace \"{namespace}\" is claimed by the tenants \"{}\" and \"{}\"; an administrator must decide",
                first.name, second.name
            );
            return Err(Status::forbidden(subject, &first.name, &why));
        }
        Ok(first)
    }

    /// Whether a tenant of that name is declared.
    pub fn tenant(&self, name: &str) -> Option<Tenant> {
        self.known.read().ok()?.tenants.get(name).cloned()
    }

    /// Follows both until the future is dropped.
    pub async fn run(self) {
        let client = self.own.client();
        let namespaces = watcher(Api::<Namespace>::all(client.clone()), watcher::Config::default()).default_backoff();
        let tenants = watcher(Api::<DynamicObject>::all_with(client.clone(), &resource()), watcher::Config::default())
            .default_backoff();
        let mut events = std::pin::pin!(select(namespaces.map(Either::Namespace), tenants.map(Either::Tenant)));
        let status = self.clone().keep_status();
        let follow = async {
            while let Some(event) = events.next().await {
                self.take(event);
                self.changed.notify_one();
            }
        };
        futures::future::join(follow, status).await;
    }

    fn take(&self, event: Either) {
        let Ok(mut known) = self.known.write() else { return };
        let known = &mut *known;
        match event {
            Either::Namespace(Ok(Event::Apply(namespace))) => {
                drop(known.spaces.insert(name_of(&namespace), space(&namespace)))
            }
            Either::Namespace(Ok(Event::InitApply(namespace))) => {
                drop(known.coming_spaces.insert(name_of(&namespace), space(&namespace)))
            }
            Either::Namespace(Ok(Event::Delete(namespace))) => drop(known.spaces.remove(&name_of(&namespace))),
            Either::Namespace(Ok(Event::Init)) => known.coming_spaces.clear(),
            Either::Namespace(Ok(Event::InitDone)) => {
                known.spaces = std::mem::take(&mut known.coming_spaces);
                known.complete[0] = true;
            }
            Either::Tenant(Ok(Event::Apply(object))) => insert(&mut known.tenants, &object),
            Either::Tenant(Ok(Event::InitApply(object))) => insert(&mut known.coming_tenants, &object),
            Either::Tenant(Ok(Event::Delete(object))) => drop(known.tenants.remove(&name_of(&object))),
            Either::Tenant(Ok(Event::Init)) => known.coming_tenants.clear(),
            Either::Tenant(Ok(Event::InitDone)) => {
                known.tenants = std::mem::take(&mut known.coming_tenants);
                known.complete[1] = true;
            }
            Either::Namespace(Err(error)) | Either::Tenant(Err(error)) => {
                tracing::warn!(%error, "cannot follow namespaces and tenants")
            }
        }
    }

    /// Writes each tenant's namespaces into its status when they change.
    async fn keep_status(self) {
        let tenants: Api<DynamicObject> = Api::all_with(self.own.client().clone(), &resource());
        // By UID: a tenant that was made anew has no status yet.
        let mut written: BTreeMap<String, TenantStatus> = BTreeMap::new();
        loop {
            self.changed.notified().await;
            if !self.is_complete() {
                continue;
            }
            let statuses = self.statuses();
            written.retain(|uid, _| statuses.iter().any(|(tenant, _)| tenant.uid == *uid));
            let mut failed = false;
            for (tenant, status) in statuses {
                if written.get(&tenant.uid) == Some(&status) {
                    continue;
                }
                match update_status(&tenants, &tenant.name, &tenant.uid, |former| stamped(former, &status)).await {
                    Ok(()) => drop(written.insert(tenant.uid, status)),
                    Err(error) => {
                        tracing::warn!(%error, name = tenant.name, "cannot write a tenant's status");
                        failed = true;
                    }
                }
            }
            if failed {
                tokio::time::sleep(RETRY).await;
                self.changed.notify_one();
            }
        }
    }

    fn statuses(&self) -> Vec<(Tenant, TenantStatus)> {
        let Ok(known) = self.known.read() else { return Vec::new() };
        let claims = |namespace: &String, space: &Space| {
            known.tenants.values().filter(|tenant| tenant.spec.namespaces.contains(namespace, &space.labels)).count()
        };
        let statuses = known.tenants.values().map(|tenant| {
            let own: Vec<_> = known
                .spaces
                .iter()
                .filter(|(name, space)| tenant.spec.namespaces.contains(name, &space.labels))
                .collect();
            let disputed: Vec<_> =
                own.iter().filter(|(name, space)| claims(name, space) > 1).map(|(name, _)| name.as_str()).collect();
            let (ready, reason, message) = if disputed.is_empty() {
                ("True", "Bound", String::new())
            } else {
                ("False", "Disputed", format!("other tenants claim these namespaces too: {}", disputed.join(", ")))
            };
            let mut status = TenantStatus {
                namespaces: own.iter().map(|(name, _)| (*name).clone()).collect(),
                observed_generation: Some(tenant.generation),
                ..TenantStatus::default()
            };
            let condition = Condition {
                kind: "Ready".into(),
                status: ready.into(),
                reason: reason.into(),
                message,
                ..Condition::default()
            };
            status.conditions.push(condition);
            (tenant.clone(), status)
        });
        statuses.collect()
    }
}

enum Either {
    Namespace(Result<Event<Namespace>, watcher::Error>),
    Tenant(Result<Event<DynamicObject>, watcher::Error>),
}

fn resource() -> ApiResource {
    declared::resource("Tenant", "tenants")
}

/// The status with the times of its conditions, which move only when a condition changes.
fn stamped(former: TenantStatus, status: &TenantStatus) -> TenantStatus {
    let now = helmx_machinery::now();
    let mut conditions = former.conditions;
    for condition in &status.conditions {
        set(&mut conditions, Condition { last_transition_time: now.clone(), ..condition.clone() });
    }
    TenantStatus { conditions, ..status.clone() }
}

fn name_of(object: &impl kube::ResourceExt) -> String {
    object.name_any()
}

/// A tenant that cannot be read keeps its former declaration: forgetting it would free its namespaces.
fn insert(tenants: &mut BTreeMap<String, Tenant>, object: &DynamicObject) {
    let name = name_of(object);
    let generation = object.metadata.generation.unwrap_or_default();
    let uid = object.metadata.uid.clone().unwrap_or_default();
    match serde_json::from_value(object.data.get("spec").cloned().unwrap_or_default()) {
        Ok(spec) => drop(tenants.insert(name.clone(), Tenant { name, spec, uid, generation })),
        Err(error) => tracing::warn!(%error, name, "a tenant cannot be read"),
    }
}

fn space(namespace: &Namespace) -> Space {
    Space {
        uid: namespace.metadata.uid.clone().unwrap_or_default(),
        labels: namespace.metadata.labels.clone().unwrap_or_default(),
        terminating: namespace.metadata.deletion_timestamp.is_some(),
    }
}

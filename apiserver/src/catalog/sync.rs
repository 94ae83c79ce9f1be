//! Keeps indexes current and says so in the repositories' status.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{StreamExt as _, select};
use helmx_api::condition::{Condition, set};
use helmx_api::config::{RepositorySpec, RepositoryStatus, SYNC_REQUESTED};
use helmx_chart::index::Index;
use k8s_openapi::api::core::v1::Secret;
use kube::ResourceExt as _;
use kube::api::{Api, DynamicObject};
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::{self, Event, watcher};
use tokio::task::JoinSet;

use super::Catalog;
use super::http::{Answer, Credentials, Fetcher, MAX_INDEX_BYTES, Reach, Validators, digest};
use super::repository::{Repository, Scope};
use crate::declared::{resource, update_status};
use crate::requester::Own;

/// The pause after a failed look, doubled up to the repository's interval.
const FIRST_RETRY: Duration = Duration::from_secs(5);
/// Secrets of these types hold credentials for repositories. No other type is read, so that whoever may declare a
/// repository cannot have other Secrets sent to a host of theirs.
const SECRET_TYPES: [&str; 2] = ["kubernetes.io/basic-auth", "helmx.dev/repository"];
/// Left-out entries that status names.
const MAX_SKIPPED: usize = 5;

/// What synchronisation needs.
pub struct Sync {
    own: Own,
    catalog: Arc<Catalog>,
    settings: Settings,
}

/// How repositories may be reached and where their indexes are kept.
pub struct Settings {
    /// The server's namespace: where the Secrets of ClusterRepositories are.
    pub namespace: String,
    /// The cache folder; indexes are in `indexes/` below it.
    pub folder: PathBuf,
    /// Whether tenants' repositories may have private addresses.
    pub private_for_tenants: bool,
}

impl Sync {
    /// Nothing runs before [`Sync::run`].
    ///
    /// # Errors
    /// When the cache folder cannot be made.
    pub fn new(own: Own, catalog: Arc<Catalog>, settings: Settings) -> std::io::Result<Self> {
        std::fs::create_dir_all(settings.folder.join("indexes"))?;
        Ok(Self { own, catalog, settings })
    }

    /// Follows the declared repositories, one task each, until the future is dropped.
    pub async fn run(self: Arc<Self>) {
        let client = self.own.client();
        let declared = |kind: &str, plural: &str| {
            let api = Api::<DynamicObject>::all_with(client.clone(), &resource(kind, plural));
            watcher(api, watcher::Config::default()).default_backoff()
        };
        let own = declared("Repository", "repositories").map(|event| (false, event));
        let cluster = declared("ClusterRepository", "clusterrepositories").map(|event| (true, event));
        let mut events = std::pin::pin!(select(own, cluster));
        let mut tasks = Tasks::default();
        while let Some((cluster, event)) = events.next().await {
            match event {
                Ok(Event::Apply(object) | Event::InitApply(object)) => self.declare(cluster, &object, &mut tasks),
                Ok(Event::Delete(object)) => {
                    let (scope, name) = identity(cluster, &object);
                    tasks.stop(&scope, &name);
                    self.catalog.remove(&scope, &name);
                }
                Ok(Event::Init) => tasks.seen(cluster).clear(),
                Ok(Event::InitDone) => self.forget_unseen(cluster, &mut tasks),
                Err(error) => tracing::warn!(%error, "cannot follow repositories"),
            }
        }
    }

    /// Starts (or restarts) the task of a repository unless nothing of importance changed.
    fn declare(self: &Arc<Self>, cluster: bool, object: &DynamicObject, tasks: &mut Tasks) {
        let (scope, name) = identity(cluster, object);
        tasks.seen(cluster).push((scope.clone(), name.clone()));
        let state = State {
            uid: object.metadata.uid.clone().unwrap_or_default(),
            generation: object.metadata.generation.unwrap_or_default(),
            sync_request: object.annotations().get(SYNC_REQUESTED).cloned(),
        };
        if tasks.is_running(&scope, &name, &state) {
            return;
        }
        let spec = object.data.get("spec").cloned().unwrap_or_default();
        let spec: RepositorySpec = match serde_json::from_value(spec) {
            Ok(spec) => spec,
            Err(error) => {
                tracing::warn!(%error, %name, "a repository cannot be read");
                return;
            }
        };
        let former =
            self.catalog.get(&scope, &name).filter(|former| former.uid == state.uid && former.spec.url == spec.url);
        let version = object.metadata.resource_version.as_deref().and_then(|version| version.parse().ok());
        let repository = Repository {
            scope: scope.clone(),
            name: name.clone(),
            uid: state.uid.clone(),
            version: version.unwrap_or(1),
            generation: state.generation,
            sync_request: state.sync_request.clone(),
            spec,
            index: former.and_then(|former| former.index.clone()),
            fetcher: None,
            message: "the index was not read yet".into(),
        };
        self.catalog.set(Arc::new(repository.clone()));
        tasks.start(scope, name, state, Arc::clone(self).keep_current(repository));
    }

    fn forget_unseen(&self, cluster: bool, tasks: &mut Tasks) {
        let seen = std::mem::take(tasks.seen(cluster));
        let of_kind = |scope: &Scope| (*scope == Scope::Cluster) == cluster;
        let gone: Vec<_> = tasks.running.keys().filter(|key| of_kind(&key.0) && !seen.contains(key)).cloned().collect();
        for (scope, name) in gone {
            tasks.stop(&scope, &name);
            self.catalog.remove(&scope, &name);
        }
    }

    /// Looks at the index again and again.
    async fn keep_current(self: Arc<Self>, mut repository: Repository) {
        let mut validators = Validators::default();
        if repository.index.is_none() {
            repository.index = self.stored(&repository).await.map(Arc::new);
        }
        let mut retry = FIRST_RETRY;
        loop {
            if repository.spec.suspend {
                self.tell(&mut repository, Outcome::Suspended).await;
                return;
            }
            let outcome = match self.look(&mut repository, &mut validators).await {
                Ok(outcome) => outcome,
                Err(reason) => Outcome::Failed(reason),
            };
            let interval = repository.interval();
            let pause = if matches!(outcome, Outcome::Failed(_)) { retry.min(interval) } else { interval };
            // From the bounded pause: however long it goes on failing, the doubling cannot overflow.
            retry = if matches!(outcome, Outcome::Failed(_)) { pause.saturating_mul(2) } else { FIRST_RETRY };
            self.tell(&mut repository, outcome).await;
            tokio::time::sleep(pause).await;
        }
    }

    /// One conditional request; a new index takes the old one's place only when it could be read whole.
    async fn look(&self, repository: &mut Repository, validators: &mut Validators) -> Result<Outcome, String> {
        let (credentials, authority) = self.credentials(repository).await?;
        let authorities: Vec<_> = repository.spec.ca_bundle.clone().into_iter().chain(authority).collect();
        let reach = Reach::of(&repository.scope, self.settings.private_for_tenants);
        let fetcher = Arc::new(Fetcher::new(repository, credentials, &authorities, reach)?);
        repository.fetcher = Some(Arc::clone(&fetcher));
        let asked = if repository.index.is_some() { validators.clone() } else { Validators::default() };
        match fetcher.get(repository.index_url()?, &asked, MAX_INDEX_BYTES).await? {
            Answer::NotModified => Ok(Outcome::Current),
            Answer::Document { bytes, validators: new } => {
                let digest = digest(&bytes);
                let (index, bytes) = parse(bytes).await.map_err(|reason| match &repository.index {
                    Some(_) => format!("{reason}; the last good one stays in use"),
                    None => reason,
                })?;
                repository.index = Some(Arc::new(index));
                self.store(repository, &bytes).await;
                *validators = new;
                Ok(Outcome::New(digest))
            }
        }
    }

    /// The credentials and the authority of the repository's Secret.
    async fn credentials(&self, repository: &Repository) -> Result<(Credentials, Option<String>), String> {
        let Some(reference) = &repository.spec.secret_ref else { return Ok((Credentials::None, None)) };
        let namespace = match &repository.scope {
            Scope::Cluster => &self.settings.namespace,
            Scope::Namespace(namespace) => namespace,
        };
        let secrets: Api<Secret> = Api::namespaced(self.own.client().clone(), namespace);
        let place = format!("secret \"{}\" in namespace \"{namespace}\"", reference.name);
        let secret = match secrets.get_opt(&reference.name).await {
            Ok(Some(secret)) => secret,
            Ok(None) => return Err(format!("spec.secretRef: {place} not found")),
            Err(error) => return Err(format!("spec.secretRef: {place} cannot be read: {error}")),
        };
        let kind = secret.type_.as_deref().unwrap_or("Opaque");
        if !SECRET_TYPES.contains(&kind) {
            return Err(format!(
                "spec.secretRef: {place} has the type {kind}; only Secrets of type {} are read",
                SECRET_TYPES.join(" or ")
            ));
        }
        let text =
            |key: &str| secret.data.as_ref()?.get(key).map(|value| String::from_utf8_lossy(&value.0).into_owned());
        let credentials = match (text("token"), text("username"), text("password")) {
            (Some(token), _, _) => Credentials::Bearer(token),
            (None, Some(username), password) => Credentials::Basic { username, password: password.unwrap_or_default() },
            (None, None, _) => Credentials::None,
        };
        Ok((credentials, text("ca.crt")))
    }

    /// Puts the repository into the catalogue and its state into its status.
    async fn tell(&self, repository: &mut Repository, outcome: Outcome) {
        let kind = repository.kind();
        match &outcome {
            Outcome::Failed(reason) => {
                tracing::warn!(kind, name = repository.name, reason, "a repository cannot be synchronised");
                reason.clone_into(&mut repository.message);
            }
            Outcome::New(_) | Outcome::Current | Outcome::Suspended => repository.message.clear(),
        }
        self.catalog.set(Arc::new(repository.clone()));
        let plural = if repository.scope == Scope::Cluster { "clusterrepositories" } else { "repositories" };
        let resource = resource(kind, plural);
        let client = self.own.client().clone();
        let api: Api<DynamicObject> = match &repository.scope {
            Scope::Cluster => Api::all_with(client, &resource),
            Scope::Namespace(namespace) => Api::namespaced_with(client, namespace, &resource),
        };
        let next = |former| status(former, repository, &outcome);
        if let Err(error) = update_status(&api, &repository.name, &repository.uid, next).await {
            tracing::warn!(%error, kind, name = repository.name, "cannot write a repository's status");
        }
    }

    fn place(&self, repository: &Repository) -> PathBuf {
        self.settings.folder.join("indexes").join(&repository.uid)
    }

    /// The last good index from before a restart.
    async fn stored(&self, repository: &Repository) -> Option<Index> {
        let bytes = tokio::fs::read(self.place(repository)).await.ok()?;
        parse(bytes).await.ok().map(|(index, _)| index)
    }

    async fn store(&self, repository: &Repository, bytes: &[u8]) {
        if let Err(error) = replace(&self.place(repository), bytes).await {
            tracing::warn!(%error, name = repository.name, "cannot keep an index on disk");
        }
    }
}

async fn replace(place: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let temporary = place.with_extension("new");
    tokio::fs::write(&temporary, bytes).await?;
    tokio::fs::rename(&temporary, place).await
}

async fn parse(bytes: Vec<u8>) -> Result<(Index, Vec<u8>), String> {
    let parsed = tokio::task::spawn_blocking(move || Index::parse_tolerant(&bytes).map(|index| (index, bytes)));
    let parsed = parsed.await.map_err(|error| format!("reading the index: {error}"))?;
    parsed.map_err(|error| format!("the index cannot be read: {error}"))
}

fn identity(cluster: bool, object: &DynamicObject) -> (Scope, String) {
    let name = object.metadata.name.clone().unwrap_or_default();
    let scope =
        if cluster { Scope::Cluster } else { Scope::Namespace(object.metadata.namespace.clone().unwrap_or_default()) };
    (scope, name)
}

/// What a look at a repository came to.
enum Outcome {
    /// A new index, with its digest.
    New(String),
    /// The index in use is the newest.
    Current,
    /// The index in use stays, for a reason.
    Failed(String),
    /// Nobody looks.
    Suspended,
}

fn status(mut status: RepositoryStatus, repository: &Repository, outcome: &Outcome) -> RepositoryStatus {
    let now = helmx_machinery::now();
    let (ready, reason, message) = match outcome {
        Outcome::New(_) | Outcome::Current => ("True", "Synced", String::new()),
        Outcome::Failed(message) => ("False", "SyncFailed", message.clone()),
        Outcome::Suspended => ("True", "Suspended", "spec.suspend is set".into()),
    };
    let condition = Condition {
        kind: "Ready".into(),
        status: ready.into(),
        reason: reason.into(),
        message,
        last_transition_time: now.clone(),
        observed_generation: Some(repository.generation),
    };
    set(&mut status.conditions, condition);
    status.observed_generation = Some(repository.generation);
    status.handled_sync_request.clone_from(&repository.sync_request);
    if let Outcome::New(digest) = outcome {
        status.digest = Some(format!("sha256:{digest}"));
    }
    if matches!(outcome, Outcome::New(_) | Outcome::Current) {
        status.last_sync = Some(now);
    }
    if let Some(index) = &repository.index {
        status.charts = u32::try_from(index.entries.len()).ok();
        status.versions = u32::try_from(index.entries.values().map(Vec::len).sum::<usize>()).ok();
        status.skipped = index.skipped.iter().take(MAX_SKIPPED).map(ToString::to_string).collect();
    }
    status
}

/// What makes a repository's task start anew.
#[derive(PartialEq, Eq)]
struct State {
    uid: String,
    generation: i64,
    sync_request: Option<String>,
}

/// The running tasks; all end when this is dropped.
#[derive(Default)]
struct Tasks {
    set: JoinSet<()>,
    running: HashMap<(Scope, String), (State, tokio::task::AbortHandle)>,
    seen_own: Vec<(Scope, String)>,
    seen_cluster: Vec<(Scope, String)>,
}

impl Tasks {
    fn seen(&mut self, cluster: bool) -> &mut Vec<(Scope, String)> {
        if cluster { &mut self.seen_cluster } else { &mut self.seen_own }
    }

    fn is_running(&self, scope: &Scope, name: &str, state: &State) -> bool {
        self.running.get(&(scope.clone(), name.to_owned())).is_some_and(|(running, _)| running == state)
    }

    fn start(&mut self, scope: Scope, name: String, state: State, task: impl Future<Output = ()> + Send + 'static) {
        self.stop(&scope, &name);
        let handle = self.set.spawn(task);
        self.running.insert((scope, name), (state, handle));
    }

    fn stop(&mut self, scope: &Scope, name: &str) {
        if let Some((_, handle)) = self.running.remove(&(scope.clone(), name.to_owned())) {
            handle.abort();
        }
        // Ended tasks would otherwise be kept.
        while self.set.try_join_next().is_some() {}
    }
}

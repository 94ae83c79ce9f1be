//! Chart, values and old objects to a complete plan; nothing is touched.
//!
//! Whatever is wrong with chart, values, manifest or rights is found here, before anything is recorded or applied.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use helmx_api::release::ReleaseSpec;
use helmx_chart::Chart;
use helmx_machinery::{Cause, Grant, Key, Status};
use helmx_yaml::Map;

use super::{Action, DEFAULT_HISTORY, Operations, busy, timeout};
use crate::apply::access::{self, Needed, Right};
use crate::apply::execute::{ApplyOptions, check_adoption, try_apply};
use crate::apply::object::{Reader, Target, Targets};
use crate::apply::ownership::Owner;
use crate::apply::plan::Plan;
use crate::apply::readiness::Jobs;
use crate::catalog::Wanted;
use crate::catalog::archive::Loaded;
use crate::error::Error;
use crate::events::About;
use crate::kinds::{Kind, Snapshot, of_definition};
use crate::render::{self, Manifest};
use crate::requester::Requester;
use crate::store::book::Book;
use crate::store::record::{self, Phase, Record};
use crate::store::{RELEASES, view};
use crate::tenant::claim;
use crate::values;

/// Kinds whose creation the core checks beyond RBAC's verbs: nobody may grant what they do not hold.
const GRANTING_KINDS: [&str; 4] = ["Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"];

/// A change that passed every check and is about to be recorded.
pub struct Prepared {
    /// Namespace and name.
    pub key: Key,
    /// The release in Events.
    pub about: About,
    /// What it is.
    pub action: Action,
    /// Who asked.
    pub requester: Requester,
    /// The new revision, still pending.
    pub record: Record,
    /// All former revisions, oldest first.
    pub history: Vec<Record>,
    /// The former revision whose objects are replaced.
    pub current: Option<Record>,
    /// The steps.
    pub plan: Plan,
    /// Files of `crds/`, in order.
    pub definitions: Vec<Target>,
    /// What the cluster serves, to read hooks with.
    pub kinds: Arc<Snapshot>,
    /// Kinds that `definitions` will add.
    pub coming: Vec<Kind>,
    /// Rights that the requester lacks: then the release is recorded as failed, and nothing else happens.
    pub missing: Vec<Right>,
    /// How to carry it out.
    pub settings: Settings,
    /// What the bookkeeping becomes.
    pub book: Book,
}

/// How an operation is carried out.
#[derive(Clone, Debug)]
pub struct Settings {
    /// For each wait.
    pub timeout: Duration,
    /// Whether readiness decides over success.
    pub wait: bool,
    /// What to ask of Jobs.
    pub jobs: Jobs,
    /// Whether hooks run.
    pub hooks: bool,
    /// Conflicts and adoption.
    pub apply: ApplyOptions,
    /// What a failure leads to.
    pub rollback_on_failure: bool,
    /// Revisions to keep; 0 keeps all.
    pub history_max: u32,
    /// Instead of Helm's words.
    pub description: Option<String>,
}

impl Settings {
    /// As a spec asks.
    ///
    /// # Errors
    /// 422 for a timeout that is no duration.
    pub fn of(spec: &ReleaseSpec, name: &str) -> Result<Self, Status> {
        let timeout = timeout(spec.timeout.as_deref()).map_err(|reason| invalid(name, "spec.timeout", &reason))?;
        Ok(Self {
            timeout,
            // Helm raises the wait strategy for --rollback-on-failure: without waiting nothing would be noticed.
            wait: spec.wait || spec.wait_for_jobs || spec.rollback_on_failure,
            jobs: if spec.wait_for_jobs { Jobs::Complete } else { Jobs::Started },
            hooks: !spec.disable_hooks,
            apply: ApplyOptions {
                force_conflicts: spec.force_conflicts,
                take_ownership: spec.take_ownership,
                migrate: false,
            },
            rollback_on_failure: spec.rollback_on_failure,
            history_max: spec.history_max.unwrap_or(DEFAULT_HISTORY),
            description: spec.description.clone(),
        })
    }
}

/// A wish: a release as its owner wants it.
pub struct Wish<'a> {
    /// Evidence of the right to ask.
    pub grant: &'a Grant,
    /// Namespace and name.
    pub key: &'a Key,
    /// The spec, with its values.
    pub spec: &'a ReleaseSpec,
    /// The bookkeeping as it would be.
    pub book: Book,
}

/// Prepares an install or upgrade.
///
/// # Errors
/// Everything that is wrong with the wish, with its field, as 4xx.
pub async fn change(operations: &Operations, wish: Wish<'_>) -> Result<Prepared, Status> {
    let Wish { grant, key, spec, mut book } = wish;
    let mut settings = Settings::of(spec, &key.name)?;
    let requester = Requester::new(&operations.own, grant)?;
    let space = operations.bindings.writable_space(&key.namespace, &key.name).await?;
    let tenant = claim::tenant(&operations.bindings, grant, key, spec.tenant.as_deref(), &space).await?;
    let history = operations.store.history(key).await?;
    let base = Base::of(key, &history, &operations.store.book(key).await?.unapplied)?;
    settings.apply.migrate = base.current.is_some_and(record::is_client_side);
    let (loaded, repository) = chart(operations, key, spec).await?;
    let own_values = values::of_spec(&requester, key, spec).await?;
    let kinds = operations.kinds.snapshot().await.map_err(|error| Status::unavailable(error.to_string()))?;
    let input = render::Input {
        key,
        loaded,
        values: own_values.clone(),
        revision: base.revision,
        is_upgrade: base.action == Action::Upgrade,
        skip_schema_validation: spec.skip_schema_validation,
        tenant: tenant.as_ref(),
        kinds: Arc::clone(&kinds),
        requester: requester.clone(),
    };
    let rendered = operations.renderer.release(input).await?;
    let draft = Draft { key, spec, base: &base, kinds: &kinds };
    let objects = draft.objects(operations, &rendered).await?;
    let record = draft.record(&rendered, &own_values);
    let missing = missing(grant, &requester, &objects).await?;
    if missing.is_empty() && !settings.apply.take_ownership {
        let verb = if base.action == Action::Install { "install" } else { "update" };
        check_adoption(&requester, &objects.plan, &owner(key), verb).await.map_err(|error| in_the_way(key, &error))?;
    }
    if book.spec.chart.repository.is_empty() {
        book.spec.chart.repository = repository;
    }
    let uid = view::uid(&space.uid, &key.name, record::first_deployed_nanoseconds(&record));
    let about = About { namespace: key.namespace.clone(), name: key.name.clone(), uid };
    let Objects { plan, definitions, coming } = objects;
    Ok(Prepared {
        key: key.clone(),
        about,
        action: base.action,
        requester,
        record,
        current: base.current.cloned(),
        history: history.clone(),
        plan,
        definitions,
        kinds,
        coming,
        missing,
        settings,
        book,
    })
}

/// The chart that a spec names, and the repository that it was found in.
async fn chart(operations: &Operations, key: &Key, spec: &ReleaseSpec) -> Result<(Arc<Loaded>, String), Status> {
    let wanted = Wanted {
        namespace: &key.namespace,
        release: &key.name,
        repository: &spec.chart.repository,
        chart: &spec.chart.name,
        version: &spec.chart.version,
    };
    let found = operations.catalog.find(&wanted)?;
    let loaded = operations.catalog.archives().load(&found.repository, &found.entry).await?;
    Ok((loaded, found.repository.name.clone()))
}

/// What a new revision stands on.
struct Base<'h> {
    action: Action,
    revision: u32,
    /// The revision whose objects are replaced (Helm, `pkg/action/upgrade.go` prepareUpgrade).
    current: Option<&'h Record>,
    last: Option<&'h Record>,
}

impl<'h> Base<'h> {
    fn of(key: &Key, history: &'h [Record], unapplied: &BTreeSet<u32>) -> Result<Self, Status> {
        let Some(last) = history.last() else {
            return Ok(Self { action: Action::Install, revision: 1, current: None, last: None });
        };
        let revision = record::revision(last) + 1;
        if record::is_pending(last) {
            return Err(busy(key));
        }
        match record::phase(last) {
            Phase::Uninstalled => {
                return Ok(Self { action: Action::Install, revision, current: None, last: Some(last) });
            }
            Phase::Uninstalling => {
                return Err(Status::conflict(
                    RELEASES,
                    &key.name,
                    "the release is being uninstalled; wait until it is gone",
                ));
            }
            _ => {}
        }
        let deployed = history.iter().rev().find(|record| record::phase(record) == Phase::Deployed);
        let current = deployed.or_else(|| last_applied(history, unapplied));
        Ok(Self { action: Action::Upgrade, revision, current, last: Some(last) })
    }
}

/// The newest revision that may own objects.
pub fn last_applied<'h>(history: &'h [Record], unapplied: &BTreeSet<u32>) -> Option<&'h Record> {
    history.iter().rev().find(|record| !unapplied.contains(&record::revision(record)))
}

/// The ownership marks of a release's objects.
pub fn owner(key: &Key) -> Owner {
    Owner { name: key.name.clone(), namespace: key.namespace.clone() }
}

struct Draft<'a> {
    key: &'a Key,
    spec: &'a ReleaseSpec,
    base: &'a Base<'a>,
    kinds: &'a Arc<Snapshot>,
}

/// The objects of a plan.
struct Objects {
    plan: Plan,
    definitions: Vec<Target>,
    coming: Vec<Kind>,
}

impl Draft<'_> {
    async fn objects(&self, operations: &Operations, rendered: &Manifest) -> Result<Objects, Status> {
        let with_definitions = self.base.action == Action::Install && !self.spec.skip_crds;
        let none = Reader { kinds: self.kinds, coming: &[], namespace: &self.key.namespace };
        let definitions = if with_definitions {
            read(self.key, none, rendered.definitions.iter().map(String::as_str))?.objects
        } else {
            Vec::new()
        };
        let coming: Vec<_> = definitions.iter().flat_map(|definition| of_definition(&definition.value)).collect();
        let documents = || helmx_chart::manifest::split(&rendered.text);
        let hooks = || rendered.hooks.iter().map(|hook| hook.manifest.as_str());
        let mut wanted = read(self.key, Reader { coming: &coming, ..none }, documents())?;
        let mut hook_targets = read(self.key, Reader { coming: &coming, ..none }, hooks())?;
        let mut kinds = Arc::clone(self.kinds);
        if !wanted.unknown.is_empty() || !hook_targets.unknown.is_empty() {
            // The kind may be younger than our answer of discovery.
            kinds = operations.kinds.refreshed().await.map_err(|error| Status::unavailable(error.to_string()))?;
            let reader = Reader { kinds: &kinds, coming: &coming, namespace: &self.key.namespace };
            wanted = read(self.key, reader, documents())?;
            hook_targets = read(self.key, reader, hooks())?;
        }
        let unknown: Vec<_> = wanted.unknown.into_iter().chain(hook_targets.unknown).collect();
        if !unknown.is_empty() {
            return Err(invalid(&self.key.name, "spec.chart", &Error::UnknownKinds(unknown).to_string()));
        }
        let reader = Reader { kinds: &kinds, coming: &coming, namespace: &self.key.namespace };
        let former = former_objects(self.key, reader, self.base.current)?;
        Ok(Objects { plan: Plan::new(former, wanted.objects, &owner(self.key)), definitions, coming })
    }

    fn record(&self, rendered: &Manifest, values: &Map) -> Record {
        let pending = if self.base.action == Action::Install { Phase::PendingInstall } else { Phase::PendingUpgrade };
        let words = if self.base.action == Action::Install { "Initial install underway" } else { "Preparing upgrade" };
        let mut record = record::new(self.key, self.base.revision, pending, words);
        if let (Action::Upgrade, Some(former)) = (self.base.action, self.base.current.or(self.base.last)) {
            record::keep_first_deployed(&mut record, former);
        }
        if let Some(last) = self.base.last {
            record.labels.clone_from(&last.labels);
        }
        record.chart = Some(rendered.chart.clone());
        record.config = values.clone();
        record.manifest.clone_from(&rendered.text);
        record.hooks = rendered.hooks.clone();
        record.info.notes.clone_from(&rendered.notes);
        record
    }
}

/// The objects that a former revision's manifest names. Kinds that the cluster no longer serves have no objects.
pub fn former_objects(key: &Key, reader: Reader<'_>, former: Option<&Record>) -> Result<Vec<Target>, Status> {
    let Some(former) = former else { return Ok(Vec::new()) };
    let documents = helmx_chart::manifest::split(&former.manifest);
    Ok(read(key, reader, documents)?.objects)
}

/// Reads documents; what is no object is a fault of the chart.
pub fn read<'d>(
    key: &Key,
    reader: Reader<'_>,
    documents: impl IntoIterator<Item = &'d str>,
) -> Result<Targets, Status> {
    reader.read(documents).map_err(|error| invalid(&key.name, "spec.chart", &error.to_string()))
}

/// The rights that the requester lacks for the whole operation, hooks included.
async fn missing(grant: &Grant, requester: &Requester, objects: &Objects) -> Result<Vec<Right>, Status> {
    let mut needed = Needed::default();
    objects.definitions.iter().for_each(|target| needed.apply(target));
    objects.plan.apply.iter().for_each(|target| needed.apply(target));
    objects.plan.delete.iter().for_each(|target| needed.delete(target));
    let missing = needed.missing(grant).await?;
    if missing.is_empty() {
        check_grants(requester, &objects.plan).await?;
    }
    Ok(missing)
}

/// Lets the core check roles and bindings without changing anything: it refuses to grant what the requester lacks.
async fn check_grants(requester: &Requester, plan: &Plan) -> Result<(), Status> {
    for target in plan.apply.iter().filter(|target| GRANTING_KINDS.contains(&target.resource.kind.as_str())) {
        match try_apply(requester, target).await {
            Err(error) if error.is_forbidden() => {
                return Err(Status::forbidden(RELEASES, &target.name, &error.to_string()));
            }
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

/// What a release that lacks rights says.
pub fn lacking(requester: &Requester, missing: &[Right]) -> String {
    access::sentence(requester.user(), missing)
}

/// 422 on one field of a release.
pub fn invalid(name: &str, field: &str, message: &str) -> Status {
    Status::invalid(
        helmx_api::GROUP,
        helmx_api::release::KIND,
        name,
        vec![Cause::new("FieldValueInvalid", field, message)],
    )
}

fn in_the_way(key: &Key, error: &Error) -> Status {
    match error {
        Error::Adoption { .. } => Status::conflict(RELEASES, &key.name, &error.to_string()),
        other if other.is_forbidden() => Status::forbidden(RELEASES, &key.name, &other.to_string()),
        other => Status::unavailable(other.to_string()),
    }
}

/// The chart as its record keeps it: only the root chart's own files.
pub fn stored_chart(chart: &Chart) -> Chart {
    Chart { dependencies: Vec::new(), raw: Vec::new(), ..chart.clone() }
}

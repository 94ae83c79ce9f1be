//! One planned step after another, as the requester.

use futures::stream::{StreamExt as _, iter};
use kube::Error as KubeError;
use kube::api::{DeleteParams, DynamicObject, Patch, PatchParams, PostParams, PropagationPolicy, ValidationDirective};
use serde_json::{Value, json};

use super::live::{FIELD_MANAGER, Live, read};
use super::object::Target;
use super::ownership::Owner;
use super::plan::{Plan, is_kept};
use crate::error::Error;
use crate::requester::Requester;

/// Objects of one kind that are applied at the same time (Helm applies kind by kind, too).
const PARALLEL: usize = 8;
/// A changed ResourceQuota makes a write fail for a moment; it is tried again so often.
const QUOTA_RETRIES: u32 = 5;

/// How objects are applied.
#[derive(Clone, Copy, Debug, Default)]
pub struct ApplyOptions {
    /// Take fields over that another manager owns.
    pub force_conflicts: bool,
    /// Adopt whatever exists.
    pub take_ownership: bool,
    /// The former revision was applied client-side: hand its fields over to server-side apply first.
    pub migrate: bool,
}

/// Checks that objects which the release does not own yet do not exist, or are adoptable.
///
/// # Errors
/// All objects that stand in the way, at once, as Helm words it.
pub async fn check_adoption(
    requester: &Requester,
    plan: &Plan,
    owner: &Owner,
    verb: &'static str,
) -> Result<(), Error> {
    let fresh = plan.apply.iter().zip(&plan.fresh).filter(|(_, fresh)| **fresh).map(|(target, _)| target);
    let looks: Vec<_> = fresh.map(|target| async move { (target, read(requester, target).await) }).collect();
    let mut objections = Vec::new();
    for (target, live) in iter(looks).buffered(PARALLEL).collect::<Vec<_>>().await {
        if let Some(objection) = live?.value().and_then(|live| owner.objection(&live)) {
            objections.push(format!("{target} exists and cannot be imported into the current release: invalid ownership metadata; {objection}"));
        }
    }
    if objections.is_empty() {
        return Ok(());
    }
    Err(Error::Adoption { verb, objections })
}

/// Applies every object of a plan, kind by kind; then deletes what left the manifest.
///
/// # Errors
/// All objects of the kind at which it failed; nothing is deleted then.
pub async fn execute(requester: &Requester, plan: &Plan, options: ApplyOptions) -> Result<(), Error> {
    let mut rest = plan.apply.as_slice();
    while let Some(first) = rest.first() {
        let same = |target: &&Target| {
            target.resource.kind == first.resource.kind && target.resource.group == first.resource.group
        };
        let count = rest.iter().take_while(same).count();
        let (batch, later) = rest.split_at(count);
        let applications: Vec<_> = batch.iter().map(|target| apply(requester, target, options)).collect();
        let applied = iter(applications).buffered(PARALLEL).collect::<Vec<_>>().await;
        let errors: Vec<_> = applied.into_iter().filter_map(Result::err).collect();
        Error::join(errors)?;
        rest = later;
    }
    delete_all(requester, &plan.delete, Deletion::of_upgrade()).await.map(|_| ())
}

/// Applies one object with field manager `helm`.
///
/// # Errors
/// What the core answered, with the object's name.
pub async fn apply(requester: &Requester, target: &Target, options: ApplyOptions) -> Result<DynamicObject, Error> {
    if target.name.is_empty() {
        return create(requester, target).await;
    }
    if options.migrate || options.take_ownership {
        migrate(requester, target).await?;
    }
    let params = PatchParams {
        force: options.force_conflicts,
        field_manager: Some(FIELD_MANAGER.into()),
        field_validation: Some(ValidationDirective::Strict),
        ..PatchParams::default()
    };
    let mut retries = 0;
    loop {
        match target.api(requester).patch(&target.name, &params, &Patch::Apply(&target.value)).await {
            Ok(object) => return Ok(object),
            Err(KubeError::Api(status)) if retries < QUOTA_RETRIES && is_quota_conflict(&status) => retries += 1,
            Err(KubeError::Api(status)) if status.code == 409 && !options.force_conflicts => {
                return Err(Error::Conflict { object: target.to_string(), message: status.message.clone() });
            }
            Err(error) => return Err(Error::cluster("cannot apply", target, error)),
        }
    }
}

fn is_quota_conflict(status: &kube::core::Status) -> bool {
    status.code == 409 && status.message.contains("resourcequotas")
}

/// Checks with the core, without changing anything, what it would say to an object: RBAC escalation above all.
///
/// # Errors
/// What the core answered.
pub async fn try_apply(requester: &Requester, target: &Target) -> Result<(), Error> {
    let params =
        PatchParams { dry_run: true, force: true, field_manager: Some(FIELD_MANAGER.into()), ..PatchParams::default() };
    let tried = target.api(requester).patch(&target.name, &params, &Patch::Apply(&target.value)).await;
    tried.map(|_| ()).map_err(|error| Error::cluster("may not apply", target, error))
}

/// Objects with `generateName` cannot be applied: they have no name yet.
async fn create(requester: &Requester, target: &Target) -> Result<DynamicObject, Error> {
    let object = serde_json::from_value(target.value.clone()).map_err(|error| Error::manifest(error.to_string()))?;
    let params = PostParams { field_manager: Some(FIELD_MANAGER.into()), ..PostParams::default() };
    target.api(requester).create(&params, &object).await.map_err(|error| Error::cluster("cannot create", target, error))
}

/// Hands the fields that `helm` owns by client-side apply over to server-side apply, as client-go's csaupgrade does.
async fn migrate(requester: &Requester, target: &Target) -> Result<(), Error> {
    let Some(live) = read(requester, target).await?.value() else { return Ok(()) };
    let Some(fields) = migrated(&live) else { return Ok(()) };
    let version = live.pointer("/metadata/resourceVersion").cloned().unwrap_or_default();
    let patch: json_patch::Patch = serde_json::from_value(json!([
        {"op": "replace", "path": "/metadata/managedFields", "value": fields},
        {"op": "replace", "path": "/metadata/resourceVersion", "value": version},
    ]))
    .map_err(|error| Error::manifest(error.to_string()))?;
    let patched = target.api(requester).patch(&target.name, &PatchParams::default(), &Patch::Json::<()>(patch)).await;
    patched.map(|_| ()).map_err(|error| Error::cluster("cannot take over the fields of", target, error))
}

/// The managedFields after the hand-over; `None` when there is nothing to hand over.
fn migrated(live: &Value) -> Option<Value> {
    let entries = live.pointer("/metadata/managedFields")?.as_array()?;
    let main = |entry: &&Value| {
        entry.get("manager").and_then(Value::as_str) == Some(FIELD_MANAGER)
            && entry.get("subresource").and_then(Value::as_str).unwrap_or_default().is_empty()
    };
    let by = |entry: &Value, operation: &str| entry.get("operation").and_then(Value::as_str) == Some(operation);
    let mut fields = Value::Object(serde_json::Map::new());
    let (mut template, mut found) = (None, false);
    for entry in entries.iter().filter(main) {
        found |= by(entry, "Update");
        unite(&mut fields, entry.get("fieldsV1").unwrap_or(&Value::Null));
        template = Some(entry);
    }
    let mut handed = template.filter(|_| found)?.clone();
    handed["operation"] = json!("Apply");
    handed["fieldsV1"] = fields;
    let others = entries.iter().filter(|entry| !main(entry)).cloned();
    Some(Value::Array(others.chain([handed]).collect()))
}

/// The union of two field sets (`fieldsV1`): nested objects whose leaves are empty.
fn unite(into: &mut Value, other: &Value) {
    let (Some(into), Some(other)) = (into.as_object_mut(), other.as_object()) else { return };
    for (name, fields) in other {
        match into.get_mut(name) {
            Some(known) => unite(known, fields),
            None => {
                into.insert(name.clone(), fields.clone());
            }
        }
    }
}

/// How objects are deleted.
#[derive(Clone, Copy, Debug)]
pub struct Deletion {
    propagation: Propagation,
}

#[derive(Clone, Copy, Debug)]
enum Propagation {
    Background,
    Foreground,
    Orphan,
}

impl Deletion {
    /// Objects that left the manifest.
    pub fn of_upgrade() -> Self {
        Self { propagation: Propagation::Background }
    }

    /// As the caller of a delete asked.
    pub fn asked(propagation: Option<helmx_machinery::Propagation>) -> Self {
        use helmx_machinery::Propagation as Asked;
        let propagation = match propagation {
            Some(Asked::Orphan) => Propagation::Orphan,
            Some(Asked::Foreground) => Propagation::Foreground,
            Some(Asked::Background) | None => Propagation::Background,
        };
        Self { propagation }
    }

    fn parameters(self) -> DeleteParams {
        let policy = match self.propagation {
            Propagation::Background => PropagationPolicy::Background,
            Propagation::Foreground => PropagationPolicy::Foreground,
            Propagation::Orphan => PropagationPolicy::Orphan,
        };
        DeleteParams { propagation_policy: Some(policy), ..DeleteParams::default() }
    }
}

/// Deletes objects in order; returns those that the resource policy keeps.
///
/// # Errors
/// All objects that could not be deleted, at once.
pub async fn delete_all<'t>(
    requester: &Requester,
    targets: &'t [Target],
    deletion: Deletion,
) -> Result<Vec<&'t Target>, Error> {
    let (mut kept, mut errors) = (Vec::new(), Vec::new());
    for target in targets {
        match delete_one(requester, target, deletion).await {
            Ok(Gone::Kept) => kept.push(target),
            Ok(Gone::Deleted) => {}
            Err(error) => errors.push(error),
        }
    }
    Error::join(errors)?;
    Ok(kept)
}

enum Gone {
    Deleted,
    Kept,
}

async fn delete_one(requester: &Requester, target: &Target, deletion: Deletion) -> Result<Gone, Error> {
    match read(requester, target).await? {
        Live::Absent => return Ok(Gone::Deleted),
        Live::Present(live) => {
            let policy =
                live.metadata.annotations.as_ref().and_then(|annotations| annotations.get("helm.sh/resource-policy"));
            if is_kept(policy.map(String::as_str)) {
                return Ok(Gone::Kept);
            }
        }
    }
    match target.api(requester).delete(&target.name, &deletion.parameters()).await {
        Ok(_) => Ok(Gone::Deleted),
        Err(KubeError::Api(status)) if status.code == 404 => Ok(Gone::Deleted),
        Err(error) => Err(Error::cluster("cannot delete", target, error)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::migrated;

    #[test]
    fn fields_of_client_side_apply_are_handed_over_once() {
        let live = json!({"metadata": {"managedFields": [
            {"manager": "helm", "operation": "Update", "fieldsV1": {"f:spec": {"f:a": {}}}},
            {"manager": "helm", "operation": "Apply", "fieldsV1": {"f:spec": {"f:b": {}}}},
            {"manager": "kcm", "operation": "Update", "subresource": "status", "fieldsV1": {}},
        ]}});
        let fields = migrated(&live).expect("there is something to hand over");
        assert_eq!(fields[0]["manager"], "kcm");
        assert_eq!(fields[1]["operation"], "Apply");
        assert_eq!(fields[1]["fieldsV1"], json!({"f:spec": {"f:a": {}, "f:b": {}}}));
        assert_eq!(migrated(&json!({"metadata": {"managedFields": fields}})), None);
        assert_eq!(migrated(&json!({"metadata": {}})), None);
    }
}

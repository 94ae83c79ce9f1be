//! The status of a declared resource: Repository, ClusterRepository, Tenant.

use kube::api::{Api, DynamicObject, Patch, PatchParams};
use kube::core::{ApiResource, GroupVersionKind};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

/// The server's name as the owner of fields.
pub const FIELD_MANAGER: &str = "helmx-apiserver";

/// A kind of the declared group, for dynamic clients.
pub fn resource(kind: &str, plural: &str) -> ApiResource {
    ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(helmx_api::CONFIG_GROUP, helmx_api::VERSION, kind), plural)
}

/// Writes the status that `next` makes of the one before. It is applied whole, so that fields which no longer hold go.
/// An object that is gone, or another one of its name, is left alone.
///
/// # Errors
/// What the core answered.
pub async fn update_status<S>(
    api: &Api<DynamicObject>,
    name: &str,
    uid: &str,
    next: impl FnOnce(S) -> S,
) -> kube::Result<()>
where
    S: Serialize + DeserializeOwned + Default,
{
    let Some(object) = api.get_opt(name).await? else { return Ok(()) };
    if object.metadata.uid.as_deref() != Some(uid) {
        return Ok(());
    }
    let former = object.data.get("status").cloned().unwrap_or_default();
    let status = next(serde_json::from_value(former).unwrap_or_default());
    let types = object.types.unwrap_or_default();
    let applied = json!({
        "apiVersion": types.api_version,
        "kind": types.kind,
        "metadata": {"name": name, "uid": uid},
        "status": status,
    });
    api.patch_status(name, &PatchParams::apply(FIELD_MANAGER).force(), &Patch::Apply(&applied)).await.map(drop)
}

//! What a client may say about its tenant, and what the server believes.

use helmx_machinery::{Attributes, Grant, Key, Status};

use super::binding::{Bindings, Space, Tenant};
use crate::store::RELEASES;

/// The tenant of a release: follows from the namespace; a claim must be true, or the requester may `use` the tenant.
///
/// # Errors
/// 403 for a false claim, 503 before the tenants are known.
pub async fn tenant(
    bindings: &Bindings,
    grant: &Grant,
    key: &Key,
    claim: Option<&str>,
    space: &Space,
) -> Result<Option<Tenant>, Status> {
    if !bindings.is_complete() {
        return Err(Status::unavailable("the tenants are not known yet; try again in a moment").with_retry_after(1));
    }
    let own = bindings.of(&key.namespace, space)?;
    let Some(claim) = claim.filter(|claim| own.as_ref().is_none_or(|own| own.name != **claim)) else {
        return Ok(own);
    };
    let question = Attributes::Resource {
        verb: "use".into(),
        group: helmx_api::CONFIG_GROUP.into(),
        version: helmx_api::VERSION.into(),
        resource: "tenants".into(),
        subresource: String::new(),
        namespace: String::new(),
        name: claim.into(),
    };
    let declared = bindings.tenant(claim);
    match declared {
        Some(tenant) if grant.may(question).await? => Ok(Some(tenant)),
        Some(_) | None => Err(Status::forbidden(
            RELEASES,
            &key.name,
            &format!(
                "spec.tenant claims tenant \"{claim}\", but namespace \"{}\" belongs to {}; leave spec.tenant out",
                key.namespace,
                own.map_or("no tenant".to_owned(), |own| format!("tenant \"{}\"", own.name)),
            ),
        )),
    }
}

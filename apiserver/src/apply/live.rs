//! What the cluster holds, asked as the requester.

use kube::api::{DynamicObject, Patch, PatchParams};
use kube::{Error as KubeError, ResourceExt as _};
use serde_json::{Value, json};

use super::object::Target;
use crate::error::Error;
use crate::requester::Requester;

/// The field manager of Helm; another name would split the ownership of fields between helm and helmx.
pub const FIELD_MANAGER: &str = "helm";

/// Whether a requester could see an object, and what they saw.
#[derive(Debug)]
pub enum Live {
    /// It exists.
    Present(Box<DynamicObject>),
    /// It does not exist.
    Absent,
}

impl Live {
    /// The object as JSON.
    pub fn value(&self) -> Option<Value> {
        match self {
            Self::Present(object) => serde_json::to_value(object).ok(),
            Self::Absent => None,
        }
    }
}

/// Reads an object as the requester.
///
/// Who may patch but not get (tenants and Secrets, say) is answered by an empty apply with `dryRun`, which changes
/// nothing and returns the object.
///
/// # Errors
/// What the core answered; a missing object is no error.
pub async fn read(requester: &Requester, target: &Target) -> Result<Live, Error> {
    if target.name.is_empty() {
        return Ok(Live::Absent);
    }
    match target.api(requester).get(&target.name).await {
        Ok(object) => Ok(Live::Present(Box::new(object))),
        Err(KubeError::Api(status)) if status.code == 404 => Ok(Live::Absent),
        Err(KubeError::Api(status)) if status.code == 403 => read_by_patch(requester, target).await,
        Err(error) => Err(Error::cluster("cannot get", target, error)),
    }
}

async fn read_by_patch(requester: &Requester, target: &Target) -> Result<Live, Error> {
    let empty = json!({
        "apiVersion": target.resource.api_version,
        "kind": target.resource.kind,
        "metadata": {"name": target.name},
    });
    let params = PatchParams { dry_run: true, field_manager: Some("helmx-lookup".into()), ..PatchParams::default() };
    match target.api(requester).patch(&target.name, &params, &Patch::Apply(&empty)).await {
        // An object that would be made by this very request is not there yet: it is younger than any stored one.
        Ok(object) if object.resource_version().is_some_and(|version| !version.is_empty()) => {
            Ok(Live::Present(Box::new(object)))
        }
        Ok(_) => Ok(Live::Absent),
        Err(KubeError::Api(status)) if status.code == 404 || status.code == 422 || status.code == 400 => {
            Ok(Live::Absent)
        }
        Err(error) => Err(Error::cluster("cannot look for", target, error)),
    }
}

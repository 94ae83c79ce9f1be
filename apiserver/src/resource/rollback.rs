//! The rollback of a release: a former revision becomes the newest one.

use std::sync::Arc;

use async_trait::async_trait;
use helmx_api::release::RollbackSpec;
use helmx_api::schema;
use helmx_machinery::{Call, Grant, Key, Reply, Result, Status, Subresource, SubresourceInfo, Verb};
use http::StatusCode;
use serde_json::{Value, json};

use crate::operation::{Operations, prepare_rollback};
use crate::store::RELEASES;

const KIND: &str = "Rollback";

/// `POST releases/NAME/rollback`.
pub struct Rollback(Arc<Operations>);

impl Rollback {
    /// Rollbacks carried out by `operations`.
    pub fn new(operations: Arc<Operations>) -> Self {
        Self(operations)
    }
}

/// Its entry in discovery.
pub fn info() -> SubresourceInfo {
    let schema = json!({
        "type": "object",
        "description": "Makes a former revision the newest one.",
        "properties": {"spec": schema::of::<RollbackSpec>()},
    });
    SubresourceInfo {
        name: "rollback",
        group: "",
        version: "",
        kind: KIND,
        verbs: &[Verb::Create],
        schema: Some(schema),
        description: "goes back to a former revision",
    }
}

#[async_trait]
impl Subresource for Rollback {
    async fn connect(&self, grant: &Grant, key: &Key, call: Call) -> Result<Reply> {
        let spec = match call.body.get("spec") {
            None | Some(Value::Null) => RollbackSpec::default(),
            Some(spec) => {
                serde_json::from_value(spec.clone()).map_err(|error| Status::bad_request(format!("spec: {error}")))?
            }
        };
        let stored = self.0.store.cache().get(key).ok_or_else(|| Status::not_found(RELEASES, &key.name))?;
        let prepared = prepare_rollback::prepare(&self.0, grant, key, &stored, &spec).await?;
        if call.dry_run {
            return Ok(Reply::Object(StatusCode::OK, (*stored).clone()));
        }
        let object = self.0.begin(prepared).await?;
        Ok(Reply::Object(StatusCode::CREATED, object))
    }
}

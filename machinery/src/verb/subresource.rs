//! Requests to subresources other than `status`.

use http::{Response, StatusCode};
use serde_json::Value;

use super::Inbound;
use crate::body::{self, Body};
use crate::decode;
use crate::negotiate::{self, Answer};
use crate::resource::{Call, Reply, SubresourceInfo};
use crate::respond;
use crate::status::{Result, Status, Subject};

/// Decodes the body, asks the subresource and passes its answer on. Errors: 404 for a subresource that does not exist,
/// 405 for a verb it does not have, 415 and 400 for bodies, whatever the subresource says.
pub(crate) async fn connect(inbound: &Inbound) -> Result<Response<Body>> {
    let name = inbound.request.subresource.as_str();
    let about = inbound.about();
    let (Some(info), Some(subresource)) = (about.subresource_info(name), inbound.resource.subresource(name)) else {
        return Err(Status::no_such_path());
    };
    if !info.verbs.contains(&inbound.request.verb) {
        let resource = format!("{}/{name}", about.plural);
        let subject = Subject { group: &about.group, resource: &resource };
        return Err(Status::method_not_allowed(subject, inbound.request.verb.as_str()));
    }
    let call = call(inbound, info)?;
    match subresource.connect(&inbound.grant, &inbound.key(), call).await? {
        Reply::Object(code, object) => {
            let format = negotiate::format(&inbound.headers, &inbound.info, Answer::Plain)?;
            respond::value(code, &object, format, &inbound.headers)
        }
        Reply::Raw { content_type, bytes } => {
            Ok(respond::bytes_with(StatusCode::OK, &content_type, bytes.to_vec(), &inbound.headers))
        }
        Reply::Stream { content_type, pieces } => Ok(respond::streaming(&content_type, body::stream(pieces))),
    }
}

fn call(inbound: &Inbound, info: &SubresourceInfo) -> Result<Call> {
    let body =
        if inbound.body.is_empty() { Value::Null } else { decode::document(&inbound.headers, &inbound.body)?.value };
    if !matches!(body, Value::Null | Value::Object(_)) {
        return Err(Status::bad_request("the body must be an object"));
    }
    check_kind(inbound, info, &body)?;
    let listed = body.get("dryRun").and_then(Value::as_array).is_some_and(|values| !values.is_empty());
    let dry_run = listed || inbound.info.query.iter().any(|(name, value)| name == "dryRun" && !value.is_empty());
    Ok(Call { method: inbound.info.method.clone(), query: inbound.info.query.clone(), body, dry_run })
}

/// A body that names a kind must name the one the subresource takes.
fn check_kind(inbound: &Inbound, info: &SubresourceInfo, body: &Value) -> Result<()> {
    let kind = body.get("kind").and_then(Value::as_str).unwrap_or_default();
    if info.schema.is_none() || kind.is_empty() || kind == info.kind {
        return Ok(());
    }
    let path = format!("{}/{}", inbound.about().plural, info.name);
    Err(Status::bad_request(format!("the body of {path} must be a {}, not a {kind}", info.kind)))
}

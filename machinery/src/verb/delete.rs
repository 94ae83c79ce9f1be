//! `DELETE …/NAME` and `DELETE …/PLURAL`.

use std::sync::Arc;

use http::{Response, StatusCode};
use serde_json::Value;

use super::Inbound;
use crate::body::Body;
use crate::decode;
use crate::negotiate::{self, Answer};
use crate::object::Object;
use crate::options::{DeleteOptions, ListOptions, Preconditions};
use crate::resource::{Deleted, List};
use crate::respond;
use crate::status::{Result, Status, success};

/// Answers a Status when the object is gone, and the object when finalizers hold it.
pub(crate) async fn one(inbound: &Inbound) -> Result<Response<Body>> {
    let options = options(inbound)?;
    let format = negotiate::format(&inbound.headers, &inbound.info, Answer::One)?;
    let key = inbound.key();
    if options.preconditions != Preconditions::default() {
        let object = inbound.resource.get(&inbound.grant, &key).await?;
        check(inbound, &object, &options.preconditions)?;
    }
    match inbound.resource.delete(&inbound.grant, &key, &options).await? {
        Deleted::Marked(object) => inbound.answer(StatusCode::OK, object).await,
        Deleted::Gone(object) => {
            let uid = Some(object.uid()).filter(|uid| !uid.is_empty());
            let status = success(inbound.about().subject(), &key.name, uid);
            respond::value(StatusCode::OK, &status, format, &inbound.headers)
        }
    }
}

/// Answers the list of what was deleted.
pub(crate) async fn collection(inbound: &Inbound) -> Result<Response<Body>> {
    let options = options(inbound)?;
    let presenter = inbound.presenter(Answer::List)?;
    let selection = ListOptions::parse(&inbound.info, &inbound.about().selectable_fields)?;
    let deleted = inbound.resource.delete_collection(&inbound.grant, inbound.namespace(), &selection, &options).await?;
    let version = deleted.iter().map(Object::version).max().unwrap_or(0);
    let items = deleted.into_iter().map(Arc::new).collect();
    presenter.list(List { items, version, continue_token: None, remaining: None }, &inbound.headers).await
}

fn options(inbound: &Inbound) -> Result<DeleteOptions> {
    let body =
        if inbound.body.is_empty() { Value::Null } else { decode::document(&inbound.headers, &inbound.body)?.value };
    DeleteOptions::parse(&inbound.info, &body)
}

/// Errors: 409 if the object is not the one that the client means. The resource checks once more under its lock.
fn check(inbound: &Inbound, object: &Object, wanted: &Preconditions) -> Result<()> {
    let subject = inbound.about().subject();
    let differs = |wanted: &Option<String>, is: &str| wanted.as_deref().is_some_and(|wanted| wanted != is);
    let conflict = |what: &str, wanted: &Option<String>, is: &str| {
        let wanted = wanted.as_deref().unwrap_or_default();
        let why = format!("Precondition failed: {what} in precondition: {wanted}, {what} in object meta: {is}");
        Status::conflict(subject, object.name(), &why)
    };
    if differs(&wanted.uid, object.uid()) {
        return Err(conflict("UID", &wanted.uid, object.uid()));
    }
    if differs(&wanted.resource_version, object.resource_version()) {
        return Err(conflict("ResourceVersion", &wanted.resource_version, object.resource_version()));
    }
    Ok(())
}

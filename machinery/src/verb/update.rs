//! `PUT …/NAME` and `PUT …/NAME/status`.

use std::sync::Arc;

use http::{Response, StatusCode};

use super::{Inbound, incoming, prepare};
use crate::body::Body;
use crate::negotiate::Answer;
use crate::object::Object;
use crate::options::WriteOptions;
use crate::resource::Part;
use crate::status::{Cause, Reason, Result, Status};

/// How often a write that does not name a version is tried again when somebody else wrote first.
pub(super) const ATTEMPTS: usize = 5;

/// Answers 200 with the object as stored.
pub(crate) async fn update(inbound: &Inbound, part: Part) -> Result<Response<Body>> {
    let options = WriteOptions::parse(&inbound.info, "UpdateOptions", inbound.user_agent())?;
    inbound.presenter(Answer::One)?;
    let object = incoming::object(inbound, &options)?;
    if object.resource_version().is_empty() && !inbound.about().unconditional_update {
        let info = inbound.about();
        let cause = Cause::invalid("metadata.resourceVersion", "0", "must be specified for an update");
        return Err(Status::invalid(&info.group, &info.kind, object.name(), vec![cause]));
    }
    let mut attempts = if object.resource_version().is_empty() { ATTEMPTS } else { 1 };
    loop {
        attempts -= 1;
        let old = current(inbound).await?;
        match store(inbound, old, object.clone(), part, &options).await {
            Err(status) if status.reason() == Reason::Conflict && attempts > 0 => {}
            outcome => return inbound.answer(StatusCode::OK, outcome?).await,
        }
    }
}

/// The stored object as the caller may see it: what every change starts from.
pub(super) async fn current(inbound: &Inbound) -> Result<Object> {
    let stored = inbound.resource.get(&inbound.grant, &inbound.key()).await?;
    let shown = inbound.resource.present(&inbound.grant, Arc::new(stored)).await?;
    Ok(Arc::unwrap_or_clone(shown))
}

/// Writes the change from `old` to `new`, if there is one.
async fn store(inbound: &Inbound, old: Object, new: Object, part: Part, options: &WriteOptions) -> Result<Object> {
    let unchanged = old.clone();
    match prepare::for_update(inbound, old, new, part, options)? {
        None => Ok(unchanged),
        Some(change) => inbound.resource.update(&inbound.grant, &inbound.key(), change, options).await,
    }
}

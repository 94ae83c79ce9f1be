//! `PATCH …/NAME` and `PATCH …/NAME/status`: JSON patch, merge patch, server-side apply.

use http::{Response, StatusCode};
use json_patch::PatchOperation;
use serde_json::Value;

use super::{Inbound, create, incoming, prepare, update};
use crate::authz::Attributes;
use crate::body::Body;
use crate::decode::{self, Document};
use crate::negotiate::Answer;
use crate::object::Object;
use crate::options::WriteOptions;
use crate::resource::Part;
use crate::status::{Cause, Reason, Result, Status};

/// Most operations of one JSON patch (k8s.io/apiserver `maxJSONPatchOperations`).
const MAX_OPERATIONS: usize = 10_000;
/// A patched object may not grow beyond this many bytes: `copy` operations multiply.
const MAX_PATCHED: usize = 3 * 1024 * 1024;

pub(crate) const JSON_PATCH: &str = "application/json-patch+json";
pub(crate) const MERGE_PATCH: &str = "application/merge-patch+json";
pub(crate) const APPLY_PATCH: &str = "application/apply-patch+yaml";
pub(crate) const ACCEPTED: &[&str] = &[JSON_PATCH, MERGE_PATCH, APPLY_PATCH];

enum Patch {
    Json(json_patch::Patch),
    Merge(Document),
    Apply(Document),
}

impl Patch {
    /// Errors: 415, 400, 413.
    fn parse(inbound: &Inbound) -> Result<Self> {
        match decode::media_type(&inbound.headers).as_str() {
            JSON_PATCH => {
                let operations: Vec<PatchOperation> = serde_json::from_slice(&inbound.body)
                    .map_err(|error| Status::bad_request(format!("error decoding patch: {error}")))?;
                if operations.len() > MAX_OPERATIONS {
                    let message = format!(
                        "The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, got {}",
                        operations.len()
                    );
                    return Err(Status::new(Reason::RequestEntityTooLarge, message));
                }
                Ok(Self::Json(json_patch::Patch(operations)))
            }
            MERGE_PATCH => Ok(Self::Merge(decode::json(&inbound.body)?)),
            // YAML contains JSON, but JSON is told apart because it is read faster and clients send it.
            APPLY_PATCH if inbound.body.trim_ascii_start().starts_with(b"{") => {
                Ok(Self::Apply(decode::json(&inbound.body)?))
            }
            APPLY_PATCH => Ok(Self::Apply(decode::yaml(&inbound.body)?)),
            _ => Err(decode::unsupported_media_type(ACCEPTED)),
        }
    }
}

/// Answers 200 with the object as stored, or 201 if an apply created it.
pub(crate) async fn patch(inbound: &Inbound, part: Part) -> Result<Response<Body>> {
    let patch = Patch::parse(inbound)?;
    let options = options(inbound, &patch)?;
    inbound.presenter(Answer::One)?;
    let mut attempts = update::ATTEMPTS;
    loop {
        attempts -= 1;
        match attempt(inbound, &patch, part, &options).await {
            Err(Failure::Raced(_)) if attempts > 0 => {}
            Err(Failure::Raced(status) | Failure::Final(status)) => return Err(status),
            Ok((code, object)) => return inbound.answer(code, object).await,
        }
    }
}

enum Failure {
    /// Somebody else wrote first.
    Raced(Status),
    Final(Status),
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        Self::Final(status)
    }
}

fn options(inbound: &Inbound, patch: &Patch) -> Result<WriteOptions> {
    let options = WriteOptions::parse(&inbound.info, "PatchOptions", inbound.user_agent())?;
    let given = |name| inbound.info.parameter(name).is_some_and(|value| !value.is_empty());
    let cause = match patch {
        Patch::Apply(_) if !given("fieldManager") => Cause::required("fieldManager", "is required for apply patch"),
        Patch::Json(_) | Patch::Merge(_) if options.force => {
            Cause::forbidden("force", "may not be specified for non-apply patch")
        }
        Patch::Apply(_) | Patch::Json(_) | Patch::Merge(_) => return Ok(options),
    };
    Err(Status::invalid("meta.k8s.io", "PatchOptions", "", vec![cause]))
}

async fn attempt(
    inbound: &Inbound,
    patch: &Patch,
    part: Part,
    options: &WriteOptions,
) -> std::result::Result<(StatusCode, Object), Failure> {
    let old = match update::current(inbound).await {
        Ok(old) => Some(old),
        Err(status) if status.reason() == Reason::NotFound => match (patch, part) {
            (Patch::Apply(_), Part::Main) => None,
            (Patch::Apply(_) | Patch::Json(_) | Patch::Merge(_), Part::Main | Part::Status) => {
                return Err(status.into());
            }
        },
        Err(status) => return Err(status.into()),
    };
    let Some(old) = old else { return create_by_apply(inbound, patch, options).await };
    let unchanged = old.clone();
    let change = match patch {
        Patch::Apply(document) => {
            let applied = applied(inbound, document, options)?;
            check_applied_version(inbound, &applied, &old)?;
            let merged = prepare::writer(inbound, options, part).apply(Some(&old), &applied);
            let merged = merged.map_err(|conflicts| conflicts.into_status(inbound.about().subject(), old.name()))?;
            prepare::for_apply(inbound, old, merged, part)?
        }
        Patch::Json(_) | Patch::Merge(_) => {
            let new = patched(inbound, &old, patch, options)?;
            prepare::for_update(inbound, old, new, part, options)?
        }
    };
    let Some(change) = change else { return Ok((StatusCode::OK, unchanged)) };
    match inbound.resource.update(&inbound.grant, &inbound.key(), change, options).await {
        Ok(object) => Ok((StatusCode::OK, object)),
        Err(status) if status.reason() == Reason::Conflict => Err(Failure::Raced(status)),
        Err(status) => Err(status.into()),
    }
}

/// The configuration of an apply. Errors: 400.
fn applied(inbound: &Inbound, document: &Document, options: &WriteOptions) -> Result<Object> {
    let given = |field: &str| document.value.get(field).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    for field in ["apiVersion", "kind"] {
        if !given(field) {
            return Err(Status::bad_request(format!("an apply configuration must set {field}")));
        }
    }
    let document = Document { value: document.value.clone(), duplicates: document.duplicates.clone() };
    let mut object = incoming::checked(inbound, document, options)?;
    if object.get("metadata").and_then(|metadata| metadata.get("managedFields")).is_some() {
        return Err(Status::bad_request("metadata.managedFields must be nil"));
    }
    prepare::check_namespace(inbound, &mut object)?;
    if object.name().is_empty() {
        object.set_metadata("name", inbound.request.name.as_str());
    }
    let mut causes = inbound.schema.check(&Value::Object(object.0.clone()));
    causes.retain(|cause| cause.reason == incoming::TYPE_INVALID);
    if !causes.is_empty() {
        let info = inbound.about();
        return Err(Status::invalid(&info.group, &info.kind, object.name(), causes));
    }
    if object.name() != inbound.request.name {
        return Err(Status::bad_request(format!(
            "the name of the object ({}) does not match the name on the URL ({})",
            object.name(),
            inbound.request.name
        )));
    }
    Ok(object)
}

/// An apply that names a uid or a version means that object or version only.
fn check_applied_version(inbound: &Inbound, applied: &Object, old: &Object) -> Result<()> {
    prepare::check_uid(inbound, applied, old)?;
    let named = applied.resource_version();
    if named.is_empty() || named == old.resource_version() {
        return Ok(());
    }
    Err(Status::modified(inbound.about().subject(), old.name()))
}

/// An apply to what does not exist creates it, for which the caller needs `create` too.
async fn create_by_apply(
    inbound: &Inbound,
    patch: &Patch,
    options: &WriteOptions,
) -> std::result::Result<(StatusCode, Object), Failure> {
    let Patch::Apply(document) = patch else { return Err(inbound.about().not_found(&inbound.request.name).into()) };
    inbound.grant.require(Attributes::clone(inbound.grant.attributes()).with_verb("create")).await?;
    let applied = applied(inbound, document, options)?;
    if !applied.uid().is_empty() {
        let subject = inbound.about().subject();
        let why = format!(
            "uid mismatch: the provided object specified uid {}, and no existing object was found",
            applied.uid()
        );
        return Err(Status::conflict(subject, applied.name(), &why).into());
    }
    let object = prepare::for_apply_create(inbound, &applied, options)?;
    match create::store(inbound, object, options).await {
        Ok(object) => Ok((StatusCode::CREATED, object)),
        Err(status) if status.reason() == Reason::AlreadyExists => Err(Failure::Raced(status)),
        Err(status) => Err(status.into()),
    }
}

/// The object after a JSON or merge patch. Errors: 400, 413, 422.
fn patched(inbound: &Inbound, old: &Object, patch: &Patch, options: &WriteOptions) -> Result<Object> {
    let mut value = old.clone().into_value();
    let mut duplicates = Vec::new();
    match patch {
        Patch::Json(operations) => {
            apply_operations(&mut value, operations).map_err(|why| {
                let cause = Cause::new("FieldValueInvalid", "patch", why);
                let info = inbound.about();
                Status::invalid(&info.group, &info.kind, old.name(), vec![cause])
            })?;
        }
        Patch::Merge(document) => {
            if !document.value.is_object() {
                return Err(Status::bad_request("a merge patch must be an object"));
            }
            json_patch::merge(&mut value, &document.value);
            duplicates.clone_from(&document.duplicates);
        }
        Patch::Apply(_) => {}
    }
    if value.to_string().len() > MAX_PATCHED {
        let message = format!("the patched object is larger than {MAX_PATCHED} bytes");
        return Err(Status::new(Reason::RequestEntityTooLarge, message));
    }
    incoming::checked(inbound, Document { value, duplicates }, options)
}

/// Applies the operations in order. What is copied in all may not exceed the size of an object, because copies of
/// copies double with every operation.
fn apply_operations(value: &mut Value, operations: &[PatchOperation]) -> std::result::Result<(), String> {
    let mut copied = 0;
    for operation in operations {
        if let PatchOperation::Copy(copy) = operation {
            copied += value.pointer(copy.from.as_str()).map_or(0, |source| source.to_string().len());
            if copied > MAX_PATCHED {
                return Err(format!("the copy operations of the patch copy more than {MAX_PATCHED} bytes"));
            }
        }
        json_patch::patch(value, std::slice::from_ref(operation)).map_err(|error| error.to_string())?;
    }
    Ok(())
}

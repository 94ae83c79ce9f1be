//! The object that a client writes: decoded, of the right kind, without unknown fields, with sound types.

use serde_json::Value;

use super::Inbound;
use crate::decode::{self, Document};
use crate::object::Object;
use crate::options::{FieldValidation, WriteOptions};
use crate::status::{Cause, Result, Status};

/// The reason of a cause that says a value has the wrong type.
pub(super) const TYPE_INVALID: &str = "FieldValueTypeInvalid";

/// The object of a POST or PUT. Errors: 415, 400.
pub(super) fn object(inbound: &Inbound, options: &WriteOptions) -> Result<Object> {
    let document = decode::document(&inbound.headers, &inbound.body)?;
    checked(inbound, document, options)
}

/// Checks kind and fields of a decoded object. With `Strict`, unknown and duplicate fields are an error; with `Warn`
/// they become warnings; in any case unknown fields are dropped.
///
/// Errors: 400.
pub(super) fn checked(inbound: &Inbound, document: Document, options: &WriteOptions) -> Result<Object> {
    let Document { value, duplicates } = document;
    let mut object = Object::from_value(value).ok_or_else(|| Status::bad_request("the body must be an object"))?;
    check_kind(inbound, &mut object)?;
    let mut value = object.into_value();
    let unknown = inbound.schema.prune(&mut value);
    report(inbound, options.field_validation, unknown, duplicates)?;
    check_metadata(inbound, &value)?;
    Object::from_value(value).ok_or_else(|| Status::bad_request("the body must be an object"))
}

fn check_kind(inbound: &Inbound, object: &mut Object) -> Result<()> {
    let info = inbound.about();
    let (api_version, kind) = (info.api_version(), info.kind.as_str());
    let mismatch = |what: &str, given: &str, expected: &str| {
        Status::bad_request(format!("the {what} in the data ({given}) does not match the expected {what} ({expected})"))
    };
    if object.api_version().is_empty() {
        object.set("apiVersion", api_version.as_str());
    }
    if object.kind().is_empty() {
        object.set("kind", kind);
    }
    if object.api_version() != api_version {
        return Err(mismatch("API version", object.api_version(), &api_version));
    }
    if object.kind() != kind {
        return Err(mismatch("kind", object.kind(), kind));
    }
    Ok(())
}

fn report(inbound: &Inbound, validation: FieldValidation, unknown: Vec<String>, duplicates: Vec<String>) -> Result<()> {
    let duplicates = duplicates.into_iter().map(|path| format!("duplicate field \"{path}\""));
    let unknown = unknown.into_iter().map(|path| format!("unknown field \"{path}\""));
    let found: Vec<String> = duplicates.chain(unknown).collect();
    match validation {
        FieldValidation::Ignore => Ok(()),
        FieldValidation::Warn => {
            found.into_iter().for_each(|text| inbound.grant.warn(text));
            Ok(())
        }
        FieldValidation::Strict if found.is_empty() => Ok(()),
        FieldValidation::Strict => {
            let info = inbound.about();
            Err(Status::bad_request(format!(
                "{kind} in version \"{version}\" cannot be handled as a {kind}: strict decoding error: {found}",
                kind = info.kind,
                version = info.version,
                found = found.join(", ")
            )))
        }
    }
}

/// Metadata of the wrong types cannot be read at all, by anyone.
fn check_metadata(inbound: &Inbound, value: &Value) -> Result<()> {
    let info = inbound.about();
    let causes = inbound.schema.check(value);
    let unreadable = |cause: &&Cause| cause.reason == TYPE_INVALID && cause.field.starts_with("metadata");
    match causes.iter().find(unreadable) {
        None => Ok(()),
        Some(cause) => Err(Status::bad_request(format!(
            "{kind} in version \"{version}\" cannot be handled as a {kind}: {message}",
            kind = info.kind,
            version = info.version,
            message = cause.message
        ))),
    }
}

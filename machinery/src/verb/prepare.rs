//! What every written object must have and keep, whatever its kind: k8s.io/apiserver `pkg/registry/rest`
//! (`BeforeCreate`, `BeforeUpdate`).

use serde_json::Value;

use super::Inbound;
use crate::fields::Writer;
use crate::object::Object;
use crate::options::WriteOptions;
use crate::resource::{Change, Part};
use crate::status::{Cause, Result, Status};
use crate::time;

mod metadata;

/// Set by the server alone.
const SYSTEM_FIELDS: &[&str] = &[
    "uid",
    "creationTimestamp",
    "generation",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "selfLink",
    "generateName",
];

/// A new object without anything that only the server sets. Errors: 400, 422.
pub(super) fn for_create(inbound: &Inbound, object: Object, options: &WriteOptions) -> Result<Object> {
    let mut object = new_object(inbound, object)?;
    writer(inbound, options, Part::Main).update(None, &mut object);
    Ok(object)
}

/// The same for an object that an apply creates.
pub(super) fn for_apply_create(inbound: &Inbound, object: &Object, options: &WriteOptions) -> Result<Object> {
    let writer = writer(inbound, options, Part::Main);
    let merged = writer.apply(None, object);
    let merged = merged.map_err(|conflicts| conflicts.into_status(inbound.about().subject(), &inbound.request.name))?;
    new_object(inbound, merged)
}

fn new_object(inbound: &Inbound, mut object: Object) -> Result<Object> {
    check_namespace(inbound, &mut object)?;
    if !object.resource_version().is_empty() {
        return Err(Status::bad_request("resourceVersion should not be set on objects to be created"));
    }
    for field in ["uid", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "resourceVersion"] {
        object.metadata_mut().remove(field);
    }
    object.set_metadata("creationTimestamp", time::now());
    object.set_generation(1);
    if inbound.about().subresource_info("status").is_some() {
        object.remove("status");
    }
    checked(inbound, object, metadata::of_new)
}

/// The change from one state to another; `None` if there is none.
///
/// Errors: 400, 409, 422.
pub(super) fn for_update(
    inbound: &Inbound,
    old: Object,
    new: Object,
    part: Part,
    options: &WriteOptions,
) -> Result<Option<Change>> {
    let mut new = merged(inbound, &old, new, part)?;
    writer(inbound, options, part).update(Some(&old), &mut new);
    Ok(finished(old, new, part))
}

/// The same for an object whose managedFields are already right (server-side apply).
pub(super) fn for_apply(inbound: &Inbound, old: Object, new: Object, part: Part) -> Result<Option<Change>> {
    let new = merged(inbound, &old, new, part)?;
    Ok(finished(old, new, part))
}

pub(super) fn writer<'a>(inbound: &'a Inbound, options: &'a WriteOptions, part: Part) -> Writer<'a> {
    Writer {
        manager: &options.field_manager,
        api_version: inbound.about().api_version(),
        part,
        schema: &inbound.schema,
        force: options.force,
    }
}

/// The new object with everything that this write may not change taken from the old one.
fn merged(inbound: &Inbound, old: &Object, mut new: Object, part: Part) -> Result<Object> {
    check_namespace(inbound, &mut new)?;
    let subject = inbound.about().subject();
    if new.name() != old.name() {
        return Err(Status::bad_request(format!(
            "the name of the object ({}) does not match the name on the URL ({})",
            new.name(),
            old.name()
        )));
    }
    check_uid(inbound, &new, old)?;
    if !new.resource_version().is_empty() && new.resource_version() != old.resource_version() {
        return Err(Status::modified(subject, old.name()));
    }
    let mut new = match part {
        Part::Status => with_status_of(old, new),
        Part::Main if inbound.about().subresource_info("status").is_some() => {
            restore(&mut new, old, "status");
            new
        }
        Part::Main => new,
    };
    for field in SYSTEM_FIELDS.iter().copied().chain(["resourceVersion"]) {
        let kept = old.at(&["metadata", field]).cloned().unwrap_or(Value::Null);
        new.set_metadata(field, kept);
    }
    checked(inbound, new, |object| metadata::of_changed(old, object))
}

/// The old object with the status, and the managedFields, of the new one.
fn with_status_of(old: &Object, mut new: Object) -> Object {
    let mut result = old.clone();
    match new.remove("status") {
        Some(status) => result.set("status", status),
        None => drop(result.remove("status")),
    }
    let managed = new.metadata_mut().remove("managedFields").unwrap_or(Value::Null);
    if !managed.is_null() {
        result.metadata_mut().insert("managedFields".to_owned(), managed);
    }
    result
}

fn restore(new: &mut Object, old: &Object, field: &str) {
    match old.get(field) {
        Some(value) => new.set(field, value.clone()),
        None => drop(new.remove(field)),
    }
}

/// Sets the generation, or finds that nothing changed.
fn finished(old: Object, mut new: Object, part: Part) -> Option<Change> {
    if same(&old, &new) {
        return None;
    }
    if content_changed(&old, &new) && part == Part::Main {
        new.set_generation(old.generation().saturating_add(1));
    }
    Some(Change { part, old, new })
}

/// Whether anything but metadata and status differs.
fn content_changed(old: &Object, new: &Object) -> bool {
    let content = |object: &Object| {
        let mut object = object.clone();
        object.remove("metadata");
        object.remove("status");
        object
    };
    content(old) != content(new)
}

/// Whether nothing differs but the time at which managers wrote.
fn same(old: &Object, new: &Object) -> bool {
    let timeless = |object: &Object| {
        let mut object = object.clone();
        let mut managed = object.managed_fields();
        managed.iter_mut().for_each(|entry| entry.time = None);
        object.set_managed_fields(&managed);
        object
    };
    timeless(old) == timeless(new)
}

/// Defaults, then everything that can be wrong with the object. Errors: 422.
fn checked(inbound: &Inbound, object: Object, rules: impl Fn(&Object) -> Vec<Cause>) -> Result<Object> {
    let mut value = object.into_value();
    inbound.schema.root().fill_defaults(&mut value);
    let mut causes = inbound.schema.check(&value);
    let object = Object::from_value(value).unwrap_or_default();
    causes.extend(rules(&object));
    if causes.is_empty() {
        return Ok(object);
    }
    let info = inbound.about();
    Err(Status::invalid(&info.group, &info.kind, object.name(), causes))
}

/// Errors: 409 if the writer means another object of the same name.
pub(super) fn check_uid(inbound: &Inbound, new: &Object, old: &Object) -> Result<()> {
    if new.uid().is_empty() || new.uid() == old.uid() {
        return Ok(());
    }
    let why = format!("Precondition failed: UID in precondition: {}, UID in object meta: {}", new.uid(), old.uid());
    Err(Status::conflict(inbound.about().subject(), old.name(), &why))
}

/// Errors: 400 if the object names another namespace than the request.
pub(super) fn check_namespace(inbound: &Inbound, object: &mut Object) -> Result<()> {
    let namespace = inbound.namespace().unwrap_or_default();
    if object.namespace().is_empty() {
        object.set_metadata("namespace", namespace);
    }
    if object.namespace() == namespace {
        return Ok(());
    }
    Err(Status::bad_request("the namespace of the provided object does not match the namespace sent on the request"))
}

//! Rules for `metadata`: names, labels, annotations, finalizers, owners.
//!
//! k8s.io/apimachinery `pkg/api/validation/objectmeta.go`. Messages never quote values of annotations.

use serde_json::{Map, Value};

use crate::object::Object;
use crate::selector::is_label_text;
use crate::status::Cause;

/// Total size of keys and values of all annotations, in bytes.
const MAX_ANNOTATIONS: usize = 256 * 1024;
const MAX_NAME: usize = 253;
const MAX_OWNERS: usize = 1000;

/// Rules for a new object.
pub(super) fn of_new(object: &Object) -> Vec<Cause> {
    let mut causes = common(object);
    let (name, prefix) = (object.name(), object.generate_name());
    if name.is_empty() && prefix.is_empty() {
        causes.push(Cause::required("metadata.name", "name or generateName is required"));
    } else if !name.is_empty() && !is_subdomain(name) {
        causes.push(Cause::invalid("metadata.name", &format!("{name:?}"), SUBDOMAIN));
    } else if name.is_empty() && !is_subdomain(&format!("{prefix}x")) {
        causes.push(Cause::invalid("metadata.generateName", &format!("{prefix:?}"), SUBDOMAIN));
    }
    causes
}

/// Rules for a changed object.
pub(super) fn of_changed(old: &Object, new: &Object) -> Vec<Cause> {
    let mut causes = common(new);
    let known = old.finalizers();
    let added: Vec<&str> = new.finalizers().into_iter().filter(|finalizer| !known.contains(finalizer)).collect();
    if old.deletion_timestamp().is_some() && !added.is_empty() {
        let detail =
            format!("no new finalizers can be added if the object is being deleted, found new finalizers {added:?}");
        causes.push(Cause::forbidden("metadata.finalizers", &detail));
    }
    causes
}

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', \
                         and must start and end with an alphanumeric character";

fn is_subdomain(name: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    name.len() <= MAX_NAME && name.split('.').all(label)
}

fn common(object: &Object) -> Vec<Cause> {
    let mut causes = Vec::new();
    for (name, value) in object.labels().into_iter().flatten() {
        if !is_qualified(name) {
            causes.push(Cause::invalid("metadata.labels", &format!("{name:?}"), QUALIFIED));
        }
        if !value.as_str().is_some_and(|text| is_label_text(text, 63)) {
            let detail = format!("the value of {name:?} is no label value: at most 63 letters, digits, '-', '_', '.'");
            causes.push(Cause::new("FieldValueInvalid", "metadata.labels", format!("Invalid value: {detail}")));
        }
    }
    annotations(object.annotations(), &mut causes);
    for finalizer in object.finalizers() {
        if !is_qualified(finalizer) {
            causes.push(Cause::invalid("metadata.finalizers", &format!("{finalizer:?}"), QUALIFIED));
        }
    }
    owners(object, &mut causes);
    causes
}

fn annotations(annotations: Option<&Map<String, Value>>, causes: &mut Vec<Cause>) {
    let mut size = 0;
    for (name, value) in annotations.into_iter().flatten() {
        size += name.len() + value.as_str().map_or(0, str::len);
        if !is_qualified(&name.to_ascii_lowercase()) {
            causes.push(Cause::invalid("metadata.annotations", &format!("{name:?}"), QUALIFIED));
        }
    }
    if size > MAX_ANNOTATIONS {
        let message = format!("Too long: may not be more than {MAX_ANNOTATIONS} bytes");
        causes.push(Cause::new("FieldValueTooLong", "metadata.annotations", message));
    }
}

fn owners(object: &Object, causes: &mut Vec<Cause>) {
    let owners = object.owner_references();
    if owners.len() > MAX_OWNERS {
        let message = format!("Too many: must have at most {MAX_OWNERS} items");
        causes.push(Cause::new("FieldValueTooMany", "metadata.ownerReferences", message));
    }
    let controllers = owners.iter().filter(|owner| owner.controller == Some(true)).count();
    if controllers > 1 {
        let detail = "Only one reference can have Controller set to true";
        causes.push(Cause::new("FieldValueInvalid", "metadata.ownerReferences", format!("Invalid value: {detail}")));
    }
    for (index, owner) in owners.iter().enumerate() {
        for (field, value) in
            [("apiVersion", &owner.api_version), ("kind", &owner.kind), ("name", &owner.name), ("uid", &owner.uid)]
        {
            if value.is_empty() {
                let path = format!("metadata.ownerReferences[{index}].{field}");
                causes.push(Cause::required(&path, "must not be empty"));
            }
        }
    }
}

const QUALIFIED: &str = "a qualified name must consist of alphanumeric characters, '-', '_' or '.', at most 63 of them, \
                         with an optional DNS subdomain prefix and '/'";

/// `[subdomain "/"] name`
fn is_qualified(text: &str) -> bool {
    let (prefix, name) = text.split_once('/').map_or((None, text), |(prefix, name)| (Some(prefix), name));
    !name.is_empty() && is_label_text(name, 63) && prefix.is_none_or(is_subdomain)
}

//! Metadata that gives values away: who may not see values must see neither their names nor their copies.
//!
//! managedFields name every field of the values; `kubectl apply` keeps the whole manifest in an annotation.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::book::Book;

const VALUES: &str = "/fieldsV1/f:spec/f:values";
/// Where client-side `kubectl apply` keeps what was applied last.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// managedFields with the values as one field.
pub fn managed_fields(book: &Book) -> Vec<Value> {
    let mut entries = book.managed_fields.clone();
    for fields in entries.iter_mut().filter_map(|entry| entry.pointer_mut(VALUES)) {
        *fields = json!({});
    }
    entries
}

/// Annotations with the last applied manifest without its values.
pub fn annotations(book: &Book) -> BTreeMap<String, String> {
    let mut annotations = book.annotations.clone();
    if let Some(applied) = annotations.remove(LAST_APPLIED)
        && let Some(shown) = without_values(&applied)
    {
        annotations.insert(LAST_APPLIED.into(), shown);
    }
    annotations
}

/// What is no manifest is not shown at all.
fn without_values(applied: &str) -> Option<String> {
    let mut manifest: Value = serde_json::from_str(applied).ok()?;
    if let Some(spec) = manifest.get_mut("spec").and_then(Value::as_object_mut) {
        spec.remove("values");
    }
    // kubectl ends the text with a line break.
    Some(format!("{manifest}\n"))
}

/// Puts back into a writer's metadata what was taken out before they saw it, unless they changed it.
pub fn restore(written: &mut Book, stored: &Book) {
    let identity = |entry: &Value| ["manager", "operation", "subresource"].map(|name| entry.get(name).cloned());
    for entry in &mut written.managed_fields {
        let known = stored.managed_fields.iter().find(|known| identity(known) == identity(entry));
        let known = known.and_then(|known| known.pointer(VALUES));
        if let (Some(fields), Some(known)) = (entry.pointer_mut(VALUES), known)
            && fields.as_object().is_some_and(serde_json::Map::is_empty)
        {
            *fields = known.clone();
        }
    }
    if let Some(applied) = stored.annotations.get(LAST_APPLIED)
        && written.annotations.get(LAST_APPLIED) == annotations(stored).get(LAST_APPLIED)
    {
        written.annotations.insert(LAST_APPLIED.into(), applied.clone());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Book, LAST_APPLIED, annotations, managed_fields, restore};

    #[test]
    fn copies_and_names_of_values_go_and_come_back() {
        let applied = r#"{"kind":"Release","spec":{"chart":{"name":"a"},"values":{"password":"s3cret"}}}"#;
        let stored = Book {
            managed_fields: vec![
                json!({"manager": "a", "operation": "Apply", "fieldsV1": {"f:spec": {"f:chart": {}, "f:values": {"f:password": {}}}}}),
                json!({"manager": "b", "operation": "Update", "fieldsV1": {"f:metadata": {}}}),
            ],
            annotations: [(LAST_APPLIED.to_owned(), format!("{applied}\n")), ("a".to_owned(), "b".to_owned())].into(),
            ..Book::default()
        };
        let mut seen =
            Book { managed_fields: managed_fields(&stored), annotations: annotations(&stored), ..Book::default() };
        let text = serde_json::to_string(&seen).expect("JSON");
        assert!(!text.contains("password") && text.contains("chart"), "{text}");
        restore(&mut seen, &stored);
        assert_eq!(
            (seen.managed_fields, seen.annotations),
            (stored.managed_fields.clone(), stored.annotations.clone())
        );
        let mut changed = Book { annotations: [(LAST_APPLIED.to_owned(), "{}".to_owned())].into(), ..Book::default() };
        restore(&mut changed, &stored);
        assert_eq!(changed.annotations[LAST_APPLIED], "{}");
    }

    #[test]
    fn an_annotation_that_is_no_manifest_is_not_shown() {
        let stored =
            Book { annotations: [(LAST_APPLIED.to_owned(), "password: x".to_owned())].into(), ..Book::default() };
        assert!(annotations(&stored).is_empty());
    }
}

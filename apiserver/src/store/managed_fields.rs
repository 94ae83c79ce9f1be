//! managedFields name every field of the values; who may not see values must not see their names either.

use serde_json::{Value, json};

const VALUES: &str = "/fieldsV1/f:spec/f:values";

/// The entries with the values as one field.
pub fn without_values(entries: &[Value]) -> Vec<Value> {
    let mut entries = entries.to_vec();
    for fields in entries.iter_mut().filter_map(|entry| entry.pointer_mut(VALUES)) {
        *fields = json!({});
    }
    entries
}

/// Puts the fields of values back that [`without_values`] took out of what a writer saw.
pub fn with_values_of(entries: &mut [Value], stored: &[Value]) {
    let identity = |entry: &Value| ["manager", "operation", "subresource"].map(|name| entry.get(name).cloned());
    for entry in entries {
        let known =
            stored.iter().find(|known| identity(known) == identity(entry)).and_then(|known| known.pointer(VALUES));
        if let (Some(fields), Some(known)) = (entry.pointer_mut(VALUES), known) {
            *fields = known.clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{with_values_of, without_values};

    #[test]
    fn names_of_values_go_and_come_back() {
        let stored = [
            json!({"manager": "a", "operation": "Apply", "fieldsV1": {"f:spec": {"f:chart": {}, "f:values": {"f:password": {}}}}}),
            json!({"manager": "b", "operation": "Update", "fieldsV1": {"f:metadata": {}}}),
        ];
        let mut seen = without_values(&stored);
        assert!(!json!(seen).to_string().contains("password"));
        with_values_of(&mut seen, &stored);
        assert_eq!(seen, stored);
    }
}

//! Ownership metadata and the rules of adoption (Helm, `pkg/action/validate.go`).

use serde_json::Value;

use super::object::set_metadata;

const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
const RELEASE_NAME: &str = "meta.helm.sh/release-name";
const RELEASE_NAMESPACE: &str = "meta.helm.sh/release-namespace";

/// The release that objects belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The release's name.
    pub name: String,
    /// The release's namespace.
    pub namespace: String,
}

impl Owner {
    /// Marks an object as the release's, over whatever the chart says.
    pub fn mark(&self, object: &mut Value) {
        set_metadata(object, "labels", MANAGED_BY, "Helm");
        set_metadata(object, "annotations", RELEASE_NAME, &self.name);
        set_metadata(object, "annotations", RELEASE_NAMESPACE, &self.namespace);
    }

    /// What makes a live object not this release's; `None` when it is.
    pub fn objection(&self, live: &Value) -> Option<String> {
        let labels = [(MANAGED_BY, "Helm")];
        let annotations = [(RELEASE_NAME, self.name.as_str()), (RELEASE_NAMESPACE, self.namespace.as_str())];
        let found = wrong(live, "labels", "label", &labels).into_iter().chain(wrong(
            live,
            "annotations",
            "annotation",
            &annotations,
        ));
        let found: Vec<_> = found.collect();
        (!found.is_empty()).then(|| found.join("; "))
    }
}

fn wrong(live: &Value, map: &str, word: &str, wanted: &[(&str, &str)]) -> Vec<String> {
    let entries = live.get("metadata").and_then(|metadata| metadata.get(map));
    let mut found = Vec::new();
    for (key, value) in wanted {
        match entries.and_then(|entries| entries.get(key)).and_then(Value::as_str) {
            Some(actual) if actual == *value => {}
            Some(actual) => found.push(format!(
                "{word} validation error: key \"{key}\" must equal \"{value}\": current value is \"{actual}\""
            )),
            None => found.push(format!("{word} validation error: missing key \"{key}\": must be set to \"{value}\"")),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Owner;

    #[test]
    fn an_object_is_the_releases_only_with_all_three_marks() {
        let owner = Owner { name: "a".into(), namespace: "n".into() };
        let mut marked = json!({"metadata": {"labels": {"app.kubernetes.io/managed-by": "me"}}});
        owner.mark(&mut marked);
        let cases = [
            (marked.clone(), None),
            (
                json!({"metadata": {"annotations": {"meta.helm.sh/release-name": "b"}}}),
                Some(
                    "label validation error: missing key \"app.kubernetes.io/managed-by\": must be set to \"Helm\"; \
                     annotation validation error: key \"meta.helm.sh/release-name\" must equal \"a\": current value is \"b\"; \
                     annotation validation error: missing key \"meta.helm.sh/release-namespace\": must be set to \"n\"",
                ),
            ),
        ];
        for (live, expected) in cases {
            assert_eq!(owner.objection(&live).as_deref(), expected);
        }
        let other = Owner { name: "a".into(), namespace: "m".into() };
        assert!(other.objection(&marked).is_some());
    }
}

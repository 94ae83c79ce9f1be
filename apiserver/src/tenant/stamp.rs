//! Writes a tenant's labels and annotations into rendered documents without touching anything else in them.
//!
//! The stored manifest carries the marks too, so that a rollback with stock `helm` keeps them. The text around them
//! stays as rendered: a diff between revisions shows what the chart changed, and comments survive.

use std::collections::BTreeMap;

use helmx_yaml::{Data, Map};

use crate::error::Error;

/// What every object of a tenant's release carries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// `metadata.labels`; always holds the tenant's name under [`helmx_api::TENANT`].
    pub labels: BTreeMap<String, String>,
    /// `metadata.annotations`.
    pub annotations: BTreeMap<String, String>,
}

impl Marks {
    /// The marks of a tenant.
    pub fn of(tenant: &super::binding::Tenant) -> Self {
        let mut labels = tenant.spec.labels.clone();
        labels.insert(helmx_api::TENANT.into(), tenant.name.clone());
        Self { labels, annotations: tenant.spec.annotations.clone() }
    }

    /// The same document with the marks in its `metadata`.
    ///
    /// # Errors
    /// A document that is no object.
    pub fn stamp(&self, document: &str) -> Result<String, Error> {
        let data = decode(document)?;
        if data.is_null() {
            return Ok(document.to_owned());
        }
        let wanted = self.stamped(data);
        // The text is edited where that is safe, and written anew where it is not.
        match self.edited(document) {
            Some(text) if decode(&text).is_ok_and(|found| found == wanted) => Ok(text),
            Some(_) | None => helmx_yaml::encode(&wanted).map_err(|error| Error::manifest(error.to_string())),
        }
    }

    fn stamped(&self, mut data: Data) -> Data {
        let Some(object) = data.as_map_mut() else { return data };
        let is_list = object.get("kind").and_then(Data::as_str).is_some_and(|kind| kind.ends_with("List"));
        if let Some(Data::List(items)) = object.get_mut("items").filter(|_| is_list) {
            for item in items {
                *item = self.stamped(std::mem::replace(item, Data::Null));
            }
            return data;
        }
        for (name, marks) in [("labels", &self.labels), ("annotations", &self.annotations)] {
            for (key, value) in marks {
                set(object, ["metadata", name], key, value);
            }
        }
        data
    }

    /// Inserts lines below the block mappings `metadata:`, `labels:` and `annotations:`; `None` where the text has
    /// another shape.
    fn edited(&self, document: &str) -> Option<String> {
        let mut lines: Vec<String> = document.split('\n').map(str::to_owned).collect();
        let metadata = lines.iter().position(|line| line.trim_end() == "metadata:")?;
        let first = (metadata + 1..lines.len()).find(|index| is_content(&lines[*index]))?;
        let indent = indentation(&lines[first]);
        if indent == 0 {
            return None;
        }
        for (name, marks) in [("annotations", &self.annotations), ("labels", &self.labels)] {
            if marks.is_empty() {
                continue;
            }
            insert(&mut lines, metadata, indent, name, marks)?;
        }
        Some(lines.join("\n"))
    }
}

/// Inserts marks into the mapping `name` of the block that begins after `metadata` and is indented by `indent`.
fn insert(
    lines: &mut Vec<String>,
    metadata: usize,
    indent: usize,
    name: &str,
    marks: &BTreeMap<String, String>,
) -> Option<()> {
    let end = block_end(lines, metadata + 1, indent);
    let header = format!("{}{name}:", " ".repeat(indent));
    let found = (metadata + 1..end).find(|index| lines[*index].starts_with(&header));
    let (position, inner) = match found {
        Some(index) => {
            if lines[index].trim_end() != header {
                return None;
            }
            let child = (index + 1..end).find(|index| is_content(&lines[*index]))?;
            let inner = indentation(&lines[child]);
            if inner <= indent {
                return None;
            }
            remove_marks(lines, index + 1, inner, marks);
            (index + 1, inner)
        }
        None => {
            lines.insert(metadata + 1, header);
            (metadata + 2, indent + 2)
        }
    };
    let new = marks.iter().map(|(key, value)| format!("{}{key}: {}", " ".repeat(inner), quoted(value)));
    lines.splice(position..position, new);
    Some(())
}

/// A chart's own line for a mark goes: a tenant cannot be claimed by a template.
fn remove_marks(lines: &mut Vec<String>, start: usize, inner: usize, marks: &BTreeMap<String, String>) {
    let end = block_end(lines, start, inner);
    let is_mark = |line: &str| {
        let Some((key, _)) = line.trim().split_once(':') else { return false };
        indentation(line) == inner && marks.contains_key(key.trim_matches(['"', '\'']))
    };
    for index in (start..end).rev() {
        if is_mark(&lines[index]) {
            lines.remove(index);
        }
    }
}

/// The first line at or after `start` that is indented less than `indent`.
fn block_end(lines: &[String], start: usize, indent: usize) -> usize {
    (start..lines.len())
        .find(|index| is_content(&lines[*index]) && indentation(&lines[*index]) < indent)
        .unwrap_or(lines.len())
}

fn is_content(line: &str) -> bool {
    let text = line.trim_start();
    !text.is_empty() && !text.starts_with('#')
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// JSON strings are YAML double-quoted scalars.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn decode(document: &str) -> Result<Data, Error> {
    helmx_yaml::decode_exact(document.as_bytes()).map_err(|error| Error::manifest(error.to_string()))
}

/// Sets an entry of a nested map, making the maps on the way.
fn set(object: &mut Map, path: [&str; 2], key: &str, value: &str) {
    let mut map = object;
    for name in path {
        let slot = map.entry(name.to_owned()).or_insert(Data::Null);
        if slot.as_map().is_none() {
            *slot = Data::Map(Map::default());
        }
        let Some(inner) = slot.as_map_mut() else { return };
        map = inner;
    }
    map.insert(key.to_owned(), Data::String(value.to_owned()));
}

/// Whether a document claims a tenant: in a namespace without one, that is a lie.
///
/// # Errors
/// A document that is no object.
pub fn claim(document: &str) -> Result<Option<String>, Error> {
    let data = decode(document)?;
    let claimed = ["labels", "annotations"].into_iter().find_map(|name| {
        let value = data.get("metadata")?.get(name)?.get(helmx_api::TENANT)?;
        // Whatever stands there is a claim, also what YAML does not take for text.
        Some(value.as_str().map_or_else(|| "(no text)".to_owned(), str::to_owned))
    });
    Ok(claimed)
}

#[cfg(test)]
mod tests {
    use super::{Marks, claim};

    fn marks() -> Marks {
        Marks { labels: [("helmx.dev/tenant".to_owned(), "acme".to_owned())].into(), ..Marks::default() }
    }

    #[test]
    fn marks_are_written_into_the_text_as_it_is() {
        let cases = [
            // Labels exist: one line more, comments and order stay.
            (
                "kind: A\nmetadata:\n  name: x # who\n  labels:\n    a: b\nspec: {}\n",
                "kind: A\nmetadata:\n  name: x # who\n  labels:\n    helmx.dev/tenant: \"acme\"\n    a: b\nspec: {}\n",
            ),
            // No labels: they are made.
            (
                "kind: A\nmetadata:\n    name: x\n",
                "kind: A\nmetadata:\n    labels:\n      helmx.dev/tenant: \"acme\"\n    name: x\n",
            ),
            // A false claim of the template goes.
            (
                "kind: A\nmetadata:\n  labels:\n    helmx.dev/tenant: globex\n    a: b\n",
                "kind: A\nmetadata:\n  labels:\n    helmx.dev/tenant: \"acme\"\n    a: b\n",
            ),
            // Labels of a pod template are not the object's.
            (
                "kind: A\nspec:\n  template:\n    metadata:\n      labels:\n        a: b\nmetadata:\n  name: x\n",
                "kind: A\nspec:\n  template:\n    metadata:\n      labels:\n        a: b\nmetadata:\n  labels:\n    helmx.dev/tenant: \"acme\"\n  name: x\n",
            ),
            // Another shape is written anew.
            (
                "{kind: A, metadata: {name: x}}",
                "kind: A\nmetadata:\n  labels:\n    helmx.dev/tenant: acme\n  name: x\n",
            ),
            (
                "kind: A\nmetadata:\n  name: x\n  labels: {a: b}\n",
                "kind: A\nmetadata:\n  labels:\n    a: b\n    helmx.dev/tenant: acme\n  name: x\n",
            ),
            (
                "kind: AList\nitems:\n- kind: A\n  metadata: {name: x}\n",
                "items:\n- kind: A\n  metadata:\n    labels:\n      helmx.dev/tenant: acme\n    name: x\nkind: AList\n",
            ),
            ("# nothing\n", "# nothing\n"),
        ];
        for (document, expected) in cases {
            assert_eq!(marks().stamp(document).expect(document), expected, "{document}");
        }
        assert!(marks().stamp("a: [").is_err());
    }

    #[test]
    fn a_claim_is_found_in_labels_and_annotations() {
        assert_eq!(claim("metadata: {labels: {helmx.dev/tenant: x}}").expect("yaml").as_deref(), Some("x"));
        assert_eq!(claim("metadata: {annotations: {helmx.dev/tenant: z}}").expect("yaml").as_deref(), Some("z"));
        assert!(claim("metadata: {annotations: {helmx.dev/tenant: yes}}").expect("yaml").is_some());
        assert_eq!(claim("metadata: {}").expect("yaml"), None);
    }
}

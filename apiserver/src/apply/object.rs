//! A document of a manifest as an object with a known path.

use helmx_api::release::OwnedObject;
use kube::api::{Api, DynamicObject};
use kube::core::ApiResource;
use serde_json::{Map, Value};

use crate::error::Error;
use crate::kinds::{Kind, Snapshot};
use crate::requester::Requester;

/// Kinds within kinds are bounded: a `List` of `List`s of … is no chart.
const MAX_LIST_DEPTH: usize = 4;
/// More objects than this are no release that one record could hold.
const MAX_OBJECTS: usize = 10_000;

/// An object as a chart wants it.
#[derive(Clone, Debug)]
pub struct Target {
    /// Group, version, kind and plural, as the cluster serves them.
    pub resource: ApiResource,
    /// The namespace it goes to; empty for cluster-scoped kinds.
    pub namespace: String,
    /// Its name; empty when the server makes one from `generateName`.
    pub name: String,
    /// The object itself.
    pub value: Value,
}

impl Target {
    /// Namespace, name, group and kind: what makes two manifests' entries the same object (Helm's `isMatchingInfo`).
    pub fn same_as(&self, other: &Self) -> bool {
        self.name == other.name
            && self.namespace == other.namespace
            && self.resource.group == other.resource.group
            && self.resource.kind == other.resource.kind
    }

    /// The API of this object's kind and namespace, as the requester.
    pub fn api(&self, requester: &Requester) -> Api<DynamicObject> {
        let client = requester.client().clone();
        if self.namespace.is_empty() {
            Api::all_with(client, &self.resource)
        } else {
            Api::namespaced_with(client, &self.namespace, &self.resource)
        }
    }

    /// An annotation of the manifest.
    pub fn annotation(&self, name: &str) -> Option<&str> {
        self.value.get("metadata")?.get("annotations")?.get(name)?.as_str()
    }

    /// How status names it.
    pub fn owned(&self) -> OwnedObject {
        OwnedObject {
            api_version: self.resource.api_version.clone(),
            kind: self.resource.kind.clone(),
            namespace: self.namespace.clone(),
            name: self.name.clone(),
            status: String::new(),
            message: String::new(),
        }
    }
}

/// `Deployment "web" in namespace "team-a"`.
impl std::fmt::Display for Target {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} \"{}\"", self.resource.kind, self.name)?;
        if !self.namespace.is_empty() {
            write!(formatter, " in namespace \"{}\"", self.namespace)?;
        }
        Ok(())
    }
}

/// Objects of a manifest, and the documents whose kind the cluster does not serve.
#[derive(Debug, Default)]
pub struct Targets {
    /// In the order of the manifest.
    pub objects: Vec<Target>,
    /// `kind "K" in version "g/v"` for each unknown kind, with the object's name.
    pub unknown: Vec<UnknownKind>,
}

/// A document whose kind the cluster does not serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownKind {
    /// The object's name.
    pub name: String,
    /// Its namespace as written; often empty.
    pub namespace: String,
    /// Its `apiVersion`.
    pub api_version: String,
    /// Its `kind`.
    pub kind: String,
}

/// As kubectl and Helm word it.
impl std::fmt::Display for UnknownKind {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "resource mapping not found for name: \"{}\" namespace: \"{}\" from \"\": no matches for kind \"{}\" in version \"{}\"",
            self.name, self.namespace, self.kind, self.api_version
        )
    }
}

/// What is needed to read a manifest.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    /// What the cluster serves.
    pub kinds: &'a Snapshot,
    /// Kinds that the chart's own `crds/` will define.
    pub coming: &'a [Kind],
    /// The release's namespace: where objects go that name none.
    pub namespace: &'a str,
}

impl Reader<'_> {
    /// Reads the documents of a manifest.
    ///
    /// # Errors
    /// A document that is no object, or too many of them.
    pub fn read<'d>(&self, documents: impl IntoIterator<Item = &'d str>) -> Result<Targets, Error> {
        let mut targets = Targets::default();
        for document in documents {
            let data =
                helmx_yaml::decode_exact(document.as_bytes()).map_err(|error| Error::manifest(error.to_string()))?;
            if data.is_null() {
                continue;
            }
            let value = serde_json::to_value(&data).map_err(|error| Error::manifest(error.to_string()))?;
            self.add(value, &mut targets, MAX_LIST_DEPTH)?;
        }
        Ok(targets)
    }

    fn add(&self, value: Value, targets: &mut Targets, depth: usize) -> Result<(), Error> {
        let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (api_version, kind) = (text("apiVersion"), text("kind"));
        if kind.ends_with("List") && value.get("items").is_some_and(Value::is_array) {
            return self.add_items(value, targets, depth);
        }
        if targets.objects.len() >= MAX_OBJECTS {
            return Err(Error::manifest(format!("more than {MAX_OBJECTS} objects")));
        }
        let metadata = |field: &str| value.pointer(field).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (name, written) = (metadata("/metadata/name"), metadata("/metadata/namespace"));
        if api_version.is_empty() || kind.is_empty() {
            return Err(Error::manifest(format!("the object \"{name}\" lacks apiVersion or kind")));
        }
        let coming = || {
            self.coming.iter().find(|known| known.resource.api_version == api_version && known.resource.kind == kind)
        };
        let Some(known) = self.kinds.find(&api_version, &kind).or_else(coming) else {
            targets.unknown.push(UnknownKind { name, namespace: written, api_version, kind });
            return Ok(());
        };
        let namespace = match (known.namespaced, written.is_empty()) {
            (false, _) => String::new(),
            (true, true) => self.namespace.to_owned(),
            (true, false) => written,
        };
        targets.objects.push(Target { resource: known.resource.clone(), namespace, name, value });
        Ok(())
    }

    fn add_items(&self, mut list: Value, targets: &mut Targets, depth: usize) -> Result<(), Error> {
        if depth == 0 {
            return Err(Error::manifest(format!("lists nested deeper than {MAX_LIST_DEPTH}")));
        }
        let items = list.get_mut("items").map(Value::take);
        let Some(Value::Array(items)) = items else { return Ok(()) };
        items.into_iter().try_for_each(|item| self.add(item, targets, depth - 1))
    }
}

/// The `metadata` of an object, made if it is missing.
pub fn metadata_mut(value: &mut Value) -> Option<&mut Map<String, Value>> {
    let object = value.as_object_mut()?;
    object.entry("metadata").or_insert_with(|| Value::Object(Map::new())).as_object_mut()
}

/// Sets an entry of `metadata.labels` or `metadata.annotations`.
pub fn set_metadata(value: &mut Value, map: &str, name: &str, text: &str) {
    let Some(metadata) = metadata_mut(value) else { return };
    let entry = metadata.entry(map).or_insert_with(|| Value::Object(Map::new()));
    if !entry.is_object() {
        *entry = Value::Object(Map::new());
    }
    if let Some(entries) = entry.as_object_mut() {
        entries.insert(name.into(), Value::String(text.into()));
    }
}

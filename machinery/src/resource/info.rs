//! The static description of a resource: names, verbs, columns, schema.

use serde_json::Value;

use crate::object::Object;
use crate::request::Verb;

/// A column of `kubectl get`.
#[derive(Clone, Debug)]
pub struct Column {
    pub name: &'static str,
    /// `string`, `integer`, `number`, `boolean` or `date`.
    pub kind: &'static str,
    /// `name` for the column that holds the name, else usually empty.
    pub format: &'static str,
    pub description: &'static str,
    /// 0 is always shown, more only with `-o wide`.
    pub priority: u32,
}

/// A part or action of an object with a path and permissions of its own.
#[derive(Clone, Debug)]
pub struct SubresourceInfo {
    pub name: &'static str,
    /// Empty means the group of the resource.
    pub group: &'static str,
    /// Empty means the version of the resource.
    pub version: &'static str,
    /// The kind of the answer, or of the request for actions.
    pub kind: &'static str,
    pub verbs: &'static [Verb],
    /// JSON schema of the body for POST; `None` when there is no body or it is free.
    pub schema: Option<Value>,
    pub description: &'static str,
}

/// Computes the cells of one row; must return as many cells as there are columns. It is given the stored object, before
/// `Resource::present`: columns must not show what not everybody may see.
pub type Row = Box<dyn Fn(&Object) -> Vec<Value> + Send + Sync>;

/// The description of a resource.
pub struct ResourceInfo {
    pub group: String,
    pub version: String,
    pub plural: String,
    pub singular: String,
    pub kind: String,
    pub list_kind: String,
    pub short_names: Vec<String>,
    pub categories: Vec<String>,
    pub namespaced: bool,
    pub verbs: Vec<Verb>,
    pub subresources: Vec<SubresourceInfo>,
    pub columns: Vec<Column>,
    pub row: Row,
    /// JSON schema of the kind (OpenAPI v3 with `x-kubernetes-*`), with `properties.spec`, `properties.status`, and a
    /// description; apiVersion, kind and metadata are added.
    pub schema: Value,
    /// Paths such as `status.phase` that field selectors may name, besides `metadata.name` and `metadata.namespace`.
    pub selectable_fields: Vec<&'static str>,
    /// Whether PUT without a resourceVersion replaces whatever is there.
    pub unconditional_update: bool,
    /// Package name of the Go-style definition names in OpenAPI, `dev.helmx.v1alpha1`.
    pub definition_prefix: String,
}

impl ResourceInfo {
    /// `helmx.dev/v1alpha1`, or `v1` for the core group.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }

    /// Whether the resource as a whole (not a subresource) can do this.
    pub fn supports(&self, verb: Verb) -> bool {
        self.verbs.contains(&verb)
    }

    pub fn subresource_info(&self, name: &str) -> Option<&SubresourceInfo> {
        self.subresources.iter().find(|subresource| subresource.name == name)
    }
}

impl std::fmt::Debug for ResourceInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ResourceInfo").field("group", &self.group).field("plural", &self.plural).finish_non_exhaustive()
    }
}

//! Catalogue entries: `REPO.CHART`, the newest version of each chart that a namespace may install.
//!
//! Neither watchable nor deletable: informers cache whatever can be watched, and namespace teardown deletes whatever
//! can be deleted.

use std::sync::Arc;

use async_trait::async_trait;
use helmx_api::chart::{Chart, ChartStatus, KIND};
use helmx_api::{GROUP, VERSION, schema};
use helmx_chart::index::ChartVersion;
use helmx_machinery::{
    Column, Grant, Key, List, ListOptions, Object, Resource, ResourceInfo, Result, Status, Subject, Verb,
};
use serde_json::{Value, json};

use crate::catalog::Catalog;
use crate::catalog::repository::Repository;
use crate::store::view;

/// How errors name charts.
const CHARTS: Subject<'static> = Subject { group: GROUP, resource: "charts" };

/// The resource `charts`.
pub struct Charts {
    info: ResourceInfo,
    catalog: Arc<Catalog>,
}

impl Charts {
    /// Charts of the catalogue.
    pub fn new(catalog: Arc<Catalog>) -> Self {
        let info = info(&Names { plural: "charts", singular: "chart", kind: KIND }, Vec::new());
        Self { info, catalog }
    }
}

#[async_trait]
impl Resource for Charts {
    fn info(&self) -> &ResourceInfo {
        &self.info
    }

    async fn get(&self, _grant: &Grant, key: &Key) -> Result<Object> {
        let found = self.catalog.visible(&key.namespace).into_iter().find_map(|repository| {
            let chart = key.name.strip_prefix(&repository.name)?.strip_prefix('.')?.to_owned();
            let index = repository.index.clone()?;
            let versions = index.entries.get(&chart)?;
            let entry = index.get(&chart, "").ok().or_else(|| versions.first())?;
            Some(object(&key.namespace, &repository, entry, &Listing::Chart(versions.len())))
        });
        found.ok_or_else(|| Status::not_found(CHARTS, &key.name))
    }

    async fn list(&self, _grant: &Grant, namespace: Option<&str>, options: &ListOptions) -> Result<List> {
        let mut items = Vec::new();
        for (namespace, repository) in seen(&self.catalog, namespace) {
            let Some(index) = &repository.index else { continue };
            for (name, versions) in &index.entries {
                // A chart that has pre-releases only is shown with the newest of them.
                let Some(entry) = index.get(name, "").ok().or_else(|| versions.first()) else { continue };
                items.push(object(&namespace, &repository, entry, &Listing::Chart(versions.len())));
            }
        }
        Ok(page(items, options, self.catalog.version()))
    }
}

/// The repositories of a list. In one namespace: all that it sees. Over all namespaces: each in its own; the
/// cluster's would appear once for every namespace.
pub fn seen(catalog: &Catalog, namespace: Option<&str>) -> Vec<(String, Arc<Repository>)> {
    match namespace {
        Some(namespace) => catalog.visible(namespace).into_iter().map(|found| (namespace.to_owned(), found)).collect(),
        None => catalog.namespaced(),
    }
}

/// Selects, sorts and cuts a list that is made anew for each request.
pub fn page(mut items: Vec<Object>, options: &ListOptions, version: u64) -> List {
    items.retain(|object| options.labels.matches(object.labels()) && options.fields.matches(object));
    items.sort_by(|a, b| a.name().cmp(b.name()));
    let after = options.page.continue_token.as_deref();
    if let Some(last) = after {
        items.retain(|object| object.name() > last);
    }
    let total = items.len();
    let limit = if options.page.limit == 0 { total } else { options.page.limit };
    items.truncate(limit);
    let continue_token = (total > items.len()).then(|| items.last().map(|last| last.name().to_owned())).flatten();
    let remaining = continue_token.as_ref().and_then(|_| u64::try_from(total - items.len()).ok());
    List { items: items.into_iter().map(Arc::new).collect(), version, continue_token, remaining }
}

/// What an object stands for.
pub enum Listing {
    /// A chart with so many versions.
    Chart(usize),
    /// One version.
    Version,
}

/// An index entry as an object of a namespace.
pub fn object(namespace: &str, repository: &Repository, entry: &ChartVersion, listing: &Listing) -> Object {
    let metadata = &entry.metadata;
    let (kind, name, versions) = match *listing {
        Listing::Chart(versions) => {
            (KIND, format!("{}.{}", repository.name, metadata.name), u32::try_from(versions).ok())
        }
        Listing::Version => (
            helmx_api::chart::VERSION_KIND,
            format!("{}.{}-{}", repository.name, metadata.name, metadata.version),
            None,
        ),
    };
    let mut object = Object::new(helmx_api::API_VERSION, kind);
    object.set_metadata("name", name.as_str());
    object.set_metadata("namespace", namespace);
    object.set_metadata("uid", view::derived_uid(&repository.uid, &format!("{namespace}/{name}")));
    object.set_metadata("creationTimestamp", view::seconds(&entry.created));
    object.set_version(repository.version);
    object.set_metadata("labels", json!({"helmx.dev/repository": repository.name, "helmx.dev/chart": metadata.name}));
    let status = ChartStatus {
        repository: repository.name.clone(),
        repository_kind: repository.kind().into(),
        name: metadata.name.clone(),
        version: metadata.version.clone(),
        app_version: metadata.app_version.clone(),
        description: metadata.description.clone(),
        keywords: metadata.keywords.clone(),
        home: metadata.home.clone(),
        kind: metadata.kind.clone(),
        kube_version: metadata.kube_version.clone(),
        deprecated: metadata.deprecated,
        digest: entry.digest.clone(),
        created: entry.created.clone(),
        versions,
    };
    object.set("status", serde_json::to_value(status).unwrap_or_default());
    object
}

fn row(object: &Object) -> Vec<Value> {
    let status = |field: &str| json!(object.text(&["status", field]));
    vec![
        json!(object.name()),
        status("version"),
        status("appVersion"),
        status("description"),
        status("repository"),
        status("created"),
    ]
}

/// How a catalogue kind is called.
pub struct Names {
    /// Plural.
    pub plural: &'static str,
    /// Singular.
    pub singular: &'static str,
    /// Kind.
    pub kind: &'static str,
}

/// The description of a catalogue kind.
pub fn info(names: &Names, subresources: Vec<helmx_machinery::SubresourceInfo>) -> ResourceInfo {
    let column = |name, description, priority| Column { name, kind: "string", format: "", description, priority };
    ResourceInfo {
        group: GROUP.into(),
        version: VERSION.into(),
        plural: names.plural.into(),
        singular: names.singular.into(),
        kind: names.kind.into(),
        list_kind: format!("{}List", names.kind),
        short_names: Vec::new(),
        categories: Vec::new(),
        namespaced: true,
        verbs: vec![Verb::Get, Verb::List],
        subresources,
        columns: vec![
            Column { format: "name", ..column("Name", "Repository and chart", 0) },
            column("Version", "The version", 0),
            column("App Version", "Version of the application", 0),
            column("Description", "What it is", 0),
            column("Repository", "Where it comes from", 1),
            column("Created", "When it was published", 1),
        ],
        row: Box::new(row),
        schema: schema::of::<Chart>(),
        selectable_fields: vec!["status.repository", "status.name", "status.version"],
        unconditional_update: false,
        definition_prefix: "dev.helmx.v1alpha1".into(),
    }
}

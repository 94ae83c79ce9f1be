//! Stored revisions: the history of releases.

use std::sync::Arc;

use async_trait::async_trait;
use helmx_api::release::InstalledChart;
use helmx_api::revision::{KIND, Revision, RevisionStatus};
use helmx_api::{GROUP, VERSION, schema};
use helmx_machinery::{Column, Grant, Key, List, ListOptions, Object, Resource, ResourceInfo, Result, Status, Verb};
use serde_json::{Value, json};

use crate::store::record::{self, Record};
use crate::store::{REVISIONS, Store, view};

/// The resource `revisions`; read only.
pub struct Revisions {
    info: ResourceInfo,
    store: Store,
}

impl Revisions {
    /// Revisions as Helm stores them.
    pub fn new(store: Store) -> Self {
        Self { info: info(), store }
    }

    fn object(&self, record: &Record, version: u64) -> Object {
        let key = Key::new(record::namespace(record), record::release(record));
        let summary = record::summary(record);
        let mut object = Object::new(helmx_api::API_VERSION, KIND);
        object.set_metadata("name", format!("{}.v{}", key.name, summary.revision));
        object.set_metadata("namespace", key.namespace.as_str());
        let release = self.store.cache().get(&key);
        let owner = release.as_ref().map(|release| release.uid().to_owned()).unwrap_or_default();
        object.set_metadata("uid", view::derived_uid(&owner, &format!("v{}", summary.revision)));
        object.set_metadata("creationTimestamp", view::seconds(&summary.last_deployed));
        object.set_metadata("labels", json!({"helmx.dev/release": key.name}));
        object.set_version(version);
        let status = RevisionStatus {
            release: key.name,
            revision: summary.revision,
            phase: summary.phase,
            chart: InstalledChart { name: summary.chart.name, version: summary.chart.version },
            app_version: summary.app_version,
            description: summary.description,
            deployed: summary.last_deployed,
            rollback_revision: summary.rollback_revision,
        };
        object.set("status", serde_json::to_value(status).unwrap_or_default());
        object
    }
}

#[async_trait]
impl Resource for Revisions {
    fn info(&self) -> &ResourceInfo {
        &self.info
    }

    async fn ready(&self) -> Result<()> {
        self.store.cache().wait_filled().await
    }

    async fn get(&self, _grant: &Grant, key: &Key) -> Result<Object> {
        let parsed = key.name.rsplit_once(".v").and_then(|(release, revision)| Some((release, revision.parse().ok()?)));
        let (release, revision) = parsed.ok_or_else(|| Status::not_found(REVISIONS, &key.name))?;
        let (record, version) =
            self.store.versioned_record(&Key::new(key.namespace.as_str(), release), revision).await?;
        Ok(self.object(&record, version))
    }

    async fn list(&self, grant: &Grant, namespace: Option<&str>, options: &ListOptions) -> Result<List> {
        let (records, version) = self.store.records(namespace, options.fields.required("status.release")).await?;
        let mut items = Vec::new();
        for (record, version) in &records {
            let object = self.object(record, *version);
            let selected = options.labels.matches(object.labels()) && options.fields.matches(&object);
            if selected && (namespace.is_some() || visible(grant, object.namespace()).await?) {
                items.push(Arc::new(object));
            }
        }
        items.sort_by_key(|item| sort_key(item));
        Ok(List { items, version, continue_token: None, remaining: None })
    }
}

async fn visible(grant: &Grant, namespace: &str) -> Result<bool> {
    grant.may(grant.attributes().with_verb("get").with_namespace(namespace)).await
}

/// Revisions of a release in the order of their numbers: `v10` follows `v9`.
fn sort_key(item: &Object) -> (String, String, u64) {
    let number = item.at(&["status", "revision"]).and_then(Value::as_u64).unwrap_or_default();
    (item.namespace().to_owned(), item.text(&["status", "release"]).to_owned(), number)
}

fn row(object: &Object) -> Vec<Value> {
    let status = |field: &str| json!(object.text(&["status", field]));
    let chart =
        format!("{}-{}", object.text(&["status", "chart", "name"]), object.text(&["status", "chart", "version"]));
    vec![
        json!(object.name()),
        status("release"),
        object.at(&["status", "revision"]).cloned().unwrap_or_default(),
        json!(helmx_machinery::age(object.text(&["status", "deployed"]))),
        status("phase"),
        json!(chart),
        status("appVersion"),
        status("description"),
    ]
}

fn info() -> ResourceInfo {
    let column = |name, kind, description, priority| Column { name, kind, format: "", description, priority };
    ResourceInfo {
        group: GROUP.into(),
        version: VERSION.into(),
        plural: "revisions".into(),
        singular: "revision".into(),
        kind: KIND.into(),
        list_kind: format!("{KIND}List"),
        short_names: vec!["rev".into()],
        categories: vec!["helmx".into()],
        namespaced: true,
        verbs: vec![Verb::Get, Verb::List],
        subresources: Vec::new(),
        columns: vec![
            Column { format: "name", ..column("Name", "string", "Release and revision", 0) },
            column("Release", "string", "The release", 1),
            column("Revision", "integer", "The number", 0),
            column("Updated", "string", "Since when the revision exists", 0),
            column("Status", "string", "Helm's status", 0),
            column("Chart", "string", "Chart and version", 0),
            column("App Version", "string", "Version of the application", 0),
            column("Description", "string", "Helm's words", 0),
        ],
        row: Box::new(row),
        schema: schema::of::<Revision>(),
        selectable_fields: vec!["status.release", "status.phase"],
        unconditional_update: false,
        definition_prefix: "dev.helmx.v1alpha1".into(),
    }
}

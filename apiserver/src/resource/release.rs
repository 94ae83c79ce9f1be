//! Releases: create installs, a changed spec upgrades, delete uninstalls.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use helmx_api::release::ReleaseSpec;
use helmx_chart::name::ReleaseName;
use helmx_machinery::{
    Cache, CacheOptions, Change, DeleteOptions, Deleted, Grant, Key, List, ListOptions, Object, Part, Resource,
    ResourceInfo, Result, Status, Subresource, Visibility, Watch, WatchOptions, WriteOptions,
};
use serde_json::{Value, json};

use super::release_info;
use super::release_part::{Part as ReleasePart, ReleasePartOf};
use super::rollback::Rollback;
use crate::operation::prepare::{self, Prepared, Wish, invalid, lacking};
use crate::operation::{Operations, uninstall};
use crate::store::RELEASES;
use crate::store::book::Book;
use crate::store::hidden;
use crate::values;

/// The subresource that stands for the right to see values.
const VALUES: &str = "values";
/// What a reader without that right is told.
const HIDDEN: &str = "spec.values: you may not get releases/values in this namespace";

/// The resource `releases`.
pub struct Releases {
    info: ResourceInfo,
    operations: Arc<Operations>,
    parts: Vec<ReleasePartOf>,
    rollback: Rollback,
}

/// The watch cache of releases: over all namespaces, only those whose releases the caller may `get` are shown.
pub fn cache() -> Cache {
    Cache::with_visibility(CacheOptions::default(), Arc::new(OwnNamespaces))
}

/// Whoever may list everywhere still sees only what they may get.
struct OwnNamespaces;

#[async_trait]
impl Visibility for OwnNamespaces {
    async fn visible(&self, grant: &Grant, namespace: &str) -> Result<bool> {
        let question = grant.attributes().with_verb("get").with_subresource("").with_name("").with_namespace(namespace);
        grant.may(question).await
    }
}

impl Releases {
    /// Releases as operations change them.
    pub fn new(operations: Arc<Operations>) -> Self {
        let parts = ReleasePart::ALL.map(|part| ReleasePartOf::new(part, operations.store.clone())).into();
        Self { info: release_info::info(), rollback: Rollback::new(Arc::clone(&operations)), operations, parts }
    }

    async fn sees_values(grant: &Grant, namespace: &str) -> Result<bool> {
        grant.may(grant.attributes().with_verb("get").with_namespace(namespace).with_subresource(VALUES)).await
    }

    /// The values as the spec has them.
    async fn values(&self, key: &Key, object: &Object) -> Result<Value> {
        if object.at(&["spec", "valuesFrom"]).is_some() {
            return Ok(Value::Object(self.operations.store.book(key).await?.spec.values));
        }
        let revision = object
            .at(&["status", "revision"])
            .and_then(Value::as_u64)
            .and_then(|revision| u32::try_from(revision).ok());
        let record = self.operations.store.record(key, revision.unwrap_or(1)).await?;
        Ok(values::to_json(&record.config))
    }

    /// The metadata that gives values away, for those who may see values.
    async fn show_metadata(&self, key: &Key, shown: &mut Object) -> Result<()> {
        if shown.managed_fields().is_empty() && shown.annotations().is_none() {
            return Ok(());
        }
        let book = self.operations.store.book(key).await?;
        for (name, value) in [("managedFields", json!(book.managed_fields)), ("annotations", json!(book.annotations))] {
            if shown.at(&["metadata", name]).is_some() {
                shown.set_metadata(name, value);
            }
        }
        Ok(())
    }

    /// The spec of a write, with the values that its sender cannot see put back.
    async fn whole_spec(
        &self,
        grant: &Grant,
        key: &Key,
        object: &Object,
        stored: Option<&Object>,
    ) -> Result<ReleaseSpec> {
        let mut spec = spec(object)?;
        let Some(stored) = stored else { return Ok(spec) };
        if Self::sees_values(grant, &key.namespace).await? {
            return Ok(spec);
        }
        if !spec.values.is_empty() {
            let why = "spec.values cannot be written without the right to get releases/values: what you cannot see would be lost";
            return Err(Status::forbidden(RELEASES, &key.name, why));
        }
        if let Value::Object(values) = self.values(key, stored).await? {
            spec.values = values;
        }
        Ok(spec)
    }
}

#[async_trait]
impl Resource for Releases {
    fn info(&self) -> &ResourceInfo {
        &self.info
    }

    async fn ready(&self) -> Result<()> {
        self.operations.store.cache().wait_filled().await
    }

    async fn get(&self, _grant: &Grant, key: &Key) -> Result<Object> {
        let found = self.operations.store.cache().get(key);
        found.map(|object| (*object).clone()).ok_or_else(|| Status::not_found(RELEASES, &key.name))
    }

    async fn list(&self, grant: &Grant, namespace: Option<&str>, options: &ListOptions) -> Result<List> {
        self.operations.store.cache().list(grant, namespace, options).await
    }

    async fn watch(&self, grant: &Grant, namespace: Option<&str>, options: WatchOptions) -> Result<Watch> {
        self.operations.store.cache().watch(grant, namespace, options).await
    }

    async fn present(&self, grant: &Grant, object: Arc<Object>) -> Result<Arc<Object>> {
        let key = object.key();
        let mut shown = (*object).clone();
        if object.resource_version().is_empty() {
            // The answer to a dry run shows what was sent, to whoever sent it.
            return Ok(object);
        }
        if Self::sees_values(grant, &key.namespace).await? {
            let values = match self.values(&key, &object).await {
                Ok(values) => values,
                // Deleted or upgraded since: the next event tells.
                Err(status) if status.code() == http::StatusCode::NOT_FOUND => json!({}),
                // A damaged record harms no other release of the list.
                Err(status) if status.code() == http::StatusCode::INTERNAL_SERVER_ERROR => {
                    put(&mut shown, "status", "hidden", json!([format!("spec.values: {}", status.message())]));
                    json!({})
                }
                Err(status) => return Err(status),
            };
            if values.as_object().is_some_and(|values| !values.is_empty()) {
                put(&mut shown, "spec", "values", values);
            }
            self.show_metadata(&key, &mut shown).await?;
        } else {
            put(&mut shown, "status", "hidden", json!([HIDDEN]));
        }
        Ok(Arc::new(shown))
    }

    async fn create(&self, grant: &Grant, object: Object, options: &WriteOptions) -> Result<Object> {
        let key = object.key();
        ReleaseName::parse(&key.name).map_err(|rule| invalid(&key.name, "metadata.name", &rule.to_string()))?;
        let spec = spec(&object)?;
        let mut generation = 1;
        if let Some(existing) = self.operations.store.cache().get(&key) {
            if existing.text(&["status", "phase"]) != "uninstalled" {
                return Err(Status::already_exists(RELEASES, &key.name));
            }
            generation = existing.generation() + 1;
        }
        let book = book(&object, &spec, generation);
        let prepared = prepare::change(&self.operations, Wish { grant, key: &key, spec: &spec, book }).await?;
        warn(grant, &prepared);
        if options.dry_run {
            return dry(object, &prepared.about.uid, &prepared.missing, prepared.requester.user());
        }
        self.operations.begin(prepared).await
    }

    async fn update(&self, grant: &Grant, key: &Key, change: Change, options: &WriteOptions) -> Result<Object> {
        let stored = self.operations.store.cache().get(key).ok_or_else(|| Status::not_found(RELEASES, &key.name))?;
        if stored.version() != change.old.version() {
            return Err(Status::modified(RELEASES, &key.name));
        }
        if change.part == Part::Status {
            // Status is what the server sees; nobody else's word counts.
            return Ok((*stored).clone());
        }
        let former = self.whole_spec(grant, key, &change.old, None).await?;
        let mut wanted = self.whole_spec(grant, key, &change.new, Some(&stored)).await?;
        if wanted.chart.repository.is_empty() && wanted.chart.name == former.chart.name {
            // Left out means: where it came from.
            wanted.chart.repository.clone_from(&former.chart.repository);
        }
        let is_hidden = !Self::sees_values(grant, &key.namespace).await?;
        let same = if is_hidden { without_values(&former) == without_values(&wanted) } else { former == wanted };
        let requested = |object: &Object| object.annotation(helmx_api::REQUESTED_AT).map(str::to_owned);
        if same && requested(&change.new) == requested(&change.old) {
            return self.update_metadata(key, &stored, &change.new, options).await;
        }
        let mut book = book(&change.new, &wanted, stored.generation() + 1);
        hidden::restore(&mut book, &self.operations.store.book(key).await?);
        let prepared = prepare::change(&self.operations, Wish { grant, key, spec: &wanted, book }).await?;
        warn(grant, &prepared);
        if options.dry_run {
            return dry(change.new, &prepared.about.uid, &prepared.missing, prepared.requester.user());
        }
        self.operations.begin(prepared).await
    }

    async fn delete(&self, grant: &Grant, key: &Key, options: &DeleteOptions) -> Result<Deleted> {
        let stored = self.operations.store.cache().get(key).ok_or_else(|| Status::not_found(RELEASES, &key.name))?;
        check_preconditions(&stored, options)?;
        let prepared = uninstall::prepare(&self.operations, grant, key, &stored, options.propagation).await?;
        if options.dry_run {
            return Ok(Deleted::Marked((*stored).clone()));
        }
        uninstall::begin(&self.operations, prepared).await.map(Deleted::Marked)
    }

    fn subresource(&self, name: &str) -> Option<&dyn Subresource> {
        if name == "rollback" {
            return Some(&self.rollback);
        }
        self.parts.iter().find(|part| part.name() == name).map(|part| part as &dyn Subresource)
    }
}

impl Releases {
    /// Labels, annotations, owners, managedFields: none of it touches the cluster's objects.
    async fn update_metadata(
        &self,
        key: &Key,
        stored: &Object,
        new: &Object,
        options: &WriteOptions,
    ) -> Result<Object> {
        if options.dry_run {
            return Ok(new.clone());
        }
        let spec = spec(stored)?;
        let wanted = book(new, &spec, stored.generation());
        let revision = stored
            .at(&["status", "revision"])
            .and_then(Value::as_u64)
            .and_then(|revision| u32::try_from(revision).ok());
        let version = self
            .operations
            .store
            .change_book(key, |book| {
                if book.revision == 0 {
                    // A release of stock helm gets its bookkeeping with the first write.
                    book.revision = revision.unwrap_or(1);
                    book.generation = stored.generation();
                    book.spec.clone_from(&wanted.spec);
                }
                let mut wanted = wanted.clone();
                hidden::restore(&mut wanted, book);
                book.labels = wanted.labels;
                book.annotations = wanted.annotations;
                book.owner_references = wanted.owner_references;
                book.finalizers = wanted.finalizers;
                book.managed_fields = wanted.managed_fields;
                Ok(())
            })
            .await?;
        self.operations.store.object(key, version).await
    }
}

/// Reads the spec of a written object; the schema was checked before.
fn spec(object: &Object) -> Result<ReleaseSpec> {
    let value = object.get("spec").cloned().unwrap_or_else(|| json!({}));
    serde_json::from_value(value).map_err(|error| invalid(object.name(), "spec", &error.to_string()))
}

/// Says at once what will be recorded: kubectl prints warnings, and who applies a manifest reads no status.
fn warn(grant: &Grant, prepared: &Prepared) {
    if !prepared.missing.is_empty() {
        grant.warn(format!("the release fails: {}", lacking(&prepared.requester, &prepared.missing)));
    }
}

fn without_values(spec: &ReleaseSpec) -> ReleaseSpec {
    ReleaseSpec { values: serde_json::Map::new(), ..spec.clone() }
}

/// The bookkeeping of a written object.
pub fn book(object: &Object, spec: &ReleaseSpec, generation: i64) -> Book {
    let texts = |map: Option<&serde_json::Map<String, Value>>| -> BTreeMap<String, String> {
        let entries = map.into_iter().flatten();
        entries.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
    };
    let list = |name: &str| object.at(&["metadata", name]).and_then(Value::as_array).cloned().unwrap_or_default();
    Book {
        generation,
        // The record gives values back, but not which of them came from where.
        spec: if spec.values_from.is_empty() { without_values(spec) } else { spec.clone() },
        labels: texts(object.labels()),
        annotations: texts(object.annotations()),
        owner_references: list("ownerReferences"),
        finalizers: object.finalizers().into_iter().map(str::to_owned).collect(),
        managed_fields: list("managedFields"),
        ..Book::default()
    }
}

/// The answer to a dry run: as it would be, without a resource version.
fn dry(mut object: Object, uid: &str, missing: &[crate::apply::access::Right], user: &str) -> Result<Object> {
    if !missing.is_empty() {
        return Err(Status::forbidden(RELEASES, object.name(), &crate::apply::access::sentence(user, missing)));
    }
    object.set_metadata("uid", uid);
    let metadata = object.metadata_mut();
    metadata.remove("resourceVersion");
    for name in ["labels", "annotations"] {
        if metadata.get(name).and_then(Value::as_object).is_some_and(serde_json::Map::is_empty) {
            metadata.remove(name);
        }
    }
    Ok(object)
}

fn check_preconditions(stored: &Object, options: &DeleteOptions) -> Result<()> {
    let wanted = &options.preconditions;
    let wrong = |name: &str, wanted: &str, found: &str| {
        Status::conflict(
            RELEASES,
            stored.name(),
            &format!("Precondition failed: {name} in precondition: {wanted}, {name} in object meta: {found}"),
        )
    };
    if let Some(uid) = wanted.uid.as_deref().filter(|uid| *uid != stored.uid()) {
        return Err(wrong("UID", uid, stored.uid()));
    }
    if let Some(version) = wanted.resource_version.as_deref().filter(|version| *version != stored.resource_version()) {
        return Err(wrong("ResourceVersion", version, stored.resource_version()));
    }
    Ok(())
}

fn put(object: &mut Object, section: &str, field: &str, value: Value) {
    let mut inner = object.get(section).cloned().unwrap_or_else(|| json!({}));
    if let Some(map) = inner.as_object_mut() {
        map.insert(field.into(), value);
    }
    object.set(section, inner);
}

//! `widgets`: a small resource in memory, with everything the server can do with a resource.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use helmx_machinery::{
    Attributes, Cache, CacheOptions, Call, Change, Column, DeleteOptions, Deleted, Grant, Key, List, ListOptions,
    Object, Propagation, Reply, Resource, ResourceInfo, Result, Status, Subresource, SubresourceInfo, Verb, Visibility,
    Watch, WatchOptions, WriteOptions,
};
use http::StatusCode;
use serde_json::{Value, json};

pub struct Widgets {
    info: ResourceInfo,
    pub cache: Cache,
    version: Mutex<u64>,
    visibility: Arc<ByGet>,
}

/// A namespace is visible for who may `get` widgets there, unless a test overrides that.
#[derive(Default)]
struct ByGet {
    overridden: Mutex<Option<Vec<String>>>,
}

#[async_trait]
impl Visibility for ByGet {
    async fn visible(&self, grant: &Grant, namespace: &str) -> Result<bool> {
        if let Some(hidden) = &*self.overridden.lock().unwrap() {
            return Ok(!hidden.iter().any(|hidden| hidden == namespace));
        }
        let question = grant.attributes().with_verb("get").with_namespace(namespace).with_name("");
        grant.may(question).await
    }
}

impl Widgets {
    pub fn new(options: CacheOptions) -> Self {
        let visibility = Arc::new(ByGet::default());
        let cache = Cache::with_visibility(options, Arc::<ByGet>::clone(&visibility));
        cache.replace(Vec::new(), 100);
        Self { info: info(), cache, version: Mutex::new(100), visibility }
    }

    /// From now on everything is visible, whatever was decided before.
    pub fn forget_decisions(&self) {
        *self.visibility.overridden.lock().unwrap() = Some(Vec::new());
    }

    pub fn hide(&self, namespace: &str) {
        *self.visibility.overridden.lock().unwrap() = Some(vec![namespace.to_owned()]);
    }

    fn next_version(&self) -> u64 {
        let mut version = self.version.lock().unwrap();
        *version += 1;
        *version
    }

    fn stored(&self, key: &Key) -> Result<Object> {
        let object = self.cache.get(key).ok_or_else(|| self.info.not_found(&key.name))?;
        Ok(Arc::unwrap_or_clone(object))
    }

    /// Writes an object, or lets it go if it is marked and nothing holds it.
    fn put(&self, mut object: Object) -> Object {
        let version = self.next_version();
        object.set_version(version);
        if object.deletion_timestamp().is_some() && object.finalizers().is_empty() {
            self.cache.delete(&object.key(), version);
        } else {
            self.cache.apply(object.clone(), version);
        }
        object
    }
}

const ALL: &[Verb] = &[
    Verb::Get,
    Verb::List,
    Verb::Watch,
    Verb::Create,
    Verb::Update,
    Verb::Patch,
    Verb::Delete,
    Verb::DeleteCollection,
];

fn subresource(name: &'static str, kind: &'static str, verbs: &'static [Verb]) -> SubresourceInfo {
    SubresourceInfo { name, group: "", version: "", kind, verbs, schema: None, description: "part of a widget" }
}

fn info() -> ResourceInfo {
    let column = |name, kind, format, priority| Column { name, kind, format, description: "a column", priority };
    let rotate = SubresourceInfo {
        schema: Some(json!({"type": "object", "properties": {"by": {"type": "integer"}}})),
        ..subresource("rotate", "WidgetRotation", &[Verb::Create])
    };
    ResourceInfo {
        group: "test.dev".to_owned(),
        version: "v1".to_owned(),
        plural: "widgets".to_owned(),
        singular: "widget".to_owned(),
        kind: "Widget".to_owned(),
        list_kind: "WidgetList".to_owned(),
        short_names: vec!["wd".to_owned()],
        categories: vec!["test".to_owned()],
        namespaced: true,
        verbs: ALL.to_vec(),
        subresources: vec![
            subresource("status", "Widget", &[Verb::Get, Verb::Update, Verb::Patch]),
            subresource("log", "WidgetLog", &[Verb::Get]),
            rotate,
        ],
        columns: vec![column("Name", "string", "name", 0), column("Size", "integer", "", 0)],
        row: Box::new(|object| {
            vec![object.name().into(), object.at(&["spec", "size"]).cloned().unwrap_or(Value::Null)]
        }),
        schema: schema(),
        selectable_fields: vec!["status.phase"],
        unconditional_update: false,
        definition_prefix: "dev.test.v1".to_owned(),
    }
}

fn schema() -> Value {
    let part = json!({
        "type": "object", "required": ["name"],
        "properties": {
            "name": {"type": "string"}, "weight": {"type": "integer"}, "color": {"type": "string"},
        },
    });
    json!({
        "description": "Widget is a thing of some size.", "type": "object",
        "properties": {
            "spec": {
                "type": "object",
                "properties": {
                    "size": {"type": "integer", "minimum": 0},
                    "secret": {"type": "string"},
                    "mode": {"type": "string", "enum": ["fast", "slow"], "default": "slow"},
                    "tags": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"},
                    "parts": {
                        "type": "array", "items": part,
                        "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
                    },
                    "steps": {"type": "array", "items": {"type": "string"}},
                    "values": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
                },
            },
            "status": {"type": "object", "properties": {"phase": {"type": "string"}}},
        },
    })
}

#[async_trait]
impl Resource for Widgets {
    fn info(&self) -> &ResourceInfo {
        &self.info
    }

    async fn get(&self, _grant: &Grant, key: &Key) -> Result<Object> {
        self.stored(key)
    }

    async fn list(&self, grant: &Grant, namespace: Option<&str>, options: &ListOptions) -> Result<List> {
        self.cache.list(grant, namespace, options).await
    }

    async fn watch(&self, grant: &Grant, namespace: Option<&str>, options: WatchOptions) -> Result<Watch> {
        self.cache.watch(grant, namespace, options).await
    }

    async fn create(&self, grant: &Grant, mut object: Object, options: &WriteOptions) -> Result<Object> {
        if self.cache.get(&object.key()).is_some() {
            return Err(Status::already_exists(self.info.subject(), object.name()));
        }
        assert!(object.name() != "panic", "a widget that must not be");
        if object.name() == "slow" {
            tokio::time::sleep(Duration::from_secs(40)).await;
        }
        object.set_metadata("uid", format!("uid-of-{}-for-{}", object.name(), grant.user().name()));
        if options.dry_run {
            return Ok(object);
        }
        Ok(self.put(object))
    }

    async fn update(&self, _grant: &Grant, key: &Key, change: Change, options: &WriteOptions) -> Result<Object> {
        let stored = self.stored(key)?;
        if stored.resource_version() != change.old.resource_version() {
            return Err(Status::modified(self.info.subject(), &key.name));
        }
        if options.dry_run {
            return Ok(change.new);
        }
        Ok(self.put(change.new))
    }

    async fn delete(&self, _grant: &Grant, key: &Key, options: &DeleteOptions) -> Result<Deleted> {
        let mut object = self.stored(key)?;
        if object.finalizers().is_empty() && options.propagation != Some(Propagation::Foreground) {
            if !options.dry_run {
                self.cache.delete(key, self.next_version());
            }
            return Ok(Deleted::Gone(object));
        }
        object.mark_deleted(options.propagation);
        let object = if options.dry_run { object } else { self.put(object) };
        Ok(Deleted::Marked(object))
    }

    /// `spec.secret` is for those who may get `widgets/secret`.
    async fn present(&self, grant: &Grant, object: Arc<Object>) -> Result<Arc<Object>> {
        let question = grant.attributes().with_verb("get").with_subresource("secret").with_name(object.name());
        if matches!(question, Attributes::Resource { .. }) && grant.may(question).await? {
            return Ok(object);
        }
        let mut shown = Arc::unwrap_or_clone(object);
        if let Some(Value::Object(spec)) = shown.0.get_mut("spec") {
            spec.remove("secret");
        }
        Ok(Arc::new(shown))
    }

    fn subresource(&self, name: &str) -> Option<&dyn Subresource> {
        match name {
            "log" => Some(&Log),
            "rotate" => Some(&Rotate),
            _ => None,
        }
    }
}

struct Log;

#[async_trait]
impl Subresource for Log {
    async fn connect(&self, _grant: &Grant, _key: &Key, call: Call) -> Result<Reply> {
        let lines = if call.parameter("follow") == Some("true") { 3 } else { 1 };
        let pieces = futures::stream::iter(0..lines).map(|n| Ok(Bytes::from(format!("line {n}\n"))));
        Ok(Reply::Stream { content_type: "text/plain".to_owned(), pieces: pieces.boxed() })
    }
}

struct Rotate;

#[async_trait]
impl Subresource for Rotate {
    async fn connect(&self, grant: &Grant, key: &Key, call: Call) -> Result<Reply> {
        if call.dry_run {
            return Err(Status::bad_request("dryRun is not supported"));
        }
        let mut object = Object::new("test.dev/v1", "WidgetRotation");
        object.set("by", call.body.get("by").cloned().unwrap_or(Value::Null));
        object.set("done", format!("{} {}", grant.user().name(), key.name));
        Ok(Reply::Object(StatusCode::ACCEPTED, object))
    }
}

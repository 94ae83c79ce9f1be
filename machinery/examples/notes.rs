//! A complete extension API server in one file: read-only `notes.example.dev`, kept in memory.
//!
//! `cargo run -p helmx-machinery --example notes` with a kubeconfig that may read the front-proxy ConfigMap and create
//! reviews; then register an APIService `v1.example.dev` for port 6443 of this machine.

use std::error::Error;
use std::sync::Arc;

use arc_swap::ArcSwap;
use async_trait::async_trait;
use helmx_machinery::{
    Authenticator, Authorizer, Cache, CacheOptions, Column, Drain, Grant, Key, List, ListOptions, Object, Resource,
    ResourceInfo, Result, Server, Tls, Trust, Verb, Watch, WatchOptions, age, certified_key, now, serve,
};
use serde_json::json;
use tokio::net::TcpListener;

struct Notes {
    info: ResourceInfo,
    cache: Cache,
}

#[async_trait]
impl Resource for Notes {
    fn info(&self) -> &ResourceInfo {
        &self.info
    }

    async fn get(&self, _grant: &Grant, key: &Key) -> Result<Object> {
        self.cache.get(key).map(Arc::unwrap_or_clone).ok_or_else(|| self.info.not_found(&key.name))
    }

    async fn list(&self, grant: &Grant, namespace: Option<&str>, options: &ListOptions) -> Result<List> {
        self.cache.list(grant, namespace, options).await
    }

    async fn watch(&self, grant: &Grant, namespace: Option<&str>, options: WatchOptions) -> Result<Watch> {
        self.cache.watch(grant, namespace, options).await
    }
}

fn info() -> ResourceInfo {
    let column = |name, format| Column { name, kind: "string", format, description: "", priority: 0 };
    ResourceInfo {
        group: "example.dev".to_owned(),
        version: "v1".to_owned(),
        plural: "notes".to_owned(),
        singular: "note".to_owned(),
        kind: "Note".to_owned(),
        list_kind: "NoteList".to_owned(),
        short_names: Vec::new(),
        categories: Vec::new(),
        namespaced: true,
        verbs: vec![Verb::Get, Verb::List, Verb::Watch],
        subresources: Vec::new(),
        columns: vec![column("Name", "name"), column("Text", ""), column("Age", "")],
        row: Box::new(|note| {
            vec![note.name().into(), note.text(&["spec", "text"]).into(), age(note.creation_timestamp()).into()]
        }),
        schema: json!({
            "description": "Note is a line of text.",
            "properties": {"spec": {"type": "object", "properties": {"text": {"type": "string"}}}},
        }),
        selectable_fields: Vec::new(),
        unconditional_update: false,
        definition_prefix: "dev.example.v1".to_owned(),
    }
}

fn note(text: &str) -> Object {
    let mut note = Object::new("example.dev/v1", "Note");
    note.set("spec", json!({"text": text}));
    note.set("metadata", json!({"name": "hello", "namespace": "default", "uid": "1", "resourceVersion": "1"}));
    note.set_metadata("creationTimestamp", now());
    note
}

#[tokio::main]
async fn main() -> std::result::Result<(), Box<dyn Error>> {
    let client = kube::Client::try_default().await?;
    let trust = Trust::read(client.clone()).await?;
    let notes = Notes { info: info(), cache: Cache::new(CacheOptions::default()) };
    notes.cache.replace(vec![note("Hello, world")], 1);

    let authenticator = Authenticator::new(client.clone(), trust);
    let server = Server::builder(authenticator, Authorizer::new(client)).resource(Arc::new(notes)).build()?;

    let own = rcgen::generate_simple_self_signed(vec!["notes.default.svc".to_owned()])?;
    let key = certified_key(own.cert.pem().as_bytes(), own.signing_key.serialize_pem().as_bytes())?;
    let tls = Tls::new(Arc::new(ArcSwap::from_pointee(key)))?;
    let listener = TcpListener::bind("0.0.0.0:6443").await?;
    let interrupted = async { drop(tokio::signal::ctrl_c().await) };
    serve(Arc::new(server), listener, tls, Drain::default(), interrupted).await?;
    Ok(())
}

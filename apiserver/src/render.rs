//! Runs the engine off the async threads, for a release or a preview; look-ups are made as the requester.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use helmx_chart::Chart;
use helmx_chart::manifest::{Assembly, Hook, split};
use helmx_engine::{Host, Limits, Operation, ReleaseInfo, SchemaCheck};
use helmx_machinery::{Key, Status};
use helmx_yaml::{Data, Map};
use jiff::Timestamp;
use kube::api::{Api, DynamicObject, ListParams};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use crate::catalog::archive::Loaded;
use crate::kinds::Snapshot;
use crate::operation::prepare::{invalid, stored_chart};
use crate::requester::Requester;
use crate::store::RELEASES;
use crate::tenant::binding::Tenant;
use crate::tenant::stamp::{self, Marks};

/// Objects that one `lookup` of a list returns; more would not fit a template's limits.
const MAX_LOOKUP: u32 = 5_000;
/// Renders at the same time: more only take turns on the processors.
const MAX_RENDERS: usize = 4;

/// Renders charts, a few at a time, each within the same limits.
pub struct Renderer {
    permits: Semaphore,
    limits: Limits,
    /// How long one render may take.
    timeout: Duration,
}

/// What a render needs.
pub struct Input<'a> {
    /// Namespace and name of the release.
    pub key: &'a Key,
    /// The chart as loaded, with its parsed templates.
    pub loaded: Arc<Loaded>,
    /// The user's values.
    pub values: Map,
    /// The revision that it would be.
    pub revision: u32,
    /// `.Release.IsUpgrade`.
    pub is_upgrade: bool,
    /// Leave `values.schema.json` out of it.
    pub skip_schema_validation: bool,
    /// Whose release it is.
    pub tenant: Option<&'a Tenant>,
    /// What the cluster serves.
    pub kinds: Arc<Snapshot>,
    /// Who asks.
    pub requester: Requester,
}

/// What a release is made of.
#[derive(Clone, Debug, Default)]
pub struct Manifest {
    /// The chart as the record keeps it: dependencies processed, the tenant in its annotations.
    pub chart: Chart,
    /// All objects, each under its `# Source:` line, with the tenant's marks.
    pub text: String,
    /// Hooks, with the tenant's marks.
    pub hooks: Vec<Hook>,
    /// The notes.
    pub notes: String,
    /// Documents of `crds/`.
    pub definitions: Vec<String>,
}

impl Renderer {
    /// With the server's limits for each render.
    pub fn new(limits: Limits, timeout: Duration) -> Self {
        Self { permits: Semaphore::new(MAX_RENDERS), limits, timeout }
    }

    /// Renders a release, with the tenant's marks in everything.
    ///
    /// # Errors
    /// 422 for dependencies, values, schema, templates and YAML, in Helm's words with position, and for the limit
    /// that was reached; 403 for a document that claims a tenant falsely.
    pub async fn release(&self, input: Input<'_>) -> Result<Manifest, Status> {
        let _permit = self.permits.acquire().await.map_err(|_| Status::unavailable("the server is stopping"))?;
        let marks = input.tenant.map(Marks::of);
        let name = input.key.name.clone();
        let over = Over::default();
        let host = ClusterHost {
            handle: Handle::current(),
            kinds: Arc::clone(&input.kinds),
            requester: input.requester,
            over: Arc::clone(&over.0),
        };
        let job = Job {
            name: input.key.name.clone(),
            namespace: input.key.namespace.clone(),
            values: input.values,
            revision: input.revision,
            is_upgrade: input.is_upgrade,
            skip_schema_validation: input.skip_schema_validation,
            annotations: input.tenant.map(annotations).unwrap_or_default(),
            limits: self.limits,
            host,
        };
        let loaded = input.loaded;
        let kinds = input.kinds;
        let mut rendering = tokio::task::spawn_blocking(move || job.run(&loaded, &kinds));
        let rendered = match tokio::time::timeout(self.timeout, &mut rendering).await {
            Ok(rendered) => rendered,
            Err(_) => {
                // It ends by itself then, and says at which place of which template.
                over.set();
                rendering.await
            }
        };
        let rendered = rendered.map_err(|error| Status::internal(format!("rendering: {error}")))?;
        let mut manifest = rendered.map_err(|reason| invalid(&name, "spec.chart", &reason))?;
        mark(&mut manifest, marks.as_ref(), input.key)?;
        Ok(manifest)
    }
}

/// Whether a render has to end: its time is over, or nobody waits for it any more.
#[derive(Default)]
struct Over(Arc<AtomicBool>);

impl Over {
    fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Drop for Over {
    fn drop(&mut self) {
        self.set();
    }
}

/// What a tenant adds to the chart's annotations: its name, and what it declares.
fn annotations(tenant: &Tenant) -> Vec<(String, String)> {
    let mut annotations: Vec<_> = tenant.spec.annotations.clone().into_iter().collect();
    annotations.push((helmx_api::TENANT.into(), tenant.name.clone()));
    annotations
}

/// Stamps every document, or refuses those that claim a tenant in a namespace without one.
fn mark(manifest: &mut Manifest, marks: Option<&Marks>, key: &Key) -> Result<(), Status> {
    let unreadable = |error: crate::error::Error| invalid(&key.name, "spec.chart", &error.to_string());
    let Some(marks) = marks else {
        let hooks = manifest.hooks.iter().map(|hook| hook.manifest.as_str());
        for document in split(&manifest.text).into_iter().chain(hooks) {
            if let Some(claim) = stamp::claim(document).map_err(unreadable)? {
                let why = format!(
                    "the chart claims tenant \"{claim}\", but namespace \"{}\" belongs to no tenant",
                    key.namespace
                );
                return Err(Status::forbidden(RELEASES, &key.name, &why));
            }
        }
        return Ok(());
    };
    let mut text = String::with_capacity(manifest.text.len() + 1024);
    for document in split(&manifest.text) {
        text.push_str("---\n");
        text.push_str(&marks.stamp(document).map_err(unreadable)?);
    }
    manifest.text = text;
    for hook in &mut manifest.hooks {
        hook.manifest = marks.stamp(&hook.manifest).map_err(unreadable)?;
    }
    Ok(())
}

/// A render that owns all it needs.
struct Job {
    name: String,
    namespace: String,
    values: Map,
    revision: u32,
    is_upgrade: bool,
    skip_schema_validation: bool,
    annotations: Vec<(String, String)>,
    limits: Limits,
    host: ClusterHost,
}

impl Job {
    /// Dependencies, values, schema, templates, documents: errors in Helm's words.
    fn run(&self, loaded: &Loaded, kinds: &Snapshot) -> Result<Manifest, String> {
        let mut chart = loaded.chart.clone();
        chart.metadata.annotations.extend(self.annotations.iter().cloned());
        let release = ReleaseInfo {
            name: self.name.clone(),
            namespace: self.namespace.clone(),
            revision: i64::from(self.revision),
            operation: if self.is_upgrade { Operation::Upgrade } else { Operation::Install },
        };
        let capabilities = kinds.capabilities();
        let job = helmx_engine::Job {
            release: &release,
            capabilities: &capabilities,
            host: &self.host,
            limits: self.limits,
            assembly: Assembly::default(),
            schema: if self.skip_schema_validation { SchemaCheck::Skipped } else { SchemaCheck::Enforced },
        };
        let assembled =
            helmx_engine::assemble_parsed(&mut chart, &self.values, &job, &loaded.templates, &mut Vec::new())
                .map_err(|error| error.to_string())?;
        let files = chart.crds();
        let definitions = files.iter().flat_map(|file| {
            let text = String::from_utf8_lossy(&file.data).into_owned();
            split(&text).into_iter().map(str::to_owned).collect::<Vec<_>>()
        });
        Ok(Manifest {
            definitions: definitions.collect(),
            text: assembled.manifest,
            hooks: assembled.hooks,
            notes: assembled.notes,
            chart: stored_chart(&chart),
        })
    }
}

/// The outside world of a render in the server: the cluster as the requester sees it.
struct ClusterHost {
    handle: Handle,
    kinds: Arc<Snapshot>,
    requester: Requester,
    over: Arc<AtomicBool>,
}

impl Host for ClusterHost {
    fn lookup(&self, api_version: &str, kind: &str, namespace: &str, name: &str) -> Result<Data, String> {
        let Some(known) = self.kinds.find(api_version, kind) else {
            return Err(format!(
                "unable to get apiresource from unstructured: no matches for kind \"{kind}\" in version \"{api_version}\""
            ));
        };
        let client = self.requester.client().clone();
        let api: Api<DynamicObject> = if known.namespaced && !namespace.is_empty() {
            Api::namespaced_with(client, namespace, &known.resource)
        } else {
            Api::all_with(client, &known.resource)
        };
        let answer = self.handle.block_on(async {
            if name.is_empty() {
                let list = api.list(&ListParams::default().limit(MAX_LOOKUP)).await?;
                return Ok(serde_json::to_value(&list).ok());
            }
            Ok::<_, kube::Error>(api.get_opt(name).await?.and_then(|object| serde_json::to_value(&object).ok()))
        });
        match answer {
            Ok(Some(value)) => Ok(Data::from(value)),
            Ok(None) => Ok(Data::Map(Map::default())),
            Err(kube::Error::Api(status)) => Err(status.message.clone()),
            Err(error) => Err(error.to_string()),
        }
    }

    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    fn random(&self, buffer: &mut [u8]) -> Result<(), String> {
        rustls::crypto::aws_lc_rs::default_provider().secure_random.fill(buffer).map_err(|_| "no randomness".to_owned())
    }
}

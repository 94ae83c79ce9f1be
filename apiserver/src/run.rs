//! Builds the parts, runs them, stops them.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use helmx_engine::Limits;
use helmx_machinery::{Authenticator, Authorizer, Drain, Server, Tls, Trust, serve};
use kube::client::Body;
use kube::client::retry::RetryPolicy;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use rustls::sign::CertifiedKey;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tower::retry::RetryLayer;

use crate::args::Args;
use crate::catalog::Catalog;
use crate::catalog::archive::Archives;
use crate::catalog::sync::{Settings, Sync};
use crate::certificate::{self, Certificate};
use crate::holder::{self, Holder};
use crate::operation::{Operations, recover};
use crate::render::Renderer;
use crate::requester::Own;
use crate::resource::chart::Charts;
use crate::resource::chart_version::ChartVersions;
use crate::resource::release::{self, Releases};
use crate::resource::revision::Revisions;
use crate::store::{Store, feed};
use crate::tenant::binding::Bindings;

/// How long requests in work, and operations, may take to end.
const GRACE: Duration = Duration::from_secs(30);
/// Every so many looks for abandoned operations, bookkeeping without a release is looked for.
const ORPHANS: u64 = 60;
/// How often abandoned operations are looked for.
const SWEEP: Duration = Duration::from_secs(5);

/// Runs the server until a signal ends it.
///
/// # Errors
/// What keeps it from starting: no cluster, no rights, no trust anchors, no port.
pub fn run(args: &Args) -> Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_new(&args.log).context("--log")?;
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false).init();
    // One TLS stack for everything; a second call in one process is no error.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(serve_until_signal(args));
    // Renders in work must not hold the process up.
    runtime.shutdown_timeout(Duration::from_secs(1));
    outcome
}

async fn serve_until_signal(args: &Args) -> Result<()> {
    let own = Own::new(client(config(args).await?).context("the client of the server's ServiceAccount")?);
    let trust = Trust::read(own.client().clone()).await?;
    let bindings = Bindings::new(own.clone());
    let store = Store::new(own.clone(), bindings.clone(), release::cache());
    let catalog = Arc::new(Catalog::new(
        Archives::new(&args.cache_dir).with_context(|| format!("--cache-dir {}", args.cache_dir.display()))?,
    ));
    let settings = Settings {
        namespace: args.namespace.clone(),
        folder: args.cache_dir.clone(),
        private_for_tenants: args.allow_private_repositories,
    };
    let sync = Arc::new(Sync::new(own.clone(), Arc::clone(&catalog), settings).context("--cache-dir")?);
    let limits = Limits { instructions: args.render_steps, output: args.render_bytes, ..Limits::default() };
    let renderer = Renderer::new(limits, Duration::from_secs(args.render_timeout));
    let holder = Holder::new(own.clone(), &args.namespace);
    let operations =
        Arc::new(Operations::new(own.clone(), store.clone(), Arc::clone(&catalog), renderer, holder.clone()));
    let server = Arc::new(server(&own, trust.clone(), &operations)?);
    let presented = Presented::new(args, &own).await?;
    let listener =
        TcpListener::bind(args.bind_address).await.with_context(|| format!("--bind-address {}", args.bind_address))?;

    let (filled, _) = watch::channel(false);
    let mut tasks = JoinSet::new();
    tasks.spawn(trust.follow(own.client().clone()));
    tasks.spawn(bindings.run());
    tasks.spawn(feed::run(store, filled.clone()));
    tasks.spawn(sync.run());
    tasks.spawn(keep_alive(holder.clone()));
    tasks.spawn(sweep(Arc::clone(&operations), filled.subscribe()));
    tasks.spawn(presented.clone().keep_fresh());

    tracing::info!(address = %args.bind_address, "serving");
    let tls = Tls::new(Arc::clone(&presented.current))?;
    let drain = Drain { delay: Duration::from_secs(args.shutdown_delay), grace: GRACE };
    serve(server, listener, tls, drain, signalled()?).await?;
    tracing::info!("stopping operations");
    if tokio::time::timeout(GRACE, operations.stop()).await.is_err() {
        tracing::warn!("operations did not end in time; another server will end them");
    }
    holder.leave().await;
    tasks.shutdown().await;
    Ok(())
}

async fn config(args: &Args) -> Result<Config> {
    let Some(path) = &args.kubeconfig else {
        return Config::incluster().context("no --kubeconfig, and this is no Pod");
    };
    let kubeconfig = Kubeconfig::read_from(path).with_context(|| format!("--kubeconfig {}", path.display()))?;
    Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default())
        .await
        .with_context(|| format!("--kubeconfig {}", path.display()))
}

/// A client that tries again for a few seconds when the core is busy; kube's own default goes on for hours.
fn client(mut config: Config) -> Result<Client> {
    config.default_retry = false;
    let retries = RetryPolicy::new(Duration::from_millis(50), Duration::from_secs(2), 6, false)?;
    let namespace = config.default_namespace.clone();
    let base = Client::try_from(config)?;
    let once = tower::service_fn(move |request: http::Request<Body>| {
        let client = base.clone();
        async move { client.send(request).await.map_err(tower::BoxError::from) }
    });
    Ok(Client::new(tower::ServiceBuilder::new().layer(RetryLayer::new(retries)).service(once), namespace))
}

fn server(own: &Own, trust: Trust, operations: &Arc<Operations>) -> Result<Server> {
    let client = own.client().clone();
    let (cache, bindings) = (operations.store.cache().clone(), operations.bindings.clone());
    let records = move || if cache.is_filled() { Ok(()) } else { Err("release records are not listed yet".to_owned()) };
    let tenants = move || if bindings.is_complete() { Ok(()) } else { Err("tenants are not listed yet".to_owned()) };
    let version = env!("CARGO_PKG_VERSION");
    Server::builder(Authenticator::new(client.clone(), trust), Authorizer::new(client))
        .resource(Arc::new(Releases::new(Arc::clone(operations))))
        .resource(Arc::new(Revisions::new(operations.store.clone())))
        .resource(Arc::new(Charts::new(Arc::clone(&operations.catalog))))
        .resource(Arc::new(ChartVersions::new(Arc::clone(operations))))
        .ready_check("release-records", Box::new(records))
        .ready_check("tenants", Box::new(tenants))
        .version(json!({"major": "0", "minor": "1", "gitVersion": format!("v{version}"), "platform": "linux", "compiler": "rustc"}))
        .build()
        .context("the served resources")
}

/// The serving certificate in use.
#[derive(Clone)]
struct Presented {
    current: Arc<arc_swap::ArcSwap<CertifiedKey>>,
    /// `None` for a certificate from files, which is read again.
    own: Option<Arc<Certificate>>,
    files: Option<[std::path::PathBuf; 2]>,
}

impl Presented {
    async fn new(args: &Args, own: &Own) -> Result<Self> {
        if let (Some(certificate), Some(key)) = (&args.tls_cert_file, &args.tls_private_key_file) {
            let files = [certificate.clone(), key.clone()];
            let current = Arc::new(arc_swap::ArcSwap::from_pointee(from_files(&files).await?));
            return Ok(Self { current, own: None, files: Some(files) });
        }
        let certificate = Certificate::new(own.clone(), &args.namespace, &args.service);
        let key = certificate.ensure().await?;
        Ok(Self { current: Arc::new(arc_swap::ArcSwap::new(key)), own: Some(Arc::new(certificate)), files: None })
    }

    /// Renews the certificate in time; a failure keeps the one in use.
    async fn keep_fresh(self) {
        loop {
            tokio::time::sleep(certificate::PERIOD).await;
            let fresh = match (&self.own, &self.files) {
                (Some(own), _) => own.ensure().await,
                (None, Some(files)) => from_files(files).await.map(Arc::new),
                (None, None) => return,
            };
            match fresh {
                Ok(key) => self.current.store(key),
                Err(error) => tracing::warn!("cannot renew the serving certificate: {error:#}"),
            }
        }
    }
}

async fn from_files([certificate, key]: &[std::path::PathBuf; 2]) -> Result<CertifiedKey> {
    let read = async |path: &std::path::Path| tokio::fs::read(path).await.with_context(|| path.display().to_string());
    Ok(helmx_machinery::certified_key(&read(certificate).await?, &read(key).await?)?)
}

async fn keep_alive(holder: Holder) {
    loop {
        if let Err(error) = holder.renew().await {
            tracing::warn!(%error, "cannot renew the lease");
        }
        tokio::time::sleep(holder::PERIOD).await;
    }
}

/// Ends abandoned operations, once the records are known.
async fn sweep(operations: Arc<Operations>, mut filled: watch::Receiver<bool>) {
    if filled.wait_for(|filled| *filled).await.is_err() {
        return;
    }
    for round in 0_u64.. {
        if let Err(error) = recover::sweep(&operations).await {
            tracing::warn!(%error, "cannot look for abandoned operations");
        }
        // A server that died is noticed after its lease; what it left is looked for then, and now and then after.
        if round % ORPHANS == 4
            && let Err(error) = recover::sweep_orphans(&operations).await
        {
            tracing::warn!(%error, "cannot look for bookkeeping without a release");
        }
        tokio::time::sleep(SWEEP).await;
    }
}

/// The first SIGTERM or SIGINT.
fn signalled() -> Result<impl Future<Output = ()>> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

//! Kubeconfig to typed calls.

use anyhow::{Context as _, Result};
use http::Request;
use kube::api::{Api, DynamicObject};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::{ApiResource, GroupVersionKind};
use kube::{Client, Config};
use serde_json::Value;

use crate::args::Connection;

/// The cluster as the user sees it.
#[derive(Clone)]
pub struct Cluster {
    client: Client,
    /// The namespace that commands are about.
    pub namespace: String,
    /// The API server's address, for messages.
    pub server: String,
}

/// Kinds that commands use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Release,
    Revision,
    Chart,
    ChartVersion,
    Repository,
    ClusterRepository,
}

impl Kind {
    fn resource(self) -> ApiResource {
        let (group, kind, plural) = match self {
            Self::Release => (helmx_api::GROUP, "Release", "releases"),
            Self::Revision => (helmx_api::GROUP, "Revision", "revisions"),
            Self::Chart => (helmx_api::GROUP, "Chart", "charts"),
            Self::ChartVersion => (helmx_api::GROUP, "ChartVersion", "chartversions"),
            Self::Repository => (helmx_api::CONFIG_GROUP, "Repository", "repositories"),
            Self::ClusterRepository => (helmx_api::CONFIG_GROUP, "ClusterRepository", "clusterrepositories"),
        };
        ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(group, helmx_api::VERSION, kind), plural)
    }
}

impl Cluster {
    /// Connects as the kubeconfig and the flags say.
    ///
    /// # Errors
    /// A kubeconfig that cannot be read or names nothing.
    pub async fn connect(connection: &Connection) -> Result<Self> {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let mut config = config(connection).await?;
        // A person waits: the server's "not now" is told at once, with its reason.
        config.default_retry = false;
        if let Some(server) = &connection.server {
            config.cluster_url = server.parse().with_context(|| format!("--server {server}"))?;
        }
        if let Some(token) = &connection.token {
            config.auth_info.token = Some(token.clone().into());
        }
        if let Some(user) = &connection.as_user {
            config.auth_info.impersonate = Some(user.clone());
        }
        if !connection.as_group.is_empty() {
            config.auth_info.impersonate_groups = Some(connection.as_group.clone());
        }
        if connection.insecure_skip_tls_verify {
            config.accept_invalid_certs = true;
        }
        if let Some(name) = &connection.tls_server_name {
            config.tls_server_name = Some(name.clone());
        }
        if let Some(path) = &connection.certificate_authority {
            config.root_cert = Some(pem(
                &std::fs::read(path).with_context(|| format!("--certificate-authority {}", path.display()))?
            )?);
        }
        let namespace = connection.namespace.clone().unwrap_or_else(|| config.default_namespace.clone());
        let server = config.cluster_url.to_string().trim_end_matches('/').to_owned();
        let client = Client::try_from(config).context("connecting to the cluster")?;
        Ok(Self { client, namespace, server })
    }

    /// The underlying client.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The API of a kind in the command's namespace.
    pub fn api(&self, kind: Kind) -> Api<DynamicObject> {
        match kind {
            Kind::ClusterRepository => Api::all_with(self.client.clone(), &kind.resource()),
            _ => Api::namespaced_with(self.client.clone(), &self.namespace, &kind.resource()),
        }
    }

    /// The API of a kind in all namespaces.
    pub fn all(&self, kind: Kind) -> Api<DynamicObject> {
        Api::all_with(self.client.clone(), &kind.resource())
    }

    /// GET of a subresource as JSON.
    ///
    /// # Errors
    /// What the server answered.
    pub async fn part(&self, kind: Kind, name: &str, part: &str) -> Result<Value> {
        Ok(self.client.request(Request::get(self.path(kind, name, part)).body(Vec::new())?).await?)
    }

    /// GET of a subresource that is a document of its own.
    ///
    /// # Errors
    /// What the server answered.
    pub async fn document(&self, kind: Kind, name: &str, part: &str) -> Result<String> {
        Ok(self.client.request_text(Request::get(self.path(kind, name, part)).body(Vec::new())?).await?)
    }

    /// POST to a subresource.
    ///
    /// # Errors
    /// What the server answered.
    pub async fn post(&self, kind: Kind, name: &str, part: &str, body: &Value) -> Result<Value> {
        let request = Request::post(self.path(kind, name, part)).header("content-type", "application/json");
        Ok(self.client.request(request.body(serde_json::to_vec(body)?)?).await?)
    }

    fn path(&self, kind: Kind, name: &str, part: &str) -> String {
        let resource = kind.resource();
        format!("/apis/{}/namespaces/{}/{}/{name}/{part}", resource.api_version, self.namespace, resource.plural)
    }
}

/// The namespace that the command line or the kubeconfig names, without asking a cluster.
pub fn default_namespace(connection: &Connection) -> String {
    if let Some(namespace) = connection.namespace.as_ref().filter(|namespace| !namespace.is_empty()) {
        return namespace.clone();
    }
    let read = || match &connection.kubeconfig {
        Some(path) => Kubeconfig::read_from(path).ok(),
        None => Kubeconfig::read().ok(),
    };
    let named = read().and_then(|kubeconfig| {
        let current = connection.context.clone().or(kubeconfig.current_context)?;
        let found = kubeconfig.contexts.into_iter().find(|context| context.name == current)?;
        found.context?.namespace
    });
    named.filter(|namespace| !namespace.is_empty()).unwrap_or_else(|| "default".to_owned())
}

async fn config(connection: &Connection) -> Result<Config> {
    let options = KubeConfigOptions {
        context: connection.context.clone(),
        cluster: connection.cluster.clone(),
        user: connection.user.clone(),
    };
    if let Some(path) = &connection.kubeconfig {
        let kubeconfig = Kubeconfig::read_from(path).with_context(|| format!("--kubeconfig {}", path.display()))?;
        return Config::from_custom_kubeconfig(kubeconfig, &options)
            .await
            .with_context(|| format!("--kubeconfig {}", path.display()));
    }
    match Config::from_kubeconfig(&options).await {
        Ok(config) => Ok(config),
        Err(error) => Config::incluster().map_err(|_| error).context("no cluster: set KUBECONFIG, or use --kubeconfig"),
    }
}

fn pem(bytes: &[u8]) -> Result<Vec<Vec<u8>>> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject as _;
    let certificates =
        CertificateDer::pem_slice_iter(bytes).collect::<Result<Vec<_>, _>>().context("--certificate-authority")?;
    Ok(certificates.into_iter().map(|certificate| certificate.to_vec()).collect())
}

//! Flags as typed.

use std::net::SocketAddr;
use std::path::PathBuf;

/// Serves Helm charts and releases as Kubernetes resources.
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "helmx-apiserver", version)]
pub struct Args {
    /// The kubeconfig of the server's ServiceAccount; without it, the Pod's own.
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,

    /// Where to listen.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "0.0.0.0:6443")]
    pub bind_address: SocketAddr,

    /// The server's namespace.
    #[arg(long, value_name = "NAME", env = "POD_NAMESPACE", default_value = "helmx-system")]
    pub namespace: String,

    /// The Service that leads to the server: the certificate names it.
    #[arg(long, value_name = "NAME", default_value = "helmx-apiserver")]
    pub service: String,

    /// A folder for indexes and chart archives; may be lost at any time.
    #[arg(long, value_name = "FOLDER", default_value = "/cache")]
    pub cache_dir: PathBuf,

    /// A serving certificate of your own, instead of one that the server makes; the APIService's caBundle is yours
    /// then, too.
    #[arg(long, value_name = "FILE", requires = "tls_private_key_file")]
    pub tls_cert_file: Option<PathBuf>,

    /// The key of --tls-cert-file.
    #[arg(long, value_name = "FILE", requires = "tls_cert_file")]
    pub tls_private_key_file: Option<PathBuf>,

    /// Let namespaced repositories have private and loopback addresses.
    #[arg(long)]
    pub allow_private_repositories: bool,

    /// Seconds that one render may take.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    pub render_timeout: u64,

    /// Steps that one render may take: an action of a template costs a handful, a new RSA key a million or ten.
    #[arg(long, value_name = "NUMBER", default_value_t = helmx_engine::Limits::default().instructions)]
    pub render_steps: u64,

    /// Bytes that one render may produce, texts on the way included.
    #[arg(long, value_name = "NUMBER", default_value_t = helmx_engine::Limits::default().output)]
    pub render_bytes: usize,

    /// Seconds to go on serving after SIGTERM while the endpoints forget this server.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub shutdown_delay: u64,

    /// What to log, as `tracing` filters.
    #[arg(long, value_name = "FILTER", env = "HELMX_LOG", default_value = "info")]
    pub log: String,
}

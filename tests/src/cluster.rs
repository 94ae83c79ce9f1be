//! A control plane of real parts on loopback: started, taken apart, stopped.

mod kubeconfig;
mod nodes;
mod part;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::assets::Assets;
use crate::certificates::{Authority, Pair, service_account_keys};
use crate::process::Process;
use crate::shell::Shell;

pub use kubeconfig::Kubeconfig;
pub use part::Part;

/// The kubeconfig of `system:masters`, in the cluster's folder.
const ADMIN: &str = "admin.kubeconfig";
/// How long the whole control plane may take to become ready.
const START: Duration = Duration::from_secs(90);

/// A running control plane; everything of it ends when this is dropped.
pub struct Cluster {
    /// The parts that run, in starting order; dropped in reverse.
    running: Vec<(Part, Process)>,
    assets: Assets,
    folder: PathBuf,
    /// `None` for a cluster that somebody else runs.
    own: Option<OwnParts>,
    /// Removed on drop, after the parts have ended.
    _folder: Option<tempfile::TempDir>,
}

/// What only a cluster of ours has.
struct OwnParts {
    layout: Layout,
    authority: Authority,
}

/// Files and ports of one cluster.
pub(crate) struct Layout {
    folder: PathBuf,
    etcd: [u16; 2],
    apiserver: u16,
    controller_manager: u16,
    scheduler: u16,
    serving: Pair,
    admin: Pair,
    front_proxy: Pair,
    service_accounts: Pair,
    cluster_authority: PathBuf,
    cluster_authority_key: PathBuf,
    front_proxy_authority: PathBuf,
}

impl Cluster {
    /// Starts a control plane in a temporary folder.
    pub fn start(assets: &Assets) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("helmx-cluster-").tempdir()?;
        let path = folder.path().to_path_buf();
        Self::start_in(assets, &path, Some(folder))
    }

    /// Starts a control plane that keeps its files in `folder`.
    pub fn start_in(assets: &Assets, folder: &Path, owned: Option<tempfile::TempDir>) -> Result<Self> {
        let authority = Authority::create(folder, "cluster-ca")?;
        let layout = Layout::create(folder, &authority)?;
        let admin = Kubeconfig::certificate_files(&layout.server(), &layout.cluster_authority, &layout.admin);
        admin.write(&folder.join(ADMIN))?;
        let own = Some(OwnParts { layout, authority });
        let mut cluster =
            Self { running: Vec::new(), assets: assets.clone(), folder: folder.into(), own, _folder: owned };
        cluster.up(Part::Etcd)?;
        cluster.up(Part::Apiserver)?;
        cluster.wait_for_apiserver(Instant::now() + START)?;
        cluster.up(Part::ControllerManager)?;
        cluster.up(Part::Scheduler)?;
        nodes::prepare(&cluster)?;
        cluster.up(Part::Kwok)?;
        cluster.wait_for_service_accounts(Instant::now() + START)?;
        Ok(cluster)
    }

    /// A cluster that somebody else runs, by the kubeconfig of its administrator.
    pub fn existing(assets: &Assets, kubeconfig: &Path, folder: &Path) -> Result<Self> {
        std::fs::copy(kubeconfig, folder.join(ADMIN)).with_context(|| format!("reading {}", kubeconfig.display()))?;
        Ok(Self { running: Vec::new(), assets: assets.clone(), folder: folder.into(), own: None, _folder: None })
    }

    /// Starts one part.
    pub fn up(&mut self, part: Part) -> Result<()> {
        let own = self.own.as_ref().context("the parts of this cluster are not ours")?;
        let process = Process::start(part.name(), &self.folder, &part.command(&self.assets, &own.layout)?)?;
        self.running.push((part, process));
        Ok(())
    }

    /// Kills one part as a crash would; [`Cluster::up`] starts it again.
    pub fn down(&mut self, part: Part) -> Result<()> {
        let index = self.running.iter().position(|(running, _)| *running == part).context("that part does not run")?;
        self.running.remove(index).1.kill();
        Ok(())
    }

    /// Fails when a part has ended by itself, quoting its log.
    pub fn check(&mut self) -> Result<()> {
        self.running.iter_mut().try_for_each(|(_, process)| process.check())
    }

    /// The folder of certificates, kubeconfigs and logs.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The binaries this cluster runs.
    pub fn assets(&self) -> &Assets {
        &self.assets
    }

    /// The kubeconfig file of `system:masters`.
    pub fn admin_path(&self) -> PathBuf {
        self.folder.join(ADMIN)
    }

    /// A shell as `system:masters`, with the cluster's kubectl and helm first in `PATH`.
    pub fn admin(&self) -> Shell {
        Shell::new(&self.admin_path(), &[self.assets.folder()])
    }

    /// The kubeconfig file of a user with a client certificate; `namespace` becomes its default.
    pub fn user(&self, name: &str, groups: &[&str], namespace: &str) -> Result<PathBuf> {
        let own = self.own.as_ref().context("this cluster's authority is not ours")?;
        let pair = own.authority.client(&format!("user-{name}"), name, groups)?;
        let path = self.folder.join(format!("{name}.kubeconfig"));
        Kubeconfig::certificate(&own.layout.server(), own.authority.certificate(), &pair, namespace)?.write(&path)?;
        Ok(path)
    }

    /// The kubeconfig of a ServiceAccount; its token is in `token_file`, as a Pod would have it.
    pub fn token_kubeconfig(&self, token_file: &Path) -> Result<Kubeconfig> {
        let shell = self.admin();
        let read = |field: &str| {
            shell
                .line(&format!(
                    "kubectl config view --raw --minify --flatten -o jsonpath={{.clusters[0].cluster.{field}}}"
                ))?
                .ok()
        };
        Ok(Kubeconfig::token_file(&read("server")?, &read("certificate-authority-data")?, token_file))
    }

    fn wait_for_apiserver(&mut self, deadline: Instant) -> Result<()> {
        let shell = self.admin();
        self.wait("kube-apiserver", deadline, || Ok(shell.line("kubectl get --raw /readyz")?.code == 0))
    }

    /// Pods need their namespace's ServiceAccount; controller-manager makes it a moment after the start.
    fn wait_for_service_accounts(&mut self, deadline: Instant) -> Result<()> {
        let shell = self.admin();
        self.wait("the default ServiceAccount", deadline, || {
            Ok(shell.line("kubectl get serviceaccount default")?.code == 0)
        })
    }

    /// Polls `ready` until it holds; fails early when a part has ended.
    pub fn wait(&mut self, what: &str, deadline: Instant, mut ready: impl FnMut() -> Result<bool>) -> Result<()> {
        while !ready()? {
            self.check()?;
            if Instant::now() > deadline {
                bail!("{what} is not ready in time; logs are in {}", self.folder.display());
            }
            std::thread::sleep(Duration::from_millis(150));
        }
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        while let Some((_, process)) = self.running.pop() {
            drop(process);
        }
    }
}

impl Layout {
    /// `https://127.0.0.1:PORT` of kube-apiserver.
    fn server(&self) -> String {
        format!("https://127.0.0.1:{}", self.apiserver)
    }

    fn create(folder: &Path, authority: &Authority) -> Result<Self> {
        let front_proxy = Authority::create(folder, "front-proxy-ca")?;
        let hosts =
            ["127.0.0.1", "localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "10.0.0.1"];
        let [etcd_client, etcd_peer, apiserver, controller_manager, scheduler] = free_ports()?;
        Ok(Self {
            folder: folder.into(),
            etcd: [etcd_client, etcd_peer],
            apiserver,
            controller_manager,
            scheduler,
            serving: authority.serving("kube-apiserver", &hosts)?,
            admin: authority.client("admin", "kubernetes-admin", &["system:masters"])?,
            front_proxy: front_proxy.client("front-proxy", "front-proxy-client", &[])?,
            service_accounts: service_account_keys(folder)?,
            cluster_authority: authority.certificate().into(),
            cluster_authority_key: authority.key().into(),
            front_proxy_authority: front_proxy.certificate().into(),
        })
    }
}

/// Ports that nobody listens on at the moment.
pub fn free_ports<const N: usize>() -> Result<[u16; N]> {
    let mut listeners = Vec::new();
    let mut ports = [0; N];
    for port in &mut ports {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        *port = listener.local_addr()?.port();
        listeners.push(listener);
    }
    Ok(ports)
}

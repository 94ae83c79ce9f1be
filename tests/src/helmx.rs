//! helmx-apiserver beside the cluster: installed from `manifests/`, run with its ServiceAccount's token.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::assets::workspace;
use crate::cluster::{Cluster, free_ports};
use crate::process::Process;

/// How long helmx may take until its API answers through the aggregator.
const START: Duration = Duration::from_secs(60);

/// A running helmx-apiserver, registered with the cluster.
pub struct Helmx {
    process: Option<Process>,
    folder: PathBuf,
    kubeconfig: PathBuf,
    port: u16,
    arguments: Vec<String>,
}

impl Helmx {
    /// Applies `manifests/` (only the Service and the workload replaced), starts the server and waits for its API.
    pub fn start(cluster: &mut Cluster, arguments: &[&str]) -> Result<Self> {
        let [port] = free_ports()?;
        let folder = cluster.folder().join("helmx");
        std::fs::create_dir_all(&folder)?;
        install(cluster, &folder, port)?;
        let token = folder.join("token");
        let shell = cluster.admin();
        let issued = shell.line("kubectl create token helmx-apiserver -n helmx-system --duration=24h")?.ok()?;
        std::fs::write(&token, issued.trim())?;
        let kubeconfig = folder.join("helmx-apiserver.kubeconfig");
        cluster.token_kubeconfig(&token)?.write(&kubeconfig)?;
        let arguments = arguments.iter().map(ToString::to_string).collect();
        let mut helmx = Self { process: None, folder, kubeconfig, port, arguments };
        helmx.up()?;
        helmx.wait(cluster)?;
        Ok(helmx)
    }

    /// Starts the server's process.
    pub fn up(&mut self) -> Result<()> {
        let mut command = Command::new(binary("helmx-apiserver")?);
        command.arg("--kubeconfig").arg(&self.kubeconfig);
        command.arg(format!("--bind-address=127.0.0.1:{}", self.port));
        command.arg("--cache-dir").arg(self.folder.join("cache"));
        command.args(&self.arguments);
        self.process = Some(Process::start("helmx-apiserver", &self.folder, &command)?);
        Ok(())
    }

    /// Kills the server as a crash would.
    pub fn kill(&mut self) {
        if let Some(process) = self.process.take() {
            process.kill();
        }
    }

    /// Ends the server as a rolling update would.
    pub fn stop(&mut self) {
        self.process = None;
    }

    /// The port it listens on, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The process id, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Process::id)
    }

    /// The server's log file.
    pub fn log(&self) -> PathBuf {
        self.folder.join("helmx-apiserver.log")
    }

    /// Waits until the API answers through kube-apiserver.
    pub fn wait(&mut self, cluster: &mut Cluster) -> Result<()> {
        let shell = cluster.admin();
        let deadline = Instant::now() + START;
        let answers = || {
            if let Some(process) = &mut self.process {
                process.check()?;
            }
            Ok(shell.line("kubectl get releases.helmx.dev -A -o name")?.code == 0)
        };
        cluster.wait("helmx's API", deadline, answers)
    }
}

/// A kustomization over `manifests/`: an ExternalName Service that leads to this machine, and no Deployment.
fn install(cluster: &Cluster, folder: &Path, port: u16) -> Result<()> {
    let overlay = folder.join("overlay");
    std::fs::create_dir_all(&overlay)?;
    let text = std::fs::read_to_string(workspace().join("tests/cluster/overlay.yaml"))?;
    let base = relative(&overlay.canonicalize()?, &workspace().join("manifests").canonicalize()?);
    let text = text.replace("BASE", &base.to_string_lossy()).replace("PORT", &port.to_string());
    std::fs::write(overlay.join("kustomization.yaml"), text)?;
    let shell = cluster.admin();
    let apply = ["kubectl".as_ref(), "apply".as_ref(), "--server-side".as_ref(), "-k".as_ref(), overlay.as_os_str()];
    shell.run(&apply)?.ok()?;
    let established = "kubectl wait --for=condition=Established --timeout=30s crd/repositories.config.helmx.dev \
                       crd/clusterrepositories.config.helmx.dev crd/tenants.config.helmx.dev";
    shell.line(established)?.ok()?;
    Ok(())
}

/// The way from one absolute folder to another: kustomize takes no absolute paths.
fn relative(from: &Path, to: &Path) -> PathBuf {
    let mut path: PathBuf = from.components().skip(1).map(|_| "..").collect();
    path.extend(to.components().skip(1));
    path
}

/// A binary of this workspace, in the profile that this program was built with, or where `HELMX_BIN` says.
pub fn binary(name: &str) -> Result<PathBuf> {
    if let Some(folder) = std::env::var_os("HELMX_BIN") {
        return Ok(PathBuf::from(folder).join(name));
    }
    let own = std::env::current_exe()?;
    let found = own.ancestors().skip(1).take(2).map(|folder| folder.join(name)).find(|path| path.exists());
    found.with_context(|| format!("{name} is not built: run `cargo build --workspace` first"))
}

//! The parts of the control plane and their command lines.

use std::process::Command;

use anyhow::Result;

use super::Layout;
use crate::assets::{Assets, workspace};

/// One process of the control plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The store.
    Etcd,
    /// kube-apiserver with aggregation and RBAC.
    Apiserver,
    /// kube-controller-manager with all its default controllers.
    ControllerManager,
    /// kube-scheduler.
    Scheduler,
    /// kwok: nodes, and pods that become ready (or fail as a test asks).
    Kwok,
}

/// kwok's own stages that make nodes, pods and volumes behave.
const KWOK_STAGES: [&str; 9] = [
    "node-initialize",
    "node-heartbeat",
    "pod-ready",
    "pod-complete",
    "pod-delete",
    "pv-bind",
    "pv-delete",
    "pvc-delete",
    "pvc-provision",
];

impl Part {
    /// The name of its log file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Etcd => "etcd",
            Self::Apiserver => "kube-apiserver",
            Self::ControllerManager => "kube-controller-manager",
            Self::Scheduler => "kube-scheduler",
            Self::Kwok => "kwok",
        }
    }

    pub(super) fn command(self, assets: &Assets, layout: &Layout) -> Result<Command> {
        let mut command = Command::new(assets.binary(self.name()));
        match self {
            Self::Etcd => etcd(&mut command, layout),
            Self::Apiserver => apiserver(&mut command, layout),
            Self::ControllerManager => controller_manager(&mut command, layout),
            Self::Scheduler => scheduler(&mut command, layout),
            Self::Kwok => kwok(&mut command, assets, layout)?,
        }
        Ok(command)
    }
}

fn etcd(command: &mut Command, layout: &Layout) {
    let [client, peer] = layout.etcd.map(|port| format!("http://127.0.0.1:{port}"));
    command.arg("--data-dir").arg(layout.folder.join("etcd"));
    command.args(["--unsafe-no-fsync", "--log-level=warn"]);
    command.arg(format!("--listen-client-urls={client}")).arg(format!("--advertise-client-urls={client}"));
    command.arg(format!("--listen-peer-urls={peer}")).arg(format!("--initial-advertise-peer-urls={peer}"));
    command.arg(format!("--initial-cluster=default={peer}"));
}

fn apiserver(command: &mut Command, layout: &Layout) {
    let file = |name: &str, path: &std::path::Path| format!("--{name}={}", path.display());
    command.args([
        format!("--etcd-servers=http://127.0.0.1:{}", layout.etcd[0]),
        format!("--secure-port={}", layout.apiserver),
        file("tls-cert-file", &layout.serving.certificate),
        file("tls-private-key-file", &layout.serving.key),
        file("client-ca-file", &layout.cluster_authority),
        file("service-account-key-file", &layout.service_accounts.certificate),
        file("service-account-signing-key-file", &layout.service_accounts.key),
        file("requestheader-client-ca-file", &layout.front_proxy_authority),
        file("proxy-client-cert-file", &layout.front_proxy.certificate),
        file("proxy-client-key-file", &layout.front_proxy.key),
        // Who asked for what, as whom: tests read it.
        file("audit-log-path", &layout.folder.join("audit.log")),
        file("audit-policy-file", &workspace().join("tests/cluster/audit.yaml")),
    ]);
    command.args([
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        "--endpoint-reconciler-type=none",
        "--service-cluster-ip-range=10.0.0.0/16",
        "--service-account-issuer=https://kubernetes.default.svc",
        "--authorization-mode=RBAC",
        "--allow-privileged=true",
        "--requestheader-allowed-names=front-proxy-client",
        "--requestheader-username-headers=X-Remote-User",
        "--requestheader-uid-headers=X-Remote-Uid",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
    ]);
}

fn controller_manager(command: &mut Command, layout: &Layout) {
    let file = |name: &str, path: &std::path::Path| format!("--{name}={}", path.display());
    let kubeconfig = layout.folder.join("admin.kubeconfig");
    command.args([
        file("kubeconfig", &kubeconfig),
        file("authentication-kubeconfig", &kubeconfig),
        file("authorization-kubeconfig", &kubeconfig),
        file("service-account-private-key-file", &layout.service_accounts.key),
        file("root-ca-file", &layout.cluster_authority),
        file("cluster-signing-cert-file", &layout.cluster_authority),
        file("cluster-signing-key-file", &layout.cluster_authority_key),
        format!("--secure-port={}", layout.controller_manager),
    ]);
    command.args(["--bind-address=127.0.0.1", "--leader-elect=false", "--use-service-account-credentials=true"]);
    command.arg("--cert-dir").arg(layout.folder.join("controller-manager"));
}

fn scheduler(command: &mut Command, layout: &Layout) {
    let kubeconfig = layout.folder.join("admin.kubeconfig");
    for flag in ["kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig"] {
        command.arg(format!("--{flag}={}", kubeconfig.display()));
    }
    command.arg(format!("--secure-port={}", layout.scheduler));
    command.args(["--bind-address=127.0.0.1", "--leader-elect=false"]);
    command.arg("--cert-dir").arg(layout.folder.join("scheduler"));
}

fn kwok(command: &mut Command, assets: &Assets, layout: &Layout) -> Result<()> {
    command.arg("--kubeconfig").arg(layout.folder.join("admin.kubeconfig"));
    command.args(["--manage-all-nodes=true", "--node-ip=127.0.0.1", "--server-address=127.0.0.1:0"]);
    for stage in KWOK_STAGES {
        command.arg("--config").arg(assets.stage(stage));
    }
    let mut own: Vec<_> = std::fs::read_dir(workspace().join("tests/cluster/kwok"))?.collect::<Result<_, _>>()?;
    own.sort_by_key(std::fs::DirEntry::file_name);
    for stage in own {
        command.arg("--config").arg(stage.path());
    }
    Ok(())
}

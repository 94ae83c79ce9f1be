//! The cluster with helmx and repositories, and namespaces of a case's own.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use helmx_tests::assets::{Assets, shared, workspace};
use helmx_tests::chart::Archive;
use helmx_tests::cluster::{Cluster, Part};
use helmx_tests::helmx::{Helmx, binary};
use helmx_tests::repository::Repository;
use helmx_tests::shell::Shell;
use serde_json::{Value, json};

use crate::charts;

/// The user of the repositories' password, in Secrets of helmx's namespace.
const CREDENTIALS: &str = "repository-reader";
/// How long a part that was taken down may take to answer again.
const RETURN: Duration = Duration::from_secs(60);

/// Everything that cases share.
pub struct World {
    /// Dropped first: it lives on the cluster.
    helmx: Mutex<Helmx>,
    cluster: RwLock<Cluster>,
    /// The corpus, and the files of cases beside it.
    pub repository: Repository,
    /// `system:masters`.
    pub admin: Shell,
}

/// A namespace of a case's own, with a tenant of its name and two users.
pub struct Space {
    /// `system:masters`, at home in the namespace.
    pub admin: Shell,
    /// A developer with the rights of `tests/demo/tenant.yaml`: `dev-NAME`.
    pub dev: Shell,
    /// Somebody with `helmx-view` and nothing else: `reader-NAME`.
    pub reader: Shell,
}

impl World {
    /// Starts it all; the corpus is repository `corpus`, the charts of [`charts`] are repository `test`.
    pub fn start() -> Result<Self> {
        let assets = Assets::locate()?;
        let mut cluster = Cluster::start(&assets)?;
        let helmx = Helmx::start(&mut cluster, &["--render-steps=20000000", "--render-timeout=25"])?;
        let repository = Repository::serve(&shared().join("corpus/charts"), cluster.folder())?;
        let admin = shell(&cluster, &cluster.admin_path())?;
        let world = Self { helmx: Mutex::new(helmx), cluster: RwLock::new(cluster), repository, admin };
        world.keep_credentials()?;
        world.declare("corpus", &world.repository.url)?;
        world.publish("test", &charts::all())?;
        Ok(world)
    }

    fn keep_credentials(&self) -> Result<()> {
        let secret = json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": CREDENTIALS, "namespace": "helmx-system"},
            "type": "kubernetes.io/basic-auth",
            "stringData": {"username": self.repository.username, "password": self.repository.password},
        });
        self.apply(&secret)
    }

    /// Serves charts as a ClusterRepository and waits until helmx knows them.
    pub fn publish(&self, name: &str, archives: &[Archive]) -> Result<()> {
        let url = self.repository.publish(name, archives)?;
        self.declare(name, &url)
    }

    /// Declares a ClusterRepository with the right password and waits until it is ready.
    pub fn declare(&self, name: &str, url: &str) -> Result<()> {
        self.apply(&self.cluster_repository(name, url, CREDENTIALS)?)?;
        self.admin.line(&format!("kubectl wait clusterrepository/{name} --for=condition=Ready --timeout=60s"))?.ok()?;
        Ok(())
    }

    /// A ClusterRepository that asks with the credentials of a Secret.
    pub fn cluster_repository(&self, name: &str, url: &str, secret: &str) -> Result<Value> {
        let authority = std::fs::read_to_string(&self.repository.authority)?;
        Ok(json!({
            "apiVersion": "config.helmx.dev/v1alpha1",
            "kind": "ClusterRepository",
            "metadata": {"name": name},
            "spec": {"url": url, "caBundle": authority, "secretRef": {"name": secret}},
        }))
    }

    /// Applies an object as the administrator.
    pub fn apply(&self, object: &Value) -> Result<()> {
        self.admin.line_with_input("kubectl apply -f -", &object.to_string())?.ok().map(drop)
    }

    /// A new namespace with its tenant and users.
    pub fn space(&self, name: &str) -> Result<Space> {
        let text = std::fs::read_to_string(workspace().join("tests/demo/tenant.yaml"))?;
        let account = format!("{{kind: ServiceAccount, name: dev, namespace: {name}}}");
        let user = |role: &str| format!("{{kind: User, name: {role}-{name}, apiGroup: rbac.authorization.k8s.io}}");
        let text = text.replace("TENANT", name).replace(&format!("[{account}]"), &format!("[{}]", user("dev")));
        let view = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": {"name": "reader", "namespace": name},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "helmx-view"},
            "subjects": [{"kind": "User", "name": format!("reader-{name}"), "apiGroup": "rbac.authorization.k8s.io"}],
        });
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        let all = format!("{namespace}\n---\n{text}\n---\n{view}\n");
        self.admin.line_with_input("kubectl apply -f -", &all)?.ok()?;
        self.admin.line(&format!("kubectl wait tenant/{name} --for=condition=Ready --timeout=30s"))?.ok()?;
        Ok(Space {
            admin: self.user(&format!("admin-{name}"), &["system:masters"], name)?,
            dev: self.user(&format!("dev-{name}"), &[], name)?,
            reader: self.user(&format!("reader-{name}"), &[], name)?,
        })
    }

    /// A shell as a user with a client certificate.
    pub fn user(&self, name: &str, groups: &[&str], namespace: &str) -> Result<Shell> {
        let cluster = self.cluster()?;
        let kubeconfig = cluster.user(name, groups, namespace)?;
        // The plugin's and helm's namespace; kubectl takes it from the kubeconfig.
        Ok(shell(&cluster, &kubeconfig)?.with("HELM_NAMESPACE", namespace))
    }

    /// Kills kube-apiserver and starts it anew, until the API answers through it.
    pub fn restart_core(&self) -> Result<()> {
        let mut cluster = self.cluster.write().map_err(|_| anyhow!("the cluster's lock is poisoned"))?;
        cluster.down(Part::Apiserver)?;
        cluster.up(Part::Apiserver)?;
        let shell = cluster.admin();
        let answers = || Ok(shell.line("kubectl get releases -n default")?.code == 0);
        cluster.wait("the API", Instant::now() + RETURN, answers)
    }

    /// Kills kube-controller-manager, the garbage collector's home, and starts it anew.
    pub fn restart_collector(&self) -> Result<()> {
        let mut cluster = self.cluster.write().map_err(|_| anyhow!("the cluster's lock is poisoned"))?;
        cluster.down(Part::ControllerManager)?;
        cluster.up(Part::ControllerManager)
    }

    /// helmx, to be taken down and up.
    pub fn helmx(&self) -> Result<MutexGuard<'_, Helmx>> {
        self.helmx.lock().map_err(|_| anyhow!("helmx's lock is poisoned"))
    }

    /// Brings helmx back when a case has left it down.
    pub fn mend(&self) -> Result<()> {
        let down = self.helmx()?.pid().is_none();
        if down { self.helmx_up() } else { Ok(()) }
    }

    /// Starts helmx and waits until its API answers.
    pub fn helmx_up(&self) -> Result<()> {
        self.helmx()?.up()?;
        self.helmx_wait()
    }

    /// Waits until helmx's API answers through kube-apiserver.
    pub fn helmx_wait(&self) -> Result<()> {
        let mut cluster = self.cluster.write().map_err(|_| anyhow!("the cluster's lock is poisoned"))?;
        self.helmx()?.wait(&mut cluster)
    }

    /// The cluster, for its files and users.
    pub fn cluster(&self) -> Result<RwLockReadGuard<'_, Cluster>> {
        self.cluster.read().map_err(|_| anyhow!("the cluster's lock is poisoned"))
    }
}

impl Space {
    /// A field of a release, by its jsonpath, as the administrator sees it.
    pub fn field(&self, release: &str, path: &str) -> Result<String> {
        self.admin.run(&["kubectl", "get", "release", release, "-o", &format!("jsonpath={{{path}}}")])?.ok()
    }
}

/// A shell with the built binaries, kubectl and helm in its `PATH`, and all caches in the cluster's folder.
fn shell(cluster: &Cluster, kubeconfig: &Path) -> Result<Shell> {
    let plugin = binary("kubectl-helmx")?;
    let folders: Vec<&Path> = plugin.parent().into_iter().chain([cluster.assets().folder()]).collect();
    let caches = cluster.folder().join("caches").display().to_string();
    let shell = Shell::new(kubeconfig, &folders).with("KUBECACHEDIR", &format!("{caches}/kube"));
    Ok(shell.with("HELM_CACHE_HOME", &caches).with("HELM_CONFIG_HOME", &caches).with("HELM_DATA_HOME", &caches))
}

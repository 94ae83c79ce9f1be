//! Kubeconfig files of one cluster, one user and one context.

use std::path::Path;

use anyhow::Result;
use base64::Engine as _;
use serde_json::{Value, json};

use crate::certificates::Pair;

/// A kubeconfig, not yet written.
#[derive(Clone, Debug)]
pub struct Kubeconfig(Value);

impl Kubeconfig {
    /// A user known by a client certificate; all credentials are in the file itself.
    pub fn certificate(server: &str, authority: &Path, pair: &Pair, namespace: &str) -> Result<Self> {
        let user = json!({
            "client-certificate-data": encoded(&pair.certificate)?,
            "client-key-data": encoded(&pair.key)?,
        });
        Ok(Self::new(&json!({"server": server, "certificate-authority-data": encoded(authority)?}), &user, namespace))
    }

    /// A user known by a client certificate in files.
    pub fn certificate_files(server: &str, authority: &Path, pair: &Pair) -> Self {
        let user = json!({"client-certificate": pair.certificate, "client-key": pair.key});
        Self::new(&json!({"server": server, "certificate-authority": authority}), &user, "default")
    }

    /// A ServiceAccount known by a token in a file, as a Pod would have it; `authority` is base64 PEM.
    pub fn token_file(server: &str, authority: &str, token_file: &Path) -> Self {
        let cluster = json!({"server": server, "certificate-authority-data": authority});
        Self::new(&cluster, &json!({"tokenFile": token_file}), "default")
    }

    fn new(cluster: &Value, user: &Value, namespace: &str) -> Self {
        Self(json!({
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "helmx",
            "clusters": [{"name": "helmx", "cluster": cluster}],
            "users": [{"name": "helmx", "user": user}],
            "contexts": [{"name": "helmx", "context": {"cluster": "helmx", "user": "helmx", "namespace": namespace}}],
        }))
    }

    /// Writes it as JSON, which every reader of kubeconfigs takes.
    pub fn write(&self, path: &Path) -> Result<()> {
        Ok(std::fs::write(path, serde_json::to_vec_pretty(&self.0)?)?)
    }
}

fn encoded(path: &Path) -> Result<String> {
    Ok(base64::engine::general_purpose::STANDARD.encode(std::fs::read(path)?))
}

//! `version`: this program's and the server's.

use anyhow::{Result, anyhow};
use helmx_engine::{MissingKey, execute};
use helmx_template::Value;

use super::template::Offline;
use crate::args::Version;
use crate::client::Cluster;
use crate::output::{self, text};
use crate::usage::{Wanted, require};

const VERSION: &str = concat!("v", env!("CARGO_PKG_VERSION"));

/// Whether the answer is in this program.
pub fn is_local(options: &Version) -> bool {
    options.client || !options.arguments.is_empty() || options.short || options.template.is_some()
}

/// This program's version.
///
/// # Errors
/// A template that cannot be parsed or executed.
pub fn local(options: &Version) -> Result<()> {
    require("version", "", &Wanted::AtMost(0), options.arguments.len())?;
    match &options.template {
        Some(template) => output::print(&filled(template)?),
        None if options.short => output::line(VERSION),
        None => output::line(&format!("client: {VERSION}")),
    }
    Ok(())
}

/// A template with the properties that Helm's version has; what describes a build with Go is empty.
fn filled(template: &str) -> Result<String> {
    let build = [("Version", VERSION), ("GitCommit", ""), ("GitTreeState", ""), ("GoVersion", "")];
    let build = Value::map(build.map(|(name, value)| (name.as_bytes().into(), Value::from(value))));
    let text = execute(&[("_", template)], "_", build, MissingKey::default(), &Offline::default())
        .map_err(|error| anyhow!(error.to_string()))?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// This program's version and the server's.
///
/// # Errors
/// What the server answered.
pub async fn both(cluster: &Cluster, options: &Version) -> Result<()> {
    local(options)?;
    let core = cluster.client().apiserver_version().await?;
    let group: serde_json::Value = cluster
        .client()
        .request(http::Request::get(format!("/apis/{}", helmx_api::API_VERSION)).body(Vec::new())?)
        .await?;
    let served = text(&group, "/groupVersion");
    output::line(&format!("server: {served} on Kubernetes {}", core.git_version));
    Ok(())
}

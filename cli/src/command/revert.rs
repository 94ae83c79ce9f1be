//! `rollback` and `uninstall`.

use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use kube::api::{DeleteParams, PropagationPolicy};
use serde_json::{Value, json};

use super::watch::{Until, Watched, follow};
use crate::args::{Rollback, Uninstall};
use crate::client::{Cluster, Kind};
use crate::output;

/// Makes a former revision the newest one.
///
/// # Errors
/// The server's reason.
pub async fn rollback(cluster: &Cluster, options: &Rollback) -> Result<()> {
    let wanted: u32 = options.revision.parse().map_err(|_| {
        anyhow!(
            "could not convert revision to a number: strconv.Atoi: parsing \"{}\": invalid syntax",
            options.revision
        )
    })?;
    let mut spec = json!({
        "revision": wanted,
        "wait": options.wait,
        "disableHooks": options.no_hooks,
        "forceConflicts": options.force_conflicts,
    });
    for (name, text) in [("timeout", &options.timeout), ("description", &options.description)] {
        if let Some(text) = text {
            spec[name] = json!(text);
        }
    }
    let part = if options.dry_run { "rollback?dryRun=All" } else { "rollback" };
    let body = json!({"apiVersion": helmx_api::API_VERSION, "kind": "Rollback", "spec": spec});
    let answer = cluster.post(Kind::Release, &options.name, part, &body).await?;
    if options.dry_run {
        output::line("STATUS: dry run, nothing was changed");
        return Ok(());
    }
    let revision = answer.pointer("/status/revision").and_then(Value::as_u64).unwrap_or_default();
    follow(cluster, &Watched { name: &options.name, revision, action: "rollback" }, Until::Ended).await?;
    output::line("Rollback was a success! Happy Helming!");
    Ok(())
}

/// Removes releases, one after the other.
///
/// # Errors
/// The first that cannot be removed, with the server's reason.
pub async fn uninstall(cluster: &Cluster, options: &Uninstall) -> Result<()> {
    let policy = match options.cascade.as_str() {
        "foreground" => PropagationPolicy::Foreground,
        "orphan" => PropagationPolicy::Orphan,
        _ => PropagationPolicy::Background,
    };
    let params = DeleteParams { dry_run: options.dry_run, propagation_policy: Some(policy), ..DeleteParams::default() };
    let limit = duration(&options.timeout)?;
    for name in &options.names {
        match cluster.api(Kind::Release).delete(name, &params).await {
            Ok(_) => {}
            Err(kube::Error::Api(status)) if status.code == 404 && options.ignore_not_found => continue,
            Err(kube::Error::Api(status)) if status.code == 404 => {
                bail!("uninstall: Release not loaded: {name}: release: not found")
            }
            Err(error) => return Err(error.into()),
        }
        if !options.dry_run && !options.no_wait {
            let watched = Watched { name, revision: 0, action: "uninstall" };
            let gone = tokio::time::timeout(limit, follow(cluster, &watched, Until::Gone)).await;
            gone.with_context(|| format!("release \"{name}\" is still being uninstalled after {}", options.timeout))??;
        }
        output::line(&format!("release \"{name}\" uninstalled"));
    }
    Ok(())
}

/// How long to wait: a Go duration that is not negative.
fn duration(text: &str) -> Result<Duration> {
    let nanoseconds = helmx_engine::go::parse_duration(text).map_err(|error| anyhow!("--timeout: {error}"))?;
    let nanoseconds = u64::try_from(nanoseconds).with_context(|| format!("--timeout {text}: it is negative"))?;
    Ok(Duration::from_nanos(nanoseconds))
}

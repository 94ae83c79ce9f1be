//! `install` and `upgrade`.

use anyhow::{Context as _, Result, bail};
use k8s_openapi::api::core::v1::Namespace;
use kube::api::{Api, DynamicObject, ObjectMeta, PostParams};
use serde_json::{Map, Value, json};

use super::inspect;
use super::watch::{Until, Watched, failing, follow};
use crate::args::{ApplyFlags, Install, Upgrade};
use crate::client::{Cluster, Kind};
use crate::output::{self, text};
use crate::values;

/// The manager of the fields that this plugin writes.
const FIELD_MANAGER: &str = "kubectl-helmx";
/// An upgrade whose release changed meanwhile is tried again so often.
const RETRIES: u32 = 8;
/// The API server's words for a lost race.
const MODIFIED: &str = "the object has been modified";

/// Installs a chart.
///
/// # Errors
/// `INSTALLATION FAILED`, with the server's reason.
pub async fn install(cluster: &Cluster, options: &Install) -> Result<()> {
    let flags = &options.flags;
    create_namespace(cluster, flags).await?;
    let values = values::to_json(&values::of_flags(&flags.values)?)?;
    let spec = spec(&options.chart, flags, values)?;
    failing("INSTALLATION FAILED", first(cluster, &options.name, spec, flags).await)
}

/// Changes a release, or installs it with `--install`.
///
/// # Errors
/// `UPGRADE FAILED`, with the server's reason.
pub async fn upgrade(cluster: &Cluster, options: &Upgrade) -> Result<()> {
    let flags = &options.flags;
    let new = values::to_json(&values::of_flags(&flags.values)?)?;
    let existing = cluster.api(Kind::Release).get_opt(&options.name).await?;
    let existing = existing.filter(|release| release.data.pointer("/status/phase") != Some(&json!("uninstalled")));
    let Some(existing) = existing else {
        if !options.install {
            bail!("UPGRADE FAILED: \"{}\" has no deployed releases", options.name);
        }
        output::line(&format!("Release \"{}\" does not exist. Installing it now.", options.name));
        create_namespace(cluster, flags).await?;
        let spec = spec(&options.chart, flags, new)?;
        return failing("INSTALLATION FAILED", first(cluster, &options.name, spec, flags).await);
    };
    failing("UPGRADE FAILED", change(cluster, options, existing, new).await)
}

async fn first(cluster: &Cluster, name: &str, spec: Value, flags: &ApplyFlags) -> Result<()> {
    let object = json!({
        "apiVersion": helmx_api::API_VERSION,
        "kind": helmx_api::release::KIND,
        "metadata": {"name": name, "namespace": cluster.namespace},
        "spec": spec,
    });
    let object: DynamicObject = serde_json::from_value(object)?;
    let dry_run = is_dry_run(flags);
    let params = PostParams { dry_run, field_manager: Some(FIELD_MANAGER.into()) };
    let created = cluster.api(Kind::Release).create(&params, &object).await?;
    if dry_run {
        return show_dry_run(cluster, &created).await;
    }
    conclude(cluster, name, 1, "install", flags).await
}

async fn change(cluster: &Cluster, options: &Upgrade, mut existing: DynamicObject, new: Value) -> Result<()> {
    let flags = &options.flags;
    let params = PostParams { dry_run: is_dry_run(flags), field_manager: Some(FIELD_MANAGER.into()) };
    let mut tries = 0;
    let updated = loop {
        let wanted = changed(options, &existing, new.clone())?;
        match cluster.api(Kind::Release).replace(&options.name, &params, &wanted).await {
            // The server wrote status meanwhile: that is no change of ours, look again.
            Err(kube::Error::Api(status)) if tries < RETRIES && status.message.contains(MODIFIED) => tries += 1,
            answer => break answer?,
        }
        existing = cluster.api(Kind::Release).get(&options.name).await?;
    };
    if params.dry_run {
        return show_dry_run(cluster, &updated).await;
    }
    let before = revision(&existing);
    if revision(&updated) == before && updated.data.pointer("/status/phase") == Some(&json!("deployed")) {
        output::line(&format!(
            "Release \"{}\" is unchanged: chart and values are those of revision {before}.",
            options.name
        ));
        return Ok(());
    }
    conclude(cluster, &options.name, revision(&updated).max(before + 1), "upgrade", flags).await
}

/// The release as the flags want it.
fn changed(options: &Upgrade, existing: &DynamicObject, new: Value) -> Result<DynamicObject> {
    let flags = &options.flags;
    let former = existing.data.pointer("/spec/values").cloned().unwrap_or_else(|| json!({}));
    // Helm: without new values the former ones stay, with new ones they are replaced.
    let keep = !options.reset_values && (options.reuse_values || values::is_empty(&flags.values));
    let values = if keep { overlay(former, new) } else { new };
    let mut spec = spec(&options.chart, flags, values)?;
    if let Some(max) = options.history_max {
        spec["historyMax"] = json!(max);
    }
    let mut object = existing.clone();
    object.data["spec"] = spec;
    object.metadata.managed_fields = None;
    if existing.data.pointer("/status/phase") != Some(&json!("deployed")) {
        // Helm tries again what failed, with the same values too.
        let annotations = object.metadata.annotations.get_or_insert_default();
        annotations.insert(helmx_api::REQUESTED_AT.into(), jiff::Timestamp::now().to_string());
    }
    Ok(object)
}

fn revision(release: &DynamicObject) -> u64 {
    release.data.pointer("/status/revision").and_then(Value::as_u64).unwrap_or_default()
}

/// Deep merge: tables are merged, everything else is replaced.
fn overlay(mut base: Value, new: Value) -> Value {
    match (base.as_object_mut(), new) {
        (Some(map), Value::Object(new)) => {
            for (key, value) in new {
                let merged = match map.remove(&key) {
                    Some(old) => overlay(old, value),
                    None => value,
                };
                map.insert(key, merged);
            }
            base
        }
        (_, new) => new,
    }
}

fn is_dry_run(flags: &ApplyFlags) -> bool {
    flags.dry_run.as_deref().is_some_and(|mode| mode != "none")
}

/// The spec of a release for a chart and Helm's flags.
fn spec(chart: &str, flags: &ApplyFlags, values: Value) -> Result<Value> {
    let (repository, name) = split(chart)?;
    let mut spec = Map::new();
    let version = flags.version.clone().unwrap_or_default();
    spec.insert("chart".into(), json!({"repository": repository, "name": name, "version": version}));
    if values.as_object().is_some_and(|values| !values.is_empty()) {
        spec.insert("values".into(), values);
    }
    let switches = [
        ("wait", flags.wait),
        ("waitForJobs", flags.wait_for_jobs),
        ("disableHooks", flags.no_hooks),
        ("skipCrds", flags.skip_crds),
        ("skipSchemaValidation", flags.skip_schema_validation),
        ("rollbackOnFailure", flags.rollback_on_failure),
        ("takeOwnership", flags.take_ownership),
        ("forceConflicts", flags.force_conflicts),
    ];
    for (name, given) in switches.into_iter().filter(|(_, given)| *given) {
        spec.insert(name.into(), json!(given));
    }
    for (name, text) in [("timeout", &flags.timeout), ("description", &flags.description)] {
        if let Some(text) = text {
            spec.insert(name.into(), json!(text));
        }
    }
    Ok(Value::Object(spec))
}

/// `REPO/CHART`.
///
/// # Errors
/// What a local chart needs instead.
pub fn split(chart: &str) -> Result<(&str, &str)> {
    match chart.split_once('/') {
        Some((repository, name)) if !repository.is_empty() && !repository.starts_with('.') && !name.contains('/') => {
            Ok((repository, name))
        }
        _ => bail!(
            "\"{chart}\" is no REPO/CHART: the server installs charts of repositories; see `kubectl helmx search` and `kubectl helmx repo add`"
        ),
    }
}

async fn create_namespace(cluster: &Cluster, flags: &ApplyFlags) -> Result<()> {
    if !flags.create_namespace || is_dry_run(flags) {
        return Ok(());
    }
    let namespaces: Api<Namespace> = Api::all(cluster.client().clone());
    let labels = Some([("name".to_owned(), cluster.namespace.clone())].into());
    let metadata = ObjectMeta { name: Some(cluster.namespace.clone()), labels, ..ObjectMeta::default() };
    match namespaces.create(&PostParams::default(), &Namespace { metadata, ..Namespace::default() }).await {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) if status.code == 409 => Ok(()),
        Err(error) => Err(error).with_context(|| format!("--create-namespace {}", cluster.namespace)),
    }
}

/// Follows the operation to its end and prints how the release is.
async fn conclude(cluster: &Cluster, name: &str, revision: u64, action: &str, flags: &ApplyFlags) -> Result<()> {
    let watched = Watched { name, revision, action };
    let release = follow(cluster, &watched, Until::Ended).await?;
    if action == "upgrade" && output_is_table(flags) {
        output::line(&format!("Release \"{name}\" has been upgraded. Happy Helming!"));
    }
    inspect::print_status(cluster, &release, flags.output.output, !flags.hide_notes).await
}

fn output_is_table(flags: &ApplyFlags) -> bool {
    flags.output.output == crate::args::Format::Table
}

/// What would be installed: the server has checked rights and rendered; the manifest is rendered again to be seen.
async fn show_dry_run(cluster: &Cluster, release: &DynamicObject) -> Result<()> {
    let value = serde_json::to_value(release)?;
    let (repository, chart) = (text(&value, "/spec/chart/repository"), text(&value, "/spec/chart/name"));
    let version = super::show::resolve(cluster, repository, chart, text(&value, "/spec/chart/version")).await?;
    let name = value.pointer("/metadata/name").cloned().unwrap_or_default();
    let body = json!({"spec": {"releaseName": name, "values": value.pointer("/spec/values").cloned().unwrap_or_else(|| json!({}))}});
    let rendered = cluster.post(Kind::ChartVersion, &version, "render", &body).await?;
    output::line("STATUS: dry run, nothing was changed\nMANIFEST:");
    output::foreign(text(&rendered, "/status/manifest"));
    let notes = text(&rendered, "/status/notes");
    if !notes.is_empty() {
        output::foreign(&format!("\nNOTES:\n{}\n", notes.trim()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{overlay, split};

    #[test]
    fn new_values_lie_over_former_ones() {
        let former = json!({"a": {"b": 1, "c": 2}, "l": [1], "n": 1});
        let new = json!({"a": {"b": 3}, "l": [2], "n": null});
        assert_eq!(overlay(former, new), json!({"a": {"b": 3, "c": 2}, "l": [2], "n": null}));
    }

    #[test]
    fn charts_are_named_by_repository() {
        assert_eq!(split("bitnami/nginx").expect("a chart"), ("bitnami", "nginx"));
        for bad in ["nginx", "./nginx", "/tmp/nginx", "a/b/c", "/nginx", "../x"] {
            assert!(split(bad).is_err(), "{bad}");
        }
    }
}

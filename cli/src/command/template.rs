//! `template`: a chart rendered, here or by the server.

use anyhow::{Result, anyhow};
use helmx_chart::Capabilities;
use helmx_chart::capabilities::KubeVersion;
use helmx_chart::manifest::{Assembly, TemplateOutput, template_output};
use helmx_engine::{Host, Job, Limits, Operation, ReleaseInfo, SchemaCheck, assemble};
use helmx_yaml::{Data, Map};
use jiff::Timestamp;
use serde_json::json;

use super::install::split;
use super::show::{is_local_path, load, resolve};
use crate::args::Template;
use crate::client::{Cluster, Kind};
use crate::output::{self, text};
use crate::values;

/// Helm's name for a release that has none.
const DEFAULT_NAME: &str = "release-name";

fn name_and_chart(options: &Template) -> (&str, &str) {
    match &options.chart {
        Some(chart) => (&options.name, chart),
        None => (DEFAULT_NAME, &options.name),
    }
}

/// Whether the chart is a folder or archive of this machine.
pub fn is_local(options: &Template) -> bool {
    is_local_path(name_and_chart(options).1)
}

/// Renders in this process: no cluster is asked.
///
/// # Errors
/// As `helm template` words them.
pub fn local(options: &Template, namespace: Option<&str>) -> Result<()> {
    let (name, path) = name_and_chart(options);
    let mut chart = load(path)?;
    let user = values::of_flags(&options.values)?;
    let mut capabilities = Capabilities::default();
    if let Some(version) = &options.kube_version {
        capabilities.kube_version = KubeVersion::parse(version)?;
    }
    capabilities.api_versions.extend(options.api_versions.iter().cloned());
    let release = ReleaseInfo {
        name: name.to_owned(),
        namespace: namespace.unwrap_or("default").to_owned(),
        revision: 1,
        operation: if options.is_upgrade { Operation::Upgrade } else { Operation::Install },
    };
    let job = Job {
        release: &release,
        capabilities: &capabilities,
        host: &Offline,
        limits: Limits::default(),
        assembly: Assembly { include_crds: options.include_crds, ..Assembly::default() },
        schema: if options.skip_schema_validation { SchemaCheck::Skipped } else { SchemaCheck::Enforced },
    };
    let assembled = assemble(&mut chart, &user, &job).map_err(|error| {
        let hint = if error.is_late() { "\n\nUse --debug flag to render out invalid YAML" } else { "" };
        anyhow!("{error}{hint}")
    })?;
    let output = TemplateOutput {
        no_hooks: options.no_hooks,
        skip_tests: options.skip_tests,
        show_only: options.show_only.clone(),
    };
    output::print(&template_output(&assembled.manifest, &assembled.hooks, &output)?);
    Ok(())
}

/// Renders a repository's chart by the server, as a release of the namespace.
///
/// # Errors
/// What the server answered.
pub async fn remote(cluster: &Cluster, options: &Template) -> Result<()> {
    let (name, chart) = name_and_chart(options);
    let (repository, chart) = split(chart)?;
    let version = resolve(cluster, repository, chart, options.version.as_deref().unwrap_or_default()).await?;
    let body = json!({"spec": {
        "releaseName": name,
        "values": values::to_json(&values::of_flags(&options.values)?)?,
        "isUpgrade": options.is_upgrade,
        "includeCrds": options.include_crds,
        "disableHooks": options.no_hooks,
        "skipSchemaValidation": options.skip_schema_validation,
    }});
    let rendered = cluster.post(Kind::ChartVersion, &version, "render", &body).await?;
    output::print(text(&rendered, "/status/manifest"));
    Ok(())
}

/// No cluster, the real clock, the system's randomness.
struct Offline;

impl Host for Offline {
    fn lookup(&self, _: &str, _: &str, _: &str, _: &str) -> Result<Data, String> {
        Ok(Data::Map(Map::new()))
    }

    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn random(&self, buffer: &mut [u8]) -> Result<(), String> {
        getrandom::fill(buffer).map_err(|error| error.to_string())
    }
}

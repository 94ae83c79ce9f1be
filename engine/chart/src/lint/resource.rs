//! Rules for rendered objects and for `crds/`.

use helmx_yaml::Data;

use super::deprecations::DEPRECATIONS;
use super::{Findings, Severity, name};
use crate::capabilities::KubeVersion;
use crate::chart::Chart;
use crate::fields::{Fields, Scalars, TypeError};
use crate::manifest::Text;

/// Checks one rendered template; false if the rest of the chart is not worth looking at.
pub(super) fn check_file(path: &str, text: &Text, kube: &KubeVersion, findings: &mut Findings) -> bool {
    findings.rule(Severity::Warning, path, starts_at_margin(text));
    for document in helmx_yaml::documents(text.as_printed()) {
        let object = match Object::read(document) {
            Ok(Some(object)) => object,
            Ok(None) => continue,
            Err(error) => return findings.rule(Severity::Error, path, Err(error)),
        };
        findings.rule(Severity::Warning, path, name::check(&object.kind, &object.name));
        let deprecation = deprecation(&object.api_version, &object.kind, kube);
        findings.rule(Severity::Warning, path, deprecation.map_or(Ok(()), Err));
        findings.rule(Severity::Error, path, object.has_selector(text));
        findings.rule(Severity::Error, path, object.keeps_nothing_in_a_list());
    }
    true
}

/// Helm's `k8sYamlStruct`, and the whole object.
struct Object {
    api_version: String,
    kind: String,
    name: String,
    data: Data,
}

fn not_parsed(error: &helmx_yaml::Error) -> String {
    format!("unable to parse YAML: {error}")
}

fn wrong_type(error: &TypeError) -> String {
    format!("unable to parse YAML: error unmarshaling JSON: while decoding JSON: {error}")
}

fn starts_at_margin(text: &str) -> Result<(), String> {
    let Some(line) = text.lines().find(|line| !line.trim().is_empty()) else { return Ok(()) };
    if !line.starts_with([' ', '\t']) {
        return Ok(());
    }
    Err(format!("document starts with an illegal indent: {line:?}, which may cause parsing problems"))
}

impl Object {
    /// The object of a document; `None` for a document that is null.
    fn read(document: Result<&[u8], helmx_yaml::Error>) -> Result<Option<Self>, String> {
        let data = document.and_then(helmx_yaml::decode_exact).map_err(|error| not_parsed(&error))?;
        Self::from_data(data).map_err(|error| wrong_type(&error))
    }

    fn from_data(data: Data) -> Result<Option<Self>, TypeError> {
        let Some(fields) = Fields::root(&data, "rules.k8sYamlStruct", Scalars::AsText)? else { return Ok(None) };
        let (api_version, kind) = (fields.text("apiVersion")?, fields.text("kind")?);
        let metadata = fields.inner("metadata", "rules.k8sYamlMetadata")?;
        let name = metadata.map_or(Ok(String::new()), |metadata| metadata.text("name"))?;
        Ok(Some(Self { api_version, kind, name, data }))
    }

    fn has_selector(&self, manifest: &str) -> Result<(), String> {
        let Object { kind, name, .. } = self;
        let needs = matches!(kind.as_str(), "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet");
        if !needs || manifest.contains("matchLabels") || manifest.contains("matchExpressions") {
            return Ok(());
        }
        Err(format!("a {kind} must contain matchLabels or matchExpressions, and {name:?} does not"))
    }

    fn keeps_nothing_in_a_list(&self) -> Result<(), String> {
        const POLICY: &str = "helm.sh/resource-policy";
        const ITEMS: &str = "[]struct { Metadata struct { Annotations map[string]string } }";
        if self.kind != "List" {
            return Ok(());
        }
        let fields = Fields::root(&self.data, ITEMS, Scalars::AsText).map_err(|error| wrong_type(&error))?;
        let items =
            fields.map_or(Ok(&[][..]), |fields| fields.list("items", ITEMS)).map_err(|error| wrong_type(&error))?;
        let kept = |item: &Data| item.path("metadata.annotations").is_some_and(|all| all.get(POLICY).is_some());
        if items.iter().any(kept) {
            return Err(format!("annotation '{POLICY}' within List objects are ignored"));
        }
        Ok(())
    }
}

/// What lint says about a deprecated kind, if `kube` is a version that deprecates it.
pub fn deprecation(api_version: &str, kind: &str, kube: &KubeVersion) -> Option<String> {
    let found = DEPRECATIONS.iter().find(|entry| entry.api_version == api_version && entry.kind == kind)?;
    let (major, minor): (u64, u64) = (kube.major.parse().ok()?, kube.minor.parse().ok()?);
    if (major, minor) < (1, found.deprecated) {
        return None;
    }
    let mut text = format!("{api_version} {kind} is deprecated in v1.{}+", found.deprecated);
    if found.removed > 0 {
        text.push_str(&format!(", unavailable in v1.{}+", found.removed));
    }
    if !found.replacement.is_empty() {
        text.push_str(&format!("; use {}", found.replacement));
    }
    Some(text)
}

/// What a chart and its sub-charts have in `crds/` must be definitions of custom resources.
pub(super) fn check_crds(chart: &Chart, findings: &mut Findings) {
    for file in chart.crds() {
        for document in helmx_yaml::documents(&file.data) {
            let object = match Object::read(document) {
                Ok(Some(object)) => object,
                Ok(None) => continue,
                Err(error) => {
                    findings.rule(Severity::Error, &file.name, Err(error));
                    return;
                }
            };
            let in_group = object.api_version.starts_with("apiextensions.k8s.io");
            findings.check(Severity::Error, &file.name, in_group, "apiVersion is not in 'apiextensions.k8s.io'");
            let is_definition = object.kind == "CustomResourceDefinition";
            findings.check(Severity::Error, &file.name, is_definition, "object kind is not 'CustomResourceDefinition'");
        }
    }
}

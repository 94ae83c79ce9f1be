//! Rules for rendered objects and for `crds/`.

use helmx_yaml::Data;

use super::deprecations::DEPRECATIONS;
use super::{Findings, Severity};
use crate::capabilities::KubeVersion;
use crate::chart::File;
use crate::manifest::Text;
use crate::name::is_dns_subdomain;

/// What Kubernetes says about names of most kinds.
const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

/// Checks one rendered template; false if the rest of the chart is not worth looking at.
pub(super) fn check_file(path: &str, text: &Text, kube: &KubeVersion, findings: &mut Findings) -> bool {
    findings.rule(Severity::Warning, path, starts_at_margin(text));
    for (_, document) in text.documents() {
        let parsed = helmx_yaml::decode(&document);
        let data = match parsed {
            Ok(data) => data,
            Err(error) => return findings.rule(Severity::Error, path, Err(format!("unable to parse YAML: {error}"))),
        };
        if data.is_null() {
            continue;
        }
        let text_of = |name: &str| data.path(name).and_then(Data::as_str).unwrap_or_default().to_owned();
        let object =
            Object { api_version: text_of("apiVersion"), kind: text_of("kind"), name: text_of("metadata.name") };
        findings.rule(Severity::Warning, path, object.has_valid_name());
        let deprecation = deprecation(&object.api_version, &object.kind, kube);
        findings.rule(Severity::Warning, path, deprecation.map_or(Ok(()), Err));
        findings.rule(Severity::Error, path, object.has_selector(text));
        findings.rule(Severity::Error, path, object.keeps_nothing_in_a_list(&data));
    }
    true
}

struct Object {
    api_version: String,
    kind: String,
    name: String,
}

fn starts_at_margin(text: &str) -> Result<(), String> {
    let Some(line) = text.lines().find(|line| !line.trim().is_empty()) else { return Ok(()) };
    if !line.starts_with([' ', '\t']) {
        return Ok(());
    }
    Err(format!("document starts with an illegal indent: {line:?}, which may cause parsing problems"))
}

impl Object {
    fn has_valid_name(&self) -> Result<(), String> {
        let prefix = "object name does not conform to Kubernetes naming requirements";
        let name = &self.name;
        // Names of RBAC objects are path segments, with few rules.
        let is_segment = matches!(self.kind.as_str(), "ClusterRole" | "ClusterRoleBinding" | "Role" | "RoleBinding");
        let fits = if is_segment { !name.contains(['/', '%']) } else { is_dns_subdomain(name) };
        if fits || self.kind == "List" {
            return Ok(());
        }
        Err(format!("{prefix}: {name:?}: metadata.name: Invalid value: {name:?}: {SUBDOMAIN}"))
    }

    fn has_selector(&self, manifest: &str) -> Result<(), String> {
        let Object { kind, name, .. } = self;
        let needs = matches!(kind.as_str(), "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet");
        if !needs || manifest.contains("matchLabels") || manifest.contains("matchExpressions") {
            return Ok(());
        }
        Err(format!("a {kind} must contain matchLabels or matchExpressions, and {name:?} does not"))
    }

    fn keeps_nothing_in_a_list(&self, data: &Data) -> Result<(), String> {
        const POLICY: &str = "helm.sh/resource-policy";
        let items = data.get("items").and_then(Data::as_list).unwrap_or_default();
        let kept = |item: &Data| item.path("metadata.annotations").is_some_and(|all| all.get(POLICY).is_some());
        if self.kind == "List" && items.iter().any(kept) {
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

/// Everything below `crds/` must be definitions of custom resources.
pub(super) fn check_crds(files: &[File], findings: &mut Findings) {
    for file in files.iter().filter(|file| file.name.starts_with("crds/")) {
        for document in crate::manifest::split(&file.text()) {
            let data = match helmx_yaml::decode(document.as_bytes()) {
                Ok(data) => data,
                Err(error) => {
                    findings.rule(Severity::Error, &file.name, Err(format!("unable to parse YAML: {error}")));
                    return;
                }
            };
            if data.is_null() {
                continue;
            }
            let text = |key: &str| data.get(key).and_then(Data::as_str).unwrap_or_default();
            let in_group = text("apiVersion").starts_with("apiextensions.k8s.io");
            findings.check(Severity::Error, &file.name, in_group, "apiVersion is not in 'apiextensions.k8s.io'");
            let is_definition = text("kind") == "CustomResourceDefinition";
            findings.check(Severity::Error, &file.name, is_definition, "object kind is not 'CustomResourceDefinition'");
        }
    }
}

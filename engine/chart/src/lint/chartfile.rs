//! Rules for `Chart.yaml`.

use helmx_yaml::Data;

use super::address::{is_email, is_request_url, is_url};
use super::{Findings, Severity, find};
use crate::chart::File;
use crate::metadata::{Dependency, Maintainer, Metadata};
use crate::semver::{Constraint, Version};

const FILE: &str = "Chart.yaml";

pub(super) fn check(files: &[File], findings: &mut Findings) {
    let parsed = find(files, FILE)
        .ok_or_else(|| "open Chart.yaml: no such file or directory".to_owned())
        .and_then(|file| Metadata::parse(&file.data).map(|metadata| (file, metadata)).map_err(|e| e.to_string()));
    let (file, metadata) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            findings.rule(Severity::Error, FILE, Err(format!("unable to parse YAML\n\t{error}")));
            return;
        }
    };
    let strict =
        strictly(&file.data).map_err(|error| format!("failed to strictly parse chart metadata file\n\t{error}"));
    findings.rule(Severity::Warning, FILE, strict);
    let data = helmx_yaml::decode(&file.data).unwrap_or_default();
    let error = Severity::Error;
    findings.rule(error, FILE, name(&metadata));
    findings.rule(error, FILE, api_version(&metadata));
    findings.rule(error, FILE, is_text(&data, "version"));
    findings.rule(error, FILE, version(&metadata));
    findings.rule(error, FILE, is_text(&data, "appVersion"));
    findings.rule(error, FILE, metadata.maintainers.iter().try_for_each(maintainer));
    findings.rule(error, FILE, metadata.sources.iter().try_for_each(|url| request_url(url, "source")));
    findings.check(Severity::Info, FILE, !metadata.icon.is_empty(), "icon is recommended");
    findings.rule(error, FILE, if metadata.icon.is_empty() { Ok(()) } else { request_url(&metadata.icon, "icon") });
    findings.rule(error, FILE, only_in_v2(&metadata, !metadata.kind.is_empty(), "chart type is not valid in", "It is"));
    let lists = metadata.dependencies.as_ref().is_some_and(|entries| !entries.is_empty());
    let text = "dependencies are not valid in the Chart file with";
    findings.rule(error, FILE, only_in_v2(&metadata, lists, text, "They are"));
    let strict = Version::parse_strict(&metadata.version).is_ok();
    let text = format!("version '{}' is not a valid SemVerV2", metadata.version);
    findings.check(Severity::Warning, FILE, strict, &text);
}

/// No key twice, and none that Helm does not know.
fn strictly(text: &[u8]) -> Result<(), String> {
    let data = helmx_yaml::decode_exact_strict(text).map_err(|error| error.to_string())?;
    match unknown(&data, &Metadata::KEYS) {
        None => Ok(()),
        Some(key) => Err(format!("error unmarshaling JSON: while decoding JSON: json: unknown field {key:?}")),
    }
}

/// The first key that a struct does not have, or one in it. Go matches names in any case.
fn unknown<'d>(data: &'d Data, known: &[&str]) -> Option<&'d str> {
    data.as_map()?.iter().find_map(|(key, value)| {
        let name = known.iter().find(|name| name.eq_ignore_ascii_case(key));
        let inner: &[&str] = match name.copied() {
            None => return Some(key.as_str()),
            Some("dependencies") => &Dependency::KEYS,
            Some("maintainers") => &Maintainer::KEYS,
            Some(_) => return None,
        };
        value.as_list()?.iter().find_map(|item| unknown(item, inner))
    })
}

fn name(metadata: &Metadata) -> Result<(), String> {
    match metadata.name.as_str() {
        "" => Err("name is required".to_owned()),
        name if name.contains('/') => Err(format!("chart name {name:?} is invalid")),
        _ => Ok(()),
    }
}

fn api_version(metadata: &Metadata) -> Result<(), String> {
    let wanted = "The value must be either \"v1\" or \"v2\"";
    match metadata.api_version.as_str() {
        "" => Err(format!("apiVersion is required. {wanted}")),
        "v1" | "v2" => Ok(()),
        other => Err(format!("apiVersion '{other}' is not valid. {wanted}")),
    }
}

fn is_text(data: &Data, key: &str) -> Result<(), String> {
    let kind = match data.get(key) {
        None | Some(Data::Null | Data::String(_)) => return Ok(()),
        Some(Data::Bool(_)) => "bool",
        Some(Data::Int(_) | Data::Float(_)) => "float64",
        Some(Data::List(_)) => "[]interface {}",
        Some(Data::Map(_)) => "map[string]interface {}",
    };
    Err(format!("{key} should be of type string but it's of type {kind}"))
}

fn version(metadata: &Metadata) -> Result<(), String> {
    if metadata.version.is_empty() {
        return Err("version is required".to_owned());
    }
    let version = Version::parse(&metadata.version)
        .map_err(|_| format!("version '{}' is not a valid SemVer", metadata.version))?;
    let constraint = Constraint::parse(">0.0.0-0").map_err(|error| error.to_string())?;
    constraint.validate(&version).map_err(|reasons| format!("version {}", reasons.join(", ")))
}

fn maintainer(maintainer: &Maintainer) -> Result<(), String> {
    let Maintainer { name, email, url } = maintainer;
    if name.is_empty() {
        return Err("each maintainer requires a name".to_owned());
    }
    if !email.is_empty() && !is_email(email) {
        return Err(format!("invalid email '{email}' for maintainer '{name}'"));
    }
    if !url.is_empty() && !is_url(url) {
        return Err(format!("invalid url '{url}' for maintainer '{name}'"));
    }
    Ok(())
}

fn request_url(url: &str, what: &str) -> Result<(), String> {
    if is_request_url(url) { Ok(()) } else { Err(format!("invalid {what} URL '{url}'")) }
}

fn only_in_v2(metadata: &Metadata, used: bool, text: &str, subject: &str) -> Result<(), String> {
    if !used || metadata.api_version == "v2" {
        return Ok(());
    }
    Err(format!("{text} apiVersion '{}'. {subject} valid in apiVersion 'v2'", metadata.api_version))
}

//! `.Chart`: the metadata as a map with Go's field names, every key present.

use std::collections::BTreeMap;
use std::rc::Rc;

use helmx_chart::Metadata;
use helmx_chart::metadata::{Dependency, Maintainer};
use helmx_template::{Map, MapType, Str, Value};

use super::key;
use crate::function::from_data;

pub(super) fn object(metadata: &Metadata, is_root: bool) -> Value {
    let dependencies = metadata.dependencies.iter().flatten().map(dependency).collect();
    map([
        ("Name", text(&metadata.name)),
        ("Home", text(&metadata.home)),
        ("Sources", texts(&metadata.sources)),
        ("Version", text(&metadata.version)),
        ("Description", text(&metadata.description)),
        ("Keywords", texts(&metadata.keywords)),
        ("Maintainers", Value::list(metadata.maintainers.iter().map(maintainer).collect())),
        ("Icon", text(&metadata.icon)),
        ("APIVersion", text(&metadata.api_version)),
        ("Condition", text(&metadata.condition)),
        ("Tags", text(&metadata.tags)),
        ("AppVersion", text(&metadata.app_version)),
        ("Deprecated", Value::Bool(metadata.deprecated)),
        ("Annotations", annotations(&metadata.annotations)),
        ("KubeVersion", text(&metadata.kube_version)),
        ("Dependencies", Value::list(dependencies)),
        ("Type", text(&metadata.kind)),
        ("IsRoot", Value::Bool(is_root)),
    ])
}

fn annotations(annotations: &BTreeMap<String, String>) -> Value {
    // A missing map is nil in Go: it prints like an empty one, and is null in YAML.
    let ty = if annotations.is_empty() { &MapType::NIL_STRING } else { &MapType::STRING };
    let entries = annotations.iter().map(|(name, value)| (Str::from(name.as_bytes()), text(value)));
    Value::Map(Rc::new(Map::new(ty, entries)))
}

fn maintainer(maintainer: &Maintainer) -> Value {
    map([("Name", text(&maintainer.name)), ("Email", text(&maintainer.email)), ("URL", text(&maintainer.url))])
}

fn dependency(dependency: &Dependency) -> Value {
    map([
        ("Name", text(&dependency.name)),
        ("Version", text(&dependency.version)),
        ("Repository", text(&dependency.repository)),
        ("Condition", text(&dependency.condition)),
        ("Tags", texts(&dependency.tags)),
        ("Enabled", Value::Bool(dependency.enabled)),
        ("ImportValues", Value::list(dependency.import_values.iter().map(from_data).collect())),
        ("Alias", text(&dependency.alias)),
    ])
}

fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::map(entries.map(|(name, value)| (key(name), value)))
}

fn text(text: &str) -> Value {
    Value::from(text)
}

fn texts(texts: &[String]) -> Value {
    Value::list(texts.iter().map(Value::string).collect())
}

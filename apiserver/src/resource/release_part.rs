//! Values, manifest, notes and hooks of a release: each with a permission of its own, for they may hold credentials.

use async_trait::async_trait;
use helmx_chart::manifest::split;
use helmx_machinery::{
    Attributes, Call, Grant, Key, Object, Reply, Result, Status, Subresource, SubresourceInfo, Verb,
};
use helmx_yaml::{Data, Map};
use http::StatusCode;
use serde_json::{Value, json};

use crate::store::record::Record;
use crate::store::{REVISIONS, Store};
use crate::values;

/// What stands in the place of a Secret's value.
const REDACTED: &str = "<hidden: you may not get secrets in this namespace>";

/// One part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The user's values, or with `?all=true` the computed ones.
    Values,
    /// The rendered objects.
    Manifest,
    /// The notes.
    Notes,
    /// The hooks.
    Hooks,
}

impl Part {
    /// All parts.
    pub const ALL: [Self; 4] = [Self::Values, Self::Manifest, Self::Notes, Self::Hooks];

    fn name(self) -> &'static str {
        match self {
            Self::Values => "values",
            Self::Manifest => "manifest",
            Self::Notes => "notes",
            Self::Hooks => "hooks",
        }
    }

    fn kind(self) -> &'static str {
        match self {
            Self::Values => "ReleaseValues",
            Self::Manifest => "ReleaseManifest",
            Self::Notes => "ReleaseNotes",
            Self::Hooks => "ReleaseHooks",
        }
    }

    /// Its entry in discovery.
    pub fn info(self) -> SubresourceInfo {
        let description = match self {
            Self::Values => {
                "the values of a release: the user's, or all with ?all=true; of one revision with ?revision=N"
            }
            Self::Manifest => "the objects of a release as rendered; of one revision with ?revision=N",
            Self::Notes => "the notes of a release; of one revision with ?revision=N",
            Self::Hooks => "the hooks of a release; of one revision with ?revision=N",
        };
        SubresourceInfo {
            name: self.name(),
            group: "",
            version: "",
            kind: self.kind(),
            verbs: &[Verb::Get],
            schema: None,
            description,
        }
    }
}

/// A part, with where records are kept.
pub struct ReleasePartOf {
    part: Part,
    store: Store,
}

impl ReleasePartOf {
    /// One part of every release.
    pub fn new(part: Part, store: Store) -> Self {
        Self { part, store }
    }

    /// The subresource's name.
    pub fn name(&self) -> &'static str {
        self.part.name()
    }

    async fn record(&self, key: &Key, call: &Call) -> Result<Record> {
        let asked = match call.parameter("revision") {
            None | Some("" | "0") => None,
            Some(text) => Some(
                text.parse::<u32>()
                    .map_err(|_| Status::bad_request(format!("revision must be a number, not \"{text}\"")))?,
            ),
        };
        if let Some(revision) = asked {
            return self.store.record(key, revision).await;
        }
        let history = self.store.history(key).await?;
        history.into_iter().next_back().ok_or_else(|| Status::not_found(REVISIONS, &key.name))
    }
}

#[async_trait]
impl Subresource for ReleasePartOf {
    async fn connect(&self, grant: &Grant, key: &Key, call: Call) -> Result<Reply> {
        let record = self.record(key, &call).await?;
        let mut object = Object::new(helmx_api::API_VERSION, self.part.kind());
        object.set_metadata("name", key.name.as_str());
        object.set_metadata("namespace", key.namespace.as_str());
        object.set("revision", crate::store::record::revision(&record));
        match self.part {
            Part::Values => object.set("values", computed(&record, call.parameter("all") == Some("true"))?),
            Part::Notes => object.set("notes", record.info.notes.as_str()),
            Part::Manifest => object.set("manifest", redacted_text(grant, key, &record.manifest).await?),
            Part::Hooks => {
                let mut hooks = Vec::new();
                for hook in &record.hooks {
                    let events: Vec<_> = hook.events.iter().map(|event| event.name()).collect();
                    let manifest = redacted_text(grant, key, &hook.manifest).await?;
                    hooks.push(json!({
                        "name": hook.name, "kind": hook.kind, "path": hook.path, "events": events, "weight": hook.weight,
                        "manifest": manifest,
                    }));
                }
                object.set("hooks", hooks);
            }
        }
        Ok(Reply::Object(StatusCode::OK, object))
    }
}

fn computed(record: &Record, all: bool) -> Result<Value> {
    if !all {
        return Ok(values::to_json(&record.config));
    }
    let chart = record.chart.clone().unwrap_or_default();
    let merged = helmx_chart::values::coalesce(&chart, &record.config, &mut Vec::new()).map_err(Status::internal)?;
    Ok(values::to_json(&merged))
}

/// The manifest as the caller may see it: Secrets' data only for those who may get Secrets here.
async fn redacted_text(grant: &Grant, key: &Key, manifest: &str) -> Result<String> {
    let secrets = Attributes::Resource {
        verb: "get".into(),
        group: String::new(),
        version: "v1".into(),
        resource: "secrets".into(),
        subresource: String::new(),
        namespace: key.namespace.clone(),
        name: String::new(),
    };
    if grant.may(secrets).await? { Ok(manifest.to_owned()) } else { Ok(redact(manifest)) }
}

/// Replaces the data of every Secret; other documents stay byte for byte.
fn redact(manifest: &str) -> String {
    let documents = split(manifest);
    let single = documents.len() == 1 && !manifest.trim_start().starts_with("---");
    let mut text = String::with_capacity(manifest.len());
    for document in documents {
        if !single {
            text.push_str("---\n");
        }
        match secret(document) {
            Some(hidden) => text.push_str(&hidden),
            None => text.push_str(document),
        }
    }
    text
}

/// A Secret (or a list that may hold some) without its data; `None` for other documents.
fn secret(document: &str) -> Option<String> {
    let mut data = helmx_yaml::decode_exact(document.as_bytes()).ok()?;
    if !hide(&mut data) {
        return None;
    }
    let source =
        document.lines().find(|line| line.starts_with("# Source:")).map(|line| format!("{line}\n")).unwrap_or_default();
    Some(format!("{source}{}\n", helmx_yaml::encode(&data).ok()?.trim_end()))
}

fn hide(data: &mut Data) -> bool {
    let Some(object) = data.as_map_mut() else { return false };
    if let Some(Data::List(items)) = object.get_mut("items") {
        return items.iter_mut().map(hide).fold(false, std::ops::BitOr::bitor);
    }
    if object.get("kind").and_then(Data::as_str) != Some("Secret") {
        return false;
    }
    let mut hidden = false;
    for field in ["data", "stringData"] {
        if let Some(entries) = object.get_mut(field).and_then(Data::as_map_mut) {
            hidden |= hide_entries(entries);
        }
    }
    hidden
}

fn hide_entries(entries: &mut Map) -> bool {
    for value in entries.values_mut() {
        *value = Data::String(REDACTED.into());
    }
    !entries.is_empty()
}

#[cfg(test)]
mod tests {
    use super::{REDACTED, redact};

    #[test]
    fn only_secrets_are_redacted_and_the_rest_stays_as_it_is() {
        let config = "---\n# Source: a/templates/c.yaml\nkind: ConfigMap # x\ndata: {a: b}\n";
        let secret = "---\n# Source: a/templates/s.yaml\nkind: Secret\ndata:\n  p: c2VjcmV0\nstringData: {q: secret}\n";
        let shown = redact(&format!("{config}{secret}"));
        assert!(shown.starts_with(config), "{shown}");
        assert!(!shown.contains("c2VjcmV0") && !shown.contains("q: secret"), "{shown}");
        assert_eq!(shown.matches(REDACTED).count(), 2);
        assert_eq!(redact(config), config);
        let list = "kind: SecretList\nitems:\n- kind: Secret\n  data: {a: c2VjcmV0}\n";
        assert!(!redact(list).contains("c2VjcmV0"));
    }
}

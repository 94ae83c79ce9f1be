//! A release's own values: what `valuesFrom` names, under what the spec holds.

use helmx_api::release::{KeyReference, ReleaseSpec};
use helmx_chart::values::{merge_documents, parse_values};
use helmx_machinery::{Key, Status};
use helmx_yaml::{Data, Map};
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::api::Api;
use serde_json::Value;

use crate::operation::prepare::invalid;
use crate::requester::Requester;

/// Sources of one release.
const MAX_SOURCES: usize = 32;

/// The values that the chart's defaults are overlaid with; sources are read as the requester.
///
/// # Errors
/// 422 naming the source that is missing, may not be read, or is no YAML mapping.
pub async fn of_spec(requester: &Requester, key: &Key, spec: &ReleaseSpec) -> Result<Map, Status> {
    if spec.values_from.len() > MAX_SOURCES {
        return Err(invalid(&key.name, "spec.valuesFrom", &format!("more than {MAX_SOURCES} sources")));
    }
    let mut values = Map::default();
    for (index, source) in spec.values_from.iter().enumerate() {
        let field = format!("spec.valuesFrom[{index}]");
        let text = match (&source.secret_key_ref, &source.config_map_key_ref) {
            (Some(reference), None) => from_secret(requester, key, reference).await,
            (None, Some(reference)) => from_config_map(requester, key, reference).await,
            (Some(_), Some(_)) | (None, None) => Err("name exactly one of secretKeyRef and configMapKeyRef".into()),
        };
        let Some(text) = text.map_err(|reason| invalid(&key.name, &field, &reason))? else { continue };
        let parsed = parse_values(&text).map_err(|error| invalid(&key.name, &field, &error.to_string()))?;
        merge_documents(&mut values, parsed);
    }
    merge_documents(&mut values, of_json(&spec.values));
    Ok(values)
}

/// Values from the API are JSON: numbers are float64 to templates, as if they had come from a file.
pub fn of_json(values: &serde_json::Map<String, Value>) -> Map {
    Data::from(Value::Object(values.clone())).with_float_numbers().into_map()
}

/// Values as the API shows them.
pub fn to_json(values: &Map) -> Value {
    let text = helmx_yaml::json::encode(&Data::Map(values.clone())).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_else(|_| Value::Object(serde_json::Map::new()))
}

async fn from_secret(requester: &Requester, key: &Key, reference: &KeyReference) -> Result<Option<Vec<u8>>, String> {
    let secrets: Api<Secret> = Api::namespaced(requester.client().clone(), &key.namespace);
    let place = format!("secret \"{}\"", reference.name);
    let secret = found(secrets.get_opt(&reference.name).await, &place, reference)?;
    let Some(secret) = secret else { return Ok(None) };
    present(secret.data.and_then(|mut data| data.remove(&reference.key)).map(|bytes| bytes.0), &place, reference)
}

async fn from_config_map(
    requester: &Requester,
    key: &Key,
    reference: &KeyReference,
) -> Result<Option<Vec<u8>>, String> {
    let maps: Api<ConfigMap> = Api::namespaced(requester.client().clone(), &key.namespace);
    let place = format!("configmap \"{}\"", reference.name);
    let map = found(maps.get_opt(&reference.name).await, &place, reference)?;
    let Some(map) = map else { return Ok(None) };
    present(map.data.and_then(|mut data| data.remove(&reference.key)).map(String::into_bytes), &place, reference)
}

fn found<T>(read: kube::Result<Option<T>>, place: &str, reference: &KeyReference) -> Result<Option<T>, String> {
    match read {
        Ok(Some(object)) => Ok(Some(object)),
        Ok(None) if reference.optional => Ok(None),
        Ok(None) => Err(format!("{place} not found")),
        Err(kube::Error::Api(status)) => Err(format!("{place} cannot be read by you: {}", status.message)),
        Err(error) => Err(format!("{place} cannot be read: {error}")),
    }
}

fn present(bytes: Option<Vec<u8>>, place: &str, reference: &KeyReference) -> Result<Option<Vec<u8>>, String> {
    match bytes {
        None if !reference.optional => Err(format!("{place} has no key \"{}\"", reference.key)),
        bytes => Ok(bytes),
    }
}

